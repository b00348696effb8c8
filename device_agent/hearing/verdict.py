"""Whether an airing was heard, from the comparison of one second after the other. Pure; keeps numbers, never sound.

The thresholds stand where measured distributions leave room (`tests/device_agent/hearing/village.py` is the village):
over four seconds, the agreement of silent airings stays below 10 in 99 of 100, that of another bulletin by the same
voice with no noise at all below 15.5 in 100 of 100, and that of played ones above 18 with noise as loud as the horn,
above 15.9 with noise 10 dB louder, in 99 of 100.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import log10, sqrt
from statistics import median

import numpy as np

from device_agent.hearing.correlation import EARLIEST_MS, PERFECT, Glance

HEARD_FROM = 16.0
NOT_HEARD_UP_TO = 12.0
"""Of agreement: how many times likelier than by chance the same delay recurs, window after window."""
HEARD_SCORE = 0.11
"""Played airings score 0.3 and more in noise as loud as the horn, 0.14 in noise 10 dB louder; a phrase that a neighbour
has in common with us at the same moment scores up to 0.1."""
FIRM_AFTER = 4
"""Windows that are evidence, before anything is claimed."""
MEMORY = 6
"""Windows. A horn that dies is told of when at most two good seconds are left in the memory, so after four or five."""
STALE_S = 12.0
SHARE_OF_HEARD, SHARE_OF_NOT_HEARD = 0.8, 0.2
FAINTEST_DB = -50.0
"""Below this it is more likely the sound card's own crosstalk than a horn."""
COMMON_WITHIN_DB = 12.0
"""What every box around sounds as well (a siren) is ours when it is about as loud as our horn usually is, and not the
next pole's, which is twice as far away or more than that."""
OURS_WITHIN_DB = 18.0
"""A programme, too, sounds from the next pole a moment later: what is so much fainter than our horn usually is does not
come from it. The room is wider here, for a bulletin that is called unsure is called so day after day."""
REMEMBERED = 600
"""Opinions that a verdict on the whole is made of: of an hour's relay the latest ten minutes, not a growing heap."""

_CAP = 20.0
"""What one window may say at most: one sentence that a neighbour has in common with us must not decide."""
_ALIKE = 40.0
_AS_GOOD = 0.8
_CHANCE = 5.0
_BROAD_ENOUGH = 1_000.0
"""A bell has few frequencies, and every station has the same bell: it proves nothing either way."""
_MASKED = 30.0
"""Noise so many times as powerful as what the horn usually brings hides it: no evidence of silence."""
_SAME_DELAY_MS = 3.0


