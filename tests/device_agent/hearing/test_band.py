"""A captured stream comes to the band's rate whole, whatever the blocks, and brings nothing from beyond it."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.hearing.band import SPEECH, Decimator, Samples, UnusableRateError, samples

SECOND = 48_000


def _tone(hertz: float, rate: int = 48_000) -> Samples:
    return np.sin(2 * np.pi * hertz * np.arange(rate) / rate).astype(np.float32)


def _level_db(sound: Samples) -> float:
    middle = sound[len(sound) // 4 : -len(sound) // 4].astype(np.float64)
    return float(10 * np.log10(np.mean(middle**2) * 2 + 1e-20))


@pytest.mark.parametrize("hertz", [400, 1_000, 2_500, 3_400])
def test_decimator_lets_the_band_pass(hertz: int) -> None:
    assert _level_db(Decimator(48_000, band=SPEECH).feed(_tone(hertz))) == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("hertz", [4_700, 6_000, 9_000, 15_000, 23_000])
def test_decimator_keeps_out_what_would_fold_into_the_band(hertz: int) -> None:
    assert _level_db(Decimator(48_000, band=SPEECH).feed(_tone(hertz))) < -45


def test_leaving_samples_out_without_a_filter_would_fold() -> None:
    """Negative control of the test above."""
    assert _level_db(_tone(9_000)[::6]) > -1


@given(st.lists(st.integers(0, 3_000), max_size=30), st.sampled_from([8_000, 16_000, 24_000, 48_000]))
def test_the_blocks_make_no_difference(lengths: list[int], rate: int) -> None:
    sound = np.random.default_rng(1).standard_normal(20_000).astype(np.float32)
    decimator = Decimator(rate, band=SPEECH)
    edges = [0, *np.minimum(np.cumsum([*lengths, 20_000]), 20_000)]

    pieces = [decimator.feed(sound[start:end]) for start, end in pairwise(edges)]

    np.testing.assert_allclose(np.concatenate(pieces), Decimator(rate, band=SPEECH).feed(sound), atol=1e-5)


@pytest.mark.parametrize("rate", [4_000, 11_025, 44_100])
def test_decimator_refuses_a_rate_that_does_not_divide(rate: int) -> None:
    with pytest.raises(UnusableRateError, match=f"{rate} Hz"):
        Decimator(rate, band=SPEECH)


def test_samples_are_between_minus_one_and_one() -> None:
    assert samples(b"\x00\x80\xff\x7f\x00\x00\x07").tolist() == [-1.0, pytest.approx(1, abs=1e-4), 0.0]
