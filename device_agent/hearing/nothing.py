"""No ear: most boxes. It says why, and claims neither sound nor silence."""

from collections.abc import AsyncGenerator

from device_agent.hearing.port import Block, EarAbsent


class NoEar:
    """An ear that is not there; `why` is for the page and for `device-agent doctor`.

    `is_fault`: the owner wants an ear, and it cannot be had.
    """

    def __init__(self, why: str = "chưa lắp micrô hay dây trích tín hiệu loa", *, is_fault: bool = False) -> None:
        self.name = "không có"
        self.rate = 8_000
        self.void_is_silence = False
        self.why = why
        self.is_fault = is_fault

    async def listen(self) -> AsyncGenerator[Block, None]:
        """Raise EarAbsent."""
        raise EarAbsent(self.why)
        yield  # what makes this a generator, like every other ear's
