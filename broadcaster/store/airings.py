"""Airings: one item, one start, one audience each."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, or_, select, update

from broadcaster.domain.audience import as_json, from_json
from broadcaster.domain.bulletin import Priority
from broadcaster.domain.ids import (
    AiringId,
    BulletinId,
    DeviceId,
    LibraryItemId,
    RequestId,
    StationId,
    UserId,
)
from broadcaster.domain.programme import OccurrenceKey, ProgrammeId, SegmentId
from broadcaster.domain.timetable import Airing, Occupied
from broadcaster.domain.week.planned import Relayed
from broadcaster.store import targets
from broadcaster.store.tables import airing_targets, airings


def add(tx: Connection, airing: Airing, *, created_by: UserId | None) -> None:
    """Keep a new airing; the timetable's own have nobody who made them."""
    tx.execute(insert(airings).values(**_columns(airing), created_by=created_by))


def add_several(tx: Connection, new: Iterable[Airing], *, asked_by: Mapping[RequestId, UserId]) -> None:
    """Keep what the timetable planned. What already stands under its id, cancelled or not, stays as it is."""
    wanted = {airing.id: airing for airing in new}
    if not wanted:
        return
    known = set(tx.execute(select(airings.c.id).where(airings.c.id.in_(wanted))).scalars())
    rows = [
        {**_columns(airing), "created_by": asked_by.get(airing.request) if airing.request else None}
        for airing in wanted.values()
        if airing.id not in known
    ]
    if rows:
        tx.execute(insert(airings), rows)


def alter_several(tx: Connection, changed: Iterable[Airing]) -> None:
    """Keep what the timetable moved or changed; what was cancelled stays cancelled."""
    for airing in changed:
        columns = _columns(airing)
        kept = {name: columns[name] for name in columns.keys() - {"id", "station_id", "created_at", "cancelled_at"}}
        tx.execute(update(airings).where(airings.c.id == airing.id).values(**kept))


def remove_several(tx: Connection, gone: Collection[AiringId]) -> None:
    """Forget what the timetable took back before its time; what a person cancelled stays in the books."""
    if not gone:
        return
    free = set(
        tx.execute(select(airings.c.id).where(airings.c.id.in_(gone), airings.c.cancelled_at.is_(None))).scalars()
    )
    targets.forget(tx, free)
    tx.execute(delete(airings).where(airings.c.id.in_(free)))


def planned_since(
    tx: Connection, station: StationId, *, since: datetime, requests: Collection[RequestId] = ()
) -> tuple[Airing, ...]:
    """Return what the timetable planned to start since then, the cancelled ones too, and all of these requests."""
    rows = tx.execute(
        select(airings)
        .where(
            airings.c.station_id == station,
            or_(airings.c.programme_id.is_not(None), airings.c.request_id.is_not(None)),
            or_(airings.c.start_at >= since, airings.c.request_id.in_(requests)),
        )
        .order_by(airings.c.start_at, airings.c.id)
    )
    return tuple(_airing(row) for row in rows)


def of_request(tx: Connection, station: StationId, request: RequestId) -> tuple[Airing, ...]:
    """Return the airings that answer a request, the first one first."""
    rows = tx.execute(
        select(airings)
        .where(airings.c.station_id == station, airings.c.request_id == request)
        .order_by(airings.c.start_at)
    )
    return tuple(_airing(row) for row in rows)


def of_library_item(tx: Connection, station: StationId, item: LibraryItemId) -> tuple[Airing, ...]:
    """Return every airing of a fixed recording, newest first, the cancelled ones too."""
    rows = tx.execute(
        select(airings)
        .where(airings.c.station_id == station, airings.c.library_item_id == item)
        .order_by(airings.c.start_at.desc())
    )
    return tuple(_airing(row) for row in rows)


def get(tx: Connection, station: StationId, airing: AiringId) -> Airing | None:
    """Return one airing of this station, or None."""
    row = tx.execute(select(airings).where(airings.c.station_id == station, airings.c.id == airing)).first()
    return _airing(row) if row else None


