"""Warnings made beforehand: their words, their recordings, and whether boxes still hold them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from broadcaster.domain.alert import Stroke
from broadcaster.domain.ids import StationId, UserId
from broadcaster.store.alert_tables import prepared_messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A filled template with its speech; without a recording it is still being made, or `failure` says why not."""

    id: str
    station: StationId
    template: str
    blanks: dict[str, str]
    event: str
    headline: str
    speech: str
    speech_sha256: str
    siren: tuple[Stroke, ...]
    times: int
    recording_sha256: str | None
    failure: str | None
    tries: int
    not_before: datetime
    created_by: UserId
    created_at: datetime


def add(tx: Connection, message: Prepared) -> None:
    """Keep a new message."""
    tx.execute(
        insert(prepared_messages).values(
            id=message.id, station_id=message.station, template=message.template, blanks=message.blanks,
            event=message.event, headline=message.headline, speech=message.speech,
            speech_sha256=message.speech_sha256, siren=[[s.on_ms, s.off_ms, s.times] for s in message.siren],
            times=message.times, recording_sha256=message.recording_sha256, failure=message.failure,
            tries=message.tries, not_before=message.not_before, retired=False, created_by=message.created_by,
            created_at=message.created_at,
        )
    )  # fmt: skip


def of_station(tx: Connection, station: StationId) -> tuple[Prepared, ...]:
    """Return the station's messages, oldest first."""
    wanted = (
        select(prepared_messages)
        .where(prepared_messages.c.station_id == station, prepared_messages.c.retired.is_(False))
        .order_by(prepared_messages.c.created_at, prepared_messages.c.id)
    )
    return tuple(_prepared(row) for row in tx.execute(wanted))


def with_speech(tx: Connection, station: StationId, speech_sha256: str) -> str | None:
    """Return the recording of exactly these words, or None when none was made beforehand."""
    found = (m for m in of_station(tx, station) if m.speech_sha256 == speech_sha256 and m.recording_sha256)
    return next((message.recording_sha256 for message in found), None)


def next_to_speak(tx: Connection, *, now: datetime) -> Prepared | None:
    """Return the message of any station that waits longest for its recording."""
    wanted = (
        select(prepared_messages)
        .where(
            prepared_messages.c.recording_sha256.is_(None),
            prepared_messages.c.retired.is_(False),
            prepared_messages.c.not_before <= now,
        )
        .order_by(prepared_messages.c.not_before)
        .limit(1)
    )
    row = tx.execute(wanted).first()
    return _prepared(row) if row else None


def change(tx: Connection, message: str, **values: object) -> None:
    """Change columns of one message (`recording_sha256`, `failure`, `tries`, `not_before`, `retired`)."""
    tx.execute(update(prepared_messages).where(prepared_messages.c.id == message).values(**values))


def every_recording(tx: Connection) -> frozenset[str]:
    """Return every recording that boxes of any station hold for the day it is needed."""
    wanted = select(prepared_messages.c.recording_sha256).where(
        prepared_messages.c.recording_sha256.is_not(None), prepared_messages.c.retired.is_(False)
    )
    return frozenset(row.recording_sha256 for row in tx.execute(wanted))


def recordings_of(tx: Connection, station: StationId) -> frozenset[str]:
    """Return the recordings of one station's messages."""
    return frozenset(m.recording_sha256 for m in of_station(tx, station) if m.recording_sha256)


def _prepared(row: Row[Any]) -> Prepared:
    return Prepared(
        id=row.id,
        station=StationId(row.station_id),
        template=row.template,
        blanks=dict(row.blanks),
        event=row.event,
        headline=row.headline,
        speech=row.speech,
        speech_sha256=row.speech_sha256,
        siren=tuple(Stroke(on_ms=on_ms, off_ms=off_ms, times=times) for on_ms, off_ms, times in row.siren),
        times=row.times,
        recording_sha256=row.recording_sha256,
        failure=row.failure,
        tries=row.tries,
        not_before=row.not_before,
        created_by=UserId(row.created_by),
        created_at=row.created_at,
    )
