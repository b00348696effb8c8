"""Airings, and which clusters each is meant for."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, or_, select, update

from broadcaster.domain.audience import as_json, from_json
from broadcaster.domain.bulletin import Priority
from broadcaster.domain.delivery import Target
from broadcaster.domain.ids import (
    AiringId,
    BulletinId,
    ClusterId,
    DeviceId,
    HamletId,
    LibraryItemId,
    RequestId,
    StationId,
    UserId,
)
from broadcaster.domain.programme import OccurrenceKey, ProgrammeId, SegmentId
from broadcaster.domain.timetable import Airing, Occupied
from broadcaster.domain.week.planned import Relayed
from broadcaster.store.tables import airing_targets, airings, clusters, documents, hamlets


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
    tx.execute(delete(airing_targets).where(airing_targets.c.airing_id.in_(free)))
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
) -> tuple[Airing, ...]:
    """Return the airings that start in [start, end), in their order; the cancelled ones only if asked for."""
    wanted = (
        select(airings)
        .where(airings.c.station_id == station, airings.c.start_at >= start, airings.c.start_at < end)
        .order_by(airings.c.start_at, airings.c.id)
    )
    if bulletin is not None:
        wanted = wanted.where(airings.c.bulletin_id == bulletin)
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
    rows = tx.execute(
        select(airings, airing_targets.c.cluster_id)
        .join(airing_targets, airing_targets.c.airing_id == airings.c.id)
        .where(airings.c.station_id == station, airings.c.start_at >= since, airings.c.cancelled_at.is_(None))
        .order_by(airings.c.start_at)
    )
    on: dict[str, set[ClusterId]] = {}
    found: dict[str, Airing] = {}
    for row in rows:
        found.setdefault(row.id, _airing(row))
        on.setdefault(row.id, set()).add(ClusterId(row.cluster_id))
    return tuple(
        Occupied(airing=a.id, title=a.title, start_at=a.start_at, end_at=a.end_at, clusters=frozenset(on[a.id]))
        for a in found.values()
        if only(a)
    )


def set_targets(tx: Connection, wanted: Mapping[AiringId, Iterable[tuple[ClusterId, DeviceId | None]]]) -> None:
    """Make exactly these clusters, with these boxes, each airing's targets; what was told to a kept box stays."""
    columns = airing_targets.c.airing_id, airing_targets.c.cluster_id, airing_targets.c.device_id
    before = {tuple(row) for row in tx.execute(select(*columns).where(airing_targets.c.airing_id.in_(wanted.keys())))}
    after = {(airing, cluster, device) for airing, pairs in wanted.items() for cluster, device in pairs}
    gone = [{"of_airing": airing, "on_cluster": cluster} for airing, cluster, _device in before - after]
    new = sorted(after - before, key=lambda target: target[:2])
    if gone:
        of_one = delete(airing_targets).where(
            airing_targets.c.airing_id == bindparam("of_airing"), airing_targets.c.cluster_id == bindparam("on_cluster")
        )
        tx.execute(of_one, gone)
    if new:
        tx.execute(insert(airing_targets), [{"airing_id": a, "cluster_id": c, "device_id": d} for a, c, d in new])


def note_told(tx: Connection, boxes: Collection[DeviceId], told: Collection[AiringId]) -> None:
    """Remember that these boxes were told of those of the airings that are meant for them: by their present plan,
    unless an earlier one told them."""
    of_box = select(documents.c.epoch, documents.c.seq).where(documents.c.device_id == airing_targets.c.device_id)
    tx.execute(
        update(airing_targets)
        .where(
            airing_targets.c.device_id.in_(boxes),
            airing_targets.c.airing_id.in_(told),
            airing_targets.c.told_seq.is_(None),
        )
        .values(
            told_epoch=of_box.with_only_columns(documents.c.epoch).scalar_subquery(),
            told_seq=of_box.with_only_columns(documents.c.seq).scalar_subquery(),
        )
    )


def targets_of(tx: Connection, airing: AiringId) -> tuple[Target, ...]:
    """Return the clusters that an airing is meant for, hamlet by hamlet."""
    rows = tx.execute(
        select(airing_targets, clusters.c.name, hamlets.c.id.label("hamlet_id"), hamlets.c.name.label("hamlet_name"))
        .join(clusters, clusters.c.id == airing_targets.c.cluster_id)
        .join(hamlets, hamlets.c.id == clusters.c.hamlet_id)
        .where(airing_targets.c.airing_id == airing)
        .order_by(hamlets.c.position, clusters.c.name)
    )
    return tuple(
        Target(
            cluster=ClusterId(row.cluster_id),
            cluster_name=row.name,
            hamlet=HamletId(row.hamlet_id),
            hamlet_name=row.hamlet_name,
            device=DeviceId(row.device_id) if row.device_id else None,
            told_in=(row.told_epoch, row.told_seq) if row.told_seq is not None else None,
        )
        for row in rows
    )


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


def by_device(
    tx: Connection, station: StationId, *, start: datetime, end: datetime
) -> dict[DeviceId, tuple[Airing, ...]]:
    """Return what each box shall play of the airings that start in [start, end), in their order."""
    found = between(tx, station, start=start, end=end)
    columns = airing_targets.c.airing_id, airing_targets.c.device_id
    meant: dict[str, list[DeviceId]] = {}
    wanted = airing_targets.c.airing_id.in_([a.id for a in found]), airing_targets.c.device_id.is_not(None)
    for row in tx.execute(select(*columns).where(*wanted)):
        meant.setdefault(row.airing_id, []).append(DeviceId(row.device_id))
    told: dict[DeviceId, list[Airing]] = {}
    for airing in found:
        for device in meant.get(airing.id, ()):
            told.setdefault(device, []).append(airing)
    return {device: tuple(airings) for device, airings in told.items()}


def every_recording(tx: Connection, *, since: datetime) -> frozenset[str]:
    """Return the files of every airing of any station that starts since then, the relays' fillers too."""
    rows = tx.execute(select(airings.c.recording_sha256, airings.c.relay).where(airings.c.start_at >= since))
    files = (row.recording_sha256 or (row.relay or {}).get("filler_sha256") for row in rows)
    return frozenset(sha256 for sha256 in files if sha256)


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
