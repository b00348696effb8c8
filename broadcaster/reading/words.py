"""Words that no number and no abbreviation is in: loan words, words typed together, words nobody spells so."""

from collections.abc import Iterator
from functools import lru_cache

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.context import Context
from broadcaster.reading.letters import letter_name
from broadcaster.reading.reading import SpanKind
from broadcaster.reading.syllables import has_vietnamese_letters, is_syllable, splits

_CACHED_WORDS = 16384
_LISTED_AFTER = frozenset("điểm khoản mục lớp khu nhóm loại tổ lô hạng vitamin gan bảng".split())
_CONSONANTS = frozenset("bcdđghjklmnpqrstvxwzf")


@lru_cache(maxsize=_CACHED_WORDS)
def is_plain(word: str) -> bool:
    """True when a word is said as it is written wherever it stands: no capitals inside, well spelt or foreign."""
    lower = word.lower()
    if len(word) == 1:
        return word == lower and lower != "x" and lower not in _CONSONANTS
    if word != lower and not word[1:].islower():
        return False
    return not has_vietnamese_letters(lower) or is_syllable(lower)


def candidates(ctx: Context, word: str) -> Iterator[Candidate]:
    """Guesses for a word that is not plain and not in capitals; none for a name that only looks strange."""
    lower, end = word.lower(), ctx.pos + len(word)
    if len(word) == 1:
        yield from _lone_consonant(ctx, lower)
        return
    if not has_vietnamese_letters(lower) or is_syllable(lower):
        return
    found = splits(lower, ctx.job.lexicon.loan_forms)
    if found:
        yield _glued(found, end)
    elif word == lower and lower not in ctx.job.lexicon.loans:
        yield Candidate(end=end, kind=SpanKind.SUSPECT, spoken=word, weight=0.5)


def _glued(found: tuple[tuple[str, ...], ...], end: int) -> Candidate:
    """The cut into the fewest parts; sure when there is no other with as few."""
    rivals = [parts for parts in found[1:] if len(parts) == len(found[0])]
    others = tuple(" ".join(parts) for parts in rivals)
    return Candidate(
        end=end, kind=SpanKind.GLUED, spoken=" ".join(found[0]), weight=0.6 if rivals else 0.85, alternatives=others
    )


def _lone_consonant(ctx: Context, lower: str) -> Iterator[Candidate]:
    name = letter_name(lower, ctx.style.letters)
    if name and lower in _CONSONANTS:
        listed = ctx.prev in _LISTED_AFTER or not ctx.left.strip(" -+•")
        yield Candidate(end=ctx.pos + 1, kind=SpanKind.LETTERS, spoken=name, weight=0.85 if listed else 0.6)


def loan_candidate(ctx: Context, word: str) -> Candidate | None:
    """A loan word respelt for the voice that will read it; without a voice it stays as written."""
    entry = ctx.job.lexicon.loans.get(word.casefold())
    if entry is None:
        return None
    spoken = entry.spoken_for(ctx.job.voice)
    if spoken.casefold() == word.casefold():
        return (
            None
            if word[1:].islower()
            else Candidate(end=ctx.pos + len(word), kind=SpanKind.LOAN, spoken=spoken, weight=0.95)
        )
    return Candidate(end=ctx.pos + len(word), kind=SpanKind.LOAN, spoken=spoken, weight=0.95, alternatives=(word,))
