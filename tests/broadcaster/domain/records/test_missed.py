"""Who missed what: until they hear the same recording, and not what somebody plans to tell them again."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.delivery import Heard, Outcome
from broadcaster.domain.records.logbook import Entry, LogKind
from broadcaster.domain.records.missed import missed, reason_of
from tests.broadcaster.domain.log_entries import NOON, PLACES, chain, entries, entry

LATER = NOON + timedelta(hours=3)


def test_only_the_clusters_that_did_not_hear_are_named() -> None:
    (found,) = missed(
        chain(
            entry(cluster=0), entry(cluster=1, seconds=None), entry(cluster=2, heard=Heard.NOT_HEARD),
            entry(cluster=3, seconds=None, outcome=Outcome.UNKNOWN, reason="no_report"),
        ),
        coming=(),
    )  # fmt: skip

    assert [(g.entry.place.cluster, g.certain, reason_of(g.entry)) for g in found.gaps] == [
        (PLACES[1].cluster, True, "box_off"), (PLACES[2].cluster, True, "not_heard"),
        (PLACES[3].cluster, False, "no_report"),
    ]  # fmt: skip


def test_heard_later_is_not_missed() -> None:
    first = [entry("lp-1", cluster=n, seconds=None) for n in (0, 1)]
    again = entry("lp-2", cluster=0, planned_at=LATER)

    (found,) = missed(chain(*first, again), coming=())

    assert [gap.entry.place.cluster for gap in found.gaps] == [PLACES[1].cluster]


def test_heard_before_does_not_make_up_for_it() -> None:
    (found,) = missed(chain(entry("lp-1"), entry("lp-2", seconds=None, planned_at=LATER)), coming=())

    assert found.subject == "lp-2"


def test_missed_twice_is_told_once_with_the_newer_reason() -> None:
    (found,) = missed(
        chain(entry("lp-1", seconds=None), entry("lp-2", seconds=None, planned_at=LATER, reason="alert")), coming=()
    )

    assert (found.subject, reason_of(found.gaps[0].entry)) == ("lp-2", "alert")


def test_what_is_planned_again_is_no_gap() -> None:
    lines = chain(*(entry(cluster=n, seconds=None) for n in (0, 1)))

    (found,) = missed(lines, coming={("a" * 64, PLACES[0].cluster)})

    assert [gap.entry.place.cluster for gap in found.gaps] == [PLACES[1].cluster]
    assert [gap.entry.place.cluster for gap in found.planned_again] == [PLACES[0].cluster]


def test_relay_is_shown_and_cannot_be_repeated() -> None:
    (found,) = missed(chain(entry(seconds=None, recording_sha256=None)), coming=())

    assert not found.repeatable


def test_alerts_have_a_ledger_of_their_own() -> None:
    assert missed(chain(entry(seconds=None, kind=LogKind.ALERT)), coming=()) == ()


@given(st.lists(entries, max_size=20))
def test_whoever_heard_is_never_told_again(made: list[Entry]) -> None:
    for found in missed(chain(*made), coming=()):
        assert found.gaps
        assert not any(gap.entry.was_heard for gap in found.gaps)