def several(tx: Connection, station: StationId, wanted: Collection[AiringId]) -> dict[AiringId, Airing]:
    """Return those of these airings that the station has, the cancelled ones too."""
    rows = tx.execute(select(airings).where(airings.c.station_id == station, airings.c.id.in_(list(wanted))))
    return {AiringId(row.id): _airing(row) for row in rows}


def is_taken(tx: Connection, airing: AiringId) -> bool:
    """Return whether an airing of any station has this id."""
    return tx.execute(select(airings.c.id).where(airings.c.id == airing)).first() is not None


def cancel(tx: Connection, airing: AiringId, *, now: datetime) -> None:
    """Take an airing back; it stays in the books."""
    tx.execute(update(airings).where(airings.c.id == airing, airings.c.cancelled_at.is_(None)).values(cancelled_at=now))


def between(
    tx: Connection,
    station: StationId,
    *,
    start: datetime,
    end: datetime,
    bulletin: BulletinId | None = None,
    cancelled: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> tuple[Airing, ...]:
    """Return the airings that start in [start, end), in their order; the cancelled ones only if asked for."""
    wanted = (
        select(airings)
        .where(airings.c.station_id == station, airings.c.start_at >= start, airings.c.start_at < end)
        .order_by(airings.c.start_at, airings.c.id)
        .limit(limit)
        .offset(offset or None)
    )
    if bulletin is not None:
        wanted = wanted.where(airings.c.bulletin_id == bulletin)
    if not cancelled:
        wanted = wanted.where(airings.c.cancelled_at.is_(None))
    return tuple(_airing(row) for row in tx.execute(wanted))


def begun(
    tx: Connection, station: StationId, *, start: datetime, until: datetime, limit: int, cancelled: bool = True
) -> tuple[Airing, ...]:
    """Return the last airings that began in [start, until), the newest first, so many at most."""
    wanted = (
        select(airings)
        .where(airings.c.station_id == station, airings.c.start_at >= start, airings.c.start_at < until)
        .order_by(airings.c.start_at.desc(), airings.c.id.desc())
        .limit(limit)
    )
    if not cancelled:
        wanted = wanted.where(airings.c.cancelled_at.is_(None))
    return tuple(_airing(row) for row in tx.execute(wanted))


def of_bulletin(tx: Connection, station: StationId, bulletin: BulletinId) -> tuple[Airing, ...]:
    """Return every airing of a bulletin, newest first, the cancelled ones too."""
    rows = tx.execute(
        select(airings)
        .where(airings.c.station_id == station, airings.c.bulletin_id == bulletin)
        .order_by(airings.c.start_at.desc())
    )
    return tuple(_airing(row) for row in rows)


def occupied(
    tx: Connection, station: StationId, *, since: datetime, only: Callable[[Airing], bool] = lambda _: True
) -> tuple[Occupied, ...]:
    """Return when the station's clusters are taken by airings that start since then, all or those of a kind."""
    return _occupied(tx, [a for a in _standing(tx, station, airings.c.start_at >= since) if only(a)])


def occupied_by_hand(tx: Connection, station: StationId, *, since: datetime) -> tuple[Occupied, ...]:
    """Return when the station's clusters are taken by what people placed themselves, of all that starts since then."""
    by_hand = airings.c.programme_id.is_(None), airings.c.request_id.is_(None)
    return _occupied(tx, _standing(tx, station, airings.c.start_at >= since, *by_hand))


def for_device(tx: Connection, device: DeviceId, *, start: datetime, end: datetime) -> tuple[Airing, ...]:
    """Return what a box shall play of the airings that start in [start, end), in their order."""
    rows = tx.execute(
        select(airings)
        .join(airing_targets, airing_targets.c.airing_id == airings.c.id)
        .where(
            airing_targets.c.device_id == device,
            airings.c.start_at >= start,
            airings.c.start_at < end,
            airings.c.cancelled_at.is_(None),
        )
        .order_by(airings.c.start_at, airings.c.id)
    )
    return tuple(_airing(row) for row in rows)


def files_between(tx: Connection, station: StationId, *, start: datetime, end: datetime) -> frozenset[str]:
    """Return the files that boxes must hold for the airings that start in [start, end), the relays' fillers too."""
    standing = airings.c.station_id == station, airings.c.cancelled_at.is_(None)
    return _files(tx, *standing, airings.c.start_at >= start, airings.c.start_at < end)


def every_recording(tx: Connection, *, since: datetime) -> frozenset[str]:
    """Return the files of every airing of any station that starts since then, the relays' fillers too."""
    return _files(tx, airings.c.start_at >= since)


def _files(tx: Connection, *where: ColumnElement[bool]) -> frozenset[str]:
    rows = tx.execute(select(airings.c.recording_sha256, airings.c.relay).where(*where))
    files = (row.recording_sha256 or (row.relay or {}).get("filler_sha256") for row in rows)
    return frozenset(sha256 for sha256 in files if sha256)


def _standing(tx: Connection, station: StationId, *where: ColumnElement[bool]) -> tuple[Airing, ...]:
    wanted = select(airings).where(airings.c.station_id == station, airings.c.cancelled_at.is_(None), *where)
    return tuple(_airing(row) for row in tx.execute(wanted.order_by(airings.c.start_at)))


def _occupied(tx: Connection, found: Collection[Airing]) -> tuple[Occupied, ...]:
    on = targets.clusters_of(tx, [a.id for a in found])
    return tuple(
        Occupied(airing=a.id, title=a.title, start_at=a.start_at, end_at=a.end_at, clusters=on[a.id])
        for a in found
        if a.id in on
    )


def _columns(airing: Airing) -> dict[str, Any]:
    return {
        "id": airing.id,
        "station_id": airing.station,
        "source": airing.source.value,
        "bulletin_id": airing.bulletin,
        "library_item_id": airing.library_item,
        "title": airing.title,
        "audience": as_json(airing.audience),
        "priority": airing.priority,
        "recording_sha256": airing.recording_sha256,
        "relay": _relay_as_json(airing.relay) if airing.relay else None,
        "duration_ms": round(airing.duration.total_seconds() * 1000),
        "start_at": airing.start_at,
        "not_after": airing.not_after,
        "programme_id": airing.key.programme if airing.key else None,
        "due_at": airing.key.due_at if airing.key else None,
        "segment": airing.segment,
        "request_id": airing.request,
        "is_filler": airing.is_filler,
        "created_at": airing.created_at,
        "cancelled_at": airing.cancelled_at,
    }


def _relay_as_json(relay: Relayed) -> dict[str, Any]:
    return {
        "urls": list(relay.urls),
        "silence_ms": relay.silence // timedelta(milliseconds=1),
        "filler_sha256": relay.filler_sha256,
    }


def _airing(row: Row[Any]) -> Airing:
    key = OccurrenceKey(due_at=row.due_at, programme=ProgrammeId(row.programme_id)) if row.programme_id else None
    relay = row.relay and Relayed(
        urls=tuple(row.relay["urls"]),
        silence=timedelta(milliseconds=row.relay["silence_ms"]),
        filler_sha256=row.relay["filler_sha256"],
    )
    return Airing(
        id=AiringId(row.id),
        station=StationId(row.station_id),
        bulletin=BulletinId(row.bulletin_id) if row.bulletin_id else None,
        title=row.title,
        audience=from_json(row.audience),
        priority=Priority(row.priority),
        recording_sha256=row.recording_sha256,
        start_at=row.start_at,
        not_after=row.not_after,
        duration=timedelta(milliseconds=row.duration_ms),
        created_at=row.created_at,
        cancelled_at=row.cancelled_at,
        library_item=LibraryItemId(row.library_item_id) if row.library_item_id else None,
        relay=relay or None,
        key=key,
        segment=SegmentId(row.segment) if row.segment else None,
        request=RequestId(row.request_id) if row.request_id else None,
        is_filler=row.is_filler,
    )
