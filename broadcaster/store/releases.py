"""The versions that a station offers to its boxes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from broadcaster.domain.ids import DeviceId, StationId
from broadcaster.store.release_tables import agent_releases


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A wheel of the agent, for these boxes (None: for every one of the station)."""

    id: str
    station: StationId
    version: str
    sha256: str
    size_bytes: int
    devices: tuple[DeviceId, ...] | None
    offered_at: datetime

    def is_for(self, device: DeviceId) -> bool:
        """Return whether this box is meant."""
        return self.devices is None or device in self.devices


def add(tx: Connection, release: Release) -> None:
    """Keep an offer."""
    tx.execute(
        insert(agent_releases).values(
            id=release.id, station_id=release.station, version=release.version, sha256=release.sha256,
            size_bytes=release.size_bytes, offered_at=release.offered_at,
            devices=sorted(release.devices) if release.devices is not None else None,
        )
    )  # fmt: skip


def of_station(tx: Connection, station: StationId) -> tuple[Release, ...]:
    """Return what stands, the newest offer first."""
    rows = tx.execute(
        select(agent_releases)
        .where(agent_releases.c.station_id == station, agent_releases.c.withdrawn_at.is_(None))
        .order_by(agent_releases.c.offered_at.desc(), agent_releases.c.id.desc())
    )
    return tuple(_release(row) for row in rows)


def withdraw_all(tx: Connection, station: StationId, *, now: datetime) -> int:
    """Take back every offer of a station; return how many stood. What a box runs already, it goes on running."""
    standing = update(agent_releases).where(
        agent_releases.c.station_id == station, agent_releases.c.withdrawn_at.is_(None)
    )
    return tx.execute(standing.values(withdrawn_at=now)).rowcount


def every_file(tx: Connection) -> frozenset[str]:
    """Return every wheel that an offer still names."""
    wanted = select(agent_releases.c.sha256).where(agent_releases.c.withdrawn_at.is_(None))
    return frozenset(tx.execute(wanted).scalars())


def _release(row: Row[Any]) -> Release:
    return Release(
        id=row.id, station=StationId(row.station_id), version=row.version, sha256=row.sha256,
        size_bytes=row.size_bytes, offered_at=row.offered_at,
        devices=tuple(DeviceId(device) for device in row.devices) if row.devices is not None else None,
    )  # fmt: skip
