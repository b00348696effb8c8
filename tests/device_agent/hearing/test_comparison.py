"""What was sent and what was captured meet at the right instant, and nothing captured stays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_agent.hearing.band import SPEECH, UnusableRateError
from device_agent.hearing.comparison import AT_THE_EDGE_MS, Comparison
from device_agent.hearing.correlation import EARLIEST_MS, LATEST_MS
from device_agent.hearing.verdict import Hearing, Judge, Verdict
from tests.device_agent.hearing import village
from tests.device_agent.hearing.airings import LOUDNESS, from_samples, reference
from tests.device_agent.hearing.village import RATE, Sound

SENT = village.loud(village.wind(10 * RATE, np.random.default_rng(4)), LOUDNESS**2)


def _comparison(*, started_at: float = 50.0) -> Comparison:
    return Comparison(from_samples(reference(SENT)), Judge(), rate=RATE, started_at=started_at)


def _feed(comparison: Comparison, sound: Sound, *, at: float, block_s: float = 0.1) -> list[Hearing]:
    pcm, size = village.pcm(sound), 2 * round(block_s * RATE)
    return [
        hearing
        for start in range(0, len(pcm), size)
        for hearing in comparison.feed(pcm[start : start + size], at=at + start / 2 / RATE)
    ]


@settings(max_examples=20)
@given(block_s=st.floats(0.005, 3.0))
def test_the_length_of_blocks_makes_no_difference(block_s: float) -> None:
    assert _feed(_comparison(), SENT, at=50.1, block_s=block_s) == _feed(_comparison(), SENT, at=50.1)


def test_verdicts_come_every_second() -> None:
    hearings = _feed(_comparison(), SENT, at=50.0)

    assert [hearing.at_s for hearing in hearings] == [float(second) for second in range(1, 11)]
    assert hearings[-1].verdict is Verdict.HEARD


def test_an_ear_that_was_open_before_the_start_hears_from_the_start() -> None:
    early = np.concatenate([np.zeros(4 * RATE), SENT])

    hearings = _feed(_comparison(), early, at=46.0)

    assert hearings[0].at_s == 1.0
    assert hearings[-1].delay_ms == pytest.approx(2, abs=3)


def test_an_ear_that_opens_late_hears_the_rest() -> None:
    hearings = _feed(_comparison(), SENT[3 * RATE :], at=53.0)

    assert hearings[0].at_s == 4.0
    assert hearings[-1].verdict is Verdict.HEARD


def test_frames_that_were_lost_do_not_shift_what_follows() -> None:
    comparison = _comparison()
    _feed(comparison, SENT[: 3 * RATE], at=50.0)

    hearings = _feed(comparison, SENT[round(4.3 * RATE) :], at=54.3)

    assert hearings[-1].verdict is Verdict.HEARD
    assert hearings[-1].delay_ms == pytest.approx(2, abs=3)


def test_an_instant_that_goes_back_is_survived() -> None:
    comparison = _comparison()
    _feed(comparison, SENT[: 5 * RATE], at=50.0)

    hearings = _feed(comparison, SENT[3 * RATE :], at=53.0)

    assert hearings[-1].verdict is Verdict.HEARD


@settings(max_examples=20)
@given(block_s=st.floats(0.01, 4.0))
def test_no_more_than_a_window_is_held_and_nothing_after_the_end(block_s: float) -> None:
    comparison = _comparison()

    _feed(comparison, SENT, at=50.0, block_s=block_s)

    assert comparison.held_samples < SPEECH.rate
    comparison.conclude()
    assert comparison.held_samples == 0


def test_a_rate_that_does_not_divide_is_refused() -> None:
    with pytest.raises(UnusableRateError):
        Comparison(from_samples(reference(SENT)), Judge(), rate=44_100, started_at=0.0)


@pytest.mark.parametrize(("ppm", "begun_s", "seconds"), [(600.0, 0.0, 200), (-600.0, 0.55, 250)])
def test_clocks_that_part_are_followed(ppm: float, begun_s: float, seconds: int) -> None:
    """In an hour of a relay a usual sound card gains or loses a fifth of a second against the box."""
    chance = np.random.default_rng(5)
    sent = np.concatenate([village.loud(village.wind(10 * RATE, chance), LOUDNESS**2) for _ in range(seconds // 10)])
    comparison = Comparison(from_samples(reference(sent)), Judge(), rate=RATE, started_at=0.0)

    hearings = _feed(comparison, village.drifted(sent, ppm), at=begun_s, block_s=0.5)

    lost = [hearing.at_s for hearing in hearings[4:] if hearing.verdict is Verdict.NOT_HEARD]
    assert lost == []
    assert comparison.conclude().verdict is Verdict.HEARD
    assert hearings[-1].verdict is Verdict.HEARD
    delay_ms = 1000 * begun_s - hearings[-1].at_s * ppm / 1000
    assert hearings[-1].delay_ms == pytest.approx(delay_ms, abs=10)
    assert not EARLIEST_MS <= delay_ms <= LATEST_MS - AT_THE_EDGE_MS, "or it need not be followed"
