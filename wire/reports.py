"""What became of airings and alerts on a box, as it tells the station, and the station's receipt for it."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from wire.health import Heard
from wire.values import Count, Instant, Name, Sha256, Slug, Value


class Outcome(StrEnum):
    """How an airing ended on a box."""

    PLAYED = "played"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    MISSED = "missed"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why it did not simply sound from end to end. The page has a sentence for each."""

    ALERT = "alert"
    HIGHER_PRIORITY = "higher_priority"
    WITHDRAWN = "withdrawn"
    POWER_LOST = "power_lost"
    AUDIO_MISSING = "audio_missing"
    AUDIO_BROKEN = "audio_broken"
    SOUND_DEVICE = "sound_device"
    CLOCK_UNTRUSTED = "clock_untrusted"
    BOX_OFF = "box_off"
    TOO_LATE = "too_late"
    BUSY = "busy"
    DISK = "disk"
    RELAY_DEAD = "relay_dead"
    QUIET_HOURS = "quiet_hours"


class Stretch(Value):
    """One unbroken stretch of an airing's sound: from where in its file, and what ended it (null: its own end)."""

    started_at: Instant
    ended_at: Instant
    from_ms: Count = 0
    ended_by: Reason | None = None
    source: str | None = None


class PlaybackReport(Value):
    """A fact: what one airing or alert came to on this box. Numbers grow by one within a journal, without gaps.

    `pressed` names the prepared message that somebody on the spot started; its `alert_id` is the box's own.
    """

    number: int = Field(ge=1, le=2**53 - 1)
    airing_id: Name | None = None
    alert_id: Name | None = None
    alert_version: Count | None = None
    pressed: Name | None = None
    start_at: Instant | None = None
    recording: Sha256 | None = None
    outcome: Outcome
    reason: Reason | None = None
    detail: str | None = Field(default=None, max_length=500)
    started_at: Instant | None = None
    ended_at: Instant | None = None
    start_error_ms: float | None = None
    played_ms: Count = 0
    interruptions: Count = 0
    stretches: tuple[Stretch, ...] = Field(default=(), max_length=20)
    heard: Heard | None = None


class Reports(Value):
    """A batch of reports not yet acknowledged, oldest first."""

    v: Literal[1] = 1
    kind: Literal["reports"] = "reports"
    station: Slug
    device: Slug
    journal: Name
    reports: tuple[PlaybackReport, ...] = Field(min_length=1, max_length=200)


class Ack(Value):
    """Every report of this journal up to this number is on the station's disk; the box may forget them."""

    v: Literal[1] = 1
    kind: Literal["ack"] = "ack"
    station: Slug
    device: Slug
    journal: str
    up_to: Count
    issued_at: Instant
