"""Where a reader stands in a text: the words left and right of it, and what the bulletin is about."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from broadcaster.reading.lexicon import Lexicon
from broadcaster.reading.style import Style

_WINDOW = 96
_PIECE = re.compile(r"[^\W_]+|[^\w\s]")
_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"[.!?…]\s|\n")
_CLAUSE_END = re.compile(r"[.,;:!?…()\n\"“”|]")
_RIGHT_SENTENCE_END = re.compile(r"[.!?;…](?:\s|$)|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One text with everything that bears on its reading."""

    text: str
    style: Style
    lexicon: Lexicon
    voice: str | None = None
    learnt: dict[str, str] = field(default_factory=dict)
    """Abbreviations that this very text explains."""
    topics: dict[str, bool] = field(default_factory=dict)
    """Cache: does the text hold this word anywhere?"""
    lowered: str = ""

    def mentions(self, phrase: str) -> bool:
        """True when the phrase (lower case) stands as words anywhere in the text."""
        known = self.topics.get(phrase)
        if known is None:
            known = self.topics[phrase] = bool(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", self.lowered))
        return known


class Context:
    """The neighbourhood of one position; computed on demand, since most words never ask."""

    def __init__(self, job: Job, pos: int) -> None:
        self.job = job
        self.text = job.text
        self.pos = pos
        self.style = job.style

    @cached_property
    def left(self) -> str:
        """Lower-case text of the sentence before the position, at most a window."""
        window = self.text[max(0, self.pos - _WINDOW) : self.pos].lower()
        cuts = [match.end() for match in _SENTENCE_END.finditer(window)]
        return window[cuts[-1] :] if cuts else window

    @cached_property
    def before(self) -> tuple[str, ...]:
        """Words, numbers and marks before the position, nearest first."""
        return tuple(reversed(_PIECE.findall(self.left)))

    @cached_property
    def words_before(self) -> tuple[str, ...]:
        """The same without the marks."""
        return tuple(reversed(_WORD.findall(self.left)))

    @cached_property
    def prev(self) -> str:
        """The nearest word before, past an opening bracket or quote; empty at the start of a sentence."""
        for piece in self.before:
            if piece[0].isalnum():
                return piece
            if piece not in "(\"“':":
                return ""
        return ""

    @cached_property
    def prev_two(self) -> str:
        """The two nearest words before, as they stand: `năm học`."""
        return " ".join(reversed(self.words_before[:2]))

    def near(self, words: frozenset[str], reach: int = 6) -> bool:
        """True when one of the words is among the nearest `reach` before."""
        return not words.isdisjoint(self.words_before[:reach])

    def right(self, end: int) -> str:
        """Lower-case text after `end` to the end of the sentence, at most a window."""
        window = self.text[end : end + _WINDOW].lower()
        cut = _RIGHT_SENTENCE_END.search(window)
        return window[: cut.start()] if cut else window

    def after(self, end: int, count: int = 3) -> tuple[str, ...]:
        """Up to `count` lower-case words that follow `end` with no mark between."""
        window = self.text[end : end + 48].lower()
        cut = _CLAUSE_END.search(window)
        clause = window[: cut.start()] if cut else window
        return tuple(_PIECE.findall(clause)[:count])

    def next_word(self, end: int) -> str:
        """The word right after `end`; empty at a mark."""
        words = self.after(end, 1)
        return words[0] if words else ""
