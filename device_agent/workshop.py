"""Makes the players that the settings ask for, and says what keeps them from sounding."""

import shutil
from collections.abc import Callable
from datetime import datetime

from device_agent.settings import PlayerKind, Settings
from device_agent.sound import decoder, wav
from device_agent.sound.mpv import MpvPlayer
from device_agent.sound.mpv_launch import MpvSettings
from device_agent.sound.null import NullPlayer
from device_agent.sound.port import Player, SoundError

DECKS = 2
"""One sounds while the next is made ready behind it."""


def make_players(settings: Settings, *, station_time: Callable[[float], datetime]) -> tuple[Player, ...]:
    """Return as many players as there are decks. What a killed WAV player left behind is finished first."""
    match settings.player:
        case PlayerKind.WAV:
            directory = settings.sounds or settings.data / "sounds"
            wav.recover(directory)
            return tuple(wav.WavPlayer(directory, station_time=station_time) for _ in range(DECKS))
        case PlayerKind.NULL:
            return tuple(NullPlayer() for _ in range(DECKS))
        case PlayerKind.MPV:
            chosen = MpvSettings(device=settings.audio_device, output_latency_ms=settings.output_latency_ms)
            return tuple(MpvPlayer(chosen, name=f"mpv-{deck}") for deck in range(1, DECKS + 1))


def sound_fault(settings: Settings) -> str | None:
    """Return what keeps the chosen player from sounding, in Vietnamese; None when nothing is known to."""
    match settings.player:
        case PlayerKind.WAV:
            try:
                decoder.ffmpeg_path()
            except SoundError as exc:
                return str(exc)
        case PlayerKind.MPV if shutil.which("mpv") is None:
            return "không tìm thấy mpv; hãy chạy: sudo apt install mpv"
        case _:
            return None
    return None
