"""A silent player that keeps real time to the letter: for simulators and load tests. Nobody hears anything from it."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace

from device_agent.sound.decoder import BYTES_PER_FRAME, RATE
from device_agent.sound.length import length_s
from device_agent.sound.port import RAMP_MS, Cue, Ended, EndedWhy, Feed, SoundError, Started
from device_agent.sound.siren import SirenFeed

log = logging.getLogger(__name__)

DRAIN_EVERY_S = 0.1


Tell = Callable[[Cue, bool, float, float], None]
"""Is told of each cue that begins (True) or ends (False), its monotonic instant, and when that was asked for."""


def _nobody(_cue: Cue, _began: bool, _at_monotonic: float, _asked_monotonic: float) -> None:
    """Nobody wants to know."""


class NullPlayer:
    """Begins, lasts and ends as the file would. It says at its making that it makes no sound."""

    def __init__(self, *, name: str = "null", tell: Tell = _nobody) -> None:
        self.name = name
        self._tell = tell
        self._held: tuple[Cue, float] | None = None
        self._cue: Cue | None = None
        self._began_at = 0.0
        self._length_s = 0.0
        self._ended: asyncio.Future[Ended] | None = None
        self._end_timer: asyncio.TimerHandle | None = None
        self._drain: asyncio.TimerHandle | None = None
        self._taken_s = 0.0
        self._begun: asyncio.Future[Started] | None = None
        log.warning("%s: a silent player; nothing will be heard", name)

    async def check(self) -> None:
        """There is no device that could fail."""

    async def prepare(self, cue: Cue) -> None:
        """Learn the file's length; that is all there is to prepare."""
        await self.stop(ramp_ms=0)
        whole_s = cue.feed.length_s if cue.feed is not None else await asyncio.to_thread(length_s, cue.path)
        self._held = (cue, max(0.0, whole_s - cue.from_ms / 1000))

    def relabel(self, *, alert_id: str) -> None:
        """Take the alert's name."""
        if self._held is not None:
            self._held = (replace(self._held[0], alert_id=alert_id), self._held[1])

    async def start(self, at_monotonic: float) -> Started:
        """Begin at that instant.

        A device that was told ahead begins by itself, so the timer itself begins: a task that were to do it would
        wait for its turn behind the bookings of all that ends in the same instant, in a village for hundreds of them.
        """
        if self._held is None:
            raise SoundError("chưa nạp âm thanh nào")
        asked_at, loop = time.monotonic(), asyncio.get_running_loop()
        begun: asyncio.Future[Started] = loop.create_future()
        self._begun = begun
        if at_monotonic <= asked_at:  # a device that is late begins now, not a turn later
            self._begin(begun, at_monotonic, asked_at)
            return begun.result()
        timer = loop.call_at(at_monotonic, self._begin, begun, at_monotonic, asked_at)
        try:
            return await begun
        finally:
            timer.cancel()

    def _begin(self, begun: "asyncio.Future[Started]", at_monotonic: float, asked_at: float) -> None:
        if self._held is None or begun.done():
            return
        (self._cue, self._length_s), self._held = self._held, None
        self._began_at = max(at_monotonic, time.monotonic())
        self._tell(self._cue, True, self._began_at, asked_at)
        begun.set_result(Started(at_monotonic=self._began_at))
        loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        if isinstance(self._cue.feed, SirenFeed):
            self._length_s = self._cue.feed.length_s  # known beforehand, and no use in computing what nobody hears
        elif self._cue.feed is not None:
            self._taken_s = 0.0
            self._take_what_is_due(self._cue.feed)
            return
        end_in_s = self._began_at + self._length_s - time.monotonic()
        self._end_timer = loop.call_later(end_in_s, self._end, EndedWhy.FINISHED, self._length_s)

    async def wait(self) -> Ended:
        """Return how it ended."""
        if self._ended is None:
            raise SoundError("không có âm thanh nào đang phát")
        return await asyncio.shield(self._ended)

    async def stop(self, *, ramp_ms: int = RAMP_MS) -> None:
        """End after the ramp, which counts as played."""
        self._held = None
        if self._begun is not None and not self._begun.done():
            self._begun.set_exception(SoundError("đã dừng trước khi phát"))
        if self._ended is not None and not self._ended.done():
            await asyncio.wait([self._ended], timeout=ramp_ms / 1000)
            self._end(EndedWhy.STOPPED, min(time.monotonic() - self._began_at, self._length_s))

    def position_ms(self) -> int | None:
        """Return where the file would be."""
        if self._cue is None or self._ended is None or self._ended.done():
            return None
        return self._cue.from_ms + round(1000 * min(max(0.0, time.monotonic() - self._began_at), self._length_s))

    async def close(self) -> None:
        """Stop."""
        await self.stop()

    def _take_what_is_due(self, feed: Feed) -> None:
        """Take from a feed what would have sounded by now, a moment ahead as a device does."""
        while self._taken_s < time.monotonic() - self._began_at + DRAIN_EVERY_S:
            taken = feed.read(round(DRAIN_EVERY_S * RATE))
            if not taken:
                self._end(EndedWhy.FINISHED, self._taken_s)
                return
            self._taken_s += len(taken) / BYTES_PER_FRAME / RATE
        loop = asyncio.get_running_loop()
        self._drain = loop.call_later(DRAIN_EVERY_S, self._take_what_is_due, feed)

    def _end(self, why: EndedWhy, played_s: float) -> None:
        if self._ended is None or self._ended.done():
            return
        for timer in (self._end_timer, self._drain):
            if timer is not None:
                timer.cancel()
        ended = Ended(why=why, played_ms=round(1000 * played_s), at_monotonic=self._began_at + played_s)
        if self._cue is not None:
            self._tell(self._cue, False, ended.at_monotonic, ended.at_monotonic)
        self._ended.set_result(ended)
