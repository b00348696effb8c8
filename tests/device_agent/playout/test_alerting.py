"""How an alert sounds: siren first, words behind it without a gap, cut where it hurts least, never once too often."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from device_agent.playout.alerting import next_round_at
from device_agent.playout.cutting import boundary
from device_agent.playout.decide import decide
from device_agent.playout.values import Active, Failure, Part, SoundKey, Start
from tests.fakes.box_sim import NOON, ZONE, BoxSim, airing, alert, plan, recording
from wire.messages import Burst, LiveAlert, Outcome, QuietHours, Reason

SIREN = (Burst(on_ms=2000, off_ms=1000, times=2),)  # sounds 5 s
FILES = frozenset(recording(n).sha256 for n in (1, 2, 9))


def box(*alerts: LiveAlert, **fields: object) -> BoxSim:
    return BoxSim(**{"cached": FILES, "alerts": alerts, **fields})  # type: ignore[arg-type]  # the test's own fields


def flood(now: datetime = NOON, **fields: object) -> LiveAlert:
    return alert("flood", now, **{"siren": SIREN, **fields})


def heard(sim: BoxSim) -> list[tuple[str, float, float | None]]:
    """Return what was heard, from which second after noon to which."""
    return [
        (_name(h.sound), _s(h.at), _s(h.until) if h.until is not None else None)
        for h in sim.heard
    ]  # fmt: skip


def _name(sound: object) -> str:
    part, live, planned = sound.part, sound.alert, sound.airing  # type: ignore[attr-defined]  # the simulation keeps its sounds as objects
    return planned.airing_id if planned is not None else f"{live.alert_id}{live.version} {part}"


def _s(instant: datetime) -> float:
    return round((instant - NOON).total_seconds(), 3)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


# -- siren and words ---------------------------------------------------------------------------------------------------


def test_words_follow_the_siren_without_a_gap_as_often_as_they_shall() -> None:
    sim = box(flood())
    sim.advance(60)
    assert heard(sim) == [("flood1 siren", 0, 5), ("flood1 speech", 5, 15), ("flood1 speech", 16, 26)]
    assert sim.alert_reports == [("flood", Outcome.PLAYED, None)]


def test_words_are_told_to_follow_well_before_the_siren_ends_and_nothing_is_made_ready_for_after_them() -> None:
    sim = box(flood())
    sim.advance(3.6)
    moment = sim.moment()
    assert moment.following is not None
    assert moment.following.sound.part is Part.SPEECH
    sim.advance(1.3)  # the second play is ten seconds away
    assert (sim.moment().held, sim.moment().preparing) == (frozenset(), frozenset())


def test_the_siren_does_not_wait_for_the_words_and_gives_way_when_they_come() -> None:
    sim = box(flood(), cached=frozenset())
    sim.advance(7)
    sim.cached = FILES
    sim.advance(30)
    # The first pattern whole, its rest, the second as far as its stroke: 6 s to 8 s.
    assert heard(sim)[:3] == [("flood1 siren", 0, 5), ("flood1 siren", 6, 8), ("flood1 speech", 8, 18)]


def test_words_that_come_during_the_first_pattern_wait_for_its_end() -> None:
    sim = box(flood(recording=None))
    sim.advance(1)
    sim.hear_of(flood())
    sim.advance(30)
    assert heard(sim)[:2] == [("flood1 siren", 0, 5), ("flood1 speech", 5, 15)]


def test_words_that_come_in_the_siren_s_rest_sound_at_once() -> None:
    sim = box(flood(recording=None, siren=(Burst(on_ms=2000, off_ms=6000, times=1),)))
    sim.advance(4)
    sim.hear_of(flood(siren=(Burst(on_ms=2000, off_ms=6000, times=1),)))
    sim.advance(1)
    assert heard(sim) == [("flood1 siren", 0, 2), ("flood1 speech", 4, None)]


def test_a_siren_whose_words_never_come_wails_five_minutes_then_every_two() -> None:
    sim = box(flood(recording=None))
    sim.advance(900)
    begins = [begin for _, begin, _ in heard(sim)]
    pauses = {round(b - a) for a, b in itertools.pairwise(begins)}
    assert pauses == {6, 125}
    assert max(b for a, b in itertools.pairwise(begins) if b - a < 10) < 306


def test_an_alert_whose_words_never_came_has_failed_though_its_siren_sounded() -> None:
    sim = box(flood(recording=None, expires_at=at(60)))
    sim.advance(90)
    assert sim.alert_reports == [("flood", Outcome.FAILED, Reason.AUDIO_MISSING)]


@pytest.mark.parametrize(("status", "scope"), [("Exercise", "Public"), ("Test", "Public"), ("Actual", "Restricted")])
def test_nothing_but_a_real_public_alert_has_a_siren(status: str, scope: str) -> None:
    sim = box(flood(status=status, scope=scope))
    sim.advance(60)
    assert heard(sim) == [("flood1 speech", 0, 10), ("flood1 speech", 11, 21)]


def test_every_round_begins_with_the_siren() -> None:
    sim = box(flood(times=1, repeat_every_s=60))
    sim.advance(100)
    assert heard(sim) == [
        ("flood1 siren", 0, 5), ("flood1 speech", 5, 15), ("flood1 siren", 75, 80), ("flood1 speech", 80, 90),
    ]  # fmt: skip
    assert sim.alert_reports == [("flood", Outcome.PLAYED, None)] * 2


def test_a_storm_bulletin_is_repeated_on_the_hour() -> None:
    storm = flood(times=1, repeat_every_s=7200, on_the_hour=True, expires_at=NOON + timedelta(hours=9))
    sim = box(storm, now=NOON + timedelta(minutes=20))
    sim.advance(5 * 3600)
    begins = [h.at.astimezone(ZONE).strftime("%H:%M:%S") for h in sim.heard if h.sound.part is Part.SIREN]
    assert begins == ["12:20:00", "14:00:00", "16:00:00"]


def test_the_last_round_of_a_day_is_at_midnight_whatever_the_interval() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=ZONE)
    live = flood(repeat_every_s=5 * 3600, on_the_hour=True)
    assert next_round_at(live, late, zone=ZONE) == datetime(2026, 11, 23, 0, 0, tzinfo=ZONE)


# -- over what sounds --------------------------------------------------------------------------------------------------


def test_the_siren_begins_at_once_over_what_sounds_and_all_is_as_before_afterwards() -> None:
    sim = box(plan=plan(airing("a", at(2), after_interruption="resume", sentence_offsets_ms=(0, 3000))))
    sim.advance(6)
    sim.hear_of(flood(sim.now, times=1))
    sim.advance(60)
    assert heard(sim) == [("a", 2, 6), ("flood1 siren", 6, 11), ("flood1 speech", 11, 21), ("a", 22, 29)]
    assert sim.final == {"a": [(Outcome.PLAYED, None)]}


def test_an_airing_that_fades_out_under_the_siren_is_not_called_missed() -> None:
    sim = box(plan=plan(airing("a", at(2), late_s=4)))
    sim.advance(5.9)
    sim.hear_of(flood(sim.now))
    sim.advance(0.2)  # its last chance has passed while its end is being booked
    assert sim.final == {}
    sim.advance(30)
    assert sim.final == {"a": [(Outcome.INTERRUPTED, Reason.ALERT)]}


def test_a_real_alert_cuts_a_drill_at_once() -> None:
    sim = box(alert("drill", NOON, status="Exercise"))
    sim.advance(4)
    sim.hear_of(*sim.alerts, flood(sim.now, times=1))
    sim.advance(40)
    assert heard(sim) == [
        ("drill1 speech", 0, 4), ("flood1 siren", 4, 9), ("flood1 speech", 9, 19),
        ("drill1 speech", 19, 29), ("drill1 speech", 30, 40),
    ]  # fmt: skip


def test_a_drill_never_cuts_a_real_alert() -> None:
    sim = box(flood(times=1))
    sim.advance(2)
    sim.hear_of(*sim.alerts, alert("drill", sim.now, status="Exercise", times=1))
    sim.advance(40)
    assert [name for name, _, _ in heard(sim)] == ["flood1 siren", "flood1 speech", "drill1 speech"]


# -- another version, another alert ------------------------------------------------------------------------------------


def test_another_version_comes_in_at_the_end_of_the_sentence() -> None:
    sim = box(flood(sentence_offsets_ms=(0, 4000, 7000)))
    sim.advance(7)  # two seconds into the words
    sim.hear_of(flood(version=2, times=1))
    sim.advance(30)
    assert heard(sim)[1:4] == [("flood1 speech", 5, 8.85), ("flood2 siren", 9, 14), ("flood2 speech", 14, 24)]
    assert sim.alert_reports == [("flood", Outcome.INTERRUPTED, Reason.WITHDRAWN), ("flood", Outcome.PLAYED, None)]


def test_another_version_comes_in_at_the_end_of_the_stroke() -> None:
    sim = box(flood())
    sim.advance(1)
    sim.hear_of(flood(version=2))
    sim.advance(10)
    assert heard(sim)[:2] == [("flood1 siren", 0, 2), ("flood2 siren", 2, 7)]


def test_a_sentence_that_goes_on_for_longer_than_eight_seconds_is_cut_at_once() -> None:
    long = recording(9, duration_ms=60_000)
    sim = box(alert("flood", NOON, recording=long, sentence_offsets_ms=(0, 30_000)))
    sim.advance(5)
    sim.hear_of(flood(version=2))
    sim.advance(3)
    assert heard(sim) == [("flood1 speech", 0, 5), ("flood2 siren", 5, None)]


def test_an_old_version_ends_though_the_words_of_the_new_one_are_not_here() -> None:
    drill = alert("drill", NOON, status="Exercise", sentence_offsets_ms=(0, 4000))
    sim = box(drill)
    sim.advance(1)
    sim.hear_of(drill.model_copy(update={"version": 2, "recording": recording(5)}))
    sim.advance(10)
    assert heard(sim) == [("drill1 speech", 0, 3.85)]


def test_a_newer_alert_comes_in_at_the_end_of_the_sentence_and_the_older_one_begins_anew() -> None:
    sim = box(alert("fire", NOON, times=1, siren=SIREN, sentence_offsets_ms=(0, 4000)))
    sim.advance(7)
    sim.hear_of(*sim.alerts, flood(sim.now, times=1))
    sim.advance(60)
    assert heard(sim) == [
        ("fire1 siren", 0, 5), ("fire1 speech", 5, 8.85), ("flood1 siren", 9, 14), ("flood1 speech", 14, 24),
        ("fire1 siren", 24, 29), ("fire1 speech", 29, 39),
    ]  # fmt: skip
    assert sorted(sim.alert_reports) == [("fire", Outcome.PLAYED, None), ("flood", Outcome.PLAYED, None)]


def test_two_alerts_repeat_in_turn_and_none_slips_into_the_other_s_round() -> None:
    sim = box(alert("fire", NOON, repeat_every_s=1), alert("flood", at(0.5), repeat_every_s=1))
    sim.advance(200)
    names = [h.sound.alert.alert_id for h in sim.heard if h.sound.alert is not None]
    rounds = [names[n] for n in range(0, len(names) - 1, 2)]
    assert all(names[n] == names[n + 1] for n in range(0, len(names) - 1, 2))
    assert all(a != b for a, b in itertools.pairwise(rounds))


# -- the end -----------------------------------------------------------------------------------------------------------


def test_a_cancelled_alert_falls_silent_at_once_with_what_was_to_follow() -> None:
    sim = box(flood())
    sim.advance(4.8)  # the words have been told to begin
    assert sim.next is not None
    sim.hear_of()
    sim.advance(60)
    assert heard(sim) == [("flood1 siren", 0, 4.8)]
    assert sim.alert_reports == [("flood", Outcome.INTERRUPTED, Reason.WITHDRAWN)]


def test_nothing_sounds_past_its_expiry() -> None:
    sim = box(flood(expires_at=at(7)))
    sim.advance(60)
    assert heard(sim) == [("flood1 siren", 0, 5), ("flood1 speech", 5, 7)]
    assert sim.alert_reports == [("flood", Outcome.INTERRUPTED, Reason.TOO_LATE)]


def test_what_expires_between_two_plays_does_not_begin_again() -> None:
    sim = box(flood(expires_at=at(15.5)))
    sim.advance(60)
    assert [name for name, _, _ in heard(sim)] == ["flood1 siren", "flood1 speech"]


def test_a_finished_round_never_sounds_again_after_a_power_cut() -> None:
    sim = box(flood(times=1))
    sim.advance(30)
    sim.power_cut(off_s=5)
    sim.advance(60)
    assert len(sim.heard) == 2


def test_an_unfinished_round_sounds_anew_from_its_siren_after_a_power_cut() -> None:
    sim = box(flood())
    sim.advance(20)  # in the second play of the words
    sim.power_cut(off_s=10)
    sim.advance(60)
    assert heard(sim)[3:] == [("flood1 siren", 30, 35), ("flood1 speech", 35, 45), ("flood1 speech", 46, 56)]


def test_what_is_not_known_to_be_the_present_word_does_not_sound() -> None:
    sim = box(flood(), alerts_confirmed=False)
    sim.advance(30)
    assert sim.heard == []
    sim.alerts_confirmed = True
    sim.advance(3)
    assert heard(sim) == [("flood1 siren", 30, None)]


def test_a_clock_that_was_set_back_does_not_silence_an_alert() -> None:
    sim = box(flood(times=1, repeat_every_s=30))
    sim.advance(20)
    sim.now -= timedelta(seconds=15)
    sim.advance(60)
    assert sum(1 for h in sim.heard if h.sound.part is Part.SIREN) == 2


# -- faults ------------------------------------------------------------------------------------------------------------


def test_a_siren_that_cannot_sound_is_reported_at_once_and_tried_again() -> None:
    sim = box(flood())
    (prepare,) = decide(sim.moment()).actions
    key = prepare.sound.key  # type: ignore[union-attr]  # a Prepare
    failure = Failure(reason=Reason.SOUND_DEVICE, detail="no card", retry_at=at(2))
    (conclusion,) = decide(replace(sim.moment(), failures={key: failure})).actions
    assert (conclusion.outcome, conclusion.reason) == (Outcome.FAILED, Reason.SOUND_DEVICE)  # type: ignore[union-attr]  # a Conclude
    later = decide(replace(sim.moment(), failures={key: failure}, now=at(2))).actions
    assert [type(action).__name__ for action in later] == ["Conclude", "Prepare"]


def test_words_that_cannot_be_read_do_not_keep_the_siren_silent() -> None:
    sim = box(flood())
    key = SoundKey(f"alert/flood/1/0.0/{recording(9).sha256[:12]}/+0.0")
    failure = Failure(reason=Reason.AUDIO_BROKEN, detail="no audio stream", retry_at=None)
    actions = decide(replace(sim.moment(), failures={key: failure})).actions
    assert [type(action).__name__ for action in actions] == ["Conclude", "Prepare"]
    assert actions[1].sound.part is Part.SIREN  # type: ignore[union-attr]  # a Prepare


def test_the_start_over_something_is_told_in_the_same_breath() -> None:
    sim = box(plan=plan(airing("a", at(0))))
    sim.advance(5)
    sim.alerts = (flood(sim.now),)
    (prepare,) = (a for a in decide(sim.moment()).actions if type(a).__name__ == "Prepare")
    held = replace(sim.moment(), held=frozenset({prepare.sound.key}))  # type: ignore[union-attr]  # a Prepare
    (start,) = decide(held).actions
    assert isinstance(start, Start)
    assert (start.at, start.over) == (sim.now, Reason.ALERT)


def test_a_cut_is_never_later_than_eight_seconds() -> None:
    sim = box(flood(siren=(Burst(on_ms=30_000, off_ms=5000, times=5),)))
    sim.advance(21)
    assert sim.active is not None
    assert boundary(sim.active, sim.now) == sim.now
    sim.advance(2)
    assert boundary(sim.active, sim.now) == at(30)
    assert boundary(Active(sound=sim.active.sound), sim.now) == sim.now


# -- quiet hours -------------------------------------------------------------------------------------------------------

ALL_NIGHT = (QuietHours(start="11:00", end="13:00"),)


@pytest.mark.parametrize("status", ["Exercise", "Test"])
def test_a_drill_is_refused_in_quiet_hours_and_says_so(status: str) -> None:
    sim = box(flood(status=status, siren=(), expires_at=at(60)))
    sim.obey(plan(quiet_hours=ALL_NIGHT))
    sim.advance(90)
    assert heard(sim) == []
    assert sim.alert_reports == [("flood", Outcome.REFUSED, Reason.QUIET_HOURS)]


def test_a_live_emergency_sounds_in_quiet_hours() -> None:
    sim = box(flood())
    sim.obey(plan(quiet_hours=ALL_NIGHT))
    sim.advance(60)
    assert sim.alert_reports == [("flood", Outcome.PLAYED, None)]


def test_a_drill_that_reaches_quiet_hours_begins_nothing_more() -> None:
    sim = box(flood(status="Exercise", siren=(), times=1, repeat_every_s=40, expires_at=at(3600)))
    sim.obey(plan(quiet_hours=(QuietHours(start="12:01", end="13:00"),)))
    sim.advance(600)
    assert heard(sim) == [("flood1 speech", 0, 10), ("flood1 speech", 50, 60)]
