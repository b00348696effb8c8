"""Buttons on pins: a hold of two seconds starts its message; a pin that fails is told of and taken anew."""

import pytest

from device_agent.button.choose import choose
from device_agent.button.inputs import Inputs, UnknownButtonError, wired
from device_agent.gpio import GpioError, Place
from tests.fakes.amplifiers import FakePins
from tests.fakes.in_loop import in_loop


class Asked:
    """Notes what the pins ask for."""

    def __init__(self) -> None:
        self.wishes: list[tuple[str, int | None]] = []
        self.is_sounding = False

    async def press(self, number: int, *, by: str) -> None:
        self.wishes.append(("press", number))
        self.is_sounding = True

    async def stop(self, *, by: str) -> bool:
        self.wishes.append(("stop", None))
        return True


class Bench:
    """Two buttons on a fake chip, looked at as often as a test says."""

    def __init__(self) -> None:
        self.pins, self.asked, self.now = FakePins(), Asked(), 0.0
        self.pins.level = {23: True, 24: True}  # pulled up: nobody presses
        self.inputs = Inputs(
            wired("gpiochip0/23:1,/dev/gpiochip0/24:2"), self.asked, take=self.pins.take,  # type: ignore[arg-type]  # answers the same
            monotonic=lambda: self.now,
        )  # fmt: skip

    async def let_pass(self, seconds: float, *, down: tuple[int, ...] = ()) -> None:
        for pin in (23, 24):
            self.pins.level[pin] = pin not in down
        for _ in range(round(seconds / 0.1)):
            self.now += 0.1
            await self.inputs.look()


@in_loop
async def test_each_button_starts_its_message_and_a_long_hold_of_any_stops() -> None:
    bench = Bench()
    await bench.let_pass(1)
    await bench.let_pass(20, down=(24,))
    assert bench.asked.wishes == [("press", 2)]
    await bench.let_pass(1)
    await bench.let_pass(9, down=(23,))
    assert bench.asked.wishes == [("press", 2), ("press", 1), ("stop", None)]


@in_loop
async def test_a_pin_that_fails_is_told_of_and_must_be_released_first() -> None:
    bench = Bench()
    await bench.let_pass(1)
    bench.pins.fault = GpioError("dây đứt")
    await bench.let_pass(1, down=(23,))
    assert bench.inputs.fault == "dây đứt"
    bench.pins.fault = None
    await bench.let_pass(20, down=(23,))
    assert not bench.inputs.fault
    assert not bench.asked.wishes
    await bench.let_pass(1)
    await bench.let_pass(3, down=(23,))
    assert bench.asked.wishes == [("press", 1)]


def test_the_setting_is_read() -> None:
    (one,) = wired("gpiochip4/17:3")
    assert (one.place, one.number) == (Place(chip="/dev/gpiochip4", pin=17, active_low=True, pull_up=True), 3)
    assert wired(None) == wired("none") == ()


@pytest.mark.parametrize("setting", ["17:1", "gpiochip0/17", "gpiochip0/17:9", "gpiochip0/17:1,gpiochip0/17:2", "x"])
def test_a_setting_that_names_no_pin_is_a_fault_and_none_to_stop_for(setting: str) -> None:
    with pytest.raises(UnknownButtonError):
        wired(setting)
    chosen = choose(setting, "192.168.4.1:8080")
    assert (chosen.wired, chosen.page) == ((), ("192.168.4.1", 8080))
    assert chosen.fault is not None


@pytest.mark.parametrize("setting", ["8080", "loa.local:80", "192.168.4.1:99999", "192.168.4.1"])
def test_a_page_that_has_no_address_is_a_fault(setting: str) -> None:
    chosen = choose(None, setting)
    assert chosen.page is None
    assert chosen.fault is not None
