"""The silent player keeps the contract, and its times are exact."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from device_agent.sound.length import length_s
from device_agent.sound.null import NullPlayer
from device_agent.sound.port import Cue, EndedWhy, Player, UnreadableSound
from tests.device_agent.sound.contract import PlayerContract, run, tone


@pytest.mark.slow
class TestNullPlayer(PlayerContract):
    start_tolerance_s = 0.1  # the loop is late on a busy machine

    @pytest.fixture
    def make_player(self, tmp_path: Path) -> Callable[[], Player]:
        return NullPlayer


@pytest.mark.slow
def test_times_are_exact(tmp_path: Path) -> None:
    file = tone(tmp_path / "tone.wav", seconds=0.25)

    async def scene(player: Player) -> None:
        await player.prepare(Cue(path=file))
        planned_at = time.monotonic() + 0.1

        started = await player.start(planned_at)
        ended = await asyncio.wait_for(player.wait(), 2)

        assert started.at_monotonic == pytest.approx(planned_at, abs=0.1)  # the loop may be late, its word not
        assert (ended.why, ended.played_ms) == (EndedWhy.FINISHED, 250)
        assert ended.at_monotonic == pytest.approx(started.at_monotonic + 0.25, abs=1e-6)

    run(NullPlayer, scene)


def test_it_begins_before_what_else_is_due_in_its_instant_has_its_turn(tmp_path: Path) -> None:
    file = tone(tmp_path / "tone.wav", seconds=0.25)
    order: list[str] = []

    async def neighbour(due: "asyncio.Future[None]") -> None:
        await due
        order.append("neighbour")

    async def scene() -> None:
        player = NullPlayer(tell=lambda _cue, began, _at, _asked: order.append("began" if began else "ended"))
        await player.prepare(Cue(path=file))
        loop = asyncio.get_running_loop()
        due, at = loop.create_future(), loop.time() + 0.2
        loop.call_at(at, due.set_result, None)
        async with asyncio.TaskGroup() as group:
            group.create_task(neighbour(due))
            group.create_task(player.start(at))
        await player.close()

    asyncio.run(scene())
    assert order == ["began", "neighbour", "ended"]


@pytest.mark.parametrize("seconds", [0.02, 0.5, 3.7])
@pytest.mark.parametrize("kind", ["opus", "wav"])
def test_length_is_read_to_the_sample(tmp_path: Path, kind: str, seconds: float) -> None:
    assert length_s(tone(tmp_path / f"tone.{kind}", seconds=seconds)) == pytest.approx(seconds, abs=1e-4)


@pytest.mark.parametrize("kept", [0, 3, 27, 60, 900, -1])
def test_cut_file_has_no_length(tmp_path: Path, kept: int) -> None:
    whole = tone(tmp_path / "tone.opus", seconds=0.5).read_bytes()
    cut = tmp_path / "cut.opus"
    cut.write_bytes(whole[:kept])

    with pytest.raises(UnreadableSound, match=r"cut\.opus"):
        length_s(cut)
