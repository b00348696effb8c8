"""The broadcast log, the monthly report and the ledger under `/api/v1`; and airing again only where it was missed."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import Response

from broadcaster.domain.ids import AiringId, ClusterId
from broadcaster.domain.permissions import Person
from broadcaster.domain.records.logbook import Line
from broadcaster.domain.records.missed import Gap, Missed, reason_of
from broadcaster.domain.records.report import MonthlyReport, Tally, month_of
from broadcaster.domain.station import NoSuchThing, Station
from broadcaster.services.records import reports as use_cases
from broadcaster.services.records.logbook import check
from broadcaster.services.records.report_sheet import paper
from broadcaster.store import airings, logbook, stations
from broadcaster.web.api import shapes
from broadcaster.web.api.bodies import AiringShape, Body
from broadcaster.web.site import Site

MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


class LogLineShape(BaseModel):
    """What became of one thing on one cluster; `corrects` names the line whose place it takes."""

    number: int
    kind: str
    subject: str
    source: str
    item: str | None
    title: str
    priority: str
    hamlet_id: str
    hamlet: str
    cluster_id: str
    cluster: str
    device_id: str | None
    recording_sha256: str | None
    planned_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    outcome: str
    reason: str | None
    heard: str | None
    corrects: int | None
    recorded_at: datetime
    previous_sha256: str
    sha256: str


class LogCheckShape(BaseModel):
    whole: bool
    lines: int
    broken_at: int | None
    last_sha256: str


class TallyShape(BaseModel):
    """`seconds` counts each airing once; `deliveries` and what follows count clusters."""

    name: str
    items: int
    airings: int
    aired: int
    seconds: int
    minutes: float
    deliveries: int
    played: int
    played_share: float | None
    heard_share: float | None


class FailureShape(BaseModel):
    outcome: str
    reason: str | None
    count: int


class UptimeShape(BaseModel):
    cluster_id: str
    cluster: str
    hamlet: str
    watched_s: int
    online_s: int
    share: float | None


class ReportShape(BaseModel):
    month: str
    totals: TallyShape
    by_source: list[TallyShape]
    by_priority: list[TallyShape]
    by_hamlet: list[TallyShape]
    by_day: list[TallyShape]
    failures: list[FailureShape]
    uptime: list[UptimeShape]
    log: LogCheckShape


class GapShape(BaseModel):
    cluster_id: str
    cluster: str
    hamlet: str
    outcome: str
    reason: str
    certain: bool


class MissedShape(BaseModel):
    """An airing with the clusters that did not hear it, and those where a repeat is planned already."""

    airing_id: str
    title: str
    planned_at: datetime
    repeatable: bool
    gaps: list[GapShape]
    planned_again: list[GapShape]


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
            station = stations.get(tx, actor.station)
            if station is None:
                raise NoSuchThing
            return use_cases.of_month(tx, station, wanted, now=office.now()), station

    def ledger(actor: Person) -> tuple[Missed, ...]:
        with office.database.reading() as tx:
            station = stations.get(tx, actor.station)
            if station is None:
                raise NoSuchThing
            return use_cases.what_was_missed(tx, station, now=office.now())

    @router.get("/log")
    def log(
        actor: who, after: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 200
    ) -> list[LogLineShape]:
        with office.database.reading() as tx:
            return [_line(line) for line in logbook.after(tx, actor.station, after, limit=limit)]

    @router.get("/log/check")
    def check_log(actor: who) -> LogCheckShape:
        with office.database.reading() as tx:
            verdict = check(tx, actor.station)
        return LogCheckShape(
            whole=verdict.whole, lines=verdict.lines, broken_at=verdict.broken_at, last_sha256=verdict.last_sha256
        )

    @router.get("/reports/{month}")
    def month_report(month: str, actor: who) -> ReportShape:
        return _report(report(actor, month)[0])

    @router.get("/reports/{month}/{kind}", response_class=Response)
    def month_file(month: str, kind: Literal["xlsx", "pdf"], actor: who) -> Response:
        """The report as a workbook or a PDF."""
        if kind not in site.report_files:
            raise NoSuchThing
        found, station = report(actor, month)
        headers = {"Content-Disposition": f'attachment; filename="bao-cao-thang-{found.month}.{kind}"'}
        return Response(site.report_files[kind](paper(found, station)), media_type=MEDIA[kind], headers=headers)

    @router.get("/missed")
    def missed(actor: who) -> list[MissedShape]:
        return [_missed(each) for each in ledger(actor)]

    @router.post("/airings/{airing_id}/repeat", status_code=201)
    def repeat(airing_id: str, body: RepeatBody, actor: who) -> AiringShape:
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


def _line(line: Line) -> LogLineShape:
    entry, place = line.entry, line.entry.place
    return LogLineShape(
        number=line.number,
        kind=entry.kind,
        subject=entry.subject,
        source=entry.source,
        item=entry.item,
        title=entry.title,
        priority=entry.priority,
        hamlet_id=place.hamlet,
        hamlet=place.hamlet_name,
        cluster_id=place.cluster,
        cluster=place.cluster_name,
        device_id=entry.device,
        recording_sha256=entry.recording_sha256,
        planned_at=entry.planned_at,
        started_at=entry.started_at,
        ended_at=entry.ended_at,
        outcome=entry.outcome,
        reason=entry.reason,
        heard=entry.heard,
        corrects=line.corrects,
        recorded_at=line.recorded_at,
        previous_sha256=line.previous_sha256,
        sha256=line.sha256,
    )


def _report(report: MonthlyReport) -> ReportShape:
    verdict = report.log
    return ReportShape(
        month=str(report.month),
        totals=_tally("", report.totals),
        by_source=[_tally(source, tally) for source, tally in report.by_source],
        by_priority=[_tally(priority, tally) for priority, tally in report.by_priority],
        by_hamlet=[_tally(name, tally) for name, tally in report.by_hamlet],
        by_day=[_tally(day.isoformat(), tally) for day, tally in report.by_day],
        failures=[FailureShape(outcome=f.outcome, reason=f.reason, count=f.count) for f in report.failures],
        uptime=[
            UptimeShape(
                cluster_id=up.place.cluster, cluster=up.place.cluster_name, hamlet=up.place.hamlet_name,
                watched_s=up.watched_s, online_s=up.online_s, share=up.share,
            )
            for up in report.uptime
        ],
        log=LogCheckShape(
            whole=verdict.whole, lines=verdict.lines, broken_at=verdict.broken_at, last_sha256=verdict.last_sha256
        ),
    )  # fmt: skip


def _tally(name: str, tally: Tally) -> TallyShape:
    return TallyShape(
        name=name,
        items=tally.items,
        airings=tally.airings,
        aired=tally.aired,
        seconds=tally.seconds,
        minutes=tally.minutes,
        deliveries=tally.deliveries,
        played=tally.played,
        played_share=tally.played_share,
        heard_share=tally.heard_share,
    )


def _missed(each: Missed) -> MissedShape:
    return MissedShape(
        airing_id=each.subject,
        title=each.title,
        planned_at=each.planned_at,
        repeatable=each.repeatable,
        gaps=[_gap(gap) for gap in each.gaps],
        planned_again=[_gap(gap) for gap in each.planned_again],
    )


def _gap(gap: Gap) -> GapShape:
    place = gap.entry.place
    return GapShape(
        cluster_id=place.cluster,
        cluster=place.cluster_name,
        hamlet=place.hamlet_name,
        outcome=gap.entry.outcome,
        reason=reason_of(gap.entry),
        certain=gap.certain,
    )
