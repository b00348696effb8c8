"""A program that captures to its standard output, read block by block. The sound passes through a pipe and no file."""

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from device_agent.children import tied
from device_agent.hearing.port import Block, EarMissingError, EarMuteError, EarStoppedError
from device_agent.os_words import in_words

BLOCK_S = 0.5
"""A verdict may come so much later; waking up five times a second instead would cost as much as the comparison."""
MUTE_AFTER_S = 4.0
QUIT_DEADLINE_S = 1.0
_BYTES_PER_FRAME = 2
_ANCHORS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What is run, what it is called on the page, and which package it comes in."""

    argv: Sequence[str]
    name: str
    package: str
    rate: int


async def capture(program: Program, *, monotonic: Callable[[], float]) -> AsyncGenerator[Block, None]:
    """Run it and yield what it captures. Raises EarMissingError, EarStoppedError or EarMuteError."""
    process = await _spawn(program)
    complaints: deque[str] = deque(maxlen=3)
    listening = asyncio.create_task(_collect(process, complaints), name="capture-stderr")
    try:
        async for block in _blocks(process, program, monotonic):
            yield block
        await asyncio.wait([listening], timeout=QUIT_DEADLINE_S)
        raise EarStoppedError(program.name, detail="; ".join(complaints))
    finally:
        await _end(process)
        listening.cancel()


async def _spawn(program: Program) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *tied(program.argv), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
    except OSError as exc:
        raise EarMissingError(program.argv[0], why=in_words(exc), package=program.package) from exc


async def _blocks(
    process: asyncio.subprocess.Process, program: Program, monotonic: Callable[[], float]
) -> AsyncGenerator[Block, None]:
    """Yield blocks until the program ends.

    A block is never read before it was captured, and often a little after: of the recent ones, the one that came
    soonest tells when the stream began.
    """
    assert process.stdout is not None  # noqa: S101 - it was asked for
    frames = round(BLOCK_S * program.rate)
    anchors: deque[float] = deque(maxlen=_ANCHORS)
    count = 0
    while True:
        try:
            async with asyncio.timeout(MUTE_AFTER_S):
                pcm = await process.stdout.readexactly(frames * _BYTES_PER_FRAME)
        except TimeoutError as exc:
            raise EarMuteError(program.name, seconds=MUTE_AFTER_S) from exc
        except asyncio.IncompleteReadError:
            return
        anchors.append(monotonic() - (count + frames) / program.rate)
        yield Block(pcm=pcm, at_monotonic=min(anchors) + count / program.rate)
        count += frames


async def _collect(process: asyncio.subprocess.Process, complaints: deque[str]) -> None:
    """Keep what it has to say last; a full pipe would stop it."""
    while process.stderr is not None and (line := await process.stderr.readline()):
        complaints.append(line.decode(errors="replace").strip()[:200])


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the program and whatever it started, politely at first."""
    _signal(process, signal.SIGTERM)
    try:
        async with asyncio.timeout(QUIT_DEADLINE_S):
            await _drained(process)
    except TimeoutError:
        _signal(process, signal.SIGKILL)
        await _drained(process)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


async def _drained(process: asyncio.subprocess.Process) -> None:
    """Wait for the end. What is still in the pipe is thrown away, for asyncio sees no end behind a full pipe."""
    while process.stdout is not None and await process.stdout.read(1 << 16):
        pass
    await process.wait()
