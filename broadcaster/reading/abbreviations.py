"""Written forms of the lexicon, chosen by the words around them, and abbreviations that a text explains itself."""

import re
from collections.abc import Iterator

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.conditions import weight_of
from broadcaster.reading.context import Context
from broadcaster.reading.lexicon import Entry, EntryKind
from broadcaster.reading.reading import SpanKind

_DEFINITION = re.compile(
    r"\((?: ?(?:gọi|viết)? ?(?:sau đây)? ?(?:gọi|viết) (?:tắt )?là:? )? ?[\"“]?([A-ZĐƯ][A-ZĐƯ0-9&\-]{1,14})[\"”]? ?\)"
)
_EXPLAINED_AFTER = re.compile(r"(?<!\w)([A-ZĐƯ]{2,12}) ?\(([^()\d]{6,80})\)")
_WORD = re.compile(r"[^\W\d_]+")
_SKIPPED = frozenset("và của về cho các trong với ở tại những".split())
_DEFAULT = 0.66


def learn(text: str) -> dict[str, str]:
    """Abbreviations that the text defines: `chuyển đổi số (CĐS)` and `CĐS (chuyển đổi số)`."""
    learnt: dict[str, str] = {}
    for match in _DEFINITION.finditer(text):
        words = _WORD.findall(text[max(0, match.start() - 90) : match.start()])
        phrase = _phrase_of(match.group(1), words)
        if phrase:
            learnt.setdefault(match.group(1), phrase)
    for match in _EXPLAINED_AFTER.finditer(text):
        words = _WORD.findall(match.group(2))
        phrase = _phrase_of(match.group(1), words)
        if phrase and len(phrase.split()) == len(words):
            learnt.setdefault(match.group(1), phrase)
    return learnt


def _phrase_of(short: str, words: list[str]) -> str:
    """The words at the end of `words` whose first letters make `short`, or an empty string."""
    letters = [letter for letter in short.lower() if letter.isalpha()]
    taken: list[str] = []
    position = len(words)
    while letters and position:
        position -= 1
        word = words[position].lower()
        if word[0] == letters[-1]:
            letters.pop()
        elif word not in _SKIPPED or not taken:
            return ""
        taken.append(word)
    return "" if letters or len(taken) < 2 else " ".join(reversed(taken))


def definition_at(ctx: Context) -> Candidate | None:
    """The bracket `(CĐS)` right after the words it abbreviates: said once, so here it is silent."""
    match = _DEFINITION.match(ctx.text, ctx.pos)
    if not match:
        return None
    short = match.group(1)
    known = [ctx.job.learnt.get(short, "")] + [entry.spoken for entry in ctx.job.lexicon.entries_for(short)]
    said = " ".join(_WORD.findall(ctx.left))
    if any(phrase and said.endswith(phrase.lower()) for phrase in known):
        return Candidate(end=match.end(), kind=SpanKind.DEFINITION, spoken="", weight=0.95, alternatives=(known[0],))
    return None


def candidates(ctx: Context, head: str) -> Iterator[Candidate]:
    """Guesses from the learnt abbreviations and the lexicon for forms that begin with this token."""
    learnt = ctx.job.learnt.get(head)
    if learnt and _ends_at(ctx.text, ctx.pos + len(head)):
        yield _learnt(ctx, head, learnt)
    for form in ctx.job.lexicon.forms_from(head):
        end = ctx.pos + len(form)
        if ctx.text.startswith(form, ctx.pos) and _ends_at(ctx.text, end, form):
            found = list(_weighed(ctx, form, end))
            yield from found
            if any(candidate.weight > 0.5 for candidate in found):
                return


def _learnt(ctx: Context, head: str, phrase: str) -> Candidate:
    """`CĐS`, or `CĐS (chuyển đổi số)` whole, so that it is said once."""
    end = ctx.pos + len(head)
    explained = _EXPLAINED_AFTER.match(ctx.text, ctx.pos)
    if explained and " ".join(_WORD.findall(explained.group(2))).lower() == phrase:
        end = explained.end()
    return Candidate(end=end, kind=SpanKind.ABBREVIATION, spoken=phrase, weight=0.98)


def _ends_at(text: str, end: int, form: str = "A") -> bool:
    """True when the form is not the beginning of a longer word; a digit glued to letters may follow (SĐT0912…)."""
    if end >= len(text) or not form[-1].isalnum():
        return True
    following = text[end]
    if following.isdigit():
        return form[-1].isalpha() and (len(form) > 2 or not form.isupper())
    return not (following.isalpha() or following == "_")


def _weighed(ctx: Context, form: str, end: int) -> Iterator[Candidate]:
    entries = ctx.job.lexicon.entries_for(form)
    several = len(entries) > 1
    others = tuple(entry.spoken for entry in entries) + ctx.job.lexicon.other_readings(form)
    exact = 0.08 if not form.isalpha() and len(form) > 1 else 0.0
    for order, entry in enumerate(entries):
        own = ctx.job.lexicon.is_own(entry)
        weight = 0.99 - order / 100 if own else _entry_weight(ctx, entry, end, several=several)
        if weight > 0:
            yield Candidate(
                end=end,
                kind=SpanKind.LOAN if entry.kind is EntryKind.NAME else SpanKind.ABBREVIATION,
                spoken=entry.spoken_for(ctx.job.voice),
                weight=min(weight + exact, 0.99) - order / 1000,
                alternatives=others,
            )


def _entry_weight(ctx: Context, entry: Entry, end: int, *, several: bool) -> float:
    """A condition that holds beside the form is worth most, then in its sentence, then anywhere in the text."""
    if not entry.context:
        return 0.8 if several else 0.9
    best = max((weight_of(ctx, condition, end) for condition in entry.context), default=0.0)
    if best:
        return best
    return 0.0 if "!" in entry.context else _DEFAULT if several else 0.78
