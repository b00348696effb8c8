"""What follows what within a session: items side by side where different clusters hear them, else one after another.

Times are whole milliseconds from the session's start, so that nothing rounds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from broadcaster.domain.week.ground import Mask

LEAD_MS = 150
"""Silence between two items: time for a box's player to have the next one ready, and well under what an ear notices."""
RELAY_LEAST_MS = 30_000
"""A relay that could sound for less than this is not begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A stretch, in milliseconds from the session's start, that something else takes on some clusters."""

    start_ms: int
    end_ms: int
    mask: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something to lay out: where it is heard and how long it takes. What is elastic may be cut, down to nothing."""

    mask: Mask
    ms: int
    elastic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Where an entry came to stand."""

    start_ms: int
    ms: int

    @property
    def end_ms(self) -> int:
        """Return when it is over."""
        return self.start_ms + self.ms


class Frontier:
    """When each cluster is free again."""

    __slots__ = ("_edge",)

    def __init__(self) -> None:
        """Begin with every cluster free."""
        self._edge: list[tuple[Mask, int]] = []

    def free_from(self, mask: Mask) -> int:
        """Return the first instant at which all of these clusters are free."""
        return max((end + LEAD_MS for held, end in self._edge if held & mask), default=0)

    def take(self, mask: Mask, end_ms: int) -> None:
        """Note that these clusters are taken until then."""
        others = [(held & ~mask, end) for held, end in self._edge if held & ~mask]
        self._edge = [*others, (mask, end_ms)]

    @property
    def end_ms(self) -> int:
        """Return when the last cluster is free."""
        return max((end for _, end in self._edge), default=0)


def lay_out(entries: Iterable[Entry], obstacles: Sequence[Obstacle]) -> tuple[list[Stretch], int]:
    """Return where each entry stands, in the given order, and when all is over. An entry of 0 ms takes nothing.

    The obstacles are in the order of their start.
    """
    frontier, placed = Frontier(), []
    for entry in entries:
        if not entry.ms:
            placed.append(Stretch(start_ms=0, ms=0))
            continue
        stretch = _clear_of(obstacles, entry, frontier.free_from(entry.mask))
        if stretch.ms:
            frontier.take(entry.mask, stretch.end_ms)
        placed.append(stretch)
    return placed, frontier.end_ms


def _clear_of(obstacles: Sequence[Obstacle], entry: Entry, start_ms: int) -> Stretch:
    """Return the first stretch from `start_ms` on that no obstacle touches."""
    for other in obstacles:
        taken = other.mask & entry.mask and start_ms < other.end_ms + LEAD_MS
        if not taken or start_ms + entry.ms + LEAD_MS <= other.start_ms:
            continue
        room = other.start_ms - LEAD_MS - start_ms
        if entry.elastic and room >= RELAY_LEAST_MS:
            return Stretch(start_ms=start_ms, ms=room)
        start_ms = other.end_ms + LEAD_MS
    return Stretch(start_ms=start_ms, ms=entry.ms)
