"""How an alert comes in over what sounds, behind its own siren or in place of another, and why one is silenced."""

from collections.abc import Iterator
from datetime import timedelta

from device_agent.playout.alerting import is_of, known_of
from device_agent.playout.claim import FOLLOW_LEAD, START_LEAD, YIELD_LEAD, Claim
from device_agent.playout.cutting import boundary, cut_at
from device_agent.playout.values import Active, Moment, Part, Start
from wire.messages import Reason

_TICK = timedelta(milliseconds=1)


def start(claim: Claim, moment: Moment) -> Iterator[Start]:
    """Return how an alert's held claim begins now, over whatever sounds; nothing when it is not due yet."""
    active = moment.active
    if active is None:
        if claim.begin_at - START_LEAD <= moment.now:
            yield Start(sound=claim.sound, at=claim.begin_at)
    elif claim.sound.rank > active.sound.rank:
        if claim.begin_at - YIELD_LEAD <= moment.now:
            yield Start(sound=claim.sound, at=claim.begin_at, over=active.stopping or Reason.ALERT)
    elif claim.sound.rank == active.sound.rank and moment.following is None:
        yield from _own(claim, active, moment) if _is_own(claim, active) else _taking_over(claim, active, moment)


def stops_for(active: Active, moment: Moment) -> Reason | None:
    """Return why an alert that sounds is to be silenced now: cancelled, expired, or replaced by another version."""
    alert = active.sound.alert
    named = [a for a in moment.alerts if alert is not None and a.alert_id == alert.alert_id]
    if alert is None or not named:
        return Reason.WITHDRAWN
    same = next((a for a in named if a.version == alert.version), None)
    if (same or alert).expires_at <= moment.now:
        return Reason.TOO_LATE
    return Reason.WITHDRAWN if same is None and cut_at(active, moment.now) <= moment.now else None


def _own(claim: Claim, active: Active, moment: Moment) -> Iterator[Start]:
    """Return how words follow their siren: told ahead, at its end; or at once, when it only goes on for their sake."""
    ends_at = active.ends_at
    if ends_at is None or active.sound.part is not Part.SIREN or claim.sound.part is not Part.SPEECH:
        return
    if claim.begin_at >= ends_at - _TICK:
        if ends_at - FOLLOW_LEAD <= moment.now:
            yield Start(sound=claim.sound, at=claim.begin_at)
    elif claim.begin_at <= moment.now:
        yield Start(sound=claim.sound, at=claim.begin_at, continues=True)


def _taking_over(claim: Claim, active: Active, moment: Moment) -> Iterator[Start]:
    """Return how an alert comes in over another of its rank, if it may."""
    is_replaced = _is_replaced(active, moment)
    if active.stopping is None and not is_replaced and not _is_newer(claim, active, moment):
        return
    begin_at = max(claim.begin_at, boundary(active, moment.now))
    is_late = claim.sound.alert is not None and begin_at >= claim.sound.alert.expires_at
    cannot_wait = active.stopping is not None or is_late
    if cannot_wait or cut_at(active, moment.now) <= moment.now:
        begin_at = claim.begin_at if cannot_wait else begin_at
        reason = Reason.WITHDRAWN if is_replaced else Reason.ALERT
        yield Start(sound=claim.sound, at=begin_at, over=active.stopping or reason)


def _is_replaced(active: Active, moment: Moment) -> bool:
    playing = active.sound.alert
    versions = [a.version for a in moment.alerts if playing is not None and a.alert_id == playing.alert_id]
    return playing is not None and playing.version not in versions


def _is_newer(claim: Claim, active: Active, moment: Moment) -> bool:
    """Return whether it is an alert that has not sounded yet, and younger than the one that sounds."""
    ages = {(a.alert_id, a.version): (a.effective_at, index) for index, a in enumerate(moment.alerts)}
    mine, other = claim.sound.alert, active.sound.alert
    if mine is None or other is None or known_of(mine, moment).ended_at is not None:
        return False
    mine_age, other_age = ages.get((mine.alert_id, mine.version)), ages.get((other.alert_id, other.version))
    return mine_age is not None and other_age is not None and mine_age > other_age


def _is_own(claim: Claim, active: Active) -> bool:
    return claim.sound.alert is not None and is_of(claim.sound.alert, active.sound)
