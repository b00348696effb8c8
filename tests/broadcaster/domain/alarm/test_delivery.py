"""What became of an alert on one cluster, judged by what the box itself said; and a month of drills."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.alarm.delivery import (
    AlertDelivery,
    Box,
    Hearing,
    Sounding,
    counted,
    judge_alert,
    missed,
)
from broadcaster.domain.alarm.drills import DrillReport, month_of, score
from broadcaster.domain.alert import AlertState
from broadcaster.domain.delivery import Outcome, Target
from broadcaster.domain.ids import ClusterId, DeviceId, HamletId
from tests.broadcaster.domain.alert_values import NOW, alert_of

BOX = DeviceId("loa-1")
TARGET = Target(
    cluster=ClusterId("cl-1"), cluster_name="Cụm 1", hamlet=HamletId("th-1"), hamlet_name="Thôn Kép", device=BOX,
    told_in=None,
)  # fmt: skip
HERE = Box(device=BOX, reachable=True, last_seen_at=NOW)
AWAY = replace(HERE, reachable=False)
SAID = Sounding(device=BOX, wire_id="kc-1", version=1)
SIREN = replace(SAID, siren_at=NOW + timedelta(milliseconds=400))
LIVE = alert_of()
OVER = alert_of(state=AlertState.CANCELLED, ended_at=NOW + timedelta(minutes=1))
LATER = NOW + timedelta(minutes=10)


def judged(*said: Sounding, box: Box | None = HERE, over: bool = False, target: Target = TARGET) -> AlertDelivery:
    """Return the delivery as it is seen ten minutes after the alert went live."""
    return judge_alert(OVER if over else LIVE, target, box=box, soundings=said, now=LATER)


def test_silence_has_its_reason_while_it_is_live() -> None:
    assert (judged().hearing, judged().reason) == (Hearing.SILENT, None)
    assert judged(box=AWAY).reason == "waiting_for_box"
    assert judged(box=replace(HERE, holds_audio=False)).reason == "waiting_for_audio"
    assert judged(target=replace(TARGET, device=None)).reason == "not_installed"


def test_what_sounds_now_is_told_from_what_sounded() -> None:
    assert judged(SIREN, box=replace(HERE, playing="kc-1", part="siren")).hearing is Hearing.SIREN
    assert judged(SIREN, box=replace(HERE, playing="kc-1", part="speech")).hearing is Hearing.SPEECH
    assert judged(SIREN).hearing is Hearing.SOUNDED
    assert judged(SIREN, box=replace(AWAY, playing="kc-1", part="siren")).hearing is Hearing.SOUNDED


def test_latency_is_from_going_live_to_the_first_sample() -> None:
    spoken = replace(SIREN, speech_at=NOW + timedelta(seconds=40))

    assert judged(spoken).latency_ms == 400
    assert judged(replace(SAID, speech_at=NOW + timedelta(seconds=2))).latency_ms == 2000
    assert judged().latency_ms is None


def test_failure_and_miss_are_not_sound() -> None:
    failed = replace(SAID, outcome=Outcome.FAILED, reason="sound_device")
    assert (judged(failed).hearing, judged(failed).reason) == (Hearing.FAILED, "sound_device")
    assert judged(replace(failed, siren_at=NOW)).hearing is Hearing.FAILED
    assert judged(replace(failed, rounds=1)).hearing is Hearing.SOUNDED
    assert judged(replace(SAID, outcome=Outcome.MISSED, reason="too_late")).hearing is Hearing.MISSED


def test_after_its_end_silence_is_missed_or_unknown_never_sounded() -> None:
    assert judged(over=True).hearing is Hearing.MISSED
    assert judged(over=True, box=AWAY).hearing is Hearing.UNKNOWN
    assert judged(over=True, box=None).reason == "box_retired"
    assert judged(SIREN, over=True, box=AWAY).hearing is Hearing.SOUNDED
    assert judged(over=True, target=replace(TARGET, device=None)).hearing is Hearing.MISSED


def test_a_repeat_that_sounded_counts() -> None:
    failed = replace(SAID, outcome=Outcome.FAILED, reason="sound_device")
    repeated = replace(SIREN, wire_id="kc-1.r1", outcome=Outcome.PLAYED, rounds=1)

    assert judged(failed, repeated).hearing is Hearing.SOUNDED


@given(st.lists(st.sampled_from([None, Outcome.FAILED, Outcome.MISSED, Outcome.REFUSED]), max_size=4), st.booleans())
def test_a_box_that_never_sounded_is_never_shown_as_sound(outcomes: list[Outcome | None], over: bool) -> None:
    said = [replace(SAID, outcome=outcome) for outcome in outcomes]

    assert not judged(*said, over=over).was_heard


def test_joined_keeps_first_instants_and_the_last_outcome() -> None:
    later = replace(SAID, siren_at=NOW + timedelta(hours=2), speech_at=NOW + timedelta(hours=2), rounds=1,
                    outcome=Outcome.PLAYED)  # fmt: skip
    joined = SIREN.joined(later).joined(replace(SAID, rounds=1, outcome=Outcome.PLAYED))

    assert (joined.siren_at, joined.rounds, joined.outcome) == (SIREN.siren_at, 2, Outcome.PLAYED)


def test_counts_and_misses() -> None:
    deliveries = [judged(SIREN), judged(), judged(box=AWAY)]

    assert counted(deliveries)["silent"] == 2
    assert len(missed(deliveries)) == 2


def test_score_of_a_month() -> None:
    other = replace(TARGET, cluster_name="Cụm 2")
    first = DrillReport(alert=LIVE, deliveries=(judged(SIREN), judged(over=True, target=other)))
    second = DrillReport(alert=LIVE, deliveries=(judged(replace(SIREN, siren_at=NOW + timedelta(seconds=2))),))
    scored = score([first, second])

    assert (scored.drills, scored.meant, scored.sounded, scored.points) == (2, 3, 2, 67)
    assert (scored.median_ms, scored.slowest_ms) == (1200, 2000)
    assert [c.cluster for c in scored.worst] == ["Cụm 2"]
    assert score([]).points is None


def test_month_begins_at_the_stations_midnight() -> None:
    begin, end = month_of(2026, 12, ZoneInfo("Asia/Ho_Chi_Minh"))

    assert begin.isoformat() == "2026-11-30T17:00:00+00:00"
    assert end.isoformat() == "2026-12-31T17:00:00+00:00"
