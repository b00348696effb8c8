"""On which days something recurs: a rule of RFC 5545, lunar days, public holidays, and the days it is left out."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from dateutil.rrule import rrulestr

from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.week.calendar import (
    HOLIDAY_NAMES,
    Holiday,
    LunarDay,
    check_day,
    ends_its_month,
    falls_on,
    holiday_on,
    lunar_date,
)

_RULE = re.compile(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*", re.ASCII)
_PARTS = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"})
_PERIODS = {"DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1), "MONTHLY": None, "YEARLY": None}
"""What a rule may count in, and how long it is where that is always the same."""
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_INTERVAL_MOST = 366
_CACHED = 4096
_CYCLES = 7600
"""The calendar repeats itself every 400 years. So near its end in the year 9999 a rule is soon seen to name no day."""


class OnHolidays(StrEnum):
    """What becomes of a session on a public holiday."""

    AS_USUAL = "as_usual"
    SKIP = "skip"
    ONLY = "only"


@refusal
class BadRule(Invalid):
    rule: str
    message = N_(
        "“{rule}” không phải là quy tắc lặp lại dùng được. Xin ghi theo RFC 5545, như FREQ=WEEKLY;BYDAY=MO,WE,FR; "
        "ngày bắt đầu và ngày kết thúc ghi ở mục riêng."
    )


@refusal
class DaysReversed(Invalid):
    first_day: str
    last_day: str
    message = N_("Ngày kết thúc ({last_day}) đứng trước ngày bắt đầu ({first_day}). Xin đổi lại.")


@refusal
class CountsFromNowhere(Invalid):
    rule: str
    message = N_(
        "“{rule}” cách quãng (INTERVAL) nên phải biết đếm từ ngày nào. Xin ghi thêm ngày bắt đầu (first_day) của "
        "chương trình."
    )


@refusal
class NeverRecurs(Invalid):
    message = N_("Khung giờ này không có ngày phát nào. Xin chọn ngày trong tuần, ngày âm lịch hoặc ngày cụ thể.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A stretch of days on which it does not take place, and why: mourning, harvest, repairs."""

    first_day: date
    last_day: date
    reason: str = ""

    def __post_init__(self) -> None:
        _check_order(self.first_day, self.last_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class LunarBreak:
    """A stretch of lunar days of every year on which it does not take place, e.g. 29/12 to 3/1 for Tết."""

    first: LunarDay
    last: LunarDay
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One day on which it begins at another time (RFC 5545's RECURRENCE-ID)."""

    day: date
    starts: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """The days: what `rule`, `lunar_days` and `extra_days` name, without what the rest takes away.

    `rule` is an RRULE of whole days without COUNT and UNTIL ("" for none); its DTSTART is `first_day` and its UNTIL
    `last_day`. `extra_days` are RDATEs and are not taken away by anything but `breaks`; `breaks` are EXDATEs.
    """

    rule: str = "FREQ=DAILY"
    first_day: date | None = None
    last_day: date | None = None
    lunar_days: tuple[LunarDay, ...] = ()
    extra_days: tuple[date, ...] = ()
    on_holidays: OnHolidays = OnHolidays.AS_USUAL
    holidays: tuple[Holiday, ...] = ()
    """Which holidays `on_holidays` speaks of; empty means every one."""
    breaks: tuple[Break, ...] = ()
    lunar_breaks: tuple[LunarBreak, ...] = ()

    def __post_init__(self) -> None:
        if self.first_day:
            check_day(self.first_day)
        if self.rule:
            _check_rule(self.rule, self.first_day)
        if self.first_day and self.last_day:
            _check_order(self.first_day, self.last_day)
        if not (self.rule or self.lunar_days or self.extra_days):
            raise NeverRecurs


def days_of(recurrence: Recurrence, *, first: date, last: date) -> tuple[date, ...]:
    """Return the days from `first` to `last`, both included, on which it takes place, in order."""
    return tuple(day for day in _named(recurrence, first, last) if left_out(recurrence, day) is None)


def rest_on(recurrence: Recurrence, day: date) -> str | None:
    """Return why one of its usual days is left out, "" when nobody said why; None when it is not, or no day of its.

    Where it takes place on holidays alone, every other day is simply no day of its.
    """
    if day not in _named(recurrence, day, day):
        return None
    if recurrence.on_holidays is OnHolidays.ONLY and _holiday_reason(recurrence, day) is not None:
        return None
    return left_out(recurrence, day)


def left_out(recurrence: Recurrence, day: date) -> str | None:
    """Return why a day that the rule names is taken away, "" when nobody said why, or None when it is not."""
    for each in recurrence.breaks:
        if each.first_day <= day <= each.last_day:
            return each.reason
    if day in recurrence.extra_days:
        return None
    for span in recurrence.lunar_breaks:
        if _within(day, span):
            return span.reason
    return _holiday_reason(recurrence, day)


def _holiday_reason(recurrence: Recurrence, day: date) -> str | None:
    if recurrence.on_holidays is OnHolidays.AS_USUAL:
        return None
    holiday = holiday_on(day)
    meant = holiday is not None and (not recurrence.holidays or holiday in recurrence.holidays)
    if meant == (recurrence.on_holidays is OnHolidays.ONLY):
        return None
    return HOLIDAY_NAMES[holiday] if holiday is not None else ""


def _within(day: date, span: LunarBreak) -> bool:
    """Return whether a day is in the stretch. A month of 29 days ends with its 30th too: so Tết's eve is 30/12."""
    lunar = lunar_date(day)
    since, until = (lunar.month, 30 if ends_its_month(day) else lunar.day), (lunar.month, lunar.day)
    first, last = ((d.month, d.day) for d in (span.first, span.last))
    return first <= since and until <= last if first <= last else since >= first or until <= last


@lru_cache(maxsize=_CACHED)
def _named(recurrence: Recurrence, first: date, last: date) -> tuple[date, ...]:
    """Return the days that are named at all, before anything is taken away."""
    start = max(first, recurrence.first_day or first)
    end = min(last, recurrence.last_day or last)
    days = set(_by_rule(recurrence, start, end)) if recurrence.rule else set()
    if recurrence.lunar_days:
        span = [start + timedelta(days=n) for n in range((end - start).days + 1)]
        days.update(day for day in span if any(falls_on(day, wanted) for wanted in recurrence.lunar_days))
    days.update(day for day in recurrence.extra_days if first <= day <= last)
    return tuple(sorted(days))


def _by_rule(recurrence: Recurrence, start: date, end: date) -> list[date]:
    if start > end:
        return []
    anchor = datetime.combine(_anchor(recurrence, start), time())
    between: Callable[..., list[datetime]] = rrulestr(recurrence.rule, dtstart=anchor).between
    found = between(datetime.combine(start, time()), datetime.combine(end, time()), inc=True)
    return [instant.date() for instant in found]


def _anchor(recurrence: Recurrence, start: date) -> date:
    """Return a day from which the rule may be counted as from its first day, no long way before `start`."""
    parts = _parts(recurrence.rule)
    period, interval = _PERIODS[parts["FREQ"]], int(parts.get("INTERVAL", "1"))
    if interval > 1 and recurrence.first_day is not None:
        first = recurrence.first_day
        return first + (start - first) // (period * interval) * (period * interval) if period else first
    begins = _WEEKDAYS.index(parts.get("WKST", "MO"))
    return start - timedelta(days=(start.weekday() - begins) % 7) if parts["FREQ"] == "WEEKLY" else start


def _parts(rule: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in rule.upper().split(";"))


@lru_cache(maxsize=_CACHED)
def _check_rule(rule: str, first_day: date | None) -> None:
    """Raise BadRule, CountsFromNowhere, or NeverRecurs for a rule that names no day of any year."""
    parts = _parts(rule)
    if not _RULE.fullmatch(rule.upper()) or len(parts) != rule.count(";") + 1 or not _is_well_formed(parts):
        raise BadRule(rule=rule[:80])
    if int(parts.get("INTERVAL", "1")) > 1 and first_day is None:
        raise CountsFromNowhere(rule=rule[:80])
    begun = first_day or date(2000, 1, 1)
    try:
        every = rrulestr(rule, dtstart=datetime.combine(begun.replace(year=begun.year + _CYCLES), time()))
    except (ValueError, KeyError, TypeError, IndexError) as exc:
        raise BadRule(rule=rule[:80]) from exc
    if next(iter(every), None) is None:
        raise NeverRecurs


def _is_well_formed(parts: dict[str, str]) -> bool:
    """Return whether the parts are whole days of RFC 5545, each with the days that it means."""
    frequency, days = parts.get("FREQ", ""), parts.get("BYDAY", "").split(",")
    if not parts.keys() <= _PARTS or frequency not in _PERIODS:
        return False
    # Without its days a rule would take them from wherever one begins to count.
    needed = {"WEEKLY": {"BYDAY"}, "DAILY": parts.keys()}.get(frequency, {"BYDAY", "BYMONTHDAY"})
    if not parts.keys() & needed:
        return False
    # The second Monday is one of a month or a year: elsewhere the number would be passed over in silence.
    if frequency in {"DAILY", "WEEKLY"} and "BYDAY" in parts and not set(days) <= set(_WEEKDAYS):
        return False
    numbers = {"INTERVAL": _INTERVAL_MOST, "BYMONTH": 12}
    if not all(_is_number(n, most) for key, most in numbers.items() for n in parts.get(key, "1").split(",")):
        return False
    return all(_is_number(day.lstrip("+-"), 31) for day in parts.get("BYMONTHDAY", "1").split(","))


def _is_number(written: str, most: int) -> bool:
    return written.isdigit() and len(written) < 4 and 1 <= int(written) <= most


def _check_order(first_day: date, last_day: date) -> None:
    if last_day < first_day:
        raise DaysReversed(first_day=f"{first_day:%d/%m/%Y}", last_day=f"{last_day:%d/%m/%Y}")
