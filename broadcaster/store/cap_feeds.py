"""Feeds of warnings that the station watches, and what it already fetched from each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from broadcaster.domain.ids import StationId, UserId
from broadcaster.store.cap_tables import cap_feeds, cap_fetched
from broadcaster.store.tables import users

_WITH_WHO = select(cap_feeds, users.c.full_name).outerjoin(users, users.c.id == cap_feeds.c.paused_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why a feed rests. `who` is the name of the person, empty for one that is being written."""

    at: datetime
    by: UserId
    why: str
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed and how it is. `beat_within_s` None: only whether it answers is watched, not whether it says anything new.

    `dead_since` stands while it is given up for dead: people have been told. While it rests (`pause`) nobody asks it.
    """

    id: str
    station: StationId
    source: str
    url: str
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
    pause: Pause | None = None
    resumed_at: datetime | None = None

    @property
    def shown(self) -> str:
        """The address for people: what stands behind the question mark may be a key."""
        plain, mark, _ = self.url.partition("?")
        return f"{plain}{mark}…" if mark else plain

    @property
    def watched_since(self) -> datetime:
        """When it was last begun to be watched: for a rest nobody blames it."""
        return self.resumed_at or self.added_at


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOff:
    """An item that could not be had, or not be read to the end: when to try again, after how many tries."""

    again_at: datetime
    tries: int


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
    row = tx.execute(_WITH_WHO.where(cap_feeds.c.station_id == station, cap_feeds.c.id == feed)).first()
    return _feed(row) if row else None


def of_station(tx: Connection, station: StationId) -> tuple[Feed, ...]:
    """Return the station's feeds in the order in which they were added."""
    wanted = _WITH_WHO.where(cap_feeds.c.station_id == station).order_by(cap_feeds.c.added_at, cap_feeds.c.id)
    return tuple(_feed(row) for row in tx.execute(wanted))


def watched(tx: Connection) -> tuple[Feed, ...]:
    """Return every feed of every station that does not rest, the one to be asked next first."""
    wanted = _WITH_WHO.where(cap_feeds.c.paused_at.is_(None)).order_by(cap_feeds.c.next_at, cap_feeds.c.id)
    return tuple(_feed(row) for row in tx.execute(wanted))


def fetched(tx: Connection, feed: str) -> dict[str, PutOff | None]:
    """Return the items of this feed that were seen: None for those that are done with."""
    rows = tx.execute(select(cap_fetched).where(cap_fetched.c.feed_id == feed))
    return {row.item: PutOff(again_at=row.again_at, tries=row.tries) if row.again_at else None for row in rows}


def note_fetched(tx: Connection, feed: str, item: str, *, now: datetime, put_off: PutOff | None = None) -> None:
    """Remember that an item is done with, or until when it is put off."""
    tx.execute(delete(cap_fetched).where(cap_fetched.c.feed_id == feed, cap_fetched.c.item == item))
    later = {"again_at": put_off.again_at, "tries": put_off.tries} if put_off else {}
    tx.execute(insert(cap_fetched).values(feed_id=feed, item=item, fetched_at=now, **later))


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
        "paused_at": feed.pause.at if feed.pause else None,
        "paused_by": feed.pause.by if feed.pause else None,
        "paused_why": feed.pause.why if feed.pause else None,
        "resumed_at": feed.resumed_at,
    }


def _feed(row: Row[Any]) -> Feed:
    return Feed(
        id=row.id,
        station=StationId(row.station_id),
        source=row.source,
        url=row.url,
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
        pause=Pause(at=row.paused_at, by=UserId(row.paused_by), why=row.paused_why, who=row.full_name or "")
        if row.paused_at
        else None,
        resumed_at=row.resumed_at,
    )
