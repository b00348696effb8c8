"""The month in figures: every number of the page, the workbook and the PDF comes from `monthly` alone."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from broadcaster.domain.delivery import Heard, Outcome
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.ids import ClusterId, HamletId
from broadcaster.domain.records.logbook import NOT_IN_EARNEST, Entry, Line, LogKind, Place, Source, Verdict, effective

K = TypeVar("K", bound=Hashable)


@refusal
class MonthUnclear(Invalid):
    value: str
    message = N_("“{value}” không phải là tháng. Xin ghi như 2026-11.")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Month:
    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def days(self) -> tuple[date, ...]:
        """Return every day of the month."""
        count = (self.moved(1).first - self.first).days
        return tuple(self.first + timedelta(days=n) for n in range(count))

    def moved(self, months: int) -> "Month":
        """Return the month so many later."""
        number = self.year * 12 + self.month - 1 + months
        return Month(year=number // 12, month=number % 12 + 1)

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the instants at which the month begins and the next one begins on the station's clocks."""
        starts = (datetime.combine(day, datetime.min.time(), zone) for day in (self.first, self.moved(1).first))
        begin, end = starts
        return begin, end


def month_of(raw: str) -> Month:
    """Return a month written `2026-11`. Raises MonthUnclear."""
    year, _, month = raw.strip().partition("-")
    plain = year.isascii() and year.isdecimal() and month.isascii() and month.isdecimal()
    if not (plain and len(year) == 4 and len(month) in (1, 2) and 2000 <= int(year) <= 2999 and 1 <= int(month) <= 12):
        raise MonthUnclear(value=raw[:40])
    return Month(year=int(year), month=int(month))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Figures of a group of deliveries.

    `airings` were meant to sound, `aired` did somewhere; `seconds` is how long something sounded, each airing counted
    once however many clusters it sounded on. `deliveries` and what follows count clusters, one for each airing.
    """

    items: int = 0
    airings: int = 0
    aired: int = 0
    seconds: int = 0
    deliveries: int = 0
    played: int = 0
    heard: int = 0
    not_heard: int = 0
    unsure: int = 0

    @property
    def minutes(self) -> float:
        """Return the seconds as minutes, to a tenth."""
        return round(self.seconds / 60, 1)

    @property
    def played_share(self) -> float | None:
        """Return which part of the deliveries played to their end, in percent to a tenth; None of nothing."""
        return _percent(self.played, self.deliveries)

    @property
    def heard_share(self) -> float | None:
        """Return which part of those that a box's ear judged was heard, in percent to a tenth; None without an ear."""
        return _percent(self.heard, self.heard + self.not_heard + self.unsure)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How often a delivery ended so, for that reason."""

    outcome: Outcome
    reason: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """A stretch of time in which a cluster's box was watched, and could or could not be reached."""

    place: Place
    online: bool
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """How long a cluster's box was watched in the month, and how much of that it could be reached."""

    place: Place
    watched_s: int
    online_s: int

    @property
    def share(self) -> float | None:
        """Return the part in which it could be reached, in percent to a tenth; None when nobody watched."""
        return _percent(self.online_s, self.watched_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class AiredItem:
    """One item of the month with what became of it."""

    title: str
    source: Source
    priority: str
    first_at: datetime
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyReport:
    """The figures of a month.

    `totals`, the hamlets, the days, the items and the failures count what was in earnest; drills and tests of the
    loudspeakers stand apart in `practised`, by their own sources and ranks, and in `alerts` each by itself.
    """

    month: Month
    made_at: datetime
    totals: Tally
    practised: Tally
    by_source: tuple[tuple[Source, Tally], ...]
    by_priority: tuple[tuple[str, Tally], ...]
    by_hamlet: tuple[tuple[str, Tally], ...]
    by_day: tuple[tuple[date, Tally], ...]
    items: tuple[AiredItem, ...]
    alerts: tuple[AiredItem, ...]
    """Every alert, drill, test and pressed button that went live in the month, in their order."""
    failures: tuple[Failure, ...]
    uptime: tuple[Uptime, ...]
    lines: tuple[Line, ...]
    """What is known by now of each delivery of the month: what all the figures above count."""
    log: Verdict
    """Whether the stretch of the log that holds these lines is whole."""


def monthly(
    lines: Iterable[Line],
    *,
    month: Month,
    zone: ZoneInfo,
    places: Sequence[Place],
    presence: Iterable[Presence],
    log: Verdict,
    now: datetime,
) -> MonthlyReport:
    """Return the report of a month, of all lines of what was planned in it.

    `places` are the clusters that there are now: a hamlet where nothing was aired stands in the report too.
    """
    known = effective(lines)
    every = [line.entry for line in known]
    entries = [entry for entry in every if entry.source not in NOT_IN_EARNEST]
    return MonthlyReport(
        month=month,
        made_at=now,
        totals=tally(entries),
        practised=tally(entry for entry in every if entry.source in NOT_IN_EARNEST),
        by_source=tuple(_grouped(every, lambda e: e.source).items()),
        by_priority=tuple(_grouped(every, lambda e: e.priority).items()),
        by_hamlet=_by_hamlet(entries, places),
        by_day=_by_day(entries, month=month, zone=zone),
        items=_items((entry for entry in entries if entry.kind is LogKind.AIRING), _item),
        alerts=_items((entry for entry in every if entry.kind is LogKind.ALERT), lambda e: e.subject),
        failures=_failures(entries),
        uptime=_uptime(presence, places, span=month.span(zone)),
        lines=known,
        log=log,
    )


def tally(entries: Iterable[Entry]) -> Tally:
    """Return the figures of some deliveries."""
    some = tuple(entries)
    longest: dict[str, int] = {}
    for entry in some:
        seconds = round(entry.sounded.total_seconds())
        longest[entry.subject] = max(longest.get(entry.subject, 0), seconds)
    aired = {e.subject for e in some if e.outcome is Outcome.PLAYED} | {s for s, length in longest.items() if length}
    ears = Counter(entry.heard for entry in some)
    return Tally(
        items=len({_item(entry) for entry in some if entry.subject in aired}),
        airings=len(longest),
        aired=len(aired),
        seconds=sum(longest.values()),
        deliveries=len(some),
        played=sum(entry.outcome is Outcome.PLAYED for entry in some),
        heard=ears[Heard.HEARD],
        not_heard=ears[Heard.NOT_HEARD],
        unsure=ears[Heard.UNSURE],
    )


def _item(entry: Entry) -> str:
    return entry.item or entry.subject


def _grouped(entries: Iterable[Entry], key: Callable[[Entry], K]) -> dict[K, Tally]:
    groups: dict[K, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    return {name: tally(group) for name, group in groups.items()}


def _by_hamlet(entries: Sequence[Entry], places: Sequence[Place]) -> tuple[tuple[str, Tally], ...]:
    """Return each hamlet's figures under its name of today, or the last that the log knows of one that is gone."""
    names: dict[HamletId, str] = {place.hamlet: place.hamlet_name for place in places}
    for entry in reversed(entries):
        names.setdefault(entry.place.hamlet, entry.place.hamlet_name)
    found = _grouped(entries, lambda e: e.place.hamlet)
    return tuple((name, found.get(hamlet, Tally())) for hamlet, name in names.items())


def _by_day(entries: Iterable[Entry], *, month: Month, zone: ZoneInfo) -> tuple[tuple[date, Tally], ...]:
    found = _grouped(entries, lambda e: e.planned_at.astimezone(zone).date())
    return tuple((day, found.get(day, Tally())) for day in month.days)


def _items(entries: Iterable[Entry], name_of: Callable[[Entry], str]) -> tuple[AiredItem, ...]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(name_of(entry), []).append(entry)
    return tuple(
        AiredItem(
            title=group[-1].title,
            source=group[0].source,
            priority=group[-1].priority,
            first_at=group[0].planned_at,
            tally=tally(group),
        )
        for group in groups.values()
    )


def _failures(entries: Iterable[Entry]) -> tuple[Failure, ...]:
    found = Counter((e.outcome, e.reason) for e in entries if e.outcome is not Outcome.PLAYED)
    ordered = sorted(found.items(), key=lambda pair: (-pair[1], pair[0][0], pair[0][1] or ""))
    return tuple(Failure(outcome=outcome, reason=reason, count=count) for (outcome, reason), count in ordered)


def _uptime(
    presence: Iterable[Presence], places: Sequence[Place], *, span: tuple[datetime, datetime]
) -> tuple[Uptime, ...]:
    begin, end = span
    watched: Counter[ClusterId] = Counter()
    online: Counter[ClusterId] = Counter()
    known = {place.cluster: place for place in places}
    for stretch in presence:
        seconds = round((min(stretch.ended_at, end) - max(stretch.began_at, begin)).total_seconds())
        if seconds > 0:
            known.setdefault(stretch.place.cluster, stretch.place)
            watched[stretch.place.cluster] += seconds
            online[stretch.place.cluster] += seconds if stretch.online else 0
    return tuple(
        Uptime(place=place, watched_s=watched[cluster], online_s=online[cluster]) for cluster, place in known.items()
    )


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
