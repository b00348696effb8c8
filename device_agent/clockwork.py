"""Asks the station for its time: quickly until it is trusted, then once a minute."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable

from device_agent.identity import Identity
from device_agent.link import Link, Outgoing
from device_agent.timekeeper import Sample, Timekeeper
from wire import seal, topics
from wire.messages import ClockRequest

FAST_S = 1.0
SLOW_S = 60.0
ENOUGH_SAMPLES = 5
FAST_ASKS = 20
UNANSWERED_S = 10.0
"""After so many quick questions in vain the station is down; two thousand boxes must not ask it every second."""
KEEP_EVERY_S = 3600.0


class Clockwork:
    """`changed` is called when the time begins or ceases to be trusted, `keep` writes a good sample to the disk."""

    def __init__(
        self,
        timekeeper: Timekeeper,
        *,
        identity: Identity,
        link: Link,
        changed: Callable[[], None],
        keep: Callable[[Sample], Awaitable[None]],
    ) -> None:
        self._timekeeper = timekeeper
        self._identity = identity
        self._link = link
        self._changed = changed
        self._keep = keep
        self._kept_at = -KEEP_EVERY_S
        self._now = asyncio.Event()

    def connected(self) -> None:
        """The station may be reached again: ask at once."""
        self._now.set()

    async def run(self) -> None:
        """Ask until cancelled."""
        was_trusted, asks = False, 0
        while True:
            asks = 0 if self._now.is_set() else asks + 1
            self._now.clear()
            if self._link.is_connected:
                self._ask()
            is_trusted = self._timekeeper.trusted_since() is not None
            if is_trusted != was_trusted:
                was_trusted = is_trusted
                self._changed()
            enough = is_trusted and self._timekeeper.samples_taken() >= ENOUGH_SAMPLES
            if enough:
                await self._keep_now_and_then()
            try:
                fast_s = FAST_S if asks < FAST_ASKS else UNANSWERED_S
                async with asyncio.timeout(SLOW_S if enough else fast_s):
                    await self._now.wait()
            except TimeoutError:
                pass

    async def _keep_now_and_then(self) -> None:
        sample = self._timekeeper.remembered()
        if sample is not None and time.monotonic() - self._kept_at > KEEP_EVERY_S:
            self._kept_at = time.monotonic()
            await self._keep(sample)

    def _ask(self) -> None:
        me = self._identity
        nonce = secrets.token_hex(16)
        sent_at = self._timekeeper.ask(nonce)
        request = ClockRequest(station=me.station, device=me.device, nonce=nonce, sent_at=sent_at)
        topic = topics.of_device(me.station, me.device, topics.DeviceTopic.CLOCK)
        self._link.publish(Outgoing(topic=topic, payload=seal.seal(request, me.key), qos=0))
