"""Misses the feeds of warnings that fall silent.

A feed that is dead or says nothing new for too long is itself an alarm: nobody hears a warning that does not come.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from broadcaster.services.office import Office
from broadcaster.store import audit, cap_feeds, cap_received, notices
from broadcaster.store.cap_feeds import Feed


def watch(office: Office) -> None:
    """Tell people of feeds that have fallen silent, and of those that came back: once each."""
    now = office.now()
    with office.database.writing() as tx:
        for feed in cap_feeds.watched(tx):
            called = title_of(tx, feed)
            silence = silence_of(feed, now=now, called=called)
            if (silence is None) == (feed.dead_since is None):
                continue
            sentence = silence or f"Nguồn cảnh báo “{called}” đã hoạt động trở lại."
            kind = "feed_dead" if silence else "feed_alive"
            cap_feeds.save(tx, replace(feed, dead_since=now if silence else None))
            notices.add(tx, feed.station, kind=kind, subject=feed.id, sentence=sentence, now=now)
            audit.record(tx, feed.station, user=None, action=f"cap.{kind}", subject=feed.id, now=now, url=feed.shown)


def title_of(tx: Connection, feed: Feed) -> str:
    """Return what people call the source of a feed."""
    source = cap_received.profile_of(tx, feed.station).source(feed.source)
    return source.title if source is not None and source.title else feed.source


def silence_of(feed: Feed, *, now: datetime, called: str = "") -> str | None:
    """Return a sentence on a feed that does not answer, or says nothing new; None when it is well, or rests."""
    if feed.pause is not None:
        return None
    name = called or feed.source
    if now - _latest(feed.last_ok_at, feed.watched_since) > timedelta(seconds=feed.dead_after_s):
        why = feed.last_error or "Không có câu trả lời."
        return f"Mất nguồn cảnh báo “{name}” ({feed.shown}): {why}"
    if feed.beat_within_s is None:
        return None
    if now - _latest(feed.last_beat_at, feed.watched_since) > timedelta(seconds=feed.beat_within_s):
        minutes = feed.beat_within_s // 60
        return f"Nguồn cảnh báo “{name}” ({feed.shown}) vẫn trả lời nhưng quá {minutes} phút không có gì mới."
    return None


def tell_once_a_day(office: Office, feed: Feed, trouble: str) -> None:
    """Tell people of a feed that answers while its warnings do not come through: it looks alive and is not."""
    now = office.now()
    subject = f"{feed.id}/{now:%Y-%m-%d}"
    with office.database.writing() as tx:
        if not notices.has_kind(tx, feed.station, kind="feed_trouble", subject=subject):
            sentence = f"Nguồn cảnh báo “{title_of(tx, feed)}”: {trouble}"
            notices.add(tx, feed.station, kind="feed_trouble", subject=subject, sentence=sentence, now=now)


def _latest(*instants: datetime | None) -> datetime:
    return max(filter(None, instants))
