"""Who asks for the sound device now or within the next seconds, and in which order.

The order is the law's: a live alert over everything (an actual one over a drill), then emergency, priority, relay,
ordinary, filler. Equal ranks follow the plan's order and never cut each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from device_agent.playout import quiet
from device_agent.playout.values import RANK_OF, Active, AlertProgress, Moment, Rank, Sound, SoundKey, Suspended
from wire.messages import AfterInterruption, AlertStatus, LiveAlert, PlannedAiring

PREPARE_LEAD = timedelta(seconds=3)
START_LEAD = timedelta(milliseconds=500)
LATE_MARGIN = timedelta(milliseconds=100)
"""A late start takes effect a little after it was decided; it must still be before `not_after`."""
BREATH = timedelta(seconds=1)
"""The silence between two plays of an alert, and before an interrupted airing goes on."""
EFFECTIVE_TOLERANCE = timedelta(seconds=1)
REJOIN_STEP_MS = 5000
_REJOIN_LEAD_MS = 300
_GAIN_LIMITS_DB = (-60.0, 12.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sound that may be had, and when it wants to begin (never before `now` when it is late)."""

    sound: Sound
    begin_at: datetime
    order: tuple[int, int, datetime, int]
    """Rank first; among alerts the one with fewer rounds; then the earlier; then the plan's order."""


def claims(moment: Moment) -> list[Claim]:
    """Return every claim that is due within `PREPARE_LEAD`, the best first."""
    found = [*_alert_claims(moment), *_airing_claims(moment)]
    return sorted(found, key=lambda claim: claim.order)


def is_live(alert: LiveAlert, now: datetime) -> bool:
    """Return whether the alert may begin to sound now."""
    return alert.effective_at - EFFECTIVE_TOLERANCE <= now < alert.expires_at


def next_play_at(alert: LiveAlert, progress: AlertProgress, now: datetime) -> datetime | None:
    """Return when the alert's message is to begin (again), None when it has sounded as often as it shall."""
    if progress.ended_at is None:
        return now
    ended_at = min(progress.ended_at, now)  # a clock that was set back must not silence an alert
    if 0 < progress.plays < alert.times or progress.rounds == 0:
        return max(now, ended_at + BREATH)
    if alert.repeat_every_s is None:
        return None
    return max(now, ended_at + timedelta(seconds=alert.repeat_every_s))


def is_quiet_as_planned(airing: PlannedAiring, moment: Moment) -> bool:
    """Return whether the airing, begun on time, would meet the quiet hours."""
    return _is_quiet(airing, airing.start_at, moment=moment, from_ms=0)


def is_quiet_now(airing: PlannedAiring, moment: Moment) -> bool:
    """Return whether the airing, begun now, would meet the quiet hours."""
    return _is_quiet(airing, max(moment.now, airing.start_at), moment=moment, from_ms=0)


def _alert_claims(moment: Moment) -> Iterator[Claim]:
    for index, alert in enumerate(moment.alerts):
        claim = _alert_claim(alert, moment, index=index)
        if claim is not None and _may_be_tried(claim.sound.key, moment):
            yield claim


def _alert_claim(alert: LiveAlert, moment: Moment, *, index: int) -> Claim | None:
    """Return the alert's next play. What sounds now counts as done, so that the next play is ready behind it."""
    if alert.recording is None or alert.recording.sha256 not in moment.cached or not is_live(alert, moment.now):
        return None
    progress = progress_with(moment.active, alert, moment)
    begin_at = next_play_at(alert, progress, moment.now)
    if begin_at is None or begin_at - PREPARE_LEAD > moment.now or begin_at >= alert.expires_at:
        return None
    rank = Rank.ALERT_ACTUAL if alert.status is AlertStatus.ACTUAL else Rank.ALERT_EXERCISE
    gain_db = _gain_db(alert.gain_db, moment)
    play = f"{progress.rounds}.{progress.plays}"
    key = f"alert/{alert.alert_id}/{alert.version}/{play}/{alert.recording.sha256[:12]}/{gain_db:+.1f}"
    sound = Sound(
        key=SoundKey(key), rank=rank, recording=alert.recording.sha256, gain_db=gain_db, alert=alert
    )  # fmt: skip
    return Claim(sound=sound, begin_at=begin_at, order=(-rank, progress.rounds, alert.effective_at, index))


