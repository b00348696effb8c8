"""The owner's setting becomes an ear, and a box without one says so instead of guessing."""

import asyncio
import subprocess
import sys

import pytest

from device_agent.hearing.arecord import ArecordEar
from device_agent.hearing.choose import NO_NUMPY, UnknownEarError, choose_ear, listener_for
from device_agent.hearing.listener import Listener
from device_agent.hearing.nothing import NoEar
from device_agent.hearing.parec import ParecEar
from device_agent.hearing.port import Ear, EarAbsent


def _ear(setting: str | None) -> Ear:
    return choose_ear(setting, monotonic=lambda: 0.0)


@pytest.mark.parametrize("setting", [None, "", "none"])
def test_no_setting_is_no_ear(setting: str | None) -> None:
    assert isinstance(_ear(setting), NoEar)


@pytest.mark.parametrize(
    ("setting", "kind", "name", "is_line"),
    [
        ("pulse", ParecEar, "PulseAudio “mặc định”", False),
        ("pulse:usb.mono", ParecEar, "PulseAudio “usb.mono”", False),
        ("pulse-line:loa.monitor", ParecEar, "PulseAudio “loa.monitor”", True),
        ("alsa", ArecordEar, "ALSA “default”", False),
        ("alsa:plughw:1,0", ArecordEar, "ALSA “plughw:1,0”", False),
        ("alsa-line:plughw:1,0", ArecordEar, "ALSA “plughw:1,0”", True),
    ],
)
def test_a_setting_names_an_ear(setting: str, kind: type[Ear], name: str, is_line: bool) -> None:
    ear = _ear(setting)

    assert (type(ear), ear.name, ear.void_is_silence) == (kind, name, is_line)


@pytest.mark.parametrize("setting", ["tai", "jack:1", "none-line", "pulseline"])
def test_an_unknown_setting_is_refused(setting: str) -> None:
    with pytest.raises(UnknownEarError, match=setting):
        _ear(setting)


def test_a_box_without_numpy_says_that_it_is_deaf() -> None:
    listener = listener_for(_ear("pulse"), ffmpeg=lambda: "ffmpeg", has_numpy=lambda: False)

    assert isinstance(listener, NoEar)
    assert listener.why == NO_NUMPY


def test_choosing_an_ear_does_not_need_numpy() -> None:
    script = "import sys; sys.modules['numpy'] = None; import device_agent.hearing.choose"

    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_listening_needs_numpy() -> None:
    """Negative control of the test above."""
    script = "import sys; sys.modules['numpy'] = None; import device_agent.hearing.listener"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60, check=False)

    assert done.returncode != 0


def test_a_box_with_an_ear_and_numpy_listens() -> None:
    listener = listener_for(_ear("pulse"), ffmpeg=lambda: "ffmpeg")

    assert isinstance(listener, Listener)
    assert listener.name == "PulseAudio “mặc định”"


def test_no_ear_claims_nothing() -> None:
    async def listen() -> None:
        async for _ in NoEar().listen():
            pytest.fail("it heard something")

    with pytest.raises(EarAbsent, match="chưa lắp micrô"):
        asyncio.run(listen())
