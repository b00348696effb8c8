"""Several dates at once: 25-26/12, 20/01-05/02/2027, ngày 5, 6/12, tháng 7-8/2026, 2021-2025, thứ 2-6."""

import re
from collections.abc import Iterator

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.context import Context
from broadcaster.reading.datewords import is_lunar, is_valid, prefix, say_day, say_month, say_year
from broadcaster.reading.numbers import say_whole
from broadcaster.reading.reading import SpanKind

_JOINT = r" ?(?:[-–—÷]|->) ?"
_DATE = r"(\d{1,2}) ?[/.] ?(\d{1,2})(?: ?[/.] ?(\d{4}))?"
_TWO_DATES = re.compile(rf"{_DATE}{_JOINT}{_DATE}(?!\d|[/.-]\d)")
_TWO_DASHED = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4}) ?[-–—] ?(\d{1,2})-(\d{1,2})-(\d{4})(?!\d|[/.-]\d)")
_DAYS_OF_MONTH = re.compile(
    r"(\d{1,2}(?:(?: ?[-–—,;&+÷] ?| (?:và|đến) )\d{1,2}){1,8}) ?(?:/| tháng ) ?(\d{1,2})(?: ?/ ?(\d{4}))?"
    r"(?!\d|[/.-]\d)"
)
_DAYS_ALONE = re.compile(r"(\d{1,2}(?: ?[-–—] ?)\d{1,2})(?!\d|[/.,-]\d)")
_MONTHS = re.compile(r"(\d{1,2}(?:(?: ?[-–—,&+] ?| (?:và|đến) )\d{1,2}){1,11})(?: ?[/.] ?(\d{4}))?(?!\d|[/.-]\d| ?%)")
_JOINED = re.compile(r"\d{1,4}(?: ?[-–—÷/.,;&+]| và | đến )")
_MONTH_YEARS = re.compile(rf"(\d{{1,2}}) ?/ ?(\d{{4}}){_JOINT}(\d{{1,2}}) ?/ ?(\d{{4}})(?!\d|[/.-]\d)")
_YEARS = re.compile(rf"((?:1[5-9]|2[01])\d\d){_JOINT}((?:1[5-9]|2[01])\d\d|\d\d)(?![\d/]|[.,-]\d)")
_LIST_PART = re.compile(r"(\d{1,2}) ?([-–—÷]|đến|[,;&+]|và)?")
_SEASON_WORDS = frozenset("vụ mùa học khóa khoá xuân thu đông hè độ chiêm chính".split())
_YEAR_WORDS = frozenset("đoạn kỳ kì từ năm nhiệm".split())
_HOLIDAY_WORDS = frozenset("lễ nghỉ dịp niệm mừng".split())


def candidates(ctx: Context) -> Iterator[Candidate]:
    """Guesses for the dates that start here."""
    if not _JOINED.match(ctx.text, ctx.pos):
        return
    yield from _two_dates(ctx)
    yield from _days_of_a_month(ctx)
    yield from _months(ctx)
    yield from _years(ctx)


def _two_dates(ctx: Context) -> Iterator[Candidate]:
    match = _TWO_DATES.match(ctx.text, ctx.pos) or _TWO_DASHED.match(ctx.text, ctx.pos)
    if not match:
        return
    first, second = match.groups()[:3], match.groups()[3:]
    if not (is_valid(int(first[0]), int(first[1])) and is_valid(int(second[0]), int(second[1]))):
        return
    start = prefix(ctx) + _say_date(ctx, *first, end=match.end())
    holiday = not prefix(ctx) or ctx.near(_HOLIDAY_WORDS, 3)
    if holiday and ctx.prev not in ("ngày", "mùng", "mồng"):
        spoken = f"{start}, {_say_date(ctx, *second, end=match.end())}"
    else:
        spoken = f"{start} đến ngày {_say_date(ctx, *second, end=match.end())}"
    yield Candidate(end=match.end(), kind=SpanKind.DATE_RANGE, spoken=spoken, weight=0.97)


def _say_date(ctx: Context, day: str, month: str, year: str | None, *, end: int) -> str:
    early = ctx.prev not in ("mùng", "mồng")
    said = f"{say_day(int(day), ctx.style, early=early)} {say_month(int(month), lunar=is_lunar(ctx, end))}"
    return f"{said} {say_year(year, ctx.style)}" if year else said


