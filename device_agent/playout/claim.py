"""What it is to ask for the sound device, and what every claimant has to keep."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from device_agent.playout.values import Failure, Moment, Sound, SoundKey

PREPARE_LEAD = timedelta(seconds=3)
START_LEAD = timedelta(milliseconds=500)
FOLLOW_LEAD = timedelta(milliseconds=1500)
"""How long before their siren ends words are told to follow it: a box that is busy just then must not leave a gap. No
longer, for what has been told to follow keeps a newer alert waiting."""
YIELD_LEAD = timedelta(milliseconds=150)
"""How long before its instant something higher silences what sounds, so that it can itself be exact."""
BREATH = timedelta(seconds=1)
"""The silence between two plays of an alert, and before an interrupted airing goes on."""
SET_BACK = timedelta(seconds=5)
"""What lies so much ahead was noted before the clock was set back: nobody shall wait until it has caught up."""
_GAIN_LIMITS_DB = (-60.0, 12.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sound that may be had, and when it wants to begin (never before `now` when it is late)."""

    sound: Sound
    begin_at: datetime
    order: tuple[int, int, datetime, int]
    """Rank first; among alerts their turn; then the earlier; then the plan's order."""


def may_be_tried(key: SoundKey, moment: Moment) -> bool:
    """Return whether it has not failed, or so long ago that another attempt is due."""
    failure = moment.failures.get(key)
    return failure is None or (failure.retry_at is not None and failure.retry_at <= moment.now)


def failure_of(prefix: str, moment: Moment) -> Failure | None:
    """Return a failure of something whose key begins so."""
    return next((failure for key, failure in moment.failures.items() if key.startswith(prefix)), None)


def gain_db(own_db: float, moment: Moment) -> float:
    """Return the whole gain: the sound's own and the box's."""
    box_db = moment.plan.settings.gain_db if moment.plan is not None else 0.0
    low, high = _GAIN_LIMITS_DB
    return min(high, max(low, own_db + box_db))
