"""Brings what was sent and what was captured side by side, second by second, and asks the judge. Pure.

It holds little more than one window of either, and nothing of it afterwards.
"""

from collections.abc import Callable

import numpy as np

from device_agent.hearing.band import SPEECH, Band, Decimator, Samples, samples
from device_agent.hearing.correlation import EARLIEST_MS, LATEST_MS, Comb, compare
from device_agent.hearing.verdict import Hearing, Judge, Verdict

GAP_S = 0.15
"""If the capture's clock and its count of frames part by so much, frames were lost."""

USUAL_MS = 250
AT_THE_EDGE_MS = 50
"""Two clocks part: in an hour the sound card's and ours by more than the delays that are looked at. What is heard so
near their edge is followed, and put into their middle."""

Reference = Callable[[int], Samples]
"""Returns the next so many samples of what is sent, at the band's rate; fewer at its end, then none."""


class Comparison:
    """One airing. `rate` is the capture's; `started_at` is on the clock that stamps the captured blocks."""

    def __init__(
        self, reference: Reference, judge: Judge, *, rate: int, started_at: float, band: Band = SPEECH
    ) -> None:
        """Raises UnusableRateError."""
        self._reference, self._judge = reference, judge
        self._rate, self._band, self._started_at = rate, band, started_at
        self._comb = Comb(band=band)
        self._sent = np.zeros(self._comb.before, dtype=np.float32)
        self._sent_from = -self._comb.before
        self._decimator = Decimator(rate, band=band)
        self._captured = np.zeros(0, dtype=np.float32)
        self._captured_from = 0
        self._later = 0
        self._expected_at: float | None = None
        self.heard_until_s = 0.0

    @property
    def held_samples(self) -> int:
        """How many captured samples are in memory at this moment."""
        return len(self._captured)

    def feed(self, pcm: bytes, *, at: float) -> tuple[Hearing, ...]:
        """Return the verdicts that this block of signed 16 bit, captured from `at` on, completes."""
        if self._expected_at is None or abs(at - self._expected_at) > GAP_S:
            self._begin(at)
        frames = len(pcm) // 2
        self._expected_at = (self._expected_at or at) + frames / self._rate
        self._captured = np.concatenate([self._captured, self._decimator.feed(samples(pcm))])
        self._drop_what_was_before()
        verdicts = []
        while len(self._captured) >= self._comb.window:
            verdicts.append(self._weigh())
        return tuple(verdicts)

    def conclude(self) -> Hearing:
        """Return the verdict on the whole, and let go of the sound."""
        self._captured = self._captured[:0].copy()
        return self._judge.conclude(at_s=self.heard_until_s)

    def _begin(self, at: float) -> None:
        """Start anew at `at`: the first block, or the first after a gap."""
        if self._expected_at is not None:
            self._judge.forget()
        self._expected_at = at
        self._decimator = Decimator(self._rate, band=self._band)
        self._captured = np.zeros(0, dtype=np.float32)
        self._captured_from = round((at - self._started_at) * self._band.rate) - self._later

    def _drop_what_was_before(self) -> None:
        """Only what sounds from the start on concerns us."""
        early = min(len(self._captured), -self._captured_from)
        if early > 0:
            self._captured = self._captured[early:].copy()
            self._captured_from += early

    def _weigh(self) -> Hearing:
        window = self._captured[: self._comb.window]
        glance = compare(self._sent_around(self._captured_from), window, comb=self._comb)
        self._captured = self._captured[self._comb.window :].copy()
        self._captured_from += self._comb.window
        self.heard_until_s = (self._captured_from + self._later) / self._band.rate
        hearing = self._judge.weigh(glance, at_s=self.heard_until_s)
        if hearing.verdict is Verdict.HEARD and hearing.delay_ms is not None:
            self._follow(hearing.delay_ms)
        return hearing

    def _follow(self, delay_ms: float) -> None:
        """Look for it elsewhere from now on, if it is about to leave the delays that are looked at."""
        seen_ms = delay_ms - self._later * 1000 / self._band.rate
        if EARLIEST_MS + AT_THE_EDGE_MS <= seen_ms <= LATEST_MS - AT_THE_EDGE_MS:
            return
        later_ms = round(seen_ms - USUAL_MS)
        self._later += later_ms * self._band.rate // 1000
        self._captured_from -= later_ms * self._band.rate // 1000
        self._judge.forget(later_ms=later_ms)

    def _sent_around(self, position: int) -> Samples:
        """Return the reference that belongs to the window at `position`, with silence beyond its end."""
        start = position - self._comb.before
        if start < self._sent_from:  # what was let go of is taken for a pause, which proves nothing
            self._sent = np.concatenate([np.zeros(self._sent_from - start, dtype=np.float32), self._sent])
            self._sent_from = start
        missing = start + self._comb.span - (self._sent_from + len(self._sent))
        if missing > 0:
            more = self._reference(missing)
            silence = np.zeros(missing - len(more), dtype=np.float32)
            self._sent = np.concatenate([self._sent, more, silence])
        self._sent = self._sent[max(0, start - self._sent_from) :].copy()
        self._sent_from = start
        return self._sent[: self._comb.span]
