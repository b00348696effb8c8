"""Telephone numbers, digit by digit in the groups that people use."""

import re
from collections.abc import Iterator

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.context import Context
from broadcaster.reading.numbers import say_digits
from broadcaster.reading.reading import SpanKind

_GAP = r"[ .\-–]"
_NUMBER = re.compile(rf"\(?(?:\+ ?84|0084|0|84(?=\d{{9}}(?!\d)))\)?(?:{_GAP}{{0,3}}\(?\d\)?){{8,10}}(?!\d|[.,]\d)")
_HOTLINE = re.compile(rf"1[89]00(?:{_GAP}?\d){{4,6}}(?!\d|[.,/]\d)")
_LOCAL = re.compile(rf"\d{{3,4}}(?:{_GAP}\d{{3,4}}){{1,2}}(?!\d|[.,/-]\d)|\d{{6,8}}(?!\d|[.,/-]\d)")
_SHORT = re.compile(r"(?:1\d{2}|1022|1080|1039|156|5656|141|9\d{3}|8\d{3})(?!\d|[.,/:-]\d| ?[%‰])")
_FOREIGN_PREFIX = re.compile(r"\+84(?!\d| \d)|1[89]00(?=[xX]{2})[xX]+|0\d{2,6}(?=[xX*]{2})[xX*]+")
_PHONE_WORDS = frozenset("thoại gọi đt sđt hotline tel phone fax zalo đài nóng dđ đtdđ lh phím".split())
_PHONE_PHRASES = ("liên hệ", "số máy", "máy bàn", "di động", "máy trực")
_SURE_SHORT = frozenset(("111", "112", "113", "114", "115"))
_SHORT_WORDS = frozenset("gọi nóng đài số hotline máy điện thoại sát cứu thương báo phím nhắn quay bấm".split())
_COUNTED = frozenset("hộ người con đồng triệu tỷ nghìn ngàn ha em cháu trường lượt cây thôn đại hội m km mét".split())


def candidates(ctx: Context) -> Iterator[Candidate]:
    """Guesses for the telephone number that starts here (a digit, `+` or an opening bracket)."""
    text, pos = ctx.text, ctx.pos
    match = _NUMBER.match(text, pos)
    if match and _is_dialled(match.group()):
        yield _phone(match, 0.97)
    match = _HOTLINE.match(text, pos)
    if match:
        yield _phone(match, 0.96)
    match = _FOREIGN_PREFIX.match(text, pos)
    if match:
        yield _phone(match, 0.9)
    match = _LOCAL.match(text, pos)
    told = ctx.near(_PHONE_WORDS, 5) or any(phrase in ctx.left[-40:] for phrase in _PHONE_PHRASES)
    if match and told and ctx.next_word(match.end()) not in _COUNTED:
        yield _phone(match, 0.91)
    match = _SHORT.match(text, pos)
    if match and _is_short_number(ctx, match):
        yield _phone(match, 0.94)


def _is_dialled(written: str) -> bool:
    digits = re.sub(r"\D", "", written)
    foreign = written.lstrip("(").startswith(("+", "84"))
    count = len(digits) - (2 if foreign else 4 if digits.startswith("0084") else 1)
    return 9 <= count <= 10


def _is_short_number(ctx: Context, match: re.Match[str]) -> bool:
    if ctx.next_word(match.end()) in _COUNTED:
        return False
    if match.group() in _SURE_SHORT and ctx.near(_SHORT_WORDS, 10):
        return True
    if ctx.prev == "số" and ctx.near(_SHORT_WORDS - {"số"}, 3):
        return True
    return ctx.prev in ("gọi", "hotline", "đài") or ctx.prev_two in (
        "đài số",
        "gọi số",
        "nóng số",
        "đường nóng",
        "dây nóng",
    )


def _phone(match: re.Match[str], weight: float) -> Candidate:
    return Candidate(end=match.end(), kind=SpanKind.PHONE, spoken=say_phone(match.group()), weight=weight)


def say_phone(written: str) -> str:
    """The digits with a short pause between groups: the writer's groups, else the usual ones."""
    plus = "cộng " if "+" in written else ""
    groups = re.findall(r"\d+", written)
    if len(groups) == 1:
        groups = _usual_groups(groups[0])
    return plus + ", ".join(say_digits(group) for group in groups)


def _usual_groups(digits: str) -> list[str]:
    """Four, three, three for a mobile number; four and the rest for a hotline."""
    if len(digits) <= 4:
        return [digits]
    if digits.startswith(("1800", "1900")):
        return [digits[:4], *(digits[at : at + 2] for at in range(4, len(digits), 2))]
    if len(digits) < 9:
        return [digits[:-3], digits[-3:]]
    head = digits[: len(digits) - 6]
    return [head, digits[-6:-3], digits[-3:]]
