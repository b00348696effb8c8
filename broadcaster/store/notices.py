"""What the station tells its people: written with the change itself, sent and shown later by others."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from broadcaster.domain.ids import StationId
from broadcaster.store.alert_tables import notices


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A Vietnamese sentence about a `subject`; `kind` is its stable name, `sent_at` when it was sent on."""

    id: int
    station: StationId
    at: datetime
    kind: str
    subject: str
    sentence: str
    sent_at: datetime | None


def add(
    tx: Connection,
    station: StationId,
    *,
    kind: str,
    subject: str,
    sentence: str,
    now: datetime,
    sent_at: datetime | None = None,
) -> None:
    """Write a notice down; one with `sent_at` is kept and shown, and sent to nobody."""
    tx.execute(
        insert(notices).values(
            station_id=station, at=now, kind=kind, subject=subject[:80], sentence=sentence, sent_at=sent_at
        )
    )


def unsent(tx: Connection, *, limit: int = 100) -> tuple[Notice, ...]:
    """Return the notices of every station that were not sent on yet, oldest first."""
    rows = tx.execute(select(notices).where(notices.c.sent_at.is_(None)).order_by(notices.c.id).limit(limit))
    return tuple(_notice(row) for row in rows)


def note_sent(tx: Connection, wanted: Collection[int], *, now: datetime) -> None:
    """Remember that these were sent on."""
    tx.execute(update(notices).where(notices.c.id.in_(wanted)).values(sent_at=now))


def latest(tx: Connection, station: StationId, *, limit: int = 50) -> tuple[Notice, ...]:
    """Return the station's newest notices first."""
    rows = tx.execute(select(notices).where(notices.c.station_id == station).order_by(notices.c.id.desc()).limit(limit))
    return tuple(_notice(row) for row in rows)


def has_kind(tx: Connection, station: StationId, *, kind: str, subject: str) -> bool:
    """Return whether such a notice about that subject was written before: some things are said once."""
    wanted = select(notices.c.id).where(
        notices.c.station_id == station, notices.c.kind == kind, notices.c.subject == subject
    )
    return tx.execute(wanted.limit(1)).first() is not None


def sentences(tx: Connection, station: StationId, *, kind: str, subject: str) -> tuple[str, ...]:
    """Return what was said of a subject under that name, oldest first."""
    wanted = select(notices.c.sentence).where(
        notices.c.station_id == station, notices.c.kind == kind, notices.c.subject == subject
    )
    return tuple(tx.execute(wanted.order_by(notices.c.id)).scalars())


def newest_by_subject(
    tx: Connection, station: StationId, *, kinds: Collection[str], since: datetime
) -> dict[str, Notice]:
    """Return of each subject the newest notice of these kinds, of those written since then."""
    rows = tx.execute(
        select(notices)
        .where(notices.c.station_id == station, notices.c.kind.in_(kinds), notices.c.at >= since)
        .order_by(notices.c.id)
    )
    return {row.subject: _notice(row) for row in rows}


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        id=row.id, station=StationId(row.station_id), at=row.at, kind=row.kind, subject=row.subject,
        sentence=row.sentence, sent_at=row.sent_at,
    )  # fmt: skip
