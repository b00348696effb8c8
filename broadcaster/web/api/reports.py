"""The broadcast log, the monthly report and the ledger under `/api/v1`; and airing again only where it was missed."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, Field
from sqlalchemy import Connection
from starlette.responses import Response

from broadcaster.domain.ids import AiringId, ClusterId
from broadcaster.domain.permissions import Person
from broadcaster.domain.records.missed import Missed
from broadcaster.domain.records.report import MonthlyReport, month_of
from broadcaster.domain.station import NoSuchThing, Station
from broadcaster.services.records import explaining
from broadcaster.services.records import reports as use_cases
from broadcaster.services.records.explaining import in_words
from broadcaster.services.records.logbook import check
from broadcaster.services.records.report_sheet import paper
from broadcaster.store import airings, logbook, stations
from broadcaster.web.api import report_shapes, shapes
from broadcaster.web.api.bodies import AiringShape, Body
from broadcaster.web.site import Site

MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


class RepeatBody(Body):
    """Where and when to air it again; without `clusters`, wherever it is certain that it was missed."""

    clusters: list[str] | None = Field(default=None, max_length=10_000)
    start_at: AwareDatetime | Literal["now"] = "now"


def routes(site: Site, asking: Callable[..., Person]) -> APIRouter:
    """Return the routes of the log and of reports."""
    router = APIRouter(tags=["reports"])
    office = site.office
    who = Annotated[Person, Depends(asking)]

    def report(actor: Person, month: str) -> tuple[MonthlyReport, Station]:
        wanted = month_of(month)
        with office.database.reading() as tx:
            station = at_home(tx, actor)
            return use_cases.of_month(tx, station, wanted, now=office.now()), station

    def at_home(tx: Connection, actor: Person) -> Station:
        station = stations.get(tx, actor.station)
        if station is None:
            raise NoSuchThing
        return station

    def ledger(actor: Person) -> tuple[Missed, ...]:
        with office.database.reading() as tx:
            return use_cases.what_was_missed(tx, at_home(tx, actor), now=office.now())

    @router.get("/log")
    def log(
        actor: who, after: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 200
    ) -> list[report_shapes.LogLineShape]:
        """The broadcast log: one line for each final result, which nobody can change."""
        with office.database.reading() as tx:
            lines = logbook.after(tx, actor.station, after, limit=limit)
            stories = explaining.of_lines(tx, at_home(tx, actor), lines)
        return [report_shapes.log_line(line, why=in_words(stories[line.number])) for line in lines]

    @router.get("/log/check")
    def check_log(actor: who) -> report_shapes.LogCheckShape:
        """Whether the chain of hashes over the log is whole."""
        with office.database.reading() as tx:
            verdict = check(tx, actor.station)
        return report_shapes.log_check(verdict)

    @router.get("/reports/{month}")
    def month_report(month: str, actor: who) -> report_shapes.ReportShape:
        """A month in figures, `month` as 2026-11."""
        return report_shapes.month(report(actor, month)[0])

    @router.get("/reports/{month}/{kind}", response_class=Response)
    def month_file(month: str, kind: Literal["xlsx", "pdf"], actor: who) -> Response:
        """The report as a workbook or a PDF."""
        if kind not in site.report_files:
            raise NoSuchThing
        found, station = report(actor, month)
        headers = {"Content-Disposition": f'attachment; filename="bao-cao-thang-{found.month}.{kind}"'}
        return Response(site.report_files[kind](paper(found, station)), media_type=MEDIA[kind], headers=headers)

    @router.get("/missed")
    def missed(
        actor: who, limit: Annotated[int, Query(ge=1, le=1000)] = 100, offset: Annotated[int, Query(ge=0)] = 0
    ) -> list[report_shapes.MissedShape]:
        """What some hamlet missed in the last days, newest first: `limit` airings after the first `offset`."""
        with office.database.reading() as tx:
            station = at_home(tx, actor)
            found = use_cases.what_was_missed(tx, station, now=office.now())[offset : offset + limit]
            gaps = [gap.entry for each in found for gap in (*each.gaps, *each.planned_again)]
            stories = explaining.of_entries(tx, station, gaps)
        return [report_shapes.missed(each, stories) for each in found]

    @router.post("/airings/{airing_id}/repeat", status_code=201)
    def repeat(airing_id: str, body: RepeatBody, actor: who) -> AiringShape:
        """Air it again where it was missed, and only there."""
        certain = [g.entry.place.cluster for m in ledger(actor) if m.subject == airing_id for g in m.gaps if g.certain]
        clusters = [ClusterId(c) for c in body.clusters] if body.clusters is not None else certain
        planned = use_cases.air_again(
            office,
            actor=actor,
            airing=AiringId(airing_id),
            clusters=clusters,
            start_at=body.start_at if isinstance(body.start_at, datetime) else None,
        )
        with office.database.reading() as tx:
            found = airings.get(tx, actor.station, planned.id)
            if found is None:
                raise NoSuchThing
            return shapes.airing(tx, found, now=office.now())

    return router
