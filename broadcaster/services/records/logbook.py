"""Writes the broadcast log, from this one place alone: when an airing is over, and again when a report comes late."""

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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
from broadcaster.services.airings import deliveries_of
from broadcaster.services.office import Office
from broadcaster.services.records import alert_log
from broadcaster.store import airings, logbook, stations, targets, unlogged

log = logging.getLogger(__name__)

LONG_AGO = datetime.min.replace(tzinfo=UTC)
LOOK_AGAIN = timedelta(minutes=10)
"""The server's clock may have been set back so far since it looked last."""


class Bookkeeper:
    """Writes the log again and again, and looks only at the reports that came since it looked last."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._heard_since = LONG_AGO

    def write_up(self) -> int:
        """Write the lines that are due and return how many."""
        now = self._office.now()
        count = write_up(self._office, heard_since=self._heard_since)
        self._heard_since = now - LOOK_AGAIN
        return count


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is due at a station: the entries that follow its line number `behind`, and airings with all their lines."""

    station: StationId
    behind: int
    entries: tuple[tuple[Entry, int | None], ...]
    closable: tuple[AiringId, ...]


def write_up(office: Office, *, heard_since: datetime = LONG_AGO) -> int:
    """Write the lines that are due at every station and return how many. Doing it twice writes nothing twice.

    What is due is found out while others may write: an alarm does not wait until a thousand boxes were looked at.
    Reports that came before `heard_since` are taken as looked at.
    """
    now = office.now()
    with office.database.reading() as tx:
        drafts = [_draft(tx, s.id, heard_since=heard_since, now=now) for s in stations.every(tx)]
    due = [draft for draft in drafts if draft.entries or draft.closable]
    if not due:
        return 0
    with office.database.writing() as tx:
        written = sum(_write(tx, draft, now=now) for draft in due)
    if written:
        log.info("%d lines were added to the broadcast log", written)
    return written


def check(tx: Connection, station: StationId) -> Verdict:
    """Return whether the station's log is whole."""
    return verify(logbook.every(tx, station))


def stretch_of(
    tx: Connection, station: StationId, *, start: datetime, end: datetime
) -> tuple[tuple[Line, ...], Verdict]:
    """Return the stretch of the log that holds all that was planned in [start, end), read once, and whether it is
    whole up to the line that comes after it. Other lines may stand between them."""
    numbers = logbook.numbers_between(tx, station, start=start, end=end)
    if numbers is None:
        return (), verify([])
    first, last = numbers
    behind = logbook.before(tx, station, first, limit=1)
    stretch = list(logbook.numbered(tx, station, first=first, last=last + 1))
    verdict = verify(stretch, behind=behind[0] if behind else None)
    return tuple(line for line in stretch if line is not None), verdict


def _draft(tx: Connection, station: StationId, *, heard_since: datetime, now: datetime) -> Draft:
    last = logbook.last(tx, station)
    open_ones = _found(tx, station, unlogged.of_airings(tx, station, since=now - LATE, until=now))
    return Draft(
        station=station, behind=last.number if last else 0,
        entries=tuple(_due(tx, station, heard_since=heard_since, now=now)), closable=_closable(tx, open_ones),
    )  # fmt: skip


def _write(tx: Connection, draft: Draft, *, now: datetime) -> int:
    """Add what was drafted, unless another server has written in between: then it is looked at anew the next time."""
    last, lines = logbook.last(tx, draft.station), list[Line]()
    if draft.behind != (last.number if last else 0):
        return 0
    for entry, corrects in draft.entries:
        lines.append(follow(lines[-1] if lines else last, entry, corrects=corrects, now=now))
    logbook.add(tx, draft.station, lines)
    unlogged.close(tx, draft.closable, now=now)
    return len(lines)


def _closable(tx: Connection, open_ones: Collection[Airing]) -> tuple[AiringId, ...]:
    """Return those of these airings that have a line for each of their clusters."""
    names = [airing.id for airing in open_ones]
    meant, logged = targets.clusters_of(tx, names), logbook.numbers_of(tx, names)
    return tuple(name for name in names if all((name, cluster) in logged for cluster in meant.get(name, ())))


def _due(
    tx: Connection, station: StationId, *, heard_since: datetime, now: datetime
) -> Iterator[tuple[Entry, int | None]]:
    """Yield what has to be written: an entry, and the number of the line that it corrects."""
    yield from _ended(tx, station, now=now)
    yield from alert_log.due(tx, station, heard_since=heard_since, now=now)
    late = unlogged.reported_late(tx, station, since=now - LATE, heard_since=heard_since)
    for some in _by_hundreds(_found(tx, station, late)):
        known = deliveries_of(tx, station, some, now=now)
        for airing in some:
            before = {line.entry.place.cluster: line for line in logbook.of_subject(tx, station, airing.id)}
            final = ((d, before.get(d.target.cluster)) for d in known[airing.id] if d.outcome in FINAL)
            for delivery, line in final:
                entry = entry_of(airing, delivery)
                if line is not None and entry != line.entry:
                    yield entry, line.number


def _ended(tx: Connection, station: StationId, *, now: datetime) -> Iterator[tuple[Entry, int | None]]:
    open_ones = _found(tx, station, unlogged.of_airings(tx, station, since=now - LATE, until=now))
    for some in _by_hundreds(open_ones):
        logged = logbook.numbers_of(tx, [airing.id for airing in some])
        known = deliveries_of(tx, station, some, now=now)
        for airing in some:
            is_over = now > airing.over_at + REPORT_GRACE
            for delivery in known[airing.id]:
                if (airing.id, delivery.target.cluster) not in logged and (is_over or delivery.outcome in FINAL):
                    yield entry_of(airing, concluded(delivery)), None


def _found(tx: Connection, station: StationId, wanted: Sequence[AiringId]) -> tuple[Airing, ...]:
    found = airings.several(tx, station, wanted)
    return tuple(found[name] for name in wanted if name in found)


def _by_hundreds(several: Sequence[Airing]) -> Iterator[Sequence[Airing]]:
    return (several[first : first + 100] for first in range(0, len(several), 100))


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
