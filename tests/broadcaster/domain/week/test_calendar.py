"""The Vietnamese calendar: lunar dates against Hồ Ngọc Đức's published table, and the public holidays."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.week.calendar import (
    BadLunarDay,
    Holiday,
    LunarDay,
    falls_on,
    holiday_on,
    lunar_date,
)

# The first day of each lunar year from 2000 to 2050, month and day, from the table at
# https://www.informatik.uni-leipzig.de/~duc/amlich/ (TK21), and the years with a leap month.
TET = (
    "0205 0124 0212 0201 0122 0209 0129 0217 0207 0126 0214 0203 0123 0210 0131 0219 0208 0128 0216 0205 0125 0212 "
    "0201 0122 0210 0129 0217 0206 0126 0213 0202 0123 0211 0131 0219 0208 0128 0215 0204 0124 0212 0201 0122 0210 "
    "0130 0217 0206 0126 0214 0202 0123"
).split()
LEAP = {
    2001: 4, 2004: 2, 2006: 7, 2009: 5, 2012: 4, 2014: 9, 2017: 6, 2020: 4, 2023: 2, 2025: 6, 2028: 5, 2031: 3,
    2033: 11, 2036: 6, 2039: 5, 2042: 2, 2044: 7, 2047: 5, 2050: 3,
}  # fmt: skip


@pytest.mark.parametrize(("year", "day"), list(enumerate(TET, start=2000)))
def test_tet_is_when_the_table_says(year: int, day: str) -> None:
    first = date(year, int(day[:2]), int(day[2:]))

    found = lunar_date(first)

    assert (found.day, found.month, found.year, found.leap) == (1, 1, year, False)


def test_leap_months_are_those_of_the_table() -> None:
    days = (date(2000, 2, 5) + timedelta(days=n) for n in range(365 * 51 - 20))
    found = {(lunar_date(day).year, lunar_date(day).month) for day in days if lunar_date(day).leap}

    assert found == set(LEAP.items())


def test_years_differ_from_the_chinese_calendar() -> None:
    """In 2007 and 2030 Vietnam celebrated, or will, a day before China: a Chinese table would be wrong here."""
    assert lunar_date(date(2007, 2, 17)).day == 1
    assert lunar_date(date(2030, 2, 2)).day == 1


@given(st.dates(date(2000, 1, 1), date(2050, 12, 31)))
def test_lunar_days_follow_each_other(day: date) -> None:
    today, tomorrow = lunar_date(day), lunar_date(day + timedelta(days=1))

    assert tomorrow.day == today.day + 1 or (tomorrow.day == 1 and today.day in (29, 30))


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        (date(2026, 1, 1), Holiday.NEW_YEAR),
        (date(2026, 2, 16), Holiday.TET),
        (date(2026, 2, 20), Holiday.TET),
        (date(2026, 4, 26), Holiday.HUNG_KINGS),
        (date(2025, 4, 7), Holiday.HUNG_KINGS),
        (date(2024, 4, 18), Holiday.HUNG_KINGS),
        (date(2026, 4, 30), Holiday.REUNIFICATION),
        (date(2026, 5, 1), Holiday.LABOUR),
        (date(2026, 9, 2), Holiday.NATIONAL_DAY),
        (date(2026, 9, 1), Holiday.NATIONAL_DAY),
        (date(2020, 9, 1), None),
        (date(2026, 11, 24), Holiday.CULTURE_DAY),
        (date(2025, 11, 24), None),
        (date(2026, 2, 15), None),
        (date(2026, 2, 21), None),
    ],
)
def test_holidays_are_those_of_the_law(day: date, holiday: Holiday | None) -> None:
    assert holiday_on(day) is holiday


def test_a_year_has_twelve_days_off() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]

    assert sum(holiday_on(day) is not None for day in days) == 12


def test_every_month_has_its_full_moon() -> None:
    days = [date(2025, 1, 29) + timedelta(days=n) for n in range(384)]

    assert sum(falls_on(day, LunarDay(day=15, month=0)) for day in days) == 13  # 2025 has a leap month


def test_named_day_is_kept_once_in_a_leap_year() -> None:
    days = [date(2025, 1, 29) + timedelta(days=n) for n in range(384)]

    assert [day for day in days if falls_on(day, LunarDay(day=10, month=6))] == [date(2025, 7, 4)]


def test_thirtieth_of_a_short_month_is_its_last_day() -> None:
    assert falls_on(date(2026, 2, 16), LunarDay(day=30, month=12))


@pytest.mark.parametrize(("day", "month"), [(0, 1), (31, 1), (1, 13), (1, -1)])
def test_impossible_lunar_day_is_refused(day: int, month: int) -> None:
    with pytest.raises(BadLunarDay):
        LunarDay(day=day, month=month)
