"""Listens while something sounds, and says second by second whether it is heard. Nothing of the sound is kept."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Protocol

from device_agent.hearing.band import SPEECH, Band, Samples
from device_agent.hearing.comparison import Comparison
from device_agent.hearing.port import Ear, EarError, Sounding
from device_agent.hearing.reference import FileReference, PcmReference
from device_agent.hearing.verdict import Hearing, Judge

DECODING_DEADLINE_S = 5.0


class DecodingHungError(EarError):
    """What is sent could not be had in time."""

    def __init__(self) -> None:
        super().__init__(f"bộ giải mã bị treo quá {DECODING_DEADLINE_S:g} giây, không so sánh được")


class Sent(Protocol):
    """What is sent, to be read once from its beginning; `read` may block, `close` ends it."""

    def read(self, count: int) -> Samples:
        """Return the next samples at the band's rate, fewer at the end. Raises EarError."""

    def close(self) -> None:
        """Give everything back."""


class Listener:
    """One ear for one box. `ffmpeg` returns the program that decodes, and may raise."""

    def __init__(self, ear: Ear, *, ffmpeg: Callable[[], str], band: Band = SPEECH) -> None:
        self._ear, self._ffmpeg, self._band = ear, ffmpeg, band

    @property
    def name(self) -> str:
        """What it hears with, for a technician."""
        return self._ear.name

    async def listen(self, sounding: Sounding, *, stop: asyncio.Event | None = None) -> AsyncGenerator[Hearing, None]:
        """Yield a running verdict every second and, once it has ended or `stop` is set, the verdict on the whole.

        Raises EarError when the ear or the decoder fails; what was yielded before stands, and no final verdict comes.
        """
        async with aclosing(self.compare(self._sent(sounding), sounding, stop=stop)) as hearings:
            async for hearing in hearings:
                yield hearing

    def _sent(self, sounding: Sounding) -> "Sent":
        if sounding.pcm is not None:
            return PcmReference(sounding.pcm, band=self._band)
        return FileReference(sounding.path, ffmpeg=self._ffmpeg(), from_ms=sounding.from_ms, band=self._band)

    async def compare(
        self, sent: Sent, sounding: Sounding, *, stop: asyncio.Event | None = None
    ) -> AsyncGenerator[Hearing, None]:
        """Do the same with anything that is sent; it is closed at the end."""
        try:
            judge = Judge(
                usual_gain_db=sounding.usual_gain_db, void_is_silence=self._ear.void_is_silence,
                is_common=sounding.is_common,
            )  # fmt: skip
            comparison = Comparison(
                sent.read, judge, rate=self._ear.rate, started_at=sounding.started_at, band=self._band
            )  # fmt: skip
            async with aclosing(self._ear.listen()) as blocks:
                async for block in blocks:
                    for hearing in await _weighed(comparison, block.pcm, block.at_monotonic):
                        yield hearing
                    is_over = block.at_monotonic >= sounding.started_at + sounding.duration_s
                    if is_over or (stop is not None and stop.is_set()):
                        break
            yield comparison.conclude()
        finally:
            sent.close()


async def _weighed(comparison: Comparison, pcm: bytes, at: float) -> tuple[Hearing, ...]:
    """Compare in a thread: some milliseconds on a small box, which the loop would owe to the next start."""
    try:
        async with asyncio.timeout(DECODING_DEADLINE_S):
            return await asyncio.to_thread(comparison.feed, pcm, at=at)
    except TimeoutError as exc:
        raise DecodingHungError from exc
