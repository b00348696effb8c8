"""What the box plays and when, rule by rule, told by what a listener would have heard."""

from datetime import datetime, timedelta

import pytest

from device_agent.playout.decide import decide
from device_agent.playout.values import Failure, Prepare, SoundKey
from tests.fakes.box_sim import NOON, BoxSim, airing, alert, plan, recording
from wire.messages import AfterInterruption, Outcome, Priority, QuietHours, Reason

CACHED = frozenset({recording(1).sha256, recording(2).sha256, recording(9).sha256})


def box(**fields: object) -> BoxSim:
    return BoxSim(cached=CACHED, **fields)  # type: ignore[arg-type]  # the test's own fields


def heard(sim: BoxSim) -> list[tuple[str, float, float | None]]:
    """Return who was heard, from which second after noon to which."""
    return [
        (
            sound.airing.airing_id if (sound := h.sound).airing is not None else sound.alert.alert_id,  # type: ignore[union-attr]  # one of the two is set
            _s(h.at),
            _s(h.until) if h.until else None,
        )
        for h in sim.heard
    ]


def _s(instant: datetime) -> float:
    return round((instant - NOON).total_seconds(), 3)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_an_airing_sounds_at_its_instant_and_is_reported_played() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(30))))
    sim.advance(60)
    assert heard(sim) == [("a", 30, 40)]
    assert sim.final == {"a": [(Outcome.PLAYED, None)]}


def test_nothing_is_prepared_long_before_its_time() -> None:
    sim = box(plan=plan(airing("a", at(30))))
    decision = decide(sim.moment())
    assert decision.actions == ()
    assert decision.wake_at == at(27)


def test_nothing_scheduled_sounds_before_the_clock_is_trusted() -> None:
    sim = box(trusted_since=None)
    sim.obey(plan(airing("a", at(10))))
    sim.advance(30)
    assert heard(sim) == []
    assert sim.final == {}


def test_an_airing_starts_late_once_the_clock_is_trusted() -> None:
    sim = box(trusted_since=None)
    sim.obey(plan(airing("a", at(10), late_s=60)))
    sim.advance(30)
    sim.trust()
    sim.advance(30)
    assert heard(sim) == [("a", 30, 40)]


def test_an_airing_starts_late_once_its_audio_is_there() -> None:
    sim = BoxSim()
    sim.obey(plan(airing("a", at(10), late_s=60)))
    sim.advance(20)
    sim.cached = CACHED
    sim.advance(30)
    assert heard(sim) == [("a", 20, 30)]


def test_an_airing_never_starts_after_its_last_chance() -> None:
    sim = BoxSim()
    sim.obey(plan(airing("a", at(10), late_s=5)))
    sim.advance(15.001)
    sim.cached = CACHED
    sim.advance(30)
    assert heard(sim) == []
    assert sim.final == {"a": [(Outcome.MISSED, Reason.AUDIO_MISSING)]}


def test_an_airing_missed_for_the_clock_says_so() -> None:
    sim = box(trusted_since=None)
    sim.obey(plan(airing("a", at(10), late_s=5)))
    sim.advance(20)
    sim.trust()
    assert sim.final == {"a": [(Outcome.MISSED, Reason.CLOCK_UNTRUSTED)]}


def test_an_airing_missed_because_the_box_was_off_says_so() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10), late_s=5)))
    sim.power_cut(off_s=60)
    sim.trust()
    assert sim.final == {"a": [(Outcome.MISSED, Reason.BOX_OFF)]}


def test_an_airing_that_came_after_its_time_is_too_late() -> None:
    sim = box(up_since=at(-3600), trusted_since=at(-3600))
    sim.obey(plan(airing("a", at(-60), late_s=30)))
    assert sim.final == {"a": [(Outcome.MISSED, Reason.TOO_LATE)]}


def test_an_airing_shut_out_by_another_was_missed_because_the_box_was_busy() -> None:
    sim = box()
    long = recording(2, duration_ms=60_000)
    sim.obey(plan(airing("long", at(10), recording=long), airing("short", at(20), late_s=5)))
    sim.advance(80)
    assert heard(sim) == [("long", 10, 70)]
    assert sim.final["short"] == [(Outcome.MISSED, Reason.BUSY)]


