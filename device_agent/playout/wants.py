"""Which audio the box shall hold, what is needed soonest first."""

from collections.abc import Iterator

from device_agent.playout.values import Moment
from wire.messages import AudioRef


def wanted_audio(moment: Moment) -> tuple[AudioRef, ...]:
    """Return every file that an alert, an airing still ahead, or the plan's `keep` names, each once.

    A live alert comes first: its words are needed now.
    """
    first: dict[str, AudioRef] = {}
    for ref in _in_order(moment):
        first.setdefault(ref.sha256, ref)
    return tuple(first.values())


def _in_order(moment: Moment) -> Iterator[AudioRef]:
    yield from (alert.recording for alert in moment.alerts if alert.recording is not None)
    if moment.plan is None:
        return
    ahead = [airing for airing in moment.plan.airings if airing.airing_id not in moment.ledger.final]
    if moment.trusted_since is not None:
        ahead = [airing for airing in ahead if airing.not_after >= moment.now]
    yield from (airing.recording for airing in sorted(ahead, key=lambda airing: airing.start_at))
    yield from moment.plan.keep
