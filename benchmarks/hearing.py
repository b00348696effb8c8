"""How much of one core the ear takes while it listens, all of it: decimation from 48 kHz, comparison, judgement.

The budget is 5 % of a core of a small box, taken to be ten times slower than this machine; the floor is the three
Fourier transforms that each second of sound needs at least.
"""

import json
import time
from collections.abc import Callable

import numpy as np

from device_agent.hearing.band import SPEECH, Samples
from device_agent.hearing.comparison import Comparison, Reference
from device_agent.hearing.correlation import Comb
from device_agent.hearing.verdict import Judge, Verdict

SECONDS = 120
RATE = 48_000
SMALL_BOX_IS_SLOWER = 10.0
BUDGET = 0.05
ROUNDS = 3


def timed(work: Callable[[], object]) -> float:
    """Return the seconds of processor time that `work` took."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def an_airing() -> tuple[Samples, bytes]:
    """Return what was sent at 8 kHz and what was captured of it at 48 kHz: bursts of noise, and as much noise again."""
    chance = np.random.default_rng(1)
    rhythm = 0.2 + np.abs(np.sin(2 * np.pi * 3.7 * np.arange(SECONDS * SPEECH.rate) / SPEECH.rate))
    sent = (chance.standard_normal(len(rhythm)) * rhythm * 0.1).astype(np.float32)
    step = RATE // SPEECH.rate
    heard = np.interp(np.arange(len(sent) * step) / step, np.arange(len(sent)), sent)
    noisy = heard + chance.standard_normal(len(heard)) * 0.1
    return sent, np.round(noisy * 3_000).astype("<i2").tobytes()


def reading(sent: Samples) -> Reference:
    """Return what reads it from its beginning."""
    at = 0

    def read(count: int) -> Samples:
        nonlocal at
        at += count
        return sent[at - count : at]

    return read


def listen(sent: Samples, pcm: bytes, *, rate: int) -> None:
    """Do all that the box does with captured sound."""
    comparison = Comparison(reading(sent), Judge(), rate=rate, started_at=0.0)
    size = 2 * rate // 5
    for start in range(0, len(pcm), size):
        comparison.feed(pcm[start : start + size], at=start / 2 / rate)
    if comparison.conclude().verdict is not Verdict.HEARD:
        raise RuntimeError("the benchmark measures something that does not work")


def transform_barely() -> None:
    """Transform both sides of each second there, and the result back."""
    size = Comb(band=SPEECH).span
    window = np.ones(size, dtype=np.float32)
    for _ in range(SECONDS):
        spectrum = np.fft.rfft(window) * np.fft.rfft(window)
        np.fft.ifft(spectrum, size)


def main() -> None:
    """Print the figures, each the best of three."""
    sent, pcm = an_airing()
    sparse = np.frombuffer(pcm, dtype="<i2")[:: RATE // SPEECH.rate].tobytes()
    share = min(timed(lambda: listen(sent, pcm, rate=RATE)) for _ in range(ROUNDS)) / SECONDS
    share_at_8 = min(timed(lambda: listen(sent, sparse, rate=SPEECH.rate)) for _ in range(ROUNDS)) / SECONDS
    floor = min(timed(transform_barely) for _ in range(ROUNDS)) / SECONDS
    figures = {
        "benchmark": "hearing",
        "listened_s": SECONDS,
        "share_of_a_core": round(share, 5),
        "share_of_a_core_captured_at_8_khz": round(share_at_8, 5),
        "share_of_a_small_box": round(share * SMALL_BOX_IS_SLOWER, 4),
        "budget": BUDGET,
        "floor_share": round(floor, 5),
        "ratio": round(share / floor, 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
