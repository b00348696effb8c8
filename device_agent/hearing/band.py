"""Which part of the sound is compared, and how a stream of captured bytes is brought to it. Pure: numbers only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

FULL_SCALE = 32_768.0
_TAPS_PER_STEP = 32
_AT_ONCE = 256
"""Samples that are filtered in one go: a copy of a filter's length is made for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The frequencies that are compared, and the rate at which that is done.

    A band far up needs no higher rate than its width: sampled at `rate`, what lies `base_hz` up (a multiple of the
    rate) appears at 0 Hz, and the filter lets nothing else in.
    """

    low_hz: float
    high_hz: float
    rate: int
    base_hz: int = 0


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
        self._filter = _filter(self._step, rate, band=band)
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
        pieces = (frames[start : start + _AT_ONCE] @ self._filter for start in range(0, ready, _AT_ONCE))
        return np.concatenate(list(pieces), dtype=np.float32)


def _filter(step: int, rate: int, *, band: Band) -> Samples:
    """Return a windowed sinc that lets pass what the slower rate can carry, or a band far up; its gain there is 1."""
    length = _TAPS_PER_STEP * step + 1
    at = np.arange(length) - length // 2
    width = (band.high_hz - band.low_hz) / band.rate if band.base_hz else 0.96
    taps = np.sinc(at / step * width) * np.blackman(length)
    taps /= taps.sum()
    if band.base_hz:
        taps *= 2 * np.cos(np.pi * (band.low_hz + band.high_hz) / rate * at)
    return np.asarray(taps, dtype=np.float32)
