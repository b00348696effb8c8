"""Which of a relay's sources is on the air: the rule by which a dead one gives way to the next, and all of them to the
filler. Pure: it is told what is seen and answers what shall be; who connects and decodes is nobody's business here."""

from dataclasses import dataclass, replace
from enum import Enum, auto

AGAIN_MS = 3_000
"""The pause before the sources are tried again from the first, when every one of them has just failed."""
PATIENCE_MS = 3_000
"""So long a listener may wait for the next source; then the filler covers the gap while it is still looked for."""


class Line(Enum):
    """What is known of one connection to a source."""

    WAITING = auto()  # nothing can be said yet
    SOUNDING = auto()  # there is sound, and enough of it to begin with
    DEAD = auto()  # refused, ended, too slow, or silent for too long


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRule:
    """What the plan says: how many sources, how much dead air is too much, and whether there is a filler."""

    sources: int
    silence_ms: int
    has_filler: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is seen at an instant: the line that is on the air, the one being tried, and since when nothing sounds.

    `quiet_ms` counts dead air of what is on the air, whatever the cause; the filler is no sound in this sense.
    """

    at_ms: int
    quiet_ms: int
    on_air: Line = Line.WAITING
    tried: Line = Line.WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What shall be: the source on the air (None: the filler if `fills`, else silence), and the one to be tried.

    `failures` counts the sources that failed since one of them sounded. What is to be tried waits until `try_at_ms`.
    """

    on_air: int | None = None
    trying: int | None = 0
    fills: bool = False
    failures: int = 0
    try_at_ms: int = 0

    def after(self, seen: Seen, rule: SourceRule) -> "Sources":
        """Return what shall be now. Asked twice with nothing new seen, it answers the same."""
        if self.on_air is not None:
            if seen.on_air is not Line.DEAD and seen.quiet_ms < rule.silence_ms:
                return self
            return replace(self, on_air=None)._past(self.on_air, seen, rule)._filled(seen, rule)
        if self.trying is not None and seen.at_ms >= self.try_at_ms:
            if seen.tried is Line.SOUNDING:
                return Sources(on_air=self.trying, trying=None)
            if seen.tried is Line.DEAD:
                return self._past(self.trying, seen, rule)._filled(seen, rule)
        return self._filled(seen, rule)

    def _past(self, failed: int, seen: Seen, rule: SourceRule) -> "Sources":
        """Return the state in which the source after the failed one is tried; after a whole round, a little later."""
        failures = self.failures + 1
        wait_ms = AGAIN_MS if failures % rule.sources == 0 else 0
        return replace(
            self, trying=(failed + 1) % rule.sources, failures=failures, try_at_ms=seen.at_ms + wait_ms
        )  # fmt: skip

    def _filled(self, seen: Seen, rule: SourceRule) -> "Sources":
        if self.fills or not rule.has_filler:
            return self
        all_failed = self.failures >= rule.sources and seen.quiet_ms >= PATIENCE_MS
        too_long = seen.quiet_ms >= rule.silence_ms + PATIENCE_MS
        return replace(self, fills=True) if all_failed or too_long else self
