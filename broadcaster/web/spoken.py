"""A reading as the page shows it: the words to say line by line, with what was changed and what is unsure marked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from broadcaster.reading.reading import Choice, Reading, Sentence, Span
from broadcaster.web.forms import choice_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to say a stretch; `value` is the `choice` field that asks for it."""

    spoken: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Words to say. `kind` is plain, changed (not said as written) or unsure (an officer should settle it)."""

    kind: str
    text: str
    written: str = ""
    occurrence: int = 0
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """All that the page says about a reading."""

    lines: tuple[tuple[Piece, ...], ...]
    notices: tuple[str, ...]
    unsure_count: int
    chosen: tuple[tuple[Choice, str], ...]
    """What the officer chose, each with its `choice` field."""


def spoken(reading: Reading, choices: Sequence[Choice] = ()) -> Spoken:
    """Return a reading for the page."""
    numbered = tuple(_numbered(reading.spans))
    return Spoken(
        lines=tuple(tuple(_pieces(sentence, numbered)) for sentence in reading.sentences),
        notices=tuple(notice.message for notice in reading.notices),
        unsure_count=len(reading.unsure),
        chosen=tuple((choice, choice_json(choice)) for choice in choices),
    )


def with_choice(choices: Sequence[Choice], new: Choice) -> tuple[Choice, ...]:
    """Return the choices with a new one in the place of an older one for the same stretch."""
    kept = (c for c in choices if (c.written, c.occurrence) != (new.written, new.occurrence))
    return (*kept, new)


def _numbered(spans: Sequence[Span]) -> Iterator[tuple[Span, int]]:
    """Yield each span with how many spans of the same writing stand before it."""
    seen: dict[str, int] = {}
    for span in spans:
        yield span, seen.get(span.written, 0)
        seen[span.written] = seen.get(span.written, 0) + 1


def _pieces(sentence: Sentence, numbered: Sequence[tuple[Span, int]]) -> Iterator[Piece]:
    """Yield a sentence's words; a span whose words are not found in it is shown behind it rather than dropped."""
    text, cursor, lost = sentence.spoken, 0, []
    for span, occurrence in numbered:
        if not (sentence.start <= span.start and span.end <= sentence.end) or not span.spoken:
            continue
        at = _find_words(text, span.spoken.replace(",", ""), cursor)
        if at is None:
            lost.append(_piece(span, occurrence))
            continue
        if text[cursor : at[0]].strip():
            yield Piece(kind="plain", text=text[cursor : at[0]])
        yield _piece(span, occurrence)
        cursor = at[1]
    if text[cursor:].strip():
        yield Piece(kind="plain", text=text[cursor:])
    yield from (piece for piece in lost if piece.kind == "unsure")


def _find_words(text: str, wanted: str, start: int) -> tuple[int, int] | None:
    """Return where whole words stand in a text from `start` on, or None."""
    at = text.find(wanted, start)
    while at >= 0:
        end = at + len(wanted)
        if (at == 0 or text[at - 1] == " ") and (end == len(text) or text[end] == " "):
            return at, end
        at = text.find(wanted, at + 1)
    return None


def _piece(span: Span, occurrence: int) -> Piece:
    ways = dict.fromkeys((span.spoken, *span.alternatives))
    options = (
        Option(spoken=way, value=choice_json(Choice(written=span.written, occurrence=occurrence, spoken=way)))
        for way in ways
        if way
    )
    return Piece(
        kind="unsure" if span.unsure else "changed",
        text=span.spoken,
        written=span.written,
        occurrence=occurrence,
        options=tuple(options),
    )
