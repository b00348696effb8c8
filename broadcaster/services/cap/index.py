"""What a feed of warnings lists: Atom, RSS, or a CAP document standing for itself."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from broadcaster.domain.cap.parsing import SIGNATURE_NAMESPACE
from broadcaster.domain.cap.xml_tree import Element, parse, write
from broadcaster.domain.errors import N_, Invalid, refusal

ATOM = "http://www.w3.org/2005/Atom"
MAX_INDEX_BYTES = 4 * 1024 * 1024
MAX_INDEX_ELEMENTS = 100_000
MAX_ITEMS = 500
CAP_TYPE = "application/cap+xml"
_XML_TYPES = (CAP_TYPE, "application/xml", "text/xml", "application/common-alerting-protocol+xml")


@refusal
class NotAFeed(Invalid):
    root: str
    message = N_("Địa chỉ này không phải là nguồn cấp tin Atom, RSS hay bản tin CAP: phần tử gốc là <{root}>.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry: where its document is, or the document itself. `key` changes when the entry does."""

    key: str
    url: str = ""
    document: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """What a feed lists, newest first, and when it says that it last changed; `is_cut` when it lists more than that."""

    updated: datetime | None
    items: tuple[Item, ...]
    is_cut: bool = False


def read_index(raw: bytes, *, url: str) -> Index:
    """Return what the feed at `url` lists. Raises Invalid for XML that is not to be read, or is no feed."""
    root = parse(raw, max_bytes=MAX_INDEX_BYTES, max_elements=MAX_INDEX_ELEMENTS)
    if root.name == "alert" and not root.namespace.startswith(ATOM):
        return Index(updated=None, items=(Item(key=_key(raw.hex()), document=raw),))
    if root.name == "feed" and root.namespace == ATOM:
        return _index(_atom_time(root), _atom_items(root, url))
    if root.name == "rss" and (channel := root.one("channel")) is not None:
        return _index(_rss_time(channel), _rss_items(channel, url))
    raise NotAFeed(root=root.name[:40])


_Dated = tuple[Item, datetime | None]


def _index(updated: datetime | None, items: Iterator[_Dated]) -> Index:
    """Return the items, each once: by their times where all have one, else as they stand, which is newest first."""
    found: dict[str, _Dated] = {}
    for item, at in items:
        found.setdefault(item.key, (item, at))
    dated = [(item, at) for item, at in found.values() if at is not None]
    if len(dated) == len(found):
        dated.sort(key=lambda pair: pair[1], reverse=True)
        ordered = [item for item, _ in dated]
    else:
        ordered = [item for item, _ in found.values()]
    return Index(updated=updated, items=tuple(ordered[:MAX_ITEMS]), is_cut=len(ordered) > MAX_ITEMS)


def _atom_items(feed: Element, url: str) -> Iterator[_Dated]:
    for entry in feed.every("entry"):
        stamp = _words(entry, "updated") or _words(entry, "published")
        content = entry.one("content")
        if content is not None and (alert := _alert_in(content)) is not None:
            yield _embedded(alert), _iso(stamp)
        elif link := _atom_link(entry):
            yield _linked(url, link, stamp), _iso(stamp)


def _atom_link(entry: Element) -> str:
    """Return the address of an entry's CAP document: by its type, else the first that leads anywhere but to itself."""
    links = [link for link in entry.every("link") if link.attributes.get("href")]
    for kind in _XML_TYPES:
        for link in links:
            if link.attributes.get("type", "").split(";")[0].strip().lower() == kind:
                return link.attributes["href"]
    usual = (link.attributes["href"] for link in links if link.attributes.get("rel", "alternate") == "alternate")
    return next(usual, "") or _address(_words(entry, "id"))


def _rss_items(channel: Element, url: str) -> Iterator[_Dated]:
    for item in channel.every("item"):
        stamp = _words(item, "pubDate")
        if (alert := _alert_in(item)) is not None:
            yield _embedded(alert), _rfc822(stamp)
            continue
        files = [e.attributes.get("url", "") for e in item.every("enclosure") if e.attributes.get("type") in _XML_TYPES]
        link = next(filter(None, files), "") or _words(item, "link") or _address(_words(item, "guid"))
        if link:
            yield _linked(url, link, stamp), _rfc822(stamp)


def _alert_in(element: Element) -> Element | None:
    """Return the alert inside, of whatever version: what is no CAP 1.2 is refused by name, and not overlooked."""
    return next((c for c in element.children if c.name == "alert" and c.namespace not in ("", ATOM)), None)


def _linked(base: str, link: str, stamp: str) -> Item:
    """Return an entry that leads somewhere; an address that is none is kept as it is, and refused when it is asked."""
    try:
        url = urljoin(base, link)
    except ValueError:
        url = link
    return Item(key=_key(f"{url} {stamp}"), url=url)


def _embedded(alert: Element) -> Item:
    """Return an entry that holds its document. A signature would not survive being lifted out: it is left behind."""
    kept = tuple(child for child in alert.children if child.namespace != SIGNATURE_NAMESPACE)
    document = write(replace(alert, children=kept))
    return Item(key=_key(document.hex()), document=document)


def _key(what: str) -> str:
    return hashlib.sha256(what.encode(errors="replace")).hexdigest()


def _words(element: Element, name: str) -> str:
    found = element.one(name)
    return found.text if found is not None else ""


def _address(text: str) -> str:
    """Return the text if it is an address, else nothing."""
    return text if re.fullmatch(r"https?://\S+", text) else ""


def _atom_time(feed: Element) -> datetime | None:
    stamps = [_words(feed, "updated"), *(_words(entry, "updated") for entry in feed.every("entry"))]
    return max(filter(None, map(_iso, stamps)), default=None)


def _iso(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return _utc(found)


def _rss_time(channel: Element) -> datetime | None:
    stamps = [_words(channel, "lastBuildDate"), _words(channel, "pubDate")]
    stamps += [_words(item, "pubDate") for item in channel.every("item")]
    return max(filter(None, map(_rfc822, stamps)), default=None)


def _rfc822(text: str) -> datetime | None:
    try:
        return _utc(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _utc(found: datetime) -> datetime | None:
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError:
        return None
