"""The broadcast log, the monthly report and the ledger as `/api/v1` shows them."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel

from broadcaster.domain.records.logbook import Line, Verdict
from broadcaster.domain.records.missed import Gap, Missed, reason_of
from broadcaster.domain.records.report import MonthlyReport, Tally
from broadcaster.services.records.explaining import Answer, in_words


class LogLineShape(BaseModel):
    """What became of one thing on one cluster, and *vì sao?* in a sentence; `corrects` names the line whose place it
    takes. `kind` is `airing` or `alert`; a drill has the source `exercise`, a test `test`, a pressed button `button`.
    """

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
    sounded_ms: int
    why: str
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


class ReportedAlertShape(BaseModel):
    """An alert, a drill, a test or a pressed button of the month."""

    source: str
    live_at: datetime
    tally: TallyShape


class ReportShape(BaseModel):
    """`practised` are drills and tests: they are in no other figure than their own source's and rank's."""

    month: str
    totals: TallyShape
    practised: TallyShape
    by_source: list[TallyShape]
    by_priority: list[TallyShape]
    by_hamlet: list[TallyShape]
    by_day: list[TallyShape]
    alerts: list[ReportedAlertShape]
    failures: list[FailureShape]
    uptime: list[UptimeShape]
    log: LogCheckShape


class GapShape(BaseModel):
    cluster_id: str
    cluster: str
    hamlet: str
    outcome: str
    reason: str
    why: str
    certain: bool


class MissedShape(BaseModel):
    """An airing with the clusters that did not hear it, and those where a repeat is planned already."""

    airing_id: str
    title: str
    planned_at: datetime
    repeatable: bool
    gaps: list[GapShape]
    planned_again: list[GapShape]


def log_line(line: Line, *, why: str) -> LogLineShape:
    """Return a line with its answer to *vì sao?*."""
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
        sounded_ms=round(entry.sounded.total_seconds() * 1000),
        why=why,
        corrects=line.corrects,
        recorded_at=line.recorded_at,
        previous_sha256=line.previous_sha256,
        sha256=line.sha256,
    )


def month(report: MonthlyReport) -> ReportShape:
    """Return a month in figures."""
    verdict = report.log
    return ReportShape(
        month=str(report.month),
        totals=_tally("", report.totals),
        practised=_tally("", report.practised),
        by_source=[_tally(source, tally) for source, tally in report.by_source],
        by_priority=[_tally(priority, tally) for priority, tally in report.by_priority],
        by_hamlet=[_tally(name, tally) for name, tally in report.by_hamlet],
        by_day=[_tally(day.isoformat(), tally) for day, tally in report.by_day],
        alerts=[
            ReportedAlertShape(source=a.source, live_at=a.first_at, tally=_tally(a.title, a.tally))
            for a in report.alerts
        ],
        failures=[FailureShape(outcome=f.outcome, reason=f.reason, count=f.count) for f in report.failures],
        uptime=[
            UptimeShape(
                cluster_id=up.place.cluster, cluster=up.place.cluster_name, hamlet=up.place.hamlet_name,
                watched_s=up.watched_s, online_s=up.online_s, share=up.share,
            )
            for up in report.uptime
        ],
        log=log_check(verdict),
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


def missed(each: Missed, stories: Mapping[tuple[str, str], Answer]) -> MissedShape:
    """Return what was missed, with an answer for each cluster."""
    return MissedShape(
        airing_id=each.subject,
        title=each.title,
        planned_at=each.planned_at,
        repeatable=each.repeatable,
        gaps=[_gap(gap, stories) for gap in each.gaps],
        planned_again=[_gap(gap, stories) for gap in each.planned_again],
    )


def _gap(gap: Gap, stories: Mapping[tuple[str, str], Answer]) -> GapShape:
    place = gap.entry.place
    return GapShape(
        cluster_id=place.cluster,
        cluster=place.cluster_name,
        hamlet=place.hamlet_name,
        outcome=gap.entry.outcome,
        reason=reason_of(gap.entry),
        why=in_words(stories[gap.entry.subject, place.cluster]),
        certain=gap.certain,
    )


def log_check(verdict: Verdict) -> LogCheckShape:
    """Return whether the log, or a stretch of it, is whole."""
    return LogCheckShape(
        whole=verdict.whole, lines=verdict.lines, broken_at=verdict.broken_at, last_sha256=verdict.last_sha256
    )