def test_equal_ranks_follow_the_plan_and_never_overlap() -> None:
    sim = box()
    sim.obey(plan(airing("first", at(10)), airing("second", at(10)), airing("third", at(15))))
    sim.advance(60)
    assert heard(sim) == [("first", 10, 20), ("second", 20, 30), ("third", 30, 40)]


def test_a_following_airing_begins_without_a_gap() -> None:
    sim = box()
    sim.obey(plan(airing("first", at(10)), airing("second", at(20))))
    sim.advance(60)
    assert heard(sim) == [("first", 10, 20), ("second", 20, 30)]


def test_priority_interrupts_an_ordinary_airing_exactly_at_its_instant() -> None:
    sim = box()
    sim.obey(plan(airing("ordinary", at(10)), airing("priority", at(14), priority=Priority.PRIORITY)))
    sim.advance(60)
    assert heard(sim) == [("ordinary", 10, 13.85), ("priority", 14, 24), ("ordinary", 25, 35)]
    assert sim.final["ordinary"] == [(Outcome.PLAYED, None)]


def test_an_ordinary_airing_does_not_interrupt_a_priority_one() -> None:
    sim = box()
    sim.obey(plan(airing("priority", at(10), priority=Priority.PRIORITY), airing("ordinary", at(14))))
    sim.advance(60)
    assert heard(sim) == [("priority", 10, 20), ("ordinary", 20, 30)]


def test_an_interrupted_airing_resumes_at_the_beginning_of_its_sentence() -> None:
    sim = box()
    resuming = airing("a", at(10), after_interruption=AfterInterruption.RESUME, sentence_offsets_ms=(0, 3000, 7000))
    sim.obey(plan(resuming, airing("priority", at(15), priority=Priority.PRIORITY)))
    sim.advance(60)
    assert heard(sim) == [("a", 10, 14.85), ("priority", 15, 25), ("a", 26, 33)]


def test_an_interrupted_airing_may_rejoin_where_it_would_be() -> None:
    sim = box()
    relay = airing("relay", at(10), recording=recording(2, duration_ms=60_000), after_interruption="rejoin")
    sim.obey(plan(relay, airing("priority", at(15), priority=Priority.PRIORITY)))
    sim.advance(80)
    assert heard(sim) == [("relay", 10, 14.85), ("priority", 15, 25), ("relay", 30, 70)]


def test_an_interrupted_airing_may_be_dropped() -> None:
    sim = box()
    sim.obey(
        plan(airing("a", at(10), after_interruption="drop"), airing("b", at(15), priority=Priority.PRIORITY))
    )  # fmt: skip
    sim.advance(60)
    assert sim.final["a"] == [(Outcome.INTERRUPTED, Reason.HIGHER_PRIORITY)]


def test_an_interrupted_airing_does_not_go_on_after_its_last_chance() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10), late_s=12), airing("b", at(15), priority=Priority.PRIORITY)))
    sim.advance(60)
    assert [name for name, _, _ in heard(sim)] == ["a", "b"]
    assert sim.final["a"] == [(Outcome.INTERRUPTED, Reason.HIGHER_PRIORITY)]


def test_an_airing_withdrawn_before_its_time_is_dropped_without_a_word() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10))))
    sim.advance(8)
    sim.obey(plan(issued_at=sim.now))
    sim.advance(30)
    assert (heard(sim), sim.final) == ([], {})


def test_an_airing_withdrawn_in_the_last_half_second_does_not_sound() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10))))
    sim.advance(9.8)
    sim.obey(plan(issued_at=sim.now))
    sim.advance(30)
    assert (heard(sim), sim.final) == ([], {})


def test_an_airing_withdrawn_while_it_sounds_is_cut_and_reported() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10))))
    sim.advance(13)
    sim.obey(plan(issued_at=sim.now))
    sim.advance(30)
    assert heard(sim) == [("a", 10, 13)]
    assert sim.final == {"a": [(Outcome.INTERRUPTED, Reason.WITHDRAWN)]}


