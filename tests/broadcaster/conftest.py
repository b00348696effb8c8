"""The databases on which the station's core is tested: SQLite always, PostgreSQL where it is installed."""

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from broadcaster.store.engine import Database, open_database
from broadcaster.store.migrate import bring_up_to_date
from broadcaster.store.tables import metadata
from tests.fakes.station_world import World, moved, open_world

BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))
NO_POSTGRESQL = "PostgreSQL is not installed (Debian package postgresql, Python package psycopg[binary])"


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with every migration applied, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "station.db"
    bring_up_to_date(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server of our own, on a unix socket, run by an unprivileged user, with every migration applied."""
    pytest.importorskip("psycopg", reason=NO_POSTGRESQL)
    programs = _postgresql_programs()
    if programs is None:
        pytest.skip(NO_POSTGRESQL)
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()
    with tempfile.TemporaryDirectory(prefix="loa-pg-", dir="/tmp") as folder:
        shutil.chown(folder, user)
        _run(user, programs / "initdb", "-D", f"{folder}/data", "-U", "loa", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c synchronous_commit=off"
        _run(user, programs / "pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            url = f"postgresql+psycopg://loa@/postgres?host={folder}"
            bring_up_to_date(url)
            yield url
        finally:
            _run(user, programs / "pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "-w", "stop")


@pytest.fixture
def sqlite(migrated_sqlite: Path) -> Iterator[Database]:
    """A fresh database in a file."""
    with _copy_of(migrated_sqlite) as database:
        yield database


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Database]:
    """A fresh database on a real PostgreSQL."""
    database = open_database(postgresql_url)
    with database.writing() as tx:
        tx.execute(text("SET LOCAL session_replication_role = replica"))  # the log's own triggers would refuse
        # TRUNCATE makes every file of every table anew, which takes thirty times as long.
        tx.exec_driver_sql("; ".join(f"DELETE FROM {table.name}" for table in metadata.sorted_tables))
        tx.execute(text("SELECT setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences"))
    yield database
    database.close()


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest) -> Database:
    """Each of the two databases in turn, empty."""
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=BOTH)
def world(request: pytest.FixtureRequest) -> World:
    """A station that was just set up, on each of the two databases: what a use case promises holds on both."""
    found: World = request.getfixturevalue(f"{request.param}_world")
    return found


@pytest.fixture(scope="session")
def furnished(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A database with a station in it, to be copied, and the world that it belongs to."""
    path = tmp_path_factory.mktemp("furnished") / "station.db"
    shutil.copy(migrated_sqlite, path)
    database = open_database(f"sqlite:///{path}")
    world = open_world(database)
    database.close()
    return path, world


@pytest.fixture
def sqlite_world(furnished: tuple[Path, World]) -> Iterator[World]:
    """A station that was just set up, where the database makes no difference."""
    with _copy_of(furnished[0]) as database:
        yield moved(furnished[1], database)


@pytest.fixture
def postgresql_world(postgresql: Database) -> World:
    """A station that was just set up on PostgreSQL."""
    return open_world(postgresql)


@contextmanager
def _copy_of(template: Path) -> Iterator[Database]:
    """Yield a copy of a database, in memory where there is such a folder: the disk's patience is not what is tested."""
    with tempfile.TemporaryDirectory(prefix="loa-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        path = Path(folder) / "station.db"
        shutil.copy(template, path)
        database = open_database(f"sqlite:///{path}")
        yield database
        database.close()


def _postgresql_programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return newest[-1].parent if newest else None


def _run(user: str, *command: str | Path) -> None:
    as_user = {"user": user, "group": user, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(
        [str(part) for part in command],
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
        **as_user,
    )  # type: ignore[call-overload] # the user's arguments, or none
    assert done.returncode == 0, done.stderr.decode()
