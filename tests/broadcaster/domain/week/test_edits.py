"""What people do to single days: left out, put elsewhere, and back as the rule says, one exception after the other."""

from datetime import date, time, timedelta

import pytest

from broadcaster.domain.programme import Programme
from broadcaster.domain.week import edits
from broadcaster.domain.week.calendar import BeyondCalendar
from broadcaster.domain.week.recurrence import days_of
from tests.broadcaster.domain.weeks import MONDAY, programme

SATURDAY = MONDAY + timedelta(days=5)
WORKING_DAYS = programme(rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")


def week_of(changed: Programme) -> list[int]:
    """Return on which days of the week it takes place, Monday is 0."""
    return [day.weekday() for day in days_of(changed.slot.days, first=MONDAY, last=MONDAY + timedelta(days=6))]


def test_day_within_a_mourning_is_as_usual_again() -> None:
    resting = edits.rest(WORKING_DAYS, first_day=MONDAY, last_day=SATURDAY, reason="Quốc tang")

    back = edits.restore(resting, MONDAY + timedelta(days=2))

    assert (week_of(resting), week_of(back)) == ([], [2])


def test_day_left_out_before_the_mourning_is_as_usual_again() -> None:
    skipped = edits.skip(WORKING_DAYS, MONDAY, reason="Mất điện")
    resting = edits.rest(skipped, first_day=MONDAY, last_day=SATURDAY, reason="Quốc tang")

    assert week_of(edits.restore(resting, MONDAY)) == [0]


def test_added_day_that_was_left_out_comes_back_before_it_goes() -> None:
    added = edits.put_on(WORKING_DAYS, SATURDAY, starts=time(18))
    skipped = edits.skip(added, SATURDAY, reason="Mưa")

    once = edits.restore(skipped, SATURDAY)
    twice = edits.restore(once, SATURDAY)

    assert [week_of(each) for each in (added, skipped, once, twice)] == [
        [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4],
    ]  # fmt: skip


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
def test_days_beyond_the_calendar_are_refused(day: date) -> None:
    with pytest.raises(BeyondCalendar):
        edits.skip(WORKING_DAYS, day, reason="")
    with pytest.raises(BeyondCalendar):
        edits.move(WORKING_DAYS, MONDAY, to=day, starts=time(18))
    with pytest.raises(BeyondCalendar):
        edits.copy_week([WORKING_DAYS], source=MONDAY, target=day)
