"""The `Ear` port: what is heard at the pole, as blocks of PCM with the instant at which each began. It never stores."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class EarError(Exception):
    """The ear failed or is not there; the message says what, in words for a technician."""


class EarAbsent(EarError):  # noqa: N818 - a kind of EarError: the box has no ear, which is no fault
    """This box has nothing to hear with."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Bộ thu không có tai nghe kiểm tra: {why}.")


class EarMissingError(EarError):
    """The program that captures is not installed, or may not be run."""

    def __init__(self, program: str, *, why: str, package: str) -> None:
        super().__init__(f"không chạy được {program} ({why}); hãy cài bằng lệnh: sudo apt install {package}")


class EarStoppedError(EarError):
    """The program that captures has ended though nobody asked it to."""

    def __init__(self, name: str, *, detail: str) -> None:
        super().__init__(f"{name} dừng thu đột ngột: {detail or 'không rõ lý do'}")


class EarMuteError(EarError):
    """The program that captures lives and delivers nothing, not even silence."""

    def __init__(self, name: str, *, seconds: float) -> None:
        super().__init__(f"{name} không đưa về âm thanh nào trong {seconds:g} giây")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A moment of sound: signed 16 bit little-endian, mono, and the `time.monotonic()` instant of its first frame.

    The instant may be late by the capture's own buffering, which then shows in the delay that is found.
    """

    pcm: bytes
    at_monotonic: float


class Pcm(Protocol):
    """What sounds where there is no file: mono, signed 16 bit, at `rate`, from the first frame on."""

    rate: int

    def read(self, frames: int) -> bytes:
        """Return the next frames, waiting a moment for what is not there yet; fewer at the end, none after it."""

    def close(self) -> None:
        """Read no more; harmless when repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounding:
    """What sounds: the file, from where in it, and the `time.monotonic()` instant at which that began.

    `duration_s` is how long it sounds from there. `usual_gain_db` is what an earlier final verdict on this box found,
    the difference in volume added; None when the box was never heard. With `pcm` that is what sounds, and `path` no
    more than a name. `is_common`: every box around sounds the very same at the same time, as with a siren.
    """

    path: Path
    started_at: float
    duration_s: float
    from_ms: int = 0
    usual_gain_db: float | None = None
    pcm: Pcm | None = None
    is_common: bool = False


class Ear(Protocol):
    """A microphone or a line tap. `rate` is in frames a second.

    `void_is_silence`: whether unbroken zeros mean that nothing sounds (a line tap) or a dead microphone.
    """

    name: str
    rate: int
    void_is_silence: bool

    def listen(self) -> AsyncGenerator[Block, None]:
        """Capture from now on until the generator is closed. Raises EarError."""
