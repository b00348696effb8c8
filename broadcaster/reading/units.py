"""Units of measure and money, and how the number before them is joined to them."""

import re
from dataclasses import dataclass

from broadcaster.reading.context import Context
from broadcaster.reading.lexicon import Entry
from broadcaster.reading.reading import SpanKind
from broadcaster.reading.style import Style

_PERCENT = re.compile(r" ?([%‰])")
_DEGREE = re.compile(r" ?(?:[°º˚] ?|(?:o|O)(?=C\b))([CFNEBĐWSK](?!\w))?")
_WORD_UNIT = re.compile(r"( ?)([^\W\d_]+[23²³]?|[$€£]|[″\"](?!\w)|'{1,2}(?!\w)|[′’](?!\w))(?!\w)")
_SIDE_UNIT = re.compile(r"()(mm|cm|km|m)(?=[xX×]\d)")  # 1,2mx0,6m
_DEGREES = {
    "C": "độ xê", "F": "độ ép", "K": "độ ca", "N": "độ vĩ bắc", "B": "độ vĩ bắc", "S": "độ vĩ nam",
    "E": "độ kinh đông", "Đ": "độ kinh đông", "W": "độ kinh tây",
}  # fmt: skip
_SPACED_LETTERS = frozenset("mglđVWsk$€£%")
_PEOPLE = frozenset("nam nữ ông bà bé cháu em nhân anh chị trẻ gái trai cụ".split())
_LOADS = frozenset("xe tải trọng tấn cẩu container hàng".split())
_COMRADE = re.compile(r"/c(?!\w)")  # 15 đ/c are people, not money
_QUOTED_MINUTES = frozenset({"'", "’", "′"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit found after a number: where it ends, its words, and what the whole then is."""

    end: int
    spoken: str
    kind: SpanKind


def unit_at(ctx: Context, end: int) -> Unit | None:
    """The unit that stands at `end`, right after a number, glued or one space away."""
    text = ctx.text
    match = _PERCENT.match(text, end)
    if match:
        spoken = "phần trăm" if match.group(1) == "%" else "phần nghìn"
        return Unit(end=match.end(), spoken=spoken, kind=SpanKind.PERCENT)
    match = _DEGREE.match(text, end)
    if match:
        return Unit(end=match.end(), spoken=_DEGREES.get(match.group(1) or "", "độ"), kind=SpanKind.MEASURE)
    match = _SIDE_UNIT.match(text, end) or _WORD_UNIT.match(text, end)
    return _word_unit(ctx, match) if match else None


def _word_unit(ctx: Context, match: re.Match[str]) -> Unit | None:
    space, form = match.group(1), match.group(2)
    if form in _QUOTED_MINUTES and not space:
        return Unit(end=match.end(), spoken="phút", kind=SpanKind.MEASURE)
    if form == "đ" and _COMRADE.match(match.string, match.end()):
        return None
    if form in ("t", "T") and not space:
        return _age_or_tons(ctx, match)
    entry = find_unit(ctx, form)
    if entry is None or (space and not _may_stand_apart(form, entry)) or not _context_allows(ctx, entry, match.end()):
        return None
    kind = SpanKind.MONEY if "money" in entry.context else SpanKind.MEASURE
    return Unit(end=match.end(), spoken=say_unit(ctx, entry, match.end()), kind=kind)


def stands_free(ctx: Context, entry: Entry, end: int) -> bool:
    """True when a unit may stand apart from its number here."""
    return _may_stand_apart(entry.written, entry) and _context_allows(ctx, entry, end)


def _age_or_tons(ctx: Context, match: re.Match[str]) -> Unit | None:
    """45T behind a person is an age, behind a lorry a weight."""
    people = ctx.near(_PEOPLE, 6)
    if not people and not ctx.near(_LOADS, 6):
        return None
    return Unit(end=match.end(), spoken="tuổi" if people else "tấn", kind=SpanKind.MEASURE)


def find_unit(ctx: Context, form: str) -> Entry | None:
    """The unit's entry, by exact form, else by its letters in any case."""
    lexicon = ctx.job.lexicon
    return lexicon.units.get(form) or lexicon.units_folded.get(form.casefold())


def _may_stand_apart(form: str, entry: Entry) -> bool:
    return "glued" not in entry.context and (len(form) > 1 or form in _SPACED_LETTERS)


def _context_allows(ctx: Context, entry: Entry, end: int) -> bool:
    """Units that are more often something else (12A is a class) need one of their words nearby."""
    if "!" not in entry.context:
        return True
    wanted = [part[1:] for part in entry.context if part.startswith("~")]
    near = f"{ctx.left} {ctx.right(end)}"
    return any(word in near for word in wanted)


def say_unit(ctx: Context, entry: Entry, end: int) -> str:
    """The unit's words in the station's style; money said twice (5k đồng) is said once."""
    spoken = regional(entry.spoken_for(ctx.job.voice), ctx.style)
    if spoken.endswith(" đồng") and ctx.next_word(end) in ("đồng", "đ", "vnđ", "vnd"):
        spoken = spoken.removesuffix(" đồng")
    return spoken


def regional(spoken: str, style: Style) -> str:
    """A unit in the words of the region: ki lô gam may be ký, nghìn may be ngàn."""
    said = dict(style.regional_units).get(spoken, spoken)
    return said.replace("nghìn", style.thousand.value)
