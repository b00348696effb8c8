"""Our alerts for other systems: an Atom feed and one CAP 1.2 document each, open to everybody like the loudspeakers."""

import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.domain.alert import Alert, AlertState
from broadcaster.domain.cap import export as cap_export
from broadcaster.domain.cap.message import Message
from broadcaster.domain.cap.writing import as_xml
from broadcaster.domain.cap.xml_tree import Element, write
from broadcaster.domain.ids import AlertId, StationId
from broadcaster.domain.station import NoSuchThing, Station
from broadcaster.store import alerts, stations
from broadcaster.web.desk import Desk

ATOM = "http://www.w3.org/2005/Atom"
CAP_TYPE = "application/cap+xml"
BEAT = timedelta(minutes=5)
"""The feed's own time moves at least so often: whoever watches it knows that it lives."""
_NEWEST_OVER = 50


def routes(desk: Desk) -> APIRouter:
    """Return the routes of what we tell others. No sign-in: it is what was said aloud in the village."""
    router = APIRouter()
    office = desk.site.office

    @router.get("/cap/feed.xml")
    def everything(request: Request) -> Response:
        with office.database.reading() as tx:
            return _feed(request, desk, tx, stations.every(tx), address="/cap/feed.xml")

    @router.get("/cap/{station}/feed.xml")
    def of_station(request: Request, station: str) -> Response:
        with office.database.reading() as tx:
            return _feed(request, desk, tx, [_station(tx, station)], address=f"/cap/{station}/feed.xml")

    @router.get("/cap/{station}/{name}.xml")
    def document(request: Request, station: str, name: str) -> Response:
        with office.database.reading() as tx:
            here = _station(tx, station)
            alert = alerts.get(tx, here.id, AlertId(name.removesuffix(cap_export.CANCEL_SUFFIX)))
            if alert is None or not cap_export.is_public(alert):
                raise NoSuchThing
            is_cancel = name.endswith(cap_export.CANCEL_SUFFIX)
            if is_cancel and not cap_export.is_cancelled(alert):
                raise NoSuchThing
            message = _message(desk, tx, here, alert, cancelled=is_cancel)
        return _answer(request, as_xml(message, zone=here.rules.zone), kind=CAP_TYPE)

    return router


def _station(tx: Connection, name: str) -> Station:
    found = stations.get(tx, StationId(name))
    if found is None:
        raise NoSuchThing
    return found


def _message(desk: Desk, tx: Connection, station: Station, alert: Alert, *, cancelled: bool) -> Message:
    by = cap_export.Publisher(
        sender=f"{station.id}@{urlsplit(desk.site.public_url).hostname or 'loa'}",
        name=f"{station.name}, {station.province}",
        web=f"{desk.site.public_url}/cap/{station.id}/feed.xml",
    )
    earlier = [a for a in alerts.of_thread(tx, station.id, alert.thread) if a.version < alert.version]
    build = cap_export.cancellation_of if cancelled else cap_export.message_of
    return build(alert, by=by, earlier=earlier, area=_area(tx, station, alert))


def _area(tx: Connection, station: Station, alert: Alert) -> str:
    """Return in words whom an alert is for."""
    audience = alert.content.audience
    whole = f"{station.name}, {station.province}"
    if audience.everybody:
        return whole
    hamlets = {h.id: h.name for h in stations.hamlets_of(tx, station.id)}
    clusters = {c.id: f"{c.name} ({hamlets.get(c.hamlet, '')})" for c in stations.clusters_of(tx, station.id)}
    names = [hamlets[h] for h in audience.hamlets if h in hamlets]
    names += [clusters[c] for c in audience.clusters if c in clusters]
    return f"{', '.join(names)} – {whole}"


def _feed(
    request: Request, desk: Desk, tx: Connection, of: "list[Station] | tuple[Station, ...]", *, address: str
) -> Response:
    now = desk.site.office.now()
    base = desk.site.public_url
    entries = [
        _entry(desk, tx, station, alert) for station in of for alert in _listed(tx, station, now=now)
    ]  # fmt: skip
    title = of[0].name if len(of) == 1 else "Đài truyền thanh cấp xã"
    beat = datetime.fromtimestamp(now.timestamp() // BEAT.total_seconds() * BEAT.total_seconds(), UTC)
    feed = _atom(
        "feed",
        _atom("id", text=f"{base}{address}"),
        _atom("title", text=f"Tin khẩn cấp – {title}"),
        _atom("updated", text=_time(beat)),
        _atom("author", _atom("name", text=title)),
        _atom("link", rel="self", type="application/atom+xml", href=f"{base}{address}"),
        *entries,
    )
    return _answer(request, write(feed), kind="application/atom+xml")


def _listed(tx: Connection, station: Station, *, now: datetime) -> list[Alert]:
    found = alerts.live(tx, station.id)[::-1]
    over = alerts.of_station(tx, station.id, states=(AlertState.CANCELLED,), limit=_NEWEST_OVER)
    return [alert for alert in (*found, *over) if cap_export.is_listed(alert, now=now)]


def _entry(desk: Desk, tx: Connection, station: Station, alert: Alert) -> Element:
    message = _message(desk, tx, station, alert, cancelled=alert.state is AlertState.CANCELLED)
    address = f"{desk.site.public_url}/cap/{station.id}/{message.identifier}.xml"
    info = message.infos[0]
    return _atom(
        "entry",
        _atom("id", text=address),
        _atom("title", text=info.headline),
        _atom("updated", text=_time(message.sent)),
        _atom("published", text=_time(message.sent)),
        _atom("author", _atom("name", text=info.sender_name)),
        _atom("category", term=message.status.value),
        _atom("category", term=message.msg_type.value),
        _atom("summary", text=info.areas[0].description),
        _atom("link", rel="alternate", type=CAP_TYPE, href=address),
    )


def _atom(name: str, *children: Element, text: str = "", **attributes: str) -> Element:
    return Element(namespace=ATOM, name=name, attributes=attributes, text=text, children=children)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _answer(request: Request, body: bytes, *, kind: str) -> Response:
    """Return the document, or 304 where the asker has it already."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if etag in known or known == ["*"]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=f"{kind}; charset=utf-8", headers=headers)
