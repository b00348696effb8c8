"""Whoever tries the station at night wants to hear it; all the rest of the night stays quiet."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.demo import AWAKE, USUAL_QUIET, quiet_hours_now
from broadcaster.domain.station import QuietHours, Rules
from broadcaster.domain.timetable import quiet_hours_touched

MIDNIGHT = datetime(2026, 3, 1, 17, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        (time(12), (USUAL_QUIET,)),
        (time(21, 55), (QuietHours(start=time(0, 55), end=time(4, 30)),)),
        (time(0), (QuietHours(start=time(22), end=time(23, 50)), QuietHours(start=time(3), end=time(4, 30)))),
        (time(4), (QuietHours(start=time(22), end=time(3, 50)),)),
    ],
)
def test_quiet_hours_make_room_for_the_visitor(clock: time, expected: tuple[QuietHours, ...]) -> None:
    now = MIDNIGHT + timedelta(hours=clock.hour, minutes=clock.minute)

    assert quiet_hours_now(now, Rules()) == expected


@given(st.integers(0, 1439))
def test_a_visitor_is_heard_for_hours_and_the_night_is_otherwise_quiet(minute: int) -> None:
    now = MIDNIGHT + minute * MINUTE
    rules = Rules(quiet_hours=quiet_hours_now(now, Rules()))

    assert quiet_hours_touched(now, duration=AWAKE - MINUTE, rules=rules) is None
    for ahead in range(int(AWAKE / MINUTE) + 1, 1430, 17):
        later = now + ahead * MINUTE
        usual = quiet_hours_touched(later, duration=MINUTE, rules=Rules())
        recent = later + 10 * MINUTE > now + timedelta(days=1)
        assert recent or (quiet_hours_touched(later, duration=MINUTE, rules=rules) is None) == (usual is None)
