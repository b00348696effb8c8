"""Vì sao? from a real database: the books give the facts that the sentence names."""

from datetime import timedelta

from broadcaster.domain.delivery import Outcome
from broadcaster.domain.ids import AiringId
from broadcaster.domain.records.why import ByHand, Story, why
from broadcaster.domain.timetable import Airing
from broadcaster.domain.week.requests import NextSession
from broadcaster.services import airings as use_cases
from broadcaster.services import intake
from broadcaster.services.records import explaining, logbook
from broadcaster.services.week import asking
from broadcaster.services.week import programmes as programme_cases
from broadcaster.store import airings, stations
from broadcaster.store import logbook as lines_of
from tests.fakes.station_box import FakeBox, played
from tests.fakes.station_world import World
from wire.messages import Outcome as WireOutcome
from wire.messages import Reason, Stretch

SECOND = timedelta(seconds=1)


def reports(world: World, box: FakeBox, *said: object) -> None:
    known = intake.box(world.office, box.id)
    assert known is not None
    intake.note_reports(world.office, known, box.reports(*said))  # type: ignore[arg-type] # reports, as they are


def stories_of(world: World, airing: Airing) -> tuple[Story, ...]:
    with world.database.reading() as tx:
        found, station = airings.get(tx, world.station, airing.id), stations.get(tx, world.station)
        assert found is not None
        assert station is not None
        known = use_cases.deliveries(tx, found, now=world.clock.now)
        return explaining.of_deliveries(tx, station, found, known)


def test_who_placed_it_and_when_is_told_for_each_cluster(world: World) -> None:
    world.enrol(0)
    airing = world.plan(world.approved(), world.clock.now + timedelta(hours=1))

    here, there = stories_of(world, airing)

    assert here.origin == ByHand(who="Lan", at=airing.created_at)
    assert "Cụm 1 (Thôn Kép)" in why(here)
    assert "Lượt này do Lan đặt giờ lúc 08:00 ngày 02/03/2026." in why(here)
    assert "chưa lắp bộ thu" in why(there)


def test_who_cancelled_it_is_told(world: World) -> None:
    world.enrol(0)
    airing = world.plan(world.approved(), world.clock.now + timedelta(hours=1))
    world.clock.advance(minutes=5)
    use_cases.cancel(world.office, actor=world.person("dung"), airing=airing.id)

    assert "Dung hủy lúc 08:05 ngày 02/03/2026." in why(stories_of(world, airing)[0])


def test_lost_box_is_told_with_when_it_was_last_heard(world: World) -> None:
    box = world.enrol(0)
    known = intake.box(world.office, box.id)
    assert known is not None
    intake.note_status(world.office, known, box.status())
    airing = world.plan(world.approved(), world.clock.now + timedelta(hours=1))
    world.clock.advance(minutes=30)

    assert "Lần cuối đài nhận được tin của bộ thu là 08:00" in why(stories_of(world, airing)[0])


def test_what_broke_in_and_when_it_went_on_comes_from_the_box_s_stretches(world: World) -> None:
    box = world.enrol(0)
    start = world.clock.now + timedelta(hours=1)
    airing, urgent = (
        world.plan(world.approved(), start),
        world.plan(world.approved(title="Lũ về"), start + 600 * SECOND),
    )
    broken_at = start + 20 * SECOND
    stretches = (
        Stretch(started_at=start, ended_at=broken_at, ended_by=Reason.HIGHER_PRIORITY),
        Stretch(started_at=start + 90 * SECOND, ended_at=start + 130 * SECOND, from_ms=20_000),
    )
    world.clock.advance(hours=2)
    reports(
        world, box,
        played(1, airing.id, at=start, stretches=stretches, detail="dừng rồi phát tiếp"),
        played(2, urgent.id, at=broken_at),
    )  # fmt: skip

    said = why(stories_of(world, airing)[0])

    assert "Tin ưu tiên hơn “Lũ về” chen vào lúc 09:00:20, phát tiếp lúc 09:01:30." in said
    assert "Bộ thu ghi: dừng rồi phát tiếp." in said


