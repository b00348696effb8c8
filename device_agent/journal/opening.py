"""Opens the journal, whatever years on a worn card have made of it: what can be read is kept, and the box goes on.

A row that cannot be read is taken out. A file that is damaged as such, or has another version's tables, is set aside,
and what it still gives is taken over under a new journal's id, so that no number is used twice.
"""

import logging
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from device_agent.journal import stretches
from device_agent.journal.rows import Concluded, JournalError, begun_of, progress, report_of, suspended, transact
from wire.messages import Outcome, PlaybackReport, Stretch

log = logging.getLogger(__name__)

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reports (number INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS begun (
    key TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('open', 'suspended', 'final')),
    airing_id TEXT, alert_id TEXT, start_at TEXT, recording TEXT, started_at TEXT, start_error_ms REAL,
    played_ms INTEGER NOT NULL DEFAULT 0, interruptions INTEGER NOT NULL DEFAULT 0, reason TEXT, changed_at TEXT
);
CREATE TABLE IF NOT EXISTS alerts (
    alert_id TEXT, version INTEGER, rounds INTEGER NOT NULL, plays INTEGER NOT NULL, ended_at TEXT,
    concluded INTEGER NOT NULL, PRIMARY KEY (alert_id, version)
);
{stretches.SCHEMA}
"""


class _DamagedError(sqlite3.DatabaseError):
    """The file can be opened, and what it holds is not to be relied on."""


def opened(path: Path, *, synced: bool = True) -> sqlite3.Connection:
    """Return the journal's connection, every row of it readable. Raises JournalError when the disk refuses.

    `synced` False is for load tests alone: a power cut would take what was written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _checked(path, synced=synced)
    except sqlite3.OperationalError as exc:
        raise JournalError(f"the journal cannot be opened: {exc}") from exc
    except (sqlite3.DatabaseError, UnicodeDecodeError) as exc:
        log.error("the journal is damaged and set aside: %s", exc)
    try:
        db = _connected(_set_aside(path), synced=synced)
        log.error("%d rows of the damaged journal are taken over", _take_over(_aside(path), db))
    except (OSError, sqlite3.Error) as exc:
        raise JournalError(f"no journal can be made: {exc}") from exc
    return db


def standing_in() -> sqlite3.Connection:
    """Return an empty journal in memory, to read from while there is none on the disk."""
    return _connected(Path(":memory:"), synced=False)


