"""The box's memory that a power cut cannot take: reports not yet acknowledged, and what was already begun.

SQLite in WAL mode with `synchronous=FULL`: what a method returned from is on the disk. Every method may be called from
one other thread than the one that opened it, never from two at once.
"""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from device_agent.journal.opening import opened, standing_in
from device_agent.journal.rows import (
    Begun,
    Concluded,
    JournalError,
    begun_of,
    conclude,
    progress,
    row_of,
    suspended,
    transact,
    write_progress,
)
from device_agent.journal.stretches import forget, put
from device_agent.playout.values import AlertProgress, Ledger
from wire.messages import Outcome, PlaybackReport, Reason, Stretch

log = logging.getLogger(__name__)

BATCH = 200


class Journal:
    """Reports have numbers that grow by one without gaps; the journal's id is made with its file."""

    def __init__(self, path: Path, *, make_room: Callable[[], bool] = lambda: False, synced: bool = True) -> None:
        """Open or make the journal. `make_room` frees space that was held back for a full disk; False: none left.

        A card that gives no journal must not keep a village from being warned: until it does, every change is refused
        and nothing is known, so that no airing begins and alerts do.
        """
        self._open = partial(opened, path, synced=synced)
        self._make_room = make_room
        self._is_there = True
        try:
            self._take_up(self._opened())
        except JournalError:
            log.exception("there is no journal: what cannot be written down does not begin, save alerts")
            self._is_there = False
            self._take_up(standing_in())

    def close(self) -> None:
        self._db.close()

    def begin(self, begun: Begun, *, at: datetime) -> None:
        """Write down that this is about to sound. After a power cut it never starts again by itself."""
        self._change(
            lambda db: db.execute(
                "INSERT INTO begun (key, state, airing_id, alert_id, start_at, recording, changed_at)"
                " VALUES (:key, 'open', :airing_id, :alert_id, :start_at, :recording, :at)"
                " ON CONFLICT (key) DO UPDATE SET state = 'open', recording = :recording, changed_at = :at",
                {**row_of(begun), "at": at.isoformat()},
            )
        )

    def sounded(
        self, key: str, *, started_at: datetime, start_error_ms: float, stretches: Sequence[Stretch] = ()
    ) -> None:
        """Write down when its first frame sounded; the first start of an interrupted airing is the one that counts.

        `stretches`, here and below, are those of the run that sounds or sounded.
        """

        def write(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE begun SET started_at = coalesce(started_at, :at),"
                " start_error_ms = coalesce(start_error_ms, :error) WHERE key = :key",
                {"key": key, "at": started_at.isoformat(), "error": start_error_ms},
            )
            put(db, key, stretches, is_open=True)

        self._change(write)

    def checkpoint(self, key: str, *, played_ms: int, stretches: Sequence[Stretch] = ()) -> None:
        """Write down how far it came, for the report after a power cut."""

        def write(db: sqlite3.Connection) -> None:
            db.execute("UPDATE begun SET played_ms = :ms WHERE key = :key", {"key": key, "ms": played_ms})
            put(db, key, stretches, is_open=True)

        self._change(write)

    def suspend(
        self, key: str, *, position_ms: int, reason: Reason, at: datetime, stretches: Sequence[Stretch] = ()
    ) -> None:
        """Write down that something higher interrupted it and that it may go on."""

        def write(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE begun SET state = 'suspended', played_ms = :ms, reason = :reason, changed_at = :at,"
                " interruptions = interruptions + 1 WHERE key = :key",
                {"key": key, "ms": position_ms, "reason": reason.value, "at": at.isoformat()},
            )
            put(db, key, stretches, is_open=False)

        self._change(write)

    def never_began(self, key: str) -> None:
        """Take a start back of which not a sample sounded; an airing that had sounded before is suspended again."""

        def take_back(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM begun WHERE key = :key AND started_at IS NULL", {"key": key})
            db.execute("UPDATE begun SET state = 'suspended' WHERE key = :key AND state = 'open'", {"key": key})

        self._change(take_back)

    def conclude(
        self, begun: Begun, concluded: Concluded, *, progress: AlertProgress | None = None, version: int = 0
    ) -> None:
        """Report a final outcome, once: a second conclusion of the same airing changes nothing."""

        def write(db: sqlite3.Connection) -> None:
            conclude(db, begun, concluded)
            if progress is not None and begun.alert_id is not None:
                write_progress(db, begun.alert_id, version, progress)

        self._change(write)

    def note_progress(
        self,
        alert_id: str,
        version: int,
        progress: AlertProgress,
        *,
        stretches: Sequence[Stretch] = (),
        is_open: bool = True,
    ) -> None:
        """Write down how far an alert has sounded. Not `is_open`: its round is over and there is nothing to report."""
        key = f"alert/{alert_id}/{version}"

        def write(db: sqlite3.Connection) -> None:
            write_progress(db, alert_id, version, progress)
            put(db, key, stretches, is_open=False)
            if not is_open:
                db.execute("DELETE FROM begun WHERE key = :key", {"key": key})
                forget(db, key)

        self._change(write)

    def recover(self, *, detail: str) -> int:
        """Report everything that was sounding or suspended when the power failed; return how many that were."""
        rows = self._db.execute("SELECT * FROM begun WHERE state IN ('open', 'suspended')").fetchall()
        lost = Concluded(outcome=Outcome.INTERRUPTED, reason=Reason.POWER_LOST, detail=detail)

        def report(db: sqlite3.Connection) -> None:
            for row in rows:
                conclude(db, begun_of(row), lost)

        if rows:
            self._change(report)
        return len(rows)

    def unacknowledged(self, *, limit: int = BATCH) -> tuple[PlaybackReport, ...]:
        """Return the oldest reports that the station has not acknowledged."""
        rows = self._db.execute("SELECT body FROM reports ORDER BY number LIMIT :limit", {"limit": limit})
        return tuple(PlaybackReport.model_validate_json(row["body"]) for row in rows)

    def acknowledge(self, journal_id: str, *, up_to: int) -> bool:
        """Forget what the station stored. False: nothing new is acknowledged, or it is of another journal."""
        last = int(self._db.execute("SELECT value FROM meta WHERE key = 'last_number'").fetchone()[0])
        if journal_id != self.journal_id or up_to > last:
            return False
        held = self._db.execute("SELECT 1 FROM reports WHERE number <= :up_to", {"up_to": up_to}).fetchone()
        if held is None:
            return False
        self._change(lambda db: db.execute("DELETE FROM reports WHERE number <= :up_to", {"up_to": up_to}))
        return True

    def _opened(self) -> sqlite3.Connection:
        try:
            return self._open()
        except JournalError:
            if not self._make_room():
                raise
            return self._open()

    def _take_up(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.journal_id: str = db.execute("SELECT value FROM meta WHERE key = 'journal'").fetchone()[0]
        self.ledger = self._read_ledger()

    def _change(self, write: Callable[[sqlite3.Connection], object]) -> None:
        """Do `write` in one transaction and refresh the ledger. Raises JournalError, and then nothing took effect."""
        if not self._is_there:
            self._take_up(self._opened())
            self._is_there = True
            log.warning("the journal is there again")
        try:
            try:
                transact(self._db, write)
            except sqlite3.OperationalError:
                if not self._make_room():
                    raise
                transact(self._db, write)
            self.ledger = self._read_ledger()
        except sqlite3.Error as exc:
            raise JournalError(f"the journal cannot be written: {exc}") from exc

    def _read_ledger(self) -> Ledger:
        rows = self._db.execute("SELECT * FROM begun WHERE airing_id IS NOT NULL").fetchall()
        return Ledger(
            final=frozenset(row["airing_id"] for row in rows if row["state"] == "final"),
            suspended={row["airing_id"]: suspended(row) for row in rows if row["state"] == "suspended"},
            alerts={
                (row["alert_id"], row["version"]): progress(row) for row in self._db.execute("SELECT * FROM alerts")
            },
        )
