"""Quiet hours: local times of day in which nothing but a live emergency may sound, checked by the box itself."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta, tzinfo

from device_agent.playout.values import Moment
from wire.messages import QuietHours


def touches(begin: datetime, end: datetime, quiet_hours: Iterable[QuietHours], *, zone: tzinfo) -> bool:
    """Return whether the half-open interval [begin, end) meets any of the windows, read in `zone`.

    A window whose end is not after its start spans midnight; equal ends mean the whole day. A sound of no length
    counts as an instant.
    """
    end = max(end, begin + timedelta(milliseconds=1))
    first = begin.astimezone(zone).date() - timedelta(days=1)
    days = (end.astimezone(zone).date() - first).days + 1
    return any(
        begin < window_end and window_start < end
        for hours in quiet_hours
        for day in (first + timedelta(days=n) for n in range(days))
        for window_start, window_end in [_window(datetime.combine(day, time()), hours, zone)]
    )


def is_at(instant: datetime, moment: Moment) -> bool:
    """Return whether the plan wants it quiet at that instant; without a plan nothing is known of it."""
    hours = moment.plan.quiet_hours if moment.plan is not None else ()
    return touches(instant, instant, hours, zone=moment.zone)


def next_start(now: datetime, quiet_hours: Iterable[QuietHours], *, zone: tzinfo) -> datetime | None:
    """Return when, after now, one of the windows next begins; None when there is none."""
    today = now.astimezone(zone).date()
    starts = (
        _window(datetime.combine(today + timedelta(days=n), time()), hours, zone)[0]
        for hours in quiet_hours
        for n in range(2)
    )  # fmt: skip
    return min((start for start in starts if start > now), default=None)


def _window(midnight: datetime, hours: QuietHours, zone: tzinfo) -> tuple[datetime, datetime]:
    start, end = (datetime.combine(midnight, time.fromisoformat(text)) for text in (hours.start, hours.end))
    if end <= start:
        end += timedelta(days=1)
    return start.replace(tzinfo=zone), end.replace(tzinfo=zone)