class Verdict(StrEnum):
    """What the box may claim."""

    HEARD = "heard"
    NOT_HEARD = "not_heard"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What the ear can say at an instant.

    `score` is the phase coherence of what was heard with what was sent, chance subtracted: 0 nothing, 1 the very
    samples, about 0.5 a horn in noise as loud as itself. `delay_ms` and `gain_db` (of the way from file to
    microphone) are None unless something was found. `at_s` is seconds since the airing's start; `share` is how much of
    what could be judged so far was heard, None when nothing could. `is_final` marks the verdict on the whole airing,
    and `so_far` is what that would be if the airing ended now.
    """

    verdict: Verdict
    score: float
    delay_ms: float | None
    gain_db: float | None
    at_s: float
    share: float | None = None
    is_final: bool = False
    so_far: "Hearing | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    glance: Glance
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opinion:
    verdict: Verdict
    score: float
    delay_ms: float | None = None
    gain: float | None = None


_NO_OPINION = _Opinion(verdict=Verdict.UNSURE, score=0.0)


class Judge:
    """Takes one window after the other and says each time what they come to; then what the whole came to.

    `usual_gain_db` is the way's gain when the box was last heard. `void_is_silence` says whether nothing but zeros
    means that nothing sounds (a line tap) or that the microphone is dead. A microphone knows by the usual gain alone
    whether what it hears is ours or a neighbour's; without one it is unsure of what `is_common` among the boxes around.
    """

    def __init__(
        self, *, usual_gain_db: float | None = None, void_is_silence: bool = True, is_common: bool = False,
        faintest_db: float = FAINTEST_DB,
    ) -> None:  # fmt: skip
        self._void_is_silence = void_is_silence
        self._faintest = 10 ** (faintest_db / 20)
        self._gain = 10 ** (usual_gain_db / 20) if usual_gain_db is not None else None
        if not void_is_silence and (is_common or self._gain is not None):
            usual = self._gain if self._gain is not None else float("inf")
            within_db = COMMON_WITHIN_DB if is_common else OURS_WITHIN_DB
            self._faintest = max(self._faintest, usual * 10 ** (-within_db / 20))
        self._later_ms = 0.0
        self._memory: deque[_Seen] = deque(maxlen=MEMORY)
        self._tally = dict.fromkeys(Verdict, 0)
        self._heard: deque[_Opinion] = deque(maxlen=REMEMBERED)
        self._best_score = 0.0

    def weigh(self, glance: Glance | None, *, at_s: float) -> Hearing:
        """Return the running verdict after the window that ended at `at_s`."""
        telling = glance is not None and glance.breadth >= _BROAD_ENOUGH
        if glance is not None and telling and not self._is_hidden(glance):
            self._memory.append(_Seen(glance=glance, at_s=at_s))
        opinion = self._opinion([seen.glance for seen in self._memory if at_s - seen.at_s < STALE_S])
        if telling:
            self._note(opinion)
        return replace(_hearing(opinion, at_s=at_s, share=self._share()), so_far=self.conclude(at_s=at_s))

    def forget(self, *, later_ms: float = 0.0) -> None:
        """Drop the memory, for the delay is no longer what it was: the capture had a gap, or what is sent is from now
        on put so much later beside it."""
        self._memory.clear()
        self._later_ms += later_ms

    def conclude(self, *, at_s: float) -> Hearing:
        """Return the verdict on everything that was weighed."""
        share = self._share()
        firm = self._tally[Verdict.HEARD] + self._tally[Verdict.NOT_HEARD]
        verdict = Verdict.UNSURE
        if share is not None and firm >= self._tally[Verdict.UNSURE] - FIRM_AFTER:
            verdict = _of_share(share)
        return _hearing(self._whole(verdict), at_s=at_s, share=share, is_final=True)

    def _is_hidden(self, glance: Glance) -> bool:
        """Return whether the horn could have sounded in this window without our noticing."""
        if glance.is_void:
            return not self._void_is_silence
        masked = self._gain is not None and glance.heard_power > _MASKED * self._gain**2 * glance.sent_power
        return masked and _agreement([glance])[1] < HEARD_FROM

    def _opinion(self, glances: Sequence[Glance]) -> _Opinion:
        if len(glances) < FIRM_AFTER:
            return _NO_OPINION
        stretch, agreement = _agreement(glances)
        score = _score(glances, stretch)
        if agreement >= HEARD_FROM:
            return self._found(glances, stretch, score)
        is_absent = agreement <= NOT_HEARD_UP_TO and not (self._heard and _is_torn(glances))
        return _Opinion(verdict=Verdict.NOT_HEARD if is_absent else Verdict.UNSURE, score=score)

    def _found(self, glances: Sequence[Glance], stretch: int, score: float) -> _Opinion:
        near = [g for g in glances if abs(g.delay_ms - EARLIEST_MS - stretch) <= _SAME_DELAY_MS]
        if not near:
            return _Opinion(verdict=Verdict.UNSURE, score=score)
        gain = median(g.gain for g in near)
        is_clear = score >= HEARD_SCORE and gain >= self._faintest
        verdict = Verdict.HEARD if is_clear else Verdict.UNSURE
        delay_ms = median(g.delay_ms for g in near) + self._later_ms
        return _Opinion(verdict=verdict, score=score, delay_ms=delay_ms, gain=gain)

    def _note(self, opinion: _Opinion) -> None:
        self._tally[opinion.verdict] += 1
        self._best_score = max(self._best_score, opinion.score)
        if opinion.verdict is Verdict.HEARD:
            self._heard.append(opinion)
            self._gain = opinion.gain

    def _share(self) -> float | None:
        heard, firm = self._tally[Verdict.HEARD], self._tally[Verdict.HEARD] + self._tally[Verdict.NOT_HEARD]
        return heard / firm if firm else None

    def _whole(self, verdict: Verdict) -> _Opinion:
        if not self._heard:
            return _Opinion(verdict=verdict, score=self._best_score)
        return _Opinion(
            verdict=verdict,
            score=median(opinion.score for opinion in self._heard) * (self._share() or 0.0),
            delay_ms=median(opinion.delay_ms for opinion in self._heard if opinion.delay_ms is not None),
            gain=median(opinion.gain for opinion in self._heard if opinion.gain is not None),
        )


def _of_share(share: float) -> Verdict:
    if share >= SHARE_OF_HEARD:
        return Verdict.HEARD
    return Verdict.NOT_HEARD if share <= SHARE_OF_NOT_HEARD else Verdict.UNSURE


def _agreement(glances: Sequence[Glance]) -> tuple[int, float]:
    """Return how much the windows agree on one stretch of delays, and on which: of those that do, the strongest."""
    surprises = np.array([g.likeness * g.breadth for g in glances])
    agreements = np.minimum(surprises, _CAP).mean(axis=0)
    highest = float(agreements.max())
    strengths = np.where(agreements >= highest * _AS_GOOD, surprises.mean(axis=0), 0.0)
    return int(np.argmax(strengths)), highest


def _is_torn(glances: Sequence[Glance]) -> bool:
    """Return whether half of the windows are like what was sent, each at a delay of its own: a stuttering output."""
    alike = sum(float(g.likeness.max()) * g.breadth >= _ALIKE for g in glances)
    return 2 * alike >= len(glances)


def _score(glances: Sequence[Glance], stretch: int) -> float:
    beyond_chance = [float(g.likeness[stretch]) - _CHANCE / g.breadth for g in glances]
    return min(1.0, sqrt(max(0.0, sum(beyond_chance) / len(glances)) / PERFECT))


def _hearing(opinion: _Opinion, *, at_s: float, share: float | None, is_final: bool = False) -> Hearing:
    return Hearing(
        verdict=opinion.verdict, score=round(opinion.score, 3), at_s=round(at_s, 3), is_final=is_final,
        share=None if share is None else round(share, 3),
        delay_ms=None if opinion.delay_ms is None else round(opinion.delay_ms, 1),
        gain_db=None if opinion.gain is None else round(20 * log10(max(opinion.gain, 1e-9)), 1),
    )  # fmt: skip
