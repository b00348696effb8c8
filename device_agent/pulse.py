"""The agent's signs of life: what moved when, told to systemd as long as it moves, and what a trial still lacks."""

import asyncio
import time

from device_agent.documents import Documents
from device_agent.stage.stage import Stage
from device_agent.vitality import HalfDead, Notifier, Vitality, Vitals

ASKED_WITHIN_S = 90.0
"""Playout is asked at least every minute."""


class Pulse:
    """`started_at` is the monotonic instant at which the agent came up."""

    def __init__(self, stage: Stage, *, started_at: float, notifier: Notifier, feed_every_s: float) -> None:
        self._stage = stage
        self._notifier = notifier
        self._feed_every_s = feed_every_s
        self._connected_since: float | None = None
        self._heard_at = self._decided_at = started_at

    def connected(self) -> None:
        """The broker is there."""
        self._connected_since = time.monotonic()

    def disconnected(self) -> None:
        """The broker is gone."""
        self._connected_since = None

    def heard(self, at_monotonic: float) -> None:
        """A message came."""
        self._heard_at = at_monotonic

    def decided(self) -> None:
        """Playout is asked."""
        self._decided_at = time.monotonic()

    def lacks(self, documents: Documents) -> str | None:
        """Return what keeps this version from being healthy, in Vietnamese; None when nothing does."""
        if self._connected_since is None:
            return "chưa kết nối được với đài"
        if documents.plan is None:
            return "chưa có kế hoạch"
        if time.monotonic() - self._decided_at > ASKED_WITHIN_S:
            return "lịch phát không được xem xét"
        fault = self._stage.device_fault
        return f"âm thanh: {fault}" if fault is not None else None

    async def keep_feeding(self) -> None:
        """Tell systemd that we live, as long as we really do. A hung loop starves it; half a life ends here."""
        vitality = Vitality(time.monotonic())
        while True:
            fault = vitality.fault(self._vitals(), time.monotonic())
            if fault is not None:
                raise HalfDead(fault)
            self._notifier.tell("WATCHDOG=1")
            await asyncio.sleep(self._feed_every_s)

    def _vitals(self) -> Vitals:
        active = self._stage.active
        return Vitals(
            connected_since=self._connected_since, heard_at=self._heard_at, decided_at=self._decided_at,
            sound=active.sound.key if active is not None else None, position_ms=self._stage.position_ms,
            preparing=bool(self._stage.preparing),
        )  # fmt: skip
