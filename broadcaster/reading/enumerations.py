"""Numbers in a row with marks typed tightly between them: thôn 1,2,3 and ngày 2-4-6."""

import re
from collections.abc import Iterator

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.context import Context
from broadcaster.reading.numbers import say_whole
from broadcaster.reading.reading import SpanKind

_COMMAS = re.compile(r"\d{1,3}(?:,\d{1,3})+(?![\d%‰]|[.,/-]\d)")
_DASHES = re.compile(r"\d{1,3}(?:-\d{1,3}){2,}(?!\w|[.,/-]\d)")
_DOTS = re.compile(r"\d{1,2}(?:\.\d{1,2}){1,3}(?![\w/]|[.,]\d)")
_LISTED_NOUNS = frozenset(
    """thôn tổ xóm khu ấp bản khóm lớp mũi đợt điều khoản trang mục nhóm đội khối câu bài phòng lô cụm ngày tháng thứ
    quận phố buôn làng chương phần""".split()
)


def lists(ctx: Context) -> Iterator[Candidate]:
    """Guesses for a list that starts here; after its noun a lone comma joins two numbers too (thôn 1,2)."""
    match = _DASHES.match(ctx.text, ctx.pos)
    if match:
        yield _list(ctx, match, "-", weight=0.97 if ctx.prev == "thứ" else 0.78)
    match = _DOTS.match(ctx.text, ctx.pos)
    if match and ctx.prev == "npk":
        yield _list(ctx, match, ".", weight=0.95)
    match = _COMMAS.match(ctx.text, ctx.pos)
    if not match:
        return
    numbers = [int(part) for part in match.group().split(",")]
    rising = numbers == sorted(set(numbers))
    if ctx.prev in _LISTED_NOUNS and rising and not match.group().startswith("0"):
        yield _list(ctx, match, ",", weight=0.96)
    elif len(numbers) > 2 and rising and not all(len(part) == 3 for part in match.group().split(",")[1:]):
        yield _list(ctx, match, ",", weight=0.85)


def _list(ctx: Context, match: re.Match[str], mark: str, *, weight: float) -> Candidate:
    parts = match.group().split(mark)
    ranked = ctx.prev == "thứ"
    said = ["tư" if ranked and part == "4" else say_whole(int(part), ctx.style) for part in parts]
    return Candidate(end=match.end(), kind=SpanKind.CARDINAL, spoken=", ".join(said), weight=weight)
