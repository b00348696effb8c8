"""A listener whose every word the test decides: no sound, no ear, no numbers to compare."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from device_agent.hearing.port import EarError, Sounding
from device_agent.hearing.verdict import Hearing, Verdict


class FakeListener:
    """Says what it was given, then fails, hangs whatever it is told, or waits for the end and gives the last word."""

    name = "tai giả"

    def __init__(
        self, *said: Hearing, failure: Exception | None = None, hangs: bool = False, last: Hearing | None = None
    ) -> None:
        self.asked: list[Sounding] = []
        self.is_listening = False
        self._said: Sequence[Hearing] = said
        self._failure, self._hangs, self._last = failure, hangs, last

    async def listen(self, sounding: Sounding, *, stop: asyncio.Event | None = None) -> AsyncGenerator[Hearing, None]:
        """Listen, and note for what."""
        assert not self.is_listening, "one ear hears one sound at a time"
        self.asked.append(sounding)
        self.is_listening = True
        try:
            for hearing in self._said:
                yield hearing
            if self._failure is not None:
                raise self._failure
            await (asyncio.Event() if self._hangs or stop is None else stop).wait()
            if self._last is not None:
                yield self._last
        finally:
            self.is_listening = False


class DeafError(EarError):
    """A broken ear."""

    def __init__(self) -> None:
        super().__init__("micrô bị rút")


def hearing(
    verdict: Verdict, *, at_s: float = 5.0, whole: Verdict | None = None, gain_db: float | None = None
) -> Hearing:
    """Return a running verdict; `whole` is what the sound comes to so far, by default the same."""
    score = 0.5 if verdict is Verdict.HEARD else 0.01
    so_far = Hearing(verdict=whole or verdict, score=score, delay_ms=None, gain_db=gain_db, at_s=at_s, share=0.5)
    return Hearing(verdict=verdict, score=score, delay_ms=None, gain_db=gain_db, at_s=at_s, so_far=so_far)


def last_word(verdict: Verdict, *, gain_db: float | None = None) -> Hearing:
    """Return the verdict on the whole."""
    return Hearing(verdict=verdict, score=0.5, delay_ms=90.0, gain_db=gain_db, at_s=9.0, share=1.0, is_final=True)
