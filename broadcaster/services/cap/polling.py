"""Asks the feeds of warnings in turn, takes what is new, and misses those that fall silent.

A feed that is dead or says nothing new for too long is itself an alarm: nobody hears a warning that does not come.
"""

import logging
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from broadcaster.domain.cap.xml_tree import MAX_BYTES
from broadcaster.domain.errors import Invalid
from broadcaster.services.cap.index import MAX_INDEX_BYTES, Index, Item, read_index
from broadcaster.services.cap.intake import CheckSignature, Incoming, NoSuchSource, TooManyWarnings, receive
from broadcaster.services.office import Office
from broadcaster.store import audit, cap_feeds, notices
from broadcaster.store.cap_feeds import Feed

log = logging.getLogger(__name__)

ITEMS_A_TURN = 5
LONGEST_PAUSE = timedelta(minutes=15)
LONGEST_RETRY_AFTER = timedelta(hours=1)
REMEMBERED = timedelta(days=7)
GONE = frozenset({404, 410})


class FetchFailed(Exception):  # noqa: N818 - reads as what happened
    """A document could not be fetched. The message is Vietnamese; `code` is the reason's stable name."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A document to be fetched, on what conditions. `hosts` are those that a redirect may lead to besides its own."""

    url: str
    max_bytes: int
    allow_private: bool
    hosts: tuple[str, ...]
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer: 200 with a body, 304 with none, or another status. `url` is where it came from in the end."""

    status: int
    body: bytes = b""
    etag: str = ""
    last_modified: str = ""
    retry_after: str = ""
    url: str = ""


Fetch = Callable[[Wanted], Fetched]


def turn(office: Office, *, fetch: Fetch, check: CheckSignature) -> bool:
    """Ask the one feed whose time has come longest ago; return whether there was one."""
    with office.database.reading() as tx:
        due = [feed for feed in cap_feeds.watched(tx) if feed.next_at <= office.now()]
    if not due:
        return False
    _ask(office, due[0], fetch=fetch, check=check)
    return True


def watch(office: Office) -> None:
    """Tell people of feeds that have fallen silent, and of those that came back: once each."""
    now = office.now()
    with office.database.writing() as tx:
        for feed in cap_feeds.watched(tx):
            silence = silence_of(feed, now=now)
            if (silence is None) == (feed.dead_since is None):
                continue
            sentence = silence or f"Nguồn cảnh báo “{feed.source}” đã hoạt động trở lại."
            kind = "feed_dead" if silence else "feed_alive"
            cap_feeds.save(tx, replace(feed, dead_since=now if silence else None))
            notices.add(tx, feed.station, kind=kind, subject=feed.id, sentence=sentence, now=now)
            audit.record(tx, feed.station, user=None, action=f"cap.{kind}", subject=feed.id, now=now, url=feed.url)


def silence_of(feed: Feed, *, now: datetime) -> str | None:
    """Return a sentence on a feed that does not answer, or answers and says nothing new; None when it is well."""
    if now - (feed.last_ok_at or feed.added_at) > timedelta(seconds=feed.dead_after_s):
        why = feed.last_error or "Không có câu trả lời."
        return f"Mất nguồn cảnh báo “{feed.source}” ({feed.url}): {why}"
    if feed.beat_within_s is None:
        return None
    if now - (feed.last_beat_at or feed.added_at) > timedelta(seconds=feed.beat_within_s):
        minutes = feed.beat_within_s // 60
        return f"Nguồn cảnh báo “{feed.source}” ({feed.url}) vẫn trả lời nhưng quá {minutes} phút không có gì mới."
    return None


def _ask(office: Office, feed: Feed, *, fetch: Fetch, check: CheckSignature) -> None:
    try:
        answer = fetch(_wanted(feed))
        if answer.status == 304:
            _note_well(office, feed, etag=feed.etag, last_modified=feed.last_modified)
        elif answer.status == 200:
            _read(office, feed, answer, fetch=fetch, check=check)
        else:
            _note_failure(office, feed, f"Máy chủ nguồn trả lời mã {answer.status}.", retry_after=answer.retry_after)
    except FetchFailed as exc:
        _note_failure(office, feed, str(exc))
    except Invalid as exc:
        _note_failure(office, feed, exc.sentence())


def _read(office: Office, feed: Feed, answer: Fetched, *, fetch: Fetch, check: CheckSignature) -> None:
    """Take what the feed lists and was not taken before, the oldest first, a few at a turn."""
    index = read_index(answer.body, url=answer.url or feed.url)
    with office.database.reading() as tx:
        seen = cap_feeds.fetched(tx, feed.id)
    fresh = [item for item in reversed(index.items) if item.key not in seen]
    problems = [problem for item in fresh[:ITEMS_A_TURN] if (problem := _take(office, feed, item, fetch, check))]
    # What is not all taken is listed anew: with a condition the answer would only be that nothing has changed.
    kept = answer if len(fresh) <= ITEMS_A_TURN and not problems else Fetched(status=200)
    _note_well(
        office, replace(feed, last_beat_at=_beat(feed, index, has_new=bool(fresh), now=office.now())),
        etag=kept.etag, last_modified=kept.last_modified, problem=problems[0] if problems else "",
        again_at_once=len(fresh) > ITEMS_A_TURN and not problems, listed=[item.key for item in index.items],
    )  # fmt: skip


def _take(office: Office, feed: Feed, item: Item, fetch: Fetch, check: CheckSignature) -> str:
    """Fetch, receive and tick off one item; return what went wrong and is worth another try, or nothing."""
    try:
        raw = item.document or _document(feed, item, fetch)
        if raw:
            via = item.url or feed.url
            receive(office, Incoming(station=feed.station, source=feed.source, raw=raw, via=via), check=check)
    except (FetchFailed, NoSuchSource, TooManyWarnings) as exc:
        return str(exc)
    except Invalid as exc:
        log.warning("feed %s: a document that cannot be read: %s", feed.id, exc)  # it is kept in the list, with why
    with office.database.writing() as tx:
        if cap_feeds.get(tx, feed.station, feed.id) is not None:  # it may have been removed meanwhile
            cap_feeds.note_fetched(tx, feed.id, item.key, now=office.now())
    return ""


def _document(feed: Feed, item: Item, fetch: Fetch) -> bytes:
    """Return an item's document; nothing when it is gone for good. Raises FetchFailed."""
    if not leads_home(item.url, feed):
        raise FetchFailed("elsewhere", f"Nguồn dẫn tới máy chủ khác mà đài chưa cho phép: {item.url[:120]}")
    answer = fetch(_wanted(feed, url=item.url))
    if answer.status in GONE:
        return b""
    if answer.status != 200:
        raise FetchFailed("status", f"Máy chủ nguồn trả lời mã {answer.status} cho {item.url[:120]}")
    return answer.body


