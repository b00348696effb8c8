"""Numbers that count and measure: whole, decimal, with a unit, and ranges of them."""

import re
from collections.abc import Iterator

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.context import Context
from broadcaster.reading.enumerations import lists
from broadcaster.reading.numbers import say_digits, say_leading_zeros, say_whole
from broadcaster.reading.numerals import LITERAL, Numeral, parse_numeral, say_literal
from broadcaster.reading.reading import SpanKind
from broadcaster.reading.units import Unit, find_unit, regional, unit_at

_SPACED_GROUPS = re.compile(r"[1-9]\d{0,2}(?:[ \u202f]\d{3})+(?![\d.,/-]|[ ]\d)")
_DASH = re.compile(r" ?(?:->|[-–—~÷]) ?(?=\d)")
_PLACES = frozenset("thôn tổ xóm khu bản ấp khóm lớp đội phố buôn".split())
_TIMES = re.compile(r" ?[x×X*] ?(?=\d)")
_MIXED = re.compile(r"(\d{1,3})(tr|m|kg|tỷ|tỉ|k)(\d{1,3})(?![\w])")
_LOST_DEGREE = re.compile(r"(\d{2}|\d{2},\d)0C(?!\w)")
_GLUED_AFTER = re.compile(r"[-–/+] ?\d|:\d|[^\W\d_]|/[A-ZĐ]{2}")
_ZERO_IS_HEARD = frozenset({"mẫu", "biểu", "phòng", "mã"})
_RANGE_WORDS = frozenset(
    """từ khoảng cấp mức độ tầm lớp trang hơn gần tăng giảm đạt còn dưới trên chừng hạng bậc cách sâu rộng cao
    dài""".split()
)
_VERSION_WORDS = frozenset(
    "nghiệp mạng web phiên bản version office windows android ios mềm lần hệ nghệ toefl ielts".split()
)
_SECTION_WORDS = frozenset("mục điểm khoản phần bảng tiểu số hình điều phụ chương".split())
_HEIGHT_WORDS = frozenset("cao sâu dài rộng ngập mực nước".split())
_COUNTED_PEOPLE = frozenset("người hộ em cháu đồng con đại biểu cử học lượt cây trẻ".split())


def candidates(ctx: Context) -> Iterator[Candidate]:
    """Guesses for the number that starts here."""
    spaced = _SPACED_GROUPS.match(ctx.text, ctx.pos)
    if spaced:
        yield _measured(ctx, Numeral(whole=spaced.group().replace(" ", "").replace("\u202f", "")), spaced.end())
    match = LITERAL.match(ctx.text, ctx.pos)
    if not match:
        return
    yield from _special(ctx)
    yield from lists(ctx)
    numeral = parse_numeral(match.group())
    if numeral is None:
        yield Candidate(
            end=match.end(), kind=SpanKind.VERSION, spoken=say_literal(match.group(), ctx.style), weight=0.55
        )
        return
    yield from _pairs(ctx, numeral, match.end())
    if numeral.dotted:
        yield from _dotted(ctx, numeral, match.end())
    else:
        yield _measured(ctx, numeral, match.end())
        yield from _thousands_by_comma(ctx, match)


def _measured(ctx: Context, numeral: Numeral, end: int) -> Candidate:
    unit = unit_at(ctx, end)
    if unit:
        return Candidate(end=unit.end, kind=unit.kind, spoken=f"{numeral.say(ctx.style)} {unit.spoken}", weight=0.94)
    weight = 0.35 if _GLUED_AFTER.match(ctx.text, end) else 0.8
    if numeral.fraction is not None:
        return Candidate(end=end, kind=SpanKind.DECIMAL, spoken=numeral.say(ctx.style), weight=weight)
    spoken = numeral.say(ctx.style)
    digits = ctx.text[ctx.pos : end]
    if (
        digits.startswith("0")
        and len(digits) > 1
        and (_zero_is_heard(ctx) or ctx.prev_two == "đề án" or not digits.strip("0"))
    ):
        spoken = say_leading_zeros(digits, ctx.style)
    return Candidate(end=end, kind=SpanKind.CARDINAL, spoken=spoken, weight=weight)


def _zero_is_heard(ctx: Context) -> bool:
    return ctx.prev in _ZERO_IS_HEARD or (ctx.prev == "số" and ctx.words_before[1:2] in (("mẫu",), ("biểu",)))


def _thousands_by_comma(ctx: Context, match: re.Match[str]) -> Iterator[Candidate]:
    """1,250 người is written the English way: nobody counts a quarter of a person."""
    whole, _, fraction = match.group().partition(",")
    if len(fraction) != 3 or not whole.isdigit() or len(whole) > 3 or whole.startswith("0"):
        return
    unit = unit_at(ctx, match.end())
    money = unit is not None and unit.spoken == "đồng"
    if money or ctx.next_word(match.end()) in _COUNTED_PEOPLE:
        candidate = _measured(ctx, Numeral(whole=whole + fraction), match.end())
        yield Candidate(end=candidate.end, kind=candidate.kind, spoken=candidate.spoken, weight=0.95)


