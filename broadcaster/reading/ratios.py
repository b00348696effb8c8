"""Two numbers with a slash, a colon or a dash that are no date: parts, shares, addresses, scores."""

import re
from collections.abc import Iterator

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.context import Context
from broadcaster.reading.datewords import say_day, say_month
from broadcaster.reading.letters import letter_name
from broadcaster.reading.nouns import is_counted, is_whole
from broadcaster.reading.numbers import say_whole
from broadcaster.reading.numerals import parse_numeral, say_literal
from broadcaster.reading.reading import SpanKind
from broadcaster.reading.units import unit_at

_N = r"\d{1,3}(?:\.\d{3})+|\d{1,9}(?:,\d{1,2})?"
_SLASH = re.compile(rf"({_N}) ?/ ?({_N})(?![\d/]|[.,]\d|[^\W\d_]*-[^\W\d_])")
_PAIRED = re.compile(r"\d[\d.,]{0,12}[A-Za-zĐđ]? ?[/:–—-]")
_CHAIN = re.compile(r"\d{1,4}[A-Za-zĐđ]?(?: ?/ ?\d{1,4}[A-Za-zĐđ]?){1,4}(?![\w/])")
_RATIO = re.compile(r"(\d{1,4}(?:[.,]\d{1,3})?):(\d{1,7}(?:[.,]\d{3})*)(?!\w|[:.,]\d)")
_SCORE = re.compile(r"(\d{1,3}) ?[-–—:] ?(\d{1,3})(?!\w|[.,/-]\d| ?%)")
_NAME_DATE = re.compile(r"(\d{1,2}) ?[/-] ?(\d{1,2})(?![\d/])")
_ADDRESS_LEFT = frozenset("ngách ngõ hẻm kiệt nhà hẽm ngỏ".split())
_STREET = re.compile(r" (?:đường|phố|ngõ|hẻm|thôn|tổ|khu|ấp|khóm|quốc lộ|tỉnh lộ)\b")
_NAME_NEXT = re.compile(r",? [A-ZĐ][^\W\d_]+ [A-ZĐ]")
_PLACE_LEFT = frozenset("chỉ tại nhà ở".split())
_NAMED_BY_DATE = frozenset("đường phố viên trường chợ cầu khu phường".split())
_BUILDINGS = frozenset("trường viên".split())
_HOLIDAYS = frozenset(
    """8/3 26/3 30/4 1/5 19/5 27/7 19/8 2/9 20/10 20/11 22/12 3/2 1/6 27/2 23/9 10/10 18/11 10/3 12/9 24/3 29/3 17/4
    2/4 3/7 9/1 1/4 30/10 19/12 15/5 6/1 13/5 23/10 25/4 28/3""".split()
)
_OUT_OF_LEFT = frozenset("lực binh áp xếp hạng".split())
_PARTS_LEFT = frozenset("hơn gần khoảng chiếm còn giảm góp bằng đến quá nửa tăng pha lên".split())
_SCORE_LEFT = frozenset("thắng thua hòa hoà dẫn bại hạ gỡ".split())
_SCORE_NOUNS = frozenset("số set hiệp ván trận kết séc hòa hoà đấu bàn tứ bán".split())


def candidates(ctx: Context) -> Iterator[Candidate]:
    """Guesses for the pair that starts here."""
    if not _PAIRED.match(ctx.text, ctx.pos):
        return
    yield from _address(ctx)
    yield from _named_by_date(ctx)
    yield from _slash(ctx)
    yield from _colon(ctx)
    yield from _score(ctx)


def _address(ctx: Context) -> Iterator[Candidate]:
    """House numbers in alleys: ngách 15/24, số 12/5/7 đường Hùng Vương."""
    match = _CHAIN.match(ctx.text, ctx.pos)
    if not match:
        return
    number_of_house = ctx.prev == "số" and bool(_STREET.match(ctx.text[match.end() : match.end() + 10].lower()))
    street_name = _NAME_NEXT.match(ctx.text, match.end()) is not None
    number_of_house = number_of_house or (ctx.prev == "số" and street_name and ctx.near(_PLACE_LEFT, 3))
    number_of_house = number_of_house or (ctx.prev == "số" and match.group().count("/") > 1)
    told = ctx.prev in _ADDRESS_LEFT or ctx.prev_two in ("số nhà", "địa chỉ", "nhà số") or number_of_house
    parts = [_say_house(ctx, part) for part in re.split(r" ?/ ?", match.group())]
    weight = 0.98 if told else 0.55 if len(parts) > 2 else 0.1
    yield Candidate(end=match.end(), kind=SpanKind.ADDRESS, spoken=" trên ".join(parts), weight=weight)


def _say_house(ctx: Context, part: str) -> str:
    digits = re.match(r"\d+", part)
    assert digits is not None  # noqa: S101 - the chain's pattern begins every part with a digit
    letter = part[digits.end() :].lower()
    said = say_whole(int(digits.group()), ctx.style)
    return f"{said} {letter_name(letter, ctx.style.letters)}" if letter else said


