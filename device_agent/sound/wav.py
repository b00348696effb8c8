"""A sound card made of files: frames are written when they would sound, and nothing is written that would not.

One stretch of sound is one WAV named by the UTC instant of its first frame, with a JSON beside it.
"""

import array
import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from device_agent.os_words import in_words
from device_agent.sound import wavfile
from device_agent.sound.decoder import RATE, Decoder, ffmpeg_path
from device_agent.sound.port import RAMP_MS, Cue, Ended, EndedWhy, Feed, SoundError, Started

_BLOCK_FRAMES = RATE // 50
_SPIN_S = 0.002
_OPEN_S = 0.25  # a busy disk may take its time to make the file; the instant must not wait for it
_REAL_TIME_PRIORITY = 10

T = TypeVar("T")


@dataclass(slots=True)
class _Run:
    """One sound from its instant to its end; the thread writes, the loop reads."""

    cue: Cue
    decoder: Decoder | Feed
    at_monotonic: float
    stop: threading.Event = field(default_factory=threading.Event)
    ramp_ms: int = RAMP_MS
    began_at: float | None = None
    frames: int = 0
    was_cut: bool = False
    is_broken: bool = False


class WavPlayer:
    """`station_time` turns an instant of the monotonic clock into the time that names the files."""

    name = "wav"

    def __init__(self, directory: Path, *, station_time: Callable[[float], datetime]) -> None:
        self._directory = directory
        self._station_time = station_time
        self._prepared: tuple[Cue, Decoder | Feed] | None = None
        self._run: _Run | None = None
        self._began: asyncio.Future[Started] | None = None
        self._ended: asyncio.Future[Ended] | None = None

    async def check(self) -> None:
        """Look for ffmpeg and for the folder."""
        ffmpeg_path()
        if not os.access(self._directory, os.W_OK | os.X_OK):
            raise SoundError(f"không ghi được vào thư mục âm thanh {self._directory}")

    async def prepare(self, cue: Cue) -> None:
        """Open the file and decode its beginning."""
        await self._drop_prepared()
        if cue.feed is not None:
            self._prepared = (cue, cue.feed)
            return
        decoding = asyncio.ensure_future(asyncio.to_thread(Decoder, cue))
        try:
            self._prepared = (cue, await asyncio.shield(decoding))
        except asyncio.CancelledError:
            decoding.add_done_callback(_close_unwanted)
            raise

    def relabel(self, *, alert_id: str) -> None:
        """Have the file that comes say so."""
        if self._prepared is not None:
            cue, decoder = self._prepared
            self._prepared = (replace(cue, alert_id=alert_id), decoder)

    async def start(self, at_monotonic: float) -> Started:
        """Write the first frame at that instant."""
        if self._prepared is None:
            raise SoundError("chưa nạp âm thanh nào")
        (cue, decoder), self._prepared = self._prepared, None
        loop = asyncio.get_running_loop()
        self._run = run = _Run(cue=cue, decoder=decoder, at_monotonic=at_monotonic)
        self._began, self._ended = loop.create_future(), loop.create_future()
        threading.Thread(
            target=self._sound, args=(run, loop, self._began, self._ended), daemon=True, name="wav"
        ).start()
        try:
            return await asyncio.shield(self._began)
        except asyncio.CancelledError:
            run.stop.set()
            raise

    async def wait(self) -> Ended:
        """Return how it ended."""
        if self._ended is None:
            raise SoundError("không có âm thanh nào đang phát")
        return await asyncio.shield(self._ended)

    async def stop(self, *, ramp_ms: int = RAMP_MS) -> None:
        """Fade out, finish the file, drop what was prepared."""
        await self._drop_prepared()
        if self._run is not None and self._ended is not None and not self._ended.done():
            self._run.ramp_ms = ramp_ms
            self._run.stop.set()
            await asyncio.shield(self._ended)

    def position_ms(self) -> int | None:
        """Return how far into the file the sound is."""
        run, ended = self._run, self._ended
        if run is None or run.began_at is None or ended is None or ended.done():
            return None
        return run.cue.from_ms + run.frames * 1000 // RATE

    async def close(self) -> None:
        """Stop; there is no device to give back."""
        await self.stop()

    async def _drop_prepared(self) -> None:
        if self._prepared is not None:
            (_, decoder), self._prepared = self._prepared, None
            await asyncio.to_thread(decoder.close)

    def _sound(
        self,
        run: _Run,
        loop: asyncio.AbstractEventLoop,
        began: "asyncio.Future[Started]",
        ended: "asyncio.Future[Ended]",
    ) -> None:
        """The thread of one sound: everything that goes wrong becomes the sound's end."""
        failure: str | None = None
        try:
            failure = self._write_stretch(run, lambda started: _settle(loop, began, started))
        except OSError as exc:
            failure = f"không ghi được tệp WAV: {in_words(exc)}"
        finally:
            run.decoder.close()
        _settle(loop, ended, _ended(run, failure))
        _fail(loop, began, SoundError(failure or "đã dừng trước khi phát"))

    def _write_stretch(self, run: _Run, tell_began: Callable[[Started], None]) -> str | None:
        """Write the sound in real time; return what failed, None when nothing did."""
        _ask_for_precedence()
        if not _wait_until(run.at_monotonic - _OPEN_S, run.stop):
            return None
        live = wavfile.LiveFile(self._directory)
        try:
            if not _wait_until(run.at_monotonic - _SPIN_S, run.stop):
                return None
            while (now := time.monotonic()) < run.at_monotonic:
                pass
            run.began_at = now
            live.name(_label(run.cue), self._station_time(now))
            tell_began(Started(at_monotonic=now))
            return self._write_blocks(run, live)
        finally:
            live.close()
            live.finish()

    def _write_blocks(self, run: _Run, live: wavfile.LiveFile) -> str | None:
        assert run.began_at is not None  # noqa: S101 - set by the only caller; tells the type checker
        while True:
            if run.stop.is_set():
                run.was_cut = True
                live.write(_faded(run.decoder.read(run.ramp_ms * RATE // 1000)))
                run.frames = live.frames
                return None
            block = run.decoder.read(_BLOCK_FRAMES)
            if not block:
                run.is_broken = run.decoder.failed() and run.cue.feed is None
                return run.decoder.complaint() or "ffmpeg dừng vì lỗi" if run.decoder.failed() else None
            live.write(block)
            run.frames = live.frames
            # A block is written when its first frame would sound; the next is due when its last one has.
            _wait_until(run.began_at + live.frames / RATE, run.stop)


def recover(directory: Path) -> Path | None:
    """Finish what a killed process left half written; call it once, before the first player is made."""
    directory.mkdir(parents=True, exist_ok=True)
    finished = [wavfile.finish(directory, live.name) for live in sorted(directory.glob(wavfile.LIVE_PATTERN))]
    return next((path for path in finished if path is not None), None)


def _label(cue: Cue) -> wavfile.Label:
    return wavfile.Label(airing_id=cue.airing_id, alert_id=cue.alert_id, part=cue.part)


def _ask_for_precedence() -> None:
    """Let this thread run when its instant comes, however busy the machine; without the right, it waits its turn."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_REAL_TIME_PRIORITY))


def _close_unwanted(decoding: "asyncio.Future[Decoder]") -> None:
    if not decoding.cancelled() and decoding.exception() is None:
        decoding.result().close()


def _wait_until(at_monotonic: float, stop: threading.Event) -> bool:
    """Return True at that instant, False as soon as `stop` is set."""
    remaining_s = at_monotonic - time.monotonic()
    return not (stop.wait(remaining_s) if remaining_s > 0 else stop.is_set())


def _faded(pcm: bytes) -> bytes:
    """Return the frames falling to silence, so that nothing clicks."""
    samples = array.array("h", pcm)
    count = len(samples)
    return array.array("h", (int(sample * (count - n) / count) for n, sample in enumerate(samples))).tobytes()


def _ended(run: _Run, failure: str | None) -> Ended:
    why = EndedWhy.FINISHED
    if failure is not None:
        why = EndedWhy.BROKEN if run.is_broken else EndedWhy.FAILED
    elif run.was_cut or run.began_at is None:
        why = EndedWhy.STOPPED
    # The last frames are written a little before they would have sounded.
    ended_at = run.began_at + run.frames / RATE if run.began_at is not None else time.monotonic()
    return Ended(why=why, played_ms=run.frames * 1000 // RATE, at_monotonic=ended_at, detail=failure)


def _settle(loop: asyncio.AbstractEventLoop, future: "asyncio.Future[T]", value: T) -> None:
    def set_result() -> None:
        if not future.done():
            future.set_result(value)

    _tell(loop, set_result)


def _fail(loop: asyncio.AbstractEventLoop, future: "asyncio.Future[Started]", error: SoundError) -> None:
    def set_exception() -> None:
        if not future.done():
            future.set_exception(error)
            future.exception()  # whoever waits gets it; nobody waits after a cancelled start

    _tell(loop, set_exception)


def _tell(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Have the loop run `call`; a loop that was closed meanwhile has nobody left who waits."""
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        if not loop.is_closed():
            raise
