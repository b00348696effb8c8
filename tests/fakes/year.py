"""A station living through a year: edits, restarts, a clock that steps, a second scheduler; and what must hold after.

The store is two dictionaries, as the database's two unique keys: an airing by its id, a verdict by (programme, due).
The checks know nothing of the planner: they look at what stood, minute by minute and cluster by cluster.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import Any

from broadcaster.domain.audience import EVERYBODY, Audience, Place, of_hamlets
from broadcaster.domain.bulletin import Priority
from broadcaster.domain.ids import AiringId, BulletinId, ClusterId, HamletId
from broadcaster.domain.programme import OccurrenceKey, Programme, ProgrammeId, Section, Sound, SoundName, due_at
from broadcaster.domain.station import QuietHours, Rules
from broadcaster.domain.week.ground import Ground
from broadcaster.domain.week.placing import plan
from broadcaster.domain.week.planned import Fate, Item, Occurrence, Placement, Verdict, Week, changes, reach
from broadcaster.domain.week.recurrence import Break, days_of
from broadcaster.domain.week.regime import Profile, Regime
from broadcaster.domain.week.requests import AtMinute, AtOnce, NextSession, Request, TheseSessions, Wish
from broadcaster.domain.week_file.template import Template, bind

Planner = Callable[..., Week]
RULES = Rules(quiet_hours=(QuietHours(start=time(22), end=time(4, 30)),))
MINUTE = timedelta(minutes=1)


@dataclass(slots=True, kw_only=True)
class Store:
    """What the database keeps: airings by id, verdicts by key, the last answer to each request."""

    items: dict[AiringId, Item] = field(default_factory=dict)
    verdicts: dict[OccurrenceKey, Occurrence] = field(default_factory=dict)
    answers: dict[BulletinId, Placement] = field(default_factory=dict)
    since: datetime
    settled_twice: int = 0
    seen: set[Fate] = field(default_factory=set)

    def apply(self, week: Week, *, standing: list[Item], settled: frozenset[OccurrenceKey], now: datetime) -> None:
        """Write a week down, as one transaction does."""
        change = changes(standing, week, settled=settled, now=now)
        for item in (*change.add, *change.alter):
            self.items[item.id] = item
        for name in change.withdraw:
            del self.items[name]
        for each in week.settling:
            self.settled_twice += each.key in self.verdicts
            self.verdicts.setdefault(each.key, each)
        self.seen.update(each.fate for each in week.placements)
        self.answers.update({each.request.bulletin: each for each in week.placements})
        self.since = now


@dataclass(slots=True, kw_only=True)
class Station:
    """A station of so many villages, each with the template's programmes for itself."""

    ground: Ground
    profile: Profile
    programmes: dict[ProgrammeId, Programme]
    sounds: dict[SoundName, Sound]
    villages: tuple[str, ...]
    requests: dict[BulletinId, Request] = field(default_factory=dict)


def station_of(template: Template, profile: Profile, *, villages: int) -> Station:
    """Return a station on which each village has the template's programmes, and each group a hamlet of its own."""
    names = tuple(f"v{n:02}" for n in range(villages))
    parts = tuple(group.id for group in template.groups) or ("a", "b")
    places = [
        Place(cluster=ClusterId(f"{name}-{part}-{n}"), hamlet=HamletId(f"{name}-{part}"))
        for name in names
        for part in (*parts, "z")
        for n in range(2 if part == parts[0] else 1)
    ]
    programmes: dict[ProgrammeId, Programme] = {}
    for name in names:
        whole = of_hamlets([f"{name}-{part}" for part in (*parts, "z")])
        groups = {group.id: of_hamlets([f"{name}-{group.id}"]) for group in template.groups}
        for each in bind(template, hamlets={}, groups=groups, name=lambda w, name=name: ProgrammeId(f"{name}-{w}")):  # type: ignore[misc] # a default binds the loop's name
            programmes[each.id] = replace(each, audience=whole if each.audience == EVERYBODY else each.audience)
    return Station(
        ground=Ground.of(places, Regime(profile=profile, rules=RULES)),
        profile=profile,
        programmes=programmes,
        sounds={
            s.name: Sound(sha256=f"{n:064x}", duration=timedelta(seconds=8 + 9 * n), title=s.title)
            for n, s in enumerate(template.sounds)
        },
        villages=names,
    )


