"""Reads CAP 1.2 documents, as strictly as a wrong alarm costs and as kindly as a missed one does.

What a rule hangs on (who, when, status, type, scope, urgency…) must be right; a crooked polygon loses no warning.
"""

import math
import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from broadcaster.domain.alert import Certainty, MsgType, Scope, Severity, Status, Urgency
from broadcaster.domain.cap.message import NAMESPACE, Area, Circle, Info, Message, Named, Point, Reference, Resource
from broadcaster.domain.cap.xml_tree import Element, parse
from broadcaster.domain.errors import N_, Invalid, refusal

MAX_POINTS = 20_000
MAX_BLOCKS = 100
MAX_NAME = 250
EARTH_KM = 40_075.0
SIGNATURE_NAMESPACE = "http://www.w3.org/2000/09/xmldsig#"
_OTHERS = {
    "http://www.incident.com/cap/1.0": "1.0",
    "urn:oasis:names:tc:emergency:cap:1.0": "1.0",
    "urn:oasis:names:tc:emergency:cap:1.1": "1.1",
    "": "",
}
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:?\d\d)", re.ASCII)
_MIDNIGHT = "24:00:00"
LAST_YEAR = 2996
"""Later instants, which some write for "without an end", count as of this year: all can be reckoned with."""
_FORBIDDEN_IN_NAMES = re.compile(r"[\s,<&]")
E_ = TypeVar("E_", bound=StrEnum)


@refusal
class CapOtherVersion(Invalid):
    version: str
    message = N_("Bản tin theo CAP phiên bản {version}; đài chỉ nhận CAP 1.2 ({namespace}).")
    namespace: str = NAMESPACE


@refusal
class CapWithoutNamespace(Invalid):
    namespace: str = NAMESPACE
    message = N_("Phần tử <alert> không mang không gian tên của CAP 1.2 ({namespace}).")


@refusal
class CapOtherNamespace(Invalid):
    found: str
    message = N_("Phần tử <alert> mang không gian tên “{found}”, không phải của CAP 1.2 ({namespace}).")
    namespace: str = NAMESPACE


@refusal
class NotCap(Invalid):
    root: str
    message = N_("Tệp XML này không phải là bản tin CAP: phần tử gốc là <{root}>, không phải <alert> của CAP 1.2.")


@refusal
class CapFieldMissing(Invalid):
    field: str
    message = N_("Bản tin CAP thiếu phần bắt buộc <{field}>.")


@refusal
class CapFieldTwice(Invalid):
    field: str
    message = N_("Bản tin CAP có hai phần <{field}> mà chỉ được một; không biết theo phần nào.")


@refusal
class CapFieldWrong(Invalid):
    field: str
    value: str
    message = N_("Bản tin CAP ghi “{value}” ở phần <{field}>, không phải là giá trị của CAP 1.2.")


@refusal
class CapTimeWrong(Invalid):
    field: str
    value: str
    message = N_(
        "Bản tin CAP ghi “{value}” ở phần <{field}>, không phải là ngày giờ có múi giờ như 2026-12-01T17:00:00+07:00."
    )


@refusal
class CapTooManyPoints(Invalid):
    limit: int
    message = N_("Bản tin CAP có quá nhiều khối nội dung hoặc quá {limit} điểm tọa độ, đài không đọc.")


def read(raw: bytes) -> Message:
    """Return the message in an XML document. Raises Invalid, each kind with its own sentence."""
    return from_element(parse(raw))


def from_element(root: Element) -> Message:
    """Return the message in an `alert` element. Raises Invalid."""
    _check_root(root)
    infos = tuple(root.every("info"))
    if len(infos) > MAX_BLOCKS:
        raise CapTooManyPoints(limit=MAX_POINTS)
    budget = _Budget()
    return Message(
        identifier=_name(root, "identifier"),
        sender=_name(root, "sender"),
        sent=_instant(root, "sent"),
        status=_choice(root, "status", Status),
        msg_type=_choice(root, "msgType", MsgType),
        scope=_choice(root, "scope", Scope),
        source=_text(root, "source"),
        restriction=_text(root, "restriction"),
        addresses=_text(root, "addresses"),
        codes=_texts(root, "code"),
        note=_text(root, "note"),
        references=_references(_text(root, "references")),
        incidents=_text(root, "incidents"),
        infos=tuple(_info(info, budget) for info in infos),
        carries_signature=root.one("Signature", namespace=SIGNATURE_NAMESPACE) is not None,
    )


class _Budget:
    """How many coordinates one message may still bring: each is compared with every hamlet."""

    def __init__(self) -> None:
        self._left = MAX_POINTS

    def spend(self, points: int) -> None:
        self._left -= points
        if self._left < 0:
            raise CapTooManyPoints(limit=MAX_POINTS)


def _check_root(root: Element) -> None:
    if root.name == "alert" and root.namespace == NAMESPACE:
        return
    if root.name == "alert" and (version := _OTHERS.get(root.namespace)):
        raise CapOtherVersion(version=version)
    if root.name == "alert" and not root.namespace:
        raise CapWithoutNamespace
    if root.name == "alert":
        raise CapOtherNamespace(found=root.namespace[:80])
    raise NotCap(root=root.name[:40])


