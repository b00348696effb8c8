"""Quiet hours as local windows, checked against a slow and obvious reading of the same rule."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.playout.quiet import next_start, touches
from wire.messages import QuietHours

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT = (QuietHours(start="21:30", end="05:00"),)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI).astimezone(UTC)


@pytest.mark.parametrize(
    ("begin", "end", "quiet"),
    [
        ("2026-11-22T05:00", "2026-11-22T05:10", False),
        ("2026-11-22T04:59:59", "2026-11-22T05:10", True),
        ("2026-11-22T21:20", "2026-11-22T21:30", False),
        ("2026-11-22T21:20", "2026-11-22T21:30:01", True),
        ("2026-11-22T03:15", "2026-11-22T03:16", True),
        ("2026-11-22T23:50", "2026-11-23T00:10", True),
        ("2026-11-22T12:00", "2026-11-24T12:00", True),
    ],
)
def test_a_night_that_spans_midnight(begin: str, end: str, quiet: bool) -> None:
    assert touches(local(begin), local(end), NIGHT, zone=HANOI) is quiet


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-11-22T12:00", "2026-11-22T21:30"),
        ("2026-11-22T21:30", "2026-11-23T21:30"),
        ("2026-11-22T03:00", "2026-11-22T21:30"),
    ],
)
def test_the_next_quiet_begins_after_now(now: str, start: str) -> None:
    assert next_start(local(now), NIGHT, zone=HANOI) == local(start)
    assert next_start(local(now), (), zone=HANOI) is None


def test_a_sound_of_unknown_length_counts_where_it_begins() -> None:
    instant = local("2026-11-22T03:15")
    assert touches(instant, instant, NIGHT, zone=HANOI)


def test_equal_ends_mean_the_whole_day() -> None:
    whole = (QuietHours(start="08:00", end="08:00"),)
    assert touches(local("2026-11-22T12:00"), local("2026-11-22T12:01"), whole, zone=HANOI)


minutes = st.integers(0, 24 * 60 - 1)


@given(start=minutes, end=minutes, begin=st.integers(0, 3 * 24 * 60), length=st.integers(1, 36 * 60))
def test_windows_agree_with_a_look_at_every_minute(start: int, end: int, begin: int, length: int) -> None:
    hours = (QuietHours(start=f"{start // 60:02}:{start % 60:02}", end=f"{end // 60:02}:{end % 60:02}"),)
    first = local("2026-11-22T00:00") + timedelta(minutes=begin)
    slow = any(_is_quiet_minute(first + timedelta(minutes=n), start, end) for n in range(length))
    assert touches(first, first + timedelta(minutes=length), hours, zone=HANOI) is slow


def _is_quiet_minute(instant: datetime, start: int, end: int) -> bool:
    at = instant.astimezone(HANOI)
    minute = at.hour * 60 + at.minute
    return start <= minute < end if start < end else minute >= start or minute < end
