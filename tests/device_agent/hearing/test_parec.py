"""The whole way for real: a bulletin into a PulseAudio sink, its monitor heard by the ear, sounding and muted."""

import asyncio
import subprocess
import time
import wave
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from device_agent.hearing.choose import choose_ear, listener_for
from device_agent.hearing.listener import Listener
from device_agent.hearing.port import Sounding
from device_agent.hearing.verdict import Hearing, Verdict
from device_agent.sound.mpv import MpvPlayer
from device_agent.sound.mpv_launch import MpvSettings
from device_agent.sound.port import Cue
from tests.device_agent.hearing import village
from tests.device_agent.hearing.airings import Readings
from tests.device_agent.hearing.village import RATE
from tests.fixtures.skips import needs

pytestmark = [pytest.mark.slow, needs("pulseaudio", "parec", "pactl", "mpv")]

SECONDS = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """A PulseAudio of our own with one sink that nobody hears."""

    server: str
    folder: Path

    def environment(self) -> dict[str, str]:
        """Return what its clients run with; the home keeps them from the user's own PulseAudio."""
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "PULSE_SERVER": self.server}

    def run(self, *command: str) -> str:
        """Return what a client said."""
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, timeout=20, check=True)
        return done.stdout


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    folder = tmp_path_factory.mktemp("pulse")
    here = Sink(server=f"unix:{folder}/native", folder=folder)
    server = subprocess.Popen(
        [
            "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
            "-L", f"module-native-protocol-unix auth-anonymous=1 socket={folder}/native",
            "-L", "module-null-sink sink_name=loa rate=48000",
        ],
        env={**here.environment(), "XDG_RUNTIME_DIR": str(folder)}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _until_ready(here, server)
        yield here
    finally:
        server.terminate()
        server.wait(timeout=10)


def _until_ready(sink: Sink, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if "loa" in sink.run("pactl", "list", "short", "sinks"):
                return
        except subprocess.CalledProcessError:
            time.sleep(0.1)
    pytest.fail("PulseAudio did not start")


@pytest.fixture(scope="module")
def recording(readings: Readings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("recording") / "bulletin.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, RATE, 0, "NONE", ""))
        sound.writeframes(village.pcm(readings.bulletin(np.random.default_rng(11), seconds=SECONDS)))
    return file


async def _air(sink: Sink, recording: Path) -> list[Hearing]:
    """Play it and return what the ear said meanwhile."""
    ear = choose_ear("pulse-line:loa.monitor", monotonic=time.monotonic, pulse_server=sink.server)
    listener = listener_for(ear, ffmpeg=imageio_ffmpeg.get_ffmpeg_exe)
    assert isinstance(listener, Listener)
    player = MpvPlayer(MpvSettings(device="pulse/loa", pulse_server=sink.server))
    await player.prepare(Cue(path=recording))
    started = await player.start(time.monotonic() + 0.3)
    sounding = Sounding(path=recording, started_at=started.at_monotonic, duration_s=SECONDS)
    async with aclosing(listener.listen(sounding)) as hearings:
        taken = [hearing async for hearing in hearings]
    await player.close()
    return taken


@pytest.mark.parametrize("volume_db", [0, -20])
def test_what_sounds_at_the_sink_is_heard(sink: Sink, recording: Path, volume_db: int) -> None:
    sink.run("pactl", "set-sink-mute", "loa", "0")
    sink.run("pactl", "set-sink-volume", "loa", f"{volume_db}dB")

    hearings = asyncio.run(_air(sink, recording))

    assert min(hearing.at_s for hearing in hearings if hearing.verdict is Verdict.HEARD) <= 10
    assert hearings[-1].verdict is Verdict.HEARD
    assert hearings[-1].score > 0.4
    assert hearings[-1].gain_db == pytest.approx(volume_db, abs=3)


def test_a_muted_sink_is_not_heard_and_that_is_known_within_ten_seconds(sink: Sink, recording: Path) -> None:
    sink.run("pactl", "set-sink-volume", "loa", "0dB")
    sink.run("pactl", "set-sink-mute", "loa", "1")

    hearings = asyncio.run(_air(sink, recording))

    assert min(hearing.at_s for hearing in hearings if hearing.verdict is Verdict.NOT_HEARD) <= 8
    assert hearings[-1].verdict is Verdict.NOT_HEARD
