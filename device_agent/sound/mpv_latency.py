"""How long mpv's output takes to begin: measured by the device's own account at every start, learnt for the next."""

import asyncio
import logging
import statistics
import tempfile
import time
import wave
from collections import deque
from pathlib import Path

from device_agent.sound.mpv_file import MpvFile
from device_agent.sound.mpv_ipc import MpvDiedError, MpvHungError, MpvProcess
from device_agent.sound.mpv_launch import MpvSettings
from device_agent.sound.port import Cue, SoundError
from device_agent.sound.pouring import PREFIX

log = logging.getLogger(__name__)

BEGIN_DEADLINE_S = 2.0
MEASURE_EVERY_S = 0.02
AGREE_WITHIN_S = 0.002
LEAD_MAX_S = 0.25
LATENCIES_KEPT = 7


class DidNotBeginError(SoundError):
    """mpv was let go and the device took no sample."""

    def __init__(self, deadline_s: float) -> None:
        super().__init__(f"thiết bị âm thanh không phát ra tiếng trong {deadline_s:g} giây")


class Latency:
    """What was learnt of one output; `name` is the player's, for the log."""

    def __init__(self, settings: MpvSettings, *, name: str) -> None:
        self._settings = settings
        self._name = name
        self._latencies_s: deque[float] = deque(maxlen=LATENCIES_KEPT)

    @property
    def is_known(self) -> bool:
        """Return whether anything was learnt yet."""
        return bool(self._latencies_s)

    @property
    def lead_s(self) -> float:
        """How much earlier than its instant mpv is to be told: the middle of the latest latencies, for one late start
        on a busy machine shall not make the next one early."""
        return statistics.median(self._latencies_s) if self._latencies_s else 0.0

    async def calibrate(self, mpv: MpvProcess) -> None:
        """Learn from a moment of silence sent through the output. Raises SoundError.

        A full disk, which takes not even that moment, leaves it unknown: the box sounds all the same.
        """
        try:
            with tempfile.TemporaryDirectory(prefix=PREFIX, dir=self._settings.runtime) as folder:
                silence = _write_silence(Path(folder) / "silence.wav")
                file = await MpvFile.load(mpv, Cue(path=silence), self._settings)
                await self.measure(file, await file.let_go(expected_latency_s=0.0))
                await file.unload()
        except OSError as exc:
            log.warning("%s: no calibration: %s", self._name, exc)

    async def measure(self, file: MpvFile, told_at: float) -> None:
        """Find from the device's own account when the first sample sounded; learn from it for the next start.

        A device guesses at first: what counts is three estimates that agree after its buffer has been played once.
        Raises SoundError when nothing sounded; then it is silent.
        """
        estimates: list[float] = []
        trusted_from = told_at + self._settings.buffer_ms / 1000
        while not file.ended.done() and time.monotonic() < told_at + BEGIN_DEADLINE_S:
            await asyncio.sleep(MEASURE_EVERY_S)
            estimate = await _estimate(file, began=bool(estimates))
            if estimate is not None and time.monotonic() > trusted_from:
                estimates = [*estimates[-2:], estimate]
            if len(estimates) == 3 and max(estimates) - min(estimates) < AGREE_WITHIN_S:
                file.began_at = statistics.median(estimates)
                self._learn(file.began_at - told_at)
                return
        if estimates:
            file.began_at = statistics.median(estimates)
        elif not file.ended.done():
            error = DidNotBeginError(BEGIN_DEADLINE_S)
            file.fail(error)
            raise error

    def _learn(self, latency_s: float) -> None:
        if latency_s > LEAD_MAX_S:
            log.warning("%s: began %.0f ms after it was let go; not learnt", self._name, 1000 * latency_s)
            return
        self._latencies_s.append(max(0.0, latency_s))


async def _estimate(file: MpvFile, *, began: bool) -> float | None:
    """Return when the first sample sounded by what is heard now; None when nothing is heard yet, or no more."""
    asked_at = time.monotonic()
    try:
        heard_s = await file.heard_s()
    except (MpvDiedError, MpvHungError):
        if began:
            return None  # it did sound; how it ended is for `wait` to tell
        raise
    return None if heard_s is None or heard_s <= 0 else (asked_at + time.monotonic()) / 2 - heard_s


def _write_silence(path: Path) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(48_000)
        sound.writeframes(bytes(2 * 48_000))
    return path
