"""Makes the players and the ear that the settings ask for, and says what keeps them from sounding and hearing."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from device_agent.hearing.choose import choose_ear, listener_for
from device_agent.hearing.nothing import NoEar
from device_agent.hearing.port import EarError
from device_agent.settings import PlayerKind, Settings
from device_agent.sound import mixer, wav
from device_agent.sound.decoder import ffmpeg_path
from device_agent.sound.mpv import MpvPlayer
from device_agent.sound.mpv_launch import MpvSettings
from device_agent.sound.null import NullPlayer
from device_agent.sound.port import Player, SoundError

if TYPE_CHECKING:
    from device_agent.hearing.listener import Listener

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # names no file: a check makes no sound
DECKS = 2
"""One sounds while the next is made ready behind it."""


def make_players(settings: Settings, *, station_time: Callable[[float], datetime]) -> tuple[Player, ...]:
    """Return as many players as there are decks."""
    match settings.player:
        case PlayerKind.WAV:
            directory = _sounds(settings)
            return tuple(wav.WavPlayer(directory, station_time=station_time) for _ in range(DECKS))
        case PlayerKind.NULL:
            return tuple(NullPlayer() for _ in range(DECKS))
        case PlayerKind.MPV:
            chosen = MpvSettings(device=settings.audio_device, output_latency_ms=settings.output_latency_ms)
            return tuple(MpvPlayer(chosen, name=f"mpv-{deck}") for deck in range(1, DECKS + 1))


def make_listener(settings: Settings) -> "Listener | NoEar":
    """Return what listens at the pole. An ear that cannot be had is a fault to tell of, and none to stop for."""
    try:
        ear = choose_ear(settings.ear, monotonic=time.monotonic)
        if isinstance(ear, NoEar):
            return ear
        ffmpeg = ffmpeg_path()  # found now: looking for it takes a moment that no start shall wait for
    except (EarError, SoundError) as exc:
        return NoEar(str(exc), is_fault=True)
    return listener_for(ear, ffmpeg=lambda: ffmpeg)


def ear_fault(settings: Settings) -> str | None:
    """Return what keeps the chosen ear from hearing, in Vietnamese; None when nothing does, or none was chosen."""
    listener = make_listener(settings)
    if isinstance(listener, NoEar):
        return listener.why if listener.is_fault else None
    return asyncio.run(_capture_fault(settings))


async def _capture_fault(settings: Settings) -> str | None:
    try:
        async with aclosing(choose_ear(settings.ear, monotonic=time.monotonic).listen()) as blocks:
            await anext(blocks)
    except EarError as exc:
        return str(exc)
    return None


def recover_sounds(settings: Settings) -> None:
    """Finish what a killed WAV player left behind; only the one agent of this data directory may do so."""
    if settings.player is PlayerKind.WAV:
        wav.recover(_sounds(settings))


def sound_fault(settings: Settings) -> str | None:
    """Return what keeps the chosen player from sounding, in Vietnamese; None when nothing does. Nothing is heard."""
    fault = asyncio.run(_fault_of(make_players(settings, station_time=lambda _: _NEVER)[0]))
    if fault is None and settings.player is PlayerKind.MPV and (control := mixer.muted()) is not None:
        return f"âm lượng đang tắt ({control}); hãy bật lại bằng alsamixer hoặc pactl"
    return fault


async def _fault_of(player: Player) -> str | None:
    try:
        await player.check()
    except SoundError as exc:
        return str(exc)
    finally:
        await player.close()
    return None


def _sounds(settings: Settings) -> Path:
    directory = settings.sounds or settings.data / "sounds"
    directory.mkdir(parents=True, exist_ok=True)
    return directory
