"""A player without sound whose every step the test decides: when it is ready, when it ends, and what fails."""

import asyncio
import time

from device_agent.sound.port import RAMP_MS, Cue, Ended, EndedWhy, SoundError, Started


class FakePlayer:
    """Set `prepare_fault` or `start_fault` to make the next call fail; `finish` ends what sounds."""

    name = "fake"

    def __init__(self) -> None:
        self.said: list[str] = []
        self.cue: Cue | None = None
        self.prepare_fault: SoundError | None = None
        self.start_fault: SoundError | None = None
        self.check_fault: SoundError | None = None
        self.ready = asyncio.Event()
        self.ready.set()
        self.began_at: float | None = None
        self._ended: asyncio.Future[Ended] | None = None

    async def check(self) -> None:
        self.said.append("check")
        if self.check_fault is not None:
            raise self.check_fault

    async def prepare(self, cue: Cue) -> None:
        self.said.append(f"prepare {cue.airing_id or cue.alert_id}")
        await self.ready.wait()
        fault, self.prepare_fault = self.prepare_fault, None
        if fault is not None:
            raise fault
        self.cue = cue

    def relabel(self, *, alert_id: str) -> None:
        self.said.append(f"relabel {alert_id}")

    async def start(self, at_monotonic: float) -> Started:
        fault, self.start_fault = self.start_fault, None
        if fault is not None:
            raise fault
        self._ended = asyncio.get_running_loop().create_future()
        delay_s = at_monotonic - time.monotonic()
        if delay_s > 0:
            await asyncio.wait([self._ended], timeout=delay_s)
            if self._ended.done():
                raise SoundError("stopped first")
        self.began_at = time.monotonic()
        self.said.append("start")
        return Started(at_monotonic=self.began_at)

    async def wait(self) -> Ended:
        assert self._ended is not None
        return await asyncio.shield(self._ended)

    async def stop(self, *, ramp_ms: int = RAMP_MS) -> None:
        self.said.append("stop")
        self._end(EndedWhy.STOPPED, played_ms=0 if self.began_at is None else 100)

    def finish(self, played_ms: int) -> None:
        """The file came to its end."""
        self._end(EndedWhy.FINISHED, played_ms=played_ms)

    def fail(self, detail: str, *, why: EndedWhy = EndedWhy.FAILED) -> None:
        """The card was pulled out, or what was said."""
        self._end(why, played_ms=50, detail=detail)

    def position_ms(self) -> int | None:
        return 100 if self.began_at is not None else None

    async def close(self) -> None:
        self.said.append("close")

    def _end(self, why: EndedWhy, *, played_ms: int, detail: str | None = None) -> None:
        if self._ended is not None and not self._ended.done():
            ended = Ended(why=why, played_ms=played_ms, at_monotonic=time.monotonic(), detail=detail)
            self._ended.set_result(ended)
        self.began_at = None
