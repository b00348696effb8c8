"""What is decided of the amplifier is done once and undone at the end; a broken relay keeps nobody waiting."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from device_agent.amplifier.port import AmplifierError
from device_agent.amplifier.power import Power
from device_agent.playout.values import AmplifierState
from tests.fakes.amplifiers import FakeAmplifier

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)

WARM_UP, HOLD = timedelta(seconds=2), timedelta(seconds=30)


class Bench:
    """A power on a clock that the test turns."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.amplifier = FakeAmplifier()
        self.power = Power(self.amplifier, warm_up=WARM_UP, hold=HOLD, monotonic=lambda: self.seconds)

    def instant(self, monotonic: float) -> datetime:
        return NOON + timedelta(seconds=monotonic)

    @property
    def state(self) -> AmplifierState:
        state = self.power.state(self.instant)
        assert state is not None
        return state


def on_bench(play: Callable[[Bench], Awaitable[None]]) -> None:
    async def run() -> None:
        await play(Bench())

    asyncio.run(run())


def test_power_switches_once_and_knows_since_when() -> None:
    async def play(bench: Bench) -> None:
        await bench.power.begin()
        bench.seconds = 10
        assert await bench.power.follow(True, active=False)
        bench.seconds = 20
        assert not await bench.power.follow(True, active=True)
        assert bench.amplifier.switched == [False, True]
        assert (bench.power.is_on, bench.state.on_since) == (True, NOON + timedelta(seconds=10))
        assert bench.state.used_at == NOON + timedelta(seconds=20)
        assert (bench.state.warm_up, bench.state.hold) == (WARM_UP, HOLD)

    on_bench(play)


def test_the_end_of_a_long_sound_counts_as_use() -> None:
    async def play(bench: Bench) -> None:
        await bench.power.follow(True, active=True)
        bench.seconds = 1800
        await bench.power.follow(True, active=False)
        assert bench.state.used_at == NOON + timedelta(seconds=1800)
        bench.seconds = 1900
        await bench.power.follow(True, active=False)
        assert bench.state.used_at == NOON + timedelta(seconds=1800)

    on_bench(play)


def test_power_is_off_at_the_end() -> None:
    async def play(bench: Bench) -> None:
        await bench.power.follow(True, active=True)
        await bench.power.close()
        assert bench.amplifier.switched == [True, False]
        assert bench.amplifier.is_closed

    on_bench(play)


def test_a_relay_that_does_not_obey_is_told_of_and_keeps_nobody_waiting() -> None:
    async def play(bench: Bench) -> None:
        bench.amplifier.fault = AmplifierError("rơ-le không trả lời")
        bench.seconds = 10
        assert await bench.power.follow(True, active=False)
        assert (bench.power.fault, bench.power.is_on) == ("rơ-le không trả lời", None)
        assert bench.state.on_since == NOON + timedelta(seconds=10), "the words do not wait for ever"
        bench.seconds = 10.5
        assert not await bench.power.follow(True, active=True), "it is not asked again at once"
        bench.amplifier.fault, bench.seconds = None, 13
        assert await bench.power.follow(True, active=True)
        assert (bench.power.fault, bench.power.is_on) == (None, True)
        assert bench.state.on_since == NOON + timedelta(seconds=10)

    on_bench(play)


def test_a_box_that_switches_nothing_says_nothing() -> None:
    async def play() -> None:
        power = Power()
        await power.begin()
        assert not await power.follow(None, active=True)
        assert power.state(lambda _: NOON) is None
        assert (power.is_on, power.fault, power.warm_up) == (None, None, timedelta(0))
        await power.close()

    asyncio.run(play())
