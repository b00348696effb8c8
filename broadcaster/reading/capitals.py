"""Words in capitals that no lexicon knows: a heading is words, an abbreviation is letters, TBR225 is a code."""

import re
from collections.abc import Iterator

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.codes import say_in_groups
from broadcaster.reading.context import Context
from broadcaster.reading.letters import letter_name, spell
from broadcaster.reading.numbers import say_code_number, say_leading_zeros
from broadcaster.reading.reading import SpanKind
from broadcaster.reading.style import Style
from broadcaster.reading.syllables import has_vietnamese_letters, has_vowel, is_syllable, splits

_NEXT_WORD = re.compile(r"[ ,\-–:\"“”()]{1,3}([^\W\d_]+)")
_PREVIOUS_WORD = re.compile(r"([^\W\d_]+)[ ,\-–:\"“”()]{1,3}$")
_CODE = re.compile(r"([A-ZĐƯ][A-ZĐƯa-zđ]{0,7}?)([.\-]?)(\d[\dA-ZĐ]*(?:[./-]\d+)*)(?!\w)")
_SERIES = re.compile(r"([A-ZĐ]{1,2}) ?(\d{6,8})(?!\w|[.,]\d)")
_CODE_PART = re.compile(r"\d+|[A-ZĐa-zđ]+|[.]")
_LETTER_PARTS = re.compile(r"[^\W\d_]+(?:[-&/.][^\W\d_]+){1,4}(?![\w])")
_HIGHLAND_NAME = re.compile(r"H['’][A-ZĐ]")
_VOWELS = re.compile(r"[AEIOUY]")
_CONSONANT_RUN = re.compile(r"[BCDĐFGHJKLMNPQRSTVWXZ]{3}")
_SPELLED_AT_MOST = 6
_ROAD_WORDS = frozenset(("quốc lộ", "tỉnh lộ", "đường tỉnh", "hương lộ", "huyện lộ", "đường huyện", "đường xã"))


def is_shouted(word: str) -> bool:
    """True for a word in capitals of two letters and more."""
    return len(word) > 1 and word.isupper()


def candidates(ctx: Context, word: str) -> Iterator[Candidate]:
    """Guesses for a word in capitals with no digits behind it."""
    lower, end = word.lower(), ctx.pos + len(word)
    if len(word) == 1:
        yield from _single_letter(ctx, word)
        return
    syllable = is_syllable(lower)
    if syllable and (has_vietnamese_letters(lower) or _neighbours_shout(ctx, end)):
        weight = 0.94 if _neighbours_shout(ctx, end) else 0.88
        yield Candidate(end=end, kind=SpanKind.LOAN, spoken=lower, weight=weight)
        return
    letters = spell(word, ctx.style.letters)
    if not syllable and has_vietnamese_letters(lower) and splits(lower):
        spoken = " ".join(splits(lower)[0])
        yield Candidate(end=end, kind=SpanKind.GLUED, spoken=spoken, weight=0.8, alternatives=(letters,))
        return
    if syllable:
        yield Candidate(end=end, kind=SpanKind.LOAN, spoken=lower, weight=0.62, alternatives=(letters,))
    elif not has_vowel(lower) or (len(word) <= _SPELLED_AT_MOST and not _is_foreign_name(ctx, word, end)):
        yield Candidate(end=end, kind=SpanKind.LETTERS, spoken=letters, weight=0.6, alternatives=(lower,))
    else:
        yield Candidate(end=end, kind=SpanKind.LOAN, spoken=lower, weight=0.7, alternatives=(letters,))


def _single_letter(ctx: Context, word: str) -> Iterator[Candidate]:
    name = letter_name(word, ctx.style.letters)
    if word == "H" and _HIGHLAND_NAME.match(ctx.text, ctx.pos):
        yield Candidate(end=ctx.pos + 1, kind=SpanKind.LETTERS, spoken="hơ", weight=0.95)
    elif name:
        yield Candidate(end=ctx.pos + 1, kind=SpanKind.LETTERS, spoken=name, weight=0.8)


