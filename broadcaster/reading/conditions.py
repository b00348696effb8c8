"""The conditions of a lexicon entry, and how strongly each speaks for it where a form stands in a text."""

import re
from functools import lru_cache

from broadcaster.reading.context import Context

_NUMBER_NEXT = re.compile(r"[ .\-]{0,2}\d{1,4}[A-Z]?(?!\d|[ .]\d{3})")
_PHONE_NEXT = re.compile(r"[:. ]{0,3}[(+]?(?:0\d{2,}|84\d{9}|1[89]00)")
_CAPITAL_NEXT = re.compile(r" ?[^\W\d_]")
_NAME_BEFORE = re.compile(r"(?:^|\s)[A-ZĐÀ-Ỹ][a-zà-ỹ]+ $")
_BESIDE, _NUMBER, _PHONE, _CAPITAL, _IN_SENTENCE, _IN_TEXT = 0.96, 0.95, 0.97, 0.8, 0.92, 0.8
_CACHED_PATTERNS = 4096


def weight_of(ctx: Context, condition: str, end: int) -> float:
    """How sure the condition makes its entry for the form between `ctx.pos` and `end`; 0 when it does not hold."""
    mark, words = condition[0], condition[1:]
    if mark in "<>":
        return _BESIDE if _stands_beside(ctx, mark, words, end) else 0.0
    if mark == "~":
        return _nearness(ctx, words, end)
    if mark == "#":
        return _NUMBER if _NUMBER_NEXT.match(ctx.text, end) else 0.0
    if mark == "@":
        return _NUMBER if ctx.prev.isdigit() else 0.0
    if mark == "+":
        return _PHONE if _PHONE_NEXT.match(ctx.text, end) else 0.0
    return _CAPITAL if mark == "^" and _capital_follows(ctx, end) else 0.0


def _stands_beside(ctx: Context, mark: str, words: str, end: int) -> bool:
    if mark == ">":
        return _pattern(r"[ .]*{}(?!\w)", words).match(ctx.text[end : end + 32].lower()) is not None
    return _pattern(r"(?<!\w){} ?$", words).search(ctx.left[-32:].rstrip(' ("“')) is not None


def _nearness(ctx: Context, words: str, end: int) -> float:
    if _pattern(r"(?<!\w){}(?!\w)", words).search(f"{ctx.left} {ctx.right(end)}"):
        return _IN_SENTENCE
    return _IN_TEXT if ctx.job.mentions(words) else 0.0


def _capital_follows(ctx: Context, end: int) -> bool:
    """True before a name; not for an initial inside one (Trần T. Hà is a person, not a province)."""
    initial = end - ctx.pos == 2 and ctx.text[end - 1] == "."
    if initial and _NAME_BEFORE.search(ctx.text[max(0, ctx.pos - 16) : ctx.pos]):
        return False
    following = _CAPITAL_NEXT.match(ctx.text, end)
    return following is not None and following.group()[-1].isupper()


@lru_cache(maxsize=_CACHED_PATTERNS)
def _pattern(frame: str, words: str) -> re.Pattern[str]:
    return re.compile(frame.replace("{}", re.escape(words)))
