"""Bulletins outside the sessions: at this minute, or now. Two *ưu tiên* ones at one time want a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from broadcaster.domain.bulletin import Priority
from broadcaster.domain.ids import AiringId, BulletinId
from broadcaster.domain.timetable import GAP, LEAD, latest_start, quiet_hours_touched
from broadcaster.domain.week.answers import (
    AtItsMinute,
    AtOnceFrom,
    ClustersBusy,
    Contested,
    ExpiredUnplaced,
    ExpiresBefore,
    ItsTimeCame,
    MinuteIsQuiet,
    MinuteNotAllowed,
    MinuteNotYet,
    MinutePassed,
    NobodyHears,
    NowPassed,
    PlacedLater,
)
from broadcaster.domain.week.ground import Ground, Mask
from broadcaster.domain.week.planned import AHEAD, FREEZE, Fate, Item, Placement, Recorded, airing_id
from broadcaster.domain.week.reasons import Reason, WeekdayNotAllowed
from broadcaster.domain.week.regime import weekday_name
from broadcaster.domain.week.requests import AtMinute, AtOnce, Request
from broadcaster.domain.week.waiting import Waiting

NOW_LASTS = timedelta(minutes=30)
"""What could not be aired *now* for so long is aired no more: it would sound when nobody thinks of it, at daybreak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A stretch that something takes on some clusters."""

    title: str
    start_at: datetime
    end_at: datetime
    mask: Mask


@dataclass(slots=True, kw_only=True, eq=False)
class Singles:
    """The airings outside the sessions, as they are placed one after another."""

    ground: Ground
    zone: ZoneInfo
    now: datetime
    busy: list[Busy]
    """What stands already; each new airing is added."""
    items: list[Item]
    placements: list[Placement]


def single_id(request: Request) -> AiringId:
    """Return the id of the one airing of a request outside the sessions."""
    wish = request.wish
    if isinstance(wish, AtMinute):
        return airing_id(request.bulletin, "at", wish.at)
    assert isinstance(wish, AtOnce)  # noqa: S101 - sessions' airings have other ids
    return airing_id(request.bulletin, "now", wish.asked_at)


def is_kept(item: Item, request: Request | None, *, now: datetime) -> bool:
    """Return whether a single airing that stands is not placed anew: begun, about to begin, or placed *now*."""
    if item.start_at <= now:
        return True
    if request is None or not isinstance(request.wish, AtMinute | AtOnce) or item.id != single_id(request):
        return False
    return isinstance(request.wish, AtOnce) or item.start_at <= now + FREEZE


def place_singles(
    waiting: Sequence[Waiting], state: Singles, *, kept: Mapping[BulletinId, Sequence[Item]], windows: Iterable[Busy]
) -> None:
    """Place each request: the *ưu tiên* ones over the sessions' `windows`, the ordinary ones beside them."""
    fresh = []
    for each in sorted(waiting, key=lambda w: w.order):
        answer = _answered(each, state, kept.get(each.request.bulletin, ()))
        if answer is not None:
            state.placements.append(answer)
        else:
            fresh.append(each)
    fights = _fights(fresh)
    for each in fresh:
        if rivals := fights.get(each.request.bulletin):
            state.placements.append(_clash(each, rivals, state))
    urgent = [w for w in fresh if w.request.priority is Priority.PRIORITY and w.request.bulletin not in fights]
    for each in sorted(urgent, key=lambda w: (isinstance(w.request.wish, AtOnce), w.order)):
        _place(each, state)
    state.busy.extend(windows)
    for each in fresh:
        if each.request.priority is not Priority.PRIORITY:
            _place(each, state)


def _answered(each: Waiting, state: Singles, kept: Sequence[Item]) -> Placement | None:
    """Return the placement of a request that nothing needs to be placed for any more, or that never can be."""
    request, now = each.request, state.now
    if kept:
        first = kept[0]
        begun = first.start_at <= now
        said = ItsTimeCame if begun else AtItsMinute if isinstance(request.wish, AtMinute) else AtOnceFrom
        why = said(title=request.title, start_at=first.start_at.astimezone(state.zone))
        fate = Fate.PAST if begun else Fate.PLACED
        return Placement(request=request, fate=fate, reason=why, airings=tuple(item.id for item in kept))
    if not each.mask:
        return Placement(request=request, fate=Fate.WAITING, reason=NobodyHears(title=request.title))
    if isinstance(request.wish, AtMinute) and request.wish.at < now:
        local = request.wish.at.astimezone(state.zone)
        return Placement(
            request=request,
            fate=Fate.EXPIRED,
            reason=MinutePassed(title=request.title, start_at=local),
            unserved=state.ground.clusters(each.mask),
        )
    if isinstance(request.wish, AtMinute) and request.wish.at > now + AHEAD:
        local = request.wish.at.astimezone(state.zone)
        not_yet = MinuteNotYet(title=request.title, start_at=local, days=AHEAD.days)
        return Placement(request=request, fate=Fate.LATER, reason=not_yet)
    too_old = _too_old(request, state)
    if too_old is not None:
        return Placement(
            request=request, fate=Fate.EXPIRED, reason=too_old, unserved=state.ground.clusters(each.mask)
        )  # fmt: skip
    return None


