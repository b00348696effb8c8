"""How much may be on the way to the box at once, so that nothing urgent waits behind it. Pure.

A connection delivers in its order: an alert waits until every chunk that was asked for before it has come through. On
a line of 64 kbit/s a chunk takes eight seconds, so there it is one at a time; on a good one as many as are useful.
"""

AHEAD_S = 2.0
"""So much of the line's time may be spoken for."""
MOST = 8
"""Half a megabyte on the way, whatever the size of the file."""
AT_FIRST = 2
"""As long as nothing is known of the line."""
PATIENCE_S = 5.0


class Pace:
    """Learns from how long one answer takes once the line is free for it."""

    def __init__(self) -> None:
        self._last_at = float("-inf")
        self._takes_s: float | None = None

    @property
    def window(self) -> int:
        """Return how many questions may be open."""
        if self._takes_s is None:
            return AT_FIRST
        return max(1, min(MOST, int(AHEAD_S / self._takes_s))) if self._takes_s > 0 else MOST

    @property
    def patience_s(self) -> float:
        """Return how long an answer may take before it is to be thought that there is none yet."""
        return max(PATIENCE_S, 2 * (self._takes_s or 0.0))

    def answered(self, *, asked_at: float, now: float) -> None:
        """Take note of an answer: the line was busy with it since the one before, or since it was asked for."""
        self._takes_s = max(0.0, now - max(asked_at, self._last_at))
        self._last_at = now
