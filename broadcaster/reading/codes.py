"""Numbers that name things: documents, vehicles, seeds, standards."""

import re
from collections.abc import Iterator

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.context import Context
from broadcaster.reading.letters import spell
from broadcaster.reading.numbers import say_code_number, say_digits, say_leading_zeros, say_whole
from broadcaster.reading.reading import SpanKind
from broadcaster.reading.style import Style

_UPPER = "A-ZĐƯÔÂĂÊƠ"
_DOCUMENT = re.compile(
    rf"(\d{{1,6}})([a-zđ]?) ?((?:[/-] ?(?:1[89]|2[01])\d\d)?) ?[/-] ?"
    rf"([{_UPPER}](?:[{_UPPER}a-zđ]{{0,8}}[{_UPPER}a-z]|\d)?\d{{0,3}}"
    rf"(?: ?[-–/.&] ?[{_UPPER}][{_UPPER}a-zđ]{{0,10}}\d{{0,3}})*)(?!\w)"
)
_NUMBER_AND_YEAR = re.compile(r"(\d{1,4})/((?:1[89]|2[01])\d\d)(?![\w]|[/.-]\w)")
_DOCUMENT_WORDS = frozenset("định tư luật quyết lệnh thị nđ tt qđ nq".split())
_STANDARD = re.compile(r"(\d{1,5})(?:-(\d{1,2}))?:((?:1[89]|2[01])\d\d)(?:/([A-ZĐ]{2,8}))?(?![\w:])")
_PLATE = re.compile(r"(\d{2}) ?-? ?([A-ZĐ]{1,2})(\d?) ?[-–. ] ?(\d{3}\.?\d{2}|\d{4})(?!\w|\.\d)")
_SIGNED = re.compile(rf"\d{{1,6}}(?:[a-zđ]| ?[-/:]| ?[{_UPPER}])")
_ALNUM = re.compile(rf"(\d{{1,4}})([{_UPPER}]{{1,3}})(?:(\d{{1,4}})(?:[./](\d{{1,4}}))?)?(?![^\W_])")
_LONG_DIGITS = re.compile(r"\d{9,}(?![.,]?\d)")
_SPACED_ID = re.compile(r"\d{3,5}(?:[ .]\d{3,5}){2,4}(?![\d.,]\d|\w)")
_SHORT_ID = re.compile(r"\d{5,8}(?!\w|[.,]\d)")
_ID_WORDS = frozenset(
    "khoản cccd cmnd thẻ thuế mã stk tk dạng danh bhxh bhyt hiệu sim imei seri máy séc định phiếu khai sổ".split()
)


def candidates(ctx: Context) -> Iterator[Candidate]:
    """Guesses for the code that starts here with a digit."""
    if _SIGNED.match(ctx.text, ctx.pos):
        yield from _signed(ctx)
    yield from _identity_number(ctx)


def _signed(ctx: Context) -> Iterator[Candidate]:
    """Codes that hold something beside digits."""
    yield from _document(ctx)
    yield from _number_and_year(ctx)
    yield from _standard(ctx)
    yield from _plate(ctx)
    yield from _letters_after(ctx)


def _document(ctx: Context) -> Iterator[Candidate]:
    match = _DOCUMENT.match(ctx.text, ctx.pos)
    if not match:
        return
    number, letter, year, signs = match.groups()
    parts = [part for part in re.split(r" ?[-–/.&] ?", signs) if part]
    if not _looks_official(ctx, match, parts):
        return
    said = [say_leading_zeros(number, ctx.style)]
    if letter:
        said.append(spell(letter, ctx.style.letters))
    if year:
        said[-1] += ","
        said.append(_say_year_of(int(year.strip("/- ")), ctx.style))
    said += [_say_sign(ctx, part, first=at == 0) for at, part in enumerate(parts)]
    spoken = " ".join(said)
    known = all(_is_known(ctx, part) for part in parts)
    yield Candidate(end=match.end(), kind=SpanKind.DOCUMENT, spoken=spoken, weight=0.97 if known else 0.7)


def _looks_official(ctx: Context, match: re.Match[str], parts: list[str]) -> bool:
    """27/TB-UBND is a document by its looks; 5/KP or 12-A needs a known sign or the word `số`."""
    slashed = "/" in match.group()
    long_enough = sum(len(part) for part in parts) >= 2
    known = _is_known(ctx, parts[0])
    return long_enough and (known or (slashed and len(parts) > 1) or (slashed and ctx.prev in ("số", "mẫu")))


def _is_known(ctx: Context, part: str) -> bool:
    bare = part.rstrip("0123456789")
    lexicon = ctx.job.lexicon
    return bare in lexicon.doctypes or bare in lexicon.issuers or len(lexicon.entries_for(bare)) > 0


