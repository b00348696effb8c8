"""One big station in its real database: what planning costs, and each page, at 100 clusters, 50 programmes, a long log.

    python benchmarks/station_scale.py [--clusters 100] [--lines 100000]

One line of JSON, in milliseconds of this process's own time: others may be busy on the machine. The floor is what no
planner can do without: as many airings and targets, written and read again by plain `sqlite3`, in the same run.
"""

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from sqlalchemy import func, select  # noqa: E402 - the path comes first

from broadcaster.services.records import logbook  # noqa: E402 - likewise
from broadcaster.store import migrate  # noqa: E402 - likewise
from broadcaster.store.engine import open_database  # noqa: E402 - likewise
from broadcaster.store.tables import airing_targets, airings  # noqa: E402 - likewise
from broadcaster.web.app import create_app  # noqa: E402 - likewise
from tests.broadcaster.web.client import TestClient  # noqa: E402 - likewise
from tests.broadcaster.web.visitor import Visitor  # noqa: E402 - likewise
from tests.fakes.station_scale import Size, ask, fill_log, grow, see  # noqa: E402 - likewise
from tests.fakes.station_site import caller, site_of  # noqa: E402 - likewise
from tests.fakes.station_world import World, open_world  # noqa: E402 - likewise

PAGES = {
    "home": "/", "week": "/lich-tuan", "tonight": "/toi-nay", "airings": "/luot-phat", "devices": "/thiet-bi",
    "log": "/nhat-ky-phat", "report": "/bao-cao-thang?thang=2026-02", "missed": "/chua-nghe",
    "bulletins": "/ban-tin", "library": "/kho-am-thanh",
}  # fmt: skip
LISTS = {
    "airings": "/airings", "log": "/log", "devices": "/devices", "missed": "/missed", "report": "/reports/2026-02",
}  # fmt: skip


def milliseconds(name: str, work: Callable[[], object], *, rounds: int = 1) -> float:
    """Return the median of some runs, and say it while the others still run."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
    print(f"{name}: {statistics.median(times):.1f} ms", file=sys.stderr, flush=True)
    return round(statistics.median(times), 1)


def plain(folder: Path, *, airings: int, targets: int) -> tuple[float, float]:
    """Return what writing and reading so many rows costs without anything around it."""
    base = sqlite3.connect(folder / "plain.db")
    base.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE a (id TEXT PRIMARY KEY, title TEXT, start_at TEXT);"
        "CREATE TABLE t (airing_id TEXT, cluster_id TEXT, device_id TEXT, seq INTEGER,"
        " PRIMARY KEY (airing_id, cluster_id));"
    )
    each = targets // airings

    def write() -> None:
        with base:
            base.executemany(
                "INSERT INTO a VALUES (?, ?, ?)", ((f"lp-{n}", "x" * 40, "2026-03-02") for n in range(airings))
            )
            base.executemany(
                "INSERT INTO t VALUES (?, ?, ?, NULL)",
                ((f"lp-{n}", f"cl-{m:04}", f"loa-{m:04}") for n in range(airings) for m in range(each)),
            )

    def read() -> None:
        base.execute("SELECT * FROM a").fetchall()
        base.execute("SELECT * FROM t").fetchall()

    return milliseconds("floor, written", write), milliseconds("floor, read", read, rounds=3)


def planning(world: World) -> dict[str, float]:
    """Return what it costs to plan from nothing, with nothing changed, and after one new bulletin."""
    cold = milliseconds("reconcile", world.reconcile)
    see(world)
    same = milliseconds("same", world.reconcile, rounds=3)
    with world.database.writing() as tx:
        ask(world, tx, 99_001, hamlets=25)
    changed: list[object] = []
    single = milliseconds("single", lambda: changed.extend(world.reconcile()))
    return {"cold": cold, "same": same, "single": single, "plans_changed_by_single": len(changed)}


def pages(world: World, folder: Path) -> dict[str, dict[str, float]]:
    """Return what each page and each list costs, the second time that it is asked for."""
    app = create_app(site_of(world, folder))
    visitor = Visitor(TestClient(app)).sign_in(world.username("dung"))
    api = caller(world, app)
    found: dict[str, dict[str, float]] = {"pages": {}, "lists": {}}
    for name, path in PAGES.items():
        visitor.open(path)
        found["pages"][name] = milliseconds(path, lambda path=path: visitor.client.get(path), rounds=3)
    for name, path in LISTS.items():
        assert api("GET", path, as_="dung").status_code == 200, path
        found["lists"][name] = milliseconds(path, lambda path=path: api("GET", path, as_="dung"), rounds=3)
    return found


def main() -> int:
    """Print the line."""
    wanted = argparse.ArgumentParser()
    wanted.add_argument("--clusters", type=int, default=100)
    wanted.add_argument("--lines", type=int, default=100_000)
    given = wanted.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'station.db'}"
        migrate.bring_up_to_date(url)
        world = open_world(open_database(url))
        grow(world, Size(clusters=given.clusters))
        spent: dict[str, object] = dict(planning(world))
        with world.database.reading() as tx:
            rows = {
                "airings": tx.execute(select(func.count()).select_from(airings)).scalar_one(),
                "targets": tx.execute(select(func.count()).select_from(airing_targets)).scalar_one(),
            }
        written, read = plain(folder, **rows)
        fill_log(world, lines=given.lines)
        keeper = logbook.Bookkeeper(world.office)
        spent["log_first_look"] = milliseconds("log", keeper.write_up)
        spent["log_next_look"] = milliseconds("log", keeper.write_up, rounds=3)
        world.clock.advance(hours=2)
        see(world)
        spent["two_hours_later"] = milliseconds("reconcile", world.reconcile)
        spent["log_after_two_hours"] = milliseconds("log", keeper.write_up)
        spent |= pages(world, folder)
        world.database.close()
    print(
        json.dumps(
            {
                "benchmark": "station_scale",
                "figure": spent["same"],
                "unit": "milliseconds for one reconcile of a week in which nothing changed",
                "floor": read,
                "ratio": round(float(str(spent["same"])) / read, 1),
                "cold_to_floor": round(float(str(spent["cold"])) / written, 1),
                "floor_written": written,
                **rows,
                "lines": given.lines,
                **spent,
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
