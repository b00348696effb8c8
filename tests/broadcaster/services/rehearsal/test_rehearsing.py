"""Tonight from a real database: what the boxes said makes it green or red; a problem is told once, and once mended."""

from datetime import timedelta

import pytest

from broadcaster.domain.audience import of_clusters
from broadcaster.domain.bulletin import Priority
from broadcaster.domain.ids import AiringId
from broadcaster.domain.rehearsal import troubles
from broadcaster.domain.rehearsal.values import House, Probe, Readiness, SourceState
from broadcaster.domain.station import Station
from broadcaster.domain.timetable import Airing
from broadcaster.domain.week.planned import Relayed
from broadcaster.domain.week.requests import NextSession
from broadcaster.services import intake
from broadcaster.services.airings import set_targets
from broadcaster.services.rehearsal.bell import MENDED, MOST_AT_ONCE, PROBLEM, RehearsalBell
from broadcaster.services.rehearsal.rehearsing import Rehearsals, sources_wanted
from broadcaster.services.rehearsal.sheet import CANNOT_TELL, PROBLEMS, READY, exit_code, sheet
from broadcaster.services.week import asking
from broadcaster.services.week import programmes as programme_cases
from broadcaster.store import airings, devices, documents, notices, stations
from tests.fakes.station_box import FakeBox
from tests.fakes.station_world import World
from wire.messages import AudioProgress, ClockBelief, Health, Revision

URL = "http://an:mat@127.0.0.1:8000/vov1"
TRUSTED = ClockBelief(trusted=True, source="samples", error_ms=3.0)


def station_of(world: World) -> Station:
    with world.database.reading() as tx:
        found = stations.get(tx, world.station)
    assert found is not None
    return found


def says(world: World, box: FakeBox, **more: object) -> None:
    """Let a box say that it holds its newest plan and everything in it, unless told otherwise."""
    with world.database.reading() as tx:
        plan = documents.get(tx, box.id)
    known = intake.box(world.office, box.id)
    assert known is not None
    held = Revision(epoch=plan.epoch, seq=plan.seq) if plan else None
    intake.note_status(world.office, known, box.status(**{"plan": held, "clock": TRUSTED} | more))


def planned(world: World) -> tuple[FakeBox, FakeBox, Airing]:
    boxes = world.enrol(0), world.enrol(1)
    airing = world.plan(world.approved(), world.clock.now + timedelta(minutes=50))
    world.reconcile()
    for box in boxes:
        says(world, box)
    return *boxes, airing


def told(world: World) -> list[tuple[str, str]]:
    with world.database.reading() as tx:
        found = notices.latest(tx, world.station, limit=50)
    return [(notice.kind, notice.sentence) for notice in reversed(found)]


def test_boxes_that_hold_everything_are_ready(world: World) -> None:
    planned(world)

    answer = Rehearsals(world.office).of(station_of(world))

    assert answer.readiness is Readiness.READY, answer.everything
    assert exit_code(answer) == READY
    assert [each.place.cluster_name for each in answer.clusters] == ["Cụm 1", "Cụm 2"]


def test_box_that_falls_silent_is_red_and_green_again_when_it_is_back(world: World) -> None:
    first, second, _ = planned(world)
    rehearsals = Rehearsals(world.office)
    world.clock.advance(minutes=3)
    says(world, second)

    answer = rehearsals.of(station_of(world))

    assert [each.readiness for each in answer.clusters] == [Readiness.SILENT, Readiness.READY]
    assert exit_code(answer) == PROBLEMS
    world.clock.advance(seconds=5)
    says(world, first)
    assert rehearsals.of(station_of(world)).readiness is Readiness.READY


def test_what_a_box_says_of_itself_reaches_the_answer(world: World) -> None:
    first, _, airing = planned(world)
    missing = AudioProgress(sha256=airing.recording_sha256 or "", chunks_held=0, chunks=3)
    health = Health(audio_errors=("sound_device:ALSA nói không",), mains=False, disk_free_bytes=5)
    says(world, first, audio_missing=(missing,), health=health, clock=ClockBelief(trusted=False))

    (problems, _) = (each.problems for each in Rehearsals(world.office).of(station_of(world)).clusters)

    assert {type(p.trouble) for p in problems} == {
        troubles.AudioOnItsWay, troubles.SoundOutBroken, troubles.OnBattery, troubles.CardFull, troubles.ClockUntrusted,
    }  # fmt: skip
    assert any("ALSA nói không" in str(p.trouble) for p in problems)


def test_nothing_planned_cannot_be_told(world: World) -> None:
    world.enrol(0)

    answer = Rehearsals(world.office).of(station_of(world))

    assert exit_code(answer) == CANNOT_TELL
    assert sheet(station_of(world), answer, probes={})["verdict"] == "nothing_planned"


