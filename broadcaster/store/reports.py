"""What the boxes reported: facts, each kept once, never changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from broadcaster.domain.delivery import Heard, Outcome, Report
from broadcaster.domain.ids import AiringId, DeviceId, StationId
from broadcaster.store.alert_tables import prepared_messages
from broadcaster.store.tables import clusters, devices, hamlets, reports


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One report with the number under which the box keeps it; `heard` is all that the box's ear said, as it came."""

    number: int
    airing: AiringId | None
    alert: str | None
    detail: str | None
    report: Report
    heard: Mapping[str, Any] | None = None
    pressed: str | None = None
    stretches: tuple[Mapping[str, Any], ...] = ()
    """Each unbroken stretch of an airing's sound, as it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """What somebody on the spot has started with a box's button, as the box reported it; `at` is when it came in."""

    device: DeviceId
    cluster_name: str
    hamlet_name: str
    message: str
    headline: str | None
    alert: str | None
    at: datetime
    report: Report


def add(
    tx: Connection, station: StationId, device: DeviceId, *, journal: str, lines: Collection[Line], now: datetime
) -> None:
    """Keep the lines of a journal that are not kept yet; of two with one number the first."""
    known = select(reports.c.number).where(
        reports.c.device_id == device,
        reports.c.journal == journal,
        reports.c.number.in_([line.number for line in lines]),
    )
    before = {row.number for row in tx.execute(known)}
    rows = [
        _columns(line) | {"station_id": station, "device_id": device, "journal": journal, "received_at": now}
        for line in {line.number: line for line in reversed(tuple(lines))}.values()
        if line.number not in before
    ]
    if rows:
        tx.execute(insert(reports), rows)


def of_airings(tx: Connection, wanted: Collection[AiringId]) -> dict[tuple[AiringId, DeviceId], Report]:
    """Return the first report of each airing on each box."""
    rows = tx.execute(
        select(reports)
        .where(reports.c.airing_id.in_(list(wanted)))
        .order_by(reports.c.received_at.desc(), reports.c.number.desc())
    )
    return {(AiringId(row.airing_id), DeviceId(row.device_id)): _report(row) for row in rows}


def pressed(tx: Connection, station: StationId, *, limit: int = 50) -> tuple[Pressed, ...]:
    """Return what was started with buttons, the newest first; what was retired since has its headline still."""
    rows = tx.execute(
        select(reports, clusters.c.name.label("cluster_name"), hamlets.c.name.label("hamlet_name"),
               prepared_messages.c.headline)
        .join(devices, devices.c.id == reports.c.device_id)
        .join(clusters, clusters.c.id == devices.c.cluster_id)
        .join(hamlets, hamlets.c.id == clusters.c.hamlet_id)
        .outerjoin(prepared_messages, prepared_messages.c.id == reports.c.pressed)
        .where(reports.c.station_id == station, reports.c.pressed.is_not(None))
        .order_by(reports.c.received_at.desc(), reports.c.number.desc())
        .limit(limit)
    )  # fmt: skip
    return tuple(
        Pressed(
            device=DeviceId(row.device_id), cluster_name=row.cluster_name, hamlet_name=row.hamlet_name,
            message=row.pressed, headline=row.headline, alert=row.alert_id, at=row.received_at, report=_report(row),
        )
        for row in rows
    )  # fmt: skip


def _columns(line: Line) -> dict[str, Any]:
    return {
        "number": line.number,
        "airing_id": line.airing,
        "alert_id": line.alert,
        "pressed": line.pressed,
        "outcome": line.report.outcome,
        "reason": line.report.reason,
        "detail": line.detail,
        "started_at": line.report.started_at,
        "ended_at": line.report.ended_at,
        "start_error_ms": line.report.start_error_ms,
        "played_ms": line.report.played_ms,
        "heard": line.heard,
        "stretches": [dict(stretch) for stretch in line.stretches] or None,
    }


def _report(row: Row[Any]) -> Report:
    return Report(
        outcome=Outcome(row.outcome),
        reason=row.reason,
        started_at=row.started_at,
        ended_at=row.ended_at,
        start_error_ms=row.start_error_ms,
        played_ms=row.played_ms,
        heard=Heard(row.heard["verdict"]) if row.heard else None,
    )
