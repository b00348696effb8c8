"""The week as iCalendar (RFC 5545) under a secret address, for the calendars of phones; and that address itself."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from icalendar import Calendar, Event, vText
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.domain.permissions import may_schedule
from broadcaster.domain.station import NoSuchThing, Station
from broadcaster.domain.week.planned import Verdict
from broadcaster.services.week import calendar_address
from broadcaster.services.week.view import SessionView, look
from broadcaster.store import programmes, stations
from broadcaster.web import words
from broadcaster.web.desk import Desk, go
from broadcaster.web.session import Post, Visit

_BACK, _AHEAD = timedelta(days=7), timedelta(days=28)
_ASK_AGAIN = timedelta(hours=1)
_SILENT = frozenset({Verdict.REFUSED, Verdict.EMPTY, Verdict.MISSED})


def routes(desk: Desk) -> APIRouter:
    """Return the route of the feed, and of the page that gives its address out."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get("/lich/{secret}.ics")
    def feed(secret: str, _request: Request) -> Response:
        """Nobody signs in here: whoever has the address may read the sessions' hours and titles, and nothing else."""
        now = office.now()
        with office.database.reading() as tx:
            name = programmes.by_calendar_secret(tx, secret) if secret else None
            station = stations.get(tx, name) if name else None
            if station is None:
                raise NoSuchThing
            view = look(tx, station, office.profiles, start=now - _BACK, end=now + _AHEAD, now=now)
        body = calendar_of(station, view.sessions, now=now)
        return Response(body, media_type="text/calendar; charset=utf-8")

    @router.get("/lich-tuan/dien-thoai")
    def show(visit: here) -> Response:
        may = may_schedule(visit.person)
        with office.database.reading() as tx:
            secret = programmes.limits_of(tx, visit.station.id).calendar_secret if may else None
        address = f"{desk.site.public_url.rstrip('/')}/lich/{secret}.ics" if secret else None
        return desk.show(visit, "week_calendar.html", address=address, may_schedule=may)

    @router.post("/lich-tuan/dien-thoai")
    def give(post: sent) -> Response:
        calendar_address.give(office, actor=post.visit.person)
        return go("/lich-tuan/dien-thoai", done="lich-moi")

    @router.post("/lich-tuan/dien-thoai/thu-hoi")
    def revoke(post: sent) -> Response:
        calendar_address.revoke(office, actor=post.visit.person)
        return go("/lich-tuan/dien-thoai", done="lich-thu-hoi")

    return router


def calendar_of(station: Station, sessions: tuple[SessionView, ...], *, now: datetime) -> bytes:
    """Return these sessions as a calendar; what does not sound is in it as cancelled, so that it leaves the phones."""
    calendar = Calendar()
    calendar.add("prodid", "-//commune-broadcaster//VN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", vText(words.station_title(station, str)))
    calendar.add("refresh-interval", _ASK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    named: set[str] = set()
    for each in sessions:
        event = Event()
        # By its day: a session that is given another hour stays the same entry on the phones.
        uid = f"{each.key.due_at.astimezone(station.rules.zone):%Y%m%d}-{each.programme}@{station.id}"
        uid = uid if uid not in named else f"{each.key.due_at:%H%M}-{uid}"
        named.add(uid)
        event.add("uid", uid)
        event.add("dtstamp", now)
        event.add("dtstart", each.key.due_at)
        event.add("dtend", each.ends_by)
        event.add("summary", each.title)
        event.add("status", "CANCELLED" if each.verdict in _SILENT else "CONFIRMED")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
