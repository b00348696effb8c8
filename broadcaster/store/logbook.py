"""The lines of the broadcast log: added, read, and never touched again; the database itself refuses."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, func, insert, or_, select, tuple_

from broadcaster.domain.delivery import Heard, Outcome
from broadcaster.domain.ids import ClusterId, DeviceId, HamletId, StationId
from broadcaster.domain.records.logbook import Entry, Line, Link, LogKind, Place, Source
from broadcaster.store.library_tables import broadcast_log

_AT_A_TIME = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Which lines are looked for: planned in [start, end), of one hamlet, and only of what was not heard whole."""

    span: tuple[datetime, datetime] | None = None
    hamlet: HamletId | None = None
    unheard: bool = False


def add(tx: Connection, station: StationId, lines: Iterable[Line]) -> None:
    """Keep new lines."""
    rows = [{"station_id": station} | _columns(line) for line in lines]
    if rows:
        tx.execute(insert(broadcast_log), rows)


def last(tx: Connection, station: StationId) -> Link | None:
    """Return what the next line hangs on, or None before the first."""
    wanted = (
        select(broadcast_log.c.number, broadcast_log.c.sha256)
        .where(broadcast_log.c.station_id == station)
        .order_by(broadcast_log.c.number.desc())
        .limit(1)
    )
    row = tx.execute(wanted).first()
    return Link(number=row.number, sha256=row.sha256) if row else None


def every(tx: Connection, station: StationId) -> Iterator[Line | None]:
    """Yield the whole chain in its order, some at a time; None for a line that nobody of ours can have written."""
    wanted = select(broadcast_log).where(broadcast_log.c.station_id == station).order_by(broadcast_log.c.number)
    for rows in tx.execution_options(yield_per=_AT_A_TIME).execute(wanted).partitions():
        yield from (_readable(row) for row in rows)


def numbered(tx: Connection, station: StationId, *, first: int, last: int) -> Iterator[Line | None]:
    """Yield the lines from one number to another, as `every` does."""
    wanted = (
        select(broadcast_log)
        .where(broadcast_log.c.station_id == station, broadcast_log.c.number.between(first, last))
        .order_by(broadcast_log.c.number)
    )
    for rows in tx.execution_options(yield_per=_AT_A_TIME).execute(wanted).partitions():
        yield from (_readable(row) for row in rows)


def numbers_between(tx: Connection, station: StationId, *, start: datetime, end: datetime) -> tuple[int, int] | None:
    """Return the first and the last number of what was planned in [start, end), None where there is nothing."""
    number, planned_at = broadcast_log.c.number, broadcast_log.c.planned_at
    ends = select(func.min(number), func.max(number)).where(
        broadcast_log.c.station_id == station, planned_at >= start, planned_at < end
    )
    first, last = tx.execute(ends).one()
    return None if first is None else (first, last)


def around_missed(tx: Connection, station: StationId, *, start: datetime, end: datetime) -> tuple[Line, ...]:
    """Return the lines of airings planned in [start, end) of what some cluster did not hear, in their order.

    With a line come all others of the same recording on the same cluster: whether it was heard later, or said better.
    Fourteen days of a hundred clusters are seventy thousand lines, and almost all of them were heard.
    """
    log, lost = broadcast_log, broadcast_log.alias("lost")
    unheard = (
        select(lost.c.cluster_id, func.coalesce(lost.c.recording_sha256, lost.c.subject))
        .where(lost.c.station_id == station, lost.c.planned_at >= start, lost.c.planned_at < end)
        .where(lost.c.kind == LogKind.AIRING)
        .where(_unheard(lost))
    )
    # Not a join: SQLite would look through all the lines once for each that is lost.
    same = tuple_(log.c.cluster_id, func.coalesce(log.c.recording_sha256, log.c.subject)).in_(unheard)
    wanted = (
        select(log)
        .where(log.c.station_id == station, log.c.planned_at >= start, log.c.planned_at < end)
        .where(same)
        .order_by(log.c.number)
    )
    return _lines(tx.execute(wanted))


def after(tx: Connection, station: StationId, number: int, *, limit: int) -> tuple[Line, ...]:
    """Return the lines behind a number, in their order."""
    rows = tx.execute(
        select(broadcast_log)
        .where(broadcast_log.c.station_id == station, broadcast_log.c.number > number)
        .order_by(broadcast_log.c.number)
        .limit(limit)
    )
    return _lines(rows)