def _dotted(ctx: Context, numeral: Numeral, end: int) -> Iterator[Candidate]:
    """A lone dot: a decimal before a unit, a version after its word, else told with a doubt."""
    unit = unit_at(ctx, end)
    decimal = Numeral(whole=numeral.whole, fraction=numeral.fraction)
    if unit:
        spoken = f"{decimal.say(ctx.style)} {unit.spoken}"
        yield Candidate(end=unit.end, kind=unit.kind, spoken=spoken, weight=0.85)
    sure = ctx.near(_VERSION_WORDS, 2) or ctx.prev in _SECTION_WORDS or numeral.fraction == "0"
    weight = 0.9 if sure else 0.6
    yield Candidate(end=end, kind=SpanKind.VERSION, spoken=numeral.say(ctx.style), weight=weight)
    if not unit:
        yield Candidate(end=end, kind=SpanKind.DECIMAL, spoken=decimal.say(ctx.style), weight=0.5)


def _special(ctx: Context) -> Iterator[Candidate]:
    match = _LOST_DEGREE.match(ctx.text, ctx.pos)
    if match:
        numeral = parse_numeral(match.group(1))
        if numeral:
            spoken = f"{numeral.say(ctx.style)} độ xê"
            yield Candidate(end=match.end(), kind=SpanKind.MEASURE, spoken=spoken, weight=0.92)
    match = _MIXED.match(ctx.text, ctx.pos)
    if match:
        yield from _mixed(ctx, match)


def _mixed(ctx: Context, match: re.Match[str]) -> Iterator[Candidate]:
    """A unit between two numbers: 1m65, 1tr5."""
    whole, unit, rest = match.groups()
    head = say_whole(int(whole), ctx.style)
    if unit in ("tr", "tỷ", "tỉ"):
        lower = "nghìn" if unit == "tr" else "triệu"
        part = f"{say_whole(int(rest.ljust(3, '0')), ctx.style)} {lower}"
        name = "triệu" if unit == "tr" else "tỷ"
        spoken = regional(f"{head} {name} {part} đồng", ctx.style)
        if ctx.next_word(match.end()) in ("đồng", "đ"):
            spoken = spoken.removesuffix(" đồng")
        yield Candidate(end=match.end(), kind=SpanKind.MONEY, spoken=spoken, weight=0.93)
        return
    entry = find_unit(ctx, unit)
    if entry is None or unit == "k":
        return
    tall = ctx.near(_HEIGHT_WORDS, 3)
    weight = 0.85 if rest not in ("2", "3") else 0.98 if tall else 0.2
    said = say_digits(rest) if rest.startswith("0") else say_whole(int(rest), ctx.style)
    spoken = f"{head} {entry.spoken} {said}"
    yield Candidate(end=match.end(), kind=SpanKind.MEASURE, spoken=spoken, weight=weight)


def _pairs(ctx: Context, first: Numeral, end: int) -> Iterator[Candidate]:
    """Two numbers with a dash (a range) or a cross (width by length) between them."""
    unit = unit_at(ctx, end)
    after_first = unit.end if unit else end
    for joint, word in ((_DASH, "đến"), (_TIMES, "nhân")):
        match = joint.match(ctx.text, after_first) or joint.match(ctx.text, end)
        literal = LITERAL.match(ctx.text, match.end()) if match else None
        second = parse_numeral(literal.group()) if literal else None
        if match and literal and second:
            own = unit if match.start() == after_first else None
            if word == "đến":
                yield from _range(ctx, first, second, end=literal.end(), own=own)
            else:
                yield _product(ctx, first, end=match.end(), own=own)


def _range(ctx: Context, first: Numeral, second: Numeral, *, end: int, own: Unit | None) -> Iterator[Candidate]:
    unit = unit_at(ctx, end)
    if second.value <= first.value or (own is not None and unit is None):
        return
    if own and own.spoken == "giờ":
        return
    parts = [_plain(first).say(ctx.style)]
    if own and unit and own.spoken != unit.spoken:
        parts.append(own.spoken)
    parts += ["đến", _plain(second).say(ctx.style)]
    if unit:
        parts.append(unit.spoken)
    stop = unit.end if unit else end
    kind = unit.kind if unit else SpanKind.RANGE
    yield Candidate(end=stop, kind=kind, spoken=" ".join(parts), weight=_range_weight(ctx, unit, stop))


def _range_weight(ctx: Context, unit: Unit | None, stop: int) -> float:
    if ctx.prev in _PLACES and " " in ctx.text[ctx.pos : stop]:
        return 0.3  # thôn 3 - 45 hộ: a place, then its number
    if unit and not _DASH.match(ctx.text, stop):
        return 0.94
    if _GLUED_AFTER.match(ctx.text, stop):
        return 0.3
    if ctx.prev in ("ngày", "mùng", "mồng"):
        return 0.4
    if unit or ctx.prev in _RANGE_WORDS:
        return 0.9
    decimals = "," in ctx.text[ctx.pos : stop]
    return 0.8 if ctx.next_word(stop) or decimals else 0.62


def _plain(numeral: Numeral) -> Numeral:
    """In a range a lone dot is a decimal mark typed the English way."""
    return Numeral(whole=numeral.whole, fraction=numeral.fraction)


def _product(ctx: Context, first: Numeral, *, end: int, own: Unit | None) -> Candidate:
    """The first side of a product up to its sign; the other sides are read when their turn comes."""
    head = f"{first.say(ctx.style)} {own.spoken}" if own else first.say(ctx.style)
    return Candidate(end=end, kind=SpanKind.MEASURE, spoken=f"{head} nhân", weight=0.94)
