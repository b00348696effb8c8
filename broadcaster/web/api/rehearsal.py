"""Will tonight work? Under `/api/v1`, the same answer as the page's and the command line's."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from broadcaster.domain.permissions import Person
from broadcaster.domain.station import NoSuchThing
from broadcaster.services.rehearsal.sheet import sheet
from broadcaster.store import stations
from broadcaster.web.site import Site
from broadcaster.web.tonight_view import rehearsals_of

Verdict = Literal["ready", "look", "silent"]


class ProblemShape(BaseModel):
    code: str
    severity: Verdict
    message: str


class ClusterRehearsalShape(BaseModel):
    cluster_id: str
    cluster: str
    hamlet_id: str
    hamlet: str
    verdict: Verdict
    verdict_name: str
    airings: int
    first_at: datetime
    problems: list[ProblemShape]


class PieceShape(BaseModel):
    airing_id: str
    title: str
    start_at: datetime
    duration_ms: int
    clusters: list[str]


class SourceShape(BaseModel):
    """A relay source; `state` is null while nobody has listened to it."""

    url: str
    state: Literal["sounds", "quiet", "not_audio", "dead"] | None
    detail: str | None
    level_dbfs: float | None
    at: datetime | None


class RehearsalShape(BaseModel):
    """`exit_code` is 0 when all will sound, 1 when something wants a look, 2 when that cannot be told."""

    station: str
    at: datetime
    until: datetime
    first_at: datetime | None
    verdict: Literal["ready", "look", "silent", "nothing_planned"]
    can_tell: bool
    exit_code: int
    problems: list[ProblemShape]
    clusters: list[ClusterRehearsalShape]
    airings: list[PieceShape]
    relays: list[SourceShape]


def routes(site: Site, asking: Callable[..., Person]) -> APIRouter:
    """Return the route of the rehearsal."""
    router = APIRouter(tags=["rehearsal"])
    rehearsals = rehearsals_of(site)
    who = Annotated[Person, Depends(asking)]

    @router.get("/rehearsal")
    def rehearsal(actor: who) -> RehearsalShape:
        """Will what is planned next sound? For each cluster a verdict, and what to do."""
        with site.office.database.reading() as tx:
            station = stations.get(tx, actor.station)
        if station is None:
            raise NoSuchThing
        return RehearsalShape.model_validate(sheet(station, rehearsals.of(station), probes=site.probes()))

    return router
