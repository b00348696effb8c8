"""The ear's judgement by itself, on babble: what cannot matter does not, and what proves nothing is unsure."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_agent.hearing.verdict import Hearing, Judge, Verdict
from tests.device_agent.hearing import village
from tests.device_agent.hearing.airings import LOUDNESS, Captured, first_firm, verdicts
from tests.device_agent.hearing.village import RATE, Sound

SECONDS = 9


def _babble(seed: int, seconds: float = SECONDS) -> Sound:
    """Return noise with the rhythm of syllables."""
    chance = np.random.default_rng(seed)
    frames = int(seconds * RATE)
    rhythm = 0.2 + np.abs(np.sin(2 * np.pi * 3.7 * np.arange(frames) / RATE + chance.uniform(0, 6)))
    return village.loud(village.wind(frames, chance) * rhythm, LOUDNESS**2)


SENT = _babble(1)
HISS = _babble(2)


def _final(heard: Sound, judge: Judge | None = None) -> Hearing:
    return verdicts(Captured(sent=SENT, heard=heard), judge)[-1]


@settings(max_examples=25)
@given(gain_db=st.floats(-40, 0), delay_ms=st.floats(0, 650), upside_down=st.booleans())
def test_gain_delay_and_polarity_change_nothing(gain_db: float, delay_ms: float, upside_down: bool) -> None:
    gain = 10 ** (gain_db / 20) * (-1 if upside_down else 1)

    hearing = _final(gain * village.later(SENT + 0.5 * HISS, delay_ms / 1000))

    assert hearing.verdict is Verdict.HEARD
    assert hearing.delay_ms == pytest.approx(delay_ms, abs=3)
    assert hearing.gain_db == pytest.approx(gain_db, abs=2)
    assert hearing.score > 0.6


@settings(max_examples=25)
@given(level_db=st.floats(-70, 15), seed=st.integers(2, 1_000))
def test_other_sound_is_not_heard_however_loud(level_db: float, seed: int) -> None:
    hearing = _final(10 ** (level_db / 20) * _babble(seed))

    assert hearing.verdict is Verdict.NOT_HEARD
    assert hearing.score < 0.11
    assert (hearing.delay_ms, hearing.gain_db, hearing.share) == (None, None, 0.0)


@settings(max_examples=25)
@given(ppm=st.floats(-300, 300), delay_ms=st.floats(0, 500))
def test_a_sound_card_with_a_clock_of_its_own_is_no_obstacle(ppm: float, delay_ms: float) -> None:
    assert _final(village.later(village.drifted(SENT, ppm), delay_ms / 1000)).verdict is Verdict.HEARD


@settings(max_examples=15)
@given(delay_ms=st.floats(900, 5_000))
def test_a_delay_beyond_reason_is_not_this_airing(delay_ms: float) -> None:
    assert _final(np.roll(SENT, round(delay_ms / 1000 * RATE))).verdict is Verdict.NOT_HEARD


def test_the_very_samples_score_almost_one() -> None:
    assert _final(SENT).score > 0.9


def test_louder_noise_scores_lower() -> None:
    scores = [_final(SENT + 10 ** (noise_db / 20) * HISS).score for noise_db in (-20, -10, 0, 10)]

    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.7 > scores[2] > 0.1


def test_silence_on_the_line_is_silence_within_eight_seconds() -> None:
    first = first_firm(verdicts(Captured(sent=SENT, heard=np.zeros(len(SENT))), Judge(void_is_silence=True)))

    assert first is not None
    assert (first.verdict, first.score) == (Verdict.NOT_HEARD, 0.0)
    assert first.at_s <= 8


def test_unbroken_zeros_from_a_microphone_mean_a_dead_microphone() -> None:
    hearings = verdicts(Captured(sent=SENT, heard=np.zeros(len(SENT))), Judge(void_is_silence=False))

    assert {hearing.verdict for hearing in hearings} == {Verdict.UNSURE}


def test_what_crosses_inside_the_sound_card_is_not_taken_for_a_horn() -> None:
    """55 dB below what was sent, with nothing else to hear: that is no horn, but too alike to be called silence."""
    crosstalk = 10 ** (-55 / 20) * SENT + 3e-5 * HISS / LOUDNESS

    assert _final(crosstalk).verdict is Verdict.UNSURE
    assert _final(10 * crosstalk).verdict is Verdict.HEARD


def test_a_pause_in_what_is_sent_proves_nothing() -> None:
    hearings = verdicts(Captured(sent=np.zeros(len(SENT)), heard=HISS))

    assert {(hearing.verdict, hearing.share) for hearing in hearings} == {(Verdict.UNSURE, None)}


def test_what_lasts_three_seconds_is_not_called_unheard() -> None:
    assert verdicts(Captured(sent=SENT[: 3 * RATE], heard=HISS[: 3 * RATE]))[-1].verdict is Verdict.UNSURE


def test_an_output_that_stutters_is_not_called_unheard() -> None:
    """It lost 300 ms in the middle: what is heard is ours, at another delay than before."""
    sent = _babble(7, 20)
    torn = np.concatenate([sent[: 10 * RATE], sent[round(9.7 * RATE) :]])[: len(sent)]

    hearings = verdicts(Captured(sent=sent, heard=0.1 * torn))

    assert Verdict.NOT_HEARD not in {hearing.verdict for hearing in hearings}
    assert hearings[-1].verdict is Verdict.HEARD


def test_a_lorry_that_drowns_the_horn_makes_unsure_and_not_unheard() -> None:
    sent = _babble(5, 40)
    lorry = _babble(6, 40)
    lorry[: 10 * RATE] *= 0.1
    lorry[10 * RATE :] *= 30

    hearings = verdicts(Captured(sent=sent, heard=0.1 * (sent + lorry)))

    assert hearings[9].verdict is Verdict.HEARD
    assert hearings[-2].verdict is Verdict.UNSURE
    assert Verdict.NOT_HEARD not in {hearing.verdict for hearing in hearings}


@pytest.mark.parametrize(
    ("fainter_db", "usual_gain_db", "is_tap", "expected"),
    [(26, -20.0, False, Verdict.UNSURE), (15, -20.0, False, Verdict.HEARD), (26, None, False, Verdict.HEARD),
     (26, -20.0, True, Verdict.HEARD)],
    ids=["the next pole's", "turned down", "nobody knows how loud ours is", "a tap hears no neighbour"],
)  # fmt: skip
def test_the_next_poles_programme_is_not_taken_for_ours(
    fainter_db: float, usual_gain_db: float | None, is_tap: bool, expected: Verdict
) -> None:
    """Our horn is dead, and fifty metres on another one says the same, a seventh of a second later."""
    theirs = village.later(0.1 * SENT, 0.146) * 10 ** (-fainter_db / 20)

    assert _final(theirs, Judge(usual_gain_db=usual_gain_db, void_is_silence=is_tap)).verdict is expected


def test_a_lorry_before_the_first_word_needs_the_usual_gain_to_be_known() -> None:
    """Negative control: without knowing how loud the horn usually is, drowned and silent are the same."""
    drowned = 0.1 * (SENT + 100 * HISS)

    assert _final(drowned, Judge(usual_gain_db=-20)).verdict is Verdict.UNSURE
    assert _final(drowned, Judge()).verdict is Verdict.NOT_HEARD
