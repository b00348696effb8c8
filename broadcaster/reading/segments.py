"""Speech shaped for horns: items become clauses and sentences with the silence that lets an echo die away."""

import re
from dataclasses import dataclass

from broadcaster.reading.reading import Segment, Sentence
from broadcaster.reading.symbols import Break

PAUSE_MS = {
    Break.NONE: 0, Break.TINY: 150, Break.COMMA: 250, Break.CLAUSE: 400, Break.SENTENCE: 700, Break.PARAGRAPH: 1000,
}  # fmt: skip
# A listener far from the horn loses a clause much longer than this.
_LONG_CLAUSE = 24
_LONG_NUMBER = 7
_AFTER_GROUP = re.compile(r"\b(tỷ|triệu) (?=\S+ \S+ \S+)")
_JOINING = frozenset("và hoặc nhưng để do vì khi nếu tại nhằm".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing in order: words to say, or a break. A break says nothing; words break nothing."""

    start: int
    end: int
    spoken: str = ""
    pause: Break = Break.NONE
    is_number: bool = False


def sentences(items: list[Item]) -> tuple[Sentence, ...]:
    """Sentences in order; those without a word are dropped."""
    found: list[Sentence] = []
    current: list[Item] = []
    for item in items:
        current.append(item)
        if item.pause >= Break.SENTENCE:
            found += _sentence(current)
            current = []
    found += _sentence(current)
    return tuple(found)


def _sentence(items: list[Item]) -> list[Sentence]:
    segments = _segments(items)
    if not segments:
        return []
    worded = [item for item in items if item.spoken]
    return [Sentence(start=worded[0].start, end=worded[-1].end, segments=tuple(segments))]


def _segments(items: list[Item]) -> list[Segment]:
    """Clauses with the longest of the breaks that follow each."""
    segments: list[Segment] = []
    words: list[str] = []
    for item in items:
        if item.pause:
            _close(segments, words, item.pause)
        elif item.spoken:
            *heads, last = _clauses_of(item)
            for head in heads:
                words.append(head)
                _close(segments, words, Break.TINY)
            words.append(last)
    _close(segments, words, Break.SENTENCE)
    return segments


def _clauses_of(item: Item) -> list[str]:
    """The parts of one item: at its commas, and a long number after its billions and millions."""
    spoken = item.spoken
    if item.is_number and spoken.count(" ") >= _LONG_NUMBER:
        spoken = _AFTER_GROUP.sub(r"\1, ", spoken)
    return [part for part in (piece.strip() for piece in spoken.split(",")) if part] or [""]


def _close(segments: list[Segment], words: list[str], pause: Break) -> None:
    """End a clause; a break right after a break only lengthens the silence."""
    if words:
        *heads, last = _cut_long(words)
        segments += [Segment(spoken=" ".join(head), pause_ms=PAUSE_MS[Break.TINY]) for head in heads]
        segments.append(Segment(spoken=" ".join(last), pause_ms=PAUSE_MS[pause]))
        words.clear()
    elif segments and segments[-1].pause_ms < PAUSE_MS[pause]:
        segments[-1] = Segment(spoken=segments[-1].spoken, pause_ms=PAUSE_MS[pause])


def _cut_long(words: list[str]) -> list[list[str]]:
    """A clause too long for one breath, cut before a joining word nearest its middle."""
    if len(words) <= _LONG_CLAUSE:
        return [words]
    middle = len(words) // 2
    joints = [at for at in range(6, len(words) - 5) if words[at] in _JOINING]
    if not joints:
        return [words]
    at = min(joints, key=lambda joint: abs(joint - middle))
    return [*_cut_long(words[:at]), *_cut_long(words[at:])]
