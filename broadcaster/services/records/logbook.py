"""Writes the broadcast log, from this one place alone: when an airing is over, and again when a report comes late."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection

from broadcaster.domain.delivery import FINAL, REPORT_GRACE, Delivery
from broadcaster.domain.ids import AiringId, StationId
from broadcaster.domain.records.logbook import (
    LATE,
    Entry,
    Line,
    LogKind,
    Place,
    Source,
    Verdict,
    concluded,
    follow,
    verify,
)
from broadcaster.domain.timetable import Airing
from broadcaster.services.airings import deliveries
from broadcaster.services.office import Office
from broadcaster.store import airings, logbook, stations

log = logging.getLogger(__name__)


def write_up(office: Office) -> int:
    """Write the lines that are due at every station and return how many. Doing it twice writes nothing twice."""
    now = office.now()
    with office.database.reading() as tx:
        due = [s.id for s in stations.every(tx) if any(_due(tx, s.id, now=now))]
    if not due:
        return 0
    with office.database.writing() as tx:
        written = sum(_write_up_station(tx, station, now=now) for station in due)
    if written:
        log.info("%d lines were added to the broadcast log", written)
    return written


def check(tx: Connection, station: StationId) -> Verdict:
    """Return whether the station's log is whole."""
    return verify(logbook.every(tx, station))


def check_around(tx: Connection, station: StationId, lines: Sequence[Line]) -> Verdict:
    """Return whether the stretch of the log that holds these lines is whole, up to the line that comes after it."""
    if not lines:
        return verify([])
    first, last = min(line.number for line in lines), max(line.number for line in lines)
    behind = logbook.before(tx, station, first, limit=1)
    stretch = logbook.numbered(tx, station, first=first, last=last + 1)
    return verify(stretch, behind=behind[0] if behind else None)


def _write_up_station(tx: Connection, station: StationId, *, now: datetime) -> int:
    last, lines = logbook.last(tx, station), list[Line]()
    for entry, corrects in _due(tx, station, now=now):
        lines.append(follow(lines[-1] if lines else last, entry, corrects=corrects, now=now))
    logbook.add(tx, station, lines)
    return len(lines)


def _due(tx: Connection, station: StationId, *, now: datetime) -> Iterator[tuple[Entry, int | None]]:
    """Yield what has to be written: an entry, and the number of the line that it corrects."""
    yield from _ended(tx, station, now=now)
    for airing in _found(tx, station, logbook.reported_late(tx, station, since=now - LATE)):
        before = {line.entry.place.cluster: line for line in logbook.of_subject(tx, station, airing.id)}
        for delivery in deliveries(tx, airing, now=now):
            known = before.get(delivery.target.cluster)
            if known is not None and delivery.outcome in FINAL:
                entry = entry_of(airing, delivery)
                if entry != known.entry:
                    yield entry, known.number


def _ended(tx: Connection, station: StationId, *, now: datetime) -> Iterator[tuple[Entry, int | None]]:
    for airing in _found(tx, station, logbook.unlogged(tx, station, since=now - LATE, until=now)):
        logged = {cluster for _, cluster in logbook.numbers_of(tx, [airing.id])}
        is_over = now > airing.over_at + REPORT_GRACE
        for delivery in deliveries(tx, airing, now=now):
            if delivery.target.cluster not in logged and (is_over or delivery.outcome in FINAL):
                yield entry_of(airing, concluded(delivery)), None


def _found(tx: Connection, station: StationId, wanted: Iterable[AiringId]) -> Iterator[Airing]:
    return (found for name in wanted if (found := airings.get(tx, station, name)))


def entry_of(airing: Airing, delivery: Delivery) -> Entry:
    """Return what the log says of an airing on one cluster."""
    target = delivery.target
    return Entry(
        kind=LogKind.AIRING,
        subject=airing.id,
        source=Source(airing.source.value),
        item=airing.item,
        title=airing.title,
        priority=airing.priority.value,
        place=Place(
            hamlet=target.hamlet,
            hamlet_name=target.hamlet_name,
            cluster=target.cluster,
            cluster_name=target.cluster_name,
        ),
        device=target.device,
        recording_sha256=airing.recording_sha256,
        duration_ms=round(airing.duration.total_seconds() * 1000),
        planned_at=airing.start_at,
        started_at=delivery.started_at,
        ended_at=delivery.ended_at,
        outcome=delivery.outcome,
        reason=delivery.reason,
        heard=delivery.heard,
    )