def test_an_airing_withdrawn_while_an_alert_holds_it_up_is_reported_withdrawn() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10))))
    sim.advance(13)
    sim.alerts = (alert("flood", sim.now),)
    sim.advance(4)
    sim.obey(plan(issued_at=sim.now))
    sim.advance(60)
    assert sim.final == {"a": [(Outcome.INTERRUPTED, Reason.WITHDRAWN)]}


def test_an_airing_that_a_new_plan_no_longer_names_because_it_is_over_keeps_its_reason() -> None:
    sim = BoxSim()
    sim.obey(plan(airing("a", at(10), late_s=5)))
    sim.trusted_since = None
    sim.advance(30)
    sim.obey(plan(issued_at=sim.now))
    assert sim.final == {"a": [(Outcome.MISSED, Reason.CLOCK_UNTRUSTED)]}


def test_power_lost_while_sounding_is_reported_and_never_repeated() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10))))
    sim.advance(13)
    sim.power_cut(off_s=5)
    sim.trust()
    sim.advance(60)
    assert heard(sim) == [("a", 10, 13)]
    assert sim.final == {"a": [(Outcome.INTERRUPTED, Reason.POWER_LOST)]}


QUIET_NOON = (QuietHours(start="11:59", end="13:00"),)


def test_quiet_hours_refuse_an_airing() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10)), quiet_hours=QUIET_NOON))
    sim.advance(60)
    assert heard(sim) == []
    assert sim.final == {"a": [(Outcome.REFUSED, Reason.QUIET_HOURS)]}


def test_quiet_hours_refuse_even_an_emergency_airing_of_the_plan() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10), priority=Priority.EMERGENCY), quiet_hours=QUIET_NOON))
    sim.advance(60)
    assert heard(sim) == []


def test_an_airing_that_would_run_into_quiet_hours_is_refused() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(55)), quiet_hours=(QuietHours(start="12:01", end="13:00"),)))
    sim.advance(100)
    assert heard(sim) == []
    assert sim.final == {"a": [(Outcome.REFUSED, Reason.QUIET_HOURS)]}


def test_a_late_airing_that_would_run_into_quiet_hours_is_refused_at_its_last_chance() -> None:
    sim = BoxSim()
    sim.obey(plan(airing("a", at(30), late_s=60), quiet_hours=(QuietHours(start="12:01", end="13:00"),)))
    sim.advance(55)
    sim.cached = CACHED
    sim.advance(100)
    assert heard(sim) == []
    assert sim.final == {"a": [(Outcome.REFUSED, Reason.QUIET_HOURS)]}


def test_a_live_alert_passes_quiet_hours_and_an_untrusted_clock() -> None:
    sim = box(trusted_since=None, plan=plan(quiet_hours=QUIET_NOON))
    sim.alerts = (alert("flood", NOON),)
    sim.advance(60)
    assert heard(sim) == [("flood", 0, 10), ("flood", 11, 21)]
    assert sim.alert_reports == [("flood", Outcome.PLAYED, None)]


def test_a_live_alert_cuts_what_sounds_and_it_goes_on_afterwards() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10))))
    sim.advance(13)
    sim.alerts = (alert("flood", sim.now, times=1),)
    sim.advance(60)
    assert heard(sim) == [("a", 10, 13), ("flood", 13, 23), ("a", 24, 34)]


def test_nothing_slips_between_the_plays_of_an_alert() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(5))))
    sim.alerts = (alert("flood", NOON, times=3),)
    sim.advance(60)
    assert [name for name, _, _ in heard(sim)] == ["flood", "flood", "flood", "a"]


def test_an_alert_repeats_until_it_expires() -> None:
    sim = box(alerts=(alert("flood", NOON, times=1, repeat_every_s=20, expires_at=at(65)),))
    sim.advance(200)
    assert [start for _, start, _ in heard(sim)] == [0, 30, 60]


