"""Bulletins, their approvals, and the renderings that make their recordings."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from broadcaster.domain.audience import as_json, from_json
from broadcaster.domain.bulletin import Bulletin, BulletinState, Priority
from broadcaster.domain.ids import BulletinId, StationId, UserId
from broadcaster.reading.reading import Choice
from broadcaster.store.tables import airings, approvals, bulletins, renderings, users


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    approver: str
    at: datetime
    text_sha256: str
    recording_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """A recording being made: `state` is queued, running, done or failed; `done` of `total` sentences are spoken."""

    bulletin: BulletinId
    request: str
    state: str
    done: int
    total: int
    message: str | None
    spoken: str | None
    """The words that the recording holds, once it is done."""


def add(tx: Connection, bulletin: Bulletin, *, choices: Sequence[Choice]) -> None:
    """Keep a new bulletin."""
    tx.execute(insert(bulletins).values(**_columns(bulletin), choices=_choices_as_json(choices)))


def save(tx: Connection, bulletin: Bulletin) -> None:
    """Keep a changed bulletin."""
    tx.execute(update(bulletins).where(bulletins.c.id == bulletin.id).values(**_columns(bulletin)))


def set_choices(tx: Connection, bulletin: BulletinId, choices: Sequence[Choice]) -> None:
    """Keep which readings the officer chose for this text."""
    tx.execute(update(bulletins).where(bulletins.c.id == bulletin).values(choices=_choices_as_json(choices)))


def get(tx: Connection, station: StationId, bulletin: BulletinId) -> Bulletin | None:
    """Return one bulletin of this station, or None."""
    wanted = select(bulletins).where(bulletins.c.station_id == station, bulletins.c.id == bulletin)
    row = tx.execute(wanted).first()
    return _bulletin(row) if row else None


def several(tx: Connection, station: StationId, wanted: Collection[BulletinId]) -> dict[BulletinId, Bulletin]:
    """Return those of these bulletins that the station has."""
    rows = tx.execute(select(bulletins).where(bulletins.c.station_id == station, bulletins.c.id.in_(list(wanted))))
    return {BulletinId(row.id): _bulletin(row) for row in rows}


def by_id(tx: Connection, bulletin: BulletinId) -> Bulletin:
    """Return a bulletin of any station that is known to be there; for the station's own work, not for a person."""
    return _bulletin(tx.execute(select(bulletins).where(bulletins.c.id == bulletin)).one())


def choices_of(tx: Connection, bulletin: BulletinId) -> tuple[Choice, ...]:
    """Return the readings that the officer chose."""
    kept = tx.execute(select(bulletins.c.choices).where(bulletins.c.id == bulletin)).scalar_one()
    return tuple(Choice(written=c["written"], occurrence=c["occurrence"], spoken=c["spoken"]) for c in kept)


def of_station(
    tx: Connection, station: StationId, *, states: Sequence[BulletinState] = tuple(BulletinState), limit: int = 100
) -> tuple[Bulletin, ...]:
    """Return the station's bulletins in these states, last changed first."""
    wanted = (
        select(bulletins)
        .where(bulletins.c.station_id == station, bulletins.c.state.in_([s.value for s in states]))
        .order_by(bulletins.c.updated_at.desc())
        .limit(limit)
    )
    return tuple(_bulletin(row) for row in tx.execute(wanted))


def approved_without_airing(tx: Connection, station: StationId, *, limit: int = 20) -> tuple[Bulletin, ...]:
    """Return the approved bulletins that nobody has chosen a time for, oldest approval first."""
    planned = select(airings.c.id).where(airings.c.bulletin_id == bulletins.c.id, airings.c.cancelled_at.is_(None))
    wanted = (
        select(bulletins)
        .where(bulletins.c.station_id == station, bulletins.c.state == BulletinState.APPROVED, ~planned.exists())
        .order_by(bulletins.c.updated_at)
        .limit(limit)
    )
    return tuple(_bulletin(row) for row in tx.execute(wanted))


def recordings_to_keep(tx: Connection, station: StationId, *, since: datetime, limit: int) -> tuple[str, ...]:
    """Return the recordings of bulletins approved since then: boxes hold them although no airing names them yet."""
    wanted = (
        select(bulletins.c.recording_sha256)
        .where(
            bulletins.c.station_id == station,
            bulletins.c.state == BulletinState.APPROVED,
            bulletins.c.updated_at >= since,
            bulletins.c.recording_sha256.is_not(None),
        )
        .order_by(bulletins.c.updated_at.desc())
        .limit(limit)
    )
    return tuple(dict.fromkeys(row.recording_sha256 for row in tx.execute(wanted)))


