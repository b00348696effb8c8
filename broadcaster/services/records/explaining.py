"""Puts together what *vì sao?* is answered from: the facts around an airing on each cluster, out of the books."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from broadcaster.domain.delivery import Delivery, Outcome
from broadcaster.domain.ids import AiringId, DeviceId, RequestId
from broadcaster.domain.programme import ProgrammeId
from broadcaster.domain.records.logbook import Entry, Line, LogKind
from broadcaster.domain.records.why import ByHand, Displaced, Interruption, OfSession, OnRequest, Origin, Story, moment
from broadcaster.domain.station import Station
from broadcaster.domain.timetable import Airing
from broadcaster.store import airings, devices, stories
from broadcaster.store.stories import Asked, Told

_LOST = {"waiting_for_box", "no_report_offline"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Books:
    """What is known of several airings, looked up at once."""

    zone: ZoneInfo
    told: Mapping[tuple[AiringId, DeviceId], Told]
    placed_by: Mapping[AiringId, str]
    cancelled_by: Mapping[AiringId, str]
    asked: Mapping[RequestId, Asked]
    programmes: Mapping[ProgrammeId, str]


def of_deliveries(
    tx: Connection, station: Station, airing: Airing, deliveries: Sequence[Delivery]
) -> tuple[Story, ...]:
    """Return the story of an airing on each of these clusters, in their order."""
    books = _books(tx, station, [airing])
    lost = [d.target.device for d in deliveries if d.reason in _LOST and d.target.device is not None]
    seen = {name: box.last_seen_at for name, box in devices.several(tx, lost).items()} if lost else {}
    displaced = _displaced(tx, station, airing)
    return tuple(_story(tx, airing, each, books, seen=seen, displaced=displaced) for each in deliveries)


def of_entries(tx: Connection, station: Station, entries: Iterable[Entry]) -> dict[tuple[str, str], Story]:
    """Return the stories of these lines of the log, by the airing and the cluster; alerts have none here."""
    wanted = [entry for entry in entries if entry.kind is LogKind.AIRING]
    found = airings.several(tx, station.id, {AiringId(entry.subject) for entry in wanted})
    books = _books(tx, station, found.values())
    return {
        (entry.subject, entry.place.cluster): _logged(tx, found[AiringId(entry.subject)], entry, books)
        for entry in wanted
        if AiringId(entry.subject) in found
    }


def of_lines(tx: Connection, station: Station, lines: Iterable[Line]) -> dict[int, Story]:
    """Return the stories of these lines of the log by their numbers: a line that was corrected later has its own."""
    wanted = [line for line in lines if line.entry.kind is LogKind.AIRING]
    found = airings.several(tx, station.id, {AiringId(line.entry.subject) for line in wanted})
    books = _books(tx, station, found.values())
    return {
        line.number: _logged(tx, found[AiringId(line.entry.subject)], line.entry, books)
        for line in wanted
        if AiringId(line.entry.subject) in found
    }


def _books(tx: Connection, station: Station, several: Iterable[Airing]) -> _Books:
    every = list(several)
    names = [airing.id for airing in every]
    return _Books(
        zone=station.rules.zone,
        told=stories.told(tx, names),
        placed_by=stories.placed_by(tx, names),
        cancelled_by=stories.cancelled_by(tx, station.id, [a.id for a in every if a.cancelled_at is not None]),
        asked=stories.asked_for(tx, {airing.request for airing in every if airing.request is not None}),
        programmes=stories.titles_of(tx, {airing.key.programme for airing in every if airing.key is not None}),
    )


def _story(
    tx: Connection,
    airing: Airing,
    delivery: Delivery,
    books: _Books,
    *,
    seen: Mapping[DeviceId, datetime | None],
    displaced: tuple[Displaced, ...],
) -> Story:
    target, zone = delivery.target, books.zone
    told = books.told.get((airing.id, target.device)) if target.device else None
    seen_at = seen.get(target.device) if target.device else None
    return Story(
        title=airing.title,
        cluster=target.cluster_name,
        hamlet=target.hamlet_name,
        start_at=airing.start_at.astimezone(zone),
        not_after=max(airing.not_after, airing.start_at).astimezone(zone),
        duration=airing.duration,
        outcome=delivery.outcome,
        reason=delivery.reason,
        heard=delivery.heard,
        started_at=_local(delivery.started_at, zone),
        ended_at=_local(delivery.ended_at, zone),
        start_error_ms=delivery.start_error_ms,
        said=_worth_saying(told, delivery.outcome),
        seen_at=_local(seen_at, zone),
        cancelled_at=_local(airing.cancelled_at, zone) if delivery.reason in {"cancelled", "withdrawn"} else None,
        cancelled_by=books.cancelled_by.get(airing.id),
        origin=_origin(airing, books),
        interruptions=_interruptions(tx, airing, target.device, told, zone),
        displaced=displaced,
    )


def _logged(tx: Connection, airing: Airing, entry: Entry, books: _Books) -> Story:
    zone = books.zone
    told = books.told.get((airing.id, entry.device)) if entry.device else None
    return Story(
        title=entry.title,
        cluster=entry.place.cluster_name,
        hamlet=entry.place.hamlet_name,
        start_at=entry.planned_at.astimezone(zone),
        not_after=max(airing.not_after, entry.planned_at).astimezone(zone),
        duration=airing.duration,
        outcome=entry.outcome,
        reason=entry.reason,
        heard=entry.heard,
        started_at=_local(entry.started_at, zone),
        ended_at=_local(entry.ended_at, zone),
        said=_worth_saying(told, entry.outcome),
        cancelled_at=_local(airing.cancelled_at, zone) if entry.reason in {"cancelled", "withdrawn"} else None,
        cancelled_by=books.cancelled_by.get(airing.id),
        origin=_origin(airing, books),
        interruptions=_interruptions(tx, airing, entry.device, told, zone),
    )


def _origin(airing: Airing, books: _Books) -> Origin:
    zone = books.zone
    session = (
        OfSession(
            programme=books.programmes.get(airing.key.programme, airing.key.programme),
            due_at=airing.key.due_at.astimezone(zone),
        )
        if airing.key is not None
        else None
    )
    if airing.request is not None:
        asked = books.asked.get(airing.request)
        at = asked.at if asked is not None else airing.created_at
        return OnRequest(
            who=asked.who if asked is not None else books.placed_by.get(airing.id),
            at=at.astimezone(zone),
            placed=asked.sentence if asked is not None else None,
            session=session,
        )
    return session or ByHand(who=books.placed_by.get(airing.id), at=airing.created_at.astimezone(zone))


def _interruptions(
    tx: Connection, airing: Airing, device: DeviceId | None, told: Told | None, zone: ZoneInfo
) -> tuple[Interruption, ...]:
    """Return what broke in, from the stretches between which it was silent."""
    if told is None or device is None:
        return ()
    found: list[Interruption] = []
    for number, stretch in enumerate(told.stretches):
        by = stretch.get("ended_by")
        if not by:
            continue
        at = datetime.fromisoformat(stretch["ended_at"])
        later = told.stretches[number + 1] if number + 1 < len(told.stretches) else None
        resumed_at = datetime.fromisoformat(later["started_at"]) if later is not None else None
        found.append(
            Interruption(
                by=by,
                at=at.astimezone(zone),
                title=_who_broke_in(tx, by, device, at, but=airing.id),
                resumed_at=_local(resumed_at, zone),
            )
        )
    return tuple(found)


def _who_broke_in(tx: Connection, by: str, device: DeviceId, at: datetime, *, but: AiringId) -> str | None:
    if by == "alert":
        return stories.alert_at(tx, device, at)
    return stories.airing_at(tx, device, at, but=but) if by == "higher_priority" else None


def _displaced(tx: Connection, station: Station, airing: Airing) -> tuple[Displaced, ...]:
    """Return the bulletins whose planner's sentence names this airing, or its session, as what was in their way."""
    zone = station.rules.zone
    if airing.key is not None and airing.request is not None:
        marks = (f"({moment(airing.key.due_at.astimezone(zone))})",)
    else:
        marks = (f"“{airing.title}” ({moment(airing.start_at.astimezone(zone))})",)
    return tuple(
        Displaced(title=each.title, to=_local(each.to, zone))
        for each in stories.postponed(tx, station.id)
        if any(mark in each.sentence for mark in marks) and each.title != airing.title
    )


def _worth_saying(told: Told | None, outcome: Outcome) -> str | None:
    return told.detail if told is not None and outcome is not Outcome.PLAYING else None


def _local(instant: datetime | None, zone: ZoneInfo) -> datetime | None:
    return instant.astimezone(zone) if instant is not None else None
