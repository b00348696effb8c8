"""Whether the system's mixer is muted, asked of PulseAudio or PipeWire (`pactl`), else of ALSA (`amixer`)."""

import re
import shutil
import subprocess

_TIMEOUT_S = 3.0
_CONTROLS = ("Master", "PCM", "Headphone", "Digital")


def muted() -> str | None:
    """Return which control is muted or at nothing, None when none is or nobody can tell."""
    return _pulse_muted() if shutil.which("pactl") and _run("pactl", "info") is not None else _alsa_muted()


def _pulse_muted() -> str | None:
    mute = _run("pactl", "get-sink-mute", "@DEFAULT_SINK@") or ""
    volume = _run("pactl", "get-sink-volume", "@DEFAULT_SINK@") or ""
    levels = [int(level) for level in re.findall(r"(\d+)%", volume)]
    silent = re.search(r":\s*yes", mute) is not None or (levels != [] and max(levels) == 0)
    return "đầu ra mặc định" if silent else None


def _alsa_muted() -> str | None:
    if shutil.which("amixer") is None:
        return None
    return next((control for control in _CONTROLS if _is_silent(_run("amixer", "-M", "sget", control))), None)


def _is_silent(text: str | None) -> bool:
    """Return whether amixer's lines say that every channel is off or at 0 %."""
    channels = re.findall(r"\[(\d+)%\](?:.*\[(on|off)\])?", text or "")
    return channels != [] and all(level == "0" or switch == "off" for level, switch in channels)


def _run(*command: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands of the system's own mixer
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
