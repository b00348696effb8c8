"""The nightly self-test by the player that plays the airings: heard, not heard, given up at once, and never loud."""

import asyncio
import time
import wave
from array import array
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from device_agent.amplifier.power import Power
from device_agent.hearing.band import samples
from device_agent.hearing.chirp import RATE, SelfTest, sweeps
from device_agent.hearing.memory import EarMemory
from device_agent.hearing.night import NightEar
from device_agent.hearing.port import Block, EarError
from device_agent.playout.values import Moment, SoundKey
from device_agent.self_testing import SelfTesting, quiet_gain_db
from device_agent.sound.port import Player
from tests.fakes.amplifiers import FakeAmplifier
from tests.fakes.box_player import FakePlayer
from tests.fakes.box_sim import NOON, ZONE, plan
from wire.messages import Heard, WantedSettings
from wire.messages import SelfTest as NightResult

SHORT = SelfTest(seconds=6.0)
T = TypeVar("T")


class Room:
    """An ear in the room of a fake player: it hears what the player is told to play, if its horns work."""

    name, rate, void_is_silence = "tai giả", RATE, False

    def __init__(self, player: FakePlayer, *, horns_work: bool = True) -> None:
        self._player, self._horns_work = player, horns_work
        self.fault: EarError | None = None

    async def listen(self) -> AsyncGenerator[Block, None]:
        if self.fault is not None:
            raise self.fault
        began = self._player.began_at
        assert began is not None
        sound = samples(b"".join(sweeps(SHORT))) * 3 * self._horns_work
        delay = np.zeros(RATE // 5, dtype=np.float32)
        chance = np.random.default_rng(3)
        heard = np.concatenate([delay, sound, delay])
        heard = heard + chance.standard_normal(len(heard)).astype(np.float32) * 0.002
        pcm = np.round(np.clip(heard, -1, 1) * 32_767).astype("<i2").tobytes()
        block = RATE  # half a second of two bytes each
        for start in range(0, len(pcm), block):
            await asyncio.sleep(0.02)
            yield Block(pcm=pcm[start : start + block], at_monotonic=began + start / 2 / RATE)
        await asyncio.Event().wait()


class Bench:
    """A box by night, whose moment the test decides."""

    def __init__(self, folder: Path, **room: Any) -> None:
        self.player, self.amplifier = FakePlayer(), FakeAmplifier()
        self.room = Room(self.player, **room)
        self.ear = NightEar(self.room, test=SHORT)
        self.memory = EarMemory(folder / "ear.json")
        self.power = Power(self.amplifier, warm_up=timedelta(milliseconds=50))
        wanted = plan(settings=WantedSettings(self_test_at="12:00"))
        self.moment = Moment(now=NOON, up_since=NOON, trusted_since=NOON, zone=ZONE, plan=wanted)
        self.is_lent = False
        self.wanted_power: list[bool] = []
        self.testing = SelfTesting(
            self.ear, memory=self.memory, lend=self.lend, power=self.power, moment=lambda: self.moment,
            path=folder / "self-test.wav", on_disk=_at_once, changed=self._changed,
        )  # fmt: skip

    @contextmanager
    def lend(self) -> Iterator[Player | None]:
        self.is_lent = True
        try:
            yield self.player
        finally:
            self.is_lent = False

    def _changed(self) -> None:
        self.wanted_power.append(self.power.is_wanted)


async def _at_once(call: Callable[[], T], /) -> T:
    return call()


def on_bench(folder: Path, play: Callable[[Bench], Awaitable[None]], **room: Any) -> None:
    async def run() -> None:
        async with asyncio.timeout(20):
            await play(Bench(folder, **room))

    asyncio.run(run())


@pytest.mark.parametrize(("horns_work", "verdict"), [(True, "heard"), (False, "not_heard")])
def test_the_test_tells_whether_the_horns_work(tmp_path: Path, horns_work: bool, verdict: str) -> None:
    async def play(bench: Bench) -> None:
        assert await bench.testing.test(bench.ear)
        result = bench.memory.self_test
        assert result is not None
        assert (result.at, result.heard.verdict) == (NOON, verdict)
        assert bench.player.said == ["prepare None", "start", "stop"], (
            "by the player's own path, as no airing and no alert"
        )
        assert bench.wanted_power == [True, False, False]
        assert not bench.is_lent

    on_bench(tmp_path, play, horns_work=horns_work)


def test_the_result_outlives_the_agent(tmp_path: Path) -> None:
    memory = EarMemory(tmp_path / "ear.json")
    memory.keep_test(NightResult(at=NOON, heard=Heard(verdict="heard", score=0.6)))
    memory.keep_gain(-31.26)

    again = EarMemory(tmp_path / "ear.json")

    assert again.self_test == memory.self_test
    assert again.usual_gain_db == -31.3


@pytest.mark.parametrize(
    "spoilt", ["", "{", "[]", '{"usual_gain_db": true, "self_test": {"at": 1}}', '{"usual_gain_db": NaN}']
)
def test_a_spoilt_memory_is_only_forgotten(tmp_path: Path, spoilt: str) -> None:
    (tmp_path / "ear.json").write_text(spoilt)

    memory = EarMemory(tmp_path / "ear.json")

    assert (memory.usual_gain_db, memory.self_test) == (None, None)


def test_a_gain_that_hardly_changed_is_not_written(tmp_path: Path) -> None:
    memory = EarMemory(tmp_path / "ear.json")
    memory.keep_gain(-30.0)
    written = (tmp_path / "ear.json").stat().st_ino
    memory.keep_gain(-30.9)
    assert (tmp_path / "ear.json").stat().st_ino == written
    memory.keep_gain(-31.1)
    assert (tmp_path / "ear.json").stat().st_ino != written


def test_an_alert_ends_the_test_at_once_and_nothing_is_claimed(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        testing = asyncio.create_task(bench.testing.test(bench.ear))
        while "start" not in bench.player.said:
            await asyncio.sleep(0.01)
        bench.moment = replace(bench.moment, preparing=frozenset({SoundKey("alert")}))
        alerted_at = time.monotonic()
        while "stop" not in bench.player.said:
            await asyncio.sleep(0.01)
        assert time.monotonic() - alerted_at < 0.3
        assert not await testing
        assert bench.memory.self_test is None

    on_bench(tmp_path, play)


def test_the_test_is_not_begun_when_the_box_is_needed_by_then(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        bench.moment = replace(bench.moment, held=frozenset({SoundKey("a")}))
        assert not await bench.testing.test(bench.ear)
        assert bench.player.said == []

    on_bench(tmp_path, play)


def test_a_broken_ear_is_no_verdict(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        bench.room.fault = EarError("micrô bị rút")
        assert not await bench.testing.test(bench.ear)
        assert bench.memory.self_test is None
        assert bench.wanted_power[-1] is False

    on_bench(tmp_path, play)


@pytest.mark.parametrize("box_db", [-60.0, -10.0, 0.0, 6.0, 12.0])
def test_the_test_is_never_louder_than_forty_decibels_below_full_scale(tmp_path: Path, box_db: float) -> None:
    """Whatever the station sets: this is why it may sound in quiet hours."""
    moment = Moment(
        now=NOON, up_since=NOON, trusted_since=NOON, zone=ZONE, plan=plan(settings=WantedSettings(gain_db=box_db))
    )  # fmt: skip
    NightEar(Room(FakePlayer())).write(tmp_path / "sweeps.wav")
    with wave.open(str(tmp_path / "sweeps.wav")) as sound:
        peak = max(abs(sample) for sample in array("h", sound.readframes(sound.getnframes()))) / 32_768

    assert 20 * np.log10(peak) + quiet_gain_db(moment) <= -40.0


def test_run_makes_the_test_when_it_is_due(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        running = asyncio.create_task(bench.testing.run())
        while bench.memory.self_test is None:
            await asyncio.sleep(0.02)
        running.cancel()
        assert bench.memory.self_test.at == datetime.combine(NOON.date(), NOON.timetz())

    on_bench(tmp_path, play)
