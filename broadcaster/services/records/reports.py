"""The monthly report and the ledger of what was missed, put together from the store; and airing again only there."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from broadcaster.domain.audience import of_clusters
from broadcaster.domain.bulletin import BulletinState
from broadcaster.domain.ids import AiringId, BulletinId, ClusterId, LibraryItemId, StationId
from broadcaster.domain.library import LibraryState
from broadcaster.domain.permissions import Person, may_air, require
from broadcaster.domain.records.logbook import Place, Source
from broadcaster.domain.records.missed import (
    Missed,
    NoPlaceChosen,
    NothingMissed,
    NotToBeRepeated,
    RecordingReplaced,
    missed,
)
from broadcaster.domain.records.report import Month, MonthlyReport, monthly
from broadcaster.domain.station import NoSuchThing, Station
from broadcaster.domain.timetable import HORIZON, Airing
from broadcaster.services import airings as airing_cases
from broadcaster.services import bulletins as bulletin_cases
from broadcaster.services import library as library_cases
from broadcaster.services.office import Office
from broadcaster.services.records.logbook import stretch_of
from broadcaster.store import airings, logbook, presence, stations, targets

LEDGER = timedelta(days=14)
"""Older news is not worth telling again."""


def of_month(tx: Connection, station: Station, month: Month, *, now: datetime) -> MonthlyReport:
    """Return the report of a month, of all that the log says by now."""
    begin, end = month.span(station.rules.zone)
    stretch, log = stretch_of(tx, station.id, start=begin, end=end)
    return monthly(
        (line for line in stretch if begin <= line.entry.planned_at < end),
        month=month,
        zone=station.rules.zone,
        places=_places(tx, station),
        presence=presence.between(tx, station.id, start=begin, end=end),
        log=log,
        now=now,
    )


class Months:
    """Remembers the reports that were looked at last: the month of a big station is a hundred thousand lines.

    One is made anew when the log has a new line or the station another cluster, and after a few minutes in any case:
    whether the log is whole is not told from memory for long. The lines themselves are not kept.
    """

    def __init__(self, *, keep: timedelta = timedelta(minutes=5), most: int = 6) -> None:
        self._keep, self._most = keep, most
        self._known: dict[tuple[StationId, Month], tuple[object, MonthlyReport]] = {}

    def of(self, tx: Connection, station: Station, month: Month, *, now: datetime) -> MonthlyReport:
        """Return the report of a month without its lines."""
        mark = logbook.last(tx, station.id), _places(tx, station), station.rules.timezone
        known = self._known.get((station.id, month))
        if known is not None and known[0] == mark and timedelta(0) <= now - known[1].made_at < self._keep:
            return known[1]
        report = replace(of_month(tx, station, month, now=now), lines=())
        kept = {key: value for key, value in self._known.items() if key != (station.id, month)}
        newest = sorted(kept.items(), key=lambda each: each[1][1].made_at)[-(self._most - 1) :]
        self._known = dict(newest) | {(station.id, month): (mark, report)}
        return report


def what_was_missed(tx: Connection, station: Station, *, now: datetime) -> tuple[Missed, ...]:
    """Return what some hamlet missed in the last days and has not been told since, newest first."""
    lines = logbook.around_missed(tx, station.id, start=now - LEDGER, end=now)
    return missed(lines, coming=_coming(tx, station, now=now))


def air_again(
    office: Office,
    *,
    actor: Person,
    airing: AiringId,
    clusters: Collection[ClusterId],
    start_at: datetime | None,
    airing_id: AiringId | None = None,
) -> Airing:
    """Plan the same recording once more, only on those of these clusters that missed it.

    Raises NoPlaceChosen, NothingMissed, NotToBeRepeated, RecordingReplaced, AiringIdTaken for an id that names
    an airing of something else, and what planning raises.
    """
    require(may_air(actor))
    now = office.now()
    with office.database.reading() as tx:
        station = stations.get(tx, actor.station)
        lines = logbook.of_subject(tx, actor.station, airing)
        if station is None or not lines:
            raise NoSuchThing
        if not clusters:
            raise NoPlaceChosen
        entry = lines[-1].entry
        known = airings.get(tx, actor.station, airing_id) if airing_id else None
        if known is not None:
            if known.item != entry.item:
                raise airing_cases.AiringIdTaken
            return known
        ledger = {m.subject: m for m in what_was_missed(tx, station, now=now)}
        if entry.recording_sha256 is None or entry.item is None:
            raise NotToBeRepeated
        gaps = ledger[airing].gaps if airing in ledger else ()
        missing = [g.entry.place.cluster for g in gaps if g.entry.place.cluster in clusters]
        if not missing:
            raise NothingMissed
        _require_same_sound(tx, actor, source=entry.source, item_id=entry.item, recording_sha256=entry.recording_sha256)
    if entry.source is Source.LIBRARY:
        return airing_cases.plan_recording(
            office, actor=actor, item=LibraryItemId(entry.item), start_at=start_at,
            audience=of_clusters(missing), airing_id=airing_id,
        )  # fmt: skip
    return airing_cases.plan(
        office, actor=actor, bulletin=BulletinId(entry.item), start_at=start_at,
        audience=of_clusters(missing), airing_id=airing_id,
    )  # fmt: skip


def _require_same_sound(tx: Connection, actor: Person, *, source: Source, item_id: str, recording_sha256: str) -> None:
    """Raise RecordingReplaced unless what was aired is still what is approved."""
    if source is Source.BULLETIN:
        found = bulletin_cases.find(tx, actor.station, BulletinId(item_id))
        if found.state is BulletinState.APPROVED and found.recording_sha256 == recording_sha256:
            return
    if source is Source.LIBRARY:
        item = library_cases.find(tx, actor.station, LibraryItemId(item_id))
        if item.state is LibraryState.APPROVED and item.recording_sha256 == recording_sha256:
            return
    raise RecordingReplaced


def _coming(tx: Connection, station: Station, *, now: datetime) -> frozenset[tuple[str, ClusterId]]:
    """Return which recordings are still to be aired, or sound now, on which clusters."""
    found = airings.between(tx, station.id, start=now - airing_cases.LONGEST, end=now + HORIZON + timedelta(days=1))
    open_ones = [airing for airing in found if airing.over_at >= now]
    names = [airing.id for airing in open_ones]
    logged, meant = logbook.numbers_of(tx, names), targets.clusters_of(tx, names)
    return frozenset(
        (airing.recording_sha256, cluster)
        for airing in open_ones
        if airing.recording_sha256 is not None
        for cluster in meant.get(airing.id, ())
        if (airing.id, cluster) not in logged
    )


def _places(tx: Connection, station: Station) -> tuple[Place, ...]:
    names = {hamlet.id: hamlet.name for hamlet in stations.hamlets_of(tx, station.id)}
    return tuple(
        Place(hamlet=c.hamlet, hamlet_name=names[c.hamlet], cluster=c.id, cluster_name=c.name)
        for c in stations.clusters_of(tx, station.id)
    )
