"""The decks of the stage: each a player with what it holds, and how a sound becomes a cue."""

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from device_agent.playout.values import Active, Part, Sound
from device_agent.sound.port import Cue, Feed, Player
from wire.messages import Heard

OVERRUN_S = 15.0
"""A sound that lasts so much longer than its file is hung; it is stopped and reported as failed."""


class Phase(Enum):
    """What a deck is doing."""

    EMPTY = auto()
    CHECKING = auto()
    STANDING_BY = auto()
    PREPARING = auto()
    HELD = auto()
    ACTIVE = auto()
    RELEASING = auto()


@dataclass(slots=True)
class Deck:
    """One player; `task` is what works on it now, `feed` the relay or the siren that it holds or sounds, `run` how its
    sound is going, `began_at` when its first sample sounded (monotonic), `heard` what the ear said of it while it was
    the one that sounded. `is_siren`: it is kept for the siren."""

    player: Player
    phase: Phase = Phase.EMPTY
    sound: Sound | None = None
    feed: Feed | None = None
    task: "asyncio.Task[None] | None" = None
    run: Active | None = None
    began_at: float | None = None
    heard: Heard | None = None
    is_siren: bool = False


def longest_s(sound: Sound) -> float:
    """Return after how many seconds a sound must have ended, infinity when its length is unknown."""
    return length_s(sound) + OVERRUN_S


def length_s(sound: Sound) -> float:
    """Return how many seconds it sounds, infinity when that is unknown."""
    return max(0, sound.duration_ms - sound.from_ms) / 1000 if sound.duration_ms > 0 else float("inf")


def cue_of(sound: Sound, path: Path) -> Cue:
    """Return what a player is to prepare."""
    return Cue(
        path=path, gain_db=sound.gain_db, from_ms=sound.from_ms,
        airing_id=sound.airing.airing_id if sound.airing is not None else None,
        alert_id=sound.alert.alert_id if sound.alert is not None else None,
        part=sound.part.value if sound.part is not None else None,
    )  # fmt: skip


def cue_of_siren(siren: Feed, *, alert_id: str | None = None) -> Cue:
    """Return what a player is to prepare: the siren, with its gain in it already."""
    return Cue(path=Path("siren"), alert_id=alert_id, part=Part.SIREN.value, feed=siren)
