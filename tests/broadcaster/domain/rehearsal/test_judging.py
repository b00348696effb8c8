"""Tối nay: what keeps tonight from sounding is found, named with what to do, and nothing else is cried over."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.audience import EVERYBODY
from broadcaster.domain.delivery import OFFLINE_AFTER, BoxState, Heard
from broadcaster.domain.ids import AiringId, ClusterId, DeviceId, HamletId
from broadcaster.domain.programme import OccurrenceKey, ProgrammeId, SegmentId
from broadcaster.domain.records.logbook import Place
from broadcaster.domain.rehearsal import troubles
from broadcaster.domain.rehearsal.judging import IMMINENT, reach, rehearse, shown
from broadcaster.domain.rehearsal.troubles import Trouble
from broadcaster.domain.rehearsal.values import (
    READINESS_NAMES,
    WITHIN,
    Body,
    Cap,
    House,
    Piece,
    Probe,
    Readiness,
    Rehearsed,
    Scene,
    SourceState,
    Stand,
)
from broadcaster.domain.station import QuietHours, Rules
from broadcaster.domain.week.planned import LeftOut, Occurrence, Omitted, Verdict
from broadcaster.domain.week.reasons import NothingToAir, QuietHoursThere, Reason, SoundMissing

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 22, 16, 0, tzinfo=ZONE)
START = datetime(2026, 11, 22, 17, 0, tzinfo=ZONE)
MINUTE = timedelta(minutes=1)
FILE = "a" * 64
PLACE = Place(hamlet=HamletId("h1"), hamlet_name="Thôn Kép", cluster=ClusterId("c1"), cluster_name="Cụm 1")
ELSEWHERE = replace(PLACE, cluster=ClusterId("c2"), cluster_name="Cụm 2")
URL, OTHER_URL = "http://127.0.0.1/vov1", "http://127.0.0.1/vov2"
KEY = OccurrenceKey(due_at=START, programme=ProgrammeId("chieu"))
PIECE = Piece(
    airing=AiringId("lp-1"), title="Họp thôn", start_at=START, duration=MINUTE, told_in={PLACE.cluster: (1, 4)},
    file_sha256=FILE,
)  # fmt: skip
RELAY = replace(PIECE, airing=AiringId("lp-2"), title="Thời sự", file_sha256=None, sources=(URL, OTHER_URL))
WHY = QuietHoursThere(due_at=START, quiet_start="22:00", quiet_end="04:30")
SESSION = Occurrence(
    key=KEY, title="Buổi chiều", audience=EVERYBODY, clusters=frozenset(), ends_by=START + 30 * MINUTE,
    verdict=Verdict.SOUNDS,
)  # fmt: skip


def box(**more: Any) -> BoxState:
    """Return a box that holds everything, unless told otherwise."""
    known: dict[str, Any] = {
        "device": DeviceId("loa-1"), "online": True, "last_seen_at": NOW, "plan": (1, 4), "audio_missing": frozenset(),
        "playing": None, "playing_since": None, "playing_error_ms": None,
    }  # fmt: skip
    return BoxState(**(known | more))


STAND = Stand(place=PLACE, box=box())
SCENE = Scene(now=NOW, rules=Rules(), pieces=(PIECE,), stands=(STAND,), probes={}, caps={}, titles={})


def found(scene: Scene) -> list[type[Reason]]:
    return [type(problem.trouble) for problem in rehearse(scene).everything]


def with_body(**body: Any) -> Scene:
    return replace(SCENE, stands=(replace(STAND, body=Body(**body)),))


def probed(*states: SourceState) -> dict[str, Probe]:
    urls = (URL, OTHER_URL)
    return {url: Probe(url=url, state=s, at=NOW, detail="không trả lời") for url, s in zip(urls, states, strict=True)}


def test_everything_in_order_is_ready() -> None:
    answer = rehearse(SCENE)

    assert answer.readiness is Readiness.READY
    assert answer.is_known
    assert (answer.first_at, len(answer.clusters), answer.clusters[0].pieces) == (START, 1, 1)


def test_nothing_planned_is_nothing_to_judge() -> None:
    answer = rehearse(replace(SCENE, pieces=()))

    assert answer.first_at is None
    assert not answer.is_known
    assert answer.clusters == ()


def test_what_is_over_or_beyond_the_day_is_not_looked_at() -> None:
    over = replace(PIECE, airing=AiringId("lp-0"), start_at=NOW - 5 * MINUTE)
    far = replace(PIECE, airing=AiringId("lp-9"), start_at=NOW + WITHIN + MINUTE)

    answer = rehearse(replace(SCENE, pieces=(over, PIECE, far)))

    assert [piece.airing for piece in answer.pieces] == ["lp-1"]


def test_an_empty_day_is_looked_beyond_to_the_next_session() -> None:
    far = replace(PIECE, start_at=NOW + timedelta(days=3))

    assert rehearse(replace(SCENE, pieces=(far,))).first_at == far.start_at
    assert reach([], now=NOW) == NOW + WITHIN
    assert reach([NOW - MINUTE, NOW + MINUTE], now=NOW) == NOW + WITHIN


def test_cluster_for_which_nothing_is_planned_is_not_judged() -> None:
    answer = rehearse(replace(SCENE, stands=(STAND, Stand(place=ELSEWHERE))))

    assert [each.place.cluster for each in answer.clusters] == ["c1"]
    assert answer.readiness is Readiness.READY


BOXES: list[tuple[BoxState | None, type[Trouble]]] = [
    (None, troubles.NoBox),
    (box(last_seen_at=None), troubles.BoxNeverSeen),
    (box(online=False), troubles.BoxLost),
    (box(last_seen_at=NOW - OFFLINE_AFTER - MINUTE), troubles.BoxLost),
    (box(online=False, plan=(1, 3)), troubles.BoxLostLacking),
    (box(online=False, audio_missing=frozenset({FILE})), troubles.BoxLostLacking),
    (box(plan=(1, 3)), troubles.PlanOnItsWay),
    (box(plan=None), troubles.PlanOnItsWay),
    (box(audio_missing=frozenset({FILE})), troubles.AudioOnItsWay),
]


@pytest.mark.parametrize(("state", "trouble"), BOXES)
def test_each_state_of_a_box_is_told_from_the_others(state: BoxState | None, trouble: type[Trouble]) -> None:
    answer = rehearse(replace(SCENE, stands=(replace(STAND, box=state),)))

    assert [type(p.trouble) for p in answer.everything] == [trouble]
    assert answer.readiness is (Readiness.SILENT if trouble.grave else Readiness.LOOK)


def test_file_of_another_airing_is_no_matter_here() -> None:
    assert found(replace(SCENE, stands=(replace(STAND, box=box(audio_missing=frozenset({"b" * 64}))),))) == []


def test_airing_that_no_plan_has_told_yet_is_on_its_way() -> None:
    untold = replace(PIECE, told_in={PLACE.cluster: None})

    assert found(replace(SCENE, pieces=(untold,))) == [troubles.PlanOnItsWay]


@pytest.mark.parametrize(
    ("state", "early", "late"),
    [
        (box(plan=None), troubles.PlanOnItsWay, troubles.PlanTooLate),
        (box(audio_missing=frozenset({FILE})), troubles.AudioOnItsWay, troubles.AudioTooLate),
    ],
)
def test_what_is_on_its_way_is_grave_only_when_time_runs_out(
    state: BoxState, early: type[Trouble], late: type[Trouble]
) -> None:
    def at(now: datetime) -> list[type[Reason]]:
        fresh = replace(state, last_seen_at=now)
        return found(replace(SCENE, now=now, stands=(replace(STAND, box=fresh),)))

    assert at(START - IMMINENT) == [early]
    assert at(START - IMMINENT + timedelta(seconds=1)) == [late]


BODIES: list[tuple[dict[str, Any], type[Trouble]]] = [
    ({"clock_trusted": False}, troubles.ClockUntrusted),
    ({"clock_error_ms": 501.0}, troubles.ClockOff),
    ({"faults": {"sound_device": "ALSA"}}, troubles.SoundOutBroken),
    ({"faults": {"amplifier": "không thấy chân"}}, troubles.AmplifierStuck),
    ({"self_test": Heard.NOT_HEARD}, troubles.LoudspeakerUnheard),
    ({"mains": False}, troubles.OnBattery),
    ({"under_voltage": True}, troubles.WeakSupply),
    ({"disk_free_bytes": 10**6}, troubles.CardFull),
    ({"faults": {"disk_full": ""}}, troubles.CardFull),
    ({"faults": {"document_unwritable": ""}}, troubles.CardUnwritable),
    ({"faults": {"journal_unwritable": ""}}, troubles.CardUnwritable),
]


@pytest.mark.parametrize(("body", "trouble"), BODIES)
def test_each_complaint_of_a_box_is_told(body: dict[str, Any], trouble: type[Trouble]) -> None:
    assert found(with_body(**body)) == [trouble]


@pytest.mark.parametrize(
    "body",
    [
        {"clock_error_ms": 500.0}, {"mains": True}, {"under_voltage": False}, {"disk_free_bytes": 10**9},
        {"self_test": Heard.HEARD}, {"self_test": Heard.UNSURE}, {"faults": {"ear": "không có micro"}},
    ],
)  # fmt: skip
def test_what_does_not_matter_tonight_is_not_cried_over(body: dict[str, Any]) -> None:
    assert found(with_body(**body)) == []


def test_lost_box_s_old_complaints_are_not_repeated() -> None:
    lost = replace(STAND, box=box(online=False), body=Body(mains=False))

    assert found(replace(SCENE, stands=(lost,))) == [troubles.BoxLost]


def test_two_sounds_at_once_are_told_with_both_titles() -> None:
    second = replace(PIECE, airing=AiringId("lp-2"), title="Giá lúa", start_at=START + MINUTE / 2)
    answer = rehearse(replace(SCENE, pieces=(second, PIECE)))

    (problem,) = answer.everything
    assert problem.trouble == troubles.Overlap(title="Giá lúa", other="Họp thôn", start_at=second.start_at)
    assert answer.readiness is Readiness.SILENT


def test_sounds_that_follow_each_other_do_not_overlap() -> None:
    second = replace(PIECE, airing=AiringId("lp-2"), start_at=START + MINUTE)

    assert found(replace(SCENE, pieces=(PIECE, second))) == []


def test_sounds_on_two_clusters_do_not_overlap() -> None:
    there = replace(PIECE, airing=AiringId("lp-2"), told_in={ELSEWHERE.cluster: (1, 4)})
    stands = (STAND, replace(STAND, place=ELSEWHERE))

    assert found(replace(SCENE, pieces=(PIECE, there), stands=stands)) == []


def test_quiet_hours_are_told_with_their_hours() -> None:
    late = replace(PIECE, start_at=START.replace(hour=21, minute=59, second=30))
    (problem,) = rehearse(replace(SCENE, pieces=(late,))).everything

    assert "22:00 đến 04:30" in str(problem.trouble)
    assert problem.trouble.grave


def test_place_that_wants_more_quiet_has_its_own_hours() -> None:
    school = Rules(quiet_hours=(QuietHours(start=time(16, 30), end=time(17, 30)),))
    cap = Cap(profile="Nội thành", session_length=15 * MINUTE, sessions_a_day=1, rules=school)

    assert found(replace(SCENE, caps={PLACE.cluster: cap})) == [troubles.InQuietHours]


def test_addresses_are_shown_without_their_passwords() -> None:
    assert shown("http://an:mat-khau@dai.example:8000/vov1") == "http://dai.example:8000/vov1"
    assert shown(URL) == URL


def test_a_bell_looks_no_further_than_it_is_told() -> None:
    assert rehearse(replace(SCENE, within=30 * MINUTE)).first_at is None
    assert rehearse(replace(SCENE, within=61 * MINUTE)).first_at == START


def test_each_problem_is_known_again_by_its_key() -> None:
    scene = with_body(mains=False, clock_trusted=False)
    keys = [problem.key for problem in rehearse(scene).everything]

    assert keys == [problem.key for problem in rehearse(replace(scene, now=NOW + MINUTE)).everything]
    assert len(set(keys)) == 2
    assert all(len(key) <= 80 for key in keys)


def test_session_over_its_minutes_and_too_many_sessions_are_told() -> None:
    cap = Cap(profile="Nội thành", session_length=15 * MINUTE, sessions_a_day=1)
    long = replace(PIECE, session=KEY, duration=20 * MINUTE)
    other = replace(PIECE, airing=AiringId("lp-3"), start_at=START + 60 * MINUTE,
                    session=OccurrenceKey(due_at=START + 60 * MINUTE, programme=ProgrammeId("toi")))  # fmt: skip
    scene = replace(SCENE, pieces=(long, other), caps={PLACE.cluster: cap}, titles={KEY: "Buổi chiều"})

    said = [str(problem.trouble) for problem in rehearse(scene).everything]

    assert said[0] == "Buổi “Buổi chiều” dài 20 phút, quá 15 phút theo “Nội thành”. Xin rút bớt nội dung."
    assert said[1].startswith("Ngày 22/11/2026 có 2 buổi, quá 1 buổi")
    within = replace(cap, session_length=20 * MINUTE, sessions_a_day=2)
    assert found(replace(scene, caps={PLACE.cluster: within})) == []


@pytest.mark.parametrize("state", [s for s in SourceState if s is not SourceState.SOUNDS])
def test_relay_with_no_source_left_is_silent_and_with_a_filler_is_not(state: SourceState) -> None:
    scene = replace(SCENE, pieces=(RELAY,), probes=probed(state, state))

    answer = rehearse(scene)

    assert [type(p.trouble) for p in answer.clusters[0].problems] == [troubles.NoSourceSounds]
    assert answer.readiness is Readiness.SILENT
    assert URL in str(answer.clusters[0].problems[0].trouble)
    filled = replace(scene, pieces=(replace(RELAY, file_sha256=FILE),))
    assert found(filled) == [troubles.OnlyFillerSounds]


def test_relay_with_one_source_left_wants_a_look() -> None:
    scene = replace(SCENE, pieces=(RELAY,), probes=probed(SourceState.DEAD, SourceState.SOUNDS))

    assert found(scene) == [troubles.OneSourceDown]
    assert found(replace(scene, probes=probed(SourceState.SOUNDS, SourceState.SOUNDS))) == []


def test_source_that_nobody_listened_to_is_not_called_good() -> None:
    answer = rehearse(replace(SCENE, pieces=(RELAY,), probes={URL: probed(SourceState.SOUNDS, SourceState.DEAD)[URL]}))

    assert answer.unchecked == (OTHER_URL,)
    assert not answer.is_known
    assert answer.readiness is Readiness.READY


def test_sessions_that_do_not_take_place_are_told_with_the_planner_s_reason() -> None:
    left = (LeftOut(clusters=frozenset({PLACE.cluster}), reason=WHY),)
    refused = replace(SESSION, verdict=Verdict.REFUSED, left_out=left)
    nothing = NothingToAir(due_at=START)
    empty = replace(SESSION, verdict=Verdict.EMPTY, left_out=(replace(left[0], reason=nothing),))

    assert found(replace(SCENE, occurrences=(refused,))) == [troubles.SessionRefused]
    assert found(replace(SCENE, occurrences=(empty,))) == [troubles.SessionEmpty]
    assert WHY.sentence() in str(rehearse(replace(SCENE, occurrences=(refused,))).problems[0].trouble)
    over = replace(refused, key=replace(KEY, due_at=NOW - MINUTE))
    assert found(replace(SCENE, occurrences=(over,))) == []


def test_cluster_left_out_of_a_session_is_told_there() -> None:
    left = LeftOut(clusters=frozenset({PLACE.cluster}), reason=WHY)
    answer = rehearse(replace(SCENE, occurrences=(replace(SESSION, left_out=(left,)),), pieces=()))

    assert [type(p.trouble) for p in answer.clusters[0].problems] == [troubles.LeftOutOf]
    nothing = replace(left, reason=NothingToAir(due_at=START))
    assert found(replace(SCENE, occurrences=(replace(SESSION, left_out=(nothing,)),))) == [troubles.SessionEmpty]


def test_part_of_a_session_that_is_left_out_wants_a_look() -> None:
    omitted = Omitted(segment=SegmentId("nhac"), reason=SoundMissing(title="Nhạc hiệu", sound="nhac-hieu"))

    assert found(replace(SCENE, occurrences=(replace(SESSION, omitted=(omitted,)),))) == [troubles.PartOmitted]


@pytest.mark.parametrize(
    ("house", "trouble"),
    [
        (House(broker_connected=False), troubles.BrokerLost),
        (House(signer=False), troubles.SignerLost),
        (House(disk_free_bytes=1), troubles.ServerDiskLow),
    ],
)
def test_the_station_s_own_parts_are_looked_at(house: House, trouble: type[Trouble]) -> None:
    assert found(replace(SCENE, house=house)) == [trouble]
    assert found(replace(SCENE, house=House(broker_connected=True, signer=True, disk_free_bytes=10**10))) == []


def test_gravest_comes_first_and_each_once() -> None:
    scene = with_body(mains=False, clock_trusted=False, under_voltage=True)

    assert found(scene)[0] is troubles.ClockUntrusted
    assert len(found(scene)) == len(set(found(scene))) == 3


def every_trouble() -> list[type[Trouble]]:
    return sorted(Trouble.__subclasses__(), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", every_trouble())
def test_every_trouble_says_what_to_do(kind: type[Trouble]) -> None:
    has_a_reason_of_the_planner = "{why}" in kind.message

    assert "xin " in kind.message.lower() or has_a_reason_of_the_planner


def test_every_trouble_has_a_sentence_of_its_own() -> None:
    messages = [kind.message for kind in every_trouble()]

    assert len(messages) == len(set(messages)) >= 30
    assert set(READINESS_NAMES) == set(Readiness)


STATES = st.builds(
    box,
    online=st.booleans(),
    plan=st.sampled_from([None, (1, 3), (1, 4), (2, 1)]),
    audio_missing=st.sampled_from([frozenset(), frozenset({FILE}), frozenset({"b" * 64})]),
    last_seen_at=st.sampled_from([None, NOW, NOW - timedelta(hours=1)]),
)


@given(STATES | st.none(), st.integers(0, 59))
def test_ready_means_that_the_box_holds_all_it_needs(state: BoxState | None, minutes: int) -> None:
    """The one promise: green is never shown over a box that lacks something or is not there."""
    now = NOW + minutes * MINUTE
    fresh = replace(state, last_seen_at=now) if state and state.last_seen_at == NOW else state
    answer: Rehearsed = rehearse(replace(SCENE, now=now, stands=(replace(STAND, box=fresh),)))

    holds_all = (
        fresh is not None and fresh.reachable(now) and fresh.plan is not None and fresh.plan >= (1, 4)
        and FILE not in fresh.audio_missing
    )  # fmt: skip
    assert (answer.readiness is Readiness.READY) == holds_all
