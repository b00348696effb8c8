"""The box's self-portrait for the station: the `Status` it publishes, and the last will it leaves with the broker."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from joserfc.jwk import OKPKey

from device_agent.link import Outgoing
from device_agent.playout.values import Active
from wire import seal, topics
from wire.messages import AudioProgress, ClockBelief, Health, Heard, Playing, Revision, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the portrait shows beside who and when."""

    plan: Revision | None
    alerts: Revision | None
    audio_missing: tuple[AudioProgress, ...]
    clock: ClockBelief
    playing: Playing | None
    health: Health


class Painter:
    """Statuses of one session, with a number that grows; safe to call from the network thread too."""

    def __init__(self, *, station: str, device: str, key: OKPKey, session: str, now: Callable[[], datetime]) -> None:
        self._station = station
        self._device = device
        self._key = key
        self._session = session
        self._now = now
        self._numbers = itertools.count(1)

    def online(self, state: State) -> Outgoing:
        """Return the present status, signed, to be retained."""
        return self._sealed(
            Status(
                station=self._station, device=self._device, session=self._session, number=next(self._numbers),
                at=self._now(), online=True, plan=state.plan, alerts=state.alerts,
                audio_missing=state.audio_missing, clock=state.clock, playing=state.playing, health=state.health,
            )
        )  # fmt: skip

    def offline(self) -> Outgoing:
        """Return the farewell, also used as the last will: signed now, published by the broker when we fall silent."""
        return self._sealed(
            Status(
                station=self._station, device=self._device, session=self._session, number=next(self._numbers),
                at=self._now(), online=False,
            )
        )  # fmt: skip

    def _sealed(self, status: Status) -> Outgoing:
        topic = topics.of_device(self._station, self._device, topics.DeviceTopic.STATUS)
        return Outgoing(topic=topic, payload=seal.seal(status, self._key), qos=1, retain=True)


def playing_of(
    active: Active | None, start_error_ms: float, *, heard: Heard | None = None, source: str | None = None
) -> Playing | None:
    """Return what sounds, None before its first frame and when nothing does."""
    if active is None or active.started_at is None:
        return None
    sound = active.sound
    return Playing(
        airing_id=sound.airing.airing_id if sound.airing is not None else None,
        alert_id=sound.alert.alert_id if sound.alert is not None else None,
        alert_version=sound.alert.version if sound.alert is not None else None,
        part=sound.part.value if sound.part is not None else None,
        source=source,
        started_at=active.started_at,
        start_error_ms=start_error_ms,
        heard=heard,
    )