@dataclass(slots=True, kw_only=True)
class Life:
    """One year: the true clock, what the station's clock shows, and everything that happens."""

    station: Station
    store: Store
    chance: Random
    planner: Planner
    true_now: datetime
    step: timedelta = timedelta(0)
    made: int = 0
    plans: int = 0
    expected: set[OccurrenceKey] = field(default_factory=set)
    """Every session that became due while its programme stood so."""

    @property
    def now(self) -> datetime:
        """Return what the station's clock shows."""
        return self.true_now + self.step

    def reconcile(self, *, skew: timedelta = timedelta(0)) -> None:
        """Plan and write it down, in one transaction."""
        now, store, station = self.now + skew, self.store, self.station
        open_ = {each.bulletin for each in station.requests.values()}
        back = reach(since=store.since, now=now)
        standing = [i for i in store.items.values() if i.end_at > back or i.bulletin in open_]
        settled = frozenset(key for key in store.verdicts if key.due_at > back)
        week = self.planner(
            tuple(station.programmes.values()), tuple(station.requests.values()),
            ground=station.ground, sounds=station.sounds, standing=standing, settled=settled, taken=(),
            since=store.since, now=now,
        )  # fmt: skip
        store.apply(week, standing=standing, settled=settled, now=now)
        self.plans += 1

    def live(self, until: datetime) -> None:
        """Let time pass, with whatever it brings, until then."""
        while self.true_now < until:
            if self.chance.random() < 0.08:
                self.step = timedelta(hours=self.chance.choice((-30, -3, 3, 30)))
            elif self.chance.random() < 0.5:
                self.step = timedelta(0)
            self.true_now += timedelta(minutes=self.chance.choice((7, 3000, 7000, 9000)))
            self._expect()
            self._happen()
            if self.chance.random() < 0.3:
                self.reconcile()  # so that what was due is settled before the week is edited
                for _ in range(self.chance.randint(1, 2 + len(self.station.villages))):
                    self._edit()
            self.reconcile()
            if self.chance.random() < 0.1:  # a second scheduler, its clock not quite the same
                self.reconcile(skew=timedelta(seconds=self.chance.randint(-90, 90)))
            self._close_requests()
        self.step = timedelta(0)
        self._expect()
        self.reconcile()

    def _expect(self) -> None:
        """Note the sessions due since the last plan, from the year's days and not from a window of them."""
        for each in self.station.programmes.values():
            dues = _dues(each) if each.active else ()
            begun = max(self.store.since, each.in_force_from or self.store.since)
            for due in dues[bisect_right(dues, begun) : bisect_right(dues, self.now)]:
                self.expected.add(OccurrenceKey(due_at=due, programme=each.id))

    def _happen(self) -> None:
        for _ in range(self.chance.randint(0, 3 + len(self.station.villages))):
            self._approve()
        for answer in self.store.answers.values():
            if answer.fate is Fate.CLASH and answer.request.bulletin in self.station.requests:
                self._rank(answer.request.bulletin)

    def _rank(self, bulletin: BulletinId) -> None:
        if self.chance.random() < 0.7:
            asked = self.station.requests[bulletin]
            self.station.requests[bulletin] = replace(asked, rank=self.chance.randint(0, 9))

    def _approve(self) -> None:
        village = self.chance.choice(self.station.villages)
        hamlets = [str(h) for h in self.station.ground.hamlets if h.startswith(village)]
        audience: Audience = of_hamlets(self.chance.choice((hamlets, hamlets, hamlets[:1])))
        self.made += 1
        bulletin = BulletinId(f"b{self.made}")
        self.station.requests[bulletin] = Request(
            bulletin=bulletin,
            title=f"Bản tin số {self.made}",
            audience=audience,
            priority=self.chance.choice((Priority.ORDINARY, Priority.ORDINARY, Priority.PRIORITY)),
            recording_sha256=f"{self.made:064x}",
            duration=timedelta(seconds=self.chance.choice((35, 95, 150, 260, 420, 1200))),
            approved_at=self.now,
            wish=self._wish(),
            section=self.chance.choice(tuple(Section)),
            expires_at=self.now + timedelta(days=self.chance.choice((1, 4, 9))),
        )

    def _wish(self) -> Wish:
        at = self.now + timedelta(minutes=self.chance.randint(1, 4000))
        return self.chance.choice(
            (
                NextSession(), NextSession(), NextSession(),
                TheseSessions(first_day=at.date(), days=self.chance.randint(1, 4)),
                AtMinute(at=at), AtOnce(asked_at=self.now),
            )
        )  # fmt: skip

    def _edit(self) -> None:
        station = self.station
        each = self.chance.choice(tuple(station.programmes.values()))
        slot, day = each.slot, self.now.date()
        minute = slot.starts.hour * 60 + slot.starts.minute + self.chance.choice((-75, -20, 10, 45))
        moved = time(*divmod(minute % 1440, 60))
        away = Break(first_day=day, last_day=day + timedelta(days=self.chance.randint(0, 9)), reason="Việc làng")
        edited = self.chance.choice(
            (
                replace(each, slot=replace(slot, starts=moved)),
                replace(each, slot=replace(slot, length=self.chance.choice((4, 13, 30, 55)) * MINUTE)),
                replace(each, active=not each.active),
                replace(each, slot=replace(slot, days=replace(slot.days, breaks=(away,)))),
                replace(each, segments=each.segments[::-1]),
                replace(each, id=ProgrammeId(f"{each.id[:24]}-x"), slot=replace(slot, starts=moved)),
            )
        )
        station.programmes[edited.id] = replace(edited, in_force_from=self.now)

    def _close_requests(self) -> None:
        """A request leaves the desk a while after it was heard or ran out; its answer stays."""
        for name, asked in list(self.station.requests.items()):
            answer = self.store.answers.get(name)
            is_over = answer is not None and answer.fate in (Fate.PAST, Fate.EXPIRED)
            if is_over and asked.expires_at is not None and asked.expires_at < self.now - timedelta(days=8):
                del self.station.requests[name]


