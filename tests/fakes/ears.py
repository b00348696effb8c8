"""Ears that hear what a test wants them to hear, at once."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from device_agent.hearing.port import Block, EarError


class FakeEar:
    """Gives the blocks it was given, then fails with `failure`, or stays silent until it is closed."""

    name = "tai giả"

    def __init__(
        self, blocks: Sequence[Block], *, rate: int, void_is_silence: bool = True, failure: EarError | None = None
    ) -> None:
        self.rate = rate
        self.void_is_silence = void_is_silence
        self.is_open = False
        self._blocks = blocks
        self._failure = failure

    async def listen(self) -> AsyncGenerator[Block, None]:
        """Yield the blocks as fast as they are taken."""
        self.is_open = True
        try:
            for block in self._blocks:
                yield block
            if self._failure is not None:
                raise self._failure
            await asyncio.Event().wait()
        finally:
            self.is_open = False


def blocks_of(pcm: bytes, *, rate: int, at: float, block_s: float = 0.2) -> list[Block]:
    """Return signed 16 bit as blocks, the first captured at `at`."""
    size = 2 * round(block_s * rate)
    return [
        Block(pcm=pcm[start : start + size], at_monotonic=at + start / 2 / rate) for start in range(0, len(pcm), size)
    ]
