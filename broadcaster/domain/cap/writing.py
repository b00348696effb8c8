"""Writes CAP 1.2 documents: the parts in the order that the OASIS schema asks for, and nothing that it forbids."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from broadcaster.domain.cap.message import NAMESPACE, Area, Info, Message, Named, Point, Resource
from broadcaster.domain.cap.xml_tree import Element, write


def as_xml(message: Message, *, zone: tzinfo) -> bytes:
    """Return the document; instants are written in `zone`, to the second."""
    return write(_element("alert", *_alert(message, zone)))


def _alert(message: Message, zone: tzinfo) -> Iterator[Element]:
    yield _text("identifier", message.identifier)
    yield _text("sender", message.sender)
    yield _text("sent", _instant(message.sent, zone))
    yield _text("status", message.status.value)
    yield _text("msgType", message.msg_type.value)
    yield from _maybe("source", message.source)
    yield _text("scope", message.scope.value)
    yield from _maybe("restriction", message.restriction)
    yield from _maybe("addresses", message.addresses)
    yield from (_text("code", code) for code in message.codes)
    yield from _maybe("note", message.note)
    references = (f"{r.sender},{r.identifier},{_instant(r.sent, zone)}" for r in message.references)
    yield from _maybe("references", " ".join(references))
    yield from _maybe("incidents", message.incidents)
    yield from (_element("info", *_info(info, zone)) for info in message.infos)


def _info(info: Info, zone: tzinfo) -> Iterator[Element]:
    yield _text("language", info.language)
    yield from (_text("category", category) for category in info.categories)
    yield _text("event", info.event)
    yield from (_text("responseType", kind) for kind in info.response_types)
    yield _text("urgency", info.urgency.value)
    yield _text("severity", info.severity.value)
    yield _text("certainty", info.certainty.value)
    yield from _maybe("audience", info.audience)
    yield from (_named("eventCode", code) for code in info.event_codes)
    for name, at in (("effective", info.effective), ("onset", info.onset), ("expires", info.expires)):
        if at is not None:
            yield _text(name, _instant(at, zone))
    yield from _maybe("senderName", info.sender_name)
    yield from _maybe("headline", info.headline)
    yield from _maybe("description", info.description)
    yield from _maybe("instruction", info.instruction)
    yield from _maybe("web", info.web)
    yield from _maybe("contact", info.contact)
    yield from (_named("parameter", parameter) for parameter in info.parameters)
    yield from (_element("resource", *_resource(resource)) for resource in info.resources)
    yield from (_element("area", *_area(area)) for area in info.areas)


def _resource(resource: Resource) -> Iterator[Element]:
    yield _text("resourceDesc", resource.description)
    yield _text("mimeType", resource.mime_type)
    if resource.size is not None:
        yield _text("size", str(resource.size))
    yield from _maybe("uri", resource.uri)
    yield from _maybe("digest", resource.digest)


def _area(area: Area) -> Iterator[Element]:
    yield _text("areaDesc", area.description)
    yield from (_text("polygon", " ".join(_point(p) for p in polygon)) for polygon in area.polygons)
    yield from (_text("circle", f"{_point(c.centre)} {_degrees(c.radius_km)}") for c in area.circles)
    yield from (_named("geocode", code) for code in area.geocodes)
    yield from _maybe("altitude", area.altitude)
    yield from _maybe("ceiling", area.ceiling)


def _named(name: str, pair: Named) -> Element:
    return _element(name, _text("valueName", pair.name), _text("value", pair.value))


def _maybe(name: str, text: str) -> Iterator[Element]:
    if text:
        yield _text(name, text)


def _text(name: str, text: str) -> Element:
    return Element(namespace=NAMESPACE, name=name, text=text)


def _element(name: str, *children: Element) -> Element:
    return Element(namespace=NAMESPACE, name=name, children=children)


def _point(point: Point) -> str:
    return f"{_degrees(point.latitude)},{_degrees(point.longitude)}"


def _degrees(value: float) -> str:
    """Return a number without an exponent, which CAP's readers need not know."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _instant(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds")