def _named_by_date(ctx: Context) -> Iterator[Candidate]:
    """Streets and halls that bear a day's name: đường 30/4 is ba mươi tháng tư."""
    match = _NAME_DATE.match(ctx.text, ctx.pos)
    named = ctx.prev in _NAMED_BY_DATE or (ctx.near(_BUILDINGS, 3) and ctx.prev not in ("ngày", "từ", "đến"))
    if match and named:
        day, month = int(match.group(1)), int(match.group(2))
        if f"{day}/{month}" in _HOLIDAYS:
            spoken = f"{say_day(day, ctx.style)} {say_month(month)}"
            yield Candidate(end=match.end(), kind=SpanKind.ROAD, spoken=spoken, weight=0.97)


def _slash(ctx: Context) -> Iterator[Candidate]:
    match = _SLASH.match(ctx.text, ctx.pos)
    if not match:
        return
    upper, lower = (parse_numeral(part) for part in match.groups())
    if upper is None or lower is None:
        return
    said = [_say_share(ctx, match.group(1)), _say_share(ctx, match.group(2))]
    over, parts = " trên ".join(said), " phần ".join(said)
    over_weight, parts_weight = _slash_weights(ctx, match, upper.value, lower.value)
    unit = unit_at(ctx, match.end())
    if unit and unit.kind is not SpanKind.TIME:
        measured = f"{over} {unit.spoken}"
        yield Candidate(end=unit.end, kind=SpanKind.MEASURE, spoken=measured, weight=over_weight + 0.01)
    yield Candidate(end=match.end(), kind=SpanKind.RATIO, spoken=over, weight=over_weight)
    if parts_weight:
        if lower.value == 4:
            parts = f"{said[0]} phần tư"
        yield Candidate(end=match.end(), kind=SpanKind.FRACTION, spoken=parts, weight=parts_weight)


def _say_share(ctx: Context, literal: str) -> str:
    return say_literal(literal.lstrip("0") or "0", ctx.style)


def _slash_weights(ctx: Context, match: re.Match[str], upper: float, lower: float) -> tuple[float, float]:
    """How sure the slash is (out of, parts of): the noun after it decides, then the words before."""
    after = ctx.after(match.end(), 2)
    if upper == 1 and ("lệ" in ctx.words_before[:3] or ctx.prev in ("chọi", "pha")):
        return 0.3, 0.96
    if ctx.near(_OUT_OF_LEFT, 4) or "lệ" in ctx.words_before[:2]:
        return 0.96, 0.5
    if not upper < lower or "," in match.group() or upper >= 10 or lower > 20:
        certain = (
            ("," in match.group() and ctx.prev != "ngày")
            or is_counted(after)
            or is_whole(after)
            or not _may_be_date(upper, lower)
        )
        return (0.6 if 1900 <= lower <= 2100 or not certain else 0.92), 0.0
    if is_whole(after) and not (is_counted(after) and ctx.prev not in _PARTS_LEFT):
        return 0.3, 0.94
    if is_counted(after):
        small = upper < 4 and lower < 6 and upper + 1 >= lower - 2 and upper != lower
        return (0.7, 0.6) if small and (upper == 1 or (upper, lower) == (2, 3)) else (0.92, 0.4)
    if ctx.prev in _PARTS_LEFT:
        return 0.5, 0.9
    return (0.5, 0.6) if upper <= 3 and lower <= 10 else (0.6, 0.3)


def _may_be_date(upper: float, lower: float) -> bool:
    return 1 <= upper <= 31 and 1 <= lower <= 12


def _colon(ctx: Context) -> Iterator[Candidate]:
    match = _RATIO.match(ctx.text, ctx.pos)
    if match:
        said = [say_literal(part, ctx.style) for part in match.groups()]
        mixed = ctx.near(frozenset(("tỷ", "tỉ", "lệ", "pha", "trộn")), 4)
        spoken = " trên ".join(said)
        over = Candidate(end=match.end(), kind=SpanKind.RATIO, spoken=spoken, weight=0.95 if mixed else 0.6)
        yield over


def _score(ctx: Context) -> Iterator[Candidate]:
    match = _SCORE.match(ctx.text, ctx.pos)
    if not match:
        return
    home, away = (say_whole(int(part), ctx.style) for part in match.groups())
    weight = _score_weight(ctx, match)
    if weight:
        joint = ", " if len(match.group(1)) > 1 else " "  # 20-5 without a breath would be twenty-five
        yield Candidate(end=match.end(), kind=SpanKind.SCORE, spoken=f"{home}{joint}{away}", weight=weight)


def _score_weight(ctx: Context, match: re.Match[str]) -> float:
    """A verb of winning before, or the word for a score, makes two numbers a score; a unit after them does not."""
    counted = ctx.next_word(match.end())
    if counted in ("giờ", "ngày", "năm", "tháng", "tuổi", "triệu", "tỷ", "nghìn", "ngàn", "km", "kg", "m", "lần"):
        return 0.0
    if ctx.prev_two in ("tỷ số", "tỉ số") or ctx.prev in _SCORE_LEFT:
        return 0.97
    left = ctx.words_before[:14]
    if not _SCORE_LEFT.isdisjoint(left) or not {"số", "tỷ"} - set(left) or not {"số", "tỉ"} - set(left):
        return 0.95
    if match.group(1) == match.group(2) or match.group(1) == "0":
        return 0.78
    sport = ctx.job.mentions("bóng") or ctx.job.mentions("trận") or ctx.job.mentions("giải") or ctx.job.mentions("cờ")
    if sport and (not _SCORE_NOUNS.isdisjoint(left) or ":" in match.group()):
        return 0.92
    return 0.85 if sport and "đội" in left else 0.25
