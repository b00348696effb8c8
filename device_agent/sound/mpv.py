"""Real sound: one mpv, held paused, let go at its instant, watched while it plays, brought back when it dies."""

import asyncio
import contextlib
import logging
import time
from dataclasses import replace
from pathlib import Path

from device_agent.os_words import in_words
from device_agent.sound.mpv_file import MpvFile
from device_agent.sound.mpv_ipc import MpvDiedError, MpvHungError, MpvProcess
from device_agent.sound.mpv_latency import DidNotBeginError, Latency
from device_agent.sound.mpv_launch import MpvSettings, launch_arguments
from device_agent.sound.port import RAMP_MS, Cue, Ended, Feed, SoundError, Started
from device_agent.sound.pouring import Pouring

log = logging.getLogger(__name__)

SPIN_S = 0.002
WATCH_EVERY_S = 0.25
STALL_S = 0.6
HELD_CHECK_S = 1.0
BRING_BACK_EVERY_S = 2.0


class NothingHeldError(SoundError):
    """`start` or `wait` came with nothing prepared or begun."""

    def __init__(self) -> None:
        super().__init__("chưa nạp âm thanh nào")


class StoppedFirstError(SoundError):
    """`stop` came before the sound had begun."""

    def __init__(self) -> None:
        super().__init__("đã dừng trước khi phát")


class StalledError(SoundError):
    """The sound stands still under way."""

    def __init__(self, stall_s: float) -> None:
        super().__init__(f"thiết bị âm thanh đứng yên quá {stall_s:g} giây khi đang phát")


