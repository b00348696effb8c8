"""How the box is, as it tells the station: what it saw last, what is urgent at once, and when this life began."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from device_agent.amplifier.power import Power
from device_agent.health.body import Body
from device_agent.health.boots import Boots
from device_agent.health.line import Modem
from device_agent.timekeeper import Sample, SystemClock, Timekeeper
from device_agent.wellbeing import Condition, Wellbeing
from tests.fakes.amplifiers import FakeAmplifier
from wire.messages import Boot, Health, Network

T = TypeVar("T")
CONDITION = Condition(
    agent_version="0.1.0", player="fake", audio_errors=("disk_full",) * 30, refused_documents=2, last_refusal="x"
)  # fmt: skip


class Bench:
    """A box whose body the test decides."""

    def __init__(self, folder: Path) -> None:
        self.body = Body(mains=True)
        self.looks = self.changes = 0
        self.boots = Boots(folder)
        self.boots.begin()
        self.timekeeper = Timekeeper(monotonic=lambda: 100.0, system=lambda: SystemClock(unix_s=0.0, error_ms=None))
        self.power = Power(FakeAmplifier())
        self.wellbeing = Wellbeing(
            look=self._look, boots=self.boots, power=self.power, timekeeper=self.timekeeper, changed=self._changed,
            on_disk=_at_once, started_at=40.0,
        )  # fmt: skip

    def _look(self) -> Body:
        self.looks += 1
        return self.body

    def _changed(self) -> None:
        self.changes += 1

    async def seen(self) -> None:
        """Let one look happen."""
        looking = asyncio.create_task(self.wellbeing.keep_looking())
        before = self.looks
        while self.looks == before or self.wellbeing.body is not self.body:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        looking.cancel()


async def _at_once(call: Callable[[], T], /) -> T:
    return call()


def on_bench(folder: Path, play: Callable[[Bench], Awaitable[None]]) -> None:
    async def run() -> None:
        async with asyncio.timeout(5):
            await play(Bench(folder))

    asyncio.run(run())


def test_before_the_first_look_nothing_is_claimed(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        health = bench.wellbeing.health(CONDITION)
        assert (health.mains, health.memory_free_bytes, health.network) == (None, None, Network())
        assert len(health.audio_errors) == 20

    on_bench(tmp_path, play)


def test_what_was_seen_is_told(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        bench.body = Body(
            disk_free_bytes=1, disk_wear_percent=10, memory_free_bytes=2, agent_memory_bytes=3, cpu_temperature_c=4.0,
            under_voltage=False, throttled=True, mains=False, line="mobile",
            modem=Modem(signal_percent=41, operator="Viettel", sim="ready"),
        )  # fmt: skip
        await bench.power.follow(True, active=True)
        bench.timekeeper.remember(Sample(offset_s=1.8e9, error_ms=20.0, at_monotonic=90.0))
        for _ in range(3):
            bench.wellbeing.connected()
        await bench.seen()
        began_at = datetime.fromtimestamp(1.8e9 + 40, UTC)
        assert bench.wellbeing.health(CONDITION).model_copy(update={"uptime_s": None}) == Health(
            agent_version="0.1.0", player="fake", audio_errors=("disk_full",) * 20, refused_documents=2,
            last_refusal="x", disk_free_bytes=1, disk_wear_percent=10, memory_free_bytes=2, agent_memory_bytes=3,
            cpu_temperature_c=4.0, under_voltage=False, throttled=True, mains=False, amplifier_on=True,
            network=Network(
                kind="mobile", round_trip_ms=40.0, reconnects=2, signal_percent=41, operator="Viettel", sim="ready"
            ),
            boots=(Boot(at=began_at, why="unknown"),),
        )  # fmt: skip

    on_bench(tmp_path, play)


def test_a_power_failure_is_told_at_once_and_a_degree_is_not(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        await bench.seen()
        changes = bench.changes
        bench.body = replace(bench.body, cpu_temperature_c=50.0, memory_free_bytes=1)
        await bench.seen()
        assert bench.changes == changes
        bench.body = replace(bench.body, mains=False)
        await bench.seen()
        assert bench.changes == changes + 1

    on_bench(tmp_path, play)


def test_the_start_has_no_time_until_the_time_is_trusted(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        await bench.seen()
        assert bench.boots.latest[0].at is None
        bench.timekeeper.remember(Sample(offset_s=1.8e9, error_ms=20.0, at_monotonic=90.0))
        bench.body = replace(bench.body, cpu_temperature_c=1.0)
        await bench.seen()
        assert bench.boots.latest[0].at == datetime.fromtimestamp(1.8e9 + 40, UTC)

    on_bench(tmp_path, play)
