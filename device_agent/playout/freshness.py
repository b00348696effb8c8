"""Whether a document of alerts is the station's present word, or an old one that somebody plays again. Pure.

Its signature says who wrote it and its revision that it is not older than what was obeyed; neither says that it was
written now. The station says everything again every 30 seconds and answers what it is asked for the time, so a box can
tell: what was issued within the last two minutes is the present word. What is older counts only when it is new to the
box and the station is silent, for then nobody could have taken it back; a station that answers would have said it anew.
A box that has lost its memory believes nothing but what is fresh by the station's own answer, and was issued since the
box is up: whatever was said before may have been taken back, and only a memory would know.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

FRESH = timedelta(minutes=2)
ANSWER_WITHIN_S = 15.0
"""How long the station is given to answer before it is taken to be silent; it is asked three times in that time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A document as it came in since the box is up. `is_new`: newer than everything that it had obeyed before."""

    issued_at: datetime
    received_monotonic: float
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the box knows now. Unless `is_trusted`, `now` is only a lower bound; `answered_monotonic` is when the
    station's latest answer to a question of ours came; `remembers` that it knows what it had obeyed; `up_monotonic` is
    when its program came up."""

    now: datetime
    monotonic: float
    is_trusted: bool
    error: timedelta
    answered_monotonic: float | None
    remembers: bool
    up_monotonic: float


def is_present(word: Word, evidence: Evidence) -> bool:
    """Return whether alerts that this document names may begin to sound."""
    waited_s = evidence.monotonic - word.received_monotonic
    age = evidence.now - timedelta(seconds=waited_s) - word.issued_at
    is_stale = age > FRESH + (evidence.error if evidence.is_trusted else timedelta(0))
    if not evidence.remembers:
        up_at = evidence.now - timedelta(seconds=evidence.monotonic - evidence.up_monotonic)
        is_known = evidence.is_trusted and evidence.answered_monotonic is not None
        return not is_stale and is_known and word.issued_at >= up_at
    if not is_stale:
        return evidence.is_trusted or word.is_new
    answered = evidence.answered_monotonic is not None and evidence.answered_monotonic > word.received_monotonic
    return word.is_new and waited_s >= ANSWER_WITHIN_S and not answered
