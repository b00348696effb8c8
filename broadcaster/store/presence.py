"""Stretches of time in which a box was watched and could, or could not, be reached."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from broadcaster.domain.ids import ClusterId, DeviceId, HamletId, StationId
from broadcaster.domain.records.logbook import Place
from broadcaster.domain.records.report import Presence
from broadcaster.store.library_tables import presence
from broadcaster.store.tables import clusters, devices, hamlets


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The newest stretch of a box."""

    id: int
    device: DeviceId
    online: bool
    ended_at: datetime


def newest(tx: Connection, *, since: datetime) -> dict[DeviceId, Watched]:
    """Return the newest stretch of every box that was watched since then."""
    rows = tx.execute(select(presence).where(presence.c.ended_at >= since).order_by(presence.c.ended_at, presence.c.id))
    return {
        DeviceId(row.device_id): Watched(
            id=row.id, device=DeviceId(row.device_id), online=row.online, ended_at=row.ended_at
        )
        for row in rows
    }


def prolong(tx: Connection, stretches: Collection[int], *, now: datetime) -> None:
    """Let these stretches last until now."""
    if stretches:
        tx.execute(update(presence).where(presence.c.id.in_(stretches)).values(ended_at=now))


def begin(tx: Connection, new: Iterable[tuple[StationId, DeviceId, bool, datetime]], *, now: datetime) -> None:
    """Keep new stretches (station, box, reachable, since when)."""
    rows = [
        {"station_id": station, "device_id": device, "online": online, "began_at": since, "ended_at": now}
        for station, device, online, since in new
    ]
    if rows:
        tx.execute(insert(presence), rows)


def between(tx: Connection, station: StationId, *, start: datetime, end: datetime) -> tuple[Presence, ...]:
    """Return the stretches of a station's boxes that touch [start, end), by the cluster where each box hangs."""
    rows = tx.execute(
        select(presence, clusters.c.id.label("cluster_id"), clusters.c.name.label("cluster_name"),
               hamlets.c.id.label("hamlet_id"), hamlets.c.name.label("hamlet_name"))
        .join(devices, devices.c.id == presence.c.device_id)
        .join(clusters, clusters.c.id == devices.c.cluster_id)
        .join(hamlets, hamlets.c.id == clusters.c.hamlet_id)
        .where(presence.c.station_id == station, presence.c.began_at < end, presence.c.ended_at > start)
        .order_by(presence.c.id)
    )  # fmt: skip
    return tuple(
        Presence(
            place=Place(
                hamlet=HamletId(row.hamlet_id),
                hamlet_name=row.hamlet_name,
                cluster=ClusterId(row.cluster_id),
                cluster_name=row.cluster_name,
            ),
            online=row.online,
            began_at=row.began_at,
            ended_at=row.ended_at,
        )
        for row in rows
    )


def forget(tx: Connection, *, before: datetime, keep: timedelta) -> None:
    """Forget the stretches that ended so long before an instant."""
    tx.execute(delete(presence).where(presence.c.ended_at < before - keep))
