"""Reads CAP 1.2 documents, as strictly as a wrong alarm costs and as kindly as a missed one does.

What a rule hangs on (who, when, status, type, scope, urgency…) must be right; a crooked polygon loses no warning.
"""

import math
import re

from broadcaster.domain.alert import Certainty, MsgType, Scope, Severity, Status, Urgency
from broadcaster.domain.cap import fields
from broadcaster.domain.cap.message import NAMESPACE, Area, Circle, Info, Message, Point, Reference, Resource
from broadcaster.domain.cap.xml_tree import Element, parse
from broadcaster.domain.errors import N_, Invalid, refusal

MAX_POINTS = 20_000
MAX_BLOCKS = 100
EARTH_KM = 40_075.0
SIGNATURE_NAMESPACE = "http://www.w3.org/2000/09/xmldsig#"
_OTHERS = {
    "http://www.incident.com/cap/1.0": "1.0",
    "urn:oasis:names:tc:emergency:cap:1.0": "1.0",
    "urn:oasis:names:tc:emergency:cap:1.1": "1.1",
    "": "",
}


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
        identifier=fields.plain_name(root, "identifier"),
        sender=fields.plain_name(root, "sender"),
        sent=fields.instant(root, "sent"),
        status=fields.choice(root, "status", Status),
        msg_type=fields.choice(root, "msgType", MsgType),
        scope=fields.choice(root, "scope", Scope),
        source=fields.text(root, "source"),
        restriction=fields.text(root, "restriction"),
        addresses=fields.text(root, "addresses"),
        codes=fields.texts(root, "code"),
        note=fields.text(root, "note"),
        references=_references(fields.text(root, "references")),
        incidents=fields.text(root, "incidents"),
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
        language=(fields.text(element, "language") or "en-US").lower()[:40],
        categories=fields.texts(element, "category"),
        event=fields.needed(element, "event"),
        response_types=fields.texts(element, "responseType"),
        urgency=fields.choice(element, "urgency", Urgency),
        severity=fields.choice(element, "severity", Severity),
        certainty=fields.choice(element, "certainty", Certainty),
        audience=fields.text(element, "audience"),
        event_codes=fields.named(element, "eventCode"),
        effective=fields.maybe_instant(element, "effective"),
        onset=fields.maybe_instant(element, "onset"),
        expires=fields.maybe_instant(element, "expires"),
        sender_name=fields.text(element, "senderName"),
        headline=fields.text(element, "headline"),
        description=fields.text(element, "description"),
        instruction=fields.text(element, "instruction"),
        web=fields.text(element, "web"),
        contact=fields.text(element, "contact"),
        parameters=fields.named(element, "parameter"),
        resources=tuple(_resource(r) for r in element.every("resource")),
        areas=tuple(_area(a, budget) for a in element.every("area")),
    )


def _resource(element: Element) -> Resource:
    size = fields.text(element, "size")
    return Resource(
        description=fields.text(element, "resourceDesc"),
        mime_type=fields.text(element, "mimeType"),
        size=int(size) if re.fullmatch(r"[0-9]{1,12}", size) else None,
        uri=fields.text(element, "uri"),
        embedded=bool(fields.text(element, "derefUri")),
        digest=fields.text(element, "digest"),
    )


def _area(element: Element, budget: _Budget) -> Area:
    polygons = [_polygon(text, budget) for text in fields.texts(element, "polygon")]
    circles = [_circle(text, budget) for text in fields.texts(element, "circle")]
    return Area(
        description=fields.text(element, "areaDesc"),
        polygons=tuple(polygon for polygon in polygons if polygon is not None),
        circles=tuple(circle for circle in circles if circle is not None),
        geocodes=fields.named(element, "geocode"),
        altitude=fields.text(element, "altitude"),
        ceiling=fields.text(element, "ceiling"),
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
            raise fields.CapFieldWrong(field="references", value=triple[:80])
        found.append(
            Reference(sender=parts[0], identifier=parts[1], sent=fields.as_instant(parts[2], field="references"))
        )
    return tuple(found)
