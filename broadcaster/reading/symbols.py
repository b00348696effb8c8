"""Marks that are heard, by the words around them: a slash, a dash, a sign; all other marks are pauses or nothing."""

import re
import unicodedata
from collections.abc import Iterator
from enum import IntEnum

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.context import Context
from broadcaster.reading.numerals import LITERAL, say_literal
from broadcaster.reading.reading import SpanKind
from broadcaster.reading.units import find_unit, say_unit, stands_free


class Break(IntEnum):
    """How long a mark holds the voice; 0 is no pause at all."""

    NONE = 0
    TINY = 1
    COMMA = 2
    CLAUSE = 3
    SENTENCE = 4
    PARAGRAPH = 5


BREAKS = {
    ",": Break.COMMA, ";": Break.CLAUSE, ":": Break.CLAUSE, "(": Break.COMMA, ")": Break.COMMA, "–": Break.COMMA,
    "—": Break.COMMA, "…": Break.CLAUSE, "|": Break.CLAUSE, ".": Break.SENTENCE, "!": Break.SENTENCE,
    "?": Break.SENTENCE, "•": Break.COMMA, "\t": Break.COMMA, "[": Break.COMMA, "]": Break.COMMA, "→": Break.COMMA,
    "{": Break.COMMA, "}": Break.COMMA, "‒": Break.COMMA, "·": Break.COMMA, "¶": Break.COMMA,
}  # fmt: skip
_SAID = {
    "%": "phần trăm", "‰": "phần nghìn", "&": "và", "@": "a còng", "=": "bằng", "°": "độ", "º": "độ", "÷": "chia",
    "±": "cộng trừ", "≈": "khoảng", "≥": "lớn hơn hoặc bằng", "≤": "nhỏ hơn hoặc bằng", "§": "mục", "€": "ơ rô",
    "£": "bảng anh", "½": "một phần hai", "¼": "một phần tư", "¾": "ba phần tư", "⅓": "một phần ba",
    "⅔": "hai phần ba", "×": "nhân", "№": "số", "≠": "khác",
}  # fmt: skip
_PAIRS_OF_PEOPLE = frozenset(
    (("ông", "bà"), ("anh", "chị"), ("cô", "chú"), ("cha", "mẹ"), ("bố", "mẹ"), ("ngày", "tháng"), ("tháng", "năm"))
)
_PLACE_WORDS = ("thôn", "xóm", "bản", "tổ", "khu", "ấp", "khóm", "làng", "xã", "phường")
_PER_LEFT = re.compile(r"\d[^/,;:()]{0,40}$")
_NAME_OF_UNIT = re.compile(
    r"(?:đơn vị|giá|đồng|tạ|tấn|kg|lần|nghìn|triệu|lượt|km|mét|suất|người|thu nhập)[^/.,;]{0,14}$"
)
_RANGE_NOUNS = frozenset("thứ ngày tháng mùng mồng km hết năm".split())
_ALWAYS_RANGED = frozenset("thứ mùng mồng tháng hết".split())
_WORD_AT = re.compile(r" ?([kcmdK]?[mM][23²³](?!\w)|s2(?!\w)|[^\W\d_]+(?![^\W\d_]))")
_NEVER_HEARD = frozenset("|^`~<>+=$¨´¸®©™²³¹ªº→←↑↓⇒➢►▪■□●○◆❖✓✔√☐☑★☆➤➔⮚♦▶◾◼⬤♥︎")
_HOUR_BEFORE = re.compile(r"\dh$")
_SQUARED = re.compile(r"(?:m|km|cm|mm|dm)[23²³](?!\w)")
_PHONES = re.compile(r"\d{3} ?$")
UNITS_NO_WORD = frozenset("kg km cm mm dm ml mg kW kWh kV kVA MW MWh mAh mmHg vnđ VNĐ".split())
_AMOUNT_WORDS = frozenset("mỗi vài mấy từng chục".split())
_BIG_NUMBERS = frozenset("nghìn ngàn triệu tỷ tỉ vạn".split())
_COMPARE = {">": "trên", "<": "dưới", "~": "khoảng", "≈": "khoảng"}
_CODE_AT = re.compile(r"\d{1,2}[A-Z]\b")
_FRACTION_IN_WORDS = re.compile(r" ?\d{1,3}(?:\.\d{3})*(?:[.,]\d+)?")


