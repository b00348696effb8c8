"""Days, months and years in every written form: 26/7, 19-8, 13.10.2025, tháng 4/2021, ngày 5."""

import re
from collections.abc import Iterator

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.context import Context
from broadcaster.reading.datewords import (
    DAY_GIVEN,
    DAY_PARTS,
    day_is_prefixed,
    is_lunar,
    is_valid,
    prefix,
    say_day,
    say_day_month,
    say_month,
    say_year,
)
from broadcaster.reading.nouns import is_counted, is_whole
from broadcaster.reading.reading import SpanKind

_FULL = re.compile(r"(\d{1,2}) ?([/.-]) ?(\d{1,2}) ?\2 ?(\d{4}|\d{2})(?![\d/]|[.,-]\d)")
_ISO = re.compile(r"((?:1[89]|2[01])\d\d)([-/.])(\d{1,2})\2(\d{1,2})(?!\d|[-/.]\d)")
_SHORT = re.compile(r"(\d{1,2}) ?([/.-]) ?(\d{1,2})(?!\d|[./,-]\d| ?[%‰])")
_MONTH_YEAR = re.compile(r"(\d{1,2}) ?[/.-] ?((?:1[89]|2[01])\d\d)(?!\d|[./,-]\d)")
_MARKED = re.compile(r"\d{1,4} ?[/.-]")
_ALONE = re.compile(r"\d{1,2}(?!\d|[.,/:-]\d)")
_NUMBERED_TERM = frozenset("đợt quý kỳ kì số lần vụ phiên khóa khoá quí tập".split())
_DATE_LEFT = (
    DAY_GIVEN
    | DAY_PARTS
    | frozenset("từ đến hôm nay qua mai vào trước sau hết kể tới tức là dịp lễ sinh khai mạc nghỉ thứ và mừng".split())
)
_WEEKDAYS = frozenset("hai ba tư năm sáu bảy nhật 2 3 4 5 6 7 cn t2 t3 t4 t5 t6 t7".split())
_HOLIDAYS = frozenset("8/3 26/3 30/4 1/5 19/5 27/7 19/8 2/9 20/10 20/11 22/12 3/2 1/6 18/11 10/10".split())
_HOLIDAY_LEFT = frozenset("lễ dịp tết khánh mừng niệm".split())
_DASHED_BEFORE = re.compile(r"ngày \d{1,2}-\d{1,2}(?:,| và) $")
_HOUR_BEFORE = re.compile(r"\d ?(?:h|giờ)(?:\d\d)?'? $")
_CLAUSE_GOES_ON = frozenset(
    "của là tại vào và đến năm âm hằng hàng này ở tới do trên cho với để từ trong có được xã các sẽ đã âm".split()
)
_RATIO_LEFT = frozenset(
    """đạt góp giảm khoảng hơn gần chiếm được có tỷ tỉ lệ trên mới đã khoảng còn quá thắng thua hòa hoà số dẫn áp
    pha lớp nộp bằng cứ""".split()
)
_SHARE_WORDS = frozenset("lệ binh lực chọi".split())
_EVENT_NAMES = frozenset("bão nghị định luật điều khoản".split())


def candidates(ctx: Context) -> Iterator[Candidate]:
    """Guesses for the single date that starts here."""
    if _MARKED.match(ctx.text, ctx.pos):
        yield from _full(ctx)
        yield from _iso(ctx)
        yield from _month_year(ctx)
        yield from _short(ctx)
    yield from _day_or_month_alone(ctx)


def _full(ctx: Context) -> Iterator[Candidate]:
    match = _FULL.match(ctx.text, ctx.pos)
    if not match:
        return
    day, month = int(match.group(1)), int(match.group(3))
    if not is_valid(day, month):
        return
    year, sure = match.group(4), len(match.group(4)) == 4
    if not sure and (match.group(2) == "." or not _speaks_of_a_day(ctx)):
        return
    spoken = f"{prefix(ctx)}{say_day_month(ctx, day, month, end=match.end())} {say_year(year, ctx.style)}"
    yield Candidate(end=match.end(), kind=SpanKind.DATE, spoken=spoken, weight=0.97 if sure else 0.8)


def _speaks_of_a_day(ctx: Context) -> bool:
    return ctx.prev in _DATE_LEFT or ctx.prev in _WEEKDAYS


def _iso(ctx: Context) -> Iterator[Candidate]:
    match = _ISO.match(ctx.text, ctx.pos)
    if match and is_valid(int(match.group(4)), int(match.group(3))):
        day, month = int(match.group(4)), int(match.group(3))
        spoken = f"{prefix(ctx)}{say_day_month(ctx, day, month, end=match.end())} {say_year(match.group(1), ctx.style)}"
        yield Candidate(end=match.end(), kind=SpanKind.DATE, spoken=spoken, weight=0.96)