def before(
    tx: Connection, station: StationId, number: int | None, *, limit: int, only: Only | None = None
) -> tuple[Line, ...]:
    """Return the lines in front of a number, the newest first; for None the newest of all."""
    log, asked = broadcast_log, only or Only()
    wanted = select(log).where(log.c.station_id == station)
    if number is not None:
        wanted = wanted.where(log.c.number < number)
    if asked.span is not None:
        wanted = wanted.where(log.c.planned_at >= asked.span[0], log.c.planned_at < asked.span[1])
    if asked.hamlet is not None:
        wanted = wanted.where(log.c.hamlet_id == asked.hamlet)
    if asked.unheard:
        wanted = wanted.where(_unheard(log))
    return _lines(tx.execute(wanted.order_by(log.c.number.desc()).limit(limit)))


def of_subject(tx: Connection, station: StationId, subject: str) -> tuple[Line, ...]:
    """Return every line of one airing or alert."""
    rows = tx.execute(
        select(broadcast_log)
        .where(broadcast_log.c.station_id == station, broadcast_log.c.subject == subject)
        .order_by(broadcast_log.c.number)
    )
    return _lines(rows)


def numbers_of(tx: Connection, subjects: Collection[str]) -> dict[tuple[str, ClusterId], int]:
    """Return the newest line's number of each of these things on each cluster."""
    rows = tx.execute(
        select(broadcast_log.c.subject, broadcast_log.c.cluster_id, func.max(broadcast_log.c.number).label("number"))
        .where(broadcast_log.c.subject.in_(list(subjects)))
        .group_by(broadcast_log.c.subject, broadcast_log.c.cluster_id)
    )
    return {(row.subject, ClusterId(row.cluster_id)): row.number for row in rows}


def _unheard(log: FromClause) -> ColumnElement[bool]:
    """Return what `Entry.was_heard` denies, as the database asks it."""
    return or_(log.c.outcome != Outcome.PLAYED, log.c.heard == Heard.NOT_HEARD)


def _columns(line: Line) -> dict[str, Any]:
    entry, place = line.entry, line.entry.place
    return {
        "number": line.number,
        "kind": entry.kind.value,
        "subject": entry.subject,
        "source": entry.source.value,
        "item": entry.item,
        "title": entry.title,
        "priority": entry.priority,
        "hamlet_id": place.hamlet,
        "hamlet_name": place.hamlet_name,
        "cluster_id": place.cluster,
        "cluster_name": place.cluster_name,
        "device_id": entry.device,
        "recording_sha256": entry.recording_sha256,
        "duration_ms": entry.duration_ms,
        "planned_at": entry.planned_at,
        "started_at": entry.started_at,
        "ended_at": entry.ended_at,
        "outcome": entry.outcome.value,
        "reason": entry.reason,
        "heard": entry.heard.value if entry.heard else None,
        "sounded_ms": entry.sounded_ms,
        "corrects": line.corrects,
        "recorded_at": line.recorded_at,
        "previous_sha256": line.previous_sha256,
        "sha256": line.sha256,
    }


def _lines(rows: Iterable[Row[Any]]) -> tuple[Line, ...]:
    """Return the lines that can be read; that one cannot is told by whoever checks the log."""
    return tuple(line for row in rows if (line := _readable(row)))


def _readable(row: Row[Any]) -> Line | None:
    try:
        return _line(row)
    except ValueError:
        return None


def _line(row: Row[Any]) -> Line:
    place = Place(
        hamlet=HamletId(row.hamlet_id),
        hamlet_name=row.hamlet_name,
        cluster=ClusterId(row.cluster_id),
        cluster_name=row.cluster_name,
    )
    entry = Entry(
        kind=LogKind(row.kind),
        subject=row.subject,
        source=Source(row.source),
        item=row.item,
        title=row.title,
        priority=row.priority,
        place=place,
        device=DeviceId(row.device_id) if row.device_id else None,
        recording_sha256=row.recording_sha256,
        duration_ms=row.duration_ms,
        planned_at=row.planned_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=Outcome(row.outcome),
        reason=row.reason,
        heard=Heard(row.heard) if row.heard else None,
        sounded_ms=row.sounded_ms,
    )
    return Line(
        number=row.number,
        entry=entry,
        corrects=row.corrects,
        recorded_at=row.recorded_at,
        previous_sha256=row.previous_sha256,
        sha256=row.sha256,
    )
