"""What the broadcast log still lacks: airings and alerts that are over, pressed buttons, and reports that came late."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, func, or_, select, update

from broadcaster.domain.delivery import Heard, Outcome
from broadcaster.domain.ids import AiringId, AlertId, ClusterId, DeviceId, HamletId, StationId
from broadcaster.domain.records.alert_lines import Press, Rounds
from broadcaster.domain.records.logbook import Place
from broadcaster.store.alert_tables import alert_targets, alerts, prepared_messages
from broadcaster.store.library_tables import broadcast_log
from broadcaster.store.tables import airings, clusters, devices, hamlets, reports


def of_airings(tx: Connection, station: StationId, *, since: datetime, until: datetime) -> Sequence[AiringId]:
    """Return the airings that start in [since, until) and are not written up to the last cluster, the oldest first.

    What was cancelled before it began was never meant to sound.
    """
    rows = tx.execute(
        select(airings.c.id)
        .where(airings.c.station_id == station, airings.c.start_at >= since, airings.c.start_at < until)
        .where(airings.c.logged_at.is_(None))
        .where(or_(airings.c.cancelled_at.is_(None), airings.c.cancelled_at > airings.c.start_at))
        .order_by(airings.c.start_at, airings.c.id)
    )
    return [AiringId(row.id) for row in rows]


def close(tx: Connection, written: Collection[AiringId], *, now: datetime) -> None:
    """Remember that these airings have a line for each of their clusters."""
    if written:
        tx.execute(update(airings).where(airings.c.id.in_(list(written))).values(logged_at=now))


def reported_late(tx: Connection, station: StationId, *, since: datetime, heard_since: datetime) -> Sequence[AiringId]:
    """Return the airings planned since then of which a box has reported after their newest line, the oldest first.

    Only reports that came in since `heard_since` are looked at: all earlier ones were, when they came. The station is
    asked of the reports alone: asked of the lines too, SQLite would begin with them, which are many more.
    """
    newer = broadcast_log.alias("newer")
    corrected = exists().where(
        newer.c.subject == broadcast_log.c.subject,
        newer.c.cluster_id == broadcast_log.c.cluster_id,
        newer.c.number > broadcast_log.c.number,
    )
    rows = tx.execute(
        select(broadcast_log.c.subject, broadcast_log.c.planned_at)
        .select_from(reports)
        .join(broadcast_log, broadcast_log.c.subject == reports.c.airing_id)
        .where(reports.c.station_id == station, reports.c.received_at >= heard_since)
        .where(broadcast_log.c.device_id == reports.c.device_id)
        .where(reports.c.received_at >= broadcast_log.c.recorded_at, broadcast_log.c.planned_at >= since, ~corrected)
        .distinct()
        .order_by(broadcast_log.c.planned_at, broadcast_log.c.subject)
    )
    return [AiringId(row.subject) for row in rows]


def of_alerts(tx: Connection, station: StationId, *, since: datetime, until: datetime) -> Sequence[AlertId]:
    """Return the alerts that ended in [since, until) of which some cluster has no line yet, the oldest first."""
    logged = exists().where(
        broadcast_log.c.subject == alert_targets.c.alert_id,
        broadcast_log.c.cluster_id == alert_targets.c.cluster_id,
    )
    rows = tx.execute(
        select(alerts.c.id, alerts.c.live_at)
        .join(alert_targets, alert_targets.c.alert_id == alerts.c.id)
        .where(alerts.c.station_id == station, alerts.c.live_at.is_not(None), ~logged)
        .where(alerts.c.ended_at >= since, alerts.c.ended_at < until)
        .distinct()
        .order_by(alerts.c.live_at, alerts.c.id)
    )
    return [AlertId(row.id) for row in rows]


def reported_late_of_alerts(tx: Connection, station: StationId, *, heard_since: datetime) -> frozenset[str]:
    """Return the threads of alerts, and the names of what buttons started, of which a box has reported since then."""
    rows = tx.execute(
        select(reports.c.alert_id)
        .where(reports.c.station_id == station, reports.c.received_at >= heard_since, reports.c.alert_id.is_not(None))
        .distinct()
    )
    return frozenset(row.alert_id.partition(".r")[0] for row in rows)


def ended_of_threads(
    tx: Connection, station: StationId, threads: Collection[str], *, since: datetime
) -> Sequence[AlertId]:
    """Return the alerts of these threads that ended since then, the oldest first."""
    rows = tx.execute(
        select(alerts.c.id)
        .where(alerts.c.station_id == station, alerts.c.thread.in_(list(threads)), alerts.c.ended_at >= since)
        .where(alerts.c.live_at.is_not(None))
        .order_by(alerts.c.live_at, alerts.c.id)
    )
    return [AlertId(row.id) for row in rows]


def rounds_of(
    tx: Connection, station: StationId, thread: AlertId, *, start: datetime, end: datetime
) -> dict[DeviceId, Rounds]:
    """Return all that each box reported of an alert, of its repeats too, between two instants."""
    rows = tx.execute(
        select(reports)
        .where(reports.c.station_id == station)
        .where(or_(reports.c.alert_id == thread, reports.c.alert_id.like(f"{thread}.r%")))
        .where(reports.c.started_at >= start, reports.c.started_at < end)
    )
    return _rounds(rows.all())


def presses(tx: Connection, station: StationId, *, heard_since: datetime, until: datetime) -> tuple[Press, ...]:
    """Return what buttons started, as told since then by boxes that have said nothing more of it since `until`."""
    named = reports.c.station_id == station, reports.c.pressed.is_not(None), reports.c.alert_id.is_not(None)
    recent = (
        select(reports.c.alert_id, reports.c.device_id)
        .where(*named, reports.c.received_at >= heard_since)
        .group_by(reports.c.alert_id, reports.c.device_id)
        .having(func.max(reports.c.received_at) < until)
        .subquery()
    )
    rows = tx.execute(
        select(reports, clusters.c.id.label("cluster_id"), clusters.c.name.label("cluster_name"),
               hamlets.c.id.label("hamlet_id"), hamlets.c.name.label("hamlet_name"), prepared_messages.c.headline)
        .join(recent, (recent.c.alert_id == reports.c.alert_id) & (recent.c.device_id == reports.c.device_id))
        .join(devices, devices.c.id == reports.c.device_id)
        .join(clusters, clusters.c.id == devices.c.cluster_id)
        .join(hamlets, hamlets.c.id == clusters.c.hamlet_id)
        .outerjoin(prepared_messages, prepared_messages.c.id == reports.c.pressed)
        .where(*named)
        .order_by(reports.c.received_at, reports.c.number)
    )  # fmt: skip
    said: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in rows:
        said.setdefault((row.alert_id, row.device_id), []).append(row)
    return tuple(_press(several) for several in said.values())


def _rounds(rows: Sequence[Row[Any]]) -> dict[DeviceId, Rounds]:
    said: dict[DeviceId, list[Row[Any]]] = {}
    for row in rows:
        said.setdefault(DeviceId(row.device_id), []).append(row)
    return {device: _together(several) for device, several in said.items()}


def _together(rows: Sequence[Row[Any]]) -> Rounds:
    started = [row.started_at for row in rows if row.started_at is not None]
    ended = [row.ended_at for row in rows if row.ended_at is not None]
    return Rounds(
        started_at=min(started, default=None),
        ended_at=max(ended, default=None),
        sounded_ms=sum(_sounded_ms(row) for row in rows),
    )


def _sounded_ms(row: Row[Any]) -> int:
    """Return how long one round sounded: its stretches without the pauses between them."""
    spans = [
        (datetime.fromisoformat(s["started_at"]), datetime.fromisoformat(s["ended_at"])) for s in row.stretches or ()
    ]
    if not spans and row.started_at is not None and row.ended_at is not None:
        spans = [(row.started_at, row.ended_at)]
    return sum(max(0, round((end - start).total_seconds() * 1000)) for start, end in spans)


def _press(rows: Sequence[Row[Any]]) -> Press:
    """Return what became of one press: whole when any of its rounds was."""
    last = rows[-1]
    whole = next((row for row in rows if row.outcome == Outcome.PLAYED.value), None)
    best = whole if whole is not None else last
    heard = next((row.heard["verdict"] for row in reversed(rows) if row.heard), None)
    return Press(
        alert=last.alert_id,
        message=last.pressed,
        headline=last.headline or last.pressed,
        device=DeviceId(last.device_id),
        place=Place(
            hamlet=HamletId(last.hamlet_id),
            hamlet_name=last.hamlet_name,
            cluster=ClusterId(last.cluster_id),
            cluster_name=last.cluster_name,
        ),
        outcome=Outcome(best.outcome),
        reason=None if whole is not None else last.reason,
        heard=Heard(heard) if heard else None,
        rounds=_together(rows),
        received_at=rows[0].received_at,
    )
