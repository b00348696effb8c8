"""The ear by night: the self-test's sound as a file to play, and the verdict on what of it is heard."""

import asyncio
import io
import wave
from contextlib import aclosing
from pathlib import Path

from device_agent import durable
from device_agent.hearing.band import Samples, samples
from device_agent.hearing.chirp import SelfTest, sweeps
from device_agent.hearing.comparison import from_samples
from device_agent.hearing.listener import Listener
from device_agent.hearing.port import Ear, Sounding
from device_agent.hearing.verdict import Hearing
from wire.messages import Heard


class NightEar:
    """`ear` must capture at the band's rate or a multiple of it: the sweeps lie above what speech needs."""

    def __init__(self, ear: Ear, *, test: SelfTest | None = None) -> None:
        self._test = test or SelfTest()
        self._listener = Listener(ear, ffmpeg=_no_ffmpeg, band=self._test.band)
        self.seconds = self._test.seconds

    def write(self, path: Path) -> None:
        """Write the sweeps as a WAV file, if they are not there already. Blocks on the disk."""
        content = _wav(sweeps(self._test), rate=self._test.band.rate)
        if not path.exists() or path.read_bytes() != content:
            durable.write(path, content)

    async def hear(self, path: Path, *, started_at: float, stop: asyncio.Event) -> Heard | None:
        """Return what is heard of the sweeps that began then, None when `stop` came first. Raises EarError."""
        sounding = Sounding(path=path, started_at=started_at, duration_s=self._test.seconds)
        sent = _Sent(samples(sweeps(self._test)))
        whole: Hearing | None = None
        async with aclosing(self._listener.compare(sent, sounding, stop=stop)) as hearings:
            async for hearing in hearings:
                whole = hearing if hearing.is_final else None
        if whole is None or stop.is_set():
            return None
        return Heard(
            verdict=whole.verdict.value, score=whole.score, delay_ms=whole.delay_ms, gain_db=whole.gain_db,
            share=whole.share,
        )  # fmt: skip


class _Sent:
    """The sweeps as what is sent."""

    def __init__(self, sent: Samples) -> None:
        self.read = from_samples(sent)

    def close(self) -> None:
        """It is all in memory."""


def _wav(pcm: bytes, *, rate: int) -> bytes:
    content = io.BytesIO()
    with wave.open(content, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(pcm)
    return content.getvalue()


def _no_ffmpeg() -> str:
    raise AssertionError("the sweeps need no decoder")
