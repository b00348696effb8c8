"""The siren's samples: loud, within a horn's band, with no click at any edge, and the same however they are taken."""

from array import array

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from device_agent.playout.siren import length_ms, rest_ms, stroke_end_ms, strokes
from device_agent.sound.decoder import RATE
from device_agent.sound.siren import PEAK, SirenFeed, rendered, tone
from wire.messages import Burst

STORM = (Burst(on_ms=20_000, off_ms=10_000, times=3),)
SHORT = (Burst(on_ms=300, off_ms=200, times=2), Burst(on_ms=700, off_ms=0, times=1))
PATTERNS = st.lists(
    st.builds(Burst, on_ms=st.integers(100, 900), off_ms=st.integers(0, 300), times=st.integers(1, 3)),
    min_size=1, max_size=3,
).map(tuple)  # fmt: skip


def samples(pcm: bytes) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.array(array("h", pcm), dtype=float) / 32768


def largest_step(pcm: bytes) -> float:
    whole = np.concatenate([[0.0], samples(pcm), [0.0]])
    return float(np.max(np.abs(np.diff(whole))))


# The tone's own slope: 600 to 1,200 Hz with its harmonics at most this much from one sample to the next.
STEADY = float(np.max(np.abs(np.diff(samples(tone() * 2)))))


def test_a_pattern_lasts_to_the_end_of_its_last_stroke() -> None:
    assert length_ms(STORM) == 80_000
    assert rest_ms(STORM) == 10_000
    assert list(strokes(SHORT)) == [(0, 300), (500, 800), (1000, 1700)]
    assert len(rendered(SHORT)) // 2 == 1.7 * RATE


@pytest.mark.parametrize(("at_ms", "end_ms"), [(0, 300), (299, 300), (300, 300), (450, 450), (1000, 1700), (9e3, 9e3)])
def test_a_stroke_ends_where_it_ends_and_silence_at_once(at_ms: float, end_ms: float) -> None:
    assert stroke_end_ms(SHORT, at_ms) == end_ms


def test_it_is_loud_and_never_clips() -> None:
    loud = np.abs(samples(rendered(SHORT, gain_db=12.0)))
    assert loud.max() == pytest.approx(PEAK, abs=0.01)
    assert np.sqrt(np.mean(samples(tone()) ** 2)) > 0.4, "at least 8 dB below full scale in the mean"


def test_it_lies_within_what_a_horn_carries() -> None:
    spectrum = np.abs(np.fft.rfft(samples(tone()))) ** 2
    band = spectrum[400:4001].sum() / spectrum.sum()  # one second: a bin is one hertz
    assert band > 0.999


def test_its_second_meets_the_next_without_a_seam() -> None:
    twice = samples(tone() * 2)
    assert abs(twice[RATE] - twice[RATE - 1]) <= STEADY


@settings(max_examples=20, deadline=None, phases=(Phase.generate,))
@given(pattern=PATTERNS)
def test_nothing_clicks(pattern: tuple[Burst, ...]) -> None:
    assert largest_step(rendered(pattern)) <= STEADY + 1e-3


def test_a_pattern_without_ramps_would_click() -> None:
    cut = tone()[: 2 * 12_345]  # a stroke cut out of the tone, as it is
    assert largest_step(cut) > 1.5 * STEADY


@settings(max_examples=20, deadline=None, phases=(Phase.generate,))
@given(pattern=PATTERNS, sizes=st.lists(st.integers(50, 5000), min_size=1, max_size=10))
def test_a_feed_gives_the_same_samples_in_whatever_pieces(pattern: tuple[Burst, ...], sizes: list[int]) -> None:
    feed, taken, n = SirenFeed(pattern), b"", 0
    while block := feed.read(sizes[n % len(sizes)]):
        taken, n = taken + block, n + 1
    same = taken == rendered(pattern)
    assert same
    assert round(feed.length_s * RATE) == len(taken) // 2


def test_a_loaded_siren_becomes_another_pattern_in_the_middle_of_its_first_stroke() -> None:
    feed = SirenFeed(STORM)
    head = feed.read(RATE // 2)
    assert feed.retune((Burst(on_ms=2000, off_ms=500, times=2),), gain_db=0.0)
    rest = b""
    while block := feed.read(4800):
        rest += block
    same = head + rest == rendered((Burst(on_ms=2000, off_ms=500, times=2),))
    assert same


def test_it_cannot_become_what_it_has_sounded_past() -> None:
    feed = SirenFeed(STORM)
    feed.read(RATE // 2)
    assert not feed.retune(SHORT, gain_db=0.0), "its first stroke would be over"
    assert not feed.retune(STORM, gain_db=-6.0), "what was taken is louder"
    assert SirenFeed(STORM).retune(SHORT, gain_db=-6.0), "nothing was taken yet"


def test_a_quieter_siren_is_quieter() -> None:
    ratio = np.abs(samples(tone(RATE, -6.0))).max() / np.abs(samples(tone())).max()
    assert 20 * np.log10(ratio) == pytest.approx(-6.0, abs=0.05)
