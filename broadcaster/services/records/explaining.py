"""Puts together what *vì sao?* is answered from: the facts around an airing on each cluster, out of the books."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from broadcaster.domain.delivery import Delivery, Outcome
from broadcaster.domain.ids import AiringId, DeviceId, RequestId
from broadcaster.domain.programme import ProgrammeId
from broadcaster.domain.records.logbook import Entry, Line, LogKind
from broadcaster.domain.records.why import (
    ByHand,
    Displaced,
    Interruption,
    OfSession,
    OnRequest,
    Origin,
    Story,
    Translate,
    moment,
    why,
)
from broadcaster.domain.records.why_alert import AlertStory, story_of_entry, why_alert
from broadcaster.domain.station import Station
from broadcaster.domain.timetable import Airing
from broadcaster.store import airings, devices, stories
from broadcaster.store.stories import Asked, Postponed, Told

Answer = Story | AlertStory
"""What *vì sao?* is answered from."""
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
    return of_several(tx, station, [(airing, deliveries)])[airing.id]


def of_several(
    tx: Connection, station: Station, several: Sequence[tuple[Airing, Sequence[Delivery]]]
) -> dict[AiringId, tuple[Story, ...]]:
    """Return the stories of each of these airings on each of its clusters, in their order."""
    books = _books(tx, station, [airing for airing, _ in several])
    every = [delivery for _, deliveries in several for delivery in deliveries]
    lost = {d.target.device for d in every if d.reason in _LOST and d.target.device is not None}
    seen = {name: box.last_seen_at for name, box in devices.several(tx, lost).items()} if lost else {}
    waiting = stories.postponed(tx, station.id)
    return {
        airing.id: tuple(
            _story(tx, airing, each, books, seen=seen, displaced=displaced)
            for displaced in [_displaced(waiting, station, airing)]
            for each in deliveries
        )
        for airing, deliveries in several
    }


def of_entries(tx: Connection, station: Station, entries: Iterable[Entry]) -> dict[tuple[str, str], Answer]:
    """Return the stories of these entries of the log, by the airing or alert and the cluster."""
    several = list(entries)
    told = _told(tx, station, several)
    return {(entry.subject, entry.place.cluster): story for entry, story in zip(several, told, strict=True)}


def of_lines(tx: Connection, station: Station, lines: Iterable[Line]) -> dict[int, Answer]:
    """Return the stories of these lines of the log by their numbers: a line that was corrected later has its own."""
    several = list(lines)
    told = _told(tx, station, [line.entry for line in several])
    return {line.number: story for line, story in zip(several, told, strict=True)}


def in_words(answer: Answer, translate: Translate = str) -> str:
    """Return the sentence, of an airing or an alert."""
    return why_alert(answer, translate) if isinstance(answer, AlertStory) else why(answer, translate)


def _told(tx: Connection, station: Station, entries: Sequence[Entry]) -> list[Answer]:
    """Return an answer for each of these entries: of an airing whose books are gone, what its line still says."""
    wanted = {AiringId(entry.subject) for entry in entries if entry.kind is LogKind.AIRING}
    found = airings.several(tx, station.id, wanted)
    books = _books(tx, station, found.values())
    return [
        story_of_entry(entry, books.zone)
        if entry.kind is LogKind.ALERT
        else _logged(tx, found.get(AiringId(entry.subject)), entry, books)
        for entry in entries
    ]


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


def _logged(tx: Connection, airing: Airing | None, entry: Entry, books: _Books) -> Story:
    zone = books.zone
    planned_at = entry.planned_at.astimezone(zone)
    alone = Story(
        title=entry.title,
        cluster=entry.place.cluster_name,
        hamlet=entry.place.hamlet_name,
        start_at=planned_at,
        not_after=planned_at,
        duration=timedelta(milliseconds=entry.duration_ms),
        outcome=entry.outcome,
        reason=entry.reason,
        heard=entry.heard,
        started_at=_local(entry.started_at, zone),
        ended_at=_local(entry.ended_at, zone),
    )
    if airing is None:
        return alone
    told = books.told.get((airing.id, entry.device)) if entry.device else None
    return replace(
        alone,
        not_after=max(airing.not_after.astimezone(zone), planned_at),
        duration=airing.duration,
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


def _displaced(postponed: Iterable[Postponed], station: Station, airing: Airing) -> tuple[Displaced, ...]:
    """Return the bulletins whose planner's sentence names this airing, or its session, as what was in their way."""
    zone = station.rules.zone
    if airing.key is not None and airing.request is not None:
        marks = (f"({moment(airing.key.due_at.astimezone(zone))})",)
    else:
        marks = (f"“{airing.title}” ({moment(airing.start_at.astimezone(zone))})",)
    return tuple(
        Displaced(title=each.title, to=_local(each.to, zone))
        for each in postponed
        if any(mark in each.sentence for mark in marks) and each.title != airing.title
    )


def _worth_saying(told: Told | None, outcome: Outcome) -> str | None:
    return told.detail if told is not None and outcome is not Outcome.PLAYING else None


def _local(instant: datetime | None, zone: ZoneInfo) -> datetime | None:
    return instant.astimezone(zone) if instant is not None else None
