"""How the journal's rows become values and values rows. Every function works within one transaction."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from device_agent.journal import stretches
from device_agent.playout.values import AlertProgress, Suspended
from wire.messages import Heard, Outcome, PlaybackReport, Reason, Stretch

KEPT_CONCLUDED = 2000
"""Concluded rows kept, so that no airing starts twice; the plan never reaches back further than that."""


class JournalError(Exception):
    """The journal cannot be written: the disk is full or broken. Nothing of the call took effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A sound about to begin. `key` is `airing/…` or `alert/…` and stays the same over interruptions."""

    key: str
    airing_id: str | None = None
    alert_id: str | None = None
    alert_version: int | None = None
    start_at: datetime | None = None
    recording: str | None = None
    pressed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluded:
    """How it ended; `played_ms` None keeps what the last checkpoint knew."""

    outcome: Outcome
    reason: Reason | None = None
    detail: str | None = None
    ended_at: datetime | None = None
    played_ms: int | None = None
    heard: Heard | None = None
    stretches: tuple[Stretch, ...] | None = None
    """Those of the run that ended; None: what the last checkpoint knew."""


def row_of(begun: Begun) -> dict[str, object]:
    return {
        "key": begun.key, "airing_id": begun.airing_id, "alert_id": begun.alert_id, "recording": begun.recording,
        "start_at": begun.start_at.isoformat() if begun.start_at is not None else None,
    }  # fmt: skip


def report_of(begun: Begun, concluded: Concluded, row: sqlite3.Row | None) -> PlaybackReport:
    """Return the report, without its number: what the call says, and what the journal already knew."""
    known_ms = row["played_ms"] if row is not None else 0
    reason = concluded.reason
    return PlaybackReport(
        number=1, airing_id=begun.airing_id, alert_id=begun.alert_id, alert_version=begun.alert_version,
        start_at=begun.start_at, pressed=begun.pressed,
        recording=begun.recording, outcome=concluded.outcome, reason=reason, detail=concluded.detail,
        started_at=_instant(row["started_at"]) if row is not None else None, ended_at=concluded.ended_at,
        start_error_ms=row["start_error_ms"] if row is not None else None,
        played_ms=concluded.played_ms if concluded.played_ms is not None else known_ms,
        interruptions=row["interruptions"] if row is not None else 0, heard=concluded.heard,
    )  # fmt: skip


def _dated(report: PlaybackReport, sounded: tuple[Stretch, ...]) -> PlaybackReport:
    """Return it with its stretches. What began unwritten, or before the time was known, began with the first."""
    update: dict[str, object] = {"stretches": sounded}
    if sounded and (report.alert_id is not None or report.started_at is None):
        began_at = sounded[0].started_at
        update["started_at"] = began_at
        if report.start_at is not None:
            update["start_error_ms"] = round((began_at - report.start_at) / timedelta(milliseconds=1), 3)
    return report.model_copy(update=update)


def _add_report(db: sqlite3.Connection, report: PlaybackReport) -> None:
    number = 1 + int(db.execute("SELECT value FROM meta WHERE key = 'last_number'").fetchone()[0])
    body = report.model_copy(update={"number": number}).model_dump_json()
    db.execute("UPDATE meta SET value = :number WHERE key = 'last_number'", {"number": str(number)})
    db.execute("INSERT INTO reports (number, body) VALUES (:number, :body)", {"number": number, "body": body})
    if number % 100 == 0:
        db.execute(
            "DELETE FROM begun WHERE state = 'final' AND rowid NOT IN"
            " (SELECT rowid FROM begun WHERE state = 'final' ORDER BY rowid DESC LIMIT :kept)",
            {"kept": KEPT_CONCLUDED},
        )


def write_progress(db: sqlite3.Connection, alert_id: str, version: int, progress: AlertProgress) -> None:
    db.execute(
        "INSERT OR REPLACE INTO alerts (alert_id, version, rounds, plays, ended_at, concluded)"
        " VALUES (:alert_id, :version, :rounds, :plays, :ended_at, :concluded)",
        {
            "alert_id": alert_id, "version": version, "rounds": progress.rounds, "plays": progress.plays,
            "ended_at": progress.ended_at.isoformat() if progress.ended_at is not None else None,
            "concluded": int(progress.concluded),
        },
    )  # fmt: skip


def suspended(row: sqlite3.Row) -> Suspended:
    return Suspended(
        position_ms=row["played_ms"],
        recording=row["recording"] or "",
        interruptions=row["interruptions"],
        reason=Reason(row["reason"]),
        since=datetime.fromisoformat(row["changed_at"]),
    )


def progress(row: sqlite3.Row) -> AlertProgress:
    """Return an alert's progress as it is after a start: what was under way is lost, and sounds anew."""
    return AlertProgress(
        rounds=row["rounds"], ended_at=_instant(row["ended_at"]), concluded=bool(row["concluded"])
    )  # fmt: skip


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text is not None else None


def transact(db: sqlite3.Connection, write: Callable[[sqlite3.Connection], object]) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        write(db)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def conclude(db: sqlite3.Connection, begun: Begun, concluded: Concluded) -> None:
    row = db.execute("SELECT * FROM begun WHERE key = :key", {"key": begun.key}).fetchone()
    if row is not None and row["state"] == "final":
        return
    if concluded.stretches is not None:
        stretches.put(db, begun.key, concluded.stretches, is_open=False)
    sounded = stretches.of(db, begun.key, cut_by=concluded.reason)
    _add_report(db, _dated(report_of(begun, concluded, row), sounded))
    stretches.forget(db, begun.key)
    db.execute(
        "INSERT INTO begun (key, state, airing_id, alert_id) VALUES (:key, 'final', :airing_id, :alert_id)"
        " ON CONFLICT (key) DO UPDATE SET state = 'final'",
        row_of(begun),
    )
    if begun.alert_id is not None:
        db.execute("DELETE FROM begun WHERE key = :key", {"key": begun.key})  # its next round is a new fact


def begun_of(row: sqlite3.Row) -> Begun:
    return Begun(
        key=row["key"], airing_id=row["airing_id"], alert_id=row["alert_id"], recording=row["recording"],
        alert_version=_version_in(row["key"]) if row["alert_id"] is not None else None,
        start_at=_instant(row["start_at"]),
    )  # fmt: skip


def _version_in(key: str) -> int | None:
    """Return the version that the key of an alert ends with."""
    version = key.rpartition("/")[2]
    return int(version) if version.isdecimal() else None
