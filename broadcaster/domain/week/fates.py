"""What became of each bulletin that asked for sessions, said in one sentence of facts."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from broadcaster.domain.ids import BulletinId
from broadcaster.domain.programme import ProgrammeId, Section
from broadcaster.domain.week.answers import (
    ChosenProgrammeGone,
    Contested,
    ExpiredUnplaced,
    ExpiresBefore,
    InSession,
    InSessions,
    ItsTimeCame,
    NobodyHears,
    NoPlaceFound,
    NoPlaceInTime,
    NoSessionForNotices,
    NoSessionThere,
    NotYet,
    PartlyPlaced,
    PlacedLater,
)
from broadcaster.domain.week.ground import Ground
from broadcaster.domain.week.planned import AHEAD, Fate, Item, Placement
from broadcaster.domain.week.reasons import Reason
from broadcaster.domain.week.waiting import Round, Waiting

_DAYS = AHEAD.days


def judge(
    each: Waiting,
    *,
    ground: Ground,
    zone: ZoneInfo,
    now: datetime,
    titles: Mapping[BulletinId, str],
    programmes: Mapping[ProgrammeId, str],
) -> Placement:
    """Return the placement of a request once every session is filled."""
    items = tuple(sorted(each.items, key=lambda item: (item.start_at, item.id)))
    unserved = 0
    for one in each.rounds:
        if one.not_before <= now + AHEAD:
            unserved |= one.left
    fate, reason = _fate(each, items, zone=zone, now=now, titles=titles, programmes=programmes)
    return Placement(
        request=each.request,
        fate=fate,
        reason=reason,
        airings=tuple(item.id for item in items),
        unserved=ground.clusters(unserved),
        rivals=each.rivals,
    )


def _fate(
    each: Waiting,
    items: tuple[Item, ...],
    *,
    zone: ZoneInfo,
    now: datetime,
    titles: Mapping[BulletinId, str],
    programmes: Mapping[ProgrammeId, str],
) -> tuple[Fate, Reason]:
    title = each.request.title
    if not each.mask and not items:
        return Fate.WAITING, NobodyHears(title=title)
    if each.contested_at is not None:
        others = ", ".join(f"“{titles[rival]}”" for rival in each.rivals)
        return Fate.CLASH, Contested(title=title, others=others, start_at=each.contested_at)
    open_rounds = [one for one in each.rounds if one.left]
    if not items:
        return _without_place(each, open_rounds, zone=zone, now=now, programmes=programmes)
    first, last = (item.start_at.astimezone(zone) for item in (items[0], items[-1]))
    begun = all(item.start_at <= now for item in items)
    expired = each.request.expires_at is not None and each.request.expires_at <= now
    due = [one for one in open_rounds if one.not_before <= now + AHEAD]
    if due and not expired:
        missing = 0
        for one in due:
            missing |= one.left
        return Fate.WAITING, PartlyPlaced(title=title, start_at=first, clusters=missing.bit_count())
    if expired or (begun and not open_rounds):
        return Fate.PAST, ItsTimeCame(title=title, start_at=last)
    if each.later is not None:
        upcoming = next((i.start_at.astimezone(zone) for i in items if i.start_at > now), last)
        return Fate.LATER, PlacedLater(title=title, start_at=upcoming, why=each.later)
    return Fate.PLACED, _placed(each, items, zone=zone, programmes=programmes)


def _without_place(
    each: Waiting,
    open_rounds: list[Round],
    *,
    zone: ZoneInfo,
    now: datetime,
    programmes: Mapping[ProgrammeId, str],
) -> tuple[Fate, Reason]:
    title, expires_at = each.request.title, each.request.expires_at
    if expires_at is not None and expires_at <= now:
        return Fate.EXPIRED, ExpiredUnplaced(title=title, expired_at=expires_at.astimezone(zone))
    if each.programme is not None and each.programme not in programmes:
        return Fate.WAITING, ChosenProgrammeGone(title=title)
    if all(one.not_before > now + AHEAD for one in open_rounds):
        first = min((one.not_before for one in open_rounds), default=now)
        return Fate.LATER, NotYet(title=title, first_day=f"{first.astimezone(zone):%d/%m/%Y}")
    obstacle = next((one.obstacle for one in open_rounds if one.obstacle is not None), None)
    if isinstance(obstacle, ExpiresBefore):
        return Fate.WAITING, NoPlaceInTime(title=title, why=obstacle)
    if obstacle is not None:
        return Fate.WAITING, NoPlaceFound(title=title, days=_DAYS, why=obstacle)
    nowhere = NoSessionForNotices if each.request.section is Section.NOTICES else NoSessionThere
    return Fate.WAITING, nowhere(title=title, days=_DAYS)


def _placed(each: Waiting, items: tuple[Item, ...], *, zone: ZoneInfo, programmes: Mapping[ProgrammeId, str]) -> Reason:
    title, first, last = each.request.title, items[0], items[-1]
    start = first.start_at.astimezone(zone)
    keys = {item.key for item in items}
    if len(keys) > 1:
        return InSessions(title=title, times=len(keys), start_at=start, last_at=last.start_at.astimezone(zone))
    named = programmes.get(first.key.programme, "") if first.key else ""
    return InSession(title=title, start_at=start, programme=named or first.title)
