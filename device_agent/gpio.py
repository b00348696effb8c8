"""Single pins of the box: a relay that is set, an input that is read. Only this module knows libgpiod.

The kernel gives a pin to one process at a time, so whoever holds one keeps it until the end.
"""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

from device_agent.os_words import in_words

CHIP = "/dev/gpiochip0"
_NO_LIBRARY = "chưa cài thư viện gpiod (cài bằng: pip install 'commune-broadcaster[gpio]')"
_PLACE = re.compile(r"gpio(?P<low>-low)?:(?:(?P<chip>/dev/[\w./-]+):)?(?P<pin>[0-9]{1,3})")


class GpioError(Exception):
    """A pin cannot be had, set or read; the message says why, in words for a technician."""


class UnknownPinError(GpioError):
    """The setting names no pin."""

    def __init__(self, setting: str) -> None:
        super().__init__(f"“{setting}” không phải là chân GPIO nào; hãy viết gpio:SỐ hoặc gpio-low:SỐ, ví dụ gpio:17")


class PinUnavailableError(GpioError):
    """The kernel does not give the pin."""

    def __init__(self, place: "Place", *, why: str) -> None:
        super().__init__(f"không dùng được chân GPIO {place.pin} của {place.chip} ({why})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a pin is, and whether low means on (many relay boards switch when their input is pulled down).

    `pull_up` keeps an input high as long as nothing pulls it down: a button between it and ground.
    """

    chip: str
    pin: int
    active_low: bool
    pull_up: bool = False


class Pin(Protocol):
    """A pin that is held. Each call may raise GpioError."""

    def set(self, *, on: bool) -> None:
        """Drive an output."""

    def get(self) -> bool:
        """Return whether it is on."""

    def close(self) -> None:
        """Give it back; a relay falls off with most boards, so switch it first."""


TakePin = Callable[..., Pin]
"""Called with a Place and `output`; raises GpioError."""


def is_pin(setting: str) -> bool:
    """Return whether the setting means a pin at all."""
    return setting.startswith("gpio")


def place_of(setting: str) -> Place:
    """Return the pin that `gpio:17`, `gpio-low:17` or `gpio:/dev/gpiochip4:17` names. Raises UnknownPinError."""
    found = _PLACE.fullmatch(setting)
    if found is None:
        raise UnknownPinError(setting)
    return Place(chip=found["chip"] or CHIP, pin=int(found["pin"]), active_low=found["low"] is not None)


def take_pin(place: Place, *, output: bool) -> Pin:
    """Return the pin, an output being off at first. Raises GpioError."""
    if find_spec("gpiod") is None:
        raise GpioError(_NO_LIBRARY)
    return _KernelPin(place, output=output)


class _KernelPin:
    """A line of the kernel's GPIO character device."""

    def __init__(self, place: Place, *, output: bool) -> None:
        import gpiod  # only boxes with something on their pins have it installed
        from gpiod.line import Bias, Direction, Value

        self._place, self._on, self._off = place, Value.ACTIVE, Value.INACTIVE
        settings = gpiod.LineSettings(
            direction=Direction.OUTPUT if output else Direction.INPUT,
            active_low=place.active_low, output_value=Value.INACTIVE,
            bias=Bias.PULL_UP if place.pull_up else Bias.AS_IS,
        )  # fmt: skip
        try:
            self._lines = gpiod.request_lines(place.chip, {place.pin: settings}, consumer="device-agent")
        except (OSError, ValueError) as exc:
            raise PinUnavailableError(place, why=_reason(exc)) from exc

    def set(self, *, on: bool) -> None:
        """Drive it."""
        try:
            self._lines.set_value(self._place.pin, self._on if on else self._off)
        except OSError as exc:
            raise PinUnavailableError(self._place, why=_reason(exc)) from exc

    def get(self) -> bool:
        """Read it."""
        try:
            return self._lines.get_value(self._place.pin) is self._on
        except OSError as exc:
            raise PinUnavailableError(self._place, why=_reason(exc)) from exc

    def close(self) -> None:
        """Give it back."""
        with contextlib.suppress(OSError):
            self._lines.release()


def _reason(error: OSError | ValueError) -> str:
    return in_words(error) if isinstance(error, OSError) else str(error)
