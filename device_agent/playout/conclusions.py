"""What became of things: how a sound that ended is to be booked, and why what never sounded did not.

Exactly one final outcome comes out for each airing; an alert is reported per round of its message.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from device_agent.playout.claims import is_quiet_as_planned, is_quiet_now
from device_agent.playout.values import Active, AlertProgress, Conclude, Failure, Moment
from wire.messages import AfterInterruption, LiveAlert, Outcome, PlannedAiring, Reason

_SHORTFALL_MS = 1000
_SHORTFALL_SHARE = 0.02
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


def settle(active: Active, *, finished: bool, position_ms: int, failure: str | None) -> Settlement:
    """Return how to book the end of `active`: `position_ms` is how far into its file it came."""
    if active.started_at is None:
        return NeverBegan()
    if failure is not None:
        return Final(outcome=Outcome.FAILED, reason=Reason.SOUND_DEVICE, detail=failure[:500])
    if finished:
        return _finished(active, position_ms)
    reason = active.stopping or Reason.POWER_LOST
    if reason in _MAY_GO_ON and _goes_on(active):
        return Suspend(reason=reason)
    return Final(outcome=Outcome.INTERRUPTED, reason=reason)


def _finished(active: Active, position_ms: int) -> Settlement:
    """Return `played` only when it was about as long as the plan says: a player may end early and say nothing."""
    recording = active.sound.airing.recording if active.sound.airing is not None else None
    if recording is None and active.sound.alert is not None:
        recording = active.sound.alert.recording
    expected_ms = recording.duration_ms if recording is not None else 0
    if position_ms < expected_ms - _SHORTFALL_MS - expected_ms * _SHORTFALL_SHARE:
        detail = f"dừng ở {position_ms} ms, lẽ ra phải đến {expected_ms} ms"
        return Final(outcome=Outcome.FAILED, reason=Reason.AUDIO_BROKEN, detail=detail)
    return Final(outcome=Outcome.PLAYED)


def _goes_on(active: Active) -> bool:
    airing = active.sound.airing
    return airing is None or airing.after_interruption is not AfterInterruption.DROP


def concluded_airings(moment: Moment) -> Iterator[Conclude]:
    """Return the final outcomes of planned airings that can no longer begin, or must not."""
    if moment.plan is None or moment.trusted_since is None:
        return
    active_airing = moment.active.sound.airing if moment.active is not None else None
    for airing in moment.plan.airings:
        if airing.start_at > moment.now or airing.airing_id in moment.ledger.final:
            continue
        if active_airing is None or active_airing.airing_id != airing.airing_id:
            yield from _conclusion(airing, moment)


def lapsed(old: Iterable[PlannedAiring], moment: Moment, *, issued_at: datetime) -> tuple[Conclude, ...]:
    """Return outcomes for airings that a new plan of `issued_at` no longer names.

    One whose time is over keeps its reason; the signed `issued_at` proves that it is over, so this needs no trusted
    clock. One that was withdrawn is reported only if some of it had sounded.
    """
    active_airing = moment.active.sound.airing if moment.active is not None else None
    done = moment.ledger.final | {active_airing.airing_id if active_airing is not None else ""}
    return tuple(
        _missed(airing, moment)
        if airing.not_after <= issued_at
        else Conclude(airing=airing, outcome=Outcome.INTERRUPTED, reason=Reason.WITHDRAWN)
        for airing in old
        if airing.airing_id not in done
        and (airing.not_after <= issued_at or airing.airing_id in moment.ledger.suspended)
    )


def _conclusion(airing: PlannedAiring, moment: Moment) -> Iterator[Conclude]:
    is_over = moment.now > airing.not_after
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
    trusted = moment.trusted_since is not None and moment.trusted_since <= airing.not_after
    return moment.up_since <= airing.not_after and trusted and airing.recording.sha256 in moment.cached


def _hopeless(airing: PlannedAiring, moment: Moment) -> Failure | None:
    found = _failure_of(f"airing/{airing.airing_id}/", moment)
    return found if found is not None and found.retry_at is None else None


def _failure_of(prefix: str, moment: Moment) -> Failure | None:
    return next((failure for key, failure in moment.failures.items() if key.startswith(prefix)), None)


def _missed(airing: PlannedAiring, moment: Moment) -> Conclude:
    suspended = moment.ledger.suspended.get(airing.airing_id)
    if suspended is not None:
        return Conclude(airing=airing, outcome=Outcome.INTERRUPTED, reason=suspended.reason)
    failure = _failure_of(f"airing/{airing.airing_id}/", moment)
    if failure is not None:
        return Conclude(airing=airing, outcome=Outcome.FAILED, reason=failure.reason, detail=failure.detail)
    return Conclude(airing=airing, outcome=Outcome.MISSED, reason=_why_missed(airing, moment))


def _why_missed(airing: PlannedAiring, moment: Moment) -> Reason:
    """Return the first thing that stood in the way, in the order in which a technician would rule it out."""
    last_chance = airing.not_after
    if moment.up_since > last_chance:
        return Reason.BOX_OFF
    if moment.trusted_since is None or moment.trusted_since > last_chance:
        return Reason.CLOCK_UNTRUSTED
    if moment.first_seen.get(airing.airing_id, moment.up_since) > last_chance:
        return Reason.TOO_LATE
    if airing.recording.sha256 not in moment.cached:
        return Reason.AUDIO_BROKEN if airing.recording.sha256 in moment.broken else Reason.AUDIO_MISSING
    if moment.active is not None or (moment.busy_until is not None and moment.busy_until >= last_chance):
        return Reason.BUSY
    return Reason.TOO_LATE


def concluded_alerts(moment: Moment) -> Iterator[Conclude]:
    """Return outcomes of alerts that expired on this box without one whole round, or whose words cannot be read."""
    is_timed = moment.trusted_since is not None
    over = [a for a in moment.alerts if (is_timed and a.expires_at <= moment.now) or _is_hopeless(a, moment)]
    yield from _silent_ends(over, moment)


def _is_hopeless(alert: LiveAlert, moment: Moment) -> bool:
    failure = _failure_of(f"alert/{alert.alert_id}/{alert.version}/", moment)
    return failure is not None and failure.retry_at is None


def vanished(old: Iterable[LiveAlert], moment: Moment, *, issued_at: datetime) -> tuple[Conclude, ...]:
    """Return outcomes of alerts that are in `old` and that a newer document of `issued_at` no longer names.

    One that expired gets its reason; one that was cancelled is reported only if some of it had sounded.
    """
    named = {(alert.alert_id, alert.version) for alert in moment.alerts}
    gone = [alert for alert in old if (alert.alert_id, alert.version) not in named]
    begun = [alert for alert in gone if alert.expires_at > issued_at and _progress(alert, moment).plays > 0]
    cancelled = (
        Conclude(alert=alert, outcome=Outcome.INTERRUPTED, reason=Reason.WITHDRAWN)
        for alert in begun
        if not _progress(alert, moment).concluded and not _sounds(alert, moment)
    )
    return (*_silent_ends([alert for alert in gone if alert.expires_at <= issued_at], moment), *cancelled)


def _silent_ends(alerts: Iterable[LiveAlert], moment: Moment) -> Iterator[Conclude]:
    for alert in alerts:
        if alert.recording is None or _progress(alert, moment).concluded or _sounds(alert, moment):
            continue
        failure = _failure_of(f"alert/{alert.alert_id}/{alert.version}/", moment)
        if failure is not None:
            yield Conclude(alert=alert, outcome=Outcome.FAILED, reason=failure.reason, detail=failure.detail)
        elif _progress(alert, moment).plays > 0:
            yield Conclude(alert=alert, outcome=Outcome.INTERRUPTED, reason=Reason.TOO_LATE)
        else:
            yield Conclude(alert=alert, outcome=Outcome.MISSED, reason=_why_silent(alert, moment))


def _why_silent(alert: LiveAlert, moment: Moment) -> Reason:
    if moment.up_since > alert.expires_at:
        return Reason.BOX_OFF
    if alert.recording is not None and alert.recording.sha256 not in moment.cached:
        return Reason.AUDIO_MISSING
    return Reason.BUSY if moment.active is not None else Reason.TOO_LATE


def _progress(alert: LiveAlert, moment: Moment) -> AlertProgress:
    return moment.ledger.alerts.get((alert.alert_id, alert.version), AlertProgress())


def _sounds(alert: LiveAlert, moment: Moment) -> bool:
    playing = moment.active.sound.alert if moment.active is not None else None
    return playing is not None and (playing.alert_id, playing.version) == (alert.alert_id, alert.version)
