"""Feeds of warnings that the station watches, and what it already fetched from each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from broadcaster.domain.ids import StationId, UserId
from broadcaster.store.cap_tables import cap_feeds, cap_fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed and how it is. `beat_within_s` None: only whether it answers is watched, not whether it says anything new.

    `dead_since` stands while it is given up for dead: people have been told.
    """

    id: str
    station: StationId
    source: str
    url: str
    enabled: bool
    allow_private: bool
    other_hosts: tuple[str, ...]
    every_s: int
    dead_after_s: int
    beat_within_s: int | None
    added_by: UserId
    added_at: datetime
    next_at: datetime
    etag: str = ""
    last_modified: str = ""
    last_ok_at: datetime | None = None
    last_beat_at: datetime | None = None
    last_error: str = ""
    failures: int = 0
    dead_since: datetime | None = None


def add(tx: Connection, feed: Feed) -> None:
    """Keep a new feed."""
    tx.execute(insert(cap_feeds).values(**_columns(feed)))


def save(tx: Connection, feed: Feed) -> None:
    """Keep a changed feed."""
    tx.execute(update(cap_feeds).where(cap_feeds.c.id == feed.id).values(**_columns(feed)))


def remove(tx: Connection, station: StationId, feed: str) -> bool:
    """Forget a feed; return whether there was one."""
    if get(tx, station, feed) is None:
        return False
    tx.execute(delete(cap_fetched).where(cap_fetched.c.feed_id == feed))
    return tx.execute(delete(cap_feeds).where(cap_feeds.c.id == feed)).rowcount > 0


def get(tx: Connection, station: StationId, feed: str) -> Feed | None:
    """Return one feed of this station, or None."""
    row = tx.execute(select(cap_feeds).where(cap_feeds.c.station_id == station, cap_feeds.c.id == feed)).first()
    return _feed(row) if row else None


def of_station(tx: Connection, station: StationId) -> tuple[Feed, ...]:
    """Return the station's feeds in the order in which they were added."""
    wanted = select(cap_feeds).where(cap_feeds.c.station_id == station).order_by(cap_feeds.c.added_at, cap_feeds.c.id)
    return tuple(_feed(row) for row in tx.execute(wanted))


def watched(tx: Connection) -> tuple[Feed, ...]:
    """Return every feed of every station that is switched on, the one to be asked next first."""
    wanted = select(cap_feeds).where(cap_feeds.c.enabled).order_by(cap_feeds.c.next_at, cap_feeds.c.id)
    return tuple(_feed(row) for row in tx.execute(wanted))


def fetched(tx: Connection, feed: str) -> frozenset[str]:
    """Return the items that were fetched from this feed."""
    return frozenset(tx.execute(select(cap_fetched.c.item).where(cap_fetched.c.feed_id == feed)).scalars())


def note_fetched(tx: Connection, feed: str, item: str, *, now: datetime) -> None:
    """Remember that an item was fetched."""
    tx.execute(delete(cap_fetched).where(cap_fetched.c.feed_id == feed, cap_fetched.c.item == item))
    tx.execute(insert(cap_fetched).values(feed_id=feed, item=item, fetched_at=now))


def forget_fetched(tx: Connection, feed: str, *, but: Collection[str], before: datetime) -> None:
    """Forget the items that the feed does not list any more, once they are old."""
    gone = delete(cap_fetched).where(cap_fetched.c.feed_id == feed, cap_fetched.c.fetched_at < before)
    tx.execute(gone.where(cap_fetched.c.item.not_in(list(but))))


def _columns(feed: Feed) -> dict[str, Any]:
    return {
        "id": feed.id,
        "station_id": feed.station,
        "source": feed.source,
        "url": feed.url,
        "enabled": feed.enabled,
        "allow_private": feed.allow_private,
        "other_hosts": list(feed.other_hosts),
        "every_s": feed.every_s,
        "dead_after_s": feed.dead_after_s,
        "beat_within_s": feed.beat_within_s,
        "added_by": feed.added_by,
        "added_at": feed.added_at,
        "next_at": feed.next_at,
        "etag": feed.etag,
        "last_modified": feed.last_modified,
        "last_ok_at": feed.last_ok_at,
        "last_beat_at": feed.last_beat_at,
        "last_error": feed.last_error,
        "failures": feed.failures,
        "dead_since": feed.dead_since,
    }


def _feed(row: Row[Any]) -> Feed:
    return Feed(
        id=row.id,
        station=StationId(row.station_id),
        source=row.source,
        url=row.url,
        enabled=row.enabled,
        allow_private=row.allow_private,
        other_hosts=tuple(row.other_hosts),
        every_s=row.every_s,
        dead_after_s=row.dead_after_s,
        beat_within_s=row.beat_within_s,
        added_by=UserId(row.added_by),
        added_at=row.added_at,
        next_at=row.next_at,
        etag=row.etag,
        last_modified=row.last_modified,
        last_ok_at=row.last_ok_at,
        last_beat_at=row.last_beat_at,
        last_error=row.last_error,
        failures=row.failures,
        dead_since=row.dead_since,
    )
