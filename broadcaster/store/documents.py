"""The signed plan that each box shall hold now: what the broker forgot is published again from here."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from broadcaster.domain.ids import DeviceId, StationId
from broadcaster.store.tables import documents, published_audio


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPlan:
    """A plan as it goes over the wire; `content_sha256` is of what it says, without its number and date."""

    station: StationId
    device: DeviceId
    epoch: int
    seq: int
    content_sha256: str
    sealed: bytes
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What tells a plan from another, without the plan itself."""

    epoch: int
    seq: int
    content_sha256: str


def get(tx: Connection, device: DeviceId) -> SealedPlan | None:
    """Return a box's plan, or None when it never had one."""
    row = tx.execute(select(documents).where(documents.c.device_id == device)).first()
    return _plan(row) if row else None


def every(tx: Connection) -> tuple[SealedPlan, ...]:
    """Return the plan of every box of every station."""
    return tuple(_plan(row) for row in tx.execute(select(documents)))


def marks(tx: Connection, wanted: Collection[DeviceId]) -> dict[DeviceId, Mark]:
    """Return the marks of these boxes' plans; a box that never had one is not among them."""
    columns = documents.c.device_id, documents.c.epoch, documents.c.seq, documents.c.content_sha256
    rows = tx.execute(select(*columns).where(documents.c.device_id.in_(wanted)))
    return {
        DeviceId(row.device_id): Mark(epoch=row.epoch, seq=row.seq, content_sha256=row.content_sha256) for row in rows
    }


def replace(tx: Connection, plans: Collection[SealedPlan]) -> None:
    """Make each of these its box's plan."""
    if not plans:
        return
    tx.execute(delete(documents).where(documents.c.device_id.in_([plan.device for plan in plans])))
    tx.execute(
        insert(documents),
        [
            {
                "station_id": plan.station,
                "device_id": plan.device,
                "epoch": plan.epoch,
                "seq": plan.seq,
                "content_sha256": plan.content_sha256,
                "sealed": plan.sealed,
                "made_at": plan.made_at,
            }
            for plan in plans
        ],
    )


def forget(tx: Connection, device: DeviceId) -> None:
    """Forget a box's plan: the box is gone, and the broker need not hold anything for it."""
    tx.execute(delete(documents).where(documents.c.device_id == device))


def published_audio_of(tx: Connection, station: StationId) -> dict[str, int]:
    """Return which audio files were handed to the broker and not cleared since, with their number of chunks."""
    rows = tx.execute(select(published_audio).where(published_audio.c.station_id == station))
    return {row.sha256: row.chunks for row in rows}


def note_audio_published(tx: Connection, station: StationId, sha256: str, *, chunks: int) -> bool:
    """Remember that an audio file is about to lie on the broker; False when somebody was about to do so before."""
    if sha256 in published_audio_of(tx, station):
        return False
    tx.execute(insert(published_audio).values(station_id=station, sha256=sha256, chunks=chunks))
    return True


def note_audio_cleared(tx: Connection, station: StationId, sha256: str) -> None:
    """Forget an audio file that is no longer on the broker."""
    tx.execute(
        delete(published_audio).where(published_audio.c.station_id == station, published_audio.c.sha256 == sha256)
    )


def _plan(row) -> SealedPlan:  # type: ignore[no-untyped-def] # a row of `documents`
    return SealedPlan(
        station=StationId(row.station_id),
        device=DeviceId(row.device_id),
        epoch=row.epoch,
        seq=row.seq,
        content_sha256=row.content_sha256,
        sealed=row.sealed,
        made_at=row.made_at,
    )
