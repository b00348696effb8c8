"""The `Player` port: one sound at a time, held ready, begun at an instant of the monotonic clock, ended with no click.

The box's loop speaks to this and never to a sound card. Every player (mpv, the WAV writer, the null one) passes the
same contract suite.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

RAMP_MS = 30


class SoundError(Exception):
    """The sound device or the file failed; the message says what, in words for a technician."""


class UnreadableSound(SoundError):  # noqa: N818 - a kind of SoundError: the file is at fault, trying again is no use
    """The file cannot be decoded, so the fault is not the device's; another attempt would end the same way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a feed in which one source sounded: its address, "filler", or None for silence; by frames from the
    feed's first."""

    source: str | None
    from_frame: int
    to_frame: int


class Overheard(Protocol):
    """What a feed gives, once more: mono, signed 16 bit, at `rate`, from its first frame on. `gain_db` is what comes
    on top of it until it sounds."""

    rate: int
    gain_db: float

    def read(self, frames: int) -> bytes:
        """Return the next frames, waiting a moment for what is not there yet; fewer at the end, none after it."""

    def close(self) -> None:
        """Read no more; harmless when repeated."""


class Feed(Protocol):
    """Sound that comes into being while it sounds: 48 kHz, mono, signed 16 bit. It has something to the end, if only
    silence, so a player takes what it needs and never waits. Safe to use from any thread."""

    @property
    def source(self) -> str | None:
        """The address of what sounds now."""

    @property
    def length_s(self) -> float:
        """How long it sounds, infinity before that was said."""

    def is_ready(self) -> bool:
        """Return whether it could begin now with enough in hand."""

    def lasts(self, seconds: float) -> None:
        """Set how long it sounds from its first sample."""

    def read(self, frames: int) -> bytes:
        """Return that many frames at once; fewer at the end, none after it."""

    def overheard(self) -> Overheard:
        """Return what it gives, for whoever compares that with what is heard; one at a time. What was taken before
        this call may read as silence."""

    def pieces(self) -> tuple[Piece, ...]:
        """Return what sounded when, as far as it was taken."""

    def faults(self) -> dict[str, str]:
        """Return by address what was wrong with it, for a technician."""

    def failed(self) -> bool:
        """Return whether it ended before its end."""

    def complaint(self) -> str:
        """Return why."""

    def close(self) -> None:
        """Take no more; harmless when repeated."""

    def join(self) -> None:
        """Wait until everything is given back, after `close`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A sound to prepare: a complete, verified audio file, how loud, and for the sake of what.

    With a `feed` that is the sound, its gain in it, and `path` no more than a name.

    One of `airing_id` and `alert_id` is set, neither for the nightly self-test; a player uses them as a label only.
    `gain_db` is the whole gain (airing plus box), relative to the file as it is. `from_ms` is where in the file it
    shall begin.
    """

    path: Path
    gain_db: float = 0.0
    airing_id: str | None = None
    alert_id: str | None = None
    from_ms: int = 0
    feed: Feed | None = None
    part: str | None = None
    """What of an alert: "siren" or "speech"."""


class EndedWhy(StrEnum):
    """Why a sound ended."""

    FINISHED = "finished"  # the file's last sample sounded
    STOPPED = "stopped"  # `stop` or `close` ended it
    BROKEN = "broken"  # the file cannot be decoded to its end
    FAILED = "failed"  # the device failed under way


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A sound began: the `time.monotonic()` instant of its first frame, as the player measured it."""

    at_monotonic: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A sound ended: why, how many milliseconds of it really sounded, when, and what failed (else None)."""

    why: EndedWhy
    played_ms: int
    at_monotonic: float
    detail: str | None = None


class Player(Protocol):
    """One sound at a time: prepare, start, wait, and possibly stop in between; then prepare the next.

    All methods are called from one asyncio loop. `stop`, `position_ms` and `close` may be called while `start` or
    `wait` is pending in another task; the others never overlap.
    """

    name: str

    async def check(self) -> None:
        """Make sure that the device would sound, and take the time now that the first `prepare` would otherwise take.

        Nothing can be heard of it. Called only while nothing is prepared or sounds. Raises SoundError with what is
        wrong, for a technician.
        """

    async def prepare(self, cue: Cue) -> None:
        """Load `cue` and hold it silent at its first sample; what was prepared and not started is dropped.

        Raises UnreadableSound when the file cannot be decoded, SoundError when the device is not there.
        """

    def relabel(self, *, alert_id: str) -> None:
        """What is prepared will sound for the sake of this alert: a siren is loaded long before there is one."""

    async def start(self, at_monotonic: float) -> Started:
        """Sound what was prepared at that instant of `time.monotonic()`, or at once when it has passed.

        Returns when the sound has begun. Raises SoundError when it did not begin: nothing was prepared, the device
        failed, or `stop` came first. Cancelling the call before the instant leaves silence.
        """

    async def wait(self) -> Ended:
        """Return how the sound that `start` began has ended, waiting until it has. At once when it already has."""

    async def stop(self, *, ramp_ms: int = RAMP_MS) -> None:
        """Fade out over `ramp_ms` and end; returns in silence. A prepared sound is dropped. Harmless when idle."""

    def position_ms(self) -> int | None:
        """Return how far into the file the sound is, None when nothing sounds."""

    async def close(self) -> None:
        """Stop and give the device back; nothing may be called afterwards. Harmless when repeated."""
