"""A muted mixer is found, whichever system runs it; the mixers here are scripts that speak like the real ones."""

from pathlib import Path

import pytest

from device_agent.sound.mixer import muted

PULSE = {
    "info": "Server Name: pulseaudio",
    "get-sink-mute": "Mute: no",
    "get-sink-volume": "Volume: front-left: 42000 /  64% / -11.6 dB,   front-right: 42000 /  64% / -11.6 dB",
}
ALSA = """Simple mixer control 'Master',0
  Capabilities: pvolume pswitch
  Front Left: Playback 45000 [69%] [-10.00dB] [on]
  Front Right: Playback 45000 [69%] [-10.00dB] [on]"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def pulse(programs: Path, **said: str) -> None:
    answers = {**PULSE, **{name.replace("_", "-"): text for name, text in said.items()}}
    cases = "\n".join(f"{name}) echo '{text}';;" for name, text in answers.items())
    script(programs / "pactl", f'case "$1" in\n{cases}\nesac')


def alsa(programs: Path, text: str) -> None:
    script(programs / "pactl", "exit 1")
    script(programs / "amixer", f"[ \"$3\" = Master ] || exit 1\ncat <<'END'\n{text}\nEND")


def script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def test_a_loud_pulse_sink_is_not_muted(programs: Path) -> None:
    pulse(programs)
    assert muted() is None


def test_a_muted_pulse_sink_is_found(programs: Path) -> None:
    pulse(programs, get_sink_mute="Mute: yes")
    assert muted() == "đầu ra mặc định"


def test_a_pulse_sink_at_nothing_is_found(programs: Path) -> None:
    pulse(programs, get_sink_volume="Volume: front-left: 0 /   0% / -inf dB,   front-right: 0 /   0% / -inf dB")
    assert muted() == "đầu ra mặc định"


def test_a_loud_alsa_card_is_not_muted(programs: Path) -> None:
    alsa(programs, ALSA)
    assert muted() is None


@pytest.mark.parametrize(("was", "now"), [("[on]", "[off]"), ("[69%]", "[0%]")])
def test_a_muted_alsa_control_is_named(programs: Path, was: str, now: str) -> None:
    alsa(programs, ALSA.replace(was, now))
    assert muted() == "Master"


def test_without_a_mixer_nobody_can_tell(programs: Path) -> None:
    script(programs / "pactl", "exit 1")
    script(programs / "amixer", "exit 1")
    assert muted() is None
