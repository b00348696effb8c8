"""Which sessions may take place, where, and until when: quiet hours, caps, and one session at a time on a cluster."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from broadcaster.domain.programme import OccurrenceKey, Programme, due_at
from broadcaster.domain.timetable import quiet_stretches
from broadcaster.domain.week.ground import Ground, Mask, Zone
from broadcaster.domain.week.reasons import (
    CutByQuiet,
    CutShort,
    DaysAWeek,
    NobodyThere,
    OtherSession,
    QuietHoursThere,
    Reason,
    SessionsADay,
    WeekdayNotAllowed,
)
from broadcaster.domain.week.recurrence import days_of
from broadcaster.domain.week.regime import weekday_name

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A programme on one of its days, before anybody asked whether it may."""

    key: OccurrenceKey
    programme: Programme

    @property
    def end_at(self) -> datetime:
        """Return when it is over if nothing shortens it."""
        return self.key.due_at + self.programme.slot.length


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Clusters that have the same end of a session."""

    mask: Mask
    end_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What became of a session: its lanes (none when it is refused), and who is left out or cut short, and why."""

    session: Session
    lanes: tuple[Lane, ...]
    left_out: tuple[tuple[Mask, Reason], ...]

    @property
    def mask(self) -> Mask:
        """Return where it sounds."""
        whole = 0
        for lane in self.lanes:
            whole |= lane.mask
        return whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A session that takes place: other sessions keep off it."""

    title: str
    due_at: datetime
    end_at: datetime
    mask: Mask


def sessions_due(
    programmes: Iterable[Programme], *, after: datetime, until: datetime, zone: ZoneInfo
) -> tuple[Session, ...]:
    """Return every session of the active programmes due after `after` and not after `until`, in order."""
    first, last = (instant.astimezone(zone).date() for instant in (after, until))
    found = [
        Session(key=OccurrenceKey(due_at=due, programme=programme.id), programme=programme)
        for programme in programmes
        if programme.active
        for day in days_of(programme.slot.days, first=first, last=last)
        if after < (due := due_at(programme.slot, day, zone)) <= until
        and (programme.in_force_from is None or programme.in_force_from < due)
    ]
    return tuple(sorted(found, key=lambda session: session.key))


@dataclass(slots=True, kw_only=True)
class Tally:
    """What clusters have had: sessions by day, days by week, and when. It grows with each session."""

    zone: ZoneInfo
    _sessions: dict[date, list[Mask]] = field(default_factory=lambda: defaultdict(list))
    _days: dict[tuple[int, int], list[Mask]] = field(default_factory=lambda: defaultdict(list))
    _on_day: dict[date, Mask] = field(default_factory=lambda: defaultdict(int))
    _booked: dict[date, list[Booked]] = field(default_factory=lambda: defaultdict(list))

    def add(self, booked: Booked, *, special: bool) -> None:
        """Count a session. One for a special occasion takes time, but nothing from the caps."""
        first, last = booked.due_at.astimezone(self.zone).date(), booked.end_at.astimezone(self.zone).date()
        for day in {first, last}:
            self._booked[day].append(booked)
        if special:
            return
        _count(self._sessions[first], booked.mask)
        _count(self._days[_week(first)], booked.mask & ~self._on_day[first])
        self._on_day[first] |= booked.mask

    def had_sessions(self, day: date, cap: int) -> Mask:
        """Return the clusters that have had `cap` sessions on a day."""
        return _at_least(self._sessions[day], cap)

    def had_days(self, day: date, cap: int) -> Mask:
        """Return the clusters that have had sessions on `cap` days of that day's week, all of them other days."""
        return _at_least(self._days[_week(day)], cap) & ~self._on_day[day]

    def beside(self, start: datetime, end: datetime, mask: Mask) -> Iterator[Booked]:
        """Yield the sessions that take these clusters within [start, end)."""
        days = {start.astimezone(self.zone).date(), end.astimezone(self.zone).date()}
        for day in sorted(days):
            for booked in self._booked[day]:
                if booked.mask & mask and booked.due_at < end and booked.end_at > start:
                    yield booked


def grant_all(sessions: Iterable[Session], *, ground: Ground, tally: Tally) -> tuple[Grant, ...]:
    """Return each session's grant, in the order of the keys. Those for special occasions choose first."""
    chosen = sorted(sessions, key=lambda s: (not s.programme.special, s.key))
    return tuple(sorted((grant(each, ground=ground, tally=tally) for each in chosen), key=lambda g: g.session.key))


