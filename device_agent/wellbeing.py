"""How the box is, beside what it plays: looked at now and then on another thread, told with every status."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol

from device_agent.amplifier.power import Power
from device_agent.health.body import Body
from device_agent.health.boots import Boots
from device_agent.timekeeper import Timekeeper
from wire.messages import Boot, Health, Network, SelfTest

log = logging.getLogger(__name__)

LOOK_EVERY_S = 15.0
MOST_ERRORS = 20


class Look(Protocol):
    """One look at the box; it may block for seconds."""

    def __call__(self) -> Body: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What the agent adds of itself to what the body tells."""

    agent_version: str
    player: str
    audio_errors: tuple[str, ...]
    refused_documents: int
    last_refusal: str | None
    self_test: SelfTest | None = None
    update: str | None = None


@dataclass(slots=True, kw_only=True)
class Wellbeing:
    """`changed` is called when somebody should hear of it before the next minute; `on_disk` runs calls on a thread."""

    look: Look
    boots: Boots
    power: Power
    timekeeper: Timekeeper
    changed: Callable[[], None]
    on_disk: Callable[[Callable[[], None]], Coroutine[Any, Any, None]]
    started_at: float = field(default_factory=time.monotonic)
    body: Body = field(default_factory=Body)
    _connections: int = 0
    _is_dated: bool = False

    def connected(self) -> None:
        """Count the connections of this session."""
        self._connections += 1

    async def keep_looking(self) -> None:
        """Look again and again until cancelled."""
        while True:
            before, self.body = self.body, await asyncio.to_thread(self.look)
            if _alarms(before) != _alarms(self.body):
                self.changed()
            await self._date_start()
            await asyncio.sleep(LOOK_EVERY_S)

    def health(self, condition: Condition) -> Health:
        """Return the health part of the status."""
        body = self.body
        return Health(
            agent_version=condition.agent_version, player=condition.player,
            uptime_s=int(time.monotonic() - self.started_at), audio_errors=condition.audio_errors[:MOST_ERRORS],
            refused_documents=condition.refused_documents, last_refusal=condition.last_refusal,
            self_test=condition.self_test, update=condition.update,
            disk_free_bytes=body.disk_free_bytes, disk_wear_percent=body.disk_wear_percent,
            memory_free_bytes=body.memory_free_bytes, agent_memory_bytes=body.agent_memory_bytes,
            cpu_temperature_c=body.cpu_temperature_c, under_voltage=body.under_voltage, throttled=body.throttled,
            mains=body.mains, amplifier_on=self.power.is_on, network=self._network(),
            boots=tuple(Boot(at=boot.at, why=boot.why) for boot in self.boots.latest),
        )  # fmt: skip

    def _network(self) -> Network:
        modem = self.body.modem
        return Network(
            kind=self.body.line, round_trip_ms=self.timekeeper.round_trip_ms(),
            reconnects=max(0, self._connections - 1), signal_percent=modem.signal_percent, operator=modem.operator,
            sim=modem.sim,
        )  # fmt: skip

    async def _date_start(self) -> None:
        """Write down when this life began, once the time is trusted."""
        if not self._is_dated and self.timekeeper.trusted_since() is not None:
            self._is_dated = True
            began_at = self.timekeeper.instant_at(self.started_at)
            await self.on_disk(lambda: self.boots.began_at(began_at))


def _alarms(body: Body) -> tuple[bool | None, ...]:
    return body.mains, body.under_voltage, body.throttled
