"""Walks over a text once, from left to right, and settles each token by its candidates."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from broadcaster.reading import (
    abbreviations,
    addresses,
    amounts,
    capitals,
    clocks,
    codes,
    dateranges,
    dates,
    ordinals,
    phones,
    ratios,
    roads,
    romans,
    symbols,
    words,
)
from broadcaster.reading.candidates import Candidate, Chosen, choose
from broadcaster.reading.context import Context, Job
from broadcaster.reading.labels import label_at
from broadcaster.reading.layout import Block
from broadcaster.reading.numbers import say_digits
from broadcaster.reading.reading import UNSURE_BELOW, Notice, NoticeKind, Span, SpanKind
from broadcaster.reading.segments import Item
from broadcaster.reading.symbols import BREAKS, Break
from broadcaster.reading.tokens import TokenKind, match_token

_NUMBER_SHAPES = (clocks, dates, dateranges, ratios, phones, codes, ordinals, amounts)
_LONG_KINDS = frozenset((SpanKind.CARDINAL, SpanKind.MONEY, SpanKind.DECIMAL, SpanKind.MEASURE))
# A Roman numeral as sure as this leaves no room for a word in capitals.
_CALLED_FOR = 0.95
_SUSPECT_KINDS = {
    SpanKind.SUSPECT: "“{word}” có thể viết sai chính tả.",
    SpanKind.GLUED: "“{word}” có vẻ bị dính chữ, đọc là “{said}”.",
    SpanKind.LEFT_OUT: "Ký hiệu “{word}” không đọc được nên bị bỏ qua.",
}


class Scanner:
    """Collects the items to say, the spans not said as written, and the notices of one text."""

    def __init__(self, job: Job, decisions: Mapping[tuple[str, int], str], *, words_only: Callable[[str], str]) -> None:
        self.items: list[Item] = []
        self.spans: list[Span] = []
        self.notices: list[Notice] = []
        self._job = job
        self._words_only = words_only
        self._decisions = decisions
        self._seen: dict[str, int] = {}
        self._plain: set[str] = set()

    def scan(self, block: Block) -> None:
        """Read one block, or set it aside."""
        if block.reason is not None:
            self._set_aside(block)
            return
        text, pos, plain = self._job.text, block.start, self._plain
        while pos < block.end:
            token = match_token(text, pos)
            if token is None:
                break
            kind, end = token.lastgroup, token.end()
            if kind == TokenKind.WORD:
                word = token.group()
                if word in plain:
                    self.items.append(Item(start=pos, end=end, spoken=word))
                else:
                    end = self._word(word, pos)
            elif kind != TokenKind.SPACE:
                end = self._other(kind or "", token.group(), pos)
            pos = end
        self._pause(block.end, block.end, Break.PARAGRAPH)

    def _set_aside(self, block: Block) -> None:
        written = self._job.text[block.start : block.end]
        self._span(block.start, block.end, Chosen(
            candidate=Candidate(end=block.end, kind=SpanKind.LEFT_OUT, spoken="", weight=1.0),
            confidence=1.0, alternatives=(),
        ))  # fmt: skip
        message = f"{block.reason}: “{_shortened(written)}”."
        self.notices.append(Notice(kind=NoticeKind.LEFT_OUT, start=block.start, end=block.end, message=message))

    def _other(self, kind: str, written: str, pos: int) -> int:
        end = pos + len(written)
        if kind == TokenKind.NUMBER:
            return self._number(pos)
        if kind in (TokenKind.EMAIL, TokenKind.URL):
            return self._address(written, pos, email=kind == TokenKind.EMAIL)
        if kind == TokenKind.NEWLINE:
            return self._pause(pos, end, Break.PARAGRAPH)
        if kind == TokenKind.DOTS:
            return self._pause(pos, end, Break.CLAUSE)
        if kind == TokenKind.END:
            return self._pause(pos, end, Break.SENTENCE)
        return self._mark(written, pos)

    def _word(self, word: str, pos: int) -> int:
        end = pos + len(word)
        if words.is_plain(word) and not self._is_special(word):
            self._plain.add(word)
        else:
            chosen = choose(self._word_candidates(Context(self._job, pos), word))
            if chosen is not None:
                return self._emit(pos, chosen)
        spoken = word.lower() if capitals.is_shouted(word) else word
        self.items.append(Item(start=pos, end=end, spoken=spoken))
        return end

    def _is_special(self, word: str) -> bool:
        """True for words whose reading may change from place to place."""
        job = self._job
        lexicon, lower = job.lexicon, word.casefold()
        return (
            word in job.learnt
            or bool(lexicon.forms_from(word))
            or word in lexicon.units
            or lower in lexicon.units_folded
            or (job.voice is not None and lower in lexicon.loans)
        )

    def _word_candidates(self, ctx: Context, word: str) -> Iterator[Candidate]:
        text, end = ctx.text, ctx.pos + len(word)
        behind = bool(ctx.pos) and text[ctx.pos - 1] in "/ ("
        if behind or word in symbols.UNITS_NO_WORD or text[end : end + 1] in ("2", "3", "²", "³"):
            yield from symbols.unit_alone(ctx)
        if len(word) == 1:
            label = label_at(ctx)
            if label:
                yield label
            yield from symbols.candidates(ctx, word)
        if self._job.learnt or self._job.lexicon.forms_from(word):
            yield from abbreviations.candidates(ctx, word)
        lower = word.lower()
        if lower == "km":
            yield from roads.candidates(ctx)
        if word != lower:
            yield from self._capital_candidates(ctx, word, text[end : end + 3])
        if not words.is_plain(word):
            yield from words.candidates(ctx, word)
        if self._job.voice is not None:
            loan = words.loan_candidate(ctx, word)
            if loan:
                yield loan

    def _capital_candidates(self, ctx: Context, word: str, following: str) -> Iterator[Candidate]:
        if following and (following[0] in ".-/&" or following.lstrip()[:1].isdigit()):
            yield from ordinals.short_names(ctx)
            if not self._job.lexicon.names_code(ctx.text, ctx.pos, word):
                yield from capitals.codes_at(ctx)
            if following[0].isdigit():
                return
        if word.isupper():
            numerals = list(romans.candidates(ctx))
            yield from numerals
            called_for = any(numeral.weight >= _CALLED_FOR for numeral in numerals)
            if not called_for and word.casefold() not in self._job.lexicon.loans:
                yield from capitals.candidates(ctx, word)

    def _number(self, pos: int) -> int:
        ctx = Context(self._job, pos)
        label = label_at(ctx)
        found = [label] if label else []
        head = ctx.text[pos : pos + 24]
        digits = head[: len(head) - len(head.lstrip("0123456789"))]
        if self._job.lexicon.forms_from(digits):
            found += abbreviations.candidates(ctx, digits)
        for shape in _NUMBER_SHAPES:
            found += shape.candidates(ctx)
        chosen = choose(found)
        if chosen is None:
            fallback = Candidate(end=pos + 1, kind=SpanKind.DIGITS, spoken=say_digits(head[0]), weight=0.3)
            chosen = Chosen(candidate=fallback, confidence=0.3, alternatives=())
        return self._emit(pos, chosen)

    def _address(self, written: str, pos: int, *, email: bool) -> int:
        trimmed = addresses.trim(written)
        candidate = addresses.candidate(Context(self._job, pos), trimmed, email=email)
        return self._emit(pos, Chosen(candidate=candidate, confidence=candidate.weight, alternatives=()))

    def _mark(self, mark: str, pos: int) -> int:
        ctx = Context(self._job, pos)
        found = list(symbols.candidates(ctx, mark))
        if mark in "(+":
            found += phones.candidates(ctx)
        if mark == "(":
            definition = abbreviations.definition_at(ctx)
            found += [definition] if definition else []
        chosen = choose(found)
        if chosen is not None:
            return self._emit(pos, chosen)
        if mark in BREAKS:
            return self._pause(pos, pos + 1, symbols.break_at(ctx, mark))
        if not symbols.is_silent(mark):
            candidate = Candidate(end=pos + 1, kind=SpanKind.LEFT_OUT, spoken="", weight=1.0)
            return self._emit(pos, Chosen(candidate=candidate, confidence=1.0, alternatives=()))
        if mark == "-" and symbols.is_free_dash(ctx):
            return self._pause(pos, pos + 1, Break.COMMA)
        return pos + 1

    def _pause(self, start: int, end: int, pause: Break) -> int:
        if pause:
            self.items.append(Item(start=start, end=end, pause=pause))
        return end

    def _emit(self, start: int, chosen: Chosen) -> int:
        """Take a settled candidate: its words are said and, if they differ from the writing, shown as a span."""
        candidate = chosen.candidate
        written = self._job.text[start : candidate.end]
        spoken = candidate.spoken
        if candidate.kind is SpanKind.ABBREVIATION and start:
            chosen = self._said_once(start, chosen)
            spoken = chosen.candidate.spoken
        if candidate.kind is SpanKind.LETTERS and spoken.casefold() == written.casefold() and written != "I":
            spoken = written
        if spoken.casefold() != written.casefold() or chosen.confidence < UNSURE_BELOW:
            spoken = self._span(start, candidate.end, chosen)
        is_number = candidate.kind in _LONG_KINDS
        self.items.append(Item(start=start, end=candidate.end, spoken=spoken, is_number=is_number))
        return candidate.end

    def _span(self, start: int, end: int, chosen: Chosen) -> str:
        """Record a span, with the officer's decision if there is one; returns what is said."""
        written = self._job.text[start:end]
        occurrence = self._seen.get(written, 0)
        self._seen[written] = occurrence + 1
        spoken, confidence = self._in_words(chosen.candidate.spoken), chosen.confidence
        others = [*chosen.alternatives]
        decided = self._decisions.get((written, occurrence))
        if decided is not None:
            others.append(spoken)
            spoken, confidence = decided, 1.0
        shown = _without_commas(spoken)
        alternatives = tuple(
            dict.fromkeys(_without_commas(self._in_words(other)) for other in others if other != spoken)
        )
        self.spans.append(Span(
            start=start, end=end, written=written, kind=chosen.candidate.kind, spoken=shown, confidence=confidence,
            alternatives=alternatives,
        ))  # fmt: skip
        self._notify(start, end, written, shown, chosen.candidate.kind)
        return spoken

    def _said_once(self, start: int, chosen: Chosen) -> Chosen:
        """`Thuế VAT` is thuế giá trị gia tăng: words that stand before the abbreviation are not said again."""
        before = self._job.text[max(0, start - 32) : start].lower().split(" ")[:-1][-3:]
        said = chosen.candidate.spoken.split(" ")
        for count in range(min(len(before), len(said) - 1), 0, -1):
            if [word.lower() for word in said[:count]] == before[-count:]:
                rest = " ".join(said[count:])
                return replace(chosen, candidate=replace(chosen.candidate, spoken=rest))
        return chosen

    def _in_words(self, spoken: str) -> str:
        """A station's own entry may have been typed with digits or signs."""
        bare = spoken.replace(" ", "").replace(",", "")
        return spoken if not bare or bare.isalpha() else self._words_only(spoken)

    def _notify(self, start: int, end: int, written: str, said: str, kind: SpanKind) -> None:
        message = _SUSPECT_KINDS.get(kind)
        if message is None or (kind is SpanKind.LEFT_OUT and len(written) > 2):
            return
        notice = NoticeKind.LEFT_OUT if kind is SpanKind.LEFT_OUT else NoticeKind.SUSPECT_WORD
        self.notices.append(Notice(kind=notice, start=start, end=end, message=message.format(word=written, said=said)))


def _without_commas(spoken: str) -> str:
    return " ".join(spoken.replace(",", " ").split())


def _shortened(written: str, longest: int = 60) -> str:
    flat = " ".join(written.split())
    return flat if len(flat) <= longest else flat[:longest].rsplit(" ", 1)[0] + "…"
