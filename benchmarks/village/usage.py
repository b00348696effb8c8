"""What processes use, as the kernel counts it: it tells more than the clock does on a machine that others use too."""

import os
from collections.abc import Sequence
from pathlib import Path


class Usage:
    """What processes, taken together, have used since this was made: seconds of CPU, user's and system's."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._pids = tuple(pids)
        self._before = self._used_s()

    def cpu_s(self) -> float:
        """Return the seconds of CPU."""
        return round(self._used_s() - self._before, 2)

    def most_memory_mb(self) -> float:
        """Return the most memory that they ever had, each for itself."""
        return round(sum(_most_memory_kb(pid) for pid in self._pids) / 1024, 1)

    def _used_s(self) -> float:
        return sum(_cpu_s(pid) for pid in self._pids)


def _cpu_s(pid: int) -> float:
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(int(t) for t in ticks) / os.sysconf("SC_CLK_TCK")


def _most_memory_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