def _days_of_a_month(ctx: Context) -> Iterator[Candidate]:
    match = _DAYS_OF_MONTH.match(ctx.text, ctx.pos)
    if match:
        days, month, year = match.groups()
        numbers = [int(day) for day in re.findall(r"\d+", days)]
        if all(is_valid(day, int(month)) for day in numbers) and _ascends(days, numbers):
            tail = say_month(int(month), lunar=is_lunar(ctx, match.end()))
            tail += f" {say_year(year, ctx.style)}" if year else ""
            spoken = f"{prefix(ctx)}{_say_days(ctx, days)} {tail}"
            yield Candidate(end=match.end(), kind=SpanKind.DATE_RANGE, spoken=spoken, weight=_days_weight(ctx, match))
    match = _DAYS_ALONE.match(ctx.text, ctx.pos)
    if match and ctx.prev in ("ngày", "mùng", "mồng"):
        first, second = (int(day) for day in re.findall(r"\d+", match.group(1)))
        if first < second <= 31:
            weight = (
                0.92 if second > 12 or ctx.prev != "ngày" or ctx.next_word(match.end()) in ("hằng", "hàng") else 0.5
            )
            spoken = _say_days(ctx, match.group(1))
            yield Candidate(end=match.end(), kind=SpanKind.DATE_RANGE, spoken=spoken, weight=weight)


def _ascends(days: str, numbers: list[int]) -> bool:
    return numbers == sorted(numbers) or not re.search(r"[-–—÷]", days)


def _days_weight(ctx: Context, match: re.Match[str]) -> float:
    """A comma list needs its `ngày`: 3, 4/5 thôn is something else."""
    if ctx.prev in ("tuần", "đợt", "kỳ", "tổ", "lớp"):
        return 0.3
    dashed = re.search(r"[-–—÷]|đến", match.group(1))
    if dashed or "tháng" in match.group() or match.group(3):
        return 0.95
    return 0.95 if ctx.prev in ("ngày", "mùng", "mồng", "sáng", "chiều", "tối") else 0.4


def _say_days(ctx: Context, days: str) -> str:
    """Days with the words that join them: 5-8 is mồng năm đến ngày mồng tám."""
    early = ctx.prev not in ("mùng", "mồng")
    words: list[str] = []
    for number, joint in _LIST_PART.findall(days):
        words.append(say_day(int(number), ctx.style, early=early))
        if joint in ("và", "&", "+"):
            words.append("và")
        elif joint in (",", ";"):
            words[-1] += ","
        elif joint:
            words.append("đến ngày" if early else f"đến {ctx.prev}")
    return " ".join(words)


def _months(ctx: Context) -> Iterator[Candidate]:
    match = _MONTH_YEARS.match(ctx.text, ctx.pos)
    if match and int(match.group(1)) <= 12 and int(match.group(3)) <= 12:
        halves = (match.group(1, 2), match.group(3, 4))
        said = [f"{_month(ctx, month, match.end())} {say_year(year, ctx.style)}" for month, year in halves]
        spoken = _without_month_word(ctx, " đến ".join(said))
        yield Candidate(end=match.end(), kind=SpanKind.DATE_RANGE, spoken=spoken, weight=0.96)
    if ctx.prev not in ("tháng", "quý", "thứ"):
        return
    match = _MONTHS.match(ctx.text, ctx.pos)
    if match and ctx.prev == "tháng" and all(1 <= int(part) <= 12 for part in re.findall(r"\d+", match.group(1))):
        spoken = _without_month_word(ctx, _say_months(ctx, match))
        yield Candidate(end=match.end(), kind=SpanKind.DATE_RANGE, spoken=spoken, weight=0.95)


def _month(ctx: Context, month: str, end: int) -> str:
    return say_month(int(month), lunar=is_lunar(ctx, end))


def _without_month_word(ctx: Context, spoken: str) -> str:
    return spoken.removeprefix("tháng ") if ctx.prev == "tháng" else spoken


def _say_months(ctx: Context, match: re.Match[str]) -> str:
    words: list[str] = []
    for number, joint in _LIST_PART.findall(match.group(1)):
        words.append(_month(ctx, number, match.end()))
        if joint in ("và", "&", "+"):
            words.append("và")
        elif joint == ",":
            words[-1] += ","
        elif joint:
            words.append("đến")
    if match.group(2):
        words.append(say_year(match.group(2), ctx.style))
    return " ".join(words)


def _years(ctx: Context) -> Iterator[Candidate]:
    match = _YEARS.match(ctx.text, ctx.pos)
    if not match:
        return
    first, last = match.group(1), match.group(2)
    last = first[:2] + last if len(last) == 2 else last
    if int(last) <= int(first):
        return
    start, end = (say_whole(int(year), ctx.style) for year in (first, last))
    season = ctx.near(_SEASON_WORDS, 3) and int(last) - int(first) == 1 and ctx.prev != "từ"
    joined = f"{start}, {end}" if season else f"{start} đến {end}"
    known = season or ctx.near(_YEAR_WORDS, 3) or len(match.group(2)) == 4
    yield Candidate(end=match.end(), kind=SpanKind.YEAR_RANGE, spoken=joined, weight=0.97 if known else 0.5)
