"""Sounds as numbers: decoded recordings, what a box wrote, and how alike two of them are."""

import subprocess
import wave
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

RATE = 48_000
Sound = NDArray[np.float64]


def decoded(audio: bytes) -> Sound:
    """Return an audio file as samples at 48 kHz, one channel, −1 to 1."""
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    command = [ffmpeg, "-v", "error", "-i", "pipe:0", "-f", "s16le", "-ac", "1", "-ar", str(RATE), "pipe:1"]
    pcm = subprocess.run(command, input=audio, stdout=subprocess.PIPE, check=True, timeout=60).stdout
    return np.frombuffer(pcm, dtype="<i2").astype(np.float64) / 32768.0


def heard(path: Path) -> Sound:
    """Return a WAV that a box wrote, as `decoded` returns a recording."""
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        pcm = file.readframes(file.getnframes())
    return np.frombuffer(pcm, dtype="<i2").astype(np.float64) / 32768.0


def likeness(one: Sound, other: Sound) -> float:
    """Return the highest normalised cross-correlation at any shift: 1 for the same sound, about 0 for two others."""
    size = 1 << (len(one) + len(other)).bit_length()
    spectrum = np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size))
    energy = float(np.sqrt(np.sum(one**2) * np.sum(other**2)))
    return float(np.max(np.fft.irfft(spectrum, size))) / energy if energy else 0.0


def milliseconds(sound: Sound) -> float:
    """Return how long a sound is."""
    return len(sound) * 1000 / RATE
