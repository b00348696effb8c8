"""A box without network: real playout, stage, journal and players in one loop; the system clock is the station's."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from device_agent.booking import Books
from device_agent.journal.journal import Journal
from device_agent.playout.decide import decide
from device_agent.playout.values import Moment
from device_agent.sound.port import Feed, Player
from device_agent.sound.relay_feed import RelayFeed, Wanted
from device_agent.sound.tap_words import Opening
from device_agent.stage.stage import Stage
from device_agent.timekeeper import SystemClock, Timekeeper
from tests.fakes.box_sim import ZONE
from wire.messages import LiveAlert, Plan, PlaybackReport

T = TypeVar("T")


class SmallBox:
    """Turn `plan` and `alerts` and call `changed`. `opening` is how it opens streams; `audio` its files by hash;
    the next `slow_writes` calls to the disk take longer than a start is decided ahead."""

    def __init__(self, directory: Path, players: Iterable[Player], *, audio: dict[str, Path], opening: Opening) -> None:
        self.plan: Plan | None = None
        self.alerts: tuple[LiveAlert, ...] = ()
        self.feeds: list[RelayFeed] = []
        self.slow_writes = 0
        self.sources: list[str | None] = []
        self._audio = audio
        self._opening = opening
        self._wake = asyncio.Event()
        self._up_since = datetime.now(UTC)
        self.timekeeper = Timekeeper(
            monotonic=time.monotonic, system=lambda: SystemClock(unix_s=time.time(), error_ms=1.0)
        )
        self.journal = Journal(directory / "journal.db")
        self.books = Books(self.journal, on_disk=self._on_disk, reported=lambda: None)
        self._players = tuple(players)
        self._directory = directory

    def changed(self) -> None:
        """Have it look again."""
        self.sources.append(self.stage.source)
        self._wake.set()

    def reports(self) -> tuple[PlaybackReport, ...]:
        return self.journal.unacknowledged()

    async def until_reported(self, count: int, *, within_s: float = 90.0) -> tuple[PlaybackReport, ...]:
        """Return the reports when there are so many."""
        async with asyncio.timeout(within_s):
            while len(self.reports()) < count:
                await asyncio.sleep(0.02)
        return self.reports()

    @asynccontextmanager
    async def running(self) -> "AsyncIterator[SmallBox]":
        """Run it; in the end nothing is left."""
        async with asyncio.TaskGroup() as group:
            self.stage = Stage(
                self._players, books=self.books, timekeeper=self.timekeeper, path_of=self._audio.__getitem__,
                is_intact=self._is_intact, changed=self.changed, spawn=group.create_task, open_feed=self._open_feed,
            )  # fmt: skip
            playing = group.create_task(self._playing_out())
            yield self
            playing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await playing
            await self.stage.silence("withdrawn")  # type: ignore[arg-type]  # whatever the reason
        for feed in self.feeds:
            feed.close()
            feed.join()
        self.journal.close()

    async def _playing_out(self) -> None:
        while True:
            self._wake.clear()
            decision = decide(self._moment())
            await self.stage.perform(decision.actions)
            wait_s = (decision.wake_at - self.timekeeper.now()).total_seconds()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, wait_s)):
                    await self._wake.wait()

    def _moment(self) -> Moment:
        stage, now = self.stage, self.timekeeper.now()
        told: dict[str, Any] = {
            "active": stage.active, "following": stage.following, "leaving": stage.leaving,
            "preparing": stage.preparing, "held": stage.held, "failures": stage.failures,
            "busy_until": stage.busy_until,
        }  # fmt: skip
        return Moment(
            now=now, up_since=self._up_since, trusted_since=self._up_since, zone=ZONE, plan=self.plan,
            alerts=self.alerts, cached=frozenset(self._audio), ledger=self.books.ledger, **told,
        )  # fmt: skip

    def _open_feed(self, wanted: Wanted, changed: Callable[[], None]) -> Feed:
        self.feeds.append(RelayFeed(wanted, opening=self._opening, changed=changed))
        return self.feeds[-1]

    async def _is_intact(self, _sha256: str) -> bool:
        return True

    async def _on_disk(self, call: Callable[[], T], /) -> T:
        self.slow_writes -= 1
        await asyncio.sleep(0.7 if self.slow_writes >= 0 else 0.0)
        return call()
