"""What a microphone under a horn gets to hear in a village: roosters, motorbikes, music, the neighbours' loudspeaker.

Everything is numbers at 16 kHz and follows from the generator that is handed in.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
LOW_HZ, HIGH_HZ = 400.0, 4_000.0
Sound = NDArray[np.float64]
Chance = np.random.Generator


def resampled(sound: Sound, rate: int) -> Sound:
    """Return `sound`, which is at `rate`, at 16 kHz."""
    wanted = round(len(sound) * RATE / rate)
    spectrum = np.fft.rfft(sound)
    kept = np.zeros(wanted // 2 + 1, dtype=complex)
    bins = min(len(kept), len(spectrum))
    kept[:bins] = spectrum[:bins]
    return np.asarray(np.fft.irfft(kept, wanted) * (wanted / len(sound)))


def band_power(sound: Sound) -> float:
    """Return the mean power between 400 Hz and 4 kHz."""
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    inside = (hertz >= LOW_HZ) & (hertz <= HIGH_HZ)
    return float(2 * np.sum(np.abs(spectrum[inside]) ** 2) / len(sound) ** 2)


def through_horn(sound: Sound, chance: Chance) -> Sound:
    """Return what a horn makes of it: nothing below 400 Hz and above 4 kHz, humps in between, three echoes."""
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE) + 1e-9
    high_pass = 1 / (1 - 1j * LOW_HZ / hertz) ** 3
    low_pass = 1 / (1 + 1j * hertz / HIGH_HZ) ** 3
    humps_db = sum(chance.uniform(-5, 5) * np.cos(2 * np.pi * hertz / chance.uniform(400, 2_000)) for _ in range(3))
    echoes = np.ones(len(hertz), dtype=complex)
    for _ in range(3):
        later_s, strength = chance.uniform(0.004, 0.25), chance.uniform(0.05, 0.35)
        echoes += strength * np.exp(-2j * np.pi * hertz * later_s)
    return np.asarray(
        np.fft.irfft(np.fft.rfft(sound) * high_pass * low_pass * 10 ** (humps_db / 20) * echoes, len(sound))
    )


def later(sound: Sound, delay_s: float) -> Sound:
    """Return the sound begun so much later, just as long."""
    frames = round(delay_s * RATE)
    return np.concatenate([np.zeros(frames), sound])[: len(sound)]


def drifted(sound: Sound, ppm: float) -> Sound:
    """Return the sound as another sound card's clock counts it."""
    at = np.arange(len(sound)) * (1 + ppm * 1e-6)
    return np.asarray(np.interp(at, np.arange(len(sound)), sound))


def wind(frames: int, chance: Chance) -> Sound:
    """Return pink noise."""
    spectrum = np.fft.rfft(chance.standard_normal(frames))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    return np.asarray(np.fft.irfft(spectrum, frames))


def roosters(frames: int, chance: Chance) -> Sound:
    """Return some crows, each a call that rises and falls."""
    sound = np.zeros(frames)
    for _ in range(max(2, frames // (2 * RATE))):
        length = int(chance.uniform(0.5, 1.4) * RATE)
        shape = np.sin(np.pi * np.linspace(0, 1, length)) ** 0.5
        hertz = chance.uniform(450, 700) * (1 + 0.8 * shape)
        _add(sound, shape * _harmonics(hertz, 6, chance), chance)
    return sound


def motorbikes(frames: int, chance: Chance) -> Sound:
    """Return engines that come and go, rich in harmonics."""
    sound = np.zeros(frames)
    for _ in range(max(1, frames // (4 * RATE))):
        length = min(frames, int(chance.uniform(3, 7) * RATE))
        passing = np.exp(-(np.linspace(-2.5, 2.5, length) ** 2))
        hertz = chance.uniform(40, 110) * np.linspace(1.15, 0.9, length)
        _add(sound, passing * (_harmonics(hertz, 40, chance) + chance.standard_normal(length)), chance)
    return sound


def music(frames: int, chance: Chance) -> Sound:
    """Return a tune with chords, tremulous, as from a wedding."""
    sound = np.zeros(frames)
    note = int(chance.uniform(0.25, 0.6) * RATE)
    for start in range(0, frames - note, note):
        for _ in range(3):
            hertz = 220 * 2 ** (chance.choice([0, 2, 4, 7, 9, 12, 14, 16, 19, 21, 24]) / 12)
            tremor = 1 + 0.01 * np.sin(2 * np.pi * 6 * np.arange(note) / RATE)
            sound[start : start + note] += np.hanning(note) ** 0.3 * _harmonics(hertz * tremor, 8, chance)
    return sound


def cicadas(frames: int, chance: Chance) -> Sound:
    """Return a hiss around 3 kHz that pulses."""
    spectrum = np.fft.rfft(chance.standard_normal(frames))
    hertz = np.fft.rfftfreq(frames, 1 / RATE)
    hiss = np.fft.irfft(spectrum * np.exp(-(((hertz - chance.uniform(2_500, 3_800)) / 500) ** 2)), frames)
    return np.asarray(hiss * (1.2 + np.sin(2 * np.pi * chance.uniform(4, 30) * np.arange(frames) / RATE)))


Noise = Callable[[int, Chance], Sound]
NOISES: tuple[Noise, ...] = (wind, roosters, motorbikes, music, cicadas)


def village(frames: int, chance: Chance, *, voices: tuple[Sound, ...]) -> Sound:
    """Return one to four of the noises and, two times in three, other people's loudspeakers; power 1 in the band."""
    parts = [wind(frames, chance) * 0.5]
    for pick in chance.choice(len(NOISES), size=chance.integers(1, 4), replace=False):
        parts.append(NOISES[pick](frames, chance))
    for _ in range(int(chance.integers(0, 3)) if voices else 0):
        voice = np.resize(voices[chance.integers(len(voices))], frames)
        parts.append(through_horn(np.roll(voice, chance.integers(frames)), chance))
    return loud(sum((loud(part) * chance.uniform(0.3, 1.0) for part in parts), np.zeros(frames)))


def loud(sound: Sound, power: float = 1.0) -> Sound:
    """Return the sound with that mean power in the band."""
    found = band_power(sound)
    return sound * np.sqrt(power / found) if found > 0 else sound


def pcm(sound: Sound) -> bytes:
    """Return signed 16 bit, little-endian; what is too loud is clipped, as a microphone does."""
    return np.clip(np.round(sound * 32_767), -32_768, 32_767).astype("<i2").tobytes()


def _harmonics(hertz: Sound, count: int, chance: Chance) -> Sound:
    turning = np.exp(2j * np.pi * np.cumsum(hertz) / RATE)
    tone, sound = np.ones(len(hertz), dtype=complex), np.zeros(len(hertz))
    for n in range(1, min(count, int(RATE / 2 / np.max(hertz))) + 1):
        tone *= turning
        sound += (tone * np.exp(1j * chance.uniform(0, 6.28))).imag / n**0.7
    return sound


def _add(sound: Sound, event: Sound, chance: Chance) -> None:
    start = int(chance.integers(0, max(1, len(sound) - len(event) + 1)))
    event = event[: len(sound) - start]
    sound[start : start + len(event)] += event
