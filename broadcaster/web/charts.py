"""Bars as the report's page draws them: every coordinate is worked out here, the template only writes them down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 480, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 4, 16, 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """An upright bar, what is written below it if anything, and what a pointing hand is told."""

    x: float
    y: float
    width: float
    height: float
    label: str
    label_x: float
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A line of the scale."""

    y: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """A drawing of WIDTH by HEIGHT."""

    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    label_y: int = HEIGHT - 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A lying bar of `percent` of its room, between a label and a value that stand in the page's own letters."""

    label: str
    value: str
    percent: float


def columns(values: Sequence[tuple[str, float]], *, said: Callable[[str, float], str], every: int = 5) -> Columns:
    """Return upright bars, one for each (label, value); the first and every so many labels are written below them."""
    top = _round_up(max((value for _, value in values), default=0))
    room, base = HEIGHT - _TOP - _BOTTOM, HEIGHT - _BOTTOM
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(values))
    bars = tuple(
        Column(
            x=_tenth(_LEFT + n * step + step * 0.15),
            y=_tenth(base - room * value / top),
            width=_tenth(step * 0.7),
            height=_tenth(room * value / top),
            label=label if n == 0 or (n + 1) % every == 0 else "",
            label_x=_tenth(_LEFT + n * step + step / 2),
            said=said(label, value),
        )
        for n, (label, value) in enumerate(values)
    )
    ticks = tuple(Tick(y=_tenth(base - room * part), text=_figure(top * part)) for part in (0, 0.5, 1))
    return Columns(columns=bars, ticks=ticks)


def strokes(values: Sequence[tuple[str, float, str]], *, whole: float | None = None) -> tuple[Stroke, ...]:
    """Return lying bars for each (label, value, value as text), against `whole` or the longest of them."""
    longest = whole or max((value for _, value, _ in values), default=0) or 1
    return tuple(
        Stroke(label=label, value=text, percent=_tenth(100 * min(value, longest) / longest))
        for label, value, text in values
    )


def _round_up(value: float) -> float:
    """Return a figure at which a scale may end: 1, 2 or 5 times a power of ten, at least 1."""
    step = 1.0
    while True:
        for factor in (1, 2, 5):
            if step * factor >= value:
                return step * factor
        step *= 10


def _figure(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _tenth(value: float) -> float:
    return round(value, 1)
