"""How a siren's pattern goes: where its strokes begin and end, and how long it sounds. Arithmetic only, no samples."""

from collections.abc import Iterable, Iterator

from wire.messages import Burst

Pattern = tuple[Burst, ...]


def strokes(pattern: Iterable[Burst]) -> Iterator[tuple[int, int]]:
    """Return where each stroke begins and ends, in milliseconds from the pattern's beginning."""
    at_ms = 0
    for burst in pattern:
        for _ in range(burst.times):
            yield at_ms, at_ms + burst.on_ms
            at_ms += burst.on_ms + burst.off_ms


def length_ms(pattern: Iterable[Burst]) -> int:
    """Return how long the pattern sounds, to the end of its last stroke: speech follows there without a gap."""
    return max((end_ms for _, end_ms in strokes(pattern)), default=0)


def rest_ms(pattern: Pattern) -> int:
    """Return the silence behind the last stroke, kept when the pattern begins again."""
    return pattern[-1].off_ms if pattern else 0


def stroke_end_ms(pattern: Pattern, position_ms: float) -> float:
    """Return where the stroke that sounds at this position ends; the position itself where all is silent."""
    return next((float(end) for begin, end in strokes(pattern) if begin <= position_ms < end), position_ms)
