"""The audit trail: who did what to which thing, written in the transaction of the change itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from broadcaster.domain.ids import StationId, UserId
from broadcaster.store.tables import audit, users


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    at: datetime
    who: str | None
    action: str
    subject: str
    detail: Mapping[str, Any]


def record(
    tx: Connection,
    station: StationId,
    *,
    user: UserId | None,
    action: str,
    subject: str,
    now: datetime,
    **detail: object,
) -> None:
    """Write one line; `user` is None when the station itself or a box acted."""
    tx.execute(
        insert(audit).values(station_id=station, user_id=user, action=action, subject=subject, at=now, detail=detail)
    )


def latest(
    tx: Connection, station: StationId, *, subject: str | None = None, offset: int = 0, limit: int = 200
) -> tuple[Entry, ...]:
    """Return the newest lines first, of one subject or of all, from the `offset`-th on."""
    wanted = (
        select(audit, users.c.full_name)
        .outerjoin(users, users.c.id == audit.c.user_id)
        .where(audit.c.station_id == station)
        .order_by(audit.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    if subject is not None:
        wanted = wanted.where(audit.c.subject == subject)
    return tuple(
        Entry(at=row.at, who=row.full_name, action=row.action, subject=row.subject, detail=row.detail)
        for row in tx.execute(wanted)
    )
