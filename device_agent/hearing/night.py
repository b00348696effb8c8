"""The ear by night: the self-test's sound as a file to play, and the verdict on what of it is heard."""

import asyncio
import io
import wave
from contextlib import aclosing
from pathlib import Path

from device_agent import durable
from device_agent.hearing.chirp import SelfTest, Sweeps, sweeps
from device_agent.hearing.listener import Listener
from device_agent.hearing.port import Ear, Sounding
from device_agent.hearing.verdict import Hearing
from wire.messages import Heard

_PIECE_BYTES = 65_536


class NightEar:
    """`ear` must capture at the test's own rate: the sweeps lie above what speech needs."""

    def __init__(self, ear: Ear, *, test: SelfTest | None = None) -> None:
        self._test = test or SelfTest()
        self._listener = Listener(ear, ffmpeg=_no_ffmpeg, band=self._test.band)
        self.seconds = self._test.seconds

    def write(self, path: Path) -> None:
        """Write the sweeps as a WAV file, if they are not there already. Blocks on the disk."""
        content = _wav(self._test)
        if not _holds(path, content):
            durable.write(path, content)

    async def hear(self, path: Path, *, started_at: float, stop: asyncio.Event) -> Heard | None:
        """Return what is heard of the sweeps that began then, None when `stop` came first. Raises EarError."""
        sounding = Sounding(
            path=path, started_at=started_at, duration_s=self._test.seconds, pcm=Sweeps(self._test)
        )  # fmt: skip
        whole: Hearing | None = None
        async with aclosing(self._listener.listen(sounding, stop=stop)) as hearings:
            async for hearing in hearings:
                whole = hearing if hearing.is_final else None
        if whole is None or stop.is_set():
            return None
        return Heard(
            verdict=whole.verdict.value, score=whole.score, delay_ms=whole.delay_ms, gain_db=whole.gain_db,
            share=whole.share,
        )  # fmt: skip


def _wav(test: SelfTest) -> memoryview:
    content = io.BytesIO()
    with wave.open(content, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(test.rate)
        for sweep in sweeps(test):
            sound.writeframesraw(sweep)
    return content.getbuffer()


def _holds(path: Path, content: memoryview) -> bool:
    """Return whether the file is that, without a second copy of it in memory."""
    if not path.exists() or path.stat().st_size != len(content):
        return False
    with path.open("rb") as file:
        return all(
            file.read(_PIECE_BYTES) == content[at : at + _PIECE_BYTES] for at in range(0, len(content), _PIECE_BYTES)
        )


def _no_ffmpeg() -> str:
    raise AssertionError("the sweeps need no decoder")
