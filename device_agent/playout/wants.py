"""Which audio the box shall hold, what is needed soonest first."""

from collections.abc import Iterator
from datetime import timedelta

from device_agent.playout.values import Moment
from wire.messages import AudioRef, PlannedAiring

SOON = timedelta(minutes=30)


def wanted_audio(moment: Moment) -> tuple[AudioRef, ...]:
    """Return every file that an alert, an airing still ahead, a prepared warning or `keep` names, each once.

    A live alert comes first: its words are needed now.
    """
    keep = (*_prepared(moment), *(moment.plan.keep if moment.plan is not None else ()))
    airings = (airing.audio for airing in _ahead(moment) if airing.audio is not None)
    first: dict[str, AudioRef] = {}
    for ref in (*_of_alerts(moment), *airings, *keep):
        first.setdefault(ref.sha256, ref)
    return tuple(first.values())


def urgent_audio(moment: Moment) -> frozenset[str]:
    """Return what is needed so soon that it must be fetched at once; the rest may wait for a quieter second."""
    soon = (a.audio for a in _ahead(moment) if moment.trusted_since is None or a.start_at - moment.now <= SOON)
    return frozenset(ref.sha256 for ref in (*_of_alerts(moment), *soon) if ref is not None)


def _of_alerts(moment: Moment) -> Iterator[AudioRef]:
    yield from (alert.recording for alert in moment.alerts if alert.recording is not None)


def _prepared(moment: Moment) -> Iterator[AudioRef]:
    """A warning stored beforehand speaks the moment that an alert names its recording."""
    yield from (message.recording for message in (moment.plan.prepared if moment.plan is not None else ()))


def _ahead(moment: Moment) -> list[PlannedAiring]:
    if moment.plan is None:
        return []
    ahead = [airing for airing in moment.plan.airings if airing.airing_id not in moment.ledger.final]
    if moment.trusted_since is not None:
        ahead = [airing for airing in ahead if airing.not_after >= moment.now]
    return sorted(ahead, key=lambda airing: airing.start_at)
