"""What the signer found enough, what it has signed of it, and the log of both."""

import json
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.domain.alarm.approval import GLASS_HOUR
from broadcaster.domain.alarm.rules import SCHEDULED_AHEAD
from broadcaster.domain.alert import LONGEST_LIFE, Content, as_plain, content_hash, from_plain
from broadcaster.domain.ids import AlertId, StationId
from broadcaster.signer.book import Book, instant, stamp

KEEP = timedelta(days=30)
KEEP_CALLED_OFF = KEEP + SCHEDULED_AHEAD + LONGEST_LIFE
"""Longer than anything that people stood for when it was called off: else it could be signed once that is forgotten."""
GONE_FOR = timedelta(seconds=60)
"""An alert that has left the document so long ago is over for good, although nobody called it off: a station that
was put back to an older database knows nothing of it. For a moment one may be left out by mistake."""
REFUSALS_A_MINUTE = 60
"""So many are logged one by one; a flood of them must not fill the disk, and is counted instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A content for which enough people stood. `for_all`: for everybody's loudspeakers, not only for some."""

    alert: AlertId
    content: Content
    thread: AlertId
    for_all: bool
    by_glass: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What stood under one name and version when it was first signed; it stays so."""

    alert: AlertId
    content_sha256: str
    effective_at: datetime
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """One live alert of a document that is about to be signed, and what covers it."""

    wire_id: str
    version: int
    found: Found
    effective_at: datetime


class Ledger:
    """Dossiers and signatures, kept durably before anything is answered."""

    def __init__(self, book: Book, *, now: Callable[[], datetime]) -> None:
        self._book, self._now = book, now
        self._minute, self._refusals = "", 0

    def remember(self, station: StationId, found: Found) -> None:
        """Keep that this content has enough people behind it; what was enough for all stays so."""
        now, sha256 = self._now(), content_hash(found.content)
        with self._book.writing() as tx:
            tx.execute(
                "INSERT INTO dossiers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " for_all = max(for_all, excluded.for_all), by_glass = max(by_glass, excluded.by_glass),"
                " found_at = CASE WHEN excluded.by_glass > by_glass THEN excluded.found_at ELSE found_at END",
                (
                    station, found.alert, sha256, json.dumps(as_plain(found.content)), found.thread, found.for_all,
                    found.by_glass, stamp(now), stamp(found.content.expires_at),
                ),
            )  # fmt: skip
            kind = "for all" if found.for_all else "for some"
            _note(tx, now, "enough", station, {"alert": found.alert, "content": sha256, "kind": kind,
                                               "broken_glass": found.by_glass})  # fmt: skip
            tx.execute("DELETE FROM dossiers WHERE expires_at < ?", (stamp(now - KEEP),))

    def found(self, station: StationId, alert: str) -> tuple[Found, ...]:
        """Return the contents of this alert that had enough people behind them."""
        return self._several("alert = ?", station, alert)

    def of_thread(self, station: StationId, thread: str) -> tuple[Found, ...]:
        """Return those of a whole chain."""
        return self._several("thread = ?", station, thread)

    def call_off(self, station: StationId, alerts: Collection[AlertId]) -> None:
        """Keep that these alerts are over, also those of which nothing was found or signed yet."""
        now = self._now()
        with self._book.writing() as tx:
            tx.execute("DELETE FROM called_off WHERE at < ?", (stamp(now - KEEP_CALLED_OFF),))
            rows = [(station, alert, stamp(now)) for alert in alerts]
            if tx.executemany("INSERT OR IGNORE INTO called_off VALUES (?, ?, ?)", rows).rowcount > 0:
                _note(tx, now, "called off", station, {"alerts": list(alerts)})

    def is_called_off(self, station: StationId, alert: AlertId) -> bool:
        """Return whether the station has said that this alert is over."""
        with self._book.reading() as tx:
            row = tx.execute("SELECT 1 FROM called_off WHERE station = ? AND alert = ?", (station, alert)).fetchone()
        return row is not None

    def glasses_lately(self, station: StationId) -> int:
        """Return how often one person alone let an alert go within the last hour."""
        with self._book.reading() as tx:
            since = stamp(self._now() - GLASS_HOUR)
            query = "SELECT count(*) FROM dossiers WHERE station = ? AND by_glass AND found_at > ?"
            return int(tx.execute(query, (station, since)).fetchone()[0])

    def shown(self, station: StationId, wire_id: str, version: int) -> Shown | None:
        """Return what was signed under that name and version, or None when nothing was."""
        with self._book.reading() as tx:
            row = tx.execute(
                "SELECT * FROM shown WHERE station = ? AND wire_id = ? AND version = ?", (station, wire_id, version)
            ).fetchone()
        return row and Shown(
            alert=row["alert"], content_sha256=row["content_sha256"], effective_at=instant(row["effective_at"]),
            is_over=self._is_over(row["gone_at"]),
        )  # fmt: skip

    def version_of(self, station: StationId, found: Found, wire_id: str) -> int | None:
        """Return under which version this content was signed before, or None."""
        with self._book.reading() as tx:
            row = tx.execute(
                "SELECT version FROM shown WHERE station = ? AND wire_id = ? AND alert = ? AND content_sha256 = ?",
                (station, wire_id, found.alert, content_hash(found.content)),
            ).fetchone()
        return row and int(row["version"])

    def is_over(self, station: StationId, found: Found) -> bool:
        """Return whether this content was signed, and is over under every name; what was never signed is not."""
        with self._book.reading() as tx:
            rows = tx.execute(
                "SELECT gone_at FROM shown WHERE station = ? AND alert = ? AND content_sha256 = ?",
                (station, found.alert, content_hash(found.content)),
            ).fetchall()
        return bool(rows) and all(self._is_over(row["gone_at"]) for row in rows)

    def sign(
        self, station: StationId, namings: Collection[Naming], *, epoch: int, seq: int, recordings: object
    ) -> None:
        """Note that a document with these alerts is signed; an alert that has left it does not come back."""
        with self._book.writing() as tx:
            for naming in namings:
                tx.execute(
                    "INSERT INTO shown VALUES (?, ?, ?, ?, ?, ?, ?, ?, '') ON CONFLICT DO UPDATE SET"
                    " epoch = excluded.epoch, seq = excluded.seq, gone_at = ''"
                    " WHERE (excluded.epoch, excluded.seq) > (epoch, seq)",
                    (
                        station, naming.wire_id, naming.version, naming.found.alert,
                        content_hash(naming.found.content), stamp(naming.effective_at), epoch, seq,
                    ),
                )  # fmt: skip
            self._miss_the_others(tx, station, {n.found.alert for n in namings}, epoch=epoch, seq=seq)
            if namings:
                alerts = [f"{naming.wire_id}.{naming.version}" for naming in namings]
                detail = {"alerts": alerts, "epoch": epoch, "seq": seq, "recordings": recordings}
                _note(tx, self._now(), "signed", station, detail)

    def anything_open(self, station: StationId) -> bool:
        """Return whether a document without alerts is the first that lacks some."""
        with self._book.reading() as tx:
            return (
                tx.execute("SELECT 1 FROM shown WHERE station = ? AND gone_at = ''", (station,)).fetchone() is not None
            )

    def note(self, what: str, station: str, **detail: object) -> None:
        """Log something about people or the signer itself."""
        with self._book.writing() as tx:
            _note(tx, self._now(), what, station, detail)

    def note_refusal(self, station: str, **detail: object) -> bool:
        """Log a refusal, of a flood only as many as a person reads; return whether this one was."""
        minute = f"{self._now():%Y-%m-%dT%H:%M}"
        if self._minute != minute:
            missed = max(0, self._refusals - REFUSALS_A_MINUTE)
            self._minute, self._refusals = minute, 0
            if missed:
                self.note("refused", station, not_logged=missed)
        self._refusals += 1
        if self._refusals <= REFUSALS_A_MINUTE:
            self.note("refused", station, **detail)
        return self._refusals <= REFUSALS_A_MINUTE

    def entries(self) -> tuple[tuple[str, str, str, dict[str, object]], ...]:
        """Return the log: (instant, what, station, detail), oldest first."""
        with self._book.reading() as tx:
            rows = tx.execute("SELECT * FROM log ORDER BY id").fetchall()
        return tuple((row["at"], row["what"], row["station"], json.loads(row["detail"])) for row in rows)

    def _several(self, which: str, station: StationId, value: str) -> tuple[Found, ...]:
        with self._book.reading() as tx:
            rows = tx.execute(
                f"SELECT * FROM dossiers WHERE station = ? AND {which} ORDER BY found_at",  # noqa: S608 - two fixed texts
                (station, value),
            ).fetchall()
        return tuple(
            Found(
                alert=AlertId(row["alert"]), content=from_plain(json.loads(row["content"])),
                thread=AlertId(row["thread"]), for_all=bool(row["for_all"]), by_glass=bool(row["by_glass"]),
            )
            for row in rows
        )  # fmt: skip

    def _miss_the_others(
        self, tx: sqlite3.Connection, station: StationId, here: Collection[AlertId], *, epoch: int, seq: int
    ) -> None:
        """Note since when an alert of an older document is missing; an older document that comes late says nothing.

        What stands there by a repeat's name alone is not missing: a box that is put up now is told of it by its own.
        """
        tx.execute(
            "UPDATE shown SET gone_at = ? WHERE station = ? AND gone_at = '' AND (epoch, seq) < (?, ?)"
            " AND alert NOT IN (SELECT value FROM json_each(?))",
            (stamp(self._now()), station, epoch, seq, json.dumps(sorted(here))),
        )

    def _is_over(self, gone_at: str) -> bool:
        return gone_at != "" and gone_at < stamp(self._now() - GONE_FOR)


def _note(tx: sqlite3.Connection, at: datetime, what: str, station: str, detail: object) -> None:
    said = json.dumps(detail, ensure_ascii=False, default=str)[:4000]
    tx.execute("INSERT INTO log (at, what, station, detail) VALUES (?, ?, ?, ?)", (stamp(at), what, station, said))
