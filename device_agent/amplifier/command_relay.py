"""A relay that a program of the owner's switches: one on a USB or serial port, or a smart socket."""

import asyncio
import contextlib
import shlex
from collections.abc import Sequence

from device_agent.amplifier.port import AmplifierError
from device_agent.os_words import in_words

DEADLINE_S = 1.0
"""An alert waits for the relay, but no longer than this for a program that hangs."""


class CommandRelay:
    """`command` is run with `on` or `off` behind it, without a shell; its exit code says whether it worked."""

    def __init__(self, command: Sequence[str], *, deadline_s: float = DEADLINE_S) -> None:
        self.name = command[0]
        self._command = tuple(command)
        self._deadline_s = deadline_s

    async def switch(self, *, on: bool) -> None:
        """Run the program to its end, or for so long as it may take."""
        word = "on" if on else "off"
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, word, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
        except OSError as exc:
            raise AmplifierError(f"không chạy được {self.name} ({in_words(exc)})") from exc
        try:
            async with asyncio.timeout(self._deadline_s):
                _, complaint = await process.communicate()
        except TimeoutError as exc:
            raise AmplifierError(f"{self.name} {word} chạy quá {self._deadline_s:g} giây") from exc
        finally:
            await _ended(process)
        if process.returncode:
            said = complaint.decode(errors="replace").strip()[:150]
            raise AmplifierError(f"{self.name} {word} kết thúc với mã {process.returncode}: {said or 'không rõ lý do'}")

    async def close(self) -> None:
        """Nothing is held between two calls."""


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def split(command: str) -> tuple[str, ...]:
    """Return the words of a command line as a shell would see them. Raises ValueError."""
    return tuple(shlex.split(command))
