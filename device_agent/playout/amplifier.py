"""When the amplifier is on: warm before a planned start, at once for an alert, off when nothing follows soon. Pure.

An alert's siren waits for the relay only: it is its own warm-up, and seconds count. Words always wait until the horns
are warm, so that the first one is never lost, unless they would then come too late or apart from the others.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from device_agent.playout.claim import Claim
from device_agent.playout.claims import has_sound, is_quiet_as_planned
from device_agent.playout.values import Moment, Part
from wire.messages import AfterInterruption, PlannedAiring, Together

SWITCHING = timedelta(milliseconds=300)
"""What the relay itself may take, a program that switches it included."""
_LAST_MOMENT = timedelta(milliseconds=100)


def shall_be_on(moment: Moment, best: Claim | None) -> bool | None:
    """Return whether the amplifier shall be on now, `best` being the claim that comes next; None where none switches.

    What is on stays on while something follows within the hold time, so that a relay does not click for nothing.
    """
    amplifier = moment.amplifier
    if amplifier is None:
        return None
    if moment.active is not None or amplifier.is_wanted:
        return True
    next_at = _next_at(moment, best)
    if next_at is not None and next_at - amplifier.warm_up - SWITCHING <= moment.now:
        return True
    if amplifier.on_since is None:
        return False
    follows = next_at is not None and next_at - moment.now <= amplifier.hold
    is_held = amplifier.used_at is not None and moment.now - amplifier.used_at < amplifier.hold
    return follows or is_held


def warmed(claim: Claim | None, moment: Moment) -> Claim | None:
    """Return the claim as this amplifier lets it begin: where a word could be lost, not before the horns are warm."""
    if claim is None or moment.amplifier is None or _cannot_wait(claim):
        return claim
    amplifier = moment.amplifier
    warm_at = (amplifier.on_since or moment.now + SWITCHING) + amplifier.warm_up
    return replace(claim, begin_at=max(claim.begin_at, min(warm_at, _latest(claim, warm_at))))


def instants(moment: Moment) -> Iterator[datetime]:
    """Return when the amplifier is to be thought of again."""
    amplifier = moment.amplifier
    if amplifier is None:
        return
    if amplifier.on_since is not None and amplifier.used_at is not None:
        yield amplifier.used_at + amplifier.hold
    for airing in _planned(moment):
        yield airing.start_at - amplifier.warm_up - SWITCHING
        yield airing.start_at - amplifier.hold


def _next_at(moment: Moment, best: Claim | None) -> datetime | None:
    planned = (airing.start_at for airing in _planned(moment) if not is_quiet_as_planned(airing, moment))
    return min((*planned, *([best.begin_at] if best is not None else [])), default=None)


def _planned(moment: Moment) -> Iterator[PlannedAiring]:
    """Return what may sound later on and is not a claim yet, as far ahead as concerns a relay."""
    if moment.plan is None or moment.trusted_since is None or moment.amplifier is None:
        return
    horizon = moment.now + max(moment.amplifier.hold, moment.amplifier.warm_up + SWITCHING) + timedelta(seconds=60)
    for airing in moment.plan.airings:
        is_ahead = moment.now <= airing.start_at <= horizon and airing.airing_id not in moment.ledger.final
        if is_ahead and has_sound(airing, moment):
            yield airing


def _cannot_wait(claim: Claim) -> bool:
    """Return whether it begins by its own clock: a siren, or what goes on where the others are by now."""
    airing = claim.sound.airing
    if airing is None:
        return claim.sound.part is Part.SIREN
    rejoins = airing.after_interruption is AfterInterruption.REJOIN and claim.sound.from_ms > 0
    return rejoins or airing.together is Together.UNISON


def _latest(claim: Claim, warm_at: datetime) -> datetime:
    """Return the last instant at which it may still begin: better half a word lost than the whole airing."""
    airing, alert = claim.sound.airing, claim.sound.alert
    if airing is not None:
        return airing.not_after - _LAST_MOMENT
    return alert.expires_at - _LAST_MOMENT if alert is not None else warm_at
