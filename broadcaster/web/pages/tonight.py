"""Tối nay: will what is planned sound? Live, cluster by cluster, each problem with what to do."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.web.desk import Desk
from broadcaster.web.live import live
from broadcaster.web.session import Visit
from broadcaster.web.tonight_view import rehearsals_of, values


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the rehearsal."""
    router = APIRouter()
    rehearsals = rehearsals_of(desk.site)
    here = Annotated[Visit, Depends(desk.door.visit)]

    @router.get("/toi-nay")
    def show(visit: here) -> Response:
        return desk.show(visit, "tonight.html", **values(visit, rehearsals.of(visit.station), desk.site))

    @router.get("/toi-nay/dien-bien")
    def follow(visit: here) -> Response:
        def render() -> str:
            found = values(visit, rehearsals.of(visit.station), desk.site)
            return desk.fragment(visit, "_tonight_now.html", **found)

        return live(desk.while_signed_in(visit.request, render))

    return router
