"""What people do to programmes: leave a day out, another hour for once, a week like another; and what it breaks."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, time, timedelta

from broadcaster.domain.errors import N_, Conflict, Invalid, refusal
from broadcaster.domain.programme import Programme, ProgrammeId, starts_on
from broadcaster.domain.week.calendar import check_day
from broadcaster.domain.week.checking import Breach, UnusualHour, breaches
from broadcaster.domain.week.ground import Ground
from broadcaster.domain.week.reasons import Reason
from broadcaster.domain.week.recurrence import Break, Move, days_of
from broadcaster.domain.week.regime import Regime, is_usual, time_in_words

_DAY = timedelta(days=1)
_WEEK = 7


class WouldBreak(Conflict):
    """The change would break rules; every one of them is said."""

    message = "{reasons}"

    def __init__(self, reasons: Sequence[Reason]) -> None:
        """Take what would be broken."""
        super().__init__()
        self.reasons = tuple(reasons)

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """Return every sentence, each once."""
        return " ".join(dict.fromkeys(each.sentence(translate) for each in self.reasons))


@refusal
class TimeNotConfirmed(Conflict):
    """An unusual time is taken only from somebody who writes it in words."""

    title: str
    clock: str
    words: str
    message = N_(
        "“{title}” sẽ phát lúc {clock}, tức là {words}, ngoài giờ phát thường ngày. "
        "Nếu đúng như vậy, xin ghi lại bằng chữ “{words}” để xác nhận; nếu không, xin sửa giờ."
    )


@refusal
class NotThatDay(Invalid):
    title: str
    day: str
    message = N_("“{title}” không có buổi phát nào vào ngày {day}.")


@refusal
class AlreadyPast(Invalid):
    clock: str
    day: str
    message = N_("{clock} ngày {day} đã qua nên buổi này sẽ không phát lúc ấy. Xin chọn giờ khác.")


@refusal
class AlreadySettled(Conflict):
    clock: str
    day: str
    message = N_(
        "Buổi {clock} ngày {day} đã tới giờ, hoặc sắp tới nên đã chốt, không đổi được nữa. "
        "Muốn dừng, xin hủy từng lượt phát của buổi."
    )


@refusal
class SameWeek(Invalid):
    message = N_("Tuần chép và tuần được chép là một. Xin chọn tuần khác.")


def new_breaches(
    before: Iterable[Programme], after: Iterable[Programme], *, was: Ground, ground: Ground, first: date
) -> list[Breach]:
    """Return what a change would break that is not broken already; of a programme that it touches, everything.

    `was` is the ground as it is, `ground` as it is once the change is made.
    """
    earlier, becomes = tuple(before), tuple(after)
    unchanged = {p.id for p in becomes if p in earlier}
    known = {_kind(each, unchanged) for each in breaches(earlier, ground=was, first=first)}
    return [each for each in breaches(becomes, ground=ground, first=first) if _kind(each, unchanged) not in known]


def require_sound(found: Iterable[Breach], *, confirmed: Collection[str]) -> None:
    """Raise WouldBreak for what no confirmation can allow, and TimeNotConfirmed for what was not confirmed in words."""
    every = tuple(found)
    hard = [each.reason for each in every if not each.is_warning]
    if hard:
        raise WouldBreak(hard)
    said = {plain(words) for words in confirmed}
    for each in every:
        if isinstance(each.reason, UnusualHour) and plain(each.reason.words) not in said:
            raise TimeNotConfirmed(title=each.reason.title, clock=each.reason.clock, words=each.reason.words)


def require_usual(starts: time, *, title: str, regime: Regime, confirmed: Collection[str]) -> None:
    """Raise TimeNotConfirmed for an hour at which the station does not usually sound and that nobody wrote in words."""
    words = time_in_words(starts, regime.rules.style)
    if not is_usual(starts, regime.profile) and plain(words) not in {plain(said) for said in confirmed}:
        raise TimeNotConfirmed(title=title, clock=f"{starts:%H:%M}", words=words)


def plain(words: str) -> str:
    """Return words as they are compared: composed, in small letters, with single spaces."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", words)).strip(' .“”"').casefold()


def skip(programme: Programme, day: date, *, reason: str) -> Programme:
    """Return the programme without its session of one day. Raises NotThatDay."""
    if not takes_place(programme, day):
        raise NotThatDay(title=programme.title, day=f"{day:%d/%m/%Y}")
    return _without(programme, day, reason)


def rest(programme: Programme, *, first_day: date, last_day: date, reason: str) -> Programme:
    """Return the programme with a break of those days. Raises DaysReversed."""
    days = programme.slot.days
    added = Break(first_day=first_day, last_day=last_day, reason=reason)
    left = replace(days, breaks=(*(each for each in days.breaks if each != added), added))
    return replace(programme, slot=replace(programme.slot, days=left))


