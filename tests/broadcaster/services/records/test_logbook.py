"""Each delivery gets its line once; what comes late corrects it in a line of its own; nobody changes a line."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from broadcaster.domain.delivery import Outcome
from broadcaster.domain.records.logbook import Line, Source
from broadcaster.services import airings as airing_cases
from broadcaster.services import intake
from broadcaster.services.records import logbook
from broadcaster.store import logbook as rows
from tests.fakes.station_box import FakeBox, played
from tests.fakes.station_world import World, open_neighbour
from wire.messages import Heard, PlaybackReport, Reason
from wire.messages import Outcome as Said


def written(world: World) -> list[Line]:
    with world.database.reading() as tx:
        return [line for line in rows.every(tx, world.station) if line]


def report(world: World, box: FakeBox, said: PlaybackReport) -> None:
    known = intake.box(world.office, box.id)
    assert known is not None
    intake.note_reports(world.office, known, box.reports(said))


def test_line_is_written_as_soon_as_a_box_has_reported(world: World) -> None:
    box = world.enrol(0)
    airing = world.plan(world.approved(title="Tin chiều"))
    world.clock.now = airing.end_at
    heard = Heard(verdict="heard", score=0.9)
    report(world, box, played(1, airing.id, at=airing.start_at, ended_at=airing.end_at, heard=heard))

    assert logbook.write_up(world.office) == 1
    (line,) = written(world)
    entry = line.entry
    assert (entry.title, entry.source, entry.priority) == ("Tin chiều", Source.BULLETIN, "ordinary")
    assert (entry.place.hamlet_name, entry.place.cluster_name) == ("Thôn Kép", "Cụm 1")
    assert (entry.planned_at, entry.started_at, entry.ended_at) == (airing.start_at, airing.start_at, airing.end_at)
    assert (entry.outcome, entry.heard) == (Outcome.PLAYED, "heard")


def test_every_target_gets_its_line_when_the_airing_is_over(world: World) -> None:
    world.enrol(0)
    airing = world.plan(world.approved())
    world.clock.now = airing.over_at + timedelta(seconds=46)

    assert logbook.write_up(world.office) == 2
    assert {(line.entry.outcome, line.entry.reason) for line in written(world)} == {
        (Outcome.UNKNOWN, "no_report_offline"), (Outcome.MISSED, "not_installed"),
    }  # fmt: skip


def test_nothing_is_written_before_it_is_known_or_twice(world: World) -> None:
    world.enrol(0)
    airing = world.plan(world.approved())
    world.clock.now = airing.over_at
    assert logbook.write_up(world.office) == 0
    world.clock.advance(minutes=5)
    assert logbook.write_up(world.office) == 2

    assert logbook.write_up(world.office) == 0


def test_late_report_corrects_in_a_line_of_its_own(world: World) -> None:
    box = world.enrol(0)
    airing = world.plan(world.approved())
    world.clock.now = airing.over_at + timedelta(hours=1)
    logbook.write_up(world.office)
    before = written(world)

    world.clock.advance(hours=5)
    report(world, box, played(1, airing.id, at=airing.start_at, outcome=Said.INTERRUPTED, reason=Reason.ALERT))
    assert logbook.write_up(world.office) == 1
    assert logbook.write_up(world.office) == 0

    after = written(world)
    assert after[:2] == before
    unknown = next(line for line in before if line.entry.outcome is Outcome.UNKNOWN)
    assert (after[2].corrects, after[2].entry.outcome) == (unknown.number, Outcome.INTERRUPTED)
    with world.database.reading() as tx:
        assert logbook.check(tx, world.station).whole


def test_what_was_cancelled_in_time_was_never_meant_to_sound(sqlite_world: World) -> None:
    airing = sqlite_world.plan(sqlite_world.approved(), sqlite_world.clock.now + timedelta(hours=1))
    airing_cases.cancel(sqlite_world.office, actor=sqlite_world.person("lan"), airing=airing.id)
    sqlite_world.clock.advance(hours=3)

    assert logbook.write_up(sqlite_world.office) == 0


def test_what_was_stopped_while_it_sounded_stands_in_the_log(sqlite_world: World) -> None:
    box = sqlite_world.enrol(0)
    airing = sqlite_world.plan(sqlite_world.approved())
    sqlite_world.clock.now = airing.start_at + timedelta(seconds=1)
    airing_cases.cancel(sqlite_world.office, actor=sqlite_world.person("lan"), airing=airing.id)
    report(
        sqlite_world, box,
        played(1, airing.id, at=airing.start_at, outcome=Said.INTERRUPTED, reason=Reason.WITHDRAWN),
    )  # fmt: skip
    sqlite_world.clock.advance(hours=1)
    logbook.write_up(sqlite_world.office)

    assert [line.entry.outcome for line in written(sqlite_world)] == [Outcome.INTERRUPTED, Outcome.UNKNOWN]


def test_each_station_has_its_own_chain(sqlite_world: World) -> None:
    neighbour = open_neighbour(sqlite_world)
    for world in (sqlite_world, neighbour):
        world.plan(world.approved())
    sqlite_world.clock.advance(hours=1)
    logbook.write_up(sqlite_world.office)

    for world in (sqlite_world, neighbour):
        assert [line.number for line in written(world)] == [1, 2]


@pytest.mark.parametrize("change", ["UPDATE broadcast_log SET outcome = 'played'", "DELETE FROM broadcast_log"])
def test_database_itself_refuses_to_change_a_line(world: World, change: str) -> None:
    world.plan(world.approved())
    world.clock.advance(hours=1)
    logbook.write_up(world.office)
    before = written(world)

    with pytest.raises(DatabaseError, match="the broadcast log cannot be changed"), world.database.writing() as tx:
        tx.execute(text(change))
    assert written(world) == before


def test_line_is_not_written_over_by_another(sqlite_world: World) -> None:
    """`REPLACE` puts the old row away without calling a trigger for it."""
    sqlite_world.plan(sqlite_world.approved())
    sqlite_world.clock.advance(hours=1)
    logbook.write_up(sqlite_world.office)
    before = written(sqlite_world)

    with pytest.raises(DatabaseError, match="cannot be changed"), sqlite_world.database.writing() as tx:
        tx.execute(text("INSERT OR REPLACE INTO broadcast_log SELECT * FROM broadcast_log WHERE number = 1"))
    assert written(sqlite_world) == before


@pytest.mark.slow
def test_postgresql_refuses_to_empty_the_log(postgresql_world: World) -> None:
    with pytest.raises(DatabaseError, match="cannot be changed"), postgresql_world.database.writing() as tx:
        tx.execute(text("TRUNCATE broadcast_log"))


@pytest.mark.parametrize("change", ["outcome = 'played'", "outcome = 'sung'", "sha256 = previous_sha256"])
def test_whoever_forces_a_change_is_found_out(sqlite_world: World, change: str) -> None:
    """With the triggers dropped: what an attacker with the database in hand would do."""
    for _ in range(3):
        airing = sqlite_world.plan(sqlite_world.approved())
        sqlite_world.clock.now = airing.over_at + timedelta(hours=1)
        logbook.write_up(sqlite_world.office)
    with sqlite_world.database.writing() as tx:
        tx.execute(text("DROP TRIGGER broadcast_log_no_update"))
        tx.execute(text(f"UPDATE broadcast_log SET {change} WHERE number = 3"))

    with sqlite_world.database.reading() as tx:
        assert logbook.check(tx, sqlite_world.station).broken_at == 3
