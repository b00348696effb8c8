"""What written forms stand for: the house lexicon, and a station's own entries over it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from importlib.resources import files

_HEAD = re.compile(r"[^\W\d_]+|\d+|.", re.DOTALL)
ANY_VOICE = "*"
_AS_WRITTEN = "="
_COLUMNS = 5


class EntryKind(StrEnum):
    """What sort of written form an entry explains."""

    ABBREVIATION = "abbreviation"
    UNIT = "unit"
    LOAN = "loan"
    DOCTYPE = "doctype"
    ISSUER = "issuer"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One written form and how it is said.

    `context` holds conditions, any of which speaks for this entry: `>từ` follows, `<từ` precedes, `~từ` stands
    anywhere, `#` a number follows, `@` a number precedes, `+` a telephone number follows, `^` a capitalised word
    follows, `!` never without one of the others.
    `respellings` are pairs (voice, how to write it for that voice); the voice `*` is any.
    """

    written: str
    spoken: str
    kind: EntryKind = EntryKind.ABBREVIATION
    context: tuple[str, ...] = ()
    respellings: tuple[tuple[str, str], ...] = ()

    def spoken_for(self, voice: str | None) -> str:
        """The words for a voice; without one, or without a respelling for it, the plain spoken form."""
        if voice is None:
            return self.spoken
        known = dict(self.respellings)
        return known.get(voice) or known.get(ANY_VOICE) or self.spoken


class LexiconError(ValueError):
    """A line of a lexicon file cannot be understood."""

    def __init__(self, *, line: int, reason: str) -> None:
        self.line = line
        super().__init__(f"lexicon line {line}: {reason}")


class Lexicon:
    """Entries by written form. Entries that come later in the arguments of `with_entries` win over the house's."""

    def __init__(self, entries: Iterable[Entry], *, own: Iterable[Entry] = ()) -> None:
        self._house = tuple(entries)
        self._own = tuple(own)
        self._own_entries = frozenset(self._own)
        own_forms = {entry.written for entry in self._own}
        self.entries = (*self._own, *(entry for entry in self._house if entry.written not in own_forms))
        self._by_form = _grouped(self.entries)
        self._heads = _heads(self._by_form)
        self._replaced = _grouped(entry for entry in self._house if entry.written in own_forms)

    def with_entries(self, entries: Iterable[Entry]) -> "Lexicon":
        """A lexicon in which these entries of a station win over what was there."""
        return Lexicon(self._house, own=(*entries, *self._own))

    def forms_from(self, head: str) -> tuple[str, ...]:
        """Written forms of any length that begin with this token, the longest first."""
        return self._heads.get(head, ())

    def names_code(self, text: str, pos: int, head: str) -> bool:
        """True when a form with digits or marks in it (ĐH18, QP-AN) stands in the text at this position."""
        return any(text.startswith(form, pos) for form in self.forms_from(head) if not form.isalpha())

    def entries_for(self, written: str) -> tuple[Entry, ...]:
        """The entries of exactly this written form, in order of the file."""
        return self._by_form.get(written, ())

    def other_readings(self, written: str) -> tuple[str, ...]:
        """What the house would have said where a station's own entry stands."""
        return tuple(entry.spoken for entry in self._replaced.get(written, ()))

    def is_own(self, entry: Entry) -> bool:
        """True for a station's own entry."""
        return entry in self._own_entries

    @cached_property
    def units(self) -> dict[str, Entry]:
        """Units of measure and money by written form."""
        return {entry.written: entry for entry in reversed(self.entries) if entry.kind is EntryKind.UNIT}

    @cached_property
    def units_folded(self) -> dict[str, Entry]:
        """Units of two letters and more, whatever their case: 5 KG."""
        lower = ((form, entry) for form, entry in reversed(self.units.items()) if form.islower() and len(form) > 1)
        return dict(lower)

    @cached_property
    def doctypes(self) -> dict[str, str]:
        """Types of documents by the letters in their numbers: TB is thông báo."""
        return {entry.written: entry.spoken for entry in reversed(self.entries) if entry.kind is EntryKind.DOCTYPE}

    @cached_property
    def issuers(self) -> dict[str, str]:
        """Issuers of documents by the letters in their numbers."""
        return {entry.written: entry.spoken for entry in reversed(self.entries) if entry.kind is EntryKind.ISSUER}

    @cached_property
    def loans(self) -> dict[str, Entry]:
        """Loan words by case-folded form."""
        return {entry.written.casefold(): entry for entry in reversed(self.entries) if entry.kind is EntryKind.LOAN}

    @cached_property
    def loan_forms(self) -> frozenset[str]:
        """The case-folded loan words of four letters and more: the ones that may be glued to a neighbour."""
        return frozenset(form for form in self.loans if len(form) > 3 and form.isalpha())


def _grouped(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    """Entries that are looked up by form; units and parts of document numbers have tables of their own."""
    grouped: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.kind in (EntryKind.ABBREVIATION, EntryKind.NAME):
            grouped.setdefault(entry.written, []).append(entry)
    return {form: tuple(same) for form, same in grouped.items()}


def _heads(forms: Iterable[str]) -> dict[str, tuple[str, ...]]:
    heads: dict[str, list[str]] = {}
    for form in forms:
        match = _HEAD.match(form)
        if match:
            heads.setdefault(match.group(), []).append(form)
    return {head: tuple(sorted(same, key=len, reverse=True)) for head, same in heads.items()}


def parse_lexicon(text: str) -> tuple[Entry, ...]:
    """Entries of a lexicon file: five columns with tabs between, `#` begins a comment line.

    Raises:
        LexiconError: a line has too few columns or an unknown kind.
    """
    lines = enumerate(text.splitlines(), start=1)
    return tuple(_parse_line(line, number) for number, line in lines if line.strip() and not line.startswith("#"))


def _parse_line(line: str, number: int) -> Entry:
    columns = [column.strip() for column in line.split("\t")]
    columns += [""] * (_COLUMNS - len(columns))
    written, spoken, kind, context, respellings = columns[:_COLUMNS]
    if not written or not spoken:
        raise LexiconError(line=number, reason="written or spoken form is missing")
    if kind and kind not in {known.value for known in EntryKind}:
        raise LexiconError(line=number, reason=f"unknown kind {kind!r}")
    return Entry(
        written=written,
        spoken=written if spoken == _AS_WRITTEN else spoken,
        kind=EntryKind(kind) if kind else EntryKind.ABBREVIATION,
        context=tuple(part.strip() for part in context.split(";") if part.strip()),
        respellings=_parse_respellings(respellings, number),
    )


def _parse_respellings(column: str, number: int) -> tuple[tuple[str, str], ...]:
    pairs = [part.partition("=") for part in column.split(";") if part.strip()]
    if any(not voice.strip() or not said.strip() for voice, _, said in pairs):
        raise LexiconError(line=number, reason="a respelling is voice=words")
    return tuple((voice.strip(), said.strip()) for voice, _, said in pairs)


@cache
def house_lexicon() -> Lexicon:
    """The lexicon that every station starts from; read once."""
    return Lexicon(parse_lexicon(files("broadcaster.reading").joinpath("lexicon.tsv").read_text(encoding="utf-8")))
