"""Roman numerals, only where the words call for them: khóa XIII, quý III, lần thứ XI, a heading I."""

import re
from collections.abc import Iterator

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.context import Context
from broadcaster.reading.datewords import say_year
from broadcaster.reading.numbers import say_whole
from broadcaster.reading.ordinals import say_rank
from broadcaster.reading.reading import SpanKind
from broadcaster.reading.syllables import is_syllable

_ROMAN = r"(?:X{0,3}(?:IX|IV|V?I{1,3}|V)|X{1,3}|X?L(?:IX|IV|V?I{0,3})|C{1,3}(?:X{0,3})(?:IX|IV|V?I{0,3}))"
_NUMERAL = re.compile(rf"({_ROMAN})(?: ?/ ?((?:1[89]|2[01])\d\d))?(?![\w])")
_RANGE = re.compile(rf"({_ROMAN}) ?[-–—] ?({_ROMAN})(?: ?/ ?((?:1[89]|2[01])\d\d))?(?!\w)")
_HEADING = re.compile(rf"({_ROMAN}) ?[./)-](?!\w)")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_BEFORE = frozenset(
    """khóa khoá quý kỷ kỉ lục chương mục phần kỳ kì tập quyển bảng hạng loại cấp vùng hội vòng khối nhóm cụm bậc sở khu
    lần đoạn đợt ga đoàn điều huân chương cương biểu ương tuyến giải tháp luật tầng trưởng nhiệm tổ dự kế
    động""".split()
)
_SAFE_BEFORE = frozenset("khóa khoá quý kỷ kỉ chương lục phần hạng loại cấp vùng vòng bảng".split())
_LIST_LEFT = re.compile(
    r"(?:quý|khóa|khoá|kỷ|kỉ|loại|hạng|nhóm|vòng|cấp|bảng|vùng|khu vực) [ivxlc, –-]*(?:và |, |- ?|đến )$"
)
_DOUBTFUL = frozenset(("C", "L", "CC", "CV", "LX", "XL", "CI", "CX", "CL", "MI", "LI"))


def roman_value(letters: str) -> int:
    """What a Roman numeral is worth: XIV is 14."""
    values = [_VALUES[letter] for letter in letters]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < after else value for value, after in pairs)


def candidates(ctx: Context) -> Iterator[Candidate]:
    """Guesses for the Roman numeral that starts here."""
    heading = _HEADING.match(ctx.text, ctx.pos)
    if heading and heading.group(1) and not ctx.left.strip(" \t*•-–+#>"):
        value = say_whole(roman_value(heading.group(1)), ctx.style)
        yield Candidate(end=heading.end(), kind=SpanKind.ROMAN, spoken=f"{value},", weight=0.97)
    match = _RANGE.match(ctx.text, ctx.pos)
    if match and ctx.prev in _BEFORE:
        first, last = (roman_value(part) for part in match.group(1, 2))
        if first < last:
            spoken = f"{say_whole(first, ctx.style)} đến {say_whole(last, ctx.style)}"
            spoken += f" {say_year(match.group(3), ctx.style)}" if match.group(3) else ""
            yield Candidate(end=match.end(), kind=SpanKind.ROMAN, spoken=spoken, weight=0.97)
    match = _NUMERAL.match(ctx.text, ctx.pos)
    if match and match.group(1) not in _DOUBTFUL | {""}:
        weight = _weight(ctx, match)
        if weight:
            yield _single(ctx, match, weight)


def _single(ctx: Context, match: re.Match[str], weight: float) -> Candidate:
    value = roman_value(match.group(1))
    spoken = say_rank(value, ctx.style) if ctx.prev == "thứ" else say_whole(value, ctx.style)
    if match.group(2):
        spoken += f" {say_year(match.group(2), ctx.style)}"
    return Candidate(end=match.end(), kind=SpanKind.ROMAN, spoken=spoken, weight=weight)


def _weight(ctx: Context, match: re.Match[str]) -> float:
    letters = match.group(1)
    if ctx.prev == "thứ" or (ctx.prev in _BEFORE and not _names_follow(ctx, match.end(), letters)):
        return 0.96
    if match.group(2) or _LIST_LEFT.search(ctx.left):
        return 0.95
    if len(letters) >= 2 and not _in_capitals(ctx, match):
        return 0.85 if set(letters) <= {"I", "V", "X"} and letters != "VI" else 0.5
    if len(letters) >= 2 and set(letters) <= {"I", "V", "X"} and not is_syllable(letters.lower()):
        return 0.85
    return 0.0


def _names_follow(ctx: Context, end: int, letters: str) -> bool:
    """VI HƯƠNG after XÃ or KHU is a name: a numeral that is a syllable too, before another word in capitals."""
    if ctx.prev in _SAFE_BEFORE and letters != "VI":
        return False
    after = re.match(r" ([^\W\d_]{2,})", ctx.text[end : end + 16])
    return bool(after) and after is not None and after.group(1).isupper() and letters in ("VI", "XI", "V", "X", "I")


def _in_capitals(ctx: Context, match: re.Match[str]) -> bool:
    around = ctx.text[max(0, ctx.pos - 24) : ctx.pos] + ctx.text[match.end() : match.end() + 24]
    letters = [letter for letter in around if letter.isalpha()]
    upper = sum(letter.isupper() for letter in letters)
    return len(letters) > 3 and upper > len(letters) / 2