def _month_year(ctx: Context) -> Iterator[Candidate]:
    """9/2020: a month of a year, or the first round of a year when the word before says so (đợt 1/2026)."""
    match = _MONTH_YEAR.match(ctx.text, ctx.pos)
    if not match:
        return
    number, year = int(match.group(1)), say_year(match.group(2), ctx.style)
    if ctx.prev in _NUMBERED_TERM:
        spoken = f"{say_day(number, ctx.style, early=False)} {year}"
        yield Candidate(end=match.end(), kind=SpanKind.DATE, spoken=spoken, weight=0.95)
    elif 1 <= number <= 12 and ctx.prev not in _EVENT_NAMES:
        month = say_month(number, lunar=is_lunar(ctx, match.end()))
        month = month.removeprefix("tháng ") if ctx.prev in ("tháng", "háng") else month
        yield Candidate(end=match.end(), kind=SpanKind.DATE, spoken=f"{month} {year}", weight=0.93)


def _short(ctx: Context) -> Iterator[Candidate]:
    match = _SHORT.match(ctx.text, ctx.pos)
    if not match:
        return
    day, month = int(match.group(1)), int(match.group(3))
    if not is_valid(day, month) or ctx.prev == "tháng":
        return
    weight = _short_weight(ctx, match)
    if weight:
        spoken = prefix(ctx) + say_day_month(ctx, day, month, end=match.end())
        yield Candidate(end=match.end(), kind=SpanKind.DATE, spoken=spoken, weight=weight)


def _short_weight(ctx: Context, match: re.Match[str]) -> float:
    """How sure two small numbers with a mark between them are a day and a month."""
    mark = match.group(2)
    end = match.end()
    given = ctx.prev in DAY_GIVEN or (ctx.prev in DAY_PARTS and ctx.prev_two not in ("một tối",))
    if mark == "." and (not given or " " in match.group()):
        return 0.0
    if given and mark == "-" and ctx.prev in ("mùng", "mồng") and int(match.group(1)) < int(match.group(3)):
        return 0.5
    if is_lunar(ctx, end):
        return 0.96
    if given:
        ambiguous = mark == "-" and int(match.group(1)) < int(match.group(3))
        if ambiguous and match.group().replace("-", "/") not in _HOLIDAYS:
            return 0.72 if ctx.next_word(end) not in ("hằng", "hàng") else 0.5
        return 0.95
    weekday = _is_weekday(ctx.words_before[:2])
    if weekday or (mark == "/" and ctx.prev in _DATE_LEFT and not _names_amount(ctx, end)):
        return 0.93
    if mark == "-" and (_DASHED_BEFORE.search(ctx.left) or (ctx.prev in _HOLIDAY_LEFT and _is_holiday(match))):
        return 0.93
    if mark == "/" and _HOUR_BEFORE.search(ctx.left):
        return 0.93
    if mark == "-":
        return 0.9 if ctx.prev in ("nay", "mai", "qua", "kia") else 0.3
    return _slash_weight(ctx, match)


def _is_holiday(match: re.Match[str]) -> bool:
    return match.group().replace("-", "/") in _HOLIDAYS


def _is_weekday(words: tuple[str, ...]) -> bool:
    """True when the nearest words, nearest first, are thứ bảy, chủ nhật, T7 or CN."""
    if not words:
        return False
    return words[0] in ("nhật", "cn", "t7") or (words[0] in _WEEKDAYS and words[1:] == ("thứ",))


def _slash_weight(ctx: Context, match: re.Match[str]) -> float:
    after = ctx.next_word(match.end())
    if _names_amount(ctx, match.end()) or ctx.near(_RATIO_LEFT, 1) or ctx.near(_SHARE_WORDS, 4):
        return 0.3
    if match.group(1).startswith("0") or match.group(3).startswith("0") or match.group() in _HOLIDAYS:
        return 0.85
    if after and after not in _CLAUSE_GOES_ON:
        return 0.5
    if int(match.group(1)) > int(match.group(3)):
        return 0.8
    return 0.66


def _names_amount(ctx: Context, end: int) -> bool:
    after = ctx.after(end, 2)
    if after[:1] == ("năm",):
        return False
    return is_counted(after) or is_whole(after)


def _day_or_month_alone(ctx: Context) -> Iterator[Candidate]:
    """ngày 5, tháng 4: one number whose word before says what it is."""
    match = _ALONE.match(ctx.text, ctx.pos)
    if not match:
        return
    number = int(match.group())
    if ctx.prev == "tháng" and 1 <= number <= 12:
        month = say_month(number, lunar=is_lunar(ctx, match.end())).removeprefix("tháng ")
        yield Candidate(end=match.end(), kind=SpanKind.DATE, spoken=month, weight=0.93)
    elif day_is_prefixed(ctx, match.end()) and 1 <= number <= 31:
        spoken = say_day(number, ctx.style, early=ctx.prev == "ngày")
        yield Candidate(end=match.end(), kind=SpanKind.DATE, spoken=spoken, weight=0.93)
