"""Relays (tiếp sóng): when one comes in and where it ends, how it ranks, and what it came to.

A relay is what is on the air at that time: it begins late wherever the stream is by then, goes on after every
interruption, and ends hard when its slot does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from device_agent.playout.values import RANK_OF, Rank
from wire.messages import AfterInterruption, Outcome, PlannedAiring, Reason, Relay, Together

PLAYED_SHARE = 0.8
"""A relay was played when its stream, not the filler, sounded for so much of its slot."""
LEAST_REST_MS = 2_000
"""With less of the slot left, or less than half of a short one, it is not worth beginning."""
_FINE_GRID_MS = 1_000
_COARSE_GRID_MS = 5_000
_FINE_UNTIL_MS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounded:
    """What a relay came to: how long its sources sounded in all, how long it was on the air with none of them, what
    is to be said of them, and what interrupted it before."""

    stream_ms: int
    dead_ms: int = 0
    detail: str | None = None
    interrupted_by: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome of a relay, and why it was not simply played."""

    outcome: Outcome
    reason: Reason | None = None
    detail: str | None = None


def line_of(relay: Relay) -> str:
    """Return what tells one relay from a changed one."""
    told = f"{relay.urls} {relay.duration_ms} {relay.silence_ms}"
    return f"relay-{crc32(told.encode()):08x}"


def rank_of(airing: PlannedAiring) -> Rank:
    """Return who it gives way to: an ordinary relay goes over ordinary recordings, and below priority."""
    rank = RANK_OF[airing.priority]
    return Rank.RELAY if airing.relay is not None and rank is Rank.ORDINARY else rank


def slot_end(airing: PlannedAiring) -> datetime:
    """Return when its slot is over."""
    return airing.start_at + timedelta(milliseconds=airing.duration_ms)


def is_over(airing: PlannedAiring, now: datetime) -> bool:
    """Return whether it can no longer begin or go on."""
    return now > last_chance(airing)


def last_chance(airing: PlannedAiring) -> datetime:
    """Return the last instant at which it may begin or go on."""
    if airing.relay is None:
        return airing.not_after
    rest = timedelta(milliseconds=min(LEAST_REST_MS, airing.duration_ms // 2))
    return min(airing.not_after, slot_end(airing) - rest)


def goes_on(airing: PlannedAiring) -> bool:
    """Return whether it may go on after an interruption."""
    return airing.after_interruption is not AfterInterruption.DROP


def elapsed_ms(airing: PlannedAiring, at: datetime) -> int:
    """Return how far into the slot that instant lies, rounded up; 0 before it."""
    return max(0, -((airing.start_at - at) // timedelta(milliseconds=1)))


def joins(airing: PlannedAiring, *, now: datetime, was_interrupted: bool) -> bool:
    """Return whether it is to come in where the others are by now, instead of at its beginning."""
    if airing.relay is not None or airing.together is Together.UNISON:
        return was_interrupted or now > airing.start_at
    return was_interrupted and airing.after_interruption is AfterInterruption.REJOIN


def next_join_ms(airing: PlannedAiring, *, now: datetime, lead_ms: int) -> int:
    """Return the next position at which a recording may be joined, at least `lead_ms` ahead of where it is now.

    Positions lie on a grid, so that what was made ready for one stays wanted until its instant comes; a box that is
    too slow for the fine one of the beginning gets more time.
    """
    ahead_ms = elapsed_ms(airing, now) + lead_ms
    grid_ms = _FINE_GRID_MS if ahead_ms <= _FINE_UNTIL_MS else _COARSE_GRID_MS
    return -(-ahead_ms // grid_ms) * grid_ms


def judge(airing: PlannedAiring, sounded: Sounded) -> Verdict:
    """Return what a relay whose slot is over came to.

    What is missing is laid to the sources when they owe at least half of it, else to what interrupted it.
    """
    if sounded.stream_ms >= PLAYED_SHARE * airing.duration_ms:
        return Verdict(outcome=Outcome.PLAYED, detail=sounded.detail)
    missing_ms = airing.duration_ms - sounded.stream_ms
    if 2 * sounded.dead_ms >= missing_ms:
        outcome = Outcome.INTERRUPTED if sounded.stream_ms else Outcome.FAILED
        return Verdict(outcome=outcome, reason=Reason.RELAY_DEAD, detail=sounded.detail)
    outcome = Outcome.INTERRUPTED if sounded.stream_ms else Outcome.MISSED
    return Verdict(outcome=outcome, reason=sounded.interrupted_by or Reason.TOO_LATE, detail=sounded.detail)
