"""The acceptance of the proof of sound: a hundred airings in a noisy village heard, a hundred silent ones not."""

from collections import Counter

import numpy as np
import pytest

from device_agent.hearing.verdict import Hearing, Verdict
from tests.device_agent.hearing import village
from tests.device_agent.hearing.airings import LOUDNESS, Captured, Readings, airing, first_firm, verdicts
from tests.device_agent.hearing.village import RATE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

AIRINGS = 100
RIGHT = 98
SECONDS = 12.0


def _village(readings: Readings, *, played: bool, noise_db: float = 0.0) -> list[tuple[Hearing, ...]]:
    """Return what the ear said of a hundred airings: -20 dB, 0 to 500 ms late, horn, drift, noise."""
    return [
        verdicts(
            airing(readings, np.random.default_rng([seed, played]), played=played, noise_db=noise_db, seconds=SECONDS)
        )
        for seed in range(AIRINGS)
    ]


def test_played_airings_are_heard(readings: Readings) -> None:
    heard = _village(readings, played=True)

    assert Counter(hearings[-1].verdict for hearings in heard)[Verdict.HEARD] >= RIGHT
    assert sum(any(h.verdict is Verdict.NOT_HEARD for h in hearings) for hearings in heard) <= AIRINGS - RIGHT
    assert all(0.05 < hearings[-1].score <= 1 for hearings in heard)


def test_silent_airings_are_not_heard_and_that_is_told_within_eight_seconds(readings: Readings) -> None:
    silent = _village(readings, played=False)
    first = [first_firm(hearings) for hearings in silent]

    assert Counter(hearings[-1].verdict for hearings in silent)[Verdict.NOT_HEARD] >= RIGHT
    assert sum(f is not None and f.verdict is Verdict.NOT_HEARD and f.at_s <= 8 for f in first) >= RIGHT


def test_noise_of_ten_decibels_never_turns_sound_into_silence(readings: Readings) -> None:
    """Beyond the acceptance: what drowns may become *unsure*, not *not heard*."""
    drowned = _village(readings, played=True, noise_db=10)
    final = Counter(hearings[-1].verdict for hearings in drowned)

    assert final[Verdict.NOT_HEARD] <= AIRINGS - RIGHT
    assert final[Verdict.HEARD] >= 80


@pytest.mark.parametrize("seed", range(10))
def test_another_bulletin_of_the_same_voice_is_not_ours(readings: Readings, seed: int) -> None:
    """The neighbours' horn is as near as ours, rings the same chime at the same instant, and reads something else."""
    chance = np.random.default_rng(seed)
    ours = readings.bulletin(chance, voice="espeak", sentences=slice(0, 8))
    theirs = readings.bulletin(chance, voice="espeak", sentences=slice(8, 16))

    hearings = verdicts(Captured(sent=ours, heard=village.through_horn(theirs, chance)))

    assert Verdict.HEARD not in {hearing.verdict for hearing in hearings}
    assert hearings[-1].verdict is Verdict.NOT_HEARD


@pytest.mark.parametrize("seed", range(5))
def test_a_horn_that_dies_is_told_of_within_ten_seconds(readings: Readings, seed: int) -> None:
    chance = np.random.default_rng(seed)
    captured = airing(readings, chance, played=True, seconds=34, delay_s=0.1)
    silent = airing(readings, np.random.default_rng(seed), played=False, seconds=34, delay_s=0.1)
    dies = 20 * RATE

    hearings = verdicts(
        Captured(sent=captured.sent, heard=np.concatenate([captured.heard[:dies], silent.heard[dies:]]))
    )

    at = {hearing.at_s: hearing.verdict for hearing in hearings[:-1]}
    assert at[20.0] is Verdict.HEARD
    assert Verdict.NOT_HEARD in {at[float(second)] for second in range(21, 31)}
    assert hearings[-1].verdict is Verdict.UNSURE
    assert hearings[-1].share == pytest.approx(0.6, abs=0.15)


@pytest.mark.parametrize("late_s", [-2.0, 1.5, 4.0])
def test_our_own_bulletin_at_another_time_is_not_this_airing(readings: Readings, late_s: float) -> None:
    chance = np.random.default_rng(3)
    sent = readings.bulletin(chance, seconds=16)
    elsewhen = np.roll(sent, round(late_s * RATE))

    hearings = verdicts(Captured(sent=sent, heard=elsewhen * 0.1))

    assert hearings[-1].verdict is Verdict.NOT_HEARD


def test_a_chime_alone_proves_nothing(readings: Readings) -> None:
    """Every station has the same bell: heard or not, it is no proof."""
    for heard in (readings.chime, np.zeros(len(readings.chime))):
        hearings = verdicts(Captured(sent=readings.chime * LOUDNESS, heard=heard * LOUDNESS))

        assert {hearing.verdict for hearing in hearings} == {Verdict.UNSURE}