def candidates(ctx: Context, mark: str) -> Iterator[Candidate]:
    """Guesses for a mark that may be heard."""
    if mark == "/":
        yield from _slash(ctx)
    elif mark in "-–—−‒":
        yield from _dash(ctx)
    elif mark in "+×xX*":
        yield from _plus_or_cross(ctx, mark)
    elif mark in _COMPARE and ctx.text[ctx.pos + 1 : ctx.pos + 3].strip()[:1].isdigit():
        yield _sign(ctx, "" if ctx.prev == _COMPARE[mark] else _COMPARE[mark])
    elif mark in "$€£":
        yield from _money(ctx, mark)
    elif mark in _SAID:
        yield _sign(ctx, _SAID[mark])


def _sign(ctx: Context, spoken: str, *, length: int = 1, weight: float = 0.9) -> Candidate:
    return Candidate(end=ctx.pos + length, kind=SpanKind.SYMBOL, spoken=spoken, weight=weight)


def _slash(ctx: Context) -> Iterator[Candidate]:
    """One of something (triệu đồng/hộ), or one thing or the other (nhóm/group)."""
    end = ctx.pos + 1
    if ctx.text[ctx.pos - 1 : ctx.pos].isupper() and _CODE_AT.match(ctx.text, end):
        yield _sign(ctx, "", weight=0.9)  # 4G/5G, 12A/12B: two codes of one kind, a breath between them
        return
    number = _FRACTION_IN_WORDS.match(ctx.text, end)
    if number:
        if _PHONES.search(ctx.left[-6:]) and ctx.text[end : end + 1] == "0":
            yield _sign(ctx, "hoặc", weight=0.85)
            return
        timed = _HOUR_BEFORE.search(ctx.left) is not None  # 7h/22/9: an hour of a day
        yield _sign(ctx, "" if timed else "trên", weight=0.85)
        return
    word = _WORD_AT.match(ctx.text, end)
    left = ctx.words_before[0] if ctx.words_before else ""
    if not word or not left:
        return
    right = word.group(1)
    if (left, right.lower()) in _PAIRS_OF_PEOPLE or "và" in (left, right.lower()) or left == right.lower():
        yield _sign(ctx, "", weight=0.9)
    elif _is_rate(ctx, right):
        yield _sign(ctx, ctx.style.per.value, weight=0.92)
    elif right[:1].isupper() and ctx.text[ctx.pos - 1 : ctx.pos].isupper():
        yield _sign(ctx, "hoặc", weight=0.78)
    else:
        yield _sign(ctx, "hoặc", weight=0.8)


def _is_rate(ctx: Context, right: str) -> bool:
    left = ctx.left.replace("/", " một ")
    if right.lower() in _PLACE_WORDS and ctx.words_before[0] in _PLACE_WORDS:
        return False
    return bool(_PER_LEFT.search(left)) or bool(_NAME_OF_UNIT.search(left)) or _both_units(ctx, right)


def _both_units(ctx: Context, right: str) -> bool:
    left = ctx.text[max(0, ctx.pos - 6) : ctx.pos].split()
    return bool(left) and find_unit(ctx, left[-1]) is not None and find_unit(ctx, right) is not None


def _dash(ctx: Context) -> Iterator[Candidate]:
    """A minus before a lone number, `đến` between two like things; else the caller makes it a pause."""
    text, pos = ctx.text, ctx.pos
    after = ctx.after(pos + 1, 2)
    if not after:
        return
    free_left = pos == 0 or text[pos - 1] in " (\t"
    if text[pos + 1].isdigit() and free_left and _is_cold(ctx):
        yield _sign(ctx, "âm", weight=0.85)
        return
    following = after[0].rstrip("0123456789")
    if len(after) > 1 and following == after[0] and not after[1][0].isdigit() and following not in _ALWAYS_RANGED:
        return
    joined = following in _RANGE_NOUNS and (_was_said(ctx, following) or "từ" in ctx.words_before[:6])
    if joined:
        yield _sign(ctx, "đến", weight=0.88)


def _was_said(ctx: Context, noun: str) -> bool:
    return any(word.rstrip("0123456789") == noun for word in ctx.words_before[:6])


