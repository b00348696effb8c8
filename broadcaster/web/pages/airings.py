"""Airings: the list by day, and the page of one, live while it is aired."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from broadcaster.domain.bulletin import Priority
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


def routes(desk: Desk) -> APIRouter:
    """Return the routes of airings."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]

    @router.get("/luot-phat")
    def several(visit: here) -> Response:
        with office.database.reading() as tx:
            start, end = visit.now - DAYS_BACK, visit.now + DAYS_AHEAD
            found = airings.between(tx, visit.station.id, start=start, end=end, cancelled=True)
            coming = [a for a in found if _is_to_come(tx, a, now=visit.now)]
            past = [a for a in reversed(found) if a not in coming]
            coming_days, past_days = _by_day(tx, visit, coming), _by_day(tx, visit, past)
        return desk.show(visit, "airings.html", coming=coming_days, past=past_days)

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


def line(tx: Connection, visit: Visit, airing: Airing) -> dict[str, object]:
    """Return one airing as lists show it."""
    found = use_cases.deliveries(tx, airing, now=visit.now)
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


def _is_to_come(tx: Connection, airing: Airing, *, now: datetime) -> bool:
    """Return whether there is still something to hear of an airing, or it was cancelled before its time."""
    if airing.cancelled_at is not None:
        return airing.start_at > now
    return outcomes.may_cancel(airing, use_cases.deliveries(tx, airing, now=now), now=now)


def _by_day(tx: Connection, visit: Visit, found: Sequence[Airing]) -> list[dict[str, object]]:
    zone, translate = visit.station.rules.zone, visit.translate
    return [
        {"day": day, "airings": [line(tx, visit, airing) for airing in group]}
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
