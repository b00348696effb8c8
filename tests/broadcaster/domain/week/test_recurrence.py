"""On which days a session takes place: RFC 5545, lunar days, holidays, breaks."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.week.calendar import BeyondCalendar, Holiday, LunarDay
from broadcaster.domain.week.recurrence import (
    BadRule,
    Break,
    CountsFromNowhere,
    DaysReversed,
    LunarBreak,
    NeverRecurs,
    OnHolidays,
    Recurrence,
    days_of,
    left_out,
    rest_on,
)

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def test_every_day_is_every_day() -> None:
    assert len(days_of(Recurrence(), first=FIRST, last=LAST)) == 365


@given(st.sets(st.integers(0, 6), min_size=1), st.dates(FIRST, LAST), st.integers(0, 40))
def test_weekdays_are_those_of_the_calendar(wanted: set[int], first: date, length: int) -> None:
    """Against the plainest way of counting."""
    rule = "FREQ=WEEKLY;BYDAY=" + ",".join(WEEKDAYS[n] for n in sorted(wanted))
    days = [first + timedelta(days=n) for n in range(length + 1)]

    found = days_of(Recurrence(rule=rule), first=first, last=first + timedelta(days=length))

    assert list(found) == [day for day in days if day.weekday() in wanted]


@given(st.dates(FIRST, LAST), st.integers(1, 60))
def test_windows_see_the_same_days_as_the_whole_year(first: date, length: int) -> None:
    rules = Recurrence(
        rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SA",
        first_day=date(2025, 12, 30),
        lunar_days=(LunarDay(day=15, month=0),),
        on_holidays=OnHolidays.SKIP,
    )
    last = first + timedelta(days=length)

    whole = days_of(rules, first=date(2025, 12, 1), last=date(2027, 4, 1))

    assert days_of(rules, first=first, last=last) == tuple(day for day in whole if first <= day <= last)


def test_monthly_rule_finds_the_first_saturday() -> None:
    found = days_of(Recurrence(rule="FREQ=MONTHLY;BYDAY=1SA"), first=date(2026, 5, 1), last=date(2026, 7, 31))

    assert found == (date(2026, 5, 2), date(2026, 6, 6), date(2026, 7, 4))


def test_season_is_a_rule_with_months() -> None:
    flood = Recurrence(rule="FREQ=DAILY;BYMONTH=8,9")

    assert len(days_of(flood, first=FIRST, last=LAST)) == 31 + 30


def test_first_and_last_day_are_included() -> None:
    days = Recurrence(first_day=date(2026, 3, 5), last_day=date(2026, 3, 7))

    assert days_of(days, first=FIRST, last=LAST) == (date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 7))


def test_holidays_are_skipped() -> None:
    days = days_of(Recurrence(on_holidays=OnHolidays.SKIP), first=date(2026, 4, 25), last=date(2026, 5, 2))

    assert days == (date(2026, 4, 25), *(date(2026, 4, n) for n in (27, 28, 29)), date(2026, 5, 2))


def test_only_the_named_holiday_is_meant() -> None:
    tet = Recurrence(on_holidays=OnHolidays.ONLY, holidays=(Holiday.TET,))

    assert days_of(tet, first=FIRST, last=LAST) == tuple(date(2026, 2, n) for n in range(16, 21))


def test_break_takes_even_an_extra_day_away() -> None:
    day = date(2026, 3, 5)
    mourning = Break(first_day=day, last_day=day, reason="Quốc tang")
    days = Recurrence(rule="", extra_days=(day, date(2026, 3, 9)), breaks=(mourning,))

    assert days_of(days, first=FIRST, last=LAST) == (date(2026, 3, 9),)
    assert left_out(days, day) == "Quốc tang"


def test_extra_day_is_kept_on_a_holiday() -> None:
    day = date(2026, 4, 30)
    days = Recurrence(rule="", extra_days=(day,), on_holidays=OnHolidays.SKIP)

    assert days_of(days, first=FIRST, last=LAST) == (day,)


def test_rest_is_said_of_its_usual_days_alone() -> None:
    harvest = Break(first_day=date(2026, 5, 20), last_day=date(2026, 6, 10), reason="Mùa gặt")
    mondays = Recurrence(rule="FREQ=WEEKLY;BYDAY=MO", on_holidays=OnHolidays.SKIP, breaks=(harvest,))

    assert rest_on(mondays, date(2026, 5, 25)) == "Mùa gặt"
    assert rest_on(mondays, date(2026, 5, 26)) is None  # a Tuesday is no day of its
    assert rest_on(mondays, date(2026, 6, 15)) is None
    assert rest_on(mondays, date(2027, 4, 26)) is None
    assert rest_on(Recurrence(on_holidays=OnHolidays.SKIP), date(2026, 9, 2)) == "Quốc khánh"
    assert rest_on(Recurrence(on_holidays=OnHolidays.ONLY), date(2026, 9, 3)) is None


@given(st.dates(FIRST, LAST))
def test_every_usual_day_is_either_kept_or_a_rest(day: date) -> None:
    harvest = Break(first_day=date(2026, 5, 20), last_day=date(2026, 6, 10))
    daily = Recurrence(on_holidays=OnHolidays.SKIP, breaks=(harvest,))

    assert (rest_on(daily, day) is None) == (day in days_of(daily, first=day, last=day))


def test_lunar_break_goes_over_the_turn_of_the_year() -> None:
    away = LunarBreak(first=LunarDay(day=29, month=12), last=LunarDay(day=2, month=1))
    days = days_of(Recurrence(lunar_breaks=(away,)), first=date(2026, 2, 14), last=date(2026, 2, 20))

    assert days == (date(2026, 2, 14), date(2026, 2, 15), date(2026, 2, 19), date(2026, 2, 20))


@pytest.mark.parametrize(
    "rule",
    ["FREQ=HOURLY", "FREQ=DAILY;COUNT=3", "FREQ=DAILY;UNTIL=20260101", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=XX",
     "FREQ=MONTHLY;BYMONTHDAY=1,45", "FREQ=MONTHLY;BYMONTHDAY=0",
     "BYDAY=MO", "hằng ngày", "FREQ=MONTHLY", "FREQ=DAILY;BYHOUR=3", "FREQ=DAILY;INTERVAL=x"],
)  # fmt: skip
def test_rule_that_cannot_be_used_is_refused(rule: str) -> None:
    with pytest.raises(BadRule, match="RFC 5545"):
        Recurrence(rule=rule)


def test_rule_without_any_day_is_refused() -> None:
    with pytest.raises(NeverRecurs):
        Recurrence(rule="")


def test_reversed_days_are_refused() -> None:
    with pytest.raises(DaysReversed, match="02/03/2026"):
        Recurrence(first_day=date(2026, 3, 2), last_day=date(2026, 3, 1))
    with pytest.raises(DaysReversed):
        Break(first_day=date(2026, 3, 2), last_day=date(2026, 3, 1))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=99999999999999999999",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=DAILY;BYMONTH=0",
        "FREQ=DAILY;BYMONTH=11;BYMONTH=12",
        "FREQ=WEEKLY;BYDAY=MO\nRDATE:20261125T000000",
        "FREQ=WEEKLY;BYDAY=MO DTSTART:20200101T000000Z",
    ],
)
def test_rule_that_would_be_read_otherwise_than_written_is_refused(rule: str) -> None:
    with pytest.raises(BadRule):
        Recurrence(rule=rule, first_day=FIRST)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2",
        "FREQ=DAILY;BYMONTHDAY=30;BYMONTH=2",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=1",
    ],
)
def test_rule_that_names_no_day_of_any_year_is_refused(rule: str) -> None:
    """Whoever looked for its next day would look until the year 9999, at every planning."""
    with pytest.raises(NeverRecurs):
        Recurrence(rule=rule, first_day=date(2026, 3, 1))


def test_every_other_week_must_say_from_which() -> None:
    with pytest.raises(CountsFromNowhere, match="first_day"):
        Recurrence(rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO")


@given(
    st.sampled_from(
        [
            "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1",
            "FREQ=WEEKLY;WKST=SU;BYDAY=SU,WE;BYSETPOS=-1",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1",
            "FREQ=DAILY;INTERVAL=5",
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
        ]
    ),
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.integers(0, 60),
)
def test_whatever_window_one_looks_through_the_days_are_the_same(rule: str, first: date, length: int) -> None:
    rules, last = Recurrence(rule=rule, first_day=date(1904, 2, 29)), first + timedelta(days=length)

    whole = days_of(rules, first=date(2025, 12, 25), last=date(2029, 3, 15))

    assert days_of(rules, first=first, last=last) == tuple(day for day in whole if first <= day <= last)


@pytest.mark.parametrize(
    ("eve", "new_year"), [(date(2026, 2, 16), date(2026, 2, 17)), (date(2028, 1, 25), date(2028, 1, 26))]
)
def test_tet_begins_on_the_eve_also_where_the_twelfth_month_is_short(eve: date, new_year: date) -> None:
    first, last = LunarDay(day=30, month=12), LunarDay(day=1, month=1)
    rules = Recurrence(lunar_breaks=(LunarBreak(first=first, last=last),))
    around = [eve + timedelta(days=n) for n in range(-2, 4)]

    found = days_of(rules, first=around[0], last=around[-1])

    assert [day for day in around if day not in found] == [eve, new_year]


def test_day_that_no_lunar_calendar_knows_is_refused() -> None:
    with pytest.raises(BeyondCalendar):
        Recurrence(first_day=date(1, 1, 1))
    with pytest.raises(BeyondCalendar, match="2150"):
        left_out(Recurrence(on_holidays=OnHolidays.SKIP), date(2150, 3, 1))
