"""Relays come in where the stream is by then and end with their slot; boxes in unison come in where the others are."""

from dataclasses import replace
from datetime import timedelta

import pytest

from device_agent.playout.relaying import Sounded, judge, next_join_ms, rank_of
from device_agent.playout.values import Rank
from tests.fakes.box_sim import NOON, BoxSim, airing, alert, plan, recording
from wire.messages import AfterInterruption, Outcome, PlannedAiring, Priority, QuietHours, Reason, Relay, Together

SECOND = timedelta(seconds=1)
START = NOON + 10 * SECOND


def relay(name: str = "r", *, start_at: object = START, seconds: int = 60, **fields: object) -> PlannedAiring:
    stream = Relay(urls=("http://dai.vn/song",), duration_ms=seconds * 1000)
    return airing(name, start_at, recording=None, relay=stream, **fields)  # type: ignore[arg-type]  # the test's own


def unison(name: str = "u", *, seconds: int = 30, **fields: object) -> PlannedAiring:
    return airing(
        name, START, recording=recording(1, duration_ms=seconds * 1000), together=Together.UNISON, **fields
    )  # fmt: skip


def box(*airings: PlannedAiring, **fields: object) -> BoxSim:
    sim = BoxSim(cached=frozenset(recording(n).sha256 for n in (1, 2, 3, 9)))
    sim.obey(plan(*airings, **fields))
    return sim


def stretches(sim: BoxSim) -> list[tuple[str, int, float, float]]:
    """What, from which millisecond, from when until when, in seconds since noon."""
    return [
        (
            (h.sound.airing or h.sound.alert).airing_id if h.sound.airing is not None else "alert",  # type: ignore[union-attr]  # one of them is there
            h.sound.from_ms, (h.at - NOON) / SECOND, ((h.until or sim.now) - NOON) / SECOND,
        )
        for h in sim.heard
    ]  # fmt: skip


def test_relay_needs_no_file_and_lasts_for_its_slot() -> None:
    sim = BoxSim(cached=frozenset())
    sim.obey(plan(relay()))

    sim.advance(100)

    assert stretches(sim) == [("r", 0, 10.0, 70.0)]
    assert sim.final == {"r": [(Outcome.PLAYED, None)]}


def test_relay_that_begins_late_ends_no_later() -> None:
    sim = box()
    sim.advance(25)
    sim.obey(plan(relay()))

    sim.advance(100)

    ((_, from_ms, begun, ended),) = stretches(sim)
    assert (from_ms, ended) == (15_000, 70.0)
    assert begun == 25.0


def test_relay_goes_on_after_an_alert_with_what_is_on_the_air_then() -> None:
    sim = box(relay())
    sim.advance(20)
    sim.hear_of(alert("lu", sim.now, times=1))

    sim.advance(100)

    first, middle, last = stretches(sim)
    assert first[:3] == ("r", 0, 10.0)
    assert middle[0] == "alert"
    assert last[3] == 70.0
    assert last[1] == pytest.approx((last[2] - 10.0) * 1000, abs=1)
    assert sim.final == {"r": [(Outcome.PLAYED, None)]}


def test_relay_whose_rest_is_not_worth_it_is_not_begun() -> None:
    sim = box()
    sim.advance(69)
    sim.obey(plan(relay()))

    sim.advance(100)

    assert sim.heard == []
    assert sim.final == {"r": [(Outcome.MISSED, Reason.TOO_LATE)]}


def test_relay_cut_for_most_of_its_slot_is_reported_as_interrupted_by_what_cut_it() -> None:
    sim = box(relay(seconds=30))
    sim.advance(15)
    sim.hear_of(alert("lu", sim.now, times=5))

    sim.advance(200)

    assert sim.final == {"r": [(Outcome.INTERRUPTED, Reason.ALERT)]}


def test_relay_of_the_drop_kind_does_not_come_back() -> None:
    sim = box(relay(after_interruption=AfterInterruption.DROP))
    sim.advance(20)
    sim.hear_of(alert("lu", sim.now, times=1))

    sim.advance(100)

    assert [name for name, *_ in stretches(sim)] == ["r", "alert"]


@pytest.mark.parametrize(
    ("priority", "rank"),
    [
        (Priority.FILLER, Rank.FILLER), (Priority.ORDINARY, Rank.RELAY), (Priority.PRIORITY, Rank.PRIORITY),
        (Priority.EMERGENCY, Rank.EMERGENCY),
    ],
)  # fmt: skip
def test_relay_ranks_over_ordinary_and_below_priority(priority: Priority, rank: Rank) -> None:
    assert rank_of(relay(priority=priority)) is rank