def progress_with(active: Active | None, alert: LiveAlert, moment: Moment) -> AlertProgress:
    """Return the alert's progress as it will be when the active sound, if it is this alert's, has ended."""
    progress = moment.ledger.alerts.get((alert.alert_id, alert.version), AlertProgress())
    if active is None or active.sound.alert is None:
        return progress
    playing = active.sound.alert
    if (playing.alert_id, playing.version) != (alert.alert_id, alert.version):
        return progress
    return advanced(progress, alert, ended_at=moment.now)


def advanced(progress: AlertProgress, alert: LiveAlert, *, ended_at: datetime) -> AlertProgress:
    """Return `progress` after one more play of the alert's message."""
    plays = progress.plays + 1
    if plays >= alert.times:
        return AlertProgress(rounds=progress.rounds + 1, plays=0, ended_at=ended_at, concluded=True)
    return AlertProgress(rounds=progress.rounds, plays=plays, ended_at=ended_at, concluded=progress.concluded)


def _airing_claims(moment: Moment) -> Iterator[Claim]:
    if moment.plan is None or moment.trusted_since is None:
        return
    for index, airing in enumerate(moment.plan.airings):
        if airing.start_at - PREPARE_LEAD > moment.now or moment.now > airing.not_after:
            continue
        claim = _airing_claim(airing, moment, index=index)
        if claim is not None and _may_be_tried(claim.sound.key, moment):
            yield claim


def _airing_claim(airing: PlannedAiring, moment: Moment, *, index: int) -> Claim | None:
    if airing.airing_id in moment.ledger.final or _is_active(airing, moment.active):
        return None
    if airing.recording.sha256 not in moment.cached or is_quiet_as_planned(airing, moment):
        return None
    from_ms, begin_at = _entry(airing, moment.ledger.suspended.get(airing.airing_id), moment)
    late = begin_at <= moment.now
    begin_at = max(begin_at, moment.now)
    if begin_at + (LATE_MARGIN if late else timedelta(0)) > airing.not_after:
        return None
    if from_ms > airing.recording.duration_ms > 0 or _is_quiet(airing, begin_at, moment=moment, from_ms=from_ms):
        return None
    rank, gain_db = RANK_OF[airing.priority], _gain_db(airing.gain_db, moment)
    sound = Sound(
        key=SoundKey(f"airing/{airing.airing_id}/{from_ms}/{airing.recording.sha256[:12]}/{gain_db:+.1f}"),
        rank=rank, recording=airing.recording.sha256, gain_db=gain_db,
        from_ms=from_ms, airing=airing,
    )  # fmt: skip
    return Claim(sound=sound, begin_at=begin_at, order=(-rank, 0, airing.start_at, index))


def _entry(airing: PlannedAiring, suspended: Suspended | None, moment: Moment) -> tuple[int, datetime]:
    """Return from which millisecond of the file, and when, the airing wants to begin or to go on."""
    if suspended is None:
        return 0, airing.start_at
    silent_since = max(suspended.since, moment.busy_until or suspended.since)
    go_on_at = min(silent_since, moment.now) + BREATH  # never later: the clock may have been set back
    match airing.after_interruption:
        case AfterInterruption.RESUME:
            passed = [offset for offset in airing.sentence_offsets_ms if offset <= suspended.position_ms]
            return max(passed, default=0), go_on_at
        case AfterInterruption.REJOIN:
            elapsed_ms = int((moment.now - airing.start_at) / timedelta(milliseconds=1)) + _REJOIN_LEAD_MS
            from_ms = -(-elapsed_ms // REJOIN_STEP_MS) * REJOIN_STEP_MS
            return from_ms, airing.start_at + timedelta(milliseconds=from_ms)
        case _:
            return 0, go_on_at


def _is_active(airing: PlannedAiring, active: Active | None) -> bool:
    return active is not None and active.sound.airing is not None and active.sound.airing.airing_id == airing.airing_id


def _is_quiet(airing: PlannedAiring, begin_at: datetime, *, moment: Moment, from_ms: int) -> bool:
    if moment.plan is None:
        return False
    remaining = timedelta(milliseconds=max(0, airing.recording.duration_ms - from_ms))
    return quiet.touches(begin_at, begin_at + remaining, moment.plan.quiet_hours, zone=moment.zone)


def _may_be_tried(key: SoundKey, moment: Moment) -> bool:
    failure = moment.failures.get(key)
    return failure is None or (failure.retry_at is not None and failure.retry_at <= moment.now)


def _gain_db(own_db: float, moment: Moment) -> float:
    box_db = moment.plan.settings.gain_db if moment.plan is not None else 0.0
    low, high = _GAIN_LIMITS_DB
    return min(high, max(low, own_db + box_db))
