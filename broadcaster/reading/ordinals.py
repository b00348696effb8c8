"""Ranks and weekdays: thứ 7, lần thứ 45, thứ 2-6, T7, CN."""

import re
from collections.abc import Iterator

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.context import Context
from broadcaster.reading.datewords import say_month, say_year
from broadcaster.reading.numbers import say_whole
from broadcaster.reading.reading import SpanKind
from broadcaster.reading.style import Style

_RANK = re.compile(r"(\d{1,4})(?:( ?[-–—] ?)(?:thứ )?(\d{1,2}))?(?!\d|[.,/:]\d| ?%)")
_LISTED = re.compile(r"([2-7])(?![\d.,/:-]\d|\d)")
_LIST_BEFORE = frozenset(("2", "3", "4", "5", "6", "7", "và"))
_NAMED_BY_LETTER = frozenset("bơm trạm kênh tuyến nhà lô cống đường ga mương mốc số biến áp".split())
_WEEKDAY = re.compile(r"T\.? ?([2-7])(?: ?[-–—] ?(?:T\.? ?([2-7])|(CN)))?(?![\w/]|[.,]\d)")
_MONTH = re.compile(r"T\.?(\d{1,2})(?: ?[-–] ?T?(\d{1,2}))?(?:[/.-]((?:1[89]|2[01])\d\d))?(?!\w|[./]\d)")


def say_rank(number: int, style: Style) -> str:
    """The word after `thứ`: thứ nhất, thứ tư, thứ mười bốn."""
    if number == 1:
        return "nhất"
    if number == 4:
        return "tư"
    return say_whole(number, style)


def candidates(ctx: Context) -> Iterator[Candidate]:
    """Guesses for a number after `thứ`, alone or in a list of weekdays (thứ 2, 4, 6)."""
    if ctx.prev == "thứ":
        yield from _after_rank_word(ctx)
    elif "thứ" in ctx.words_before[1:7] and ctx.words_before[0] in _LIST_BEFORE:
        match = _LISTED.match(ctx.text, ctx.pos)
        between = ctx.left[ctx.left.rfind("thứ") + 3 :]
        if match and re.fullmatch(r"[ 2-7,và]+", between) and not _is_counted(ctx, match.end()):
            spoken = say_rank(int(match.group(1)), ctx.style)
            yield Candidate(end=match.end(), kind=SpanKind.ORDINAL, spoken=spoken, weight=0.9)


def _is_counted(ctx: Context, end: int) -> bool:
    after = ctx.next_word(end)
    return bool(after) and after not in ("và", "hằng", "hàng", "trong", "tuần", "mỗi", "tới", "này", "sau", "là", "đến")


def _after_rank_word(ctx: Context) -> Iterator[Candidate]:
    match = _RANK.match(ctx.text, ctx.pos)
    if not match or ctx.text[match.end() : match.end() + 1] == "-":
        return
    first, last = match.group(1), match.group(3)
    if last and int(last) <= 7 and int(first) < int(last):
        spoken = f"{say_rank(int(first), ctx.style)} đến thứ {say_rank(int(last), ctx.style)}"
        yield Candidate(end=match.end(), kind=SpanKind.ORDINAL, spoken=spoken, weight=0.97)
    else:
        spoken = say_rank(int(first), ctx.style)
        yield Candidate(end=match.end(1), kind=SpanKind.ORDINAL, spoken=spoken, weight=0.96)


def short_names(ctx: Context) -> Iterator[Candidate]:
    """Guesses for T2 to T7 (weekdays) and T10/2026 (months); starts at the letter."""
    match = _WEEKDAY.match(ctx.text, ctx.pos)
    if match:
        spoken = f"thứ {say_rank(int(match.group(1)), ctx.style)}"
        if match.group(2):
            spoken += f" đến thứ {say_rank(int(match.group(2)), ctx.style)}"
        elif match.group(3):
            spoken += " đến chủ nhật"
        weight = 0.5 if ctx.prev in _NAMED_BY_LETTER else 0.97
        yield Candidate(end=match.end(), kind=SpanKind.ABBREVIATION, spoken=spoken, weight=weight)
    match = _MONTH.match(ctx.text, ctx.pos)
    if match and 1 <= int(match.group(1)) <= 12 and (match.group(3) or int(match.group(1)) > 7):
        yield Candidate(
            end=match.end(), kind=SpanKind.DATE, spoken=_say_month(ctx, match), weight=0.92 if match.group(3) else 0.6
        )


def _say_month(ctx: Context, match: re.Match[str]) -> str:
    spoken = say_month(int(match.group(1)))
    if match.group(2):
        spoken += f" đến {say_month(int(match.group(2)))}"
    return f"{spoken} {say_year(match.group(3), ctx.style)}" if match.group(3) else spoken
