"""Airings: the list by day, and the page of one, live while it is aired."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from broadcaster.domain.bulletin import Priority
from broadcaster.domain.delivery import Delivery
from broadcaster.domain.errors import Conflict, Refusal
from broadcaster.domain.ids import AiringId
from broadcaster.domain.permissions import may_air
from broadcaster.domain.records.logbook import SOURCE_NAMES, Source
from broadcaster.domain.station import NoSuchThing
from broadcaster.domain.timetable import Airing
from broadcaster.services import airings as use_cases
from broadcaster.services.records import explaining
from broadcaster.store import airings, stations
from broadcaster.web import outcomes, words
from broadcaster.web.desk import Desk, go
from broadcaster.web.live import live
from broadcaster.web.session import Post, Visit

DAYS_BACK = timedelta(days=7)
DAYS_AHEAD = timedelta(days=61)
PAGE = 60


def routes(desk: Desk) -> APIRouter:
    """Return the routes of airings."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]

    @router.get("/luot-phat")
    def several(visit: here) -> Response:
        with office.database.reading() as tx:
            shown = _coming(tx, visit) if visit.request.query_params.get("tu") else _around(tx, visit)
        return desk.show(visit, "airings.html", **shown)

    @router.get("/luot-phat/{airing_id}")
    def show(airing_id: str, visit: here) -> Response:
        return _page(desk, visit, AiringId(airing_id))

    @router.get("/luot-phat/{airing_id}/dien-bien")
    def follow(airing_id: str, visit: here) -> Response:
        def render() -> str:
            with office.database.reading() as tx:
                values = _now_values(desk, tx, visit, _find(tx, visit, AiringId(airing_id)))
            return desk.fragment(visit, "_airing_now.html", **values)

        render()
        return live(desk.while_signed_in(visit.request, render))

    @router.post("/luot-phat/{airing_id}/huy")
    def cancel(airing_id: str, post: Annotated[Post, Depends(desk.door.posted)]) -> Response:
        try:
            use_cases.cancel(office, actor=post.visit.person, airing=AiringId(airing_id))
        except Conflict as exc:
            return _page(desk, post.visit, AiringId(airing_id), refused=exc)
        return go(f"/luot-phat/{airing_id}", done="huy")

    return router


def lines(tx: Connection, visit: Visit, several: Sequence[Airing]) -> list[dict[str, object]]:
    """Return airings as lists show them."""
    known = use_cases.deliveries_of(tx, visit.station.id, several, now=visit.now)
    return [_line(visit, airing, known[airing.id]) for airing in several]


def _line(visit: Visit, airing: Airing, found: Sequence[Delivery]) -> dict[str, object]:
    said = outcomes.summary(airing, found, now=visit.now, translate=visit.translate)
    return {
        "key": airing.id,
        "href": f"/luot-phat/{airing.id}",
        "clock": words.clock(airing.start_at, visit.station.rules.zone),
        "start": words.moment(airing.start_at, visit.station.rules.zone, visit.translate),
        "title": airing.title,
        "source": airing.source.value,
        "source_name": visit.translate(SOURCE_NAMES[Source(airing.source.value)]),
        "urgent": airing.priority is Priority.PRIORITY,
        "summary": said.sentence,
        "look": said.look,
        "cancelled": airing.cancelled_at is not None,
    }


def _around(tx: Connection, visit: Visit) -> dict[str, Any]:
    """Return what sounds now and comes next, and what is over; of each as many as a page holds."""
    station, now = visit.station.id, visit.now
    begun = airings.begun(tx, station, start=now - DAYS_BACK, until=now, limit=PAGE + 1)
    coming = airings.between(tx, station, start=now, end=now + DAYS_AHEAD, cancelled=True, limit=PAGE + 1)
    known = use_cases.deliveries_of(tx, station, [*begun, *coming], now=now)
    now_on = [a for a in reversed(begun) if _is_open(a, known[a.id], now=now)]
    past = [a for a in begun if a not in now_on]
    more = coming[PAGE] if len(coming) > PAGE else None
    return {
        "coming": _by_day(visit, [*now_on, *coming[:PAGE]], known),
        "past": _by_day(visit, past[:PAGE], known),
        "later": more.start_at.isoformat() if more else None,
        "further": False,
    }