def _info(element: Element, budget: _Budget) -> Info:
    return Info(
        language=(_text(element, "language") or "en-US").lower()[:40],
        categories=_texts(element, "category"),
        event=_needed(element, "event"),
        response_types=_texts(element, "responseType"),
        urgency=_choice(element, "urgency", Urgency),
        severity=_choice(element, "severity", Severity),
        certainty=_choice(element, "certainty", Certainty),
        audience=_text(element, "audience"),
        event_codes=_named(element, "eventCode"),
        effective=_maybe_instant(element, "effective"),
        onset=_maybe_instant(element, "onset"),
        expires=_maybe_instant(element, "expires"),
        sender_name=_text(element, "senderName"),
        headline=_text(element, "headline"),
        description=_text(element, "description"),
        instruction=_text(element, "instruction"),
        web=_text(element, "web"),
        contact=_text(element, "contact"),
        parameters=_named(element, "parameter"),
        resources=tuple(_resource(r) for r in element.every("resource")),
        areas=tuple(_area(a, budget) for a in element.every("area")),
    )


def _resource(element: Element) -> Resource:
    size = _text(element, "size")
    return Resource(
        description=_text(element, "resourceDesc"),
        mime_type=_text(element, "mimeType"),
        size=int(size) if re.fullmatch(r"[0-9]{1,12}", size) else None,
        uri=_text(element, "uri"),
        embedded=bool(_text(element, "derefUri")),
        digest=_text(element, "digest"),
    )


def _area(element: Element, budget: _Budget) -> Area:
    polygons = [_polygon(text, budget) for text in _texts(element, "polygon")]
    circles = [_circle(text, budget) for text in _texts(element, "circle")]
    return Area(
        description=_text(element, "areaDesc"),
        polygons=tuple(polygon for polygon in polygons if polygon is not None),
        circles=tuple(circle for circle in circles if circle is not None),
        geocodes=_named(element, "geocode"),
        altitude=_text(element, "altitude"),
        ceiling=_text(element, "ceiling"),
        unreadable=None in polygons or None in circles,
    )


def _polygon(text: str, budget: _Budget) -> tuple[Point, ...] | None:
    """Return the corners in order, the last one being the first again; None for what encloses nothing."""
    pairs = text.split()
    budget.spend(len(pairs))
    points = [_point(pair) for pair in pairs]
    whole = tuple(point for point in points if point is not None)
    if len(whole) != len(points) or len(set(whole)) < 3:
        return None
    return whole if whole[0] == whole[-1] else (*whole, whole[0])


def _circle(text: str, budget: _Budget) -> Circle | None:
    budget.spend(1)
    match text.split():
        case [pair, radius]:
            centre, radius_km = _point(pair), _number(radius)
            if centre is not None and radius_km is not None and 0 <= radius_km <= EARTH_KM:
                return Circle(centre=centre, radius_km=radius_km)
    return None


def _point(pair: str) -> Point | None:
    parts = [_number(part) for part in pair.split(",")]
    match parts:
        case [float() as latitude, float() as longitude] if abs(latitude) <= 90 and abs(longitude) <= 180:
            return Point(latitude=latitude, longitude=longitude)
    return None


def _number(text: str) -> float | None:
    try:
        value = float(text[:40])
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _references(text: str) -> tuple[Reference, ...]:
    """Return the messages referred to: `sender,identifier,sent`, separated by white space. Raises CapFieldWrong."""
    found = []
    for triple in text.split()[:MAX_BLOCKS]:
        parts = triple.split(",")
        if len(parts) != 3:
            raise CapFieldWrong(field="references", value=triple[:80])
        found.append(Reference(sender=parts[0], identifier=parts[1], sent=as_instant(parts[2], field="references")))
    return tuple(found)


def as_instant(text: str, *, field: str) -> datetime:
    """Return an instant in UTC. CAP wants seconds and an offset; `Z` and fractions are met in the wild and let pass.

    A day's end may be written as 24:00:00 (XML Schema 1.1 part 2, 3.3.7).
    """
    found = _TIME.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        day, clock, offset = found.groups()
        is_midnight = clock == _MIDNIGHT
        local = datetime.fromisoformat(f"{day}T{'00:00:00' if is_midnight else clock}{offset}")
        local = local.replace(year=min(local.year, LAST_YEAR)) + timedelta(days=is_midnight)
        return local.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise CapTimeWrong(field=field, value=text[:40]) from exc


def _instant(element: Element, name: str) -> datetime:
    return as_instant(_needed(element, name), field=name)


def _maybe_instant(element: Element, name: str) -> datetime | None:
    text = _text(element, name)
    return as_instant(text, field=name) if text else None


def _choice(element: Element, name: str, kind: type[E_]) -> E_:
    text = _needed(element, name)
    try:
        return kind(text)
    except ValueError as exc:
        raise CapFieldWrong(field=name, value=text[:40]) from exc


def _name(element: Element, name: str) -> str:
    """Return an identifier or a sender, which may hold no space, comma, < or & (CAP 1.2, 3.2.1)."""
    text = _needed(element, name)
    if len(text) > MAX_NAME or _FORBIDDEN_IN_NAMES.search(text):
        raise CapFieldWrong(field=name, value=text[:40])
    return text


def _needed(element: Element, name: str) -> str:
    text = _text(element, name)
    if not text:
        raise CapFieldMissing(field=name)
    return text


def _text(element: Element, name: str) -> str:
    found = tuple(element.every(name))
    if len(found) > 1:
        raise CapFieldTwice(field=name)
    return found[0].text if found else ""


def _texts(element: Element, name: str) -> tuple[str, ...]:
    return tuple(child.text for child in element.every(name) if child.text)


def _named(element: Element, name: str) -> tuple[Named, ...]:
    return tuple(Named(name=_text(child, "valueName"), value=_text(child, "value")) for child in element.every(name))
