"""What came of drills: a month's score, who sounded, how fast, and which clusters did not."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.alarm.drills import DrillReport
from broadcaster.domain.alert import AlertState, Status
from broadcaster.domain.permissions import may_administer, may_alert, require
from broadcaster.services.alarm import drilling
from broadcaster.store import alerts
from broadcaster.web import alert_words, words
from broadcaster.web.alert_view import rows
from broadcaster.web.desk import Desk
from broadcaster.web.session import Visit


def routes(desk: Desk) -> APIRouter:
    """Return the route of the drills' results."""
    router = APIRouter()
    office = desk.site.office

    @router.get("/tin-khan/ket-qua-dien-tap")
    def show(visit: Annotated[Visit, Depends(desk.door.visit)]) -> Response:
        require(may_alert(visit.person) or may_administer(visit.person))
        month = visit.request.query_params.get("thang") or _month(visit.now, visit)
        with office.database.reading() as tx:
            scored, reports = drilling.month(tx, visit.station, wanted=month, now=visit.now)
            coming = alerts.of_station(tx, visit.station.id, states=(AlertState.APPROVED,))
            planned = rows(tx, visit, [a for a in coming if a.content.status is Status.EXERCISE])
        year, number = (int(part) for part in month.split("-"))
        first = datetime(year, number, 15, tzinfo=visit.station.rules.zone)
        return desk.show(
            visit,
            "drills.html",
            look=alert_words.LOOKS[Status.EXERCISE],
            month=f"{number:02}/{year}",
            before=_month(first - timedelta(days=31), visit),
            after=_month(first + timedelta(days=31), visit),
            score=scored,
            median=alert_words.latency(scored.median_ms, visit.translate),
            slowest=alert_words.latency(scored.slowest_ms, visit.translate),
            reports=[_report(report, visit) for report in reversed(reports)],
            planned=planned,
        )

    return router


def _month(at: datetime, visit: Visit) -> str:
    return f"{at.astimezone(visit.station.rules.zone):%Y-%m}"


def _report(report: DrillReport, visit: Visit) -> dict[str, object]:
    alert, zone, translate = report.alert, visit.station.rules.zone, visit.translate
    return {
        "href": f"/tin-khan/{alert.id}",
        "headline": alert.content.headline,
        "when": words.moment(alert.live_at, zone, translate) if alert.live_at else "",
        "sounded": len(report.sounded),
        "meant": len(report.deliveries),
        "slowest": alert_words.latency(max(report.latencies_ms, default=None), translate),
        "is_fresh": drilling.is_fresh(alert, now=visit.now),
        "silent": [f"{d.target.cluster_name} ({d.target.hamlet_name})" for d in report.silent],
    }
