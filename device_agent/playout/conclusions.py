"""What became of things: how a sound that ended is to be booked, and why what never sounded did not.

Exactly one final outcome comes out for each airing; what an alert comes to stands in `alert_ends`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from device_agent.playout import relaying
from device_agent.playout.claim import failure_of
from device_agent.playout.claims import has_sound, is_quiet_as_planned, is_quiet_now
from device_agent.playout.relaying import Sounded
from device_agent.playout.values import Active, Conclude, Failure, Moment, Sound, Suspended
from wire.messages import Outcome, PlannedAiring, Reason

_SHORTFALL_MS = 1000
_SHORTFALL_SHARE = 0.02
_WHOLE_WITHIN_MS = 100
"""So close before its end a fade takes no word with it: nobody shall hear the whole again for the sake of that."""
_MAY_GO_ON = frozenset({Reason.ALERT, Reason.HIGHER_PRIORITY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Final:
    """The sound's outcome is settled."""

    outcome: Outcome
    reason: Reason | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend:
    """The sound was interrupted and may go on later, if its rule and its time allow."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverBegan:
    """Not a sample sounded: the ledger forgets the start, so that it may be tried again."""


Settlement = Final | Suspend | NeverBegan


def settle(
    active: Active,
    *,
    finished: bool,
    position_ms: int,
    failure: str | None,
    sounded: Sounded | None = None,
    is_broken: bool = False,
    before: Suspended | None = None,
) -> Settlement:
    """Return how to book the end of `active`: `position_ms` is how far into its file it came, `sounded` what a relay
    came to, `is_broken` that the failure is the file's and not the device's, `before` what the ledger knew of the
    airing when this run of it began."""
    if active.started_at is None:
        return NeverBegan()
    if failure is not None:
        reason = Reason.AUDIO_BROKEN if is_broken else Reason.SOUND_DEVICE
        return Final(outcome=Outcome.FAILED, reason=reason, detail=failure[:500])
    if finished and sounded is not None and active.sound.airing is not None:
        return _final(relaying.judge(active.sound.airing, sounded))
    if active.yielded:
        return Final(outcome=Outcome.PLAYED)
    if finished or _is_whole(active, position_ms):
        return _finished(active, position_ms, before=before)
    reason = active.stopping or Reason.POWER_LOST
    if reason in _MAY_GO_ON and _goes_on(active):
        return Suspend(reason=reason)
    return Final(outcome=Outcome.INTERRUPTED, reason=reason)


def _final(verdict: relaying.Verdict) -> Final:
    return Final(outcome=verdict.outcome, reason=verdict.reason, detail=verdict.detail)


def skipped_ms(sound: Sound, before: Suspended | None) -> int:
    """Return how much of a recording was left out before this run of it: it came in where the others were by then."""
    is_relay = sound.airing is None or sound.airing.relay is not None
    return 0 if is_relay else max(0, sound.from_ms - (before.position_ms if before is not None else 0))


def _finished(active: Active, position_ms: int, *, before: Suspended | None) -> Settlement:
    """Return `played` only when it was about as long as the plan says: a player may end early and say nothing. Who came
    in late, where the others were, played it when half of it was heard."""
    expected_ms = active.sound.duration_ms
    if position_ms < expected_ms - _SHORTFALL_MS - expected_ms * _SHORTFALL_SHARE:
        detail = f"dừng ở {position_ms} ms, lẽ ra phải đến {expected_ms} ms"
        return Final(outcome=Outcome.FAILED, reason=Reason.AUDIO_BROKEN, detail=detail)
    if 2 * skipped_ms(active.sound, before) > expected_ms > 0:
        reason = before.reason if before is not None else Reason.TOO_LATE
        return Final(outcome=Outcome.INTERRUPTED, reason=reason)
    return Final(outcome=Outcome.PLAYED)


def _is_whole(active: Active, position_ms: int) -> bool:
    """Return whether a recording had been heard to its end when it was cut. One that went on beyond that is longer than
    its plan says, and was not."""
    recording = active.sound.airing.recording if active.sound.airing is not None else None
    planned_ms = recording.duration_ms if recording is not None else 0
    return planned_ms > _WHOLE_WITHIN_MS and abs(position_ms - planned_ms) <= _WHOLE_WITHIN_MS


def _goes_on(active: Active) -> bool:
    airing = active.sound.airing
    return airing is None or relaying.goes_on(airing)


def concluded_airings(moment: Moment) -> Iterator[Conclude]:
    """Return the final outcomes of planned airings that can no longer begin, or must not; and of withdrawn ones."""
    if moment.plan is None:
        return
    gone = _unnamed(moment.withdrawn, moment)
    yield from lapsed(gone, moment, issued_at=moment.plan.issued_at)
    if moment.trusted_since is None:
        return
    for airing in moment.plan.airings:
        if airing.start_at > moment.now or airing.airing_id in moment.ledger.final | moment.on_air:
            continue
        yield from _conclusion(airing, moment)


def lapsed(old: Iterable[PlannedAiring], moment: Moment, *, issued_at: datetime) -> tuple[Conclude, ...]:
    """Return outcomes for airings that a new plan of `issued_at` no longer names.

    One whose time is over keeps its reason; the signed `issued_at` proves that it is over, so this needs no trusted
    clock. One that was withdrawn is reported only if some of it had sounded.
    """
    done = moment.ledger.final | moment.on_air
    return tuple(
        _missed(airing, moment)
        if relaying.last_chance(airing) <= issued_at
        else Conclude(airing=airing, outcome=Outcome.INTERRUPTED, reason=Reason.WITHDRAWN)
        for airing in old
        if airing.airing_id not in done
        and (relaying.last_chance(airing) <= issued_at or airing.airing_id in moment.ledger.suspended)
    )


def still_to_end(gone: Iterable[PlannedAiring], moment: Moment) -> tuple[PlannedAiring, ...]:
    """Return the withdrawn airings that have no outcome yet: of `gone` those that are on the air, and of the earlier
    ones those whose end has not been concluded.

    What gives way to an alert is booked as suspended, whatever the plan says by the time its fade has ended.
    """
    unsettled = moment.on_air | moment.ledger.suspended.keys()
    before = [airing for airing in _unnamed(moment.withdrawn, moment) if airing.airing_id in unsettled]
    return (*before, *(airing for airing in gone if airing.airing_id in moment.on_air))


def _unnamed(airings: Iterable[PlannedAiring], moment: Moment) -> list[PlannedAiring]:
    named = {airing.airing_id for airing in moment.plan.airings} if moment.plan is not None else frozenset()
    return [airing for airing in airings if airing.airing_id not in named]


def _conclusion(airing: PlannedAiring, moment: Moment) -> Iterator[Conclude]:
    is_over = relaying.is_over(airing, moment.now)
    if airing.airing_id in moment.ledger.suspended:
        if is_over:
            yield _missed(airing, moment)
    elif is_quiet_as_planned(airing, moment) or (
        is_over and is_quiet_now(airing, moment) and _was_here(airing, moment)
    ):
        yield Conclude(airing=airing, outcome=Outcome.REFUSED, reason=Reason.QUIET_HOURS)
    elif (failure := _hopeless(airing, moment)) is not None:
        yield Conclude(airing=airing, outcome=Outcome.FAILED, reason=failure.reason, detail=failure.detail)
    elif is_over:
        yield _missed(airing, moment)


def _was_here(airing: PlannedAiring, moment: Moment) -> bool:
    """Return whether the box could have played it late, had the quiet hours not begun."""
    last_chance = relaying.last_chance(airing)
    trusted = moment.trusted_since is not None and moment.trusted_since <= last_chance
    return moment.up_since <= last_chance and trusted and has_sound(airing, moment)


def _hopeless(airing: PlannedAiring, moment: Moment) -> Failure | None:
    found = failure_of(f"airing/{airing.airing_id}/", moment)
    return found if found is not None and found.retry_at is None else None


def _missed(airing: PlannedAiring, moment: Moment) -> Conclude:
    suspended = moment.ledger.suspended.get(airing.airing_id)
    if suspended is not None and airing.relay is not None:
        sounded = Sounded(stream_ms=suspended.position_ms, interrupted_by=suspended.reason)
        verdict = relaying.judge(airing, sounded)
        return Conclude(airing=airing, outcome=verdict.outcome, reason=verdict.reason, detail=verdict.detail)
    if suspended is not None:
        return Conclude(airing=airing, outcome=Outcome.INTERRUPTED, reason=suspended.reason)
    failure = failure_of(f"airing/{airing.airing_id}/", moment)
    if failure is not None:
        return Conclude(airing=airing, outcome=Outcome.FAILED, reason=failure.reason, detail=failure.detail)
    return Conclude(airing=airing, outcome=Outcome.MISSED, reason=_why_missed(airing, moment))


def _why_missed(airing: PlannedAiring, moment: Moment) -> Reason:
    """Return the first thing that stood in the way, in the order in which a technician would rule it out."""
    last_chance = relaying.last_chance(airing)
    if moment.up_since > last_chance:
        return Reason.BOX_OFF
    if moment.trusted_since is None or moment.trusted_since > last_chance:
        return Reason.CLOCK_UNTRUSTED
    if moment.first_seen.get(airing.airing_id, moment.up_since) > last_chance:
        return Reason.TOO_LATE
    if airing.recording is not None and airing.recording.sha256 not in moment.cached:
        return Reason.AUDIO_BROKEN if airing.recording.sha256 in moment.broken else Reason.AUDIO_MISSING
    if moment.active is not None or (moment.busy_until is not None and moment.busy_until >= last_chance):
        return Reason.BUSY
    return Reason.TOO_LATE
