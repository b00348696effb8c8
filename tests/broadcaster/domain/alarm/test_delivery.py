"""What became of an alert on one cluster, judged by what the box itself said; and a month of drills."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.alarm.delivery import (
    HEARING_NAMES,
    AlertDelivery,
    Box,
    Hearing,
    Sounding,
    counted,
    judge_alert,
    missed,
)
from broadcaster.domain.alarm.drills import DrillReport, month_of, score
from broadcaster.domain.alert import AlertState, Status
from broadcaster.domain.delivery import REASONS, Outcome, Target
from broadcaster.domain.ids import ClusterId, DeviceId, HamletId
from tests.broadcaster.domain.alert_values import CONTENT, NOW, alert_of

BOX = DeviceId("loa-1")
TARGET = Target(
    cluster=ClusterId("cl-1"), cluster_name="Cụm 1", hamlet=HamletId("th-1"), hamlet_name="Thôn Kép", device=BOX,
    told_in=None,
)  # fmt: skip
HERE = Box(device=BOX, reachable=True, last_seen_at=NOW)
AWAY = replace(HERE, reachable=False)
SAID = Sounding(device=BOX, wire_id="kc-1", version=1)
SIREN = replace(SAID, siren_at=NOW + timedelta(milliseconds=400))
WHOLE = replace(SIREN, rounds=1, outcome=Outcome.PLAYED)
LIVE = alert_of()
OVER = alert_of(state=AlertState.CANCELLED, ended_at=NOW + timedelta(minutes=1))
LATER = NOW + timedelta(minutes=10)


def judged(*said: Sounding, box: Box | None = HERE, over: bool = False, target: Target = TARGET) -> AlertDelivery:
    """Return the delivery as it is seen ten minutes after the alert went live."""
    return judge_alert(OVER if over else LIVE, target, box=box, soundings=said, now=LATER, speech_ms=10_000)


def test_silence_has_its_reason_while_it_is_live() -> None:
    assert (judged().hearing, judged().reason) == (Hearing.SILENT, None)
    assert judged(box=AWAY).reason == "waiting_for_box"
    assert judged(box=replace(HERE, holds_audio=False)).reason == "waiting_for_audio"
    assert judged(target=replace(TARGET, device=None)).reason == "not_installed"


def test_what_sounds_now_is_told_from_what_sounded() -> None:
    assert judged(SIREN, box=replace(HERE, playing="kc-1", part="siren")).hearing is Hearing.SIREN
    assert judged(SIREN, box=replace(HERE, playing="kc-1", part="speech")).hearing is Hearing.SPEECH
    assert judged(WHOLE).hearing is Hearing.SOUNDED
    assert judged(WHOLE, box=replace(AWAY, playing="kc-1", part="siren")).hearing is Hearing.SOUNDED


def test_a_siren_of_two_seconds_is_cut_short_and_its_place_missed_it() -> None:
    """The siren of these tests is thirty seconds long, its words ten."""
    cut = replace(
        SIREN, outcome=Outcome.INTERRUPTED, reason="withdrawn", ended_at=NOW + timedelta(seconds=2), sounded_ms=2_000,
        words_ms=0,
    )  # fmt: skip
    told = judged(cut, over=True)
    assert (told.hearing, told.reason, told.was_heard) == (Hearing.PARTIAL, "withdrawn", False)
    assert missed([told]) == (told,)
    assert judged(SIREN, over=True).reason == "cut_short", "the power went, and nothing more was said"
    assert REASONS["cut_short"]
    assert HEARING_NAMES[Hearing.PARTIAL] == "Phát dở"


def test_a_whole_siren_or_the_words_to_their_end_are_sound() -> None:
    cut = replace(SIREN, outcome=Outcome.INTERRUPTED, reason="withdrawn")
    assert judged(replace(cut, sounded_ms=30_000), over=True).hearing is Hearing.SOUNDED
    assert judged(replace(cut, sounded_ms=29_000), over=True).hearing is Hearing.PARTIAL
    assert judged(replace(cut, speech_at=NOW), over=True).hearing is Hearing.SOUNDED, "words wait for a whole siren"
    assert judged(replace(cut, sounded_ms=9_900, words_ms=9_900), over=True).hearing is Hearing.SOUNDED
    assert judged(replace(cut, sounded_ms=9_900, words_ms=5_000), over=True).hearing is Hearing.PARTIAL


def test_a_box_that_was_there_when_its_siren_was_over_has_sounded_it() -> None:
    before, behind = (replace(AWAY, last_seen_at=NOW + timedelta(seconds=s)) for s in (29, 31))
    assert judged(SIREN, box=before).hearing is Hearing.PARTIAL
    assert judged(SIREN, box=behind).hearing is Hearing.SOUNDED


def test_a_drill_has_no_siren_so_its_words_count() -> None:
    drill = alert_of(replace(CONTENT, status=Status.EXERCISE, siren=()))
    begun = replace(SAID, speech_at=NOW)

    def heard(*said: Sounding) -> Hearing:
        return judge_alert(drill, TARGET, box=HERE, soundings=said, now=LATER, speech_ms=10_000).hearing

    assert heard(begun) is Hearing.PARTIAL
    assert heard(replace(begun, outcome=Outcome.INTERRUPTED, sounded_ms=4_000, words_ms=4_000)) is Hearing.PARTIAL
    assert heard(replace(begun, outcome=Outcome.INTERRUPTED, sounded_ms=10_400, words_ms=10_000)) is Hearing.SOUNDED
    assert heard(replace(begun, outcome=Outcome.PLAYED, rounds=1)) is Hearing.SOUNDED


def test_a_repeat_to_where_it_was_cut_short_counts() -> None:
    cut = replace(SIREN, outcome=Outcome.INTERRUPTED, sounded_ms=1_500)
    assert judged(cut, replace(WHOLE, wire_id="kc-1.r1")).hearing is Hearing.SOUNDED


@given(st.integers(0, 29_000), st.integers(0, 9_000), st.booleans())
def test_what_is_shorter_than_both_is_never_shown_as_sound(sounded_ms: int, words_ms: int, over: bool) -> None:
    cut = replace(SIREN, outcome=Outcome.INTERRUPTED, sounded_ms=sounded_ms, words_ms=words_ms)
    assert judged(cut, over=over).hearing is Hearing.PARTIAL


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
    assert judged(WHOLE, over=True, box=AWAY).hearing is Hearing.SOUNDED
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


def test_joined_keeps_the_longest_stretch() -> None:
    lengths = [(None, None), (2_000, 0), (12_000, 9_000), (3_000, None)]
    joined = SAID
    for sounded_ms, words_ms in lengths:
        joined = joined.joined(replace(SAID, sounded_ms=sounded_ms, words_ms=words_ms))

    assert (joined.sounded_ms, joined.words_ms) == (12_000, 9_000)


def test_counts_and_misses() -> None:
    deliveries = [judged(WHOLE), judged(), judged(box=AWAY)]

    assert counted(deliveries)["silent"] == 2
    assert len(missed(deliveries)) == 2


def test_score_of_a_month() -> None:
    other = replace(TARGET, cluster_name="Cụm 2")
    first = DrillReport(alert=LIVE, deliveries=(judged(WHOLE), judged(over=True, target=other)))
    second = DrillReport(alert=LIVE, deliveries=(judged(replace(WHOLE, siren_at=NOW + timedelta(seconds=2))),))
    scored = score([first, second])

    assert (scored.drills, scored.meant, scored.sounded, scored.points) == (2, 3, 2, 67)
    assert (scored.median_ms, scored.slowest_ms) == (1200, 2000)
    assert [c.cluster for c in scored.worst] == ["Cụm 2"]
    assert score([]).points is None


def test_month_begins_at_the_stations_midnight() -> None:
    begin, end = month_of(2026, 12, ZoneInfo("Asia/Ho_Chi_Minh"))

    assert begin.isoformat() == "2026-11-30T17:00:00+00:00"
    assert end.isoformat() == "2026-12-31T17:00:00+00:00"
