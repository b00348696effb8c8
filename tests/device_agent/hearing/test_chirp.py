"""The nightly self-test is faint, high, always the same, and heard or missed by the same ears as any airing."""

import numpy as np
import pytest

from device_agent.hearing.band import samples
from device_agent.hearing.chirp import NIGHT, RATE, SelfTest, Sweeps, sweeps
from device_agent.hearing.comparison import Comparison
from device_agent.hearing.reference import PcmReference
from device_agent.hearing.verdict import Hearing, Judge, Verdict


def _concluded(*, played: bool, delay_s: float = 0.2, noise_db: float = 0.0) -> Hearing:
    """Return the verdict on a night: the sweeps 20 dB fainter, in a hiss that loud within the band."""
    sent = samples(b"".join(sweeps(SelfTest())))
    chance = np.random.default_rng(7)
    level = 0.1 * float(np.sqrt(np.mean(sent**2)))
    share_in_band = (NIGHT.high_hz - NIGHT.low_hz) / (RATE / 2)
    heard = chance.standard_normal(len(sent)) * level * 10 ** (noise_db / 20) / np.sqrt(share_in_band)
    if played:
        late = round(delay_s * RATE)
        heard[late:] += 0.1 * sent[: len(sent) - late]
    # A microphone worth the name has gain: sixteen bits end where these sweeps arrive.
    captured = np.round(heard * 30 * 32_768).astype("<i2").tobytes()
    reference = PcmReference(Sweeps(SelfTest()), band=NIGHT)
    comparison = Comparison(reference.read, Judge(), rate=RATE, started_at=0.0, band=NIGHT)
    comparison.feed(captured, at=0.0)
    return comparison.conclude()


def test_sweeps_are_heard_at_their_delay() -> None:
    hearing = _concluded(played=True)

    assert hearing.verdict is Verdict.HEARD
    assert hearing.delay_ms == pytest.approx(200, abs=1)


def test_sweeps_are_heard_in_noise_ten_decibels_louder() -> None:
    assert _concluded(played=True, noise_db=10).verdict is Verdict.HEARD


def test_a_night_without_sweeps_is_not_heard() -> None:
    assert _concluded(played=False).verdict is Verdict.NOT_HEARD


def test_sweeps_stay_in_their_band_and_faint() -> None:
    sound = samples(b"".join(sweeps(SelfTest())))
    power = np.abs(np.fft.rfft(sound)) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    below = power[hertz < NIGHT.low_hz - 300].sum() / power.sum()

    assert float(np.max(np.abs(sound))) == pytest.approx(0.01, rel=0.02)
    assert 10 * np.log10(below) < -25


def test_sweeps_are_always_the_same() -> None:
    assert list(sweeps(SelfTest())) == list(sweeps(SelfTest()))
    assert len(b"".join(sweeps(SelfTest(seconds=3)))) == 3 * RATE * 2


def test_sweeps_are_read_in_pieces_of_any_length() -> None:
    test, read = SelfTest(seconds=1), Sweeps(SelfTest(seconds=1))

    assert b"".join(iter(lambda: read.read(999), b"")) == b"".join(sweeps(test))
