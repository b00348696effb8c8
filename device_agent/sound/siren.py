"""A siren of our own making: from a pattern to samples, and as a feed that every player can play.

The tone wails between 600 and 1,200 Hz once a second and has two harmonics, so that all of it lies within what a horn
carries (400 to 4,000 Hz). A second of it is computed once; a stroke is that second over and over, risen and fallen at
its edges so that nothing clicks.
"""

import array
import functools
import math
import threading
from itertools import dropwhile, takewhile

from device_agent.playout.siren import Pattern, length_ms, strokes
from device_agent.sound import ramps
from device_agent.sound.decoder import BYTES_PER_FRAME, RATE
from device_agent.sound.port import Piece

PEAK = 0.84
"""Of full scale: 1.5 dB below it, so that no converter and no filter behind it clips."""
RISE_MS, FALL_MS = 10, 20
_MIDDLE_HZ, _SWING_HZ = 900, 300
_HARMONICS = (1.0, 0.35, 0.2)
OVERHEARD_RATE = 8_000


@functools.lru_cache(maxsize=4)
def tone(rate: int = RATE, gain_db: float = 0.0) -> bytes:
    """Return one second of the wail, mono, signed 16 bit; its end meets its beginning in phase. Louder than `PEAK`
    it never is: a gain above 0 dB is 0 dB."""
    cycle = _cycle(rate)
    peak = PEAK * 32767 * 10 ** (min(0.0, gain_db) / 20)
    return array.array("h", (round(peak * sample) for sample in cycle)).tobytes()


@functools.lru_cache(maxsize=2)
def _cycle(rate: int) -> tuple[float, ...]:
    turn = 2 * math.pi
    # The phase is the integral of 900 + 300 sin(2πt) Hz: after a second exactly 900 periods, so the seam is none.
    phases = (
        turn * _MIDDLE_HZ * n / rate + _SWING_HZ * (1 - math.cos(turn * n / rate)) for n in range(rate)
    )  # fmt: skip
    samples = [sum(share * math.sin(k * p) for k, share in enumerate(_HARMONICS, 1)) for p in phases]
    peak = max(map(abs, samples))
    return tuple(sample / peak for sample in samples)


def rendered(pattern: Pattern, *, rate: int = RATE, gain_db: float = 0.0) -> bytes:
    """Return the whole pattern, to the end of its last stroke."""
    return samples(pattern, 0, length_ms(pattern) * rate // 1000, rate=rate, gain_db=gain_db)


def samples(pattern: Pattern, begin: int, end: int, *, rate: int = RATE, gain_db: float = 0.0) -> bytes:
    """Return the frames [begin, end) of the pattern; silence between its strokes, nothing after the last one."""
    end = min(end, length_ms(pattern) * rate // 1000)
    pcm = bytearray()
    at = begin
    spans = ((first * rate // 1000, last * rate // 1000) for first, last in strokes(pattern))
    for first, last in takewhile(lambda span: span[0] < end, dropwhile(lambda span: span[1] <= begin, spans)):
        pcm += bytes(max(0, first - at) * BYTES_PER_FRAME)
        at = max(at, first)
        pcm += _stroke(at - first, min(end, last) - first, whole=last - first, rate=rate, gain_db=gain_db)
        at = min(end, last)
    return bytes(pcm) + bytes(max(0, end - at) * BYTES_PER_FRAME)


def _stroke(begin: int, end: int, *, whole: int, rate: int, gain_db: float) -> bytes:
    """Return the frames [begin, end) of a stroke of `whole` frames."""
    cycle = tone(rate, gain_db)
    start = begin % rate
    turns = -(-(start + end - begin) // rate)
    pcm = (cycle * turns)[start * BYTES_PER_FRAME : (start + end - begin) * BYTES_PER_FRAME]
    rise, fall = (min(ms * rate // 1000, whole // 2) for ms in (RISE_MS, FALL_MS))
    if begin < rise:
        pcm = _risen(pcm, begin, rise)
    return ramps.ended(pcm, left=whole - begin, ramp=fall)


def _risen(pcm: bytes, begin: int, rise: int) -> bytes:
    out = array.array("h", pcm)
    for n in range(min(len(out), rise - begin)):
        out[n] = out[n] * (begin + n) // rise
    return out.tobytes()


class SirenFeed:
    """A pattern as a feed. Until it is taken beyond its first stroke it can still become another."""

    def __init__(self, pattern: Pattern, *, gain_db: float = 0.0) -> None:
        self._pattern = pattern
        self._gain_db = gain_db
        self._given = 0
        self._lock = threading.Lock()

    def retune(self, pattern: Pattern, *, gain_db: float) -> bool:
        """Become this pattern at this gain; False when too much of another was taken already."""
        with self._lock:
            begun_ms = self._given * 1000 / RATE
            same_so_far = begun_ms <= min(_sure_ms(self._pattern), _sure_ms(pattern)) and gain_db == self._gain_db
            if self._given and not same_so_far:
                return False
            self._pattern, self._gain_db = pattern, gain_db
            return True

    def warm(self) -> None:
        """Compute what takes a moment on a small machine."""
        tone(RATE, self._gain_db)

    @property
    def source(self) -> str | None:
        """No address: it comes from here."""
        return None

    @property
    def length_s(self) -> float:
        """How long it sounds."""
        return length_ms(self._pattern) / 1000

    def is_ready(self) -> bool:
        """Return True: it can always begin."""
        return True

    def lasts(self, seconds: float) -> None:
        """It lasts as long as its pattern."""

    def read(self, frames: int) -> bytes:
        """Return that many frames, fewer at the end, none after it."""
        with self._lock:
            pcm = samples(self._pattern, self._given, self._given + frames, gain_db=self._gain_db)
            self._given += len(pcm) // BYTES_PER_FRAME
            return pcm

    def overheard(self) -> "RenderedSiren":
        """Return the pattern as it is now, without its gain."""
        with self._lock:
            return RenderedSiren(self._pattern, gain_db=min(0.0, self._gain_db))

    def pieces(self) -> tuple[Piece, ...]:
        """Return nothing: it has no sources."""
        return ()

    def faults(self) -> dict[str, str]:
        """Return nothing: nothing can go wrong with it."""
        return {}

    def failed(self) -> bool:
        """Return False."""
        return False

    def complaint(self) -> str:
        """Return nothing."""
        return ""

    def close(self) -> None:
        """There is nothing to give back."""

    def join(self) -> None:
        """There is nothing to wait for."""


class RenderedSiren:
    """A pattern read from its first frame on, at the rate that its harmonics need; `gain_db` comes on top."""

    rate = OVERHEARD_RATE

    def __init__(self, pattern: Pattern, *, gain_db: float) -> None:
        self.gain_db = gain_db
        self._pattern = pattern
        self._read = 0

    def read(self, frames: int) -> bytes:
        """Return that many frames, fewer at the end, none after it."""
        pcm = samples(self._pattern, self._read, self._read + frames, rate=self.rate)
        self._read += len(pcm) // BYTES_PER_FRAME
        return pcm

    def close(self) -> None:
        """There is nothing to give back."""


def _sure_ms(pattern: Pattern) -> float:
    """Return how long the pattern sounds like every other: to where its first stroke begins to fall."""
    first = next(strokes(pattern), (0, 0))
    return max(0.0, first[1] - FALL_MS) if first[1] >= 2 * (RISE_MS + FALL_MS) else 0.0