def test_ordinary_recording_waits_for_the_relay_to_end() -> None:
    sim = box(relay(seconds=30), airing("a", START + 5 * SECOND, recording=recording(1, duration_ms=5_000)))

    sim.advance(100)

    assert [(name, begun) for name, _, begun, _ in stretches(sim)] == [("r", 10.0), ("a", pytest.approx(40.0, abs=0.2))]


def test_relay_that_would_reach_into_quiet_hours_is_refused() -> None:
    sim = box(relay(seconds=600), quiet_hours=(QuietHours(start="12:05", end="12:30"),))

    sim.advance(60)

    assert sim.final == {"r": [(Outcome.REFUSED, Reason.QUIET_HOURS)]}


@pytest.mark.parametrize(
    ("sounded", "outcome", "reason"),
    [
        (Sounded(stream_ms=48_000, dead_ms=12_000), Outcome.PLAYED, None),
        (Sounded(stream_ms=47_000, dead_ms=13_000), Outcome.INTERRUPTED, Reason.RELAY_DEAD),
        (Sounded(stream_ms=0, dead_ms=60_000), Outcome.FAILED, Reason.RELAY_DEAD),
        (Sounded(stream_ms=30_000, dead_ms=5_000, interrupted_by=Reason.ALERT), Outcome.INTERRUPTED, Reason.ALERT),
        (Sounded(stream_ms=30_000), Outcome.INTERRUPTED, Reason.TOO_LATE),
    ],
)
def test_relay_was_played_only_when_its_stream_sounded_for_most_of_the_slot(
    sounded: Sounded, outcome: Outcome, reason: Reason | None
) -> None:
    verdict = judge(relay(), replace(sounded, detail="nguồn im"))

    assert (verdict.outcome, verdict.reason, verdict.detail) == (outcome, reason, "nguồn im")


# -- together ---------------------------------------------------------------------------------------------------------


def test_box_in_unison_begins_with_the_others_when_it_can() -> None:
    sim = box(unison())

    sim.advance(60)

    assert stretches(sim) == [("u", 0, 10.0, 40.0)]


@pytest.mark.parametrize("late_s", [0.01, 0.7, 3.3, 12.4, 24.0])
def test_late_box_in_unison_comes_in_at_the_right_sample(late_s: float) -> None:
    sim = box()
    sim.advance(10 + late_s)
    sim.obey(plan(unison()))

    sim.advance(60)

    ((_, from_ms, begun, ended),) = stretches(sim)
    assert begun - 10.0 == from_ms / 1000
    assert ended == 40.0
    assert late_s < from_ms / 1000 < late_s + 5.4


def test_late_box_on_its_own_begins_at_the_beginning() -> None:
    sim = box()
    sim.advance(13)
    sim.obey(plan(unison().model_copy(update={"together": Together.ALONE})))

    sim.advance(60)

    assert stretches(sim) == [("u", 0, 13.0, 43.0)]


@pytest.mark.parametrize("rule", [AfterInterruption.RESTART, AfterInterruption.RESUME, AfterInterruption.REJOIN])
def test_box_in_unison_comes_in_with_the_others_after_an_interruption(rule: AfterInterruption) -> None:
    sim = box(unison(after_interruption=rule))
    sim.advance(12)
    sim.hear_of(alert("lu", sim.now, times=1))

    sim.advance(100)

    *_, (name, from_ms, begun, ended) = stretches(sim)
    assert name == "u"
    assert begun - 10.0 == from_ms / 1000
    assert ended == 40.0


def test_what_cannot_be_joined_any_more_is_missed() -> None:
    sim = box()
    sim.advance(41)
    sim.obey(plan(unison()))

    sim.advance(100)

    assert sim.heard == []
    assert sim.final == {"u": [(Outcome.MISSED, Reason.TOO_LATE)]}


def test_positions_to_join_lie_ahead_and_keep_still_until_they_come() -> None:
    planned = unison()
    for late_ms in range(0, 30_000, 37):
        now = START + timedelta(milliseconds=late_ms)
        at_ms = next_join_ms(planned, now=now, lead_ms=300)
        assert late_ms + 300 <= at_ms < late_ms + 300 + 5_000
        assert next_join_ms(planned, now=START + timedelta(milliseconds=at_ms - 300), lead_ms=300) == at_ms


def test_box_that_is_all_but_too_late_for_the_others_does_not_come_in_for_nothing() -> None:
    """Where hardly anything is left a decoder finds no sound, and would call the file broken."""
    sim = box()
    sim.advance(39)
    sim.obey(plan(unison()))

    sim.advance(120)

    assert stretches(sim) == []
    ((outcome, _),) = sim.final["u"]
    assert outcome is Outcome.MISSED
