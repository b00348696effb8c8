"""The latest starts of the agent, and why the life before each ended, as far as it can be known.

A small file on the disk says how the last life ended when it could say so itself; for the rest there are the kernel's
boot id, what systemd left behind (`ExecStopPost=` writes $SERVICE_RESULT), the kernel's crash dumps and its watchdog.
"""

import contextlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from device_agent import durable
from device_agent.health.files import number, text

log = logging.getLogger(__name__)

Why = Literal["power", "reboot", "watchdog", "crash", "update", "asked", "unknown"]
MOST = 5
SERVICE_RESULT = "service-result"
_BOOT_ID = Path("proc/sys/kernel/random/boot_id")
_DUMPS = (Path("sys/fs/pstore"), Path("var/lib/systemd/pstore"))
_BOOT_STATUS = Path("sys/class/watchdog/watchdog0/bootstatus")
_CARD_RESET = 0x20  # WDIOF_CARDRESET of linux/watchdog.h


@dataclass(frozen=True, slots=True, kw_only=True)
class Boot:
    """One start; `at` is None until the time was trusted."""

    at: datetime | None
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What is known of the life before: on which boot of the machine, and how it said that it ends (None: not)."""

    boot_id: str | None
    ended: Why | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the system knows now. `service_result` is systemd's word, of the life before and of no earlier one."""

    boot_id: str | None
    service_result: str | None = None
    kernel_crashed: bool = False
    watchdog_reset: bool = False


def why_ended(before: Life | None, facts: Facts) -> Why:
    """Return why the life before ended. Only what is known is claimed."""
    if before is None or facts.boot_id is None or before.boot_id is None:
        return (before.ended if before is not None else None) or "unknown"
    if before.boot_id == facts.boot_id:
        if before.ended is not None:
            return before.ended
        return "watchdog" if facts.service_result == "watchdog" else "crash"
    if before.ended == "update":
        return "update"
    if before.ended == "asked" or facts.service_result is not None:  # there was time to stop us: an orderly end
        return "reboot"
    if facts.watchdog_reset:
        return "watchdog"
    return "crash" if facts.kernel_crashed else "power"


class Boots:
    """`root` is where /sys and /proc are; a disk that refuses costs the memory of this start, nothing else."""

    def __init__(self, data: Path, *, root: Path = Path("/")) -> None:
        self._path = data / "boots.json"
        self._result_path = data / SERVICE_RESULT
        self._root = root
        self._boot_id = text(root / _BOOT_ID)
        self._ends_for_update = False
        self._boots: tuple[Boot, ...] = ()

    @property
    def boot_id(self) -> str:
        """Which boot of the machine this is; empty where the kernel does not tell."""
        return self._boot_id or ""

    @property
    def latest(self) -> tuple[Boot, ...]:
        """The latest starts, the newest first."""
        return self._boots

    def begin(self) -> Boot:
        """Write this start down; return it."""
        said = durable.remembered(self._path)
        before = Life(boot_id=_word(said, "boot_id"), ended=_why(said.get("ended"))) if said else None
        boot = Boot(at=None, why=why_ended(before, self._facts()))
        log.info("the life before ended: %s", boot.why)
        self._boots = (boot, *_boots(said.get("boots")))[:MOST]
        self._write(ended=None)
        with contextlib.suppress(OSError):
            self._result_path.unlink(missing_ok=True)
        return boot

    def began_at(self, instant: datetime) -> None:
        """The time is trusted now, so that it is known when this start was."""
        if self._boots and self._boots[0].at is None:
            self._boots = (Boot(at=instant, why=self._boots[0].why), *self._boots[1:])
            self._write(ended=None)

    def will_update(self) -> None:
        """This life ends for another program to begin."""
        self._ends_for_update = True

    def end(self, why: Why) -> None:
        """Write down that this life ends, and why."""
        self._write(ended="update" if why == "asked" and self._ends_for_update else why)

    def _facts(self) -> Facts:
        return Facts(
            boot_id=self._boot_id,
            service_result=text(self._result_path) or None,
            kernel_crashed=_was_dumped(self._root, since=_written_at(self._path)),
            watchdog_reset=bool((number(self._root / _BOOT_STATUS) or 0) & _CARD_RESET),
        )

    def _write(self, *, ended: Why | None) -> None:
        boots = [{"at": boot.at.isoformat() if boot.at else None, "why": boot.why} for boot in self._boots]
        content = json.dumps({"boot_id": self._boot_id, "ended": ended, "boots": boots})
        try:
            durable.write(self._path, content.encode())
        except OSError as exc:
            log.warning("the start cannot be written down: %s", exc)


def _boots(said: object) -> tuple[Boot, ...]:
    """Return the earlier starts; what a worn card has spoilt is left out."""
    rows = said if isinstance(said, list) else []
    return tuple(boot for row in rows if isinstance(row, dict) and (boot := _boot(row)) is not None)


def _boot(row: Mapping[str, Any]) -> Boot | None:
    why, at = _why(row.get("why")), row.get("at")
    try:
        instant = datetime.fromisoformat(at) if isinstance(at, str) else None
    except ValueError:
        instant = None
    if why is None:
        return None
    return Boot(at=instant if instant is not None and instant.tzinfo is not None else None, why=why)


def _why(said: object) -> Why | None:
    return next((why for why in get_args(Why) if why == said), None)


def _word(said: Mapping[str, Any], name: str) -> str | None:
    found = said.get(name)
    return found if isinstance(found, str) else None


def _written_at(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def _was_dumped(root: Path, *, since: float | None) -> bool:
    """Return whether the kernel left a crash dump after the record of the life before was written."""
    for folder in _DUMPS:
        with contextlib.suppress(OSError):  # mostly root's alone
            if since is not None and any(dump.stat().st_mtime > since for dump in (root / folder).iterdir()):
                return True
    return False
