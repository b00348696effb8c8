"""When the nightly self-test may be made: at its local time, when nothing sounds or will for a minute. Pure.

It is no airing: no plan names it, no report tells of it. It may be made in quiet hours because nobody hears it: its
sweeps lie above 12 kHz and at least 40 dB below full scale.
"""

from datetime import datetime, time, timedelta

from device_agent.playout.claims import claims
from device_agent.playout.values import Moment

FREE_FOR = timedelta(seconds=60)
WITHIN = timedelta(hours=1)
"""A test that cannot be made at its minute is made in the hour after it, or left for the next night."""


def is_due(moment: Moment, *, tested_at: datetime | None) -> bool:
    """Return whether the self-test shall be made now; `tested_at` is when the latest one was."""
    wanted_at = _wanted_at(moment)
    if wanted_at is None or not wanted_at <= moment.now < wanted_at + WITHIN:
        return False
    return (tested_at is None or not wanted_at <= tested_at <= moment.now) and is_free(moment)


def is_free(moment: Moment) -> bool:
    """Return whether nothing sounds and nothing will within the next minute."""
    planned = moment.plan.airings if moment.plan is not None else ()
    return is_idle(moment) and not any(moment.now <= a.start_at < moment.now + FREE_FOR for a in planned)


def is_idle(moment: Moment) -> bool:
    """Return whether nothing sounds, is made ready or asks to be, and no alert is live."""
    ready = moment.preparing | moment.held
    return moment.active is None and not ready and not moment.alerts and not claims(moment)


def _wanted_at(moment: Moment) -> datetime | None:
    """Return the latest instant, not after now, at which the test is wanted; None where none is."""
    at = moment.plan.settings.self_test_at if moment.plan is not None else None
    if at is None or moment.trusted_since is None:
        return None
    today = moment.now.astimezone(moment.zone)
    wanted = datetime.combine(today.date(), time.fromisoformat(at), tzinfo=moment.zone)
    return wanted if wanted <= today else wanted - timedelta(days=1)
