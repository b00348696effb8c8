"""What the box's owner may set: one frozen value. This is the only module that reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

PREFIX = "DEVICE_AGENT_"
MOST_WARM_UP_MS = 10_000.0
"""No amplifier takes longer, and a slip of the pen must not keep every word waiting."""
_ANY_NUMBER = 1e9


class SettingsError(Exception):
    """A setting cannot be understood; the message is for the technician, in Vietnamese."""

    def __init__(self, name: str, value: str, *, wanted: str) -> None:
        super().__init__(f"Giá trị {value!r} của {PREFIX}{name} không hợp lệ: {wanted}.")


class PlayerKind(StrEnum):
    """What turns files into sound: mpv and a sound card, WAV files, or nothing at all (for load tests)."""

    MPV = "mpv"
    WAV = "wav"
    NULL = "null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`DEVICE_AGENT_DATA`, `_PLAYER`, `_SOUNDS`, `_LOG_LEVEL`, `_AUDIO_BUDGET_MB`, `_DISK_RESERVE_MB`, `_AUDIO_DEVICE`,
    `_OUTPUT_LATENCY_MS`, `_EAR`, `_AMPLIFIER`, `_AMPLIFIER_WARM_UP_MS`, `_AMPLIFIER_HOLD_S`, `_MAINS`, `_BUTTON`,
    `_BUTTON_PAGE`, `_PROGRAMS`, `_UPDATE_PROOF_S`, `_UPDATE_WITHIN_S`.

    `audio_budget_bytes` caps audio kept beyond need; `disk_reserve_bytes` stays free for the journal;
    `output_latency_ms` is how long the sound card takes from sample to horn; `ear` is what listens at the pole (see
    `hearing.choose`); `amplifier` is what switches it (see `amplifier.choose`), with the time it takes until it sounds
    and the time it stays on after the last sound; `mains` tells whether the mains is there (see `health.supply`);
    `programs` is where versions of the agent are kept, of which a new one must be healthy for `update_proof_s` within
    `update_within_s`; `button` and `button_page` are what somebody on the spot presses (see `button.choose`);
    `ballast_bytes` are given up when the disk
    is full, so that facts can still be written down; the last three are systemd's, `runtime` the folder for what need
    not outlive the agent.
    """

    data: Path
    player: PlayerKind = PlayerKind.MPV
    sounds: Path | None = None
    log_level: str = "INFO"
    audio_budget_bytes: int = 2048 * 1024 * 1024
    disk_reserve_bytes: int = 32 * 1024 * 1024
    audio_device: str | None = None
    output_latency_ms: float = 0.0
    ear: str | None = None
    amplifier: str | None = None
    amplifier_warm_up_ms: float = 1500.0
    amplifier_hold_s: float = 60.0
    mains: str | None = None
    programs: Path | None = None
    update_proof_s: float = 120.0
    update_within_s: float = 600.0
    button: str | None = None
    button_page: str | None = None
    ballast_bytes: int = 2 * 1024 * 1024
    runtime: Path | None = None
    notify_socket: str | None = None
    watchdog_us: int | None = None


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in `environment` (by default the process's own). Raises SettingsError."""
    found = os.environ if environment is None else environment
    values = {key.removeprefix(PREFIX): value for key, value in found.items() if key.startswith(PREFIX) and value}
    return Settings(
        data=Path(values["DATA"]) if "DATA" in values else _default_data(found),
        player=_player(values.get("PLAYER", PlayerKind.MPV)),
        sounds=Path(values["SOUNDS"]) if "SOUNDS" in values else None,
        log_level=_log_level(values.get("LOG_LEVEL", "INFO")),
        audio_budget_bytes=_megabytes(values, "AUDIO_BUDGET_MB", default=2048),
        disk_reserve_bytes=_megabytes(values, "DISK_RESERVE_MB", default=32),
        audio_device=values.get("AUDIO_DEVICE"),
        output_latency_ms=_number(values, "OUTPUT_LATENCY_MS", default=0.0),
        ear=values.get("EAR"),
        amplifier=values.get("AMPLIFIER"),
        amplifier_warm_up_ms=_number(values, "AMPLIFIER_WARM_UP_MS", default=1500.0, most=MOST_WARM_UP_MS),
        amplifier_hold_s=_number(values, "AMPLIFIER_HOLD_S", default=60.0),
        mains=values.get("MAINS"),
        programs=Path(values["PROGRAMS"]) if "PROGRAMS" in values else None,
        update_proof_s=_number(values, "UPDATE_PROOF_S", default=120.0),
        update_within_s=_number(values, "UPDATE_WITHIN_S", default=600.0),
        button=values.get("BUTTON"),
        button_page=values.get("BUTTON_PAGE"),
        runtime=Path(found["RUNTIME_DIRECTORY"].split(":")[0]) if found.get("RUNTIME_DIRECTORY") else None,
        notify_socket=found.get("NOTIFY_SOCKET") or None,
        watchdog_us=int(found["WATCHDOG_USEC"]) if found.get("WATCHDOG_USEC", "").isdigit() else None,
    )


def _default_data(environment: Mapping[str, str]) -> Path:
    """Return systemd's state directory, the system's for root, else the user's."""
    if state := environment.get("STATE_DIRECTORY"):
        return Path(state.split(":")[0])
    if os.geteuid() == 0:
        return Path("/var/lib/device-agent")
    share = environment.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(share) / "device-agent"


def _player(text: str) -> PlayerKind:
    try:
        return PlayerKind(text)
    except ValueError as exc:
        raise SettingsError("PLAYER", text, wanted="chọn mpv, wav hoặc null") from exc


def _log_level(text: str) -> str:
    if text.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise SettingsError("LOG_LEVEL", text, wanted="chọn DEBUG, INFO, WARNING hoặc ERROR")
    return text.upper()


def _megabytes(values: Mapping[str, str], name: str, *, default: int) -> int:
    number = _number(values, name, default=default)
    return int(number * 1024 * 1024)


def _number(values: Mapping[str, str], name: str, *, default: float, most: float = _ANY_NUMBER) -> float:
    text = values.get(name, str(default))
    try:
        number = float(text)
    except ValueError as exc:
        raise SettingsError(name, text, wanted="cần một số") from exc
    if not 0 <= number <= most:
        wanted = "cần một số không âm" if most == _ANY_NUMBER else f"cần một số từ 0 đến {most:.0f}"
        raise SettingsError(name, text, wanted=wanted)
    return number
