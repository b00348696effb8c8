"""Every relay passes the same suite; what cannot be had is told in a sentence a technician understands."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from device_agent.amplifier.choose import UnknownAmplifierError, choose_amplifier
from device_agent.amplifier.command_relay import CommandRelay
from device_agent.amplifier.gpio_relay import GpioRelay
from device_agent.amplifier.port import Amplifier, AmplifierError
from device_agent.gpio import GpioError, Place, UnknownPinError, place_of, take_pin
from tests.fakes.amplifiers import FakePins

PIN = Place(chip="/dev/gpiochip0", pin=17, active_low=False)
Rig = tuple[Amplifier, Callable[[], list[str]]]


def script(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "relay"
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


@pytest.fixture(params=["gpio", "gpio-low", "command"])
def relay(request: pytest.FixtureRequest, tmp_path: Path) -> Rig:
    """Return a relay, and what was last done to the contact."""
    if request.param == "command":
        state = tmp_path / "state"
        command = script(tmp_path, f'printf "%s" "$2" > "{state}"')
        return CommandRelay([str(command), "1"]), lambda: [state.read_text()] if state.exists() else []
    pins, low = FakePins(), request.param == "gpio-low"
    words = {low: "off", not low: "on"}
    relay = GpioRelay(Place(chip="/dev/gpiochip0", pin=17, active_low=low), take=pins.take)
    return relay, lambda: [words[pins.level[17]]] if 17 in pins.level else []


def test_relay_switches_on_and_off_and_may_be_told_twice(relay: Rig) -> None:
    amplifier, contact = relay

    async def play() -> None:
        for on in (True, True, False, False, True):
            await amplifier.switch(on=on)
            assert contact() == ["on" if on else "off"]
        await amplifier.close()
        await amplifier.close()

    asyncio.run(play())


def test_a_pin_that_fails_is_taken_anew() -> None:
    pins = FakePins()
    relay = GpioRelay(PIN, take=pins.take)

    async def play() -> None:
        await relay.switch(on=True)
        pins.fault = GpioError("chân GPIO 17 hỏng")
        with pytest.raises(AmplifierError, match="chân GPIO 17 hỏng"):
            await relay.switch(on=False)
        pins.fault = None
        await relay.switch(on=False)
        assert pins.level[17] is False

    asyncio.run(play())


@pytest.mark.parametrize(
    ("lines", "said"),
    [(("echo 'không có thiết bị' >&2; exit 3",), "mã 3: không có thiết bị"), (("exit 1",), "không rõ lý do")],
)
def test_a_command_that_fails_is_an_error_with_its_words(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(AmplifierError, match=said):
        asyncio.run(CommandRelay([str(script(tmp_path, *lines))]).switch(on=True))


def test_a_command_that_hangs_is_given_up(tmp_path: Path) -> None:
    relay = CommandRelay([str(script(tmp_path, "exec sleep 30"))], deadline_s=0.2)

    with pytest.raises(AmplifierError, match=r"quá 0\.2 giây"):
        asyncio.run(relay.switch(on=True))


def test_a_command_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AmplifierError, match="không chạy được"):
        asyncio.run(CommandRelay([str(tmp_path / "none")]).switch(on=True))


def test_a_box_without_such_a_chip_says_so() -> None:
    """The real library on a machine that has no such pins."""
    with pytest.raises(AmplifierError, match="chân GPIO 5 của /dev/gpiochip77"):
        asyncio.run(GpioRelay(Place(chip="/dev/gpiochip77", pin=5, active_low=False), take=take_pin).switch(on=True))


@pytest.mark.parametrize(
    ("setting", "place"),
    [
        ("gpio:17", PIN),
        ("gpio-low:4", Place(chip="/dev/gpiochip0", pin=4, active_low=True)),
        ("gpio:/dev/gpiochip4:22", Place(chip="/dev/gpiochip4", pin=22, active_low=False)),
    ],
)
def test_place_is_read(setting: str, place: Place) -> None:
    assert place_of(setting) == place


@pytest.mark.parametrize("setting", ["gpio", "gpio:", "gpio:x", "gpio:17:18", "gpio:-1", "gpio-high:3", "gpio:1\n"])
def test_place_refuses_what_is_no_pin(setting: str) -> None:
    with pytest.raises(UnknownPinError):
        place_of(setting)


@pytest.mark.parametrize("setting", ["x", "gpio:x", "command:", "command:'", "on"])
def test_choose_refuses_what_switches_nothing(setting: str) -> None:
    with pytest.raises(UnknownAmplifierError, match="command:LỆNH"):
        choose_amplifier(setting)


def test_choose_takes_what_the_owner_set() -> None:
    assert [choose_amplifier(nothing) for nothing in (None, "", "none")] == [None, None, None]
    assert isinstance(choose_amplifier("gpio-low:17"), GpioRelay)
    command = choose_amplifier("command:/usr/local/bin/usbrelay 'kênh 1'")
    assert isinstance(command, CommandRelay)
    assert command.name == "/usr/local/bin/usbrelay"