def live_through(
    template: Template,
    profile: Profile,
    *,
    seed: int,
    villages: int,
    first: date,
    days: int,
    planner: Planner = plan,
) -> Life:
    """Return a station's life of so many days."""
    start = datetime.combine(first, time(0, 30), RULES.zone).astimezone(UTC)
    station = station_of(template, profile, villages=villages)
    life = Life(station=station, store=Store(since=start), chance=Random(seed), planner=planner, true_now=start)
    life.reconcile()
    life.live(start + timedelta(days=days))
    return life


def complaints(life: Life) -> Iterator[str]:
    """Yield everything that is not as it must be. Nothing comes back from a sound planner."""
    yield from _verdicts(life)
    yield from _overlaps(life)
    yield from _quiet(life)
    yield from _caps(life)
    yield from _bulletins(life)
    yield from _expired(life)


def _verdicts(life: Life) -> Iterator[str]:
    """Every session that was due has one verdict, and it is the truth about its airings."""
    if life.store.settled_twice:
        yield f"{life.store.settled_twice} sessions were settled twice"
    sounding = {item.key for item in life.store.items.values() if item.key is not None}
    for key, verdict in life.store.verdicts.items():
        if (verdict.verdict is Verdict.SOUNDS) != (key in sounding):
            yield f"{key} is said to be {verdict.verdict}, which is not so"
        if verdict.verdict is not Verdict.SOUNDS and not all(str(each.reason) for each in verdict.left_out):
            yield f"{key} does not sound, and nobody says why"
    for key in sorted(life.expected):
        if key not in life.store.verdicts:
            yield f"{key} was due and has no verdict"


@lru_cache(maxsize=4096)
def _dues(programme: Programme) -> tuple[datetime, ...]:
    days = days_of(programme.slot.days, first=date(2025, 12, 25), last=date(2027, 1, 20))
    return tuple(due_at(programme.slot, day, RULES.zone) for day in days)


