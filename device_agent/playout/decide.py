"""The one rule of the box: from everything known at a moment to what shall be done now.

Pure and repeatable: asked twice at the same moment it answers the same, so nothing depends on how often it is asked.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from device_agent.playout.claims import PREPARE_LEAD, START_LEAD, Claim, claims
from device_agent.playout.conclusions import concluded_airings, concluded_alerts
from device_agent.playout.values import Action, Active, Decision, Moment, Prepare, Release, Start, Stop
from wire.messages import Reason

YIELD_LEAD = timedelta(milliseconds=150)
"""How long before its instant something higher silences what sounds, so that it can itself be exact."""
LONGEST_SLEEP = timedelta(seconds=60)
_TICK = timedelta(milliseconds=1)


def decide(moment: Moment) -> Decision:
    """Return what to do at this moment, in order, and when to ask again at the latest.

    At most one sound is active. What is best among the claims of the next seconds is made ready on a spare deck; it
    starts when nothing sounds, or silences what sounds if it ranks higher. Nothing scheduled starts before the
    clock is trusted; what cannot sound any more gets its final outcome.
    """
    best = next(iter(claims(moment)), None)
    actions: tuple[Action, ...] = (
        *concluded_airings(moment),
        *concluded_alerts(moment),
        *_silencing(moment, best),
        *_readying(moment, best),
        *_starting(moment, best),
    )
    return Decision(actions=actions, wake_at=_wake_at(moment, best))


def is_withdrawn(active: Active, moment: Moment) -> bool:
    """Return whether what sounds is no longer wanted by the station."""
    if active.sound.airing is not None:
        planned = () if moment.plan is None else moment.plan.airings
        if active.started_at is None:  # not a sample yet: it must still be wanted exactly so, and on a trusted clock
            return moment.trusted_since is None or active.sound.airing not in planned
        return active.sound.airing.airing_id not in (airing.airing_id for airing in planned)
    if active.sound.alert is not None:
        alert = active.sound.alert
        return (alert.alert_id, alert.version) not in ((a.alert_id, a.version) for a in moment.alerts)
    return False


def _silencing(moment: Moment, best: Claim | None) -> Iterator[Action]:
    active = moment.active
    if active is None or active.stopping is not None:
        return
    if is_withdrawn(active, moment):
        yield Stop(key=active.sound.key, reason=Reason.WITHDRAWN)
    elif best is not None and best.sound.rank > active.sound.rank and _is_due(best, moment, lead=YIELD_LEAD):
        reason = Reason.ALERT if best.sound.alert is not None else Reason.HIGHER_PRIORITY
        yield Stop(key=active.sound.key, reason=reason)


def _readying(moment: Moment, best: Claim | None) -> Iterator[Action]:
    wanted = best.sound.key if best is not None else None
    ready = moment.preparing | moment.held
    yield from (Release(key=key) for key in sorted(ready) if key != wanted)
    if best is not None and best.sound.key not in ready:
        yield Prepare(sound=best.sound)


def _starting(moment: Moment, best: Claim | None) -> Iterator[Action]:
    if best is not None and moment.active is None and _is_due(best, moment, lead=START_LEAD):
        yield Start(sound=best.sound, at=best.begin_at)


def _is_due(claim: Claim, moment: Moment, *, lead: timedelta) -> bool:
    return claim.sound.key in moment.held and claim.begin_at - lead <= moment.now


def _wake_at(moment: Moment, best: Claim | None) -> datetime:
    """Return the next instant at which something changes by itself."""
    instants = [moment.now + LONGEST_SLEEP, *_instants_of_plan(moment), *_instants_of_alerts(moment)]
    instants.extend(failure.retry_at for failure in moment.failures.values() if failure.retry_at is not None)
    if best is not None:
        instants.extend((best.begin_at - START_LEAD, best.begin_at - YIELD_LEAD, best.begin_at))
    return min(instant for instant in instants if instant > moment.now)


def _instants_of_plan(moment: Moment) -> Iterator[datetime]:
    for airing in moment.plan.airings if moment.plan is not None else ():
        if airing.airing_id not in moment.ledger.final:
            yield airing.start_at - PREPARE_LEAD
            yield airing.start_at
            yield airing.not_after + _TICK


def _instants_of_alerts(moment: Moment) -> Iterator[datetime]:
    for alert in moment.alerts:
        yield alert.effective_at
        yield alert.expires_at
        progress = moment.ledger.alerts.get((alert.alert_id, alert.version))
        if progress is not None and progress.ended_at is not None and alert.repeat_every_s is not None:
            yield progress.ended_at + timedelta(seconds=alert.repeat_every_s) - PREPARE_LEAD
