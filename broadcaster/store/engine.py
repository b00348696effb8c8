"""Connections to the database: a writing engine whose transactions are durable, and a reading one that cannot write."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

_ONE_WRITER = 0x10A  # any number that nobody else in this database locks


class DatabaseNotOpened(Exception):  # noqa: N818 - reads as what is wrong
    """There is no database to work with. The message is Vietnamese and meant for whoever keeps the server; whatever
    the driver said may hold no password, and the address, which may hold one, is not in it."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Không dùng được cơ sở dữ liệu của đài: {why}. Xin xem LOA_DATA và LOA_DATABASE_URL.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Two engines on one database. Only services open `writing`; pages read through `reading`."""

    write_engine: Engine
    read_engine: Engine

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection in one transaction: committed at the end, rolled back by any exception."""
        with self.write_engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database and refuses to write."""
        with self.read_engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give every connection back."""
        self.write_engine.dispose()
        self.read_engine.dispose()


@contextmanager
def opening(url: str) -> Iterator[None]:
    """Turn what a driver or SQLAlchemy says of a database that is not there into DatabaseNotOpened."""
    try:
        yield
    except (ModuleNotFoundError, NoSuchModuleError) as exc:
        raise DatabaseNotOpened(f"chưa cài chương trình nối tới loại cơ sở dữ liệu này ({exc})") from exc
    except SQLAlchemyError as exc:
        said = str(getattr(exc, "orig", None) or exc).strip() or type(exc).__name__
        raise DatabaseNotOpened(said.splitlines()[0]) from exc


@contextmanager
def existing_database(url: str) -> Iterator[Database]:
    """Yield the database that a station keeps already, and close it in the end. Raises DatabaseNotOpened.

    For commands beside the server: one that was given the wrong folder shall not leave an empty database there.
    """
    with opening(url):
        address = make_url(url)
        file = address.database if address.get_backend_name() == "sqlite" else None
        if file is not None and not Path(file).exists():
            raise DatabaseNotOpened(f"không có tệp {file}")
        database = open_database(url)
        try:
            yield database
        finally:
            database.close()


def open_database(url: str) -> Database:
    """Return the engines for an SQLAlchemy URL (SQLite or PostgreSQL)."""
    if make_url(url).get_backend_name() == "sqlite":
        return Database(write_engine=_sqlite(url, begin="BEGIN IMMEDIATE"), read_engine=_sqlite(url, read_only=True))
    return Database(write_engine=_postgresql(url), read_engine=_postgresql(url, read_only=True))


def _postgresql(url: str, *, read_only: bool = False) -> Engine:
    """Return an engine that behaves as SQLite does: one writer at a time, and readers that see one state.

    Every rule of the services (no two airings at once, always an administrator) is looked up and then acted on in one
    transaction; with two writers at once both would look first.
    """
    if read_only:
        options = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        return create_engine(url, pool_pre_ping=True, execution_options=options)
    engine = create_engine(url, pool_pre_ping=True)

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_WRITER})")

    return engine


def _sqlite(url: str, *, begin: str = "BEGIN", read_only: bool = False) -> Engine:
    """Return an engine with WAL and synchronous=FULL: NORMAL lost acknowledged rows in simulated power cuts."""
    engine = create_engine(url, connect_args={"timeout": 15, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _on_connect(connection, _record) -> None:  # type: ignore[no-untyped-def] # the driver's own connection
        connection.isolation_level = None  # SQLAlchemy's begin event below opens transactions, not the driver
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
            connection.execute(f"PRAGMA {pragma}")
        if read_only:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
