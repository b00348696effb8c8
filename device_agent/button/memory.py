"""What the button remembers over a power cut: when it last started something, what that was, and wrong PINs."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from device_agent import durable
from device_agent.playout.pressed import Instant, Mark, PressedAlert

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """`current` is what was started and has not been reported yet."""

    last: Mark | None = None
    guesses: tuple[Mark, ...] = ()
    current: PressedAlert | None = None


class ButtonMemory:
    """One small file. A disk that refuses costs what a restart would need, and keeps nobody from being warned."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def recall(self) -> Remembered:
        """Return what was kept; what a worn card has spoilt is forgotten."""
        try:
            said = json.loads(self._path.read_bytes())
            current = said.get("current")
            return Remembered(
                last=_mark(said["last"]) if said.get("last") else None,
                guesses=tuple(_mark(row) for row in said.get("guesses", ())),
                current=PressedAlert.model_validate(current) if current else None,
            )
        except FileNotFoundError:
            return Remembered()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            log.warning("what the button remembered cannot be read: %s", exc)
            return Remembered()

    def keep(self, remembered: Remembered) -> None:
        """Write it down."""
        current = remembered.current
        content = {
            "last": _row(remembered.last) if remembered.last is not None else None,
            "guesses": [_row(mark) for mark in remembered.guesses],
            "current": current.model_dump(mode="json") if current is not None else None,
        }
        try:
            durable.write(self._path, json.dumps(content).encode(), mode=0o600)
        except OSError as exc:
            log.warning("what the button remembers cannot be written down: %s", exc)


def _row(mark: Mark) -> dict[str, object]:
    at = mark.at
    return {
        "boot": at.boot, "monotonic_s": at.monotonic_s, "earliest": at.earliest.isoformat(),
        "latest": at.latest.isoformat() if at.latest is not None else None, "rested_s": mark.rested_s,
    }  # fmt: skip


def _mark(row: Mapping[str, Any]) -> Mark:
    latest = row["latest"]
    at = Instant(
        boot=str(row["boot"]), monotonic_s=float(row["monotonic_s"]), earliest=_aware(row["earliest"]),
        latest=_aware(latest) if latest is not None else None,
    )  # fmt: skip
    return Mark(at=at, rested_s=float(row["rested_s"]))


def _aware(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant without its zone")
    return instant