def _is_cold(ctx: Context) -> bool:
    if not ctx.left.strip():
        return False
    literal = LITERAL.match(ctx.text, ctx.pos + 1)
    unit = ctx.text[literal.end() : literal.end() + 4].strip()[:1] if literal else ""
    degrees = unit in ("°", "º", "o", "đ")
    return degrees or ctx.prev in ("xuống", "âm", "dưới", "khoảng", "còn", "mức", "là")


def _plus_or_cross(ctx: Context, mark: str) -> Iterator[Candidate]:
    text, pos = ctx.text, ctx.pos
    before, after = text[max(0, pos - 2) : pos].strip(), text[pos + 1 : pos + 3].strip()
    if not after:
        return
    signed = mark == "+" and text[pos + 1].isdigit() and text[pos - 1] == " " and bool(ctx.prev)
    if signed or (before[-1:].isdigit() and after[0].isdigit()):
        yield _sign(ctx, "cộng" if mark == "+" else "nhân")
    elif mark in "xX" and before and after[0].isdigit():
        yield _sign(ctx, "nhân", weight=0.85)
    elif mark == "+" and (before[-1:].isalnum() or before[-1:] == "%") and after[0].isalnum():
        yield _sign(ctx, "và", weight=0.8)
    elif mark == "×" and before:
        yield _sign(ctx, "nhân")


def _money(ctx: Context, mark: str) -> Iterator[Candidate]:
    """$50 is said behind its number."""
    literal = LITERAL.match(ctx.text, ctx.pos + 1)
    entry = find_unit(ctx, mark)
    if literal and entry:
        spoken = f"{say_literal(literal.group(), ctx.style)} {entry.spoken}"
        yield Candidate(end=literal.end(), kind=SpanKind.MONEY, spoken=spoken, weight=0.92)
    elif mark in _SAID:
        yield _sign(ctx, _SAID[mark])


def unit_alone(ctx: Context) -> Iterator[Candidate]:
    """A unit that stands behind a slash or a big number's word: 39 tạ/ha, 2 triệu m3, 38 nghìn đ."""
    squared = _SQUARED.match(ctx.text, ctx.pos) or _is_only_a_unit(ctx)
    behind = ctx.left.rstrip().endswith("/") or (ctx.before and ctx.before[0] in _BIG_NUMBERS)
    if not squared and not behind:
        return
    word = _WORD_AT.match(ctx.text, ctx.pos)
    entry = find_unit(ctx, word.group(1)) if word else None
    apart = not ctx.left.rstrip().endswith("/")
    if word and entry is not None and (stands_free(ctx, entry, word.end()) or not apart):
        end = word.end()
        yield Candidate(end=end, kind=SpanKind.MEASURE, spoken=say_unit(ctx, entry, end), weight=0.96)


def _is_only_a_unit(ctx: Context) -> bool:
    """True for kg, km, kWh and the like, which are no words: mỗi kg; and for ha behind a word of amount."""
    word = _WORD_AT.match(ctx.text, ctx.pos)
    form = word.group(1) if word else ""
    if form == "ha":
        return ctx.prev in _AMOUNT_WORDS
    return form in UNITS_NO_WORD


def break_at(ctx: Context, mark: str) -> Break:
    """The pause a mark makes where it stands: a dot inside a word or after an initial is none."""
    if mark != ".":
        return BREAKS[mark]
    text, pos = ctx.text, ctx.pos
    following = text[pos + 1 : pos + 2]
    if following.isalnum():
        return Break.SENTENCE if following.isupper() and text[pos - 1 : pos].islower() else Break.NONE
    initial = pos > 0 and text[pos - 1].isupper() and (pos == 1 or not text[pos - 2].isalnum())
    return Break.NONE if initial and text[pos + 2 : pos + 3].isalpha() else Break.SENTENCE


def is_silent(mark: str) -> bool:
    """True for marks that nobody expects to hear; others (emoji, foreign letters) the officer is told about."""
    return unicodedata.category(mark)[0] not in "LSN" or mark in _NEVER_HEARD


def is_free_dash(ctx: Context) -> bool:
    """True for a dash with a space at either side; a glued one joins (vắc-xin)."""
    around = ctx.text[max(0, ctx.pos - 1) : ctx.pos + 2]
    return " " in around and ctx.pos > 0