def restore(programme: Programme, day: date) -> Programme:
    """Return the programme with one day as its rule says, also within a longer break.

    Of an added day that was left out again only the leaving out is taken back: the one exception after the other.
    """
    freed = _freed(programme, day)
    days = freed.slot.days
    extra = tuple(each for each in days.extra_days if each != day)
    if days.breaks != programme.slot.days.breaks or not (extra or days.rule or days.lunar_days):
        return freed
    return replace(freed, slot=replace(freed.slot, days=replace(days, extra_days=extra)))


def put_on(programme: Programme, day: date, *, starts: time) -> Programme:
    """Return the programme with a session on that day at that time, whatever its rule says."""
    freed = _freed(programme, day)
    if not takes_place(freed, day):
        days = freed.slot.days
        freed = replace(freed, slot=replace(freed.slot, days=replace(days, extra_days=(*days.extra_days, day))))
    if starts == freed.slot.starts:
        return freed
    return replace(freed, slot=replace(freed.slot, moves=(*freed.slot.moves, Move(day=day, starts=starts))))


def move(programme: Programme, day: date, *, to: date, starts: time) -> Programme:
    """Return the programme with one session at another time, and on another day if so.

    Raises NotThatDay or BeyondCalendar.
    """
    check_day(to)
    if not takes_place(programme, day):
        raise NotThatDay(title=programme.title, day=f"{day:%d/%m/%Y}")
    left = programme if to == day else _without(programme, day, f"Dời sang {starts:%H:%M} ngày {to:%d/%m/%Y}")
    return put_on(left, to, starts=starts)


def copy_week(programmes: Iterable[Programme], *, source: date, target: date) -> tuple[Programme, ...]:
    """Return the programmes with the week of `target` as the week of `source` is: sessions, times and days left out.

    Raises SameWeek or BeyondCalendar.
    """
    one, other = (check_day(day) - timedelta(days=day.weekday()) for day in (source, target))
    if one == other:
        raise SameWeek
    return tuple(_copied(each, one, other) for each in programmes)


def takes_place(programme: Programme, day: date) -> bool:
    """Return whether there is a session on that day. Raises BeyondCalendar."""
    check_day(day)
    return day in days_of(programme.slot.days, first=day, last=day)


def changed(before: Iterable[Programme], after: Iterable[Programme]) -> Iterator[tuple[ProgrammeId, Programme | None]]:
    """Yield what differs: each programme as it becomes, None for one that goes."""
    was: Mapping[ProgrammeId, Programme] = {each.id: each for each in before}
    becomes = {each.id: each for each in after}
    for name, each in becomes.items():
        if name not in was or replace(was[name], in_force_from=None) != replace(each, in_force_from=None):
            yield name, each
    yield from ((name, None) for name in was if name not in becomes)


def _copied(programme: Programme, source: date, target: date) -> Programme:
    for nth in range(_WEEK):
        here, there = source + nth * _DAY, target + nth * _DAY
        if takes_place(programme, here):
            starts = starts_on(programme.slot, here)
            if not takes_place(programme, there) or starts_on(programme.slot, there) != starts:
                programme = put_on(programme, there, starts=starts)
        elif takes_place(programme, there):
            programme = _without(programme, there, "")
    return programme


def _without(programme: Programme, day: date, reason: str) -> Programme:
    days = programme.slot.days
    left = replace(days, breaks=(*days.breaks, Break(first_day=day, last_day=day, reason=reason)))
    moves = tuple(each for each in programme.slot.moves if each.day != day)
    return replace(programme, slot=replace(programme.slot, days=left, moves=moves))


def _freed(programme: Programme, day: date) -> Programme:
    """Return the programme with no break and no other hour on that day; longer breaks are split around it."""
    days = programme.slot.days
    breaks = tuple(part for each in days.breaks for part in _around(each, day))
    moves = tuple(each for each in programme.slot.moves if each.day != day)
    return replace(programme, slot=replace(programme.slot, days=replace(days, breaks=breaks), moves=moves))


def _around(each: Break, day: date) -> Iterator[Break]:
    if not each.first_day <= day <= each.last_day:
        yield each
        return
    if each.first_day < day:
        yield replace(each, last_day=day - _DAY)
    if day < each.last_day:
        yield replace(each, first_day=day + _DAY)


def _kind(each: Breach, unchanged: Collection[ProgrammeId]) -> tuple[str, ...]:
    """Return what makes two breaches the same one."""
    if isinstance(each.reason, UnusualHour):
        return (each.programme, each.reason.code, each.reason.clock)
    if each.programme in unchanged:
        return (each.programme, each.reason.code)
    return (each.programme, each.reason.code, "touched", str(each.reason))