def test_a_cancelled_alert_falls_silent_and_says_so() -> None:
    sim = box(alerts=(alert("flood", NOON),))
    sim.advance(4)
    sim.alerts = ()
    sim.advance(60)
    assert heard(sim) == [("flood", 0, 4)]
    assert sim.alert_reports == [("flood", Outcome.INTERRUPTED, Reason.WITHDRAWN)]


def test_an_actual_alert_cuts_a_drill() -> None:
    sim = box(alerts=(alert("drill", NOON, status="Exercise"),))
    sim.advance(4)
    sim.alerts = (*sim.alerts, alert("flood", sim.now, times=1))
    sim.advance(8)
    assert heard(sim)[:2] == [("drill", 0, 4), ("flood", 4, None)]


def test_an_alert_whose_words_never_came_is_reported_missed() -> None:
    sim = BoxSim(alerts=(alert("flood", NOON, expires_at=at(60)),))
    sim.advance(90)
    assert heard(sim) == []
    assert sim.alert_reports == [("flood", Outcome.MISSED, Reason.AUDIO_MISSING)]


def test_an_expired_alert_stays_silent() -> None:
    sim = box(alerts=(alert("flood", NOON, expires_at=at(-1)),))
    sim.advance(30)
    assert heard(sim) == []


def test_an_alert_already_told_is_not_told_again_after_a_power_cut() -> None:
    sim = box(alerts=(alert("flood", NOON, times=1),))
    sim.advance(30)
    sim.power_cut(off_s=5)
    sim.advance(60)
    assert [name for name, _, _ in heard(sim)] == ["flood"]


def test_a_sound_that_failed_is_tried_again_only_when_it_is_time() -> None:
    sim = box(plan=plan(airing("a", at(2))))
    key = SoundKey(f"airing/a/0/{recording(1).sha256[:12]}/+0.0")
    failure = Failure(reason=Reason.SOUND_DEVICE, detail="no card", retry_at=at(1))
    before, after = sim.moment(), sim.moment()
    assert decide(_with(before, failures={key: failure})).actions == ()
    later = decide(_with(after, now=at(1), failures={key: failure})).actions
    assert [type(action) for action in later] == [Prepare]


def test_a_file_that_cannot_be_read_fails_at_its_time_with_its_reason() -> None:
    sim = box(plan=plan(airing("a", at(2))), now=at(2))
    key = SoundKey(f"airing/a/0/{recording(1).sha256[:12]}/+0.0")
    failure = Failure(reason=Reason.AUDIO_BROKEN, detail="no audio stream", retry_at=None)
    (conclusion,) = decide(_with(sim.moment(), failures={key: failure})).actions
    assert (conclusion.outcome, conclusion.reason) == (Outcome.FAILED, Reason.AUDIO_BROKEN)  # type: ignore[union-attr]  # a Conclude


def test_an_alert_whose_words_cannot_be_read_is_reported_at_once() -> None:
    sim = box(alerts=(alert("flood", NOON),), trusted_since=None)
    key = SoundKey(f"alert/flood/1/0.0/{recording(9).sha256[:12]}/+0.0")
    failure = Failure(reason=Reason.AUDIO_BROKEN, detail="no audio stream", retry_at=None)
    (conclusion,) = decide(_with(sim.moment(), failures={key: failure})).actions
    assert (conclusion.outcome, conclusion.reason) == (Outcome.FAILED, Reason.AUDIO_BROKEN)  # type: ignore[union-attr]  # a Conclude


def _with(moment: object, **fields: object) -> object:
    import dataclasses

    return dataclasses.replace(moment, **fields)  # type: ignore[type-var]  # any dataclass


@pytest.mark.parametrize("gain_db", [-6.0, 3.0])
def test_the_box_and_the_airing_set_the_volume_together(gain_db: float) -> None:
    sim = box(plan=plan(airing("a", at(2), gain_db=gain_db), settings={"gain_db": -2.0}))
    (prepare,) = decide(sim.moment()).actions
    assert prepare.sound.gain_db == gain_db - 2.0  # type: ignore[union-attr]  # a Prepare
