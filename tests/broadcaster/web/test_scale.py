"""A big station asks its database no more questions than a small one: what grows is counted, never timed."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from broadcaster.services.records import logbook
from broadcaster.store.engine import Database, open_database
from broadcaster.web.app import create_app
from tests.broadcaster.web.client import TestClient
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_scale import Size, fill_log, grow, see
from tests.fakes.station_site import caller, site_of
from tests.fakes.station_world import World, moved

SMALL = Size(clusters=4, hamlets=2, programmes=2, bulletins=2)
BIG = Size(clusters=12, hamlets=4, programmes=6, bulletins=9)
PAGES = ("/", "/luot-phat", "/toi-nay", "/nhat-ky-phat", "/bao-cao-thang?thang=2026-02", "/chua-nghe", "/lich-tuan")
LISTS = ("/airings", "/log", "/missed", "/reports/2026-02")


def statements(database: Database, work: Callable[[], object]) -> int:
    """Return how many statements a piece of work makes."""
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    for engine in (database.read_engine, database.write_engine):
        event.listen(engine, "before_cursor_execute", count)
    work()
    for engine in (database.read_engine, database.write_engine):
        event.remove(engine, "before_cursor_execute", count)
    return len(seen)


def open_big(world: World, size: Size) -> World:
    grow(world, size)
    world.reconcile()
    fill_log(world, lines=10 * size.clusters, days=3)
    return world


@pytest.fixture
def both(furnished: tuple[Path, World], tmp_path: Path) -> Iterator[tuple[World, World]]:
    """A station with a handful of everything, and one with three times as much."""
    worlds = []
    for name, size in (("small", SMALL), ("big", BIG)):
        path = tmp_path / f"{name}.db"
        shutil.copy(furnished[0], path)
        worlds.append(open_big(moved(furnished[1], open_database(f"sqlite:///{path}")), size))
    yield worlds[0], worlds[1]
    for world in worlds:
        world.database.close()


def asked_by_pages(world: World, folder: Path) -> dict[str, int]:
    app = create_app(site_of(world, folder))
    visitor, api = Visitor(TestClient(app)).sign_in(world.username("dung")), caller(world, app)
    see(world)
    pages = {path: statements(world.database, lambda path=path: visitor.client.get(path)) for path in PAGES}
    lists = {path: statements(world.database, lambda path=path: api("GET", path, as_="dung")) for path in LISTS}
    return pages | lists


@pytest.mark.slow
def test_pages_and_lists_ask_no_more_of_a_big_station(both: tuple[World, World], tmp_path: Path) -> None:
    """Where nothing waits or is late, a question less may be asked: never one for each thing that there is."""
    small, big = (asked_by_pages(world, tmp_path) for world in both)

    assert {path: (small[path], count) for path, count in big.items() if count > small[path] + 2} == {}


@pytest.mark.slow
def test_writing_the_log_asks_no_more_of_a_big_station(both: tuple[World, World]) -> None:
    first = [statements(world.database, lambda world=world: logbook.write_up(world.office)) for world in both]

    assert first[1] == first[0]
