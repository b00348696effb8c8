"""Drills: an exercise approved beforehand that begins at its time; what came of it; and a month's score."""

from datetime import datetime

from sqlalchemy import Connection

from broadcaster.domain.alarm.drills import DrillReport, MonthScore, month_of, score
from broadcaster.domain.alert import Alert, Status
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.station import Station
from broadcaster.services.alarm.following import alert_deliveries
from broadcaster.store import alerts


@refusal
class NoSuchMonth(Invalid):
    message = N_("Tháng phải ghi như 2026-11. Xin ghi lại.")


def report(tx: Connection, alert: Alert, *, now: datetime) -> DrillReport:
    """Return what came of a drill."""
    return DrillReport(alert=alert, deliveries=alert_deliveries(tx, alert, now=now))


def month(
    tx: Connection, station: Station, *, wanted: str, now: datetime
) -> tuple[MonthScore, tuple[DrillReport, ...]]:
    """Return the score of a month, written as 2026-11, and its drills, oldest first. Raises NoSuchMonth."""
    try:
        year, number = wanted.split("-")
        begin, end = month_of(int(year), int(number), station.rules.zone)
    except (ValueError, OverflowError) as exc:
        raise NoSuchMonth from exc
    drills = alerts.gone_live(tx, station.id, start=begin, end=end, status=Status.EXERCISE)
    reports = tuple(report(tx, alert, now=now) for alert in drills)
    return score(reports), reports
