"""Which part of the sound is compared, and how a stream of captured bytes is brought to it. Pure: numbers only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

FULL_SCALE = 32_768.0
_TAPS_PER_STEP = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The frequencies that are compared, and the rate at which that is done."""

    low_hz: float
    high_hz: float
    rate: int


SPEECH = Band(low_hz=400.0, high_hz=3_800.0, rate=8_000)
"""What a horn can do, as far as 8 kHz carry it; half the work of 16 kHz for the last fifth of an octave."""


class UnusableRateError(Exception):
    """A stream cannot be brought to the band's rate by leaving samples out."""

    def __init__(self, rate: int, *, wanted: int) -> None:
        super().__init__(f"tần số lấy mẫu {rate} Hz không phải là bội số của {wanted} Hz")


def samples(pcm: bytes) -> Samples:
    """Return signed 16 bit little-endian as numbers from -1 to 1; an odd last byte is left out."""
    return np.frombuffer(pcm, dtype="<i2", count=len(pcm) // 2).astype(np.float32) / np.float32(FULL_SCALE)


class Decimator:
    """A stream at `rate` in pieces of any length becomes the same stream at the band's rate, filtered.

    Raises UnusableRateError. The output is later than the input by half a filter, 2 ms at 8 kHz.
    """

    def __init__(self, rate: int, *, band: Band) -> None:
        if rate < band.rate or rate % band.rate:
            raise UnusableRateError(rate, wanted=band.rate)
        self._step = rate // band.rate
        self._filter = _low_pass(self._step)
        self._kept = np.zeros(len(self._filter) - 1, dtype=np.float32)

    def feed(self, block: Samples) -> Samples:
        """Return what of the output the block completes."""
        if self._step == 1:
            return block
        stream = np.concatenate([self._kept, block])
        ready = max(0, (len(stream) - len(self._filter)) // self._step + 1)
        self._kept = stream[ready * self._step :]
        if not ready:
            return stream[:0]
        frames = np.lib.stride_tricks.sliding_window_view(stream, len(self._filter))[:: self._step][:ready]
        return np.asarray(frames @ self._filter, dtype=np.float32)


def _low_pass(step: int) -> Samples:
    """Return a windowed sinc that lets pass what the slower rate can carry; its gain is 1."""
    length = _TAPS_PER_STEP * step + 1
    at = (np.arange(length) - length // 2) / step
    taps = np.sinc(at * 0.96) * np.blackman(length)
    return np.asarray(taps / taps.sum(), dtype=np.float32)
