"""What people ask for bulletins: the next session, these sessions, a minute, or now; and what became of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from broadcaster.domain.audience import Audience, as_json, from_json
from broadcaster.domain.ids import AiringId, BulletinId, ClusterId, RequestId, StationId, UserId
from broadcaster.domain.programme import ProgrammeId, Section
from broadcaster.domain.week.planned import Fate
from broadcaster.domain.week.reasons import Reason
from broadcaster.domain.week.requests import AtMinute, AtOnce, NextSession, TheseSessions, Wish
from broadcaster.store.programme_tables import airing_requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it is kept, with the planner's last answer. `reason` is its (code, Vietnamese sentence)."""

    id: RequestId
    station: StationId
    bulletin: BulletinId
    audience: Audience
    wish: Wish
    section: Section
    asked_by: UserId
    asked_at: datetime
    rank: int | None = None
    expires_at: datetime | None = None
    closed_at: datetime | None = None
    fate: Fate | None = None
    reason: tuple[str, str] | None = None
    airings: tuple[AiringId, ...] = ()
    rivals: tuple[RequestId, ...] = ()
    unserved: frozenset[ClusterId] = frozenset()

    def taken_back(self, why: Reason, *, now: datetime) -> "Asked":
        """Return the request as one that a person closed, and why."""
        return replace(
            self, closed_at=now, fate=Fate.WITHDRAWN, reason=(why.code, str(why)), rivals=(), unserved=frozenset()
        )  # fmt: skip


def add(tx: Connection, asked: Asked) -> None:
    """Keep a new request."""
    tx.execute(insert(airing_requests).values(**_columns(asked)))


def save(tx: Connection, asked: Asked) -> None:
    """Keep a changed request."""
    tx.execute(update(airing_requests).where(airing_requests.c.id == asked.id).values(**_columns(asked)))


def get(tx: Connection, station: StationId, request: RequestId) -> Asked | None:
    """Return one request of this station, or None."""
    row = tx.execute(
        select(airing_requests).where(airing_requests.c.station_id == station, airing_requests.c.id == request)
    ).first()
    return _asked(row) if row else None


def is_taken(tx: Connection, request: RequestId) -> bool:
    """Return whether any station has a request of this id."""
    return tx.execute(select(airing_requests.c.id).where(airing_requests.c.id == request)).first() is not None


def open_ones(tx: Connection, station: StationId) -> tuple[Asked, ...]:
    """Return the requests that still want something, the oldest first."""
    return _several(tx, airing_requests.c.station_id == station, airing_requests.c.closed_at.is_(None))


def of_bulletin(tx: Connection, station: StationId, bulletin: BulletinId) -> tuple[Asked, ...]:
    """Return every request for a bulletin, the closed ones too, the oldest first."""
    return _several(tx, airing_requests.c.station_id == station, airing_requests.c.bulletin_id == bulletin)


def several(tx: Connection, station: StationId, wanted: Iterable[RequestId]) -> dict[RequestId, Asked]:
    """Return those of these requests that the station has."""
    found = _several(tx, airing_requests.c.station_id == station, airing_requests.c.id.in_(list(wanted)))
    return {asked.id: asked for asked in found}


def wish_as_json(wish: Wish) -> dict[str, Any]:
    """Return a wish as the database and the API write it."""
    match wish:
        case NextSession():
            return {"kind": "next_session"}
        case TheseSessions():
            days = {"kind": "these_sessions", "first_day": wish.first_day.isoformat(), "days": wish.days}
            return days | ({"programme": wish.programme} if wish.programme else {})
        case AtMinute():
            return {"kind": "at_minute", "at": wish.at.isoformat()}
        case AtOnce():
            return {"kind": "now", "asked_at": wish.asked_at.isoformat()}


def wish_from_json(kept: Mapping[str, Any]) -> Wish:
    """Return the wish written by `wish_as_json`."""
    match kept["kind"]:
        case "next_session":
            return NextSession()
        case "these_sessions":
            programme = ProgrammeId(kept["programme"]) if kept.get("programme") else None
            return TheseSessions(
                first_day=date.fromisoformat(kept["first_day"]), days=int(kept["days"]), programme=programme
            )
        case "at_minute":
            return AtMinute(at=datetime.fromisoformat(kept["at"]))
    return AtOnce(asked_at=datetime.fromisoformat(kept["asked_at"]))


def _several(tx: Connection, *where: Any) -> tuple[Asked, ...]:
    rows = tx.execute(select(airing_requests).where(*where).order_by(airing_requests.c.asked_at, airing_requests.c.id))
    return tuple(_asked(row) for row in rows)


def _columns(asked: Asked) -> dict[str, Any]:
    return {
        "id": asked.id,
        "station_id": asked.station,
        "bulletin_id": asked.bulletin,
        "audience": as_json(asked.audience),
        "wish": wish_as_json(asked.wish),
        "section": asked.section.value,
        "rank": asked.rank,
        "asked_by": asked.asked_by,
        "asked_at": asked.asked_at,
        "expires_at": asked.expires_at,
        "closed_at": asked.closed_at,
        "fate": asked.fate.value if asked.fate else None,
        "reason": list(asked.reason) if asked.reason else None,
        "airings": list(asked.airings),
        "rivals": list(asked.rivals),
        "unserved": sorted(asked.unserved),
    }


def _asked(row: Row[Any]) -> Asked:
    return Asked(
        id=RequestId(row.id),
        station=StationId(row.station_id),
        bulletin=BulletinId(row.bulletin_id),
        audience=from_json(row.audience),
        wish=wish_from_json(row.wish),
        section=Section(row.section),
        rank=row.rank,
        asked_by=UserId(row.asked_by),
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        closed_at=row.closed_at,
        fate=Fate(row.fate) if row.fate else None,
        reason=(row.reason[0], row.reason[1]) if row.reason else None,
        airings=tuple(AiringId(name) for name in row.airings),
        rivals=tuple(RequestId(name) for name in row.rivals),
        unserved=frozenset(ClusterId(name) for name in row.unserved),
    )
