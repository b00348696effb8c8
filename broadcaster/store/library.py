"""The fixed recordings of a station, and who approved which sound."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from broadcaster.domain.ids import LibraryItemId, StationId, UserId
from broadcaster.domain.library import Details, LibraryItem, LibraryKind, LibraryState
from broadcaster.store.library_tables import library_approvals, library_items
from broadcaster.store.tables import users


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryApproval:
    approver: str
    at: datetime
    recording_sha256: str


def add(tx: Connection, item: LibraryItem) -> None:
    """Keep a new item."""
    tx.execute(insert(library_items).values(**_columns(item)))


def save(tx: Connection, item: LibraryItem) -> None:
    """Keep a changed item."""
    tx.execute(update(library_items).where(library_items.c.id == item.id).values(**_columns(item)))


def get(tx: Connection, station: StationId, item: LibraryItemId) -> LibraryItem | None:
    """Return one item of this station, or None."""
    row = tx.execute(
        select(library_items).where(library_items.c.station_id == station, library_items.c.id == item)
    ).first()
    return _item(row) if row else None


def of_station(
    tx: Connection,
    station: StationId,
    *,
    states: Sequence[LibraryState] = tuple(LibraryState),
    kind: LibraryKind | None = None,
    limit: int = 500,
) -> tuple[LibraryItem, ...]:
    """Return the station's items in these states, of one kind or of all, last changed first."""
    wanted = (
        select(library_items)
        .where(library_items.c.station_id == station, library_items.c.state.in_([s.value for s in states]))
        .order_by(library_items.c.updated_at.desc(), library_items.c.id)
        .limit(limit)
    )
    if kind is not None:
        wanted = wanted.where(library_items.c.kind == kind.value)
    return tuple(_item(row) for row in tx.execute(wanted))


def several(tx: Connection, station: StationId, wanted: Collection[LibraryItemId]) -> dict[LibraryItemId, LibraryItem]:
    """Return those of these items that the station has, in whatever state."""
    here = library_items.c.station_id == station, library_items.c.id.in_(list(wanted))
    return {item.id: item for item in map(_item, tx.execute(select(library_items).where(*here)))}


def every_recording(tx: Connection) -> frozenset[str]:
    """Return the recording of every item of any station: the audio cache keeps them all."""
    return frozenset(row.recording_sha256 for row in tx.execute(select(library_items.c.recording_sha256).distinct()))


def add_approval(tx: Connection, item: LibraryItem, *, approver: UserId, now: datetime) -> None:
    """Keep who approved exactly which sound, described in which words."""
    tx.execute(
        insert(library_approvals).values(
            station_id=item.station,
            item_id=item.id,
            approver_id=approver,
            recording_sha256=item.recording_sha256,
            details_sha256=item.details_sha256,
            at=now,
        )
    )


def approvals_of(tx: Connection, item: LibraryItemId) -> tuple[LibraryApproval, ...]:
    """Return an item's approvals, newest first."""
    rows = tx.execute(
        select(library_approvals, users.c.full_name)
        .join(users, users.c.id == library_approvals.c.approver_id)
        .where(library_approvals.c.item_id == item)
        .order_by(library_approvals.c.id.desc())
    )
    return tuple(LibraryApproval(approver=r.full_name, at=r.at, recording_sha256=r.recording_sha256) for r in rows)


def _columns(item: LibraryItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "station_id": item.station,
        "title": item.details.title,
        "kind": item.details.kind.value,
        "language": item.details.language,
        "rights_holder": item.details.rights_holder,
        "rights_source": item.details.rights_source,
        "expires_on": item.details.expires_on,
        "state": item.state.value,
        "uploader_id": item.uploader,
        "recording_sha256": item.recording_sha256,
        "file_name": item.file_name,
        "note": item.note,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
    }


def _item(row: Row[Any]) -> LibraryItem:
    return LibraryItem(
        id=LibraryItemId(row.id),
        station=StationId(row.station_id),
        details=Details(
            title=row.title,
            kind=LibraryKind(row.kind),
            language=row.language,
            rights_holder=row.rights_holder,
            rights_source=row.rights_source,
            expires_on=row.expires_on,
        ),
        state=LibraryState(row.state),
        uploader=UserId(row.uploader_id),
        recording_sha256=row.recording_sha256,
        file_name=row.file_name,
        note=row.note,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
