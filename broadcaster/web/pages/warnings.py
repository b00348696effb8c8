"""Warnings from outside: what came and what was decided on it with the reason, and how the watched feeds are."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.alert import AlertState
from broadcaster.domain.permissions import may_administer, may_alert, require
from broadcaster.domain.station import NoSuchThing
from broadcaster.store import alerts, cap_received
from broadcaster.web.cap_view import PATH, message_values, now_values
from broadcaster.web.desk import Desk
from broadcaster.web.live import live
from broadcaster.web.session import Visit


def routes(desk: Desk) -> APIRouter:
    """Return the routes of what came from outside."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]

    @router.get(PATH)
    def show(visit: here) -> Response:
        require(may_alert(visit.person) or may_administer(visit.person))
        with office.database.reading() as tx:
            values = now_values(tx, visit, now=office.now())
        return desk.show(visit, "warnings.html", may_set=may_administer(visit.person), **values)

    @router.get(PATH + "/dien-bien")
    def follow(visit: here) -> Response:
        require(may_alert(visit.person) or may_administer(visit.person))

        def render() -> str:
            with office.database.reading() as tx:
                values = now_values(tx, visit, now=office.now())
            return desk.fragment(visit, "_warnings_now.html", may_set=may_administer(visit.person), **values)

        return live(desk.while_signed_in(visit.request, render))

    @router.get(PATH + "/tin/{message_id}")
    def message(message_id: str, visit: here) -> Response:
        require(may_alert(visit.person) or may_administer(visit.person))
        with office.database.reading() as tx:
            found = cap_received.get(tx, visit.station.id, message_id)
            if found is None:
                raise NoSuchThing
            profile = cap_received.profile_of(tx, visit.station.id)
            alert = alerts.get(tx, visit.station.id, found.alert) if found.alert else None
        waiting = {alert.id} if alert is not None and alert.state is AlertState.DRAFT else set()
        return desk.show(visit, "warning.html", message=message_values(found, visit, profile, waiting=waiting))

    @router.get(PATH + "/tin/{message_id}/tep")
    def raw(message_id: str, visit: here) -> Response:
        """The bytes as they came, as a file: a browser must not open a stranger's document as a page of ours."""
        require(may_alert(visit.person) or may_administer(visit.person))
        with office.database.reading() as tx:
            found = cap_received.raw_of(tx, visit.station.id, message_id)
        if found is None:
            raise NoSuchThing
        attached = {"Content-Disposition": f'attachment; filename="{message_id}.xml"'}
        return Response(found, media_type="application/octet-stream", headers=attached)

    return router
