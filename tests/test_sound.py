"""The measure itself: it tells the same sound from another one, whatever the shift."""

import numpy as np
import pytest

from tests.sound import RATE, likeness


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, RATE)


def test_likeness_of_a_shifted_copy_is_one() -> None:
    sound = noise(1)
    assert likeness(np.concatenate([np.zeros(1234), sound]), sound) == pytest.approx(1.0, abs=1e-6)


def test_likeness_of_two_sounds_is_near_nought() -> None:
    assert likeness(noise(1), noise(2)) < 0.1


def test_likeness_of_silence_is_nought() -> None:
    assert likeness(np.zeros(RATE), noise(1)) == 0.0


def test_likeness_of_half_a_sound_is_below_what_is_asked() -> None:
    sound = noise(1)
    assert likeness(sound[: RATE // 2], sound) < 0.8