class MpvPlayer:
    """One mpv of its own. Two players are two processes, so that a siren never waits for a programme."""

    def __init__(self, settings: MpvSettings | None = None, *, name: str = "mpv") -> None:
        self.name = name
        self._settings = settings or MpvSettings()
        self._mpv: MpvProcess | None = None
        self._held: MpvFile | None = None
        self._pouring: Pouring | None = None
        self._sound: MpvFile | None = None
        self._watch: asyncio.Task[None] | None = None
        self._stop_asked = asyncio.Event()
        self._loading = asyncio.Lock()
        self._latency = Latency(self._settings, name=name)

    @property
    def pid(self) -> int | None:
        """The process id of mpv, None while there is none."""
        return self._mpv.pid if self._mpv is not None else None

    async def check(self) -> None:
        """Send a moment of silence through the device. Raises SoundError with what keeps it from sounding."""
        async with self._loading:
            mpv = await self._running()
            await self._latency.calibrate(mpv)

    async def prepare(self, cue: Cue) -> None:
        """Load `cue` paused at its first sample, the device open."""
        await self.stop(ramp_ms=0)
        self._stop_asked.clear()
        if cue.feed is not None:
            cue = replace(cue, path=self._pour(cue.feed))
        self._held = await self._load(cue)
        self._watch = asyncio.create_task(self._keep_held(), name=f"{self.name}-held")

    def relabel(self, *, alert_id: str) -> None:
        """mpv keeps no labels."""

    async def start(self, at_monotonic: float) -> Started:
        """Let the held sound go so that its first sample sounds at that instant; measure when it really did."""
        if self._held is None:
            raise NothingHeldError
        told_for = at_monotonic - self._settings.output_latency_ms / 1000 - self._latency.lead_s
        await self._until(told_for - SPIN_S)
        await self._end_watch()
        file, told_at = await self._let_go(told_for)
        try:
            await self._latency.measure(file, told_at)
        finally:
            if file.sounding:
                self._watch = asyncio.create_task(self._keep_sounding(file), name=f"{self.name}-sounding")
        return Started(at_monotonic=(file.began_at or told_at) + self._settings.output_latency_ms / 1000)

    async def wait(self) -> Ended:
        """Return how it ended."""
        if self._sound is None:
            raise NothingHeldError
        return await asyncio.shield(self._sound.ended)

    async def stop(self, *, ramp_ms: int = RAMP_MS) -> None:
        """Fade out and end; the ramp begins behind what is in the buffers, a quarter of a second later."""
        self._stop_asked.set()
        held, self._held = self._held, None
        if self._sound is not None and self._sound.sounding:
            await self._sound.fade_out(ramp_ms / 1000)
        await self._end_watch()
        if held is not None and held.began_at is None:
            await held.unload()
        pouring, self._pouring = self._pouring, None
        if pouring is not None:
            await asyncio.to_thread(pouring.close)

    def position_ms(self) -> int | None:
        """Return how far into the file the sound is, by the measured instant of its first sample."""
        if self._sound is None or not self._sound.sounding:
            return None
        return self._sound.cue.from_ms + round(1000 * self._sound.elapsed_s())

    async def close(self) -> None:
        """Stop and end mpv."""
        await self.stop()
        mpv, self._mpv = self._mpv, None
        if mpv is not None:
            await mpv.close()

    # -- a living mpv with the cue in it -----------------------------------------------------------------------------

    def _pour(self, feed: Feed) -> Path:
        """Return the pipe out of which the feed comes. Raises SoundError."""
        try:
            self._pouring = Pouring(feed, runtime=self._settings.runtime)
        except OSError as exc:
            raise SoundError(f"không tạo được ống dẫn âm thanh: {in_words(exc)}") from exc
        return self._pouring.path

    async def _load(self, cue: Cue) -> MpvFile:
        """Return the cue held, by an mpv brought back if need be. Raises SoundError."""
        async with self._loading:
            mpv = await self._running()
            try:
                return await MpvFile.load(mpv, cue, self._settings)
            except (MpvDiedError, MpvHungError) as exc:
                log.warning("%s: %s; starting it again", self.name, exc)
                return await MpvFile.load(await self._running(), cue, self._settings)

    async def _running(self) -> MpvProcess:
        if self._mpv is not None and self._mpv.alive:
            return self._mpv
        if self._mpv is not None:
            await self._mpv.close()
        self._mpv = await MpvProcess.launch(await launch_arguments(self._settings))
        log.info("%s: mpv %d runs", self.name, self._mpv.pid)
        if not self._latency.is_known:
            try:
                await self._latency.calibrate(self._mpv)
            except DidNotBeginError as exc:
                log.warning("%s: no calibration: %s", self.name, exc)
        return self._mpv

    async def _keep_held(self) -> None:
        """Bring the held cue back when its mpv dies or hangs before the instant: a siren may wait for years."""
        while (held := self._held) is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HELD_CHECK_S):
                    await held.mpv.gone.wait()
            try:
                await held.heard_s()
            except SoundError as exc:
                log.warning("%s: lost the held sound: %s", self.name, exc)
                await self._bring_back(held)

    async def _bring_back(self, lost: MpvFile) -> None:
        try:
            fresh = await self._load(lost.cue)
        except SoundError as exc:
            log.error("%s: cannot bring it back: %s", self.name, exc)
            await asyncio.sleep(BRING_BACK_EVERY_S)
        else:
            if self._held is lost:
                self._held = fresh

    # -- the instant -------------------------------------------------------------------------------------------------

    async def _until(self, at_monotonic: float) -> None:
        """Sleep until then. Raises StoppedFirstError as soon as somebody calls `stop`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, at_monotonic - time.monotonic())):
                await self._stop_asked.wait()
        if self._stop_asked.is_set():
            raise StoppedFirstError

    async def _let_go(self, told_for: float) -> tuple[MpvFile, float]:
        """Let the held sound go at that instant; when mpv proves dead just then, bring it back and try once more."""
        file = self._held
        for last_try in (False, True):
            if file is None:
                raise StoppedFirstError
            while time.monotonic() < told_for:
                pass  # the last milliseconds: a sleep would come back too late
            self._sound = file
            try:
                return file, await file.let_go(expected_latency_s=self._latency.lead_s)
            except (MpvDiedError, MpvHungError) as exc:
                if last_try:
                    raise
                log.warning("%s: at the instant: %s; starting it again", self.name, exc)
                file = await self._load(file.cue) if self._held is not None else None
        raise NothingHeldError  # never reached; the loop returns or raises

    # -- the watch ---------------------------------------------------------------------------------------------------

    async def _keep_sounding(self, file: MpvFile) -> None:
        """End the sound as failed when mpv hangs or the device stands still. A death is told by the line itself."""
        furthest_s, moved_at = 0.0, time.monotonic()
        while file.sounding:
            await asyncio.wait([file.ended], timeout=WATCH_EVERY_S)
            try:
                heard_s = await file.heard_s() if file.sounding else None
                now = time.monotonic()
                if heard_s is not None and heard_s > furthest_s:
                    furthest_s, moved_at = heard_s, now
                if file.sounding and now - moved_at > STALL_S + WATCH_EVERY_S:
                    raise StalledError(STALL_S)
            except SoundError as exc:
                file.fail(exc, played_s=furthest_s)

    async def _end_watch(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.cancel()
            await asyncio.wait([watch])
            if not watch.cancelled():
                watch.result()
