"""Tells the station how things stand: statuses when something changed, reports until they are acknowledged."""

import asyncio
import time
from collections.abc import Callable

from device_agent.booking import OnDisk
from device_agent.identity import Identity
from device_agent.journal.journal import Journal
from device_agent.link import Link, Outgoing
from device_agent.portrait import Painter, State
from wire import seal, topics
from wire.messages import PlaybackReport, Reports
from wire.topics import DeviceTopic

REPORTS_EVERY_S = 20.0
REPORTS_AT_LEAST_EVERY_S = 300.0
STATUS_EVERY_S = 60.0
SOON_S = 0.3


class Herald:
    """`state` paints the present; changes within a moment of each other go out as one status."""

    def __init__(
        self,
        link: Link,
        *,
        painter: Painter,
        state: Callable[[], State],
        journal: Journal,
        identity: Identity,
        on_disk: OnDisk,
    ) -> None:
        self._link = link
        self._painter = painter
        self._state = state
        self._journal = journal
        self._identity = identity
        self._on_disk = on_disk
        self._reports_due = asyncio.Event()
        self._sooner = asyncio.Event()
        self._status_at = time.monotonic() + STATUS_EVERY_S
        self._calm_until = 0.0

    def connected(self) -> None:
        """Whatever the station may have missed is told again."""
        self._reports_due.set()
        self.status_soon(0)

    def reported(self) -> None:
        """There are reports to send."""
        self._reports_due.set()

    def status_soon(self, delay_s: float = SOON_S) -> None:
        """Something is other than before; say so within the delay."""
        due = time.monotonic() + delay_s
        if due < self._status_at:
            self._status_at = due
            self._sooner.set()

    def alarmed(self, calm_s: float) -> None:
        """The alerts are other than before: sound comes first, and nothing is told until so much later."""
        self._calm_until = time.monotonic() + calm_s
        self.status_soon(calm_s)

    async def keep_reporting(self) -> None:
        """Send reports when there are new ones, and again, ever more rarely, while some are not acknowledged.

        A station that is down for days must not cost a SIM card its month.
        """
        pause_s = REPORTS_EVERY_S
        while True:
            await wait(self._reports_due, timeout_s=pause_s)
            pause_s = REPORTS_EVERY_S if self._reports_due.is_set() else min(2 * pause_s, REPORTS_AT_LEAST_EVERY_S)
            while (calm_s := self._calm_until - time.monotonic()) > 0:
                await asyncio.sleep(calm_s)
            self._reports_due.clear()
            await self.send_reports()

    async def send_reports(self) -> None:
        """Publish the oldest unacknowledged reports; the acknowledgement brings the next batch."""
        reports = await self._on_disk(self._journal.unacknowledged)
        if not reports or not self._link.is_connected:
            return
        topic = topics.of_device(self._identity.station, self._identity.device, DeviceTopic.REPORT)
        self._link.publish(Outgoing(topic=topic, payload=self._sealed(reports)))

    def _sealed(self, reports: tuple[PlaybackReport, ...]) -> bytes:
        """Return the oldest of them as one message: as many as an envelope holds. Weeks of relays that changed their
        source all the time are longer than it."""
        me = self._identity
        batch = Reports(station=me.station, device=me.device, journal=self._journal.journal_id, reports=reports)
        try:
            return seal.seal(batch, me.key)
        except seal.SealError:
            if len(reports) == 1:
                raise
            return self._sealed(reports[: len(reports) // 2])

    async def keep_portraying(self) -> None:
        """Publish the status when something changed, and once a minute."""
        while True:
            while (delay_s := max(self._status_at, self._calm_until) - time.monotonic()) > 0:
                self._sooner.clear()
                await wait(self._sooner, timeout_s=delay_s)
            self._status_at = time.monotonic() + STATUS_EVERY_S
            if self._link.is_connected:
                self._link.publish(self._painter.online(self._state()))


async def wait(event: asyncio.Event, *, timeout_s: float) -> None:
    """Return when the event is set, or after the time."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        pass
