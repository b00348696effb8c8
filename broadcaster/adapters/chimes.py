"""The bells around a bulletin, made of sines: calm, the same in every commune, and nothing like a siren.

Every partial lies between 400 and 4,000 Hz, which is what a horn on a pole can do.
"""

import sys
from array import array
from dataclasses import dataclass
from functools import lru_cache
from math import cos, exp, pi, sin

LOUDNESS_LUFS = -24.5
"""Of each chime by itself, within half a unit; mastering puts speech a little above it."""
_D5, _G5, _A5, _D6 = 587.33, 783.99, 880.00, 1174.66
_PARTIALS = ((1.0, 1.0, 1.0), (2.0, 0.32, 0.55), (2.76, 0.12, 0.3))
"""Ratio to the note, strength, and how long it rings beside the note's own ringing: a small bronze bell."""
_HIGHEST_HZ = 4_000.0
_ATTACK_S = 0.008
_FADE_S = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A stroke of a bell: when it falls, how high, how long until it has faded to a third, how hard."""

    at_ms: int
    hertz: float
    ring_ms: int
    strength: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chime:
    """Some strokes. `amplitude` is what makes it `LOUDNESS_LUFS` loud."""

    notes: tuple[Note, ...]
    duration_ms: int
    amplitude: float


OPENING = Chime(
    notes=(
        Note(at_ms=0, hertz=_D5, ring_ms=420),
        Note(at_ms=450, hertz=_G5, ring_ms=420),
        Note(at_ms=900, hertz=_A5, ring_ms=420),
        Note(at_ms=1350, hertz=_D6, ring_ms=520, strength=0.9),
    ),
    duration_ms=2600,
    amplitude=0.138,
)
CLOSING = Chime(
    notes=(
        Note(at_ms=0, hertz=_D6, ring_ms=320, strength=0.9),
        Note(at_ms=380, hertz=_A5, ring_ms=320),
        Note(at_ms=760, hertz=_D5, ring_ms=420),
    ),
    duration_ms=1800,
    amplitude=0.153,
)
AGAIN = Chime(notes=(Note(at_ms=0, hertz=_A5, ring_ms=260),), duration_ms=800, amplitude=0.251)
"""Between the first and the second reading."""


@lru_cache(maxsize=16)
def ring(chime: Chime, rate: int) -> bytes:
    """Return the chime as mono, signed 16 bit, little-endian at `rate`."""
    frames = chime.duration_ms * rate // 1000
    sound = [0.0] * frames
    for note in chime.notes:
        _strike(sound, note, rate)
    loud = chime.amplitude * 32_767
    fade = int(_FADE_S * rate)
    pcm = array("h", (round(loud * value * min(1.0, (frames - n) / fade)) for n, value in enumerate(sound)))
    if sys.byteorder == "big":
        pcm.byteswap()
    return pcm.tobytes()


def _strike(sound: list[float], note: Note, rate: int) -> None:
    start, attack = note.at_ms * rate // 1000, _ATTACK_S * rate
    for ratio, strength, ringing in _PARTIALS:
        if note.hertz * ratio > _HIGHEST_HZ:
            continue
        step = 2 * pi * note.hertz * ratio / rate
        decay = exp(-1000 / (note.ring_ms * ringing * rate))
        level = note.strength * strength
        for n in range(min(len(sound) - start, int(6 * note.ring_ms * ringing * rate / 1000))):
            # A soft beginning: a sine that starts at once clicks in a horn.
            onset = 0.5 - 0.5 * cos(pi * n / attack) if n < attack else 1.0
            sound[start + n] += onset * level * sin(step * n)
            level *= decay
