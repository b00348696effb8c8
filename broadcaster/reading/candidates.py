"""A typed guess at what a stretch of writing is, and the choice between guesses."""

from collections.abc import Iterable
from dataclasses import dataclass

from broadcaster.reading.reading import SpanKind

# Two guesses about the same stretch nearer than this are a doubt that the officer should settle.
_CLOSE = 0.11
_DOUBT = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What the text from the reader's position up to `end` may be, and how it is then said.

    Commas in `spoken` are short pauses, such as between the groups of a telephone number.
    """

    end: int
    kind: SpanKind
    spoken: str
    weight: float
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The winner with the losers' readings of the same stretch beside it."""

    candidate: Candidate
    confidence: float
    alternatives: tuple[str, ...]


def _words(guess: Candidate) -> str:
    """What is heard, whatever the pauses."""
    return guess.spoken.replace(",", "")


def choose(candidates: Iterable[Candidate]) -> Chosen | None:
    """The heaviest guess, the longest of equals; None when nobody guessed."""
    ranked = sorted(candidates, key=lambda guess: (-guess.weight, -guess.end))
    if not ranked:
        return None
    best = ranked[0]
    rivals = [guess for guess in ranked[1:] if guess.end == best.end and _words(guess) != _words(best)]
    close = bool(rivals) and best.weight - rivals[0].weight < _CLOSE
    confidence = min(best.weight, _DOUBT) if close else best.weight
    readings = dict.fromkeys((*best.alternatives, *(rival.spoken for rival in rivals)))
    readings.pop(best.spoken, None)
    return Chosen(candidate=best, confidence=confidence, alternatives=tuple(readings))
