"""The one rule of the box: from everything known at a moment to what shall be done now.

Pure and repeatable: asked twice at the same moment it answers the same, so nothing depends on how often it is asked.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from device_agent.playout import alerting, amplifier, handover, quiet
from device_agent.playout.alert_ends import concluded_alerts
from device_agent.playout.claim import PREPARE_LEAD, START_LEAD, YIELD_LEAD, Claim
from device_agent.playout.claims import claims, first_of, is_quiet_now
from device_agent.playout.conclusions import concluded_airings
from device_agent.playout.relaying import last_chance
from device_agent.playout.values import Action, Active, Decision, Moment, Prepare, Release, Start, Stop
from wire.messages import Reason

LONGEST_SLEEP = timedelta(seconds=60)
_OVERDUE = timedelta(milliseconds=500)
"""So long after its end something higher waits for a sound: then its file is longer than the plan says."""
_TICK = timedelta(milliseconds=1)


def decide(moment: Moment) -> Decision:
    """Return what to do at this moment, in order, and when to ask again at the latest.

    At most one sound is active. What is best among the claims of the next seconds is made ready on a spare deck; it
    starts when nothing sounds, or silences what sounds if it ranks higher; an alert begins over what fades out. Nothing
    scheduled starts before the clock is trusted; what cannot sound any more gets its final outcome.
    """
    found = first_of(claims(moment))
    best = amplifier.warmed(found, moment)
    actions: tuple[Action, ...] = (
        *concluded_airings(moment),
        *concluded_alerts(moment),
        *_silencing(moment, best),
        *_readying(moment, best),
        *_starting(moment, best),
    )
    amplifier_on = amplifier.shall_be_on(moment, found)
    return Decision(actions=actions, wake_at=_wake_at(moment, best), amplifier_on=amplifier_on)


def _ended_by(active: Active, moment: Moment) -> Reason | None:
    """Return why what sounds may not go on, whatever else there is; None while it may."""
    airing = active.sound.airing
    if airing is None:
        return handover.stops_for(active, moment)
    planned = () if moment.plan is None else moment.plan.airings
    if active.started_at is None:  # not a sample yet: it must still be wanted exactly so, and on a trusted clock
        is_wanted = moment.trusted_since is not None and airing in planned
        is_quiet = is_quiet_now(airing, moment, from_ms=active.sound.from_ms)
    else:
        is_wanted = airing.airing_id in (other.airing_id for other in planned)
        is_quiet = quiet.is_at(moment.now, moment)  # a new plan may bring them at any time, or a clock that is set
    if not is_wanted:
        return Reason.WITHDRAWN
    return Reason.QUIET_HOURS if is_quiet else None


def _silencing(moment: Moment, best: Claim | None) -> Iterator[Action]:
    active = moment.active
    if active is None or active.stopping is not None:
        return
    ended_by = _ended_by(active, moment)
    if ended_by is not None:
        yield Stop(key=active.sound.key, reason=ended_by)
    elif best is None or best.sound.alert is not None:
        return  # an alert does not wait for silence: it begins over what sounds
    elif active.ends_at is not None and active.ends_at <= best.begin_at and moment.now < active.ends_at + _OVERDUE:
        return  # it is over by itself before the other wants to begin: in a session one follows the other
    elif best.sound.rank > active.sound.rank and _is_due(best, moment, lead=YIELD_LEAD):
        yield Stop(key=active.sound.key, reason=Reason.HIGHER_PRIORITY)


def _readying(moment: Moment, best: Claim | None) -> Iterator[Action]:
    wanted = best.sound.key if best is not None else None
    ready = moment.preparing | moment.held
    yield from (Release(key=key) for key in sorted(ready) if key != wanted)
    if best is not None and best.sound.key not in ready:
        yield Prepare(sound=best.sound)


def _starting(moment: Moment, best: Claim | None) -> Iterator[Action]:
    if best is not None and best.sound.alert is not None:
        if best.sound.key in moment.held:
            yield from handover.start(best, moment)
    elif best is not None and moment.active is None and _is_due(best, moment, lead=START_LEAD):
        yield Start(sound=best.sound, at=best.begin_at)


def _is_due(claim: Claim, moment: Moment, *, lead: timedelta) -> bool:
    return claim.sound.key in moment.held and claim.begin_at - lead <= moment.now


def _wake_at(moment: Moment, best: Claim | None) -> datetime:
    """Return the next instant at which something changes by itself."""
    instants = [moment.now + LONGEST_SLEEP, *_instants_of_plan(moment), *alerting.instants(moment)]
    instants.extend(_instants_of_airing(moment))
    instants.extend(amplifier.instants(moment))
    instants.extend(failure.retry_at for failure in moment.failures.values() if failure.retry_at is not None)
    if best is not None:
        instants.extend((best.begin_at - START_LEAD, best.begin_at - YIELD_LEAD, best.begin_at))
    return min(instant for instant in instants if instant > moment.now)


def _instants_of_plan(moment: Moment) -> Iterator[datetime]:
    for airing in moment.plan.airings if moment.plan is not None else ():
        if airing.airing_id not in moment.ledger.final:
            yield airing.start_at - PREPARE_LEAD
            yield airing.start_at
            yield last_chance(airing) + _TICK


def _instants_of_airing(moment: Moment) -> Iterator[datetime]:
    """Return when the airing that sounds may have to make room."""
    active = moment.active
    if active is None or active.sound.airing is None:
        return
    if active.ends_at is not None:
        yield active.ends_at + _OVERDUE
    if moment.plan is not None:
        quiet_at = quiet.next_start(moment.now, moment.plan.quiet_hours, zone=moment.zone)
        yield from () if quiet_at is None else (quiet_at,)
