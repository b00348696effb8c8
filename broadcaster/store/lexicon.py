"""A station's own entries of the lexicon: how its people say what the house does not know, or says otherwise."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from broadcaster.domain.ids import StationId, UserId
from broadcaster.reading.lexicon import Entry
from broadcaster.store.tables import lexicon, users


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEntry:
    """One entry, and who added it when."""

    written: str
    spoken: str
    added_by: str
    added_at: datetime


def entries_of(tx: Connection, station: StationId) -> tuple[Entry, ...]:
    """Return the station's entries as the reader takes them."""
    rows = tx.execute(select(lexicon).where(lexicon.c.station_id == station).order_by(lexicon.c.written))
    return tuple(Entry(written=row.written, spoken=row.spoken) for row in rows)


def listed(tx: Connection, station: StationId) -> tuple[OwnEntry, ...]:
    """Return the station's entries with who added them, by their written form."""
    rows = tx.execute(
        select(lexicon, users.c.full_name)
        .join(users, users.c.id == lexicon.c.added_by)
        .where(lexicon.c.station_id == station)
        .order_by(lexicon.c.written)
    )
    return tuple(OwnEntry(written=r.written, spoken=r.spoken, added_by=r.full_name, added_at=r.added_at) for r in rows)


def put(tx: Connection, station: StationId, *, written: str, spoken: str, added_by: UserId, now: datetime) -> None:
    """Keep how a written form is said; an older entry for it is replaced."""
    remove(tx, station, written)
    tx.execute(
        insert(lexicon).values(station_id=station, written=written, spoken=spoken, added_by=added_by, added_at=now)
    )


def remove(tx: Connection, station: StationId, written: str) -> bool:
    """Forget an entry; return whether there was one."""
    gone = tx.execute(delete(lexicon).where(lexicon.c.station_id == station, lexicon.c.written == written))
    return gone.rowcount > 0
