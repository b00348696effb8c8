"""What bulletins ask for under `/api/v1`: the next session, these sessions, a minute, or now; and clashes."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from broadcaster.domain.audience import as_json, from_json
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.ids import BulletinId, RequestId
from broadcaster.domain.permissions import Person
from broadcaster.domain.programme import ProgrammeId
from broadcaster.domain.station import NoSuchThing, Station
from broadcaster.domain.week.requests import AtMinute, AtOnce, NextSession, TheseSessions, Wish
from broadcaster.services.bulletins import find as find_bulletin
from broadcaster.services.week import asking
from broadcaster.store import requests, stations
from broadcaster.store.requests import Asked
from broadcaster.web.api.timetable_bodies import OrderBody, RequestBody, RequestShape, WishBody
from broadcaster.web.site import Site


@refusal
class WishUnclear(Invalid):
    message = N_("Xin ghi giờ hẹn (at) khi chọn phát đúng một phút.")


def routes(site: Site, asking_person: Callable[..., Person]) -> APIRouter:
    """Return the routes of requests and clashes."""
    router = APIRouter(tags=["timetable"])
    who = Annotated[Person, Depends(asking_person)]
    office = site.office

    def today(actor: Person) -> date:
        return office.now().astimezone(_station(site, actor).rules.zone).date()

    @router.post("/bulletins/{bulletin_id}/requests", status_code=201)
    def ask(bulletin_id: str, body: RequestBody, actor: who) -> RequestShape:
        """Ask for a place: the next session, these sessions, a minute, or now."""
        asked = asking.ask(
            office,
            actor=actor,
            bulletin=BulletinId(bulletin_id),
            wish=_wish(body, today=today(actor)),
            audience=from_json(body.audience) if body.audience is not None else None,
            section=body.section,
            expires_at=body.expires_at,
        )
        return _request(asked)

    @router.get("/bulletins/{bulletin_id}/requests")
    def of_bulletin(bulletin_id: str, actor: who) -> list[RequestShape]:
        """What was asked for a bulletin, and what became of it."""
        with office.database.reading() as tx:
            bulletin = find_bulletin(tx, actor.station, BulletinId(bulletin_id))
            return [_request(asked) for asked in requests.of_bulletin(tx, actor.station, bulletin.id)]

    @router.get("/requests")
    def open_ones(actor: who) -> list[RequestShape]:
        """What was asked for and is not over yet."""
        with office.database.reading() as tx:
            return [_request(asked) for asked in requests.open_ones(tx, actor.station)]

    @router.get("/requests/{request_id}")
    def one(request_id: str, actor: who) -> RequestShape:
        """One request, with its airings or the reason why it has none."""
        with office.database.reading() as tx:
            found = requests.get(tx, actor.station, RequestId(request_id))
        if found is None:
            raise NoSuchThing
        return _request(found)

    @router.delete("/requests/{request_id}")
    def withdraw(request_id: str, actor: who) -> RequestShape:
        """Take a request back; its airings that have not begun go with it."""
        return _request(asking.withdraw(office, actor=actor, request=RequestId(request_id)))

    @router.put("/requests/{request_id}/wish")
    def ask_otherwise(request_id: str, body: WishBody, actor: who) -> RequestShape:
        """Give an open request another wish: another time for one of those that collide, say."""
        wish = _wish(body, today=today(actor))
        return _request(asking.ask_otherwise(office, actor=actor, request=RequestId(request_id), wish=wish))

    @router.get("/clashes")
    def clashes(actor: who) -> list[list[RequestShape]]:
        """Urgent bulletins that want one place: groups that a person puts in order."""
        with office.database.reading() as tx:
            return [[_request(asked) for asked in group] for group in asking.clashes(tx, _station(site, actor))]

    @router.post("/clashes/order")
    def order(body: OrderBody, actor: who) -> list[RequestShape]:
        """Put a clash in order, the first one first."""
        found = asking.order(office, actor=actor, first_to_last=[RequestId(name) for name in body.requests])
        return [_request(asked) for asked in found]

    return router


def _wish(body: WishBody, *, today: date) -> Wish:
    match body.wish:
        case "next_session":
            return NextSession()
        case "these_sessions":
            programme = ProgrammeId(body.programme) if body.programme else None
            return TheseSessions(first_day=body.first_day or today, days=body.days, programme=programme)
        case "at_minute":
            if body.at is None:
                raise WishUnclear
            return AtMinute(at=body.at)
    return AtOnce(asked_at=datetime.min.replace(tzinfo=UTC))  # the use case says when


def _station(site: Site, actor: Person) -> Station:
    with site.office.database.reading() as tx:
        found = stations.get(tx, actor.station)
    assert found is not None  # noqa: S101 - the person who asks belongs to it
    return found


def _request(asked: Asked) -> RequestShape:
    return RequestShape(
        id=asked.id,
        bulletin_id=asked.bulletin,
        wish=requests.wish_as_json(asked.wish),
        section=asked.section.value,
        audience=as_json(asked.audience),
        rank=asked.rank,
        fate=asked.fate.value if asked.fate else None,
        reason_code=asked.reason[0] if asked.reason else None,
        reason=asked.reason[1] if asked.reason else None,
        airings=list(asked.airings),
        rivals=list(asked.rivals),
        unserved=sorted(asked.unserved),
        asked_at=asked.asked_at,
        expires_at=asked.expires_at,
        closed_at=asked.closed_at,
    )
