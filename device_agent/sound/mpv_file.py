"""One file in one mpv: loaded and held at its first sample, let go, heard, faded, ended. It never starts a process."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Any

from device_agent.sound.mpv_ipc import MpvDiedError, MpvHungError, MpvProcess, MpvRefusedError
from device_agent.sound.mpv_launch import FADE_LABEL, MpvSettings, filters
from device_agent.sound.port import Cue, Ended, EndedWhy, SoundError, UnreadableSound
from device_agent.sound.pouring import POURED

COMMAND_DEADLINE_S = 0.5
"""While it sounds, an mpv that is silent for so long is found out within a second."""
UNHURRIED_DEADLINE_S = 2.0
"""While nothing sounds, a busy machine is given time."""
LOAD_DEADLINE_S = 5.0
SILENT_TAIL_S = 0.02
SHORT_BY_MS = 300
"""An end that comes so much before the file's own end is a failure, whatever mpv calls it."""

_DEVICE_ERROR = "audio output initialization failed"


class CannotDecodeError(UnreadableSound):
    """mpv finds no sound in the file."""

    def __init__(self, path: object, why: str) -> None:
        super().__init__(f"không giải mã được tệp âm thanh “{path}”: {why}")


class OutputError(SoundError):
    """The sound device cannot be opened."""

    def __init__(self, device: str, why: str) -> None:
        super().__init__(f"không mở được thiết bị âm thanh “{device}”: {why}")