def _checked(path: Path, *, synced: bool) -> sqlite3.Connection:
    """Return the connection to a journal that is whole. Raises sqlite3.DatabaseError, or UnicodeDecodeError."""
    db = _connected(path, synced=synced)
    try:
        if (said := db.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
            raise _DamagedError(said)
        if lacking := _columns_of_ours() - _columns(db):
            raise _DamagedError(f"{sorted(lacking)} are not there")
        _check_count(db)
        _take_out_unreadable(db)
    except BaseException:
        db.close()
        raise
    return db


def _connected(path: Path, *, synced: bool) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        _read_leniently(db)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {'FULL' if synced else 'OFF'}")
        db.execute("PRAGMA wal_autocheckpoint = 200")
        db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        db.execute(
            "INSERT OR IGNORE INTO meta (key, value) VALUES ('journal', :id), ('last_number', '0')",
            {"id": secrets.token_hex(8)},
        )
    except BaseException:
        db.close()
        raise
    return db


def _read_leniently(db: sqlite3.Connection) -> None:
    db.row_factory = sqlite3.Row
    db.text_factory = lambda text: text.decode(errors="replace")  # one flipped bit must not hide all other rows


def _set_aside(path: Path) -> Path:
    """Rename the journal's files, over those of an earlier time; return the path, which is free now."""
    for suffix in ("", "-wal", "-shm"):
        damaged = path.with_name(path.name + suffix)
        if damaged.exists():
            damaged.replace(_aside(path, suffix))
    return path


def _aside(path: Path, suffix: str = "") -> Path:
    return path.with_name(f"{path.name}.damaged{suffix}")


# -- what can be read ------------------------------------------------------------------------------------------------


def _check_count(db: sqlite3.Connection) -> None:
    """Raise _DamagedError unless the id is one and the last number is no smaller than any that is there."""
    meta = {row["key"]: row["value"] for row in db.execute("SELECT key, value FROM meta")}
    highest = db.execute("SELECT coalesce(max(number), 0) FROM reports").fetchone()[0]
    last, journal_id = str(meta.get("last_number")), str(meta.get("journal"))
    if not (last.isascii() and last.isdigit() and int(last) >= highest and 0 < len(journal_id) <= 64):
        raise _DamagedError("its id or its last number cannot be read")


def _take_out_unreadable(db: sqlite3.Connection) -> None:
    for table, read in _READERS.items():
        rows = db.execute(f"SELECT rowid AS place, * FROM {table}").fetchall()  # noqa: S608 - a name of ours
        if spoilt := [{"place": row["place"]} for row in rows if not _is_readable(row, read)]:
            log.error("the journal: %d of %d rows of %s cannot be read and are dropped", len(spoilt), len(rows), table)
            db.executemany(f"DELETE FROM {table} WHERE rowid = :place", spoilt)  # noqa: S608 - a name of ours


def _is_readable(row: sqlite3.Row, read: Callable[[sqlite3.Row], object]) -> bool:
    try:
        read(row)
    except (ValueError, TypeError, OverflowError) as exc:
        log.info("a row that cannot be read: %s", exc)
        return False
    return True


def _read_report(row: sqlite3.Row) -> None:
    if PlaybackReport.model_validate_json(row["body"]).number != row["number"]:
        raise ValueError("the report has another number")


def _read_begun(row: sqlite3.Row) -> None:
    _check_whole(row, "played_ms", "interruptions")
    if row["state"] == "suspended":
        suspended(row)
    elif row["state"] not in {"open", "final"}:
        raise ValueError("it is in no state")
    if row["state"] != "final":
        report_of(begun_of(row), Concluded(outcome=Outcome.INTERRUPTED), row)


def _read_alert(row: sqlite3.Row) -> None:
    _check_whole(row, "version", "rounds", "plays", "concluded")
    progress(row)


def _check_whole(row: sqlite3.Row, *names: str) -> None:
    if not all(isinstance(row[name], int) for name in names):
        raise TypeError("what is counted is no number")


_READERS: Mapping[str, Callable[[sqlite3.Row], object]] = {
    "reports": _read_report,
    "begun": _read_begun,
    "alerts": _read_alert,
    "stretches": lambda row: Stretch.model_validate_json(row["body"]),
}


# -- what is taken over ----------------------------------------------------------------------------------------------


def _take_over(aside: Path, db: sqlite3.Connection) -> int:
    """Put every row that the file still gives into the new journal; return how many could be read."""
    with closing(sqlite3.connect(aside, isolation_level=None)) as old:
        _read_leniently(old)
        transact(db, lambda db: _copy(old, db))
    _take_out_unreadable(db)
    return sum(int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in _READERS)  # noqa: S608 - our names


def _copy(old: sqlite3.Connection, db: sqlite3.Connection) -> None:
    ours = _columns_of_ours()
    for table in _READERS:
        for row in map(dict, _rows(old, table)):
            names = [name for name in row if (table, name) in ours]
            places = ", ".join(f":{name}" for name in names)
            insert = f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({places})"  # noqa: S608 - our names
            db.execute(insert, row)
    db.execute("UPDATE meta SET value = (SELECT coalesce(max(number), 0) FROM reports) WHERE key = 'last_number'")


def _rows(old: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    """Yield what is before the damage and what is behind it; what is both, twice."""
    for order in ("ASC", "DESC"):
        try:
            yield from old.execute(f"SELECT * FROM {table} ORDER BY rowid {order}")  # noqa: S608 - names of ours
        except (sqlite3.Error, UnicodeDecodeError) as exc:
            log.info("the damaged journal gives no more of %s: %s", table, exc)


def _columns(db: sqlite3.Connection) -> frozenset[tuple[str, str]]:
    """Return every column as its table and its name."""
    return frozenset(
        (table, row["name"]) for table in ("meta", *_READERS) for row in db.execute(f"PRAGMA table_info({table})")
    )


def _columns_of_ours() -> frozenset[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as ours:
        ours.row_factory = sqlite3.Row
        ours.executescript(_SCHEMA)
        return _columns(ours)
