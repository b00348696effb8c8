"""The sound of the nightly self-test: faint sweeps high up, made of numbers, heard with the same ears. Pure.

Off unless the owner wants it, and worth something only where it was once heard: many a horn ends below 8 kHz.
"""

from dataclasses import dataclass

import numpy as np

from device_agent.hearing.band import FULL_SCALE, Band, Samples

NIGHT = Band(low_hz=12_000.0, high_hz=16_000.0, rate=48_000)
"""Above what most adults over forty hear, below what cheap microphones end at."""
SECONDS = 12.0
LEVEL_DB = -40.0

_SHORTEST_S, _LONGEST_S = 0.18, 0.36
_GOLDEN = 0.618034
_EDGE_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """`level_db` is the sweeps' peak below full scale. For a horn that ends early: a lower band, and a lower level."""

    band: Band = NIGHT
    seconds: float = SECONDS
    level_db: float = LEVEL_DB


def sweeps(test: SelfTest) -> bytes:
    """Return the sound as mono, signed 16 bit, little-endian at the band's rate; always the same.

    Each sweep crosses the whole band, up and down in turn, and no two neighbours last equally long: a delayed copy
    matches itself at its own delay only.
    """
    frames = round(test.seconds * test.band.rate)
    pieces: list[Samples] = []
    while sum(map(len, pieces)) < frames:
        pieces.append(_sweep(test.band, number=len(pieces)))
    peak = 10 ** (test.level_db / 20) * (FULL_SCALE - 1)
    return bytes(np.trunc(np.concatenate(pieces)[:frames] * peak).astype("<i2").tobytes())  # never above the level


def _sweep(band: Band, *, number: int) -> Samples:
    length_s = _SHORTEST_S + (_LONGEST_S - _SHORTEST_S) * (number * _GOLDEN % 1)
    at = np.arange(round(length_s * band.rate)) / band.rate
    edges = (band.low_hz, band.high_hz) if number % 2 else (band.high_hz, band.low_hz)
    hertz = np.linspace(*edges, num=len(at))
    loudness = np.minimum(1.0, np.minimum(at, at[::-1]) / _EDGE_S)
    return np.asarray(loudness * np.sin(2 * np.pi * np.cumsum(hertz) / band.rate), dtype=np.float32)