def _neighbours_shout(ctx: Context, end: int) -> bool:
    """True when a word beside this one is in capitals too and is a word rather than an abbreviation."""
    following = _NEXT_WORD.match(ctx.text[end : end + 24])
    previous = _PREVIOUS_WORD.search(ctx.text[max(0, ctx.pos - 24) : ctx.pos])
    return any(match is not None and _is_shouted_word(match.group(1)) for match in (following, previous))


def _is_shouted_word(word: str) -> bool:
    return is_shouted(word) and is_syllable(word.lower())


def _is_foreign_name(ctx: Context, word: str, end: int) -> bool:
    """ĐẮK LẮK or PLEIKU in a heading: long enough, with vowels, among words in capitals."""
    if len(word) >= 5 and not _CONSONANT_RUN.search(word) and len(_VOWELS.findall(word)) > 1:
        return True
    return (len(word) >= 3 and has_vietnamese_letters(word.lower().replace("đ", "d"))) or (
        len(word) >= 5 and _neighbours_shout(ctx, end)
    )


def code_at(ctx: Context) -> Candidate | None:
    """Capitals with digits behind them: QL31, ĐT.293, TBR225, H5N1, PM2.5, VTV3, BA 123456."""
    series = _SERIES.match(ctx.text, ctx.pos)
    if series:
        spoken = f"{spell(series.group(1), ctx.style.letters)}, {say_in_groups(series.group(2))}"
        return Candidate(end=series.end(), kind=SpanKind.CODE, spoken=spoken, weight=0.95)
    match = _CODE.match(ctx.text, ctx.pos)
    if not match:
        return None
    letters, mark, rest = match.groups()
    name, known = _code_name(ctx, letters, match.start(2))
    if not known and mark == "." and len(letters) > 1:
        return None
    if ctx.prev == "đường" and name.startswith("đường "):
        name = name.removeprefix("đường ")
    parts = [name, *_code_parts(rest, ctx.style, road=known)]
    weight = 0.97 if known else 0.8
    kind = SpanKind.ROAD if name in _ROAD_WORDS or name == "tỉnh" else SpanKind.CODE
    return Candidate(end=match.end(), kind=kind, spoken=" ".join(parts), weight=weight)


def _code_name(ctx: Context, letters: str, end: int) -> tuple[str, bool]:
    """The letters of a code as words where the lexicon says that a number follows them."""
    if ctx.prev_two == "cao tốc":
        return spell(letters, ctx.style.letters), True
    for entry in ctx.job.lexicon.entries_for(letters):
        if "#" in entry.context or (not entry.context and len(letters) > 2):
            return entry.spoken, True
    if not letters.isupper() and len(letters) > 2:
        return letters, False
    return spell(letters, ctx.style.letters), False


def _code_parts(rest: str, style: Style, *, road: bool) -> Iterator[str]:
    """Short numbers as numbers, long ones digit by digit, letters by name."""
    for part in _CODE_PART.findall(rest):
        if part == ".":
            yield "chấm"
        elif part.isdigit():
            yield say_leading_zeros(part, style) if road and len(part) < 5 else say_code_number(part, style)
        else:
            yield spell(part, style.letters)


def codes_at(ctx: Context) -> Iterator[Candidate]:
    """Guesses for capitals that go on with a digit or a mark."""
    for found in (code_at(ctx), joined_letters(ctx)):
        if found:
            yield found


def joined_letters(ctx: Context) -> Candidate | None:
    """Abbreviations joined by a mark: TDTT-GDĐT, PCTT&TKCN, HĐND/UBND; None when a part is unknown."""
    match = _LETTER_PARTS.match(ctx.text, ctx.pos)
    if not match or not match.group().replace("&", "A").replace("-", "A").replace("/", "A").replace(".", "A").isupper():
        return None
    said = []
    for part, mark in re.findall(r"([^\W\d_]+)([-&/.]?)", match.group()):
        name = _part_name(ctx, part)
        if not name:
            return None
        said.append(name + {"&": " và", "-": ",", "/": ","}.get(mark, ""))
    return Candidate(end=match.end(), kind=SpanKind.ABBREVIATION, spoken=" ".join(said), weight=0.8)


def _part_name(ctx: Context, part: str) -> str:
    entries = ctx.job.lexicon.entries_for(part)
    return ctx.job.learnt.get(part) or (entries[0].spoken_for(ctx.job.voice) if entries else "")
