"""The sound of the nightly self-test: faint sweeps high up, made of numbers, heard with the same ears. Pure.

Off unless the owner wants it, and worth something only where it was once heard: many a horn ends below 8 kHz.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from device_agent.hearing.band import FULL_SCALE, Band, Samples

RATE = 48_000
NIGHT = Band(low_hz=12_200.0, high_hz=16_000.0, rate=12_000, base_hz=12_000)
"""Above what most adults over forty hear, below what cheap microphones end at."""
SECONDS = 12.0
LEVEL_DB = -40.0

_SHORTEST_S, _LONGEST_S = 0.18, 0.36
_GOLDEN = 0.618034
_EDGE_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """`level_db` is the sweeps' peak below full scale, `rate` that of their samples. For a horn that ends early: a
    lower band, and a lower level."""

    band: Band = NIGHT
    rate: int = RATE
    seconds: float = SECONDS
    level_db: float = LEVEL_DB


def sweeps(test: SelfTest) -> Iterator[bytes]:
    """Yield the sound as mono, signed 16 bit, little-endian, sweep by sweep; always the same.

    Each sweep crosses the whole band, up and down in turn, and no two neighbours last equally long: a delayed copy
    matches itself at its own delay only.
    """
    left = round(test.seconds * test.rate)
    peak = 10 ** (test.level_db / 20) * (FULL_SCALE - 1)
    number = 0
    while left:
        sweep = _sweep(test, number=number)[:left]
        yield bytes(np.trunc(sweep * peak).astype("<i2").tobytes())  # never above the level
        left -= len(sweep)
        number += 1


def _sweep(test: SelfTest, *, number: int) -> Samples:
    length_s = _SHORTEST_S + (_LONGEST_S - _SHORTEST_S) * (number * _GOLDEN % 1)
    at = np.arange(round(length_s * test.rate)) / test.rate
    edges = (test.band.low_hz, test.band.high_hz) if number % 2 else (test.band.high_hz, test.band.low_hz)
    hertz = np.linspace(*edges, num=len(at))
    loudness = np.minimum(1.0, np.minimum(at, at[::-1]) / _EDGE_S)
    return np.asarray(loudness * np.sin(2 * np.pi * np.cumsum(hertz) / test.rate), dtype=np.float32)


class Sweeps:
    """The sound to be read once from its beginning, never all of it in memory."""

    def __init__(self, test: SelfTest) -> None:
        self.rate = test.rate
        self._pieces = sweeps(test)
        self._ready = b""

    def read(self, frames: int) -> bytes:
        """Return that many frames, fewer at the end."""
        while len(self._ready) < 2 * frames and (piece := next(self._pieces, b"")):
            self._ready += piece
        taken, self._ready = self._ready[: 2 * frames], self._ready[2 * frames :]
        return taken

    def close(self) -> None:
        """There is nothing to give back."""
