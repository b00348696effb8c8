"""Asks the feeds of warnings in turn and takes what is new; `silence` misses those that do not answer."""

import logging
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import takewhile
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from broadcaster.domain.cap.xml_tree import MAX_BYTES
from broadcaster.domain.errors import Invalid
from broadcaster.services.cap.index import MAX_INDEX_BYTES, MAX_ITEMS, Index, Item, read_index
from broadcaster.services.cap.intake import CheckSignature, Incoming, NoSuchSource, TooManyWarnings, receive
from broadcaster.services.cap.silence import tell_once_a_day
from broadcaster.services.office import Office
from broadcaster.store import cap_feeds
from broadcaster.store.cap_feeds import Feed, PutOff

log = logging.getLogger(__name__)

ITEMS_A_TURN = 50
TURN = timedelta(seconds=10)
"""So long a feed may keep the others waiting with what it lists; the rest comes when its turn comes again."""
LONGEST_PAUSE = timedelta(minutes=15)
LONGEST_RETRY_AFTER = timedelta(hours=1)
REMEMBERED = timedelta(days=7)
GONE = frozenset({404, 410})
TELL_AFTER_TRIES = 3
TOO_MANY = "Nguồn liệt kê quá {most} mục; đài chỉ đọc {most} mục mới nhất."
BROKEN = "Máy gặp lỗi khi đọc nguồn này và sẽ thử lại. Xin báo người giữ máy chủ."


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
    try:
        _ask(office, due[0], fetch=fetch, check=check)
    except SQLAlchemyError:
        raise
    except Exception:
        # A stranger's document that breaks our reading must not take the thread, and with it the whole server, along.
        log.exception("feed %s broke the reading", due[0].id)
        _note_failure(office, due[0], BROKEN)
    return True


def _ask(office: Office, feed: Feed, *, fetch: Fetch, check: CheckSignature) -> None:
    try:
        answer = fetch(_wanted(feed))
        if answer.status == 304:
            problem = "" if feed.failures else feed.last_error  # what was wrong with its list is so still
            _note_well(office, feed, etag=feed.etag, last_modified=feed.last_modified, problem=problem)
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
    index, now = read_index(answer.body, url=answer.url or feed.url), office.now()
    before = _seen(office, feed)
    due = [item for item in reversed(index.items) if _is_due(item, before, now=now)]
    due.sort(key=lambda item: item.key in before)  # what was never tried goes before what failed
    in_time = takewhile(lambda _: office.now() < now + TURN, due[:ITEMS_A_TURN])
    problems = [_take(office, feed, item, before.get(item.key), fetch, check) for item in in_time]
    after, listed = _seen(office, feed), [item.key for item in index.items]
    lacks = any(after.get(key) is not None for key in listed)
    untouched = any(key not in after for key in listed)
    problems += [feed.last_error if lacks else "", TOO_MANY.format(most=MAX_ITEMS) if index.is_cut else ""]
    # What is not all taken is listed anew: with a condition the answer would only be that nothing has changed.
    kept = Fetched(status=200) if lacks or untouched else answer
    beat = _beat(feed, index, has_new=any(key not in before for key in listed), now=now)
    _note_well(
        office, replace(feed, last_beat_at=beat), etag=kept.etag, last_modified=kept.last_modified,
        problem=next(filter(None, problems), ""), again_at_once=untouched, listed=listed,
    )  # fmt: skip


def _seen(office: Office, feed: Feed) -> dict[str, PutOff | None]:
    with office.database.reading() as tx:
        return cap_feeds.fetched(tx, feed.id)


def _is_due(item: Item, seen: Mapping[str, PutOff | None], *, now: datetime) -> bool:
    later = seen.get(item.key)
    return item.key not in seen if later is None else later.again_at <= now


def _take(
    office: Office, feed: Feed, item: Item, before: PutOff | None, fetch: Fetch, check: CheckSignature
) -> str:  # fmt: skip
    """Fetch, receive and tick off one item; return what went wrong, or nothing.

    It is put off first and ticked off last: whatever it does to us, the others' turn comes before its next one.
    """
    tries = before.tries + 1 if before else 1
    later = PutOff(again_at=office.now() + _pause_after(feed, tries), tries=tries)
    if not _tick(office, feed, item, put_off=later):
        return ""
    problem = ""
    try:
        raw = item.document or _document(feed, item, fetch)
        if raw:
            via = item.url or feed.shown
            receive(office, Incoming(station=feed.station, source=feed.source, raw=raw, via=via), check=check)
    except (FetchFailed, NoSuchSource, TooManyWarnings) as exc:
        if tries >= TELL_AFTER_TRIES:
            tell_once_a_day(office, feed, f"Có bản tin mà đài không lấy được. {exc}")
        return str(exc)
    except Invalid as exc:  # it is kept in the list, with why; fetching it again would change nothing
        problem = f"Có bản tin mà đài không đọc được. {exc}"
        log.warning("feed %s: a document that cannot be read: %s", feed.id, exc)
        tell_once_a_day(office, feed, problem)
    _tick(office, feed, item, put_off=None)
    return problem


def _tick(office: Office, feed: Feed, item: Item, *, put_off: PutOff | None) -> bool:
    """Note how far an item is; False when the feed was removed meanwhile, or rests."""
    with office.database.writing() as tx:
        kept = cap_feeds.get(tx, feed.station, feed.id)
        if kept is None or kept.pause is not None:
            return False
        cap_feeds.note_fetched(tx, feed.id, item.key, now=office.now(), put_off=put_off)
    return True


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
    pause = _pause_after(feed, feed.failures + 1)
    asked = min(_asked_pause(retry_after, now=now), LONGEST_RETRY_AFTER)
    log.warning("feed %s does not answer as it should: %s", feed.id, problem)
    with office.database.writing() as tx:
        kept = cap_feeds.get(tx, feed.station, feed.id)
        if kept is not None:
            later = now + max(pause, asked, timedelta(seconds=feed.every_s))
            cap_feeds.save(tx, replace(kept, last_error=problem[:500], failures=kept.failures + 1, next_at=later))


def _pause_after(feed: Feed, tries: int) -> timedelta:
    """Return the pause after so many tries that failed in a row."""
    return min(timedelta(seconds=feed.every_s * 2 ** min(tries - 1, 6)), LONGEST_PAUSE)


def _asked_pause(retry_after: str, *, now: datetime) -> timedelta:
    """Return the pause of a Retry-After header (RFC 9110, 10.2.3): seconds, or an instant."""
    if re.fullmatch(r"[0-9]{1,6}", retry_after):
        return timedelta(seconds=int(retry_after))
    try:
        return max(timedelta(0), parsedate_to_datetime(retry_after).astimezone(UTC) - now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return timedelta(0)
