"""What becomes of an airing at instants nobody plans for: a cut at its very end, a plan or a clock that is changed
under it, a file that is longer than its plan says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from device_agent.playout.conclusions import Final, Suspend, settle
from device_agent.playout.decide import decide
from device_agent.playout.values import Active, Rank, Stop
from tests.device_agent.playout.test_decide import at, box, heard
from tests.fakes.box_sim import BoxSim, airing, alert, plan, recording
from wire.messages import AfterInterruption, Outcome, PlannedAiring, Priority, QuietHours, Reason, Together

ALL_NOON = (QuietHours(start="12:00", end="13:00"),)
SHORT = recording(1, duration_ms=20_000)
FROM_12_01 = (QuietHours(start="12:01", end="13:00"),)


def interrupted(planned: PlannedAiring, at_s: float, *, then: PlannedAiring | None = None) -> BoxSim:
    """Return a box a minute after an alert of ten seconds cut the airing, of which another plan came meanwhile."""
    sim = box()
    sim.obey(plan(planned))
    sim.advance(at_s)
    sim.hear_of(alert("flood", sim.now, times=1))
    if then is not None:
        sim.obey(plan(then))
    sim.advance(120)
    return sim


@pytest.mark.parametrize("rule", [AfterInterruption.RESTART, AfterInterruption.RESUME, AfterInterruption.DROP])
def test_an_airing_cut_in_its_last_tenth_of_a_second_has_been_heard(rule: AfterInterruption) -> None:
    sim = interrupted(airing("a", at(10), after_interruption=rule), 19.95)
    assert heard(sim) == [("a", 10, 19.95), ("flood", 19.95, 29.95)]
    assert sim.final == {"a": [(Outcome.PLAYED, None)]}


def test_an_airing_cut_before_that_is_heard_again() -> None:
    sim = interrupted(airing("a", at(10)), 19.8)
    assert heard(sim)[2:] == [("a", 30.8, 40.8)]


def test_a_last_sentence_too_short_to_be_found_is_resumed_with_the_one_before_it() -> None:
    planned = airing(
        "a", at(10), after_interruption=AfterInterruption.RESUME, sentence_offsets_ms=(0, 6000, 9700, 10_000)
    )
    assert interrupted(planned, 19.8).heard[-1].sound.from_ms == 6000


def test_a_recording_that_was_changed_meanwhile_begins_at_its_beginning() -> None:
    rule = {"after_interruption": AfterInterruption.RESUME, "sentence_offsets_ms": (0, 2000)}
    shorter = airing("a", at(10), recording=recording(2, duration_ms=3000), **rule)
    sim = interrupted(airing("a", at(10), **rule), 17, then=shorter)
    assert heard(sim)[2:] == [("a", 28, 31)]
    assert sim.heard[-1].sound.from_ms == 0


def test_an_airing_moved_while_an_alert_holds_it_up_waits_for_its_new_time() -> None:
    sim = interrupted(airing("a", at(10)), 13, then=airing("a", at(100)))
    assert heard(sim)[2:] == [("a", 100, 110)]


def test_quiet_hours_that_a_new_plan_brings_silence_what_sounds() -> None:
    sim, planned = box(), airing("a", at(10))
    sim.obey(plan(planned))
    sim.advance(13)
    sim.obey(plan(planned, quiet_hours=ALL_NOON))
    sim.advance(60)
    assert heard(sim) == [("a", 10, 13)]
    assert sim.final == {"a": [(Outcome.INTERRUPTED, Reason.QUIET_HOURS)]}


def test_quiet_hours_that_a_new_plan_brings_for_later_end_what_sounds_at_their_minute() -> None:
    sim, planned = box(), airing("a", at(55))
    sim.obey(plan(planned))
    sim.advance(57)
    sim.obey(plan(planned, quiet_hours=FROM_12_01))
    sim.advance(60)
    assert heard(sim) == [("a", 55, 60)]
    assert sim.final == {"a": [(Outcome.INTERRUPTED, Reason.QUIET_HOURS)]}


def test_a_clock_that_is_set_into_the_quiet_hours_silences_an_airing_and_no_alert() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10)), quiet_hours=FROM_12_01))
    sim.advance(13)
    sim.set_clock(by_s=60)
    assert sim.active is None
    sim.hear_of(alert("flood", sim.now, times=1))
    sim.advance(30)
    assert sim.alert_reports == [("flood", Outcome.PLAYED, None)]


def test_an_interrupted_airing_goes_on_though_the_clock_was_set_back() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10), late_s=600, recording=recording(1, duration_ms=300_000))))
    sim.advance(203)
    sim.hear_of(alert("flood", sim.now, times=1))
    sim.advance(10.3)
    sim.set_clock(by_s=-60)
    sim.advance(3)
    assert [name for name, *_ in heard(sim)] == ["a", "flood", "a"]


def test_words_of_an_alert_are_repeated_at_once_though_the_clock_was_set_back() -> None:
    sim = box()
    sim.hear_of(alert("flood", sim.now - timedelta(minutes=20), times=2))
    sim.advance(10.3)
    sim.set_clock(by_s=-600)
    sim.advance(2)
    assert len(heard(sim)) == 2
    assert sim.alert_reports == []


@pytest.mark.parametrize(
    ("seen_at_s", "outcome", "reason"),
    [(35, Outcome.PLAYED, None), (45, Outcome.INTERRUPTED, Reason.TOO_LATE)],
)
def test_who_comes_in_late_in_unison_has_not_played_what_went_before(
    seen_at_s: float, outcome: Outcome, reason: Reason | None
) -> None:
    sim = box()
    sim.advance(seen_at_s)
    sim.obey(plan(airing("a", at(10), together=Together.UNISON, recording=recording(1, duration_ms=60_000))))
    sim.advance(90)
    assert heard(sim)[0][2] == 70
    assert sim.final == {"a": [(outcome, reason)]}


def test_a_recording_that_goes_on_where_it_would_be_was_not_played_when_much_is_missing() -> None:
    sim = interrupted(airing("a", at(10), after_interruption=AfterInterruption.REJOIN, recording=SHORT), 12)
    assert [name for name, *_ in heard(sim)] == ["a", "flood", "a"]
    assert sim.final == {"a": [(Outcome.INTERRUPTED, Reason.ALERT)]}


def test_a_file_longer_than_its_plan_says_keeps_nothing_higher_waiting() -> None:
    low, high = airing("low", at(0)), airing("high", at(10), priority=Priority.PRIORITY, recording=recording(2))
    sim = box()
    sim.obey(plan(low, high))
    sim.advance(9)
    (ready,) = sim.held.values()
    assert ready.rank is Rank.PRIORITY
    assert sim.active is not None
    moment = replace(sim.moment(), now=at(10), active=replace(sim.active, started_at=at(0)))
    assert not any(isinstance(action, Stop) for action in decide(moment).actions), "it is only being booked"
    late = replace(moment, now=decide(moment).wake_at)
    while late.now < at(10.5):
        late = replace(late, now=decide(late).wake_at)
    assert late.now == at(10.5)
    assert Stop(key=_key(sim.active), reason=Reason.HIGHER_PRIORITY) in decide(late).actions


@pytest.mark.parametrize(
    ("position_ms", "outcome"), [(9_890, Suspend), (9_900, Final), (10_100, Final), (10_500, Suspend)]
)
def test_what_was_cut_beyond_its_planned_end_was_no_more_heard_to_it_than_what_was_cut_before(
    position_ms: int, outcome: type[Final | Suspend]
) -> None:
    sim = box()
    sim.obey(plan(airing("a", at(0))))
    sim.advance(1)
    assert sim.active is not None
    cut = replace(sim.active, stopping=Reason.HIGHER_PRIORITY)
    assert isinstance(settle(cut, finished=False, position_ms=position_ms, failure=None), outcome)


def _key(active: Active) -> str:
    return active.sound.key
