"""What the box can tell of its own body: heat, power, memory, disk, line. Null where it has no such sense.

Files of the kernel are read at every look; programs are asked rarely, for starting one costs more than all the rest.
"""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from device_agent.health import line, supply
from device_agent.health.files import counted, number, text
from device_agent.health.line import Kind, Modem
from device_agent.health.supply import Mains
from device_agent.health.tools import Tools

ASK_EVERY_S = 300.0
_THERMAL = Path("sys/class/thermal/thermal_zone0/temp")
_LIFE_MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One look at the hardware."""

    disk_free_bytes: int | None = None
    disk_wear_percent: int | None = None
    memory_free_bytes: int | None = None
    agent_memory_bytes: int | None = None
    cpu_temperature_c: float | None = None
    under_voltage: bool | None = None
    throttled: bool | None = None
    mains: bool | None = None
    line: Kind = "unknown"
    modem: Modem = field(default_factory=Modem)


class Observer:
    """`root` is where /sys and /proc are (another one in tests); `tools` asks programs; `mains` reads its input."""

    def __init__(
        self,
        data: Path,
        *,
        root: Path = Path("/"),
        tools: Tools | None = None,
        mains: Mains = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._data = data
        self._root = root
        self._tools = tools or Tools()
        self._mains = mains
        self._monotonic = monotonic
        self._asked_at: float | None = None
        self._firmware: str | None = None
        self._modem = Modem()

    def look(self) -> Body:
        """Return what can be seen now. May block for seconds while a program is asked: never call it in the loop."""
        self._ask_now_and_then()
        power = supply.look(self._root, firmware=self._firmware)
        return Body(
            disk_free_bytes=_disk_free(self._data),
            disk_wear_percent=_disk_wear(self._root),
            memory_free_bytes=_memory_free(self._root),
            agent_memory_bytes=_own_memory(self._root),
            cpu_temperature_c=_temperature(self._root),
            under_voltage=power.under_voltage,
            throttled=power.throttled,
            mains=self._mains(),
            line=line.kind(self._root),
            modem=self._modem,
        )

    def _ask_now_and_then(self) -> None:
        if self._asked_at is not None and self._monotonic() - self._asked_at < ASK_EVERY_S:
            return
        self._asked_at = self._monotonic()
        self._firmware = supply.ask_firmware(self._tools)
        self._modem = line.ask_modem(self._tools) or Modem()


def _disk_free(data: Path) -> int | None:
    try:
        return shutil.disk_usage(data).free
    except OSError:
        return None


def _disk_wear(root: Path) -> int | None:
    """Return how much of its life the most worn flash memory has used, at most (JEDEC's life time, steps of ten).

    eMMC tells it for both its kinds of cells; an SD card has no such register.
    """
    said = [text(life) or "" for life in sorted((root / "sys/block").glob("mmcblk*/device/life_time"))]
    steps = [step for words in said for word in words.split() if (step := counted(word, base=16))]
    return min(max(steps), _LIFE_MOST) * 10 if steps else None


def _memory_free(root: Path) -> int | None:
    for row in (text(root / "proc/meminfo") or "").splitlines():
        if row.startswith("MemAvailable:"):
            kilobytes = counted(" ".join(row.split()[1:2]))
            return kilobytes * 1024 if kilobytes is not None else None
    return None


def _own_memory(root: Path) -> int | None:
    words = (text(root / "proc/self/statm") or "").split()
    pages = counted(words[1]) if len(words) > 1 else None
    return pages * os.sysconf("SC_PAGE_SIZE") if pages is not None else None


def _temperature(root: Path) -> float | None:
    thousandths = number(root / _THERMAL)
    return round(thousandths / 1000, 1) if thousandths is not None else None
