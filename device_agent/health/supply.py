"""Power and heat: whether the supply is weak, the processor slowed down, the mains there."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from device_agent.gpio import GpioError, Pin, Place, TakePin, is_pin, place_of, take_pin
from device_agent.health.files import number, parsed, text
from device_agent.health.tools import Tools

_FIRMWARE = Path("sys/devices/platform/soc/soc:firmware/get_throttled")
_HWMON = Path("sys/class/hwmon")
_COOLING = Path("sys/class/thermal")
_UNDER_VOLTAGE, _SLOWED = 0x1 | 0x10000, 0x2 | 0x4 | 0x8
"""Bits of the Raspberry Pi's get_throttled: weak now or since the start; capped, throttled or too hot now."""

Mains = Callable[[], bool | None]


class UnknownMainsError(Exception):
    """The setting names nothing that tells of the mains."""

    def __init__(self, setting: str) -> None:
        super().__init__(f"“{setting}” không báo được điện lưới; chọn none, gpio:SỐ, gpio-low:SỐ hoặc file:ĐƯỜNG_DẪN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Null where the box cannot tell."""

    under_voltage: bool | None
    throttled: bool | None


def ask_firmware(tools: Tools) -> str | None:
    """Return what `vcgencmd get_throttled` says, for kernels without the same in a file."""
    return (tools.ask("vcgencmd", "get_throttled") or "").strip().removeprefix("throttled=") or None


def look(root: Path, *, firmware: str | None = None) -> Supply:
    """Return how the supply is: by the Raspberry Pi's firmware where there is one, else by what the kernel sees."""
    bits = parsed(text(root / _FIRMWARE) or firmware, base=16)
    if bits is not None:
        return Supply(under_voltage=bool(bits & _UNDER_VOLTAGE), throttled=bool(bits & _SLOWED))
    return Supply(under_voltage=_alarm(root), throttled=_cooled(root))


def choose_mains(setting: str | None, *, take: TakePin = take_pin) -> Mains:
    """Return what tells whether the mains is there: a pin, or a file that begins with 1. Raises UnknownMainsError."""
    if setting is None or setting in {"", "none"}:
        return lambda: None
    if setting.startswith("file:/"):
        path = Path(setting.removeprefix("file:"))
        return lambda: _of_file(path)
    try:
        place = place_of(setting) if is_pin(setting) else None
    except GpioError as exc:
        raise UnknownMainsError(setting) from exc
    if place is None:
        raise UnknownMainsError(setting)
    return _MainsPin(place, take=take).read


class _MainsPin:
    """The pin is taken at the first look and held; a pin that fails is taken anew at the next."""

    def __init__(self, place: Place, *, take: TakePin) -> None:
        self._place, self._take = place, take
        self._pin: Pin | None = None

    def read(self) -> bool | None:
        try:
            if self._pin is None:
                self._pin = self._take(self._place, output=False)
            return self._pin.get()
        except GpioError:
            pin, self._pin = self._pin, None
            if pin is not None:
                pin.close()
            return None


def _of_file(path: Path) -> bool | None:
    said = text(path)
    return {"1": True, "0": False}.get(said[:1]) if said else None


def _alarm(root: Path) -> bool | None:
    """Return the under-voltage alarm as the kernel driver `rpi_volt` gives it."""
    for sensor in sorted((root / _HWMON).glob("hwmon*")):
        if text(sensor / "name") == "rpi_volt":
            alarm = number(sensor / "in0_lcrit_alarm")
            return None if alarm is None else alarm == 1
    return None


def _cooled(root: Path) -> bool | None:
    """Return whether the kernel slows the processor down for its heat."""
    states = [
        number(device / "cur_state")
        for device in sorted((root / _COOLING).glob("cooling_device*"))
        if (text(device / "type") or "").lower().startswith(("cpufreq", "processor"))
    ]
    known = [state for state in states if state is not None]
    return any(state > 0 for state in known) if known else None
