"""What became of alerts: how the end of a siren or of words is to be booked, and why one that is over was silent.

An alert is reported once per round, from its siren's first stroke to the end of its last words; a fault at once; and
whatever else keeps it from a whole round once, when that is certain.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from device_agent.playout import quiet
from device_agent.playout.alerting import after_part, broken_off, has_words, may_break_quiet
from device_agent.playout.claim import failure_of
from device_agent.playout.conclusions import Final, Settlement, Suspend
from device_agent.playout.values import AlertProgress, Conclude, Moment, Part, Sound
from wire.messages import LiveAlert, Outcome, Reason


def after_end(
    progress: AlertProgress, sound: Sound, settlement: Settlement, *, ended_at: datetime
) -> tuple[AlertProgress, Final | None]:
    """Return the alert's progress after this end, and what is to be reported: a whole round; a fault or a cut once."""
    match settlement:
        case Final(outcome=Outcome.PLAYED):
            after = after_part(progress, sound, ended_at=ended_at)
            return after, settlement if after.rounds > progress.rounds else None
        case Final():
            report = None if progress.concluded else settlement
            return replace(broken_off(progress, ended_at=ended_at), concluded=True), report
        case Suspend():
            return broken_off(progress, ended_at=ended_at), None
    return progress, None


def words_ms(progress: AlertProgress, sound: Sound, *, position_ms: int) -> int:
    """Return how long words have sounded in the running round, with this part at that position."""
    if sound.part is Part.SIREN:
        return 0
    return sound.duration_ms * progress.plays + position_ms


def concluded_alerts(moment: Moment) -> Iterator[Conclude]:
    """Return outcomes of alerts that expired without one whole round on this box, or that a fault keeps silent."""
    is_timed = moment.trusted_since is not None
    over = [a for a in moment.alerts if (is_timed and a.expires_at <= moment.now) or _failed(a, moment)]
    yield from _silent_ends(over, moment)


def vanished(old: Iterable[LiveAlert], moment: Moment, *, issued_at: datetime) -> tuple[Conclude, ...]:
    """Return outcomes of alerts that are in `old` and that a newer document of `issued_at` no longer names.

    One that expired gets its reason; one that was cancelled is reported only if some of it had sounded.
    """
    named = {(alert.alert_id, alert.version) for alert in moment.alerts}
    gone = [alert for alert in old if (alert.alert_id, alert.version) not in named]
    begun = [alert for alert in gone if alert.expires_at > issued_at and _has_begun(alert, moment)]
    cancelled = (
        Conclude(alert=alert, outcome=Outcome.INTERRUPTED, reason=Reason.WITHDRAWN)
        for alert in begun
        if not _progress(alert, moment).concluded and not _sounds(alert, moment)
    )
    return (*_silent_ends([alert for alert in gone if alert.expires_at <= issued_at], moment), *cancelled)


def _silent_ends(alerts: Iterable[LiveAlert], moment: Moment) -> Iterator[Conclude]:
    for alert in alerts:
        if _progress(alert, moment).concluded or _sounds(alert, moment):
            continue
        failure = failure_of(f"alert/{alert.alert_id}/{alert.version}/", moment)
        if failure is not None:
            yield Conclude(alert=alert, outcome=Outcome.FAILED, reason=failure.reason, detail=failure.detail)
        elif not _has_begun(alert, moment) and _was_to_be_quiet(alert, moment):
            yield Conclude(alert=alert, outcome=Outcome.REFUSED, reason=Reason.QUIET_HOURS)
        elif not _has_begun(alert, moment):
            yield Conclude(alert=alert, outcome=Outcome.MISSED, reason=_why_silent(alert, moment))
        elif has_words(alert, moment):
            yield Conclude(alert=alert, outcome=Outcome.INTERRUPTED, reason=Reason.TOO_LATE)
        else:
            yield Conclude(alert=alert, outcome=Outcome.FAILED, reason=Reason.AUDIO_MISSING)


def _was_to_be_quiet(alert: LiveAlert, moment: Moment) -> bool:
    was_here = moment.up_since <= alert.expires_at
    return was_here and not may_break_quiet(alert) and quiet.is_at(alert.effective_at, moment)


def _why_silent(alert: LiveAlert, moment: Moment) -> Reason:
    if moment.up_since > alert.expires_at:
        return Reason.BOX_OFF
    if not alert.bursts and not has_words(alert, moment):
        return Reason.AUDIO_MISSING
    return Reason.BUSY if moment.active is not None else Reason.TOO_LATE


def _failed(alert: LiveAlert, moment: Moment) -> bool:
    return failure_of(f"alert/{alert.alert_id}/{alert.version}/", moment) is not None


def _has_begun(alert: LiveAlert, moment: Moment) -> bool:
    return _progress(alert, moment).ended_at is not None


def _progress(alert: LiveAlert, moment: Moment) -> AlertProgress:
    return moment.ledger.alerts.get((alert.alert_id, alert.version), AlertProgress())


def _sounds(alert: LiveAlert, moment: Moment) -> bool:
    runs = (moment.active, moment.following, *moment.leaving)
    playing = [run.sound.alert for run in runs if run is not None and run.sound.alert is not None]
    return any((other.alert_id, other.version) == (alert.alert_id, alert.version) for other in playing)
