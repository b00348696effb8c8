"""Drills: an exercise approved beforehand that begins at its time; what came of it; and a month's score."""

from datetime import datetime

from sqlalchemy import Connection

from broadcaster.domain.alarm.drills import DrillReport, MonthScore, month_of, score
from broadcaster.domain.alarm.speech import is_correction
from broadcaster.domain.alert import Alert, Status
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.station import Station
from broadcaster.services.alarm.following import TELL_AFTER, alert_deliveries
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
    """Return the score of a month, written as 2026-11, and its drills, oldest first. Raises NoSuchMonth.

    What was updated or corrected on the way is one drill, as it began. One that has just begun is not scored yet: its
    loudspeakers have not failed, they have not had their time.
    """
    try:
        year, number = wanted.split("-")
        begin, end = month_of(int(year), int(number), station.rules.zone)
    except (ValueError, OverflowError) as exc:
        raise NoSuchMonth from exc
    drills = alerts.gone_live(tx, station.id, start=begin, end=end, status=Status.EXERCISE)
    reports = tuple(report(tx, a, now=now) for a in drills if a.version == 1 and not is_correction(a.content))
    return score([report for report in reports if not is_fresh(report.alert, now=now)]), reports


def is_fresh(drill: Alert, *, now: datetime) -> bool:
    """Return whether a drill has begun so lately that its loudspeakers may still be about to sound."""
    return drill.live_at is not None and now < drill.live_at + TELL_AFTER
