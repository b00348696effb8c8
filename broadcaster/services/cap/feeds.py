"""The feeds of warnings that a station watches: an administrator adds, rests and removes them; `polling` asks them."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from broadcaster.domain.errors import N_, Conflict, Invalid, refusal
from broadcaster.domain.permissions import Person, may_administer, require
from broadcaster.domain.station import NoSuchThing
from broadcaster.domain.writing import visible
from broadcaster.services.cap.intake import NoSuchSource
from broadcaster.services.cap.silence import title_of
from broadcaster.services.office import Office, new_id
from broadcaster.store import audit, cap_feeds, cap_received, notices
from broadcaster.store.cap_feeds import Feed, Pause

EVERY_LEAST_S, EVERY_MOST_S = 15, 3600
DEAD_MOST_S = 7 * 86_400
FEEDS_MOST = 20
URL_MAX = 500
WHY_MAX = 300


@refusal
class BadFeedAddress(Invalid):
    message = N_("Địa chỉ nguồn phải là http:// hoặc https://, không kèm tài khoản, dài không quá 500 ký tự.")


@refusal
class BadFeedTimes(Invalid):
    message = N_(
        "Nhịp hỏi nguồn từ 15 giây đến 1 giờ; thời gian coi là mất nguồn phải dài ít nhất bằng hai lần nhịp hỏi "
        "và không quá 7 ngày."
    )


@refusal
class FeedKnown(Conflict):
    message = N_("Đài đã theo dõi địa chỉ này.")


@refusal
class TooManyFeeds(Conflict):
    limit: int
    message = N_("Đài đã theo dõi {limit} nguồn, không thêm được nữa. Xin bỏ bớt nguồn không dùng.")


@refusal
class PauseUnexplained(Invalid):
    message = N_("Xin ghi vì sao tạm dừng nguồn này: trong lúc dừng, đài không nhận được cảnh báo của nguồn.")


@refusal
class FeedRests(Conflict):
    message = N_("Nguồn này đang tạm dừng nên không hỏi được. Xin bấm “Theo dõi lại” trước.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFeed:
    """A feed as an administrator entered it. `beat_within_s`: how long it may say nothing new; None: for ever."""

    source: str
    url: str
    every_s: int = 60
    dead_after_s: int = 600
    beat_within_s: int | None = None
    allow_private: bool = False
    other_hosts: tuple[str, ...] = ()


def add(office: Office, *, actor: Person, new: NewFeed) -> Feed:
    """Watch a feed from now on. Raises NoSuchSource, BadFeedAddress, BadFeedTimes, FeedKnown or TooManyFeeds."""
    require(may_administer(actor))
    _check(new)
    now = office.now()
    feed = Feed(
        id=new_id("ng"), station=actor.station, source=new.source, url=new.url,
        allow_private=new.allow_private, other_hosts=tuple(host.lower() for host in new.other_hosts),
        every_s=new.every_s, dead_after_s=new.dead_after_s, beat_within_s=new.beat_within_s,
        added_by=actor.id, added_at=now, next_at=now,
    )  # fmt: skip
    with office.database.writing() as tx:
        if cap_received.profile_of(tx, actor.station).source(new.source) is None:
            raise NoSuchSource(source=new.source[:60])
        others = cap_feeds.of_station(tx, actor.station)
        if any(other.url == new.url for other in others):
            raise FeedKnown
        if len(others) >= FEEDS_MOST:
            raise TooManyFeeds(limit=FEEDS_MOST)
        cap_feeds.add(tx, feed)
        audit.record(
            tx, actor.station, user=actor.id, action="cap.feed.add", subject=feed.id, now=now, url=feed.shown,
            source=feed.source, allow_private=feed.allow_private, other_hosts=list(feed.other_hosts),
        )  # fmt: skip
    return feed


def remove(office: Office, *, actor: Person, feed: str) -> None:
    """Watch a feed no more. Raises NoSuchThing."""
    require(may_administer(actor))
    with office.database.writing() as tx:
        if not cap_feeds.remove(tx, actor.station, feed):
            raise NoSuchThing
        audit.record(tx, actor.station, user=actor.id, action="cap.feed.remove", subject=feed, now=office.now())


def ask_now(office: Office, *, actor: Person, feed: str) -> None:
    """Have a feed asked at once instead of at its next turn. Raises NoSuchThing or FeedRests."""
    require(may_administer(actor))
    with office.database.writing() as tx:
        kept = _find(tx, actor, feed)
        if kept.pause is not None:
            raise FeedRests
        cap_feeds.save(tx, replace(kept, next_at=office.now()))


def pause(office: Office, *, actor: Person, feed: str, why: str) -> Feed:
    """Let a feed rest, and tell people; one that rests already rests on. Raises PauseUnexplained or NoSuchThing.

    It is not dead meanwhile: nobody listens to it.
    """
    require(may_administer(actor))
    reason, now = " ".join(visible(why).split())[:WHY_MAX], office.now()
    if not reason:
        raise PauseUnexplained
    with office.database.writing() as tx:
        kept = _find(tx, actor, feed)
        if kept.pause is not None:
            return kept
        resting = replace(kept, pause=Pause(at=now, by=actor.id, why=reason, who=actor.name), dead_since=None)
        cap_feeds.save(tx, resting)
        sentence = f"{actor.name} đã tạm dừng theo dõi nguồn cảnh báo “{title_of(tx, kept)}”. Lý do: {reason}"
        _note(tx, actor, kept, "pause", sentence=sentence, now=now, reason=reason)
    return resting


def resume(office: Office, *, actor: Person, feed: str) -> Feed:
    """Watch a feed again, from this moment on; one that is watched is left as it is. Raises NoSuchThing."""
    require(may_administer(actor))
    now = office.now()
    with office.database.writing() as tx:
        kept = _find(tx, actor, feed)
        if kept.pause is None:
            return kept
        watched = replace(kept, pause=None, resumed_at=now, next_at=now, failures=0, last_error="")
        cap_feeds.save(tx, watched)
        sentence = f"{actor.name} đã cho theo dõi lại nguồn cảnh báo “{title_of(tx, kept)}”."
        _note(tx, actor, kept, "resume", sentence=sentence, now=now)
    return watched


def _find(tx: Connection, actor: Person, feed: str) -> Feed:
    kept = cap_feeds.get(tx, actor.station, feed)
    if kept is None:
        raise NoSuchThing
    return kept


def _note(
    tx: Connection, actor: Person, feed: Feed, what: str, *, sentence: str, now: datetime, **detail: str
) -> None:  # fmt: skip
    action = f"cap.feed.{what}"
    audit.record(tx, actor.station, user=actor.id, action=action, subject=feed.id, now=now, url=feed.shown, **detail)
    notices.add(tx, actor.station, kind=f"feed_{what}", subject=feed.id, sentence=sentence, now=now)


def _check(new: NewFeed) -> None:
    try:
        parts = urlsplit(new.url)
    except ValueError as exc:  # square brackets with no address in them
        raise BadFeedAddress from exc
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or len(new.url) > URL_MAX:
        raise BadFeedAddress
    if not all(letter.isprintable() and not letter.isspace() for letter in new.url):
        raise BadFeedAddress
    beats = new.beat_within_s is None or 60 <= new.beat_within_s <= DEAD_MOST_S
    alive = 2 * new.every_s <= new.dead_after_s <= DEAD_MOST_S
    if not (EVERY_LEAST_S <= new.every_s <= EVERY_MOST_S and alive and beats):
        raise BadFeedTimes