def every_recording(tx: Connection) -> frozenset[str]:
    """Return every recording that a bulletin of any station has now."""
    wanted = select(bulletins.c.recording_sha256).where(bulletins.c.recording_sha256.is_not(None))
    return frozenset(row.recording_sha256 for row in tx.execute(wanted))


def add_approval(tx: Connection, bulletin: Bulletin, *, approver: UserId, now: datetime) -> None:
    """Keep who approved exactly which text and which recording."""
    tx.execute(
        insert(approvals).values(
            station_id=bulletin.station,
            bulletin_id=bulletin.id,
            approver_id=approver,
            text_sha256=bulletin.text_sha256,
            recording_sha256=bulletin.recording_sha256,
            at=now,
        )
    )


def approvals_of(tx: Connection, bulletin: BulletinId) -> tuple[Approval, ...]:
    """Return a bulletin's approvals, newest first."""
    rows = tx.execute(
        select(approvals, users.c.full_name)
        .join(users, users.c.id == approvals.c.approver_id)
        .where(approvals.c.bulletin_id == bulletin)
        .order_by(approvals.c.id.desc())
    )
    return tuple(
        Approval(approver=r.full_name, at=r.at, text_sha256=r.text_sha256, recording_sha256=r.recording_sha256)
        for r in rows
    )


def queue_rendering(tx: Connection, bulletin: BulletinId, *, request: str, now: datetime) -> None:
    """Ask for a recording; an older request for the same bulletin is void."""
    tx.execute(delete(renderings).where(renderings.c.bulletin_id == bulletin))
    tx.execute(insert(renderings).values(bulletin_id=bulletin, request=request, state="queued", asked_at=now))


def next_rendering(tx: Connection) -> Rendering | None:
    """Return the rendering to work on: one that was left running before, then the oldest queued."""
    wanted = (
        select(renderings).where(renderings.c.state.in_(["queued", "running"])).order_by(renderings.c.asked_at).limit(1)
    )
    row = tx.execute(wanted).first()
    return _rendering(row) if row else None


def rendering_of(tx: Connection, bulletin: BulletinId) -> Rendering | None:
    """Return a bulletin's rendering, or None when none was asked for."""
    row = tx.execute(select(renderings).where(renderings.c.bulletin_id == bulletin)).first()
    return _rendering(row) if row else None


def note_rendering(tx: Connection, request: str, **values: object) -> bool:
    """Change a rendering (`state`, `done`, `total`, `message`); False when a newer request took its place."""
    changed = tx.execute(update(renderings).where(renderings.c.request == request).values(**values))
    return changed.rowcount > 0


def set_recording(tx: Connection, bulletin: BulletinId, recording_sha256: str | None) -> None:
    """Name the bulletin's recording."""
    tx.execute(update(bulletins).where(bulletins.c.id == bulletin).values(recording_sha256=recording_sha256))


def _columns(bulletin: Bulletin) -> dict[str, Any]:
    return {
        "id": bulletin.id,
        "station_id": bulletin.station,
        "title": bulletin.title,
        "text": bulletin.text,
        "text_sha256": bulletin.text_sha256,
        "audience": as_json(bulletin.audience),
        "voice": bulletin.voice,
        "read_twice": bulletin.read_twice,
        "repeat_key_fact": bulletin.repeat_key_fact,
        "priority": bulletin.priority,
        "state": bulletin.state,
        "author_id": bulletin.author,
        "recording_sha256": bulletin.recording_sha256,
        "note": bulletin.note,
        "created_at": bulletin.created_at,
        "updated_at": bulletin.updated_at,
    }


def _bulletin(row: Row[Any]) -> Bulletin:
    return Bulletin(
        id=BulletinId(row.id),
        station=StationId(row.station_id),
        title=row.title,
        text=row.text,
        audience=from_json(row.audience),
        voice=row.voice,
        read_twice=row.read_twice,
        repeat_key_fact=row.repeat_key_fact,
        priority=Priority(row.priority),
        state=BulletinState(row.state),
        author=UserId(row.author_id),
        text_sha256=row.text_sha256,
        recording_sha256=row.recording_sha256,
        note=row.note,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _choices_as_json(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    return [{"written": c.written, "occurrence": c.occurrence, "spoken": c.spoken} for c in choices]


def _rendering(row: Row[Any]) -> Rendering:
    return Rendering(
        bulletin=BulletinId(row.bulletin_id),
        request=row.request,
        state=row.state,
        done=row.done,
        total=row.total,
        message=row.message,
        spoken=row.spoken,
    )
