"""The planner: programmes and approved bulletins in, the station's week out. It decides everything anew each time."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from broadcaster.domain.ids import BulletinId
from broadcaster.domain.programme import (
    BoxSegment,
    OccurrenceKey,
    Programme,
    ProgrammeId,
    Section,
    Sound,
    SoundName,
)
from broadcaster.domain.timetable import Occupied
from broadcaster.domain.week.answers import SessionSettled
from broadcaster.domain.week.fates import judge
from broadcaster.domain.week.filling import Barred, fill
from broadcaster.domain.week.grants import Booked, Grant, Session, Tally, grant_all, sessions_due
from broadcaster.domain.week.ground import Ground, Mask
from broadcaster.domain.week.layout import Obstacle
from broadcaster.domain.week.planned import AHEAD, FREEZE, Item, Occurrence, Placement, Verdict, Week
from broadcaster.domain.week.requests import Request
from broadcaster.domain.week.singles import Busy, Singles, by_start, is_kept, place_singles
from broadcaster.domain.week.sitting import Sitting
from broadcaster.domain.week.verdicts import granted, silent
from broadcaster.domain.week.waiting import Waiting, is_single, waiting_for_session

_MS = timedelta(milliseconds=1)


def plan(
    programmes: Iterable[Programme],
    requests: Iterable[Request],
    *,
    ground: Ground,
    sounds: Mapping[SoundName, Sound],
    standing: Iterable[Item],
    settled: frozenset[OccurrenceKey],
    taken: Iterable[Occupied],
    since: datetime,
    now: datetime,
) -> Week:
    """Return the week from `now` on: sessions, airings-to-be, and exactly one placement for each request.

    `ground` is the station's clusters under its regime (`Ground.of(places, regime)`). `sounds` are the approved
    recordings by the name that programmes use. `standing` is every airing-to-be stored before and not withdrawn that
    ends after `reach(since=…, now=…)`, and any of a request that is still open. `settled` are the keys of the sessions
    written down for good that were due after it: they stay as they stand. `taken` is what was placed by hand. `since`
    is when the planner last ran: each session due after it gets its verdict. Whoever asks with the same data gets the
    same ids, so that a second planner, a restart or a clock that steps adds nothing and loses nothing.
    """
    desk = _Desk(
        programmes={each.id: each for each in programmes},
        ground=ground,
        sounds=sounds,
        settled=settled,
        zone=ground.regime.rules.zone,
        now=now,
    )
    asked = tuple(requests)
    desk.sort_standing(standing, asked)
    tally = desk.tally()
    sessions = sessions_due(
        desk.programmes.values(), after=min(since, now), until=now + AHEAD, zone=desk.zone
    )  # fmt: skip
    fresh = [each for each in sessions if each.key not in settled]
    overdue = [each for each in fresh if each.key.due_at <= now and each.key not in desk.held]
    unheard = tuple(silent(each, ground=ground, tally=tally, since=since, zone=desk.zone) for each in overdue)
    grants = grant_all((each for each in fresh if each.key.due_at > now), ground=ground, tally=tally)
    singles = desk.place_singles(asked, grants, taken)
    waiting = [desk.waiting(each) for each in asked if not is_single(each)]
    filled = fill(
        desk.sittings(grants, singles.busy), tuple(desk.barred(grants, sessions)), waiting, sounds=sounds
    )  # fmt: skip
    held = desk.held_since(min(since, now))
    occurrences = tuple(sorted((*desk.granted(grants, filled), *unheard, *held), key=lambda each: each.key))
    items = [*desk.kept, *singles.items, *(item for _, made in filled for item in made)]
    return Week(
        occurrences=occurrences,
        items=tuple(sorted(items, key=lambda item: (item.start_at, item.id))),
        placements=tuple(desk.placements(asked, singles, waiting)),
        settling=tuple(each for each in occurrences if each.key.due_at <= now + FREEZE),
    )


@dataclass(slots=True, kw_only=True, eq=False)
class _Desk:
    """What one call of the planner works with."""

    programmes: dict[ProgrammeId, Programme]
    ground: Ground
    sounds: Mapping[SoundName, Sound]
    settled: frozenset[OccurrenceKey]
    zone: ZoneInfo
    now: datetime
    kept: list[Item] = field(default_factory=list)
    held: dict[OccurrenceKey, list[Item]] = field(default_factory=dict)
    """The sessions that stay as they stand: settled, or already due."""
    by_bulletin: dict[BulletinId, list[Item]] = field(default_factory=dict)

    def sort_standing(self, standing: Iterable[Item], requests: Sequence[Request]) -> None:
        """Set apart what stands for good from what is planned anew."""
        asked = {each.bulletin: each for each in requests}
        held: dict[OccurrenceKey, list[Item]] = defaultdict(list)
        by_bulletin: dict[BulletinId, list[Item]] = defaultdict(list)
        for item in standing:
            if item.key is not None:
                stays = item.key in self.settled or item.key.due_at <= self.now
                if stays:
                    held[item.key].append(item)
            else:
                stays = is_kept(item, asked.get(item.bulletin) if item.bulletin else None, now=self.now)
            if stays:
                self.kept.append(item)
                if item.bulletin is not None:
                    by_bulletin[item.bulletin].append(item)
        self.held, self.by_bulletin = dict(held), dict(by_bulletin)

    def tally(self) -> Tally:
        """Return the count of what clusters have had, or will have from the sessions that stand."""
        tally = Tally(zone=self.zone)
        for key, items in sorted(self.held.items()):
            programme = self.programmes.get(key.programme)
            title = programme.title if programme else items[0].title
            booked = Booked(
                title=title, due_at=key.due_at, end_at=max(i.end_at for i in items), mask=self._mask(items)
            )  # fmt: skip
            tally.add(booked, special=bool(programme and programme.special))
        return tally

    def place_singles(self, requests: Sequence[Request], grants: Sequence[Grant], taken: Iterable[Occupied]) -> Singles:
        """Place what is aired outside the sessions, around what stands and beside the sessions granted."""
        busy = [
            Busy(title=o.title, start_at=o.start_at, end_at=o.end_at, mask=self.ground.mask_of(o.clusters))
            for o in taken
        ]
        busy += [
            Busy(title=i.title, start_at=i.start_at, end_at=i.end_at, mask=self.ground.mask(i.audience))
            for i in self.kept
        ]
        windows = [
            Busy(title=g.session.programme.title, start_at=g.session.key.due_at, end_at=lane.end_at, mask=lane.mask)
            for g in grants
            for lane in g.lanes
        ]
        singles = Singles(
            ground=self.ground, zone=self.zone, now=self.now, busy=busy, items=[], placements=[]
        )  # fmt: skip
        wanted = [self.waiting(each) for each in requests if is_single(each)]
        place_singles(wanted, singles, kept=self.by_bulletin, windows=windows)
        standing_windows = set(map(id, windows))
        singles.busy = [each for each in singles.busy if id(each) not in standing_windows]
        return singles

    def waiting(self, request: Request) -> Waiting:
        """Return a request's state before anything new is placed."""
        kept = self.by_bulletin.get(request.bulletin, ())
        return waiting_for_session(request, ground=self.ground, zone=self.zone, kept=kept)

    def sittings(self, grants: Sequence[Grant], busy: Sequence[Busy]) -> list[Sitting]:
        """Return the sessions granted, each lane opened with what is fixed in it."""
        ordered = sorted((each for each in busy if each.end_at > self.now), key=by_start)
        longest = max((each.end_at - each.start_at for each in ordered), default=timedelta(0))
        made = []
        for given in grants:
            for lane in given.lanes:
                due = given.session.key.due_at
                obstacles = tuple(_obstacles(ordered, longest, due=due, end=lane.end_at, mask=lane.mask))
                sitting = Sitting(
                    session=given.session,
                    lane=lane,
                    suffix="" if len(given.lanes) == 1 else str((lane.end_at - due) // _MS),
                    ground=self.ground,
                    zone=self.zone,
                    obstacles=obstacles,
                )
                sitting.open(self.sounds)
                made.append(sitting)
        return made

    def barred(self, grants: Sequence[Grant], sessions: Sequence[Session]) -> Iterator[Barred]:
        """Yield the sessions, or parts of them, that bulletins would want and cannot have."""
        for given in grants:
            for mask, reason in given.left_out:
                if mask:
                    key, sections = given.session.key, _sections(given.session.programme)
                    yield Barred(key=key, mask=mask, sections=sections, reason=reason)
        for each in sessions:
            if each.key.due_at > self.now and each.key in self.settled:
                yield Barred(
                    key=each.key,
                    mask=self.ground.mask(each.programme.audience),
                    sections=_sections(each.programme),
                    reason=SessionSettled(due_at=each.key.due_at.astimezone(self.zone)),
                )

    def granted(
        self, grants: Sequence[Grant], filled: Sequence[tuple[Sitting, tuple[Item, ...]]]
    ) -> Iterator[Occurrence]:
        """Yield the sessions that were planned anew, each with its verdict."""
        lanes: dict[OccurrenceKey, list[tuple[Sitting, tuple[Item, ...]]]] = defaultdict(list)
        for sitting, items in filled:
            lanes[sitting.session.key].append((sitting, items))
        return (granted(given, lanes[given.session.key], ground=self.ground, zone=self.zone) for given in grants)

    def held_since(self, since: datetime) -> Iterator[Occurrence]:
        """Yield the sessions that became due since then and stay as they stand."""
        for key, items in self.held.items():
            if key not in self.settled and key.due_at > since:
                yield self._held(key, items)

    def placements(
        self, requests: Sequence[Request], singles: Singles, waiting: Sequence[Waiting]
    ) -> Iterator[Placement]:
        """Yield what became of each request, in the order in which they were asked."""
        titles = {each.bulletin: each.title for each in requests}
        names = {each.id: each.title for each in self.programmes.values()}
        answers = {each.request.bulletin: each for each in singles.placements}
        for each in waiting:
            answers[each.request.bulletin] = judge(
                each, ground=self.ground, zone=self.zone, now=self.now, titles=titles, programmes=names
            )
        yield from (answers[each.bulletin] for each in requests)

    def _held(self, key: OccurrenceKey, items: Sequence[Item]) -> Occurrence:
        programme, mask = self.programmes.get(key.programme), self._mask(items)
        return Occurrence(
            key=key,
            title=programme.title if programme else items[0].title,
            audience=programme.audience if programme else self.ground.audience(mask, items[0].audience),
            clusters=self.ground.clusters(mask),
            ends_by=max(item.end_at for item in items),
            verdict=Verdict.SOUNDS,
            special=bool(programme and programme.special),
        )

    def _mask(self, items: Iterable[Item]) -> Mask:
        whole = 0
        for item in items:
            whole |= self.ground.mask(item.audience)
        return whole


def _obstacles(
    busy: Sequence[Busy], longest: timedelta, *, due: datetime, end: datetime, mask: Mask
) -> Iterator[Obstacle]:
    """Yield what is in the way of a session, from stretches in the order of their start."""
    first = bisect_left(busy, due - longest, key=by_start)
    for each in busy[first : bisect_left(busy, end, key=by_start)]:
        if each.mask & mask and each.end_at > due:
            yield Obstacle(
                start_ms=(each.start_at - due) // _MS, end_ms=-((due - each.end_at) // _MS), mask=each.mask
            )  # fmt: skip


def _sections(programme: Programme) -> frozenset[Section]:
    return frozenset(s for each in programme.segments if isinstance(each, BoxSegment) for s in each.sections)