def relayed(world: World) -> Airing:
    now = world.clock.now
    airing = Airing(
        id=AiringId("lp-relay"), station=world.station, bulletin=None, title="Thời sự", recording_sha256=None,
        audience=of_clusters([world.clusters[0]]), priority=Priority.ORDINARY, start_at=now + timedelta(minutes=50),
        not_after=now + timedelta(minutes=80), duration=timedelta(minutes=30), created_at=now,
        relay=Relayed(urls=(URL,), silence=timedelta(seconds=10)),
    )  # fmt: skip
    with world.database.writing() as tx:
        airings.add(tx, airing, created_by=None)
        set_targets(tx, world.station, [airing])
    return airing


def test_relay_sources_are_wanted_a_day_ahead_and_judged_without_their_passwords(world: World) -> None:
    box = world.enrol(0)
    relayed(world)
    world.reconcile()
    says(world, box)
    heard: dict[str, Probe] = {}
    rehearsals = Rehearsals(world.office, probes=lambda: heard)

    assert sources_wanted(world.office) == (URL,)
    unheard = rehearsals.of(station_of(world))
    assert (unheard.unchecked, exit_code(unheard)) == ((URL,), CANNOT_TELL)
    heard[URL] = Probe(url=URL, state=SourceState.DEAD, at=world.clock.now, detail="máy chủ không trả lời")
    world.clock.advance(seconds=5)
    answer = rehearsals.of(station_of(world))
    said = str(sheet(station_of(world), answer, probes=heard))
    assert answer.readiness is Readiness.SILENT
    assert "máy chủ không trả lời" in said
    assert "mat@" not in said
    world.clock.advance(days=2)
    assert sources_wanted(world.office) == ()


def test_server_s_own_parts_are_part_of_the_answer(world: World) -> None:
    planned(world)
    rehearsals = Rehearsals(world.office, house=lambda: House(broker_connected=False, signer=True))

    assert [type(p.trouble) for p in rehearsals.of(station_of(world)).problems] == [troubles.BrokerLost]


def test_retired_and_neighbouring_things_are_no_matter_here(world: World) -> None:
    first, _, _ = planned(world)
    with world.database.writing() as tx:
        devices.retire(tx, first.id, now=world.clock.now)

    (problem,) = Rehearsals(world.office).of(station_of(world)).everything

    assert type(problem.trouble) is troubles.NoBox


@pytest.fixture
def bell(world: World) -> RehearsalBell:
    return RehearsalBell(world.office, Rehearsals(world.office))


def look(world: World, bell: RehearsalBell, *alive: FakeBox, times: int = 1) -> int:
    """Look a minute later, as the server does, while these boxes go on talking."""
    count = 0
    for _ in range(times):
        world.clock.advance(minutes=1)
        for box in alive:
            says(world, box)
        count += bell.look()
    return count


def test_bell_tells_each_problem_once_and_once_when_it_is_mended(world: World, bell: RehearsalBell) -> None:
    first, second, _ = planned(world)

    assert look(world, bell, second, times=10) == 1
    ((kind, said),) = told(world)
    assert kind == PROBLEM
    assert said.startswith("Cụm 1 (Thôn Kép): Bộ thu mất liên lạc từ 08:00 ngày 02/03/2026.")
    assert look(world, bell, first, second, times=5) == 1
    assert told(world)[1] == (MENDED, f"Đã ổn, không còn việc này nữa: {said}")
    assert look(world, bell, second, times=8) == 1
    assert [kind for kind, _ in told(world)] == [PROBLEM, MENDED, PROBLEM]


def test_bell_that_starts_anew_tells_nothing_twice(world: World, bell: RehearsalBell) -> None:
    _, second, _ = planned(world)
    look(world, bell, second, times=6)

    again = RehearsalBell(world.office, Rehearsals(world.office))

    assert look(world, again, second, times=5) == 0
    assert len(told(world)) == 1


def test_bell_is_silent_when_nothing_begins_within_the_hour(world: World, bell: RehearsalBell) -> None:
    world.enrol(0)
    world.plan(world.approved(), world.clock.now + timedelta(hours=3))
    world.reconcile()

    assert look(world, bell, times=5) == 0


def test_problem_at_one_look_alone_is_told_to_nobody(world: World, bell: RehearsalBell) -> None:
    first, second, _ = planned(world)
    say_nothing = look(world, bell, second, times=3)
    assert say_nothing == 0

    assert look(world, bell, first, second, times=3) == 0
    assert told(world) == []


def test_airing_that_is_over_is_not_called_mended(world: World, bell: RehearsalBell) -> None:
    _, second, _ = planned(world)
    look(world, bell, second, times=6)

    world.clock.advance(hours=2)

    assert look(world, bell, second, times=4) == 0
    assert [kind for kind, _ in told(world)] == [PROBLEM]


