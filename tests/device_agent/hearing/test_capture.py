"""A capturing program is read, stamped, ended, and its failures told; the programs here are small scripts."""

import asyncio
import os
import stat
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from device_agent.hearing.arecord import ArecordEar
from device_agent.hearing.capture import BLOCK_S, Program, capture
from device_agent.hearing.parec import ParecEar
from device_agent.hearing.port import Block, Ear, EarError, EarMissingError, EarMuteError, EarStoppedError

ENDLESS = 'echo "$$" > "$0.pid"; echo "$@" > "$0.args"; exec cat /dev/zero'


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], str]:
    def write(body: str) -> str:
        file = tmp_path / "capturing"
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        return str(file)

    return write


async def _take(ear: Ear, blocks: int) -> list[Block]:
    taken = []
    async with aclosing(ear.listen()) as stream:
        async for block in stream:
            taken.append(block)
            if len(taken) == blocks:
                break
    return taken


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


EARS: list[Callable[[str], Ear]] = [
    lambda binary: ParecEar("loa.monitor", monotonic=time.monotonic, server="unix:/x", binary=binary),
    lambda binary: ArecordEar("plughw:1", monotonic=time.monotonic, binary=binary),
]
ears = pytest.mark.parametrize("make_ear", EARS, ids=["parec", "arecord"])


@ears
def test_ear_gives_blocks_and_leaves_no_program_behind(
    make_ear: Callable[[str], Ear], script: Callable[[str], str]
) -> None:
    binary = script(ENDLESS)
    ear = make_ear(binary)

    blocks = asyncio.run(_take(ear, 3))

    assert [len(block.pcm) for block in blocks] == [round(BLOCK_S * ear.rate) * 2] * 3
    assert not _is_running(int(Path(f"{binary}.pid").read_text()))


@ears
def test_ear_asks_for_raw_mono_sound_on_standard_output(
    make_ear: Callable[[str], Ear], script: Callable[[str], str]
) -> None:
    """No argument is a file's name: the sound has nowhere to go but our pipe."""
    binary = script(ENDLESS)
    ear = make_ear(binary)

    asyncio.run(_take(ear, 1))

    arguments = Path(f"{binary}.args").read_text().split()
    assert all(argument.startswith("--") for argument in arguments)
    assert {f"--rate={ear.rate}", "--channels=1"} <= set(arguments)
    assert {"--raw", "--file-type=raw"} & set(arguments)


@ears
def test_ear_whose_program_ends_says_what_it_complained_of(
    make_ear: Callable[[str], Ear], script: Callable[[str], str]
) -> None:
    ear = make_ear(script("echo 'No such device' >&2; exit 1"))

    with pytest.raises(EarStoppedError, match="No such device"):
        asyncio.run(_take(ear, 1))


@ears
def test_ear_without_its_program_names_the_package(make_ear: Callable[[str], Ear]) -> None:
    with pytest.raises(EarMissingError, match="sudo apt install"):
        asyncio.run(_take(make_ear("/nowhere/capturing"), 1))


@ears
def test_every_failure_is_an_ear_error(make_ear: Callable[[str], Ear], script: Callable[[str], str]) -> None:
    with pytest.raises(EarError):
        asyncio.run(_take(make_ear(script("exit 0")), 1))


@pytest.mark.slow
def test_a_program_that_delivers_nothing_is_told_of_and_ended(script: Callable[[str], str]) -> None:
    binary = script('echo "$$" > "$0.pid"; exec sleep 60')

    with pytest.raises(EarMuteError, match="4 giây"):
        asyncio.run(_take(ParecEar(monotonic=time.monotonic, binary=binary), 1))

    assert not _is_running(int(Path(f"{binary}.pid").read_text()))


@pytest.mark.slow
def test_a_program_that_will_not_end_is_killed(script: Callable[[str], str]) -> None:
    binary = script("trap '' TERM; echo $$ > \"$0.pid\"; while :; do cat /dev/zero; done")

    asyncio.run(_take(ParecEar(monotonic=time.monotonic, binary=binary), 1))

    assert not _is_running(int(Path(f"{binary}.pid").read_text()))


def test_a_late_read_does_not_move_the_instants(script: Callable[[str], str]) -> None:
    """The loop was busy for a second: the frames were captured when they were captured."""
    reads = iter([10.5, 11.0, 12.9, 12.9, 12.9])
    program = Program(argv=[script(ENDLESS)], name="thử", package="thử", rate=8_000)

    async def take() -> list[float]:
        instants = []
        async with aclosing(capture(program, monotonic=lambda: next(reads))) as stream:
            async for block in stream:
                instants.append(block.at_monotonic)
                if len(instants) == 5:
                    break
        return instants

    assert asyncio.run(take()) == pytest.approx([10.0, 10.5, 11.0, 11.5, 12.0])