class MpvFile:
    """A cue in mpv, from its loading to its end; `ended` is the future of how it ended."""

    def __init__(self, mpv: MpvProcess, cue: Cue, settings: MpvSettings) -> None:
        self.mpv = mpv
        self.cue = cue
        self.ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self.began_at: float | None = None
        """When the first sample sounded: first as expected, then as measured; None while it is held."""
        self._settings = settings
        self._entry: int | None = None
        self._ready_entry: int | None = None
        self._current_entry: int | None = None
        self._early_end: Mapping[str, Any] | None = None
        self._news = asyncio.Event()
        self._duration_s = 0.0
        self._base_pts_s = 0.0
        self._stopping = False

    @classmethod
    async def load(cls, mpv: MpvProcess, cue: Cue, settings: MpvSettings) -> "MpvFile":
        """Return the cue held silent at its first sample, the device open.

        Raises CannotDecodeError, OutputError, MpvDiedError or MpvHungError.
        """
        file = cls(mpv, cue, settings)
        mpv.take_complaints()
        mpv.on_event = file._hear
        options = {"start": f"{cue.from_ms / 1000}"} if cue.feed is None else dict(POURED)
        await file._command("set_property", "pause", True)
        await file._command("set_property", "af", filters(cue))
        named = {"name": "loadfile", "url": str(cue.path.absolute()), "options": options}
        answer = await mpv.command(named=named, deadline_s=UNHURRIED_DEADLINE_S)
        file._entry = int(answer["playlist_entry_id"])
        await file._until_ready()
        await file._inspect()
        return file

    @property
    def length_s(self) -> float:
        """How long it sounds when nothing stops it."""
        if self.cue.feed is not None:
            return self.cue.feed.length_s
        return max(0.0, self._duration_s - self._base_pts_s)

    @property
    def sounding(self) -> bool:
        """True from the moment it is let go until it has ended."""
        return self.began_at is not None and not self.ended.done()

    def elapsed_s(self) -> float:
        """Return how much of it has sounded, by the clock."""
        if self.began_at is None:
            return 0.0
        return min(max(0.0, time.monotonic() - self.began_at), self.length_s)

    async def heard_s(self) -> float | None:
        """Return how much of it has left the device, by the device's own account; None when mpv cannot say."""
        pts = await self.mpv.get("audio-pts", deadline_s=COMMAND_DEADLINE_S)
        return None if pts is None else float(pts) - self._base_pts_s

    async def let_go(self, *, expected_latency_s: float) -> float:
        """Let it sound; return the instant at which mpv was told."""
        told_at = time.monotonic()
        self.began_at = told_at + expected_latency_s
        try:
            await self._command("set_property", "pause", False)
        except SoundError:
            self.began_at = None
            raise
        return told_at

    async def fade_out(self, ramp_s: float) -> None:
        """Fade to silence and unload. The ramp lies behind what has already left the filters."""
        if self._stopping:
            await asyncio.wait([self.ended])
            return
        self._stopping = True
        with contextlib.suppress(SoundError):  # a dead or hung mpv is silent already, and `gone` tells of it
            if ramp_s > 0:
                await self._ramp(ramp_s)
        self.end(EndedWhy.STOPPED, played_s=self.elapsed_s())
        await self.unload()

    async def unload(self) -> None:
        """Take it out of mpv, sounding or not."""
        with contextlib.suppress(SoundError):  # as above
            await self._command("stop")

    def end(self, why: EndedWhy, *, played_s: float, detail: str | None = None) -> None:
        """Settle how it ended, unless that is settled."""
        if not self.ended.done():
            played_ms = round(1000 * min(played_s, self.length_s))
            self.ended.set_result(Ended(why=why, played_ms=played_ms, at_monotonic=time.monotonic(), detail=detail))

    def fail(self, error: SoundError, *, played_s: float = 0.0) -> None:
        """End it as failed and its mpv with it, which is not to be trusted again."""
        self.end(EndedWhy.FAILED, played_s=played_s, detail=str(error))
        self.mpv.kill()

    async def _ramp(self, ramp_s: float) -> None:
        await self._set_fade("duration", ramp_s)
        heard_s = await self.heard_s()
        if heard_s is None or heard_s <= 0:
            return
        heard_at, begin_s = time.monotonic(), heard_s + self._settings.lookahead_s
        await self._set_fade("start_time", self._base_pts_s + begin_s)
        silent_at = heard_at + self._settings.lookahead_s + ramp_s + SILENT_TAIL_S
        await asyncio.wait([self.ended], timeout=max(0.0, silent_at - time.monotonic()))

    async def _set_fade(self, name: str, value_s: float) -> None:
        # mpv 0.35 sends this to every filter of the chain and calls it an error when the last one does not know it.
        with contextlib.suppress(MpvRefusedError):
            await self._command("af-command", FADE_LABEL, name, f"{value_s:.4f}")

    async def _command(self, *words: object) -> None:
        await self.mpv.command(*words, deadline_s=COMMAND_DEADLINE_S if self.sounding else UNHURRIED_DEADLINE_S)

    async def _until_ready(self) -> None:
        try:
            async with asyncio.timeout(LOAD_DEADLINE_S):
                while self.mpv.alive and self._early_end is None and self._ready_entry != self._entry:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as exc:
            self.mpv.kill()
            raise MpvHungError("loadfile", LOAD_DEADLINE_S) from exc

    async def _inspect(self) -> None:
        """Take the file's measures, or raise why it is not held: an early end, no length, no device."""
        base_s = await self.mpv.get("audio-pts", deadline_s=UNHURRIED_DEADLINE_S)
        duration_s = await self.mpv.get("duration", deadline_s=UNHURRIED_DEADLINE_S)
        output = await self.mpv.get("current-ao", deadline_s=UNHURRIED_DEADLINE_S)
        has_length = duration_s or self.cue.feed is not None
        if self._early_end is not None or base_s is None or not has_length or output is None:
            raise await self._why_not_held()
        self._base_pts_s, self._duration_s = max(0.0, float(base_s)), float(duration_s or 0.0)
        if output == "pulse":
            # PulseAudio remembers volumes by application; nobody shall inherit a silence from last year.
            await self._command("set_property", "ao-volume", 100)
            await self._command("set_property", "ao-mute", False)

    async def _why_not_held(self) -> SoundError:
        """Return whose fault it is: a device that is not there must not condemn the file for good."""
        with contextlib.suppress(TimeoutError):  # answers can overtake the event that tells the reason
            async with asyncio.timeout(UNHURRIED_DEADLINE_S):
                while self._early_end is None and self.mpv.alive:
                    self._news.clear()
                    await self._news.wait()
        if not self.mpv.alive:
            return MpvDiedError("mất liên lạc")
        why = (self._early_end or {}).get("file_error")
        complaints = self.mpv.take_complaints()
        if why == _DEVICE_ERROR or self._early_end is None:
            return OutputError(self._settings.device_label, complaints or "không rõ nguyên nhân")
        return CannotDecodeError(self.cue.path, complaints or why or "tệp không có âm thanh")

    def _hear(self, event: Mapping[str, Any]) -> None:
        match event.get("event"):
            case "start-file":
                self._current_entry = event.get("playlist_entry_id")
            case "playback-restart":
                self._ready_entry = self._current_entry
            case "end-file" if event.get("playlist_entry_id") == self._current_entry:
                self._early_end = event
                self._conclude(event)
            case "gone":
                self.end(EndedWhy.FAILED, played_s=self.elapsed_s(), detail=str(MpvDiedError(str(event.get("how")))))
        self._news.set()

    def _conclude(self, event: Mapping[str, Any]) -> None:
        """Judge mpv's word that the file has ended by the time it took."""
        played_s = self.elapsed_s()
        missing_ms = 1000 * (self.length_s - played_s)
        if event.get("reason") == "eof" and missing_ms < SHORT_BY_MS:
            self.end(EndedWhy.FINISHED, played_s=self.length_s)
        elif event.get("reason") == "eof":
            why = EndedWhy.BROKEN if self.cue.feed is None else EndedWhy.FAILED
            self.end(why, played_s=played_s, detail=f"âm thanh kết thúc sớm {missing_ms:.0f} mili giây")
        elif self._stopping:
            self.end(EndedWhy.STOPPED, played_s=played_s)
        else:
            told = "; ".join(filter(None, (event.get("file_error") or event.get("reason"), self.mpv.take_complaints())))
            self.end(EndedWhy.FAILED, played_s=played_s, detail=f"mpv ngừng phát: {told}")
