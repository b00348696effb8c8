"""What the broadcast log says of an alert on one cluster: drills and tests stand apart from what was real, for ever."""

from dataclasses import dataclass
from datetime import datetime

from broadcaster.domain.alarm.delivery import AlertDelivery, Hearing
from broadcaster.domain.alert import Alert, Status
from broadcaster.domain.delivery import Heard, Outcome
from broadcaster.domain.ids import DeviceId
from broadcaster.domain.records.logbook import Entry, LogKind, Place, Source

SOURCES = {Status.ACTUAL: Source.ALERT, Status.EXERCISE: Source.EXERCISE, Status.TEST: Source.TEST}
RANKS = {Source.ALERT: "emergency", Source.BUTTON: "emergency", Source.EXERCISE: "exercise", Source.TEST: "test"}
"""An exercise ranks as nothing but an exercise: counted among emergencies it would make a quiet month a grave one."""
_OUTCOMES = {
    Hearing.SOUNDED: Outcome.PLAYED,
    Hearing.PARTIAL: Outcome.INTERRUPTED,
    Hearing.FAILED: Outcome.FAILED,
    Hearing.MISSED: Outcome.MISSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """All that a box reported of one alert: from when to when, and how long it sounded in between."""

    started_at: datetime | None
    ended_at: datetime | None
    sounded_ms: int


NO_ROUNDS = Rounds(started_at=None, ended_at=None, sounded_ms=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What somebody on the spot has started with a box's button, as that box reported it."""

    alert: str
    message: str
    headline: str
    device: DeviceId
    place: Place
    outcome: Outcome
    reason: str | None
    heard: Heard | None
    rounds: Rounds
    received_at: datetime


def entry_of_alert(alert: Alert, delivery: AlertDelivery, *, rounds: Rounds, speech_ms: int) -> Entry:
    """Return what the log says of an alert that is over on one cluster; `speech_ms` is the length of its words."""
    source = SOURCES.get(alert.content.status, Source.TEST)
    target = delivery.target
    outcome = _OUTCOMES.get(delivery.hearing, Outcome.UNKNOWN)
    first = min(
        (at for at in (rounds.started_at, delivery.siren_at, delivery.speech_at) if at is not None), default=None
    )
    return Entry(
        kind=LogKind.ALERT,
        subject=alert.id,
        source=source,
        item=alert.thread,
        title=alert.content.headline,
        priority=RANKS[source],
        place=Place(
            hamlet=target.hamlet,
            hamlet_name=target.hamlet_name,
            cluster=target.cluster,
            cluster_name=target.cluster_name,
        ),
        device=target.device,
        recording_sha256=alert.recording_sha256,
        duration_ms=speech_ms,
        planned_at=alert.live_at or alert.created_at,
        started_at=first,
        ended_at=rounds.ended_at or delivery.ended_at,
        outcome=outcome,
        reason=_reason(outcome, delivery.reason),
        heard=delivery.heard,
        sounded_ms=rounds.sounded_ms,
    )


def entry_of_press(press: Press) -> Entry:
    """Return what the log says of a button that was pressed: on its own cluster alone, and nobody planned it."""
    return Entry(
        kind=LogKind.ALERT,
        subject=press.alert,
        source=Source.BUTTON,
        item=press.message,
        title=press.headline,
        priority=RANKS[Source.BUTTON],
        place=press.place,
        device=press.device,
        recording_sha256=None,
        duration_ms=0,
        planned_at=press.rounds.started_at or press.received_at,
        started_at=press.rounds.started_at,
        ended_at=press.rounds.ended_at,
        outcome=press.outcome,
        reason=press.reason,
        heard=press.heard,
        sounded_ms=press.rounds.sounded_ms,
    )


def _reason(outcome: Outcome, reason: str | None) -> str | None:
    """Return why it did not sound as it was meant to; what ended the last of several whole rounds is no reason."""
    if outcome is Outcome.PLAYED:
        return None
    return reason or ("no_report" if outcome is Outcome.UNKNOWN else None)
