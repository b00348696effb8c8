"""The key fact of a bulletin, its time and place, said once more at the end."""

from bisect import bisect_left

from broadcaster.reading.reading import Segment, Sentence, Span, SpanKind
from broadcaster.reading.segments import PAUSE_MS
from broadcaster.reading.symbols import Break

_TIMES = frozenset((SpanKind.TIME, SpanKind.TIME_RANGE))
_DAYS = frozenset((SpanKind.DATE, SpanKind.DATE_RANGE))
_PLACES = (" tại ", " ở ", " đến nhà ", " địa điểm")
_AGAIN = "xin nhắc lại"


def repeated_key_fact(said: tuple[Sentence, ...], spans: list[Span], lowered: str) -> tuple[Sentence, ...]:
    """The sentence that tells most of time, day and place, behind `xin nhắc lại`; nothing when none tells a time."""
    told = [span for span in spans if span.kind in _TIMES | _DAYS]
    starts = [span.start for span in told]
    scored = []
    for order, sentence in enumerate(said):
        here = told[bisect_left(starts, sentence.start) : bisect_left(starts, sentence.end)]
        scored.append((_score(sentence, here, lowered), -order))
    if not scored or max(scored)[0] < 2:
        return ()
    sentence = said[-max(scored)[1]]
    again = Segment(spoken=_AGAIN, pause_ms=PAUSE_MS[Break.COMMA])
    return (Sentence(start=sentence.start, end=sentence.end, segments=(again, *sentence.segments)),)


def _score(sentence: Sentence, spans: list[Span], lowered: str) -> int:
    kinds = {span.kind for span in spans}
    timed, dated = bool(kinds & _TIMES), bool(kinds & _DAYS)
    if not (timed or dated):
        return 0
    placed = any(place in lowered[sentence.start : sentence.end] for place in _PLACES)
    return 2 * timed + dated + placed
