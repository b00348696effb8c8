"""An approved bulletin on its way to its airings: what of it still wants a place, and what stood in the way."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from broadcaster.domain.bulletin import Priority
from broadcaster.domain.ids import BulletinId
from broadcaster.domain.programme import OccurrenceKey, ProgrammeId, Section
from broadcaster.domain.week.ground import Ground, Mask
from broadcaster.domain.week.planned import Item
from broadcaster.domain.week.reasons import Reason
from broadcaster.domain.week.requests import AtMinute, AtOnce, Request, TheseSessions

_LAST_RANK = 1 << 30


@dataclass(slots=True, kw_only=True, eq=False)
class Round:
    """One time that a bulletin is to be heard everywhere in its audience, from `not_before` on."""

    not_before: datetime
    left: Mask
    obstacle: Reason | None = None
    """What the first session that it could have been in had against it."""


@dataclass(slots=True, kw_only=True, eq=False)
class Waiting:
    """A request that is being placed."""

    request: Request
    mask: Mask
    programme: ProgrammeId | None
    rounds: list[Round]
    items: list[Item] = field(default_factory=list)
    in_sessions: dict[OccurrenceKey, Mask] = field(default_factory=dict)
    later: Reason | None = None
    rivals: tuple[BulletinId, ...] = ()
    contested_at: datetime | None = None

    @property
    def order(self) -> tuple[bool, int, datetime, str]:
        """Return what decides who goes first: priority, then the rank a person gave, then age."""
        request = self.request
        rank = _LAST_RANK if request.rank is None else request.rank
        return (request.priority is not Priority.PRIORITY, rank, request.approved_at, request.bulletin)

    @property
    def is_done(self) -> bool:
        """Whether nothing of it wants a place any more."""
        return self.contested_at is not None or not any(each.left for each in self.rounds)

    def wants(self, *, key: OccurrenceKey, section_ok: Iterable[Section], mask: Mask) -> tuple[Round, Mask] | None:
        """Return the round, and for which of these clusters, in which it wants that session; None when it does not."""
        request = self.request
        if self.programme not in (None, key.programme) or request.section not in section_ok:
            return None
        free = mask & ~self.in_sessions.get(key, 0)
        for each in self.rounds:
            if each.not_before > key.due_at:
                return None
            if each.left & free:
                return each, each.left & free
        return None

    def settle(self, each: Round, mask: Mask, key: OccurrenceKey) -> None:
        """Note that a round has its place in a session for these clusters."""
        each.left &= ~mask
        self.in_sessions[key] = self.in_sessions.get(key, 0) | mask
        if each.obstacle is not None and self.later is None:
            self.later = each.obstacle


def is_single(request: Request) -> bool:
    """Return whether a request wants an airing of its own, outside the sessions."""
    return isinstance(request.wish, AtMinute | AtOnce)


def waiting_for_session(request: Request, *, ground: Ground, zone: ZoneInfo, kept: Iterable[Item]) -> Waiting:
    """Return a request's state after the airings that it has already had or that are settled."""
    mask = ground.mask(request.audience)
    wish = request.wish
    starts = [request.approved_at]
    programme = None
    if isinstance(wish, TheseSessions):
        days = (wish.first_day + timedelta(days=n) for n in range(wish.days))
        starts = [max(request.approved_at, datetime.combine(day, time(), zone)) for day in days]
        programme = wish.programme
    rounds = [Round(not_before=start, left=mask) for start in starts]
    state = Waiting(request=request, mask=mask, programme=programme, rounds=rounds)
    for item in sorted(kept, key=lambda i: (i.start_at, i.id)):
        _count_in(state, item, ground.mask(item.audience))
    return state


def _count_in(state: Waiting, item: Item, mask: Mask) -> None:
    """Count an airing that stands for good towards the rounds."""
    state.items.append(item)
    if item.key is not None:
        state.in_sessions[item.key] = state.in_sessions.get(item.key, 0) | mask
    for each in state.rounds:
        taken = each.left & mask
        each.left &= ~taken
        mask &= ~taken
