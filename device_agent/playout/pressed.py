"""The hamlet's button: what may be started by somebody on the spot, how often, and as what it sounds. Pure.

A press becomes an alert of the box's own, real and public, for one round and a bounded life. It ranks below the
station's own real alerts and above everything else. How long ago something was is told without a trusted clock, and
over a restart: never more than what is certain, so that no power cut makes room for one press or one guess more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from device_agent.playout.siren import length_ms
from wire.messages import AlertStatus, LiveAlert, Plan, PreparedMessage

ALERT_PREFIX = "nut-"
GUESSES = 5
GUESSES_WITHIN_S = 600.0
_SLACK = timedelta(minutes=2)
LONGEST_LIFE = timedelta(minutes=30)


class PressedAlert(LiveAlert):
    """An alert that somebody on the spot has started; `pressed` names the prepared message."""

    pressed: str


class Refusal(StrEnum):
    """Why a press starts nothing."""

    OFF = "off"
    UNKNOWN = "unknown"
    SOUNDING = "sounding"
    TOO_SOON = "too_soon"
    NO_AUDIO = "no_audio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """When something is, by all that a box can tell: its monotonic clock within one boot of the machine, and the
    station's time, of which only `latest` is certain to be no earlier (None: nothing is known)."""

    boot: str
    monotonic_s: float
    earliest: datetime
    latest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """When something happened; `rested_s` is how long ago it was, at least, when that was last looked at."""

    at: Instant
    rested_s: float = 0.0


def elapsed_s(mark: Mark, now: Instant) -> float:
    """Return how long ago it certainly was. The monotonic clock begins with the machine's boot."""
    if mark.at.boot == now.boot and now.boot:
        return max(mark.rested_s, now.monotonic_s - mark.at.monotonic_s)
    since_boot_s = now.monotonic_s if now.boot else 0.0
    by_station_s = (now.earliest - mark.at.latest).total_seconds() if mark.at.latest is not None else 0.0
    return max(0.0, mark.rested_s, since_boot_s, by_station_s)


def rested(mark: Mark, now: Instant) -> Mark:
    """Return the mark with what is certain by now, to be kept over a restart."""
    return replace(mark, rested_s=elapsed_s(mark, now))


def offered(plan: Plan | None) -> tuple[PreparedMessage, ...]:
    """Return what the plan lets somebody start, in the button's order; nothing unless it names each of them."""
    if plan is None or plan.button is None:
        return ()
    known = {message.message_id: message for message in plan.prepared}
    return tuple(known[name] for name in plan.button.messages if name in known)


def chosen(plan: Plan | None, number: int) -> PreparedMessage | None:
    """Return the n-th message of the button, counted from 1: a message that is not there leaves its number empty."""
    if plan is None or plan.button is None or not 1 <= number <= len(plan.button.messages):
        return None
    name = plan.button.messages[number - 1]
    return next((message for message in plan.prepared if message.message_id == name), None)


def refusal(
    plan: Plan | None, number: int, *, last: Mark | None, now: Instant, is_sounding: bool, cached: frozenset[str]
) -> Refusal | None:
    """Return why pressing for the n-th message starts nothing now; None when it does."""
    if plan is None or plan.button is None:
        return Refusal.OFF
    message = chosen(plan, number)
    if message is None:
        return Refusal.UNKNOWN
    if is_sounding:
        return Refusal.SOUNDING
    if last is not None and elapsed_s(last, now) < plan.button.least_interval_s:
        return Refusal.TOO_SOON
    return None if message.recording.sha256 in cached else Refusal.NO_AUDIO


def alert_of(message: PreparedMessage, *, alert_id: str, pressed_at: datetime) -> PressedAlert:
    """Return the alert that a press at that instant starts: its siren, its words, one round."""
    return PressedAlert(
        alert_id=alert_id, version=1, status=AlertStatus.ACTUAL, event=message.event, headline=message.headline,
        siren=message.siren, recording=message.recording, times=message.times, effective_at=pressed_at,
        expires_at=pressed_at + life_of(message), pressed=message.message_id,
    )  # fmt: skip


def life_of(message: PreparedMessage) -> timedelta:
    """Return how long after the press it may sound at all: a whole round, and a little for the station's own."""
    round_ms = length_ms(message.siren) + message.times * (message.recording.duration_ms + 1000)
    return min(LONGEST_LIFE, timedelta(milliseconds=round_ms) + _SLACK)


def may_guess(guesses: Iterable[Mark], now: Instant) -> bool:
    """Return whether a PIN may be tried: fewer than five wrong ones within ten minutes."""
    return len(recent(guesses, now)) < GUESSES


def recent(guesses: Iterable[Mark], now: Instant) -> tuple[Mark, ...]:
    """Return the guesses that still count."""
    return tuple(mark for mark in guesses if elapsed_s(mark, now) < GUESSES_WITHIN_S)