def _coming(tx: Connection, visit: Visit) -> dict[str, Any]:
    """Return what comes from the instant on that the address names, as many as a page holds."""
    start, station = _instant(visit.request.query_params["tu"], otherwise=visit.now), visit.station.id
    coming = airings.between(tx, station, start=start, end=visit.now + DAYS_AHEAD, cancelled=True, limit=PAGE + 1)
    known = use_cases.deliveries_of(tx, station, coming, now=visit.now)
    more = coming[PAGE] if len(coming) > PAGE else None
    return {
        "coming": _by_day(visit, coming[:PAGE], known),
        "past": [],
        "later": more.start_at.isoformat() if more else None,
        "further": True,
    }


def _instant(raw: str, *, otherwise: datetime) -> datetime:
    """Return the instant of an address; a mistyped one is none."""
    try:
        found = datetime.fromisoformat(raw.replace(" ", "+"))
    except ValueError:
        return otherwise
    return found if found.tzinfo is not None else otherwise


def _is_open(airing: Airing, found: Sequence[Delivery], *, now: datetime) -> bool:
    """Return whether there is still something to hear of an airing that has begun."""
    return airing.cancelled_at is None and outcomes.may_cancel(airing, found, now=now)


def _by_day(
    visit: Visit, found: Sequence[Airing], known: Mapping[AiringId, Sequence[Delivery]]
) -> list[dict[str, object]]:
    zone, translate = visit.station.rules.zone, visit.translate
    return [
        {"day": day, "airings": [_line(visit, airing, known[airing.id]) for airing in group]}
        for day, group in groupby(found, key=lambda a: words.day(a.start_at, zone, translate))
    ]


def _page(desk: Desk, visit: Visit, airing_id: AiringId, *, refused: Refusal | None = None) -> Response:
    with desk.site.office.database.reading() as tx:
        airing = _find(tx, visit, airing_id)
        values = _now_values(desk, tx, visit, airing)
        hamlets, clusters = stations.hamlets_of(tx, visit.station.id), stations.clusters_of(tx, visit.station.id)
    zone, translate = visit.station.rules.zone, visit.translate
    return desk.show(
        visit,
        "airing.html",
        status=desk.status_of(refused) if refused else 200,
        problem=refused.sentence(translate) if refused else None,
        start=words.moment(airing.start_at, zone, translate),
        length=words.length(airing.duration, translate),
        audience=words.audience(airing.audience, hamlets=hamlets, clusters=clusters, translate=translate),
        priority=translate(words.PRIORITY_NAMES[airing.priority]),
        recording=f"/ban-thu/{airing.recording_sha256}" if airing.recording_sha256 else None,
        short=airing.recording_sha256[:8] if airing.recording_sha256 else None,
        source=translate(SOURCE_NAMES[Source(airing.source.value)]),
        **values,
    )


def _now_values(desk: Desk, tx: Connection, visit: Visit, airing: Airing) -> dict[str, object]:
    """Return what changes while somebody looks."""
    now, translate = desk.site.office.now(), visit.translate
    found = use_cases.deliveries(tx, airing, now=now)
    stories = explaining.of_deliveries(tx, visit.station, airing, found)
    return {
        "airing": airing,
        "summary": outcomes.summary(airing, found, now=now, translate=translate),
        "cards": outcomes.cards(found, zone=visit.station.rules.zone, translate=translate, stories=stories),
        "may_cancel": may_air(visit.person) and outcomes.may_cancel(airing, found, now=now),
        "sounding": airing.start_at <= now < airing.end_at,
        "listening": bool(desk.site.loudspeakers()),
    }


def _find(tx: Connection, visit: Visit, airing: AiringId) -> Airing:
    found = airings.get(tx, visit.station.id, airing)
    if found is None:
        raise NoSuchThing
    return found