def _too_old(request: Request, state: Singles) -> Reason | None:
    """Return why a request that found no place so far is not to find one any more."""
    if request.expires_at is not None and request.expires_at <= state.now:
        return ExpiredUnplaced(title=request.title, expired_at=request.expires_at.astimezone(state.zone))
    if isinstance(request.wish, AtOnce) and request.wish.asked_at <= state.now - NOW_LASTS:
        return NowPassed(title=request.title, asked_at=request.wish.asked_at.astimezone(state.zone))
    return None


def _fights(fresh: Sequence[Waiting]) -> dict[BulletinId, list[Request]]:
    """Return who collides with whom among the *ưu tiên* requests for a minute, where nobody has ordered both."""
    urgent = [w for w in fresh if w.request.priority is Priority.PRIORITY and isinstance(w.request.wish, AtMinute)]
    fights: dict[BulletinId, list[Request]] = {}
    for n, one in enumerate(urgent):
        for other in urgent[n + 1 :]:
            ordered = one.request.rank is not None and other.request.rank is not None
            if not ordered and one.mask & other.mask and _overlap(one.request, other.request):
                fights.setdefault(one.request.bulletin, []).append(other.request)
                fights.setdefault(other.request.bulletin, []).append(one.request)
    return fights


def _overlap(one: Request, other: Request) -> bool:
    assert isinstance(one.wish, AtMinute)  # noqa: S101 - only these are compared
    assert isinstance(other.wish, AtMinute)  # noqa: S101 - likewise
    first, second = one.wish.at, other.wish.at
    return first < second + other.duration and second < first + one.duration


def _clash(each: Waiting, rivals: Sequence[Request], state: Singles) -> Placement:
    assert isinstance(each.request.wish, AtMinute)  # noqa: S101 - only these collide
    named = ", ".join(f"“{rival.title}”" for rival in rivals)
    at = each.request.wish.at.astimezone(state.zone)
    return Placement(
        request=each.request,
        fate=Fate.CLASH,
        reason=Contested(title=each.request.title, others=named, start_at=at),
        unserved=state.ground.clusters(each.mask),
        rivals=tuple(rival.bulletin for rival in rivals),
    )


def _place(each: Waiting, state: Singles) -> None:
    """Place one request at its instant or in the next gap, unless the rules forbid that instant."""
    request = each.request
    wanted = request.wish.at if isinstance(request.wish, AtMinute) else state.now + LEAD
    start, other = _first_gap(wanted, request.duration, each.mask, state.busy)
    local = start.astimezone(state.zone)
    forbidden = _forbidden(each, local, state)
    if forbidden is not None:
        state.placements.append(
            Placement(
                request=request,
                fate=Fate.WAITING,
                reason=forbidden,
                unserved=state.ground.clusters(each.mask),
            )
        )
        return
    item = _item(request, start, state)
    state.items.append(item)
    state.busy.append(Busy(title=request.title, start_at=start, end_at=item.end_at, mask=each.mask))
    reason: Reason
    if isinstance(request.wish, AtOnce):
        reason, fate = AtOnceFrom(title=request.title, start_at=local), Fate.PLACED
    elif other is None:
        reason, fate = AtItsMinute(title=request.title, start_at=local), Fate.PLACED
    else:
        busy = ClustersBusy(other=other.title, other_start=other.start_at.astimezone(state.zone))
        reason, fate = PlacedLater(title=request.title, start_at=local, why=busy), Fate.LATER
    state.placements.append(Placement(request=request, fate=fate, reason=reason, airings=(item.id,)))


def _first_gap(start: datetime, duration: timedelta, mask: Mask, busy: Iterable[Busy]) -> tuple[datetime, Busy | None]:
    """Return the first instant from `start` on at which the clusters are free so long, and what was in the way."""
    first: Busy | None = None
    for other in sorted((b for b in busy if b.mask & mask), key=by_start):
        if start < other.end_at + GAP and start + duration + GAP > other.start_at:
            first, start = first or other, other.end_at + GAP
    return start, first


def by_start(busy: Busy) -> datetime:
    """Return when a stretch begins."""
    return busy.start_at


def _forbidden(each: Waiting, local: datetime, state: Singles) -> Reason | None:
    """Return what forbids an airing at that instant somewhere in its audience."""
    request = each.request
    for zone in state.ground.zones:
        if not zone.mask & each.mask:
            continue
        if request.expires_at is not None and request.expires_at <= local:
            expires_at = request.expires_at.astimezone(state.zone)
            return MinuteNotAllowed(title=request.title, why=ExpiresBefore(start_at=local, expires_at=expires_at))
        if quiet := quiet_hours_touched(local, duration=request.duration, rules=zone.rules):
            return MinuteIsQuiet(
                title=request.title,
                start_at=local,
                quiet_start=f"{quiet.start:%H:%M}",
                quiet_end=f"{quiet.end:%H:%M}",
            )
        if request.priority is not Priority.PRIORITY and local.isoweekday() not in zone.profile.weekdays:
            day = WeekdayNotAllowed(due_at=local, weekday=weekday_name(local), profile=zone.profile.name)
            return MinuteNotAllowed(title=request.title, why=day)
    return None


def _item(request: Request, start: datetime, state: Singles) -> Item:
    latest = min(
        latest_start(start, duration=request.duration, rules=zone.rules)
        for zone in state.ground.zones
        if zone.mask & state.ground.mask(request.audience)
    )
    return Item(
        id=single_id(request),
        key=None,
        segment=None,
        bulletin=request.bulletin,
        title=request.title,
        audience=request.audience,
        priority=request.priority,
        source=Recorded(sha256=request.recording_sha256),
        start_at=start,
        duration=request.duration,
        not_after=latest,
    )
