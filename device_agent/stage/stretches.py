"""What sounded, stretch by stretch: of a file one at a time, of a relay one for each source that took its turn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from device_agent.playout.relaying import Sounded
from device_agent.playout.values import Sound, Suspended
from device_agent.sound.decoder import RATE
from device_agent.sound.port import Feed, Piece
from device_agent.sound.relay_feed import FILLER
from wire.messages import Reason, Stretch

_BLINK_MS = 50
"""Shorter pieces than this are seams, not sounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a sound, from its first sample: `before` is what the ledger knew of the relay it goes on with."""

    sound: Sound
    started_at: datetime
    feed: Feed | None = None
    before: Suspended | None = None

    def stretches(self, *, played_ms: int, ended_by: Reason | None = None) -> tuple[Stretch, ...]:
        """Return what has sounded of it when that much has passed; `ended_by` is what ended the last."""
        if self.feed is None or self.sound.airing is None:
            ended_at = self.started_at + timedelta(milliseconds=played_ms)
            return (
                Stretch(
                    started_at=self.started_at, ended_at=ended_at, from_ms=self.sound.from_ms, ended_by=ended_by
                ),
            )  # fmt: skip
        return tuple(self._of_feed(self.feed.pieces(), played_ms=played_ms, ended_by=ended_by))

    def sounded(self, *, played_ms: int) -> Sounded | None:
        """Return what the relay came to so far, all its runs together; None when it is no relay."""
        if self.feed is None:
            return None
        stream_ms = sum(
            _length_ms(piece, played_ms) for piece in self.feed.pieces() if piece.source not in {None, FILLER}
        )  # fmt: skip
        earlier_ms = self.before.position_ms if self.before is not None else 0
        return Sounded(
            stream_ms=earlier_ms + stream_ms,
            dead_ms=max(0, played_ms - stream_ms),
            detail=_told(self.feed),
            interrupted_by=self.before.reason if self.before is not None else None,
        )

    def _of_feed(self, pieces: Sequence[Piece], *, played_ms: int, ended_by: Reason | None) -> Iterator[Stretch]:
        sounding = [p for p in pieces if p.source is not None and _length_ms(p, played_ms) >= _BLINK_MS]
        for piece in sounding:
            begin = self.started_at + timedelta(seconds=piece.from_frame / RATE)
            end = begin + timedelta(milliseconds=_length_ms(piece, played_ms))
            is_filler = piece.source == FILLER
            cut_by = None if is_filler else Reason.RELAY_DEAD
            is_last = piece is pieces[-1] or piece.to_frame * 1000 // RATE >= played_ms
            slot_began_at = self.sound.airing.start_at if self.sound.airing is not None else self.started_at
            from_ms = max(0, round((begin - slot_began_at) / timedelta(milliseconds=1)))
            yield Stretch(
                started_at=begin, ended_at=end, from_ms=from_ms,
                ended_by=ended_by if is_last else cut_by, source=None if is_filler else piece.source,
            )  # fmt: skip


def _length_ms(piece: Piece, played_ms: int) -> int:
    until = min(piece.to_frame * 1000 // RATE, played_ms)
    return max(0, until - piece.from_frame * 1000 // RATE)


def _told(feed: Feed) -> str | None:
    """Return what was wrong with which source, for the report."""
    faults = feed.faults()
    return "; ".join(f"nguồn {url}: {why}" for url, why in faults.items())[:500] or None
