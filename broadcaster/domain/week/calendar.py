"""The calendar of the country: lunar dates as reckoned at 105° east, and the public holidays.

The reckoning is Hồ Ngọc Đức's, through `lunar-vn`; it differs from the Chinese one in some years (2007, 2030, 2053).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from lunar_vn import solar_to_lunar

from broadcaster.domain.errors import N_, Invalid, refusal

_CACHED = 8192
FIRST_YEAR, LAST_YEAR = 1901, 2099
"""The lunar calendar is known for these, and for a year on either side."""
_CULTURE_DAY_SINCE = 2026
_NATIONAL_DAY_TWO_DAYS_SINCE = 2021


@refusal
class BadLunarDay(Invalid):
    value: str
    message = N_("“{value}” không phải là ngày âm lịch. Xin ghi ngày/tháng, chẳng hạn 10/3 hoặc 15/8.")


@refusal
class BeyondCalendar(Invalid):
    day: str
    first_year: int
    last_year: int
    message = N_("Lịch của đài chỉ tính các năm từ {first_year} đến {last_year}, không có ngày {day}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LunarDay:
    """A day of the lunar year; `month` 0 means every month (mùng 1 and rằm).

    A named month is kept once a year, not again in its leap month. Day 30 is the month's last, also where it has 29.
    """

    day: int
    month: int

    def __post_init__(self) -> None:
        if not (1 <= self.day <= 30 and 0 <= self.month <= 12):
            raise BadLunarDay(value=f"{self.day}/{self.month}")


class Holiday(StrEnum):
    """The days off of article 112 of the Labour Code 2019, and Culture Day (resolution 80-NQ/TW, from 2026)."""

    NEW_YEAR = "new_year"
    TET = "tet"
    HUNG_KINGS = "hung_kings"
    REUNIFICATION = "reunification"
    LABOUR = "labour"
    NATIONAL_DAY = "national_day"
    CULTURE_DAY = "culture_day"


HOLIDAY_NAMES = {
    Holiday.NEW_YEAR: N_("Tết Dương lịch"),
    Holiday.TET: N_("Tết Nguyên đán"),
    Holiday.HUNG_KINGS: N_("Giỗ Tổ Hùng Vương"),
    Holiday.REUNIFICATION: N_("Ngày Chiến thắng 30/4"),
    Holiday.LABOUR: N_("Ngày Quốc tế lao động"),
    Holiday.NATIONAL_DAY: N_("Quốc khánh"),
    Holiday.CULTURE_DAY: N_("Ngày Văn hóa Việt Nam"),
}
_SOLAR = {
    (1, 1): Holiday.NEW_YEAR,
    (4, 30): Holiday.REUNIFICATION,
    (5, 1): Holiday.LABOUR,
    (9, 2): Holiday.NATIONAL_DAY,
}
_TET_DAYS = frozenset({1, 2, 3, 4})
"""With the eve, five days; the Prime Minister moves them by a day or two in some years, which is a `Break`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LunarDate:
    """A day of a lunar year; `leap` when its month is the second of that number."""

    day: int
    month: int
    year: int
    leap: bool = False


def check_day(day: date) -> date:
    """Return a day unchanged when the calendar knows it. Raises BeyondCalendar."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BeyondCalendar(day=f"{day:%d/%m/%Y}", first_year=FIRST_YEAR, last_year=LAST_YEAR)
    return day


@lru_cache(maxsize=_CACHED)
def lunar_date(day: date) -> LunarDate:
    """Return the lunar date of a day. Raises BeyondCalendar outside the years 1900 to 2100."""
    try:
        found = solar_to_lunar(day)
    except ValueError as exc:
        raise BeyondCalendar(day=f"{day:%d/%m/%Y}", first_year=FIRST_YEAR, last_year=LAST_YEAR) from exc
    return LunarDate(day=found.day, month=found.month, year=found.year, leap=bool(found.leap))


def falls_on(day: date, wanted: LunarDay) -> bool:
    """Return whether a day is that day of the lunar year."""
    lunar = lunar_date(day)
    if wanted.month and (wanted.month != lunar.month or lunar.leap):
        return False
    return wanted.day == lunar.day or (wanted.day == 30 and ends_its_month(day))


def ends_its_month(day: date) -> bool:
    """Return whether a day is the last of its lunar month, which has 29 or 30 days."""
    return lunar_date(day).day >= 29 and lunar_date(day + timedelta(days=1)).day == 1


@lru_cache(maxsize=_CACHED)
def holiday_on(day: date) -> Holiday | None:
    """Return the public holiday that a day is, or None. The day before 2/9 is the second day of Quốc khánh."""
    if found := _SOLAR.get((day.month, day.day)):
        return found
    if (day.month, day.day) == (9, 1) and day.year >= _NATIONAL_DAY_TWO_DAYS_SINCE:
        return Holiday.NATIONAL_DAY
    if (day.month, day.day) == (11, 24) and day.year >= _CULTURE_DAY_SINCE:
        return Holiday.CULTURE_DAY
    return _lunar_holiday(day)


def _lunar_holiday(day: date) -> Holiday | None:
    lunar, tomorrow = lunar_date(day), lunar_date(day + timedelta(days=1))
    if (tomorrow.day, tomorrow.month, tomorrow.leap) == (1, 1, False):
        return Holiday.TET
    if lunar.leap:
        return None
    if lunar.month == 1 and lunar.day in _TET_DAYS:
        return Holiday.TET
    return Holiday.HUNG_KINGS if (lunar.day, lunar.month) == (10, 3) else None
