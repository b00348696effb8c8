"""What the books know beside an outcome: who placed and who cancelled an airing, what its box wrote, what broke in."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select

from broadcaster.domain.ids import AiringId, AlertId, DeviceId, RequestId, StationId
from broadcaster.domain.programme import ProgrammeId
from broadcaster.domain.week.planned import Fate
from broadcaster.store.alert_tables import alert_soundings, alerts
from broadcaster.store.programme_tables import airing_requests, programmes
from broadcaster.store.tables import airings, audit, bulletins, reports, users

NEAR = timedelta(seconds=15)
"""What began so near to an interruption is what broke in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a box said of an airing beside its outcome, as it came."""

    detail: str | None
    stretches: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request behind an airing: who asked, when, and the planner's sentence."""

    who: str | None
    at: datetime
    sentence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """A bulletin that had to wait, with the planner's sentence and where it stands now (None: nowhere)."""

    title: str
    sentence: str
    to: datetime | None


def told(tx: Connection, wanted: Collection[AiringId]) -> dict[tuple[AiringId, DeviceId], Told]:
    """Return what each box said of these airings, of several reports the first."""
    columns = reports.c.airing_id, reports.c.device_id, reports.c.detail, reports.c.stretches
    rows = tx.execute(
        select(*columns)
        .where(reports.c.airing_id.in_(list(wanted)))
        .order_by(reports.c.received_at.desc(), reports.c.number.desc())
    )
    return {
        (AiringId(row.airing_id), DeviceId(row.device_id)): Told(
            detail=row.detail, stretches=tuple(row.stretches or ())
        )
        for row in rows
    }


def placed_by(tx: Connection, wanted: Collection[AiringId]) -> dict[AiringId, str]:
    """Return the name of whoever chose the time of each of these airings, where the books have one."""
    rows = tx.execute(
        select(airings.c.id, users.c.full_name)
        .join(users, users.c.id == airings.c.created_by)
        .where(airings.c.id.in_(list(wanted)))
    )
    return {AiringId(row.id): row.full_name for row in rows}


def cancelled_by(tx: Connection, station: StationId, wanted: Collection[AiringId]) -> dict[AiringId, str]:
    """Return the name of whoever cancelled each of these airings."""
    rows = tx.execute(
        select(audit.c.subject, users.c.full_name)
        .join(users, users.c.id == audit.c.user_id)
        .where(audit.c.station_id == station, audit.c.action == "airing.cancel", audit.c.subject.in_(list(wanted)))
    )
    return {AiringId(row.subject): row.full_name for row in rows}


def asked_for(tx: Connection, wanted: Collection[RequestId]) -> dict[RequestId, Asked]:
    """Return what is known of these requests."""
    if not wanted:
        return {}
    rows = tx.execute(
        select(airing_requests, users.c.full_name)
        .outerjoin(users, users.c.id == airing_requests.c.asked_by)
        .where(airing_requests.c.id.in_(list(wanted)))
    )
    return {
        RequestId(row.id): Asked(who=row.full_name, at=row.asked_at, sentence=_still_tells(row.reason)) for row in rows
    }


def postponed(tx: Connection, station: StationId) -> tuple[Postponed, ...]:
    """Return the bulletins that wait because a session was full or their clusters were busy."""
    rows = tx.execute(
        select(airing_requests.c.reason, airing_requests.c.airings, bulletins.c.title)
        .join(bulletins, bulletins.c.id == airing_requests.c.bulletin_id)
        .where(
            airing_requests.c.station_id == station,
            airing_requests.c.fate.in_([Fate.LATER.value, Fate.WAITING.value]),
            airing_requests.c.closed_at.is_(None),
        )
    ).all()
    starts = _starts(tx, {name for row in rows for name in row.airings})
    return tuple(
        Postponed(
            title=row.title,
            sentence=row.reason[1],
            to=min((starts[name] for name in row.airings if name in starts), default=None),
        )
        for row in rows
        if row.reason
    )


def titles_of(tx: Connection, wanted: Iterable[ProgrammeId]) -> dict[ProgrammeId, str]:
    """Return the titles of these programmes, the removed ones too."""
    rows = tx.execute(select(programmes.c.id, programmes.c.title).where(programmes.c.id.in_(list(wanted))))
    return {ProgrammeId(row.id): row.title for row in rows}


def alert_at(tx: Connection, device: DeviceId, at: datetime) -> str | None:
    """Return the headline of the alert that a box began to sound about then."""
    first, last = at - NEAR, at + NEAR
    sounded = [alert_soundings.c.started_at, alert_soundings.c.siren_at, alert_soundings.c.speech_at]
    row = tx.execute(
        select(alert_soundings.c.wire_id)
        .where(alert_soundings.c.device_id == device, or_(*(column.between(first, last) for column in sounded)))
        .limit(1)
    ).first()
    if row is None:
        return None
    thread = AlertId(row.wire_id.partition(".r")[0])
    content = tx.execute(select(alerts.c.content).where(alerts.c.id == thread)).scalar_one_or_none()
    return content.get("headline") if content else None


def airing_at(tx: Connection, device: DeviceId, at: datetime, *, but: AiringId) -> str | None:
    """Return the title of another airing that a box began to sound about then."""
    row = tx.execute(
        select(airings.c.title)
        .join(reports, reports.c.airing_id == airings.c.id)
        .where(reports.c.device_id == device, airings.c.id != but, reports.c.started_at.between(at - NEAR, at + NEAR))
        .limit(1)
    ).first()
    return row.title if row else None


def _still_tells(reason: list[str] | None) -> str | None:
    """Return the planner's sentence, unless it only says that the time has come."""
    return reason[1] if reason and reason[0] != "its_time_came" else None


def _starts(tx: Connection, wanted: Collection[str]) -> dict[str, datetime]:
    if not wanted:
        return {}
    rows = tx.execute(
        select(airings.c.id, airings.c.start_at).where(airings.c.id.in_(list(wanted)), airings.c.cancelled_at.is_(None))
    )
    return {row.id: row.start_at for row in rows}
