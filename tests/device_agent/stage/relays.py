"""What the tests of relays and of boxes in unison share: their boxes, their plans, and what to look for."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from device_agent.sound.port import Player
from device_agent.sound.tap_words import by_ffmpeg, by_mpv
from device_agent.sound.wav import WavPlayer
from tests.device_agent.sound.pulse import find
from tests.fakes.box_sim import airing, recording
from tests.fakes.box_small import SmallBox
from tests.sound import RATE, Sound, decoded, heard
from wire.messages import PlannedAiring, Relay, Together

LATE_ON_A_BUSY_MACHINE = timedelta(milliseconds=500)
ALIKE = 0.4
"""A lossy form keeps the shape to 0.9, and half of that where the seam of the radio's loop goes through the middle of
what is compared; another noise has hardly a tenth of it."""
SECOND = timedelta(seconds=1)
MS = timedelta(milliseconds=1)
ITEM_S = 14
FILES = {"item": 1, "filler": 2, "siren": 9}
Play = Callable[[SmallBox], Coroutine[None, None, None]]


def audio(sounds: Path) -> dict[str, Path]:
    return {recording(number).sha256: sounds / f"{name}.wav" for name, number in FILES.items()}


def station_time(at_monotonic: float) -> datetime:
    return datetime.fromtimestamp(time.time() + at_monotonic - time.monotonic(), UTC)


def play(directory: Path, players: tuple[Player, ...], scene: Play, *, sounds: Path, by: str = "ffmpeg") -> None:
    opening = by_mpv("mpv") if by == "mpv" else by_ffmpeg(imageio_ffmpeg.get_ffmpeg_exe())

    async def whole() -> None:
        async with SmallBox(directory, players, audio=audio(sounds), opening=opening).running() as box:
            await scene(box)

    asyncio.run(whole())


def wav_players(directory: Path) -> tuple[Player, ...]:
    return tuple(WavPlayer(directory, station_time=station_time) for _ in range(2))


def stretches(directory: Path) -> list[tuple[datetime, Sound]]:
    """What the WAV player wrote, oldest first: the instant of the first sample, and the samples."""
    found = [(json.loads(path.with_suffix(".json").read_text()), path) for path in sorted(directory.glob("*Z.wav"))]
    return [(datetime.fromisoformat(meta["first_frame_at"]), heard(path)) for meta, path in found]


def original(sounds: Path, name: str) -> Sound:
    once = decoded((sounds / f"{name}.wav").read_bytes())
    return np.concatenate([once, once])


def alike(sound: Sound, name: str, sounds: Path, *, at_s: float) -> float:
    return find(sound[round(at_s * RATE) : round((at_s + 0.5) * RATE)], original(sounds, name))[1]


def relay(*urls: str, in_s: float = 4.0, seconds: float = 5.0, **fields: object) -> PlannedAiring:
    filler = recording(FILES["filler"], duration_ms=3000)
    stream = Relay(urls=urls, duration_ms=round(seconds * 1000), silence_ms=2_000, filler=filler)
    return airing("tiep-song", datetime.now(UTC) + in_s * SECOND, recording=None, relay=stream, **fields)


def unison(*, began_s_ago: float, **fields: object) -> PlannedAiring:
    return airing(
        "cung-luc", datetime.now(UTC) - began_s_ago * SECOND, together=Together.UNISON,
        recording=recording(FILES["item"], duration_ms=1000 * ITEM_S), **fields,
    )  # fmt: skip


async def until_it_sounds(box: SmallBox) -> None:
    """Return when what was planned has begun."""
    async with asyncio.timeout(60):
        while box.stage.active is None or box.stage.active.started_at is None:
            await asyncio.sleep(0.02)
