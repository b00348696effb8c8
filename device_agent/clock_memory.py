"""Keeps the best clock sample over a restart of the agent, so that it need not fall silent while the network is away.

The monotonic clock runs on from one process to the next but not over a boot, so the boot's id stands beside it.
"""

import json
import math
from pathlib import Path

from device_agent import durable
from device_agent.timekeeper import Sample

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class ClockMemory:
    """One small file; what cannot be read or written is only forgotten."""

    def __init__(self, path: Path, *, boot_id_path: Path = _BOOT_ID) -> None:
        self._path = path
        self._boot_id_path = boot_id_path

    def keep(self, sample: Sample) -> None:
        """Write the sample down."""
        boot_id = self._boot_id()
        if boot_id is None:
            return
        values = {"offset_s": sample.offset_s, "error_ms": sample.error_ms, "at_monotonic": sample.at_monotonic}
        try:
            durable.write(self._path, json.dumps({"boot_id": boot_id, **values}).encode())
        except OSError:
            return  # a full disk costs the memory of the time, nothing else

    def recall(self) -> Sample | None:
        """Return the sample of this boot, if there is one."""
        try:
            kept = json.loads(self._path.read_bytes())
            if kept["boot_id"] != self._boot_id():
                return None
            numbers = [float(kept[name]) for name in ("offset_s", "error_ms", "at_monotonic")]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if not all(math.isfinite(number) for number in numbers) or numbers[1] < 0:
            return None
        return Sample(offset_s=numbers[0], error_ms=numbers[1], at_monotonic=numbers[2])

    def _boot_id(self) -> str | None:
        try:
            return self._boot_id_path.read_text().strip()
        except OSError:
            return None
