"""The decks of the stage: each a player with what it holds, and how a sound becomes a cue."""

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from device_agent.hearing.port import Sounding
from device_agent.playout.values import Sound
from device_agent.sound.port import Cue, Player, Started

OVERRUN_S = 15.0
"""A sound that lasts so much longer than its file is hung; it is stopped and reported as failed."""


class Phase(Enum):
    """What a deck is doing."""

    EMPTY = auto()
    CHECKING = auto()
    PREPARING = auto()
    HELD = auto()
    ACTIVE = auto()
    RELEASING = auto()


@dataclass(slots=True)
class Deck:
    """One player; `task` is what works on it now."""

    player: Player
    phase: Phase = Phase.EMPTY
    sound: Sound | None = None
    task: "asyncio.Task[None] | None" = None


def longest_s(sound: Sound) -> float:
    """Return after how many seconds a sound must have ended, infinity when its length is unknown."""
    return length_s(sound) + OVERRUN_S


def length_s(sound: Sound) -> float:
    """Return how many seconds it sounds, infinity when that is unknown."""
    recording = sound.airing.recording if sound.airing is not None else None
    if recording is None and sound.alert is not None:
        recording = sound.alert.recording
    if recording is None or recording.duration_ms == 0:
        return float("inf")
    return max(0, recording.duration_ms - sound.from_ms) / 1000


def cue_of(sound: Sound, path: Path) -> Cue:
    """Return what a player is to prepare."""
    return Cue(
        path=path, gain_db=sound.gain_db, from_ms=sound.from_ms,
        airing_id=sound.airing.airing_id if sound.airing is not None else None,
        alert_id=sound.alert.alert_id if sound.alert is not None else None,
    )  # fmt: skip


def sounding_of(sound: Sound, path: Path, *, started: Started) -> Sounding:
    """Return what an ear is to listen for."""
    return Sounding(
        path=path, started_at=started.at_monotonic, duration_s=length_s(sound), from_ms=sound.from_ms
    )  # fmt: skip
