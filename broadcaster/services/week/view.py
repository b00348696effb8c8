"""The station's week as people look at it: the sessions of some days, what is in each, and why it stands there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from broadcaster.domain.programme import OccurrenceKey, ProgrammeId
from broadcaster.domain.station import Station
from broadcaster.domain.timetable import Airing
from broadcaster.domain.week.grants import sessions_due
from broadcaster.domain.week.planned import AHEAD, Occurrence, Placement, Verdict, Week
from broadcaster.domain.week.regime import Profile
from broadcaster.services.week import timetabling
from broadcaster.store import airings, settled
from broadcaster.store.settled import Said, Settled

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """One session. `verdict` is None beyond the days that are planned; `airings` are in their order.

    `is_settled`: nothing in it changes any more. `left_out` and `omitted` say what does not sound, and why.
    """

    key: OccurrenceKey
    programme: ProgrammeId
    title: str
    session: Settled | None
    verdict: Verdict | None
    ends_by: datetime
    left_out: tuple[Said, ...]
    omitted: tuple[Said, ...]
    airings: tuple[Airing, ...]
    is_settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekView:
    """Some days of a station: its sessions, what is aired outside them, and what became of every open request.

    In a placement the request's own id stands where the planner says `bulletin`.
    """

    sessions: tuple[SessionView, ...]
    outside: tuple[Airing, ...]
    placements: tuple[Placement, ...]


def look(
    tx: Connection, station: Station, profiles: Mapping[str, Profile], *, start: datetime, end: datetime, now: datetime
) -> WeekView:
    """Return the week from `start` to before `end`: the past as it was settled, the coming days as they would be."""
    held = timetabling.gather(tx, station, profiles, now=now)
    week = None if held.is_empty else timetabling.week_of(held)
    kept = {each.key: each for each in settled.between(tx, station.id, start=start, end=end)}
    coming = {o.key: settled.as_settled(o) for o in _within(week, start, end) if o.key not in kept}
    heard: dict[OccurrenceKey, list[Airing]] = defaultdict(list)
    outside: list[Airing] = []
    for airing in airings.between(tx, station.id, start=start, end=end + AHEAD, cancelled=True):
        if airing.key is not None:
            heard[airing.key].append(airing)
        elif airing.start_at < end:
            outside.append(airing)
    known = [_view(each, heard[each.key], is_settled=each.key in kept) for each in (*kept.values(), *coming.values())]
    far = [
        _expected(session.key, session.programme.title, ends_by=session.end_at)
        for session in sessions_due(
            held.programmes, after=max(start - _SECOND, now + AHEAD), until=end - _SECOND, zone=station.rules.zone
        )
        if session.key not in kept and session.key not in coming
    ]
    return WeekView(
        sessions=tuple(sorted((*known, *far), key=lambda view: view.key)),
        outside=tuple(outside),
        placements=week.placements if week else (),
    )


def _within(week: Week | None, start: datetime, end: datetime) -> Iterable[Occurrence]:
    return (o for o in week.occurrences if start <= o.key.due_at < end) if week else ()


def _view(each: Settled, heard: list[Airing], *, is_settled: bool) -> SessionView:
    return SessionView(
        key=each.key,
        programme=each.key.programme,
        title=each.title,
        session=each,
        verdict=each.verdict,
        ends_by=each.ends_by,
        left_out=each.left_out,
        omitted=each.omitted,
        airings=tuple(heard),
        is_settled=is_settled,
    )


def _expected(key: OccurrenceKey, title: str, *, ends_by: datetime) -> SessionView:
    return SessionView(
        key=key,
        programme=key.programme,
        title=title,
        session=None,
        verdict=None,
        ends_by=ends_by,
        left_out=(),
        omitted=(),
        airings=(),
        is_settled=False,
    )