def test_box_that_dies_has_not_got_well_of_what_it_complained_of(world: World, bell: RehearsalBell) -> None:
    """What it said last is not known any more: "đã ổn" would be the opposite of the truth."""
    first, second, _ = planned(world)
    for _ in range(3):
        world.clock.advance(minutes=1)
        says(world, first, health=Health(mains=False))
        says(world, second)
        bell.look()
    assert [kind for kind, _ in told(world)] == [PROBLEM]

    look(world, bell, second, times=6)
    assert [kind for kind, _ in told(world)] == [PROBLEM, PROBLEM]
    look(world, bell, first, second, times=3)

    assert sorted(kind for kind, _ in told(world)) == sorted([PROBLEM, PROBLEM, MENDED, MENDED])


def test_box_lost_before_it_was_told_more_is_not_called_found(world: World, bell: RehearsalBell) -> None:
    _, second, _ = planned(world)
    look(world, bell, second, times=6)
    world.plan(world.approved(title="Tin thêm"), world.clock.now + timedelta(minutes=30))
    world.reconcile()

    look(world, bell, second, times=4)

    assert MENDED not in [kind for kind, _ in told(world)]


def test_session_that_will_not_sound_is_told_though_nothing_else_is_due(world: World, bell: RehearsalBell) -> None:
    """It has no airing; and when it got something to say, that is told too."""
    lan = world.person("lan")
    box = {"kind": "bulletins", "id": "ban-tin", "title": "Bản tin", "minutes": 10}
    data = {"id": "som", "title": "Buổi chín giờ", "starts": "08:50", "minutes": 15, "days": "FREQ=DAILY",
            "segments": [box]}  # fmt: skip
    programme_cases.save(world.office, actor=lan, edit=programme_cases.adding(data))
    boxes = world.enrol(0), world.enrol(1)

    look(world, bell, *boxes, times=3)
    ((kind, said),) = told(world)
    assert kind == PROBLEM
    assert "“Buổi chín giờ” không có gì để phát" in said

    bulletin = world.approved()
    asking.ask(world.office, actor=lan, bulletin=bulletin.id, wish=NextSession())
    world.reconcile()
    look(world, bell, *boxes, times=4)

    assert (MENDED, f"Đã ổn, không còn việc này nữa: {said}") in told(world)


def test_many_problems_at_once_become_one_message(world: World, bell: RehearsalBell) -> None:
    """Nobody reads thirty messages; each stands in the books, and one is sent."""
    for minute in range(MOST_AT_ONCE + 1):
        airing = relayed_at(world, minute)
        assert airing
    world.reconcile()
    failing = {URL: Probe(url=URL, state=SourceState.DEAD, at=world.clock.now, detail="tắt")}
    deaf = RehearsalBell(world.office, Rehearsals(world.office, probes=lambda: failing))

    look(world, deaf, times=2)

    with world.database.reading() as tx:
        unsent = notices.unsent(tx)
    assert len(unsent) == 1
    assert "Tối nay" in unsent[0].sentence
    assert look(world, deaf, times=3) == 0


def relayed_at(world: World, minute: int) -> Airing:
    now = world.clock.now
    airing = Airing(
        id=AiringId(f"lp-relay-{minute}"), station=world.station, bulletin=None, title=f"Thời sự {minute}",
        recording_sha256=None, audience=of_clusters([world.clusters[0]]), priority=Priority.ORDINARY,
        start_at=now + timedelta(minutes=30 + minute), not_after=now + timedelta(minutes=31 + minute),
        duration=timedelta(seconds=50), created_at=now, relay=Relayed(urls=(URL,), silence=timedelta(seconds=10)),
    )  # fmt: skip
    with world.database.writing() as tx:
        airings.add(tx, airing, created_by=None)
        set_targets(tx, world.station, [airing])
    return airing


def test_session_of_the_week_is_rehearsed_with_what_it_lacks(world: World) -> None:
    """The jingle has no recording: the planner says so, and so does tonight."""
    boxes = world.enrol(0), world.enrol(1)
    segments = [
        {"kind": "jingle", "id": "mo", "title": "Nhạc hiệu", "sound": "nhac-hieu"},
        {"kind": "relay", "id": "song", "title": "Thời sự", "urls": [URL], "minutes": 5},
    ]
    edit = programme_cases.adding({"title": "Buổi chiều", "starts": "17:00", "minutes": 20, "segments": segments})
    programme_cases.save(world.office, actor=world.person("lan"), edit=edit)
    world.reconcile()
    for box in boxes:
        says(world, box)
    heard = {URL: Probe(url=URL, state=SourceState.SOUNDS, at=world.clock.now)}

    answer = Rehearsals(world.office, probes=lambda: heard).of(station_of(world))

    assert {type(p.trouble) for p in answer.everything} == {troubles.PartOmitted}, answer.everything
    assert "nhac-hieu" in str(answer.problems[0].trouble)
    assert [piece.title for piece in answer.pieces] == ["Thời sự"]
    assert answer.readiness is Readiness.LOOK