def test_line_of_the_log_has_the_same_answer(world: World) -> None:
    box = world.enrol(0)
    airing = world.plan(world.approved(), world.clock.now + timedelta(hours=1))
    world.clock.advance(hours=3)
    reports(world, box, played(1, airing.id, at=airing.start_at, outcome=WireOutcome.MISSED, reason=Reason.BOX_OFF,
                               started_at=None, ended_at=None, start_error_ms=None))  # fmt: skip
    logbook.write_up(world.office)
    with world.database.reading() as tx:
        station = stations.get(tx, world.station)
        assert station is not None
        lines = lines_of.of_subject(tx, world.station, airing.id)
        by_line = explaining.of_lines(tx, station, lines)
        by_place = explaining.of_entries(tx, station, [line.entry for line in lines])

    outcomes = {story.outcome for story in by_line.values()}
    assert outcomes == {Outcome.MISSED}
    assert set(by_line) == {line.number for line in lines}
    off = by_place[airing.id, world.clusters[0]]
    assert "tắt hoặc mất điện suốt từ 09:00 ngày 02/03/2026" in explaining.in_words(off)
    assert explaining.in_words(off) == why(stories_of(world, airing)[0])


def test_airing_of_another_station_is_never_explained(world: World) -> None:
    with world.database.reading() as tx:
        assert airings.several(tx, world.station, [AiringId("lp-nowhere")]) == {}


def test_part_of_a_session_says_which_and_a_bulletin_who_asked_and_where_the_planner_put_it(world: World) -> None:
    world.enrol(0)
    segments = [
        {"kind": "relay", "id": "song", "title": "Thời sự", "urls": ["http://127.0.0.1:8000/vov1"], "minutes": 5},
        {"kind": "bulletins", "id": "tin", "title": "Bản tin", "minutes": 10},
    ]
    edit = programme_cases.adding({"title": "Buổi chiều", "starts": "17:00", "minutes": 20, "segments": segments})
    programme_cases.save(world.office, actor=world.person("lan"), edit=edit)
    asking.ask(world.office, actor=world.person("dung"), bulletin=world.approved().id, wish=NextSession())
    with world.database.reading() as tx:
        now = world.clock.now
        relay, bulletin = airings.between(tx, world.station, start=now, end=now + timedelta(hours=12))

    assert "Lượt này là một mục của buổi “Buổi chiều” (17:00 ngày 02/03/2026)." in why(stories_of(world, relay)[0])
    said = why(stories_of(world, bulletin)[0])
    assert "Dung đề nghị phát lúc 08:00 ngày 02/03/2026." in said
    assert "“Họp thôn” được xếp vào “Buổi chiều”" in said


def test_bulletin_that_found_the_session_full_is_named_by_the_one_that_took_the_room(world: World) -> None:
    world.enrol(0)
    segments = [{"kind": "bulletins", "id": "tin", "title": "Bản tin", "minutes": 1}]
    edit = programme_cases.adding({"title": "Buổi chiều", "starts": "17:00", "minutes": 5, "segments": segments})
    programme_cases.save(world.office, actor=world.person("lan"), edit=edit)
    long = "Kính thưa bà con. " * 30
    for title in ("Tiêm phòng", "Giá lúa", "Họp thôn", "Thu gom rác"):
        approved = world.approved(title=title, text=f"{title}. {long}")
        asking.ask(world.office, actor=world.person("lan"), bulletin=approved.id, wish=NextSession())
        world.clock.advance(seconds=1)
    with world.database.reading() as tx:
        every = airings.between(tx, world.station, start=world.clock.now, end=world.clock.now + timedelta(days=7))
    today = [a for a in every if a.start_at < world.clock.now + timedelta(hours=12)]
    later = [a for a in every if a not in today]
    assert today, "the first of them has its place"
    assert later, "not all of them fit into a minute"

    said = why(stories_of(world, today[0])[0])

    assert f"Nhường chỗ cho lượt này, “{later[0].title}” được dời tới 17:0" in said
