"""The lines of the broadcast log: added, read, and never touched again; the database itself refuses."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from broadcaster.domain.delivery import Heard, Outcome
from broadcaster.domain.ids import ClusterId, DeviceId, HamletId, StationId
from broadcaster.domain.records.logbook import Entry, Line, Link, LogKind, Place, Source
from broadcaster.store.library_tables import broadcast_log

_AT_A_TIME = 1_000


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


def planned_between(tx: Connection, station: StationId, *, start: datetime, end: datetime) -> tuple[Line, ...]:
    """Return every line of what was planned in [start, end), corrections too, in the order of their numbers."""
    rows = tx.execute(
        select(broadcast_log)
        .where(
            broadcast_log.c.station_id == station,
            broadcast_log.c.planned_at >= start,
            broadcast_log.c.planned_at < end,
        )
        .order_by(broadcast_log.c.number)
    )
    return _lines(rows)


def after(tx: Connection, station: StationId, number: int, *, limit: int) -> tuple[Line, ...]:
    """Return the lines behind a number, in their order."""
    rows = tx.execute(
        select(broadcast_log)
        .where(broadcast_log.c.station_id == station, broadcast_log.c.number > number)
        .order_by(broadcast_log.c.number)
        .limit(limit)
    )
    return _lines(rows)


def before(tx: Connection, station: StationId, number: int | None, *, limit: int) -> tuple[Line, ...]:
    """Return the lines in front of a number, the newest first; for None the newest of all."""
    wanted = select(broadcast_log).where(broadcast_log.c.station_id == station)
    if number is not None:
        wanted = wanted.where(broadcast_log.c.number < number)
    rows = tx.execute(wanted.order_by(broadcast_log.c.number.desc()).limit(limit))
    return _lines(rows)


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
