"""The monthly report with its files, the broadcast log, and the ledger of what was missed."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.errors import Conflict, Invalid, Refusal
from broadcaster.domain.ids import AiringId, ClusterId, HamletId
from broadcaster.domain.permissions import may_air
from broadcaster.domain.records.report import Month, MonthlyReport, MonthUnclear, month_of
from broadcaster.domain.station import NoSuchThing
from broadcaster.services.office import new_id
from broadcaster.services.records import explaining
from broadcaster.services.records import reports as use_cases
from broadcaster.services.records.logbook import check
from broadcaster.services.records.report_sheet import paper
from broadcaster.store import logbook, stations
from broadcaster.store.logbook import Only
from broadcaster.web import log_view, report_view
from broadcaster.web.desk import Desk, go
from broadcaster.web.session import Post, Visit
from broadcaster.web.week_view import DAY, day_named, start_of

MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
PAGE = 100


def routes(desk: Desk) -> APIRouter:
    """Return the routes of reports."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    months = use_cases.Months()

    @router.get("/bao-cao-thang")
    def month(visit: here) -> Response:
        wanted = _month(visit)
        with office.database.reading() as tx:
            report = months.of(tx, visit.station, wanted, now=visit.now)
        this = _this_month(visit)
        return desk.show(
            visit,
            "report.html",
            chosen=str(wanted),
            earlier=str(wanted.moved(-1)),
            later=str(wanted.moved(1)) if wanted < this else None,
            months=[_choice(this.moved(-back)) for back in range(12)],
            kinds=[kind for kind in ("xlsx", "pdf") if kind in desk.site.report_files],
            **report_view.values(visit, report),
        )

    @router.get("/bao-cao-thang/tep")
    def file(visit: here) -> Response:
        kind = visit.request.query_params.get("dang", "")
        if kind not in desk.site.report_files:
            raise NoSuchThing
        wanted = _month(visit)
        made = desk.site.report_files[kind](paper(_report(desk, visit, wanted), visit.station))
        name = f"bao-cao-thang-{wanted}.{kind}"
        return Response(made, media_type=MEDIA[kind], headers=attachment(name))

    @router.get("/nhat-ky-phat")
    def log(visit: here) -> Response:
        return _log(desk, visit)

    @router.get("/chua-nghe")
    def ledger(visit: here) -> Response:
        return _ledger(desk, visit)

    @router.post("/chua-nghe/{airing_id}/phat-lai")
    def air_again(airing_id: str, post: Annotated[Post, Depends(desk.door.posted)]) -> Response:
        entered = post.entered
        try:
            planned = use_cases.air_again(
                office,
                actor=post.visit.person,
                airing=AiringId(airing_id),
                clusters=[ClusterId(c) for c in entered.every("cluster")],
                start_at=None,
                airing_id=_repeat_id(entered.one("repeat_id"), airing_id, entered.every("cluster")),
            )
        except (Invalid, Conflict) as exc:
            return _ledger(desk, post.visit, refused=exc, at=airing_id)
        return go(f"/luot-phat/{planned.id}", done="phat-lai")

    return router


def attachment(name: str) -> dict[str, str]:
    """Return the headers of a file to be kept."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _report(desk: Desk, visit: Visit, month: Month) -> MonthlyReport:
    with desk.site.office.database.reading() as tx:
        return use_cases.of_month(tx, visit.station, month, now=visit.now)


def _log(desk: Desk, visit: Visit) -> Response:
    asked = visit.request.query_params
    behind = asked.get("truoc", "")
    top = int(behind) if behind.isascii() and behind.isdecimal() and len(behind) < 16 else None
    only = _only(visit)
    with desk.site.office.database.reading() as tx:
        lines = logbook.before(tx, visit.station.id, top, limit=PAGE + 1, only=only)
        stories = explaining.of_lines(tx, visit.station, lines[:PAGE])
        verdict = check(tx, visit.station.id) if asked.get("kiem") == "1" else None
        hamlets = stations.hamlets_of(tx, visit.station.id)
    shown = lines[:PAGE]
    query = {name: asked[name] for name in ("ngay", "thon", "loi") if asked.get(name)}
    older = urlencode(query | {"truoc": shown[-1].number}) if len(lines) > PAGE else None
    return desk.show(
        visit,
        "log.html",
        days=log_view.days(shown, visit, stories),
        older=older,
        newest=top is None,
        is_narrowed=only != Only(),
        day=asked.get("ngay", "") if only.span else "",
        hamlet=only.hamlet,
        hamlets=hamlets,
        unheard=only.unheard,
        verdict=report_view.verdict_words(verdict, visit.translate) if verdict else None,
    )


def _only(visit: Visit) -> Only:
    """Return which lines the address asks for; what it says wrongly narrows nothing."""
    asked = visit.request.query_params
    day = day_named(asked.get("ngay", ""), otherwise=date.min)
    span = None if day == date.min else (start_of(day, visit), start_of(day + DAY, visit))
    hamlet = asked.get("thon", "")
    return Only(span=span, hamlet=HamletId(hamlet) if hamlet else None, unheard=asked.get("loi") == "1")


def _ledger(desk: Desk, visit: Visit, *, refused: Refusal | None = None, at: str = "") -> Response:
    with desk.site.office.database.reading() as tx:
        every = use_cases.what_was_missed(tx, visit.station, now=visit.now)
        found = every[:PAGE]
        gaps = [gap.entry for each in found for gap in (*each.gaps, *each.planned_again)]
        stories = explaining.of_entries(tx, visit.station, gaps)
    return desk.show(
        visit,
        "missed.html",
        status=desk.status_of(refused) if refused else 200,
        problem=refused.sentence(visit.translate) if refused else None,
        at=at,
        rows=log_view.missed_rows(found, visit, stories),
        may_air=may_air(visit.person),
        repeat_id=new_id("lp"),
        days=use_cases.LEDGER.days,
        hidden=len(every) - len(found),
    )


def _choice(month: Month) -> dict[str, str]:
    return {"value": str(month), "text": f"{month.month:02}/{month.year}"}


def _repeat_id(page: str, airing: str, clusters: Sequence[str]) -> AiringId:
    """Return the name of a repeat: the same for a second press of one button, another for any other button or place,
    also on a page that somebody went back to."""
    said = json.dumps([page, airing, sorted(clusters)])
    return AiringId(f"lp-{hashlib.sha256(said.encode()).hexdigest()[:10]}")


def _this_month(visit: Visit) -> Month:
    today = visit.now.astimezone(visit.station.rules.zone).date()
    return Month(year=today.year, month=today.month)


def _month(visit: Visit) -> Month:
    """Return the month that is asked for, else this one: what is no month comes from a mistyped address."""
    try:
        return month_of(visit.request.query_params.get("thang", ""))
    except MonthUnclear:
        return _this_month(visit)
