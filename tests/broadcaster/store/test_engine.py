"""Both databases keep what was committed, undo what was not, and let nobody write through the reading engine."""

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from broadcaster.store import audit, stations
from broadcaster.store.engine import Database
from tests.fakes.station_world import World


def test_reading_engine_refuses_to_write(world: World) -> None:
    with pytest.raises(DBAPIError), world.database.reading() as tx:
        tx.execute(text("UPDATE stations SET name = 'x'"))


def test_exception_undoes_everything(world: World) -> None:
    def fail_half_way() -> None:
        with world.database.writing() as tx:
            audit.record(tx, world.station, user=None, action="a", subject="b", now=world.clock.now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()

    with world.database.reading() as tx:
        assert [line.action for line in audit.latest(tx, world.station)].count("a") == 0


def test_reader_sees_one_state_while_somebody_writes(world: World) -> None:
    with world.database.reading() as reader:
        before = stations.alerts_seq(reader, world.station)
        with world.database.writing() as tx:
            stations.next_alerts_seq(tx, world.station)

        assert stations.alerts_seq(reader, world.station) == before


def test_writers_take_turns(world: World) -> None:
    """Two that look first and act then never both act: the second one looks when the first is done."""
    seen: list[int] = []
    first_has_looked, second_has_begun = threading.Event(), threading.Event()

    def second() -> None:
        assert first_has_looked.wait(60)
        second_has_begun.set()
        with world.database.writing() as tx:
            seen.append(stations.alerts_seq(tx, world.station))

    thread = threading.Thread(target=second)
    thread.start()
    with world.database.writing() as tx:
        before = stations.alerts_seq(tx, world.station)
        first_has_looked.set()
        assert second_has_begun.wait(60)
        thread.join(0.1)
        stations.next_alerts_seq(tx, world.station)
    thread.join(60)

    assert seen == [before + 1]


def test_sqlite_is_durable(sqlite: Database) -> None:
    with sqlite.writing() as tx:
        assert tx.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert tx.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert tx.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
