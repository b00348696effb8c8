"""Connections to the database: a writing engine whose transactions are durable, and a reading one that cannot write."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

_ONE_WRITER = 0x10A  # any number that nobody else in this database locks


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
