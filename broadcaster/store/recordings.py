"""What is known of each recording; its sound lies in the audio cache under the same SHA-256."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from broadcaster.domain.ids import StationId
from broadcaster.store.tables import recordings


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """An audio file; `sentence_offsets_ms` says where each sentence starts in it."""

    station: StationId
    sha256: str
    size_bytes: int
    duration_ms: int
    voice: str
    sentence_offsets_ms: tuple[int, ...]
    created_at: datetime


def keep(tx: Connection, recording: Recording) -> None:
    """Keep a recording; the same sound made again changes nothing."""
    if get(tx, recording.station, recording.sha256) is None:
        tx.execute(
            insert(recordings).values(
                station_id=recording.station,
                sha256=recording.sha256,
                size_bytes=recording.size_bytes,
                duration_ms=recording.duration_ms,
                voice=recording.voice,
                sentence_offsets_ms=list(recording.sentence_offsets_ms),
                created_at=recording.created_at,
            )
        )


def get(tx: Connection, station: StationId, sha256: str) -> Recording | None:
    """Return one recording of this station, or None."""
    row = tx.execute(
        select(recordings).where(recordings.c.station_id == station, recordings.c.sha256 == sha256)
    ).first()
    return _recording(row) if row else None


def several(tx: Connection, station: StationId, wanted: Collection[str]) -> dict[str, Recording]:
    """Return those of the wanted recordings that the station has, by their SHA-256."""
    rows = tx.execute(
        select(recordings).where(recordings.c.station_id == station, recordings.c.sha256.in_(sorted(wanted)))
    )
    return {row.sha256: _recording(row) for row in rows}


def _recording(row: Row[Any]) -> Recording:
    return Recording(
        station=StationId(row.station_id),
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        duration_ms=row.duration_ms,
        voice=row.voice,
        sentence_offsets_ms=tuple(row.sentence_offsets_ms),
        created_at=row.created_at,
    )
