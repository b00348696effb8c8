"""`/api/v1`: the same use cases as the pages, for programs. A bearer token says who is asking."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from broadcaster.domain.alarm.vouching import Vouch
from broadcaster.domain.permissions import Person
from broadcaster.services.signing_in import NobodyKnown, who_bears
from broadcaster.web.api import (
    airings,
    alarm,
    alerts,
    bulletins,
    cap,
    devices,
    library,
    reading,
    rehearsal,
    reports,
    requests,
    station,
    timetable,
)
from broadcaster.web.api.bodies import ErrorShape
from broadcaster.web.site import Site

_bearer = HTTPBearer(auto_error=False, description="Mã truy cập do người quản trị đài cấp")
_REFUSALS = {code: {"model": ErrorShape} for code in (401, 403, 404, 409, 422, 429)}


def api(site: Site) -> APIRouter:
    """Return the router of `/api/v1`."""

    def asking(bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Person:
        if bearer is None:
            raise NobodyKnown
        return who_bears(site.office, bearer.credentials).person

    def vouching(bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Vouch:
        if bearer is None:
            raise NobodyKnown
        return site.vouch_with(bearer.credentials)

    router = APIRouter(prefix="/api/v1", responses=_REFUSALS)  # type: ignore[arg-type] # dict is invariant in its key
    for noun in (bulletins, library, airings, timetable, requests, reports, rehearsal, cap, devices, reading, station):
        router.include_router(noun.routes(site, asking))
    router.include_router(alarm.routes(site, asking))
    router.include_router(alerts.routes(site, asking, vouching))
    return router