def leads_home(url: str, feed: Feed) -> bool:
    """Return whether an address is on the feed's own origin, or on a host that was allowed beside it."""
    try:
        home, there = urlsplit(feed.url), urlsplit(url)
    except ValueError:  # square brackets with no address in them
        return False
    if there.scheme not in ("http", "https") or (home.scheme == "https" and there.scheme != "https"):
        return False
    same = (home.scheme, home.netloc.lower()) == (there.scheme, there.netloc.lower())
    return same or (there.hostname or "").lower() in feed.other_hosts


def _wanted(feed: Feed, *, url: str = "") -> Wanted:
    """Return what to ask for: the feed itself on condition that it changed, or one of its documents."""
    return Wanted(
        url=url or feed.url,
        max_bytes=MAX_BYTES if url else MAX_INDEX_BYTES,
        allow_private=feed.allow_private,
        hosts=feed.other_hosts,
        etag="" if url else feed.etag,
        last_modified="" if url else feed.last_modified,
    )


def _beat(feed: Feed, index: Index, *, has_new: bool, now: datetime) -> datetime | None:
    """Return when the feed last had something new to say, by its own clock where it shows one."""
    said = min(index.updated, now) if index.updated else now if has_new else None
    return max(filter(None, (feed.last_beat_at, said)), default=None)


def _note_well(
    office: Office,
    feed: Feed,
    *,
    etag: str,
    last_modified: str,
    problem: str = "",
    again_at_once: bool = False,
    listed: Collection[str] = (),
) -> None:
    now = office.now()
    pause = timedelta(seconds=0 if again_at_once else feed.every_s)
    with office.database.writing() as tx:
        kept = cap_feeds.get(tx, feed.station, feed.id)
        if kept is None:
            return  # it was removed meanwhile
        cap_feeds.save(
            tx,
            replace(
                kept, etag=etag, last_modified=last_modified, last_ok_at=now, last_beat_at=feed.last_beat_at,
                last_error=problem[:500], failures=0, next_at=now + pause,
            ),
        )  # fmt: skip
        if listed:
            cap_feeds.forget_fetched(tx, feed.id, but=listed, before=now - REMEMBERED)


def _note_failure(office: Office, feed: Feed, problem: str, *, retry_after: str = "") -> None:
    """Remember what was wrong, and ask again after a pause that grows, or that the other side asked for."""
    now = office.now()
    pause = min(timedelta(seconds=feed.every_s * 2 ** min(feed.failures, 6)), LONGEST_PAUSE)
    asked = min(_asked_pause(retry_after, now=now), LONGEST_RETRY_AFTER)
    log.warning("feed %s does not answer as it should: %s", feed.id, problem)
    with office.database.writing() as tx:
        kept = cap_feeds.get(tx, feed.station, feed.id)
        if kept is not None:
            later = now + max(pause, asked, timedelta(seconds=feed.every_s))
            cap_feeds.save(tx, replace(kept, last_error=problem[:500], failures=kept.failures + 1, next_at=later))


def _asked_pause(retry_after: str, *, now: datetime) -> timedelta:
    """Return the pause of a Retry-After header (RFC 9110, 10.2.3): seconds, or an instant."""
    if re.fullmatch(r"[0-9]{1,6}", retry_after):
        return timedelta(seconds=int(retry_after))
    try:
        return max(timedelta(0), parsedate_to_datetime(retry_after).astimezone(UTC) - now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return timedelta(0)
