"""The signer's own durable file: who is known, what was found enough, and a log that nobody can take back."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS stations (id TEXT PRIMARY KEY, made_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS persons (
    id TEXT PRIMARY KEY, station TEXT NOT NULL, username TEXT NOT NULL, roles TEXT NOT NULL, verifier TEXT NOT NULL,
    counts_from TEXT NOT NULL, disabled INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS persons_of_station ON persons (station);
CREATE TABLE IF NOT EXISTS keys (
    public_key TEXT PRIMARY KEY, name TEXT NOT NULL, person TEXT NOT NULL REFERENCES persons (id),
    lasting INTEGER NOT NULL, proven_at TEXT NOT NULL, ends_at TEXT NOT NULL, counts_from TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS keys_by_name ON keys (name);
CREATE TABLE IF NOT EXISTS acts (nonce TEXT PRIMARY KEY, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS dossiers (
    station TEXT NOT NULL, alert TEXT NOT NULL, content_sha256 TEXT NOT NULL, content TEXT NOT NULL,
    thread TEXT NOT NULL, for_all INTEGER NOT NULL, by_glass INTEGER NOT NULL, found_at TEXT NOT NULL,
    expires_at TEXT NOT NULL, PRIMARY KEY (station, alert, content_sha256));
CREATE TABLE IF NOT EXISTS shown (
    station TEXT NOT NULL, wire_id TEXT NOT NULL, version INTEGER NOT NULL, alert TEXT NOT NULL,
    content_sha256 TEXT NOT NULL, effective_at TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
    gone_at TEXT NOT NULL, PRIMARY KEY (station, wire_id, version));
CREATE TABLE IF NOT EXISTS called_off (
    station TEXT NOT NULL, alert TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (station, alert));
CREATE TABLE IF NOT EXISTS epochs (
    station TEXT PRIMARY KEY, first INTEGER NOT NULL, newest INTEGER NOT NULL, since TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS releases (
    station TEXT NOT NULL, version TEXT NOT NULL, sha256 TEXT NOT NULL, vouched_by TEXT NOT NULL,
    vouched_at TEXT NOT NULL, PRIMARY KEY (station, version, sha256));
CREATE TABLE IF NOT EXISTS log (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, what TEXT NOT NULL, station TEXT NOT NULL,
    detail TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS log_stays BEFORE UPDATE ON log BEGIN SELECT RAISE (ABORT, 'the log is not changed'); END;
CREATE TRIGGER IF NOT EXISTS log_grows BEFORE DELETE ON log BEGIN SELECT RAISE (ABORT, 'the log is not cut'); END;
CREATE TRIGGER IF NOT EXISTS log_keeps BEFORE INSERT ON log WHEN EXISTS (SELECT 1 FROM log WHERE id = NEW.id)
    BEGIN SELECT RAISE (ABORT, 'the log is not written over'); END;
"""


class Book:
    """One SQLite file, WAL and `synchronous=FULL`; its console may write to it while the signer runs."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection in one transaction: committed at the end, rolled back by any exception."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection for looking only."""
        with self._lock:
            yield self._db

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._db.close()


def stamp(at: datetime) -> str:
    """Return an instant as the book keeps it: UTC, of one length, so that texts sort as instants do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def instant(text: str) -> datetime:
    """Return the instant that `stamp` wrote."""
    return datetime.fromisoformat(text)
