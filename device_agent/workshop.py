"""Makes the parts that the settings ask for, and says what keeps them from sounding, switching and hearing."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from device_agent.amplifier.choose import choose_amplifier
from device_agent.amplifier.port import Amplifier, AmplifierError
from device_agent.amplifier.power import Power
from device_agent.button.choose import choose as choose_button
from device_agent.gpio import GpioError, Place, TakePin, is_pin, place_of, take_pin
from device_agent.health.body import Observer
from device_agent.health.supply import UnknownMainsError, choose_mains
from device_agent.health.tools import NoTools, Tools
from device_agent.hearing.choose import choose_ear, listener_for, night_ear_for
from device_agent.hearing.nothing import NoEar
from device_agent.hearing.port import EarError
from device_agent.os_words import in_words
from device_agent.settings import PlayerKind, Settings
from device_agent.sound import mixer, pouring, wav
from device_agent.sound.decoder import ffmpeg_path
from device_agent.sound.mpv import MpvPlayer
from device_agent.sound.mpv_launch import MpvSettings
from device_agent.sound.null import NullPlayer
from device_agent.sound.port import Feed, Player, SoundError
from device_agent.sound.relay_feed import RelayFeed, Wanted
from device_agent.sound.tap_words import opening
from device_agent.stage.relays import OpenFeed

if TYPE_CHECKING:
    from device_agent.hearing.listener import Listener
    from device_agent.hearing.night import NightEar

log = logging.getLogger(__name__)

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # names no file: a check makes no sound
DECKS = 2
"""One sounds while the next is made ready behind it."""


def make_players(settings: Settings, *, station_time: Callable[[float], datetime]) -> tuple[Player, ...]:
    """Return as many players as there are decks."""
    return tuple(_player(settings, str(deck), station_time=station_time) for deck in range(1, DECKS + 1))


def make_siren(settings: Settings, *, station_time: Callable[[float], datetime]) -> Player:
    """Return the player that holds nothing but the siren."""
    return _player(settings, "siren", station_time=station_time)


def _player(settings: Settings, name: str, *, station_time: Callable[[float], datetime]) -> Player:
    match settings.player:
        case PlayerKind.WAV:
            return wav.WavPlayer(_sounds(settings), station_time=station_time)
        case PlayerKind.NULL:
            return NullPlayer()
        case PlayerKind.MPV:
            chosen = MpvSettings(
                device=settings.audio_device, output_latency_ms=settings.output_latency_ms, runtime=settings.runtime
            )  # fmt: skip
            return MpvPlayer(chosen, name=f"mpv-{name}")


def make_receiver() -> OpenFeed:
    """Return what receives streams: through ffmpeg where it is, else through mpv."""

    def open_feed(wanted: Wanted, changed: Callable[[], None]) -> Feed:
        return RelayFeed(wanted, opening=opening(ffmpeg=_ffmpeg(), mpv=MpvSettings().binary), changed=changed)

    return open_feed


def _ffmpeg() -> str | None:
    try:
        return ffmpeg_path()
    except SoundError:
        return None


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


def make_night_ear(settings: Settings) -> "NightEar | None":
    """Return what hears the nightly self-test, None for a box without an ear."""
    try:
        return night_ear_for(choose_ear(settings.ear, monotonic=time.monotonic, at_night=True))
    except EarError:
        return None  # the ear's fault is told of already


def make_power(settings: Settings) -> Power:
    """Return what switches the amplifier. A setting that names nothing is a fault to tell of, and none to stop for."""
    try:
        amplifier, fault = choose_amplifier(settings.amplifier), None
    except AmplifierError as exc:
        amplifier, fault = None, str(exc)
    power = Power(
        amplifier, warm_up=timedelta(milliseconds=settings.amplifier_warm_up_ms),
        hold=timedelta(seconds=settings.amplifier_hold_s),
    )  # fmt: skip
    power.fault = fault
    return power


def make_observer(settings: Settings) -> Observer:
    """Return what looks at the box. A box that nobody hears is one of a village: no programs are started for it."""
    is_simulated = settings.player is PlayerKind.NULL
    try:
        mains = choose_mains(settings.mains)
    except UnknownMainsError as exc:
        log.warning("%s", exc)  # and `doctor` says so; a village must not fall silent for it
        mains = choose_mains(None)
    return Observer(settings.data, tools=NoTools() if is_simulated else Tools(), mains=mains)


def mains_fault(settings: Settings, *, take: TakePin = take_pin, is_held: bool = False) -> str | None:
    """Return what keeps the box from seeing the mains, in Vietnamese; None when nothing does, or none was chosen.

    `is_held`, here and below: an agent runs and holds the pins, so that no more than the setting can be looked at.
    """
    setting = settings.mains
    try:
        look = choose_mains(setting)
    except UnknownMainsError as exc:
        return str(exc)
    if setting in {None, "", "none"}:
        return None
    if is_pin(setting or ""):
        return None if is_held else _pin_fault(place_of(setting or ""), take=take)
    return f"không đọc được {setting}" if look() is None else None


def button_fault(settings: Settings, *, take: TakePin = take_pin, is_held: bool = False) -> str | None:
    """Return what keeps the button from being read, in Vietnamese; None when nothing does, or none was chosen."""
    chosen = choose_button(settings.button, settings.button_page)
    if chosen.fault is not None or is_held:
        return chosen.fault
    faults = (_pin_fault(button.place, take=take) for button in chosen.wired)
    return next((fault for fault in faults if fault is not None), None)


def _pin_fault(place: Place, *, take: TakePin) -> str | None:
    try:
        take(place, output=False).close()
    except GpioError as exc:
        return str(exc)
    return None


def power_fault(settings: Settings, *, is_held: bool = False) -> str | None:
    """Return what keeps the amplifier from being switched, in Vietnamese; None when nothing does.

    It is switched off, which harms nobody while no agent runs: one that does may be sounding an alarm.
    """
    try:
        amplifier = choose_amplifier(settings.amplifier)
        if amplifier is not None and not is_held:
            asyncio.run(_switched_off(amplifier))
    except AmplifierError as exc:
        return str(exc)
    return None


async def _switched_off(amplifier: Amplifier) -> None:
    try:
        await amplifier.switch(on=False)
    finally:
        await amplifier.close()


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


def clear_runtime(settings: Settings) -> Settings:
    """Return the settings with a folder for what need not outlive the agent: nothing of a killed one is left in it."""
    runtime = settings.runtime or settings.data / "run"
    try:
        pouring.clear(runtime)
    except OSError as exc:
        log.warning("%s cannot be used, so the system's own place is: %s", runtime, exc)
        return replace(settings, runtime=None)
    return replace(settings, runtime=runtime)


def sound_fault(settings: Settings) -> str | None:
    """Return what keeps the chosen player from sounding, in Vietnamese; None when nothing does. Nothing is heard."""
    settings = replace(settings, runtime=None)  # the agent that runs has its own
    try:
        player = make_players(settings, station_time=lambda _: _NEVER)[0]
    except OSError as exc:
        return f"không tạo được thư mục âm thanh ({in_words(exc)}); hãy kiểm tra quyền của thư mục dữ liệu"
    fault = asyncio.run(_fault_of(player))
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
