"""Relays and sirens are heard, or not, as bulletins are: what they give is compared with what the microphone gives."""

from collections import Counter

import numpy as np
import pytest

from device_agent.hearing.comparison import Comparison
from device_agent.hearing.port import Pcm
from device_agent.hearing.reference import PcmReference
from device_agent.hearing.verdict import Hearing, Judge, Verdict
from device_agent.sound.decoder import RATE as FEED_RATE
from device_agent.sound.echo import Echo
from device_agent.sound.siren import SirenFeed, rendered
from tests.device_agent.hearing import village
from tests.device_agent.hearing.airings import LOUDNESS, Readings
from tests.device_agent.hearing.village import RATE, Chance, Sound
from wire.messages import Burst

AIRINGS = 6
BLOCK = RATE // 10
PATTERNS = {
    "storm": (Burst(on_ms=20_000, off_ms=10_000, times=1),),
    "flood": (Burst(on_ms=10_000, off_ms=10_000, times=2),),
    "general": (Burst(on_ms=5_000, off_ms=3_000, times=3),),
}


def at_the_pole(sent: Sound, chance: Chance, *, played: bool, path_db: float = -20.0, noise_db: float = 0.0) -> Sound:
    """Return what the microphone captures: horn, way, drift and a village whose noise is so much louder."""
    level = village.band_power(sent) * 10 ** (path_db / 10)
    horn = village.loud(village.through_horn(sent, chance), level)
    horn = village.later(village.drifted(horn, chance.uniform(-150, 150)), chance.uniform(0.0, 0.5))
    noise = village.loud(village.village(len(sent), chance, voices=()), level * 10 ** (noise_db / 10))
    return noise + horn if played else noise


def verdict(given: Pcm, captured: Sound, judge: Judge | None = None) -> tuple[Hearing, ...]:
    """Return what the ear says second by second, and last of the whole."""
    comparison = Comparison(PcmReference(given).read, judge or Judge(), rate=RATE, started_at=0.0)
    pcm = village.pcm(captured)
    running = [
        hearing
        for start in range(0, len(pcm), 2 * BLOCK)
        for hearing in comparison.feed(pcm[start : start + 2 * BLOCK], at=start / 2 / RATE)
    ]
    return (*running, comparison.conclude())


def siren(pattern: tuple[Burst, ...]) -> Sound:
    return np.frombuffer(rendered(pattern, rate=RATE), dtype="<i2") / 32_768


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("played", [True, False])
def test_sirens_are_heard_and_missed(name: str, played: bool) -> None:
    pattern, found = PATTERNS[name], Counter[Verdict]()
    for seed in range(AIRINGS):
        chance = np.random.default_rng([seed, played])
        captured = at_the_pole(siren(pattern), chance, played=played)
        found[verdict(SirenFeed(pattern).overheard(), captured)[-1].verdict] += 1

    assert found == {(Verdict.HEARD if played else Verdict.NOT_HEARD): AIRINGS}


def test_a_dead_siren_is_told_of_within_ten_seconds() -> None:
    silent = at_the_pole(siren(PATTERNS["storm"]), np.random.default_rng(1), played=False)

    first = next(h for h in verdict(SirenFeed(PATTERNS["storm"]).overheard(), silent) if h.verdict != "unsure")

    assert (first.verdict, first.at_s <= 8) == (Verdict.NOT_HEARD, True)


@pytest.mark.parametrize(
    ("path_db", "usual_gain_db", "expected"),
    [(-20.0, -20.0, Verdict.HEARD), (-40.0, -20.0, Verdict.UNSURE), (-20.0, None, Verdict.UNSURE)],
    ids=["ours", "the next pole's", "nobody knows how loud ours is"],
)
def test_the_next_poles_siren_is_not_taken_for_ours(
    path_db: float, usual_gain_db: float | None, expected: Verdict
) -> None:
    """Every box of a commune sounds the same siren at the same time: only its loudness tells whose it is."""
    pattern = PATTERNS["flood"]
    captured = at_the_pole(siren(pattern), np.random.default_rng(2), played=True, path_db=path_db)
    judge = Judge(usual_gain_db=usual_gain_db, void_is_silence=False, is_common=True)

    assert verdict(SirenFeed(pattern).overheard(), captured, judge)[-1].verdict is expected


def test_a_line_tap_needs_no_history() -> None:
    pattern = PATTERNS["flood"]
    captured = at_the_pole(siren(pattern), np.random.default_rng(2), played=True)
    judge = Judge(void_is_silence=True, is_common=True)

    assert verdict(SirenFeed(pattern).overheard(), captured, judge)[-1].verdict is Verdict.HEARD


@pytest.mark.parametrize("played", [True, False])
def test_relays_are_heard_and_missed(readings: Readings, played: bool) -> None:
    found = Counter[Verdict]()
    for seed in range(AIRINGS):
        chance = np.random.default_rng([seed, played])
        sent = readings.bulletin(chance, seconds=14, chime=False)
        captured = at_the_pole(sent, chance, played=played)
        found[verdict(given(sent, late_s=0.6), captured)[-1].verdict] += 1

    assert found == {(Verdict.HEARD if played else Verdict.NOT_HEARD): AIRINGS}


def test_another_programme_is_not_the_relay(readings: Readings) -> None:
    chance = np.random.default_rng(3)
    ours, theirs = (readings.bulletin(chance, chime=False, sentences=s) for s in (slice(0, 8), slice(8, 16)))

    hearings = verdict(given(ours), at_the_pole(theirs, chance, played=True))

    assert hearings[-1].verdict is Verdict.NOT_HEARD


def given(sent: Sound, *, late_s: float = 0.0) -> Echo:
    """Return what a feed of this sound gave: the player had taken the first of it when the ear began to listen."""
    pcm = np.frombuffer(village.pcm(village.loud(sent, LOUDNESS**2)), dtype="<i2")
    at_feed_rate = np.repeat(pcm, FEED_RATE // RATE)
    overheard = _Patient()
    skipped = round(late_s * FEED_RATE)
    for at in range(skipped, len(at_feed_rate), FEED_RATE):
        overheard.kept.append((at, at_feed_rate[at : at + FEED_RATE].tobytes()))
    return overheard


class _Patient(Echo):
    """Is put what it was given when it is asked for it, as if a player had just taken that."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[int, bytes]] = []

    def read(self, frames: int) -> bytes:
        while self.kept and self._put_to < self._read_to + frames:
            at, pcm = self.kept.pop(0)
            self.put(pcm, at=at)
        if not self.kept:
            self.close()
        return super().read(frames)