def grant(session: Session, *, ground: Ground, tally: Tally, counted: bool = True) -> Grant:
    """Return where and how long a session may sound, and count it unless it is only asked for."""
    whole = ground.mask(session.programme.audience)
    lanes: dict[datetime, Mask] = {}
    left_out: list[tuple[Mask, Reason]] = []
    if not whole:
        left_out.append((0, NobodyThere(due_at=session.key.due_at.astimezone(tally.zone))))
    for zone in ground.zones:
        if inside := whole & zone.mask:
            _grant_zone(session, inside, zone=zone, tally=tally, lanes=lanes, left_out=left_out)
    given = tuple(Lane(mask=mask, end_at=end) for end, mask in sorted(lanes.items()))
    result = Grant(session=session, lanes=given, left_out=tuple(left_out))
    if result.lanes and counted:
        tally.add(
            Booked(title=session.programme.title, due_at=session.key.due_at, end_at=given[-1].end_at, mask=result.mask),
            special=bool(session.programme.special),
        )
    return result


def _grant_zone(
    session: Session,
    inside: Mask,
    *,
    zone: Zone,
    tally: Tally,
    lanes: dict[datetime, Mask],
    left_out: list[tuple[Mask, Reason]],
) -> None:
    """Give the clusters of one zone their lane, or say why they have none."""
    end, shortened = _end(session, zone=zone, local=tally.zone)
    remaining = inside
    for refused, why in _refusals(session, inside, end, zone=zone, tally=tally):
        if refused & remaining:
            left_out.append((refused & remaining, why))
            remaining &= ~refused
    if remaining:
        lanes[end] = lanes.get(end, 0) | remaining
        left_out.extend((0, why) for why in shortened)


def _refusals(
    session: Session, inside: Mask, end: datetime, *, zone: Zone, tally: Tally
) -> Iterator[tuple[Mask, Reason]]:
    """Yield what forbids a session on some clusters of a zone, the weightiest rule first."""
    due, profile = session.key.due_at.astimezone(tally.zone), zone.profile
    for begins, _, quiet in quiet_stretches(due, due + _MINUTE, rules=zone.rules):
        if begins < due + _MINUTE:
            yield inside, QuietHoursThere(
                due_at=due, quiet_start=f"{quiet.start:%H:%M}", quiet_end=f"{quiet.end:%H:%M}"
            )  # fmt: skip
    if not session.programme.special:
        if due.isoweekday() not in profile.weekdays:
            yield inside, WeekdayNotAllowed(due_at=due, weekday=weekday_name(due), profile=profile.name)
        if full := tally.had_days(due.date(), profile.days_a_week):
            yield full, DaysAWeek(due_at=due, limit=profile.days_a_week, profile=profile.name)
        if full := tally.had_sessions(due.date(), profile.sessions_a_day):
            yield full, SessionsADay(due_at=due, limit=profile.sessions_a_day, profile=profile.name)
    for other in tally.beside(due, end, inside):
        yield other.mask, OtherSession(
            due_at=due, other=other.title, other_due=other.due_at.astimezone(tally.zone)
        )  # fmt: skip


def _end(session: Session, *, zone: Zone, local: ZoneInfo) -> tuple[datetime, list[Reason]]:
    """Return when a session is over in a zone, and what shortened it."""
    due, length = session.key.due_at, session.programme.slot.length
    allowed = zone.profile.session_length
    shortened: list[Reason] = []
    if length > allowed:
        shortened.append(
            CutShort(
                due_at=due.astimezone(local),
                minutes=allowed // _MINUTE,
                asked=length // _MINUTE,
                profile=zone.profile.name,
            )
        )
    end = due + min(length, allowed)
    for begins, _, quiet in quiet_stretches(due + _MINUTE, end, rules=zone.rules):
        if due < begins < end:
            end = begins.astimezone(due.tzinfo)
            shortened.append(CutByQuiet(due_at=due.astimezone(local), quiet_start=f"{quiet.start:%H:%M}"))
    return end, shortened


def _week(day: date) -> tuple[int, int]:
    return day.isocalendar()[:2]


def _count(levels: list[Mask], mask: Mask) -> None:
    """Add one for each of these clusters: `levels[n]` holds those that have more than n."""
    for n, level in enumerate(levels):
        levels[n], mask = level | mask, level & mask
        if not mask:
            return
    if mask:
        levels.append(mask)


def _at_least(levels: list[Mask], cap: int) -> Mask:
    return levels[cap - 1] if len(levels) >= cap else 0
