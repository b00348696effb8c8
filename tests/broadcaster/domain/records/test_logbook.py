"""A chain that is whole says so; any change to any line, wherever it stands, is found at that line."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.delivery import Delivery, Outcome, Target
from broadcaster.domain.ids import ClusterId, HamletId
from broadcaster.domain.records.logbook import FIRST, Entry, Line, concluded, effective, follow, line_hash, verify
from tests.broadcaster.domain.log_entries import NOON, PLACES, chain, entries, entry

CHANGED = {
    "kind": "alert", "subject": "lp-x", "source": "relay", "item": "bt-x", "title": "Khác", "priority": "priority",
    "place": PLACES[3], "device": "loa-1", "recording_sha256": None, "duration_ms": 61_000,
    "planned_at": NOON + timedelta(microseconds=1), "started_at": None, "ended_at": None, "outcome": "missed",
    "reason": "alert", "heard": "heard", "sounded_ms": 1,
}  # fmt: skip


@given(st.lists(entries, max_size=12))
def test_untouched_chain_is_whole(made: list[Entry]) -> None:
    lines = chain(*made)
    verdict = verify(lines)

    assert (verdict.whole, verdict.lines) == (True, len(made))
    assert verdict.last_sha256 == (lines[-1].sha256 if lines else FIRST)


@pytest.mark.parametrize("field", [field.name for field in fields(Entry)])
def test_changed_field_is_found_at_its_line(field: str) -> None:
    lines = chain(*(entry(f"lp-{n}") for n in range(5)))
    lines[2] = replace(lines[2], entry=replace(lines[2].entry, **{field: CHANGED[field]}))

    assert verify(lines).broken_at == 3


def test_line_from_before_a_field_was_kept_has_the_hash_that_it_always_had() -> None:
    """Golden: a line that a station of an earlier release wrote. Were it to change, every old log would look forged."""
    (line,) = chain(entry("lp-1"))

    assert line.sha256 == "03fe210374993cd8c7b710d78a695e1e685ca2077cb77b8691902bc63c301d45"


@pytest.mark.parametrize("changed", [{"corrects": 1}, {"recorded_at": NOON + timedelta(seconds=1)}, {"number": 9}])
def test_changed_frame_of_a_line_is_found(changed: dict[str, object]) -> None:
    lines = chain(*(entry(f"lp-{n}") for n in range(5)))
    lines[2] = replace(lines[2], **changed)  # type: ignore[arg-type] # fields of a line

    assert verify(lines).broken_at == 3


@given(st.lists(entries, min_size=2, max_size=8), st.data())
def test_removed_moved_or_forged_lines_are_found(made: list[Entry], data: st.DataObject) -> None:
    lines = chain(*made)
    at = data.draw(st.integers(0, len(lines) - 2))
    forged = replace(lines[at], entry=replace(lines[at].entry, title="Khác hẳn"))
    forged = replace(forged, sha256=line_hash(forged))

    assert verify([*lines[:at], *lines[at + 1 :]]).broken_at == at + 1
    assert verify([*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]).broken_at == at + 1
    assert verify([*lines[:at], forged, *lines[at + 1 :]]).broken_at == at + 2
    assert verify([*lines[:at], None, *lines[at + 1 :]]).broken_at == at + 1


@given(st.lists(entries, min_size=3, max_size=8), st.data())
def test_stretch_is_checked_against_the_line_before_it(made: list[Entry], data: st.DataObject) -> None:
    lines = chain(*made)
    at = data.draw(st.integers(1, len(lines) - 1))

    assert verify(lines[at:], behind=lines[at - 1]) == replace(verify(lines), lines=len(lines) - at)
    assert verify(lines[at:]).broken_at == 1
    forged = replace(lines[at - 1], sha256="0" * 64)
    assert verify(lines[at:], behind=forged).broken_at == at + 1


def test_correction_takes_the_place_of_what_it_corrects() -> None:
    (first,) = chain(entry(seconds=None, outcome=Outcome.UNKNOWN))
    second = follow(first, entry(seconds=60), corrects=1, now=NOON + timedelta(hours=2))

    assert verify([first, second]).whole
    assert effective([first, second]) == (second,)
    assert second.corrects == first.number


@given(st.lists(entries, max_size=15))
def test_effective_keeps_one_line_for_each_thing_and_cluster(made: list[Entry]) -> None:
    known = effective(chain(*made))

    assert len(known) == len({(e.subject, e.place.cluster) for e in made})
    assert all(isinstance(line, Line) for line in known)


@pytest.mark.parametrize("outcome", Outcome)
def test_log_never_says_that_something_is_still_to_come(outcome: Outcome) -> None:
    target = Target(
        cluster=ClusterId("c"), cluster_name="C", hamlet=HamletId("h"), hamlet_name="H", device=None, told_in=None
    )
    kept = concluded(Delivery(target=target, outcome=outcome))

    assert kept.outcome not in {Outcome.PLANNED, Outcome.READY, Outcome.PLAYING}
    assert kept.outcome is outcome or (kept.outcome, kept.reason) == (Outcome.UNKNOWN, "no_report")