def _say_sign(ctx: Context, part: str, *, first: bool) -> str:
    """One sign of a document's number: the type comes first, issuers after it."""
    bare = part.rstrip("0123456789")
    lexicon = ctx.job.lexicon
    tables = (lexicon.doctypes, lexicon.issuers) if first else (lexicon.issuers, lexicon.doctypes)
    said = next((table[bare] for table in tables if bare in table), "")
    if not said:
        entries = lexicon.entries_for(bare)
        said = entries[0].spoken if entries else spell(bare, ctx.style.letters)
    digits = part[len(bare) :]
    return f"{said} {say_whole(int(digits), ctx.style)}" if digits else said


def _number_and_year(ctx: Context) -> Iterator[Candidate]:
    """Nghị định 168/2024: the signs of the issuer are left away, the slash is silent all the same."""
    match = _NUMBER_AND_YEAR.match(ctx.text, ctx.pos)
    told = ctx.prev in _DOCUMENT_WORDS or (ctx.prev == "số" and ctx.words_before[1:2] and _names_document(ctx))
    if match and told:
        said = f"{say_leading_zeros(match.group(1), ctx.style)}, {_say_year_of(int(match.group(2)), ctx.style)}"
        yield Candidate(end=match.end(), kind=SpanKind.DOCUMENT, spoken=said, weight=0.96)


def _say_year_of(number: int, style: Style) -> str:
    """The second number of 90/2017: said as a year, since “chín mươi hai nghìn…” is another number to the ear."""
    said = say_whole(number, style)
    return f"năm {said}" if 1900 <= number <= 2100 else said


def _names_document(ctx: Context) -> bool:
    return ctx.words_before[1] in _DOCUMENT_WORDS


def _standard(ctx: Context) -> Iterator[Candidate]:
    """ISO 9001:2015, QCVN 14:2008/BTNMT."""
    match = _STANDARD.match(ctx.text, ctx.pos)
    if not match:
        return
    number, part, year, issuer = match.groups()
    said = [say_leading_zeros(number, ctx.style)]
    if part:
        said.append(say_whole(int(part), ctx.style))
    said.append(say_whole(int(year), ctx.style))
    if issuer:
        said.append(_say_sign(ctx, issuer, first=False))
    yield Candidate(end=match.end(), kind=SpanKind.DOCUMENT, spoken=" ".join(said), weight=0.95)


def _plate(ctx: Context) -> Iterator[Candidate]:
    """Vehicle plates: 98C-123.45, 98B1-234.56, 29A 1234."""
    match = _PLATE.match(ctx.text, ctx.pos)
    if not match or not 11 <= int(match.group(1)) <= 99:
        return
    region, letters, row, number = match.groups()
    said = [say_whole(int(region), ctx.style), spell(letters, ctx.style.letters)]
    if row:
        said.append(say_digits(row))
    said[-1] += ","
    said.append(say_digits(number))
    weight = 0.97 if "." in number or ctx.near(frozenset(("bks", "biển", "xe", "soát", "số")), 5) else 0.8
    yield Candidate(end=match.end(), kind=SpanKind.PLATE, spoken=" ".join(said), weight=weight)


def _letters_after(ctx: Context) -> Iterator[Candidate]:
    """A number with capitals glued behind it: 4G, lớp 12A1, quốc lộ 1A."""
    match = _ALNUM.match(ctx.text, ctx.pos)
    if not match:
        return
    number, letters, second, third = match.groups()
    said = [say_leading_zeros(number, ctx.style), _glued_letters(ctx, letters)]
    said += [say_code_number(digits, ctx.style) for digits in (second, third) if digits]
    yield Candidate(end=match.end(), kind=SpanKind.CODE, spoken=" ".join(said), weight=0.7 if letters == "T" else 0.82)


def _glued_letters(ctx: Context, letters: str) -> str:
    if letters == "G" and ctx.style.letters.value == "northern":
        return "gờ"
    return spell(letters, ctx.style.letters)


def _identity_number(ctx: Context) -> Iterator[Candidate]:
    """Account, tax and identity numbers: digit by digit, in threes so that a listener can follow."""
    match = _LONG_DIGITS.match(ctx.text, ctx.pos)
    if match:
        weight = 0.93 if ctx.near(_ID_WORDS, 6) or match.group().startswith("0") else 0.7
        if ctx.next_word(match.end()) in ("đồng", "đ"):
            weight = 0.2
        yield Candidate(end=match.end(), kind=SpanKind.DIGITS, spoken=say_in_groups(match.group()), weight=weight)
    match = _SPACED_ID.match(ctx.text, ctx.pos)
    if match and ctx.near(_ID_WORDS, 4):
        spoken = ", ".join(say_digits(group) for group in re.split(r"[ .]", match.group()))
        yield Candidate(end=match.end(), kind=SpanKind.DIGITS, spoken=spoken, weight=0.93)
    short = _SHORT_ID.match(ctx.text, ctx.pos)
    if short and (short.group().startswith("0") or ctx.near(frozenset(("mã", "sđt", "seri", "mật")), 3)):
        yield Candidate(end=short.end(), kind=SpanKind.DIGITS, spoken=say_in_groups(short.group()), weight=0.9)


def say_in_groups(digits: str) -> str:
    """Digits one by one with a short pause after every third."""
    return ", ".join(say_digits(digits[at : at + 3]) for at in range(0, len(digits), 3))