def _by_cluster(life: Life) -> dict[ClusterId, list[Item]]:
    heard: dict[ClusterId, list[Item]] = defaultdict(list)
    ground = life.station.ground
    for item in sorted(life.store.items.values(), key=lambda i: i.start_at):
        for cluster in ground.clusters(ground.mask(item.audience)):
            heard[cluster].append(item)
    return heard


def _overlaps(life: Life) -> Iterator[str]:
    for cluster, items in _by_cluster(life).items():
        for before, after in pairwise(items):
            if before.end_at > after.start_at:
                yield f"{cluster}: {before.title} runs into {after.title} at {after.start_at}"


def _quiet(life: Life) -> Iterator[str]:
    for item in life.store.items.values():
        for instant in (item.start_at, item.end_at - timedelta(milliseconds=1)):
            clock = instant.astimezone(RULES.zone).time()
            if clock >= time(22) or clock < time(4, 30):
                yield f"{item.title} sounds at {clock}"


def _caps(life: Life) -> Iterator[str]:
    profile = life.station.profile
    special = {each.id for each in life.station.programmes.values() if each.special}
    days: Counter[tuple[ClusterId, date]] = Counter()
    weekdays: dict[tuple[ClusterId, tuple[int, int]], set[date]] = defaultdict(set)
    for cluster, items in _by_cluster(life).items():
        spans: dict[OccurrenceKey, datetime] = {}
        for item in items:
            if item.key is not None:
                spans[item.key] = max(item.end_at, spans.get(item.key, item.end_at))
        for key, end in spans.items():
            if end - key.due_at > profile.session_length:
                yield f"{cluster}: {key} lasts {end - key.due_at}"
            if key.programme in special:
                continue
            day = key.due_at.astimezone(RULES.zone).date()
            days[cluster, day] += 1
            weekdays[cluster, day.isocalendar()[:2]].add(day)
            if day.isoweekday() not in profile.weekdays:
                yield f"{cluster}: {key} on a day that is not allowed"
    yield from (f"{at} has {n} sessions" for at, n in days.items() if n > profile.sessions_a_day)
    yield from (f"{at} has {len(d)} days" for at, d in weekdays.items() if len(d) > profile.days_a_week)


def _bulletins(life: Life) -> Iterator[str]:
    """Every approved bulletin has one answer, and the answer is the truth about its airings."""
    heard: dict[BulletinId, Counter[ClusterId]] = defaultdict(Counter)
    airings: dict[BulletinId, set[AiringId]] = defaultdict(set)
    ground = life.station.ground
    for item in life.store.items.values():
        if item.bulletin is not None:
            airings[item.bulletin].add(item.id)
            heard[item.bulletin].update(ground.clusters(ground.mask(item.audience)))
    for number in range(1, life.made + 1):
        bulletin = BulletinId(f"b{number}")
        answer = life.store.answers.get(bulletin)
        if answer is None:
            yield f"{bulletin} was approved and has no answer"
        else:
            yield from _answered(bulletin, answer, heard[bulletin], life)
            if set(answer.airings) != airings[bulletin]:
                yield f"{bulletin}: the answer names other airings than there are"


def _answered(bulletin: BulletinId, answer: Placement, heard: Counter[ClusterId], life: Life) -> Iterator[str]:
    if not str(answer.reason).strip() or "{" in str(answer.reason):
        yield f"{bulletin} has no sentence"
    times: Any = answer.request.wish.days if isinstance(answer.request.wish, TheseSessions) else 1
    most = max(heard.values(), default=0)
    if most > times:
        yield f"{bulletin} is heard {most} times instead of {times}"
    missing = life.station.ground.clusters(life.station.ground.mask(answer.request.audience)) - heard.keys()
    if answer.fate in (Fate.PLACED, Fate.PAST) and missing - answer.unserved:
        yield f"{bulletin} is {answer.fate}, but {sorted(missing)} never hear it"


def _expired(life: Life) -> Iterator[str]:
    """Nothing of a bulletin begins when it has expired."""
    for item in life.store.items.values():
        answer = life.store.answers.get(item.bulletin) if item.bulletin is not None else None
        if answer is not None and answer.request.expires_at is not None and item.start_at >= answer.request.expires_at:
            yield f"{item.title} sounds at {item.start_at}, when it has expired"
