"""What the box can tell of its own body: heat, power, disk, age. Null where it has no such sense."""

import shutil
from dataclasses import dataclass
from pathlib import Path

_THERMAL = Path("sys/class/thermal/thermal_zone0/temp")
_HWMON = Path("sys/class/hwmon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One look at the hardware."""

    disk_free_bytes: int | None
    cpu_temperature_c: float | None
    under_voltage: bool | None


def look(data: Path, *, root: Path = Path("/")) -> Body:
    """Return what can be seen now; `root` is where /sys is (another one in tests)."""
    return Body(
        disk_free_bytes=_disk_free(data),
        cpu_temperature_c=_temperature(root),
        under_voltage=_under_voltage(root),
    )


def _disk_free(data: Path) -> int | None:
    try:
        return shutil.disk_usage(data).free
    except OSError:
        return None


def _temperature(root: Path) -> float | None:
    text = _read(root / _THERMAL)
    return round(int(text) / 1000, 1) if text is not None and text.lstrip("-").isdigit() else None


def _under_voltage(root: Path) -> bool | None:
    """Return the Raspberry Pi's under-voltage alarm, as its kernel driver `rpi_volt` gives it."""
    for sensor in sorted((root / _HWMON).glob("hwmon*")):
        if _read(sensor / "name") == "rpi_volt":
            alarm = _read(sensor / "in0_lcrit_alarm")
            return alarm == "1" if alarm is not None else None
    return None


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None
