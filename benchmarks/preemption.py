"""How long from a signed alert at the box to the first sample of its siren at the sink, while a programme plays.

A real box (`device-agent run` with mpv) on a real mosquitto and a PulseAudio null sink, whose monitor is recorded and
searched for the siren by correlation. A bare subscriber beside the box tells when the document came in. The floor is
what cannot be had for less: that subscriber's own delay, and a bare mpv that is let go.
Usage: preemption.py [ALERTS]; prints one line of JSON, milliseconds.
"""

import asyncio
import json
import random
import shutil
import socket
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from device_agent.sound.mpv_file import MpvFile
from device_agent.sound.mpv_ipc import MpvProcess
from device_agent.sound.mpv_launch import MpvSettings, launch_arguments
from device_agent.sound.port import Cue
from device_agent.sound.siren import rendered
from tests.device_agent.sound.pulse import RATE, PulseServer, Recording, find, noise
from tests.fakes.box_process import BoxProcess
from tests.fakes.box_process import noise as programme_noise
from tests.fakes.box_station import STATION, FakeStation, audio_ref
from tests.fixtures.brokers import Mosquitto
from wire import topics
from wire.messages import Burst, LiveAlert, PlannedAiring

ALERTS = 100
UNPAUSES = 30
PROGRAMS = ("mpv", "pulseaudio", "parec", "mosquitto", "chrt")
SIREN = (Burst(on_ms=20_000, off_ms=10_000, times=3),)
NEEDLE_S = 0.06
SOUNDS_FOR_S = 0.5
PROGRAMME_S = 1800


@dataclass(slots=True)
class Listener:
    """A bare subscriber: when each document of alerts came in, by the monotonic clock."""

    came_at: list[float]

    @classmethod
    def beside(cls, port: int) -> "Listener":
        listener, ready = cls(came_at=[]), threading.Event()
        client = Client(CallbackAPIVersion.VERSION2, client_id="bare")

        def on_message(_client: Client, _userdata: object, _message: MQTTMessage) -> None:
            listener.came_at.append(time.monotonic())
            ready.set()  # the first is what the broker held

        client.on_message = on_message
        client.connect("127.0.0.1", port)
        client.loop_start()
        client.subscribe(topics.alerts(STATION), qos=1)
        ready.wait(1)
        return listener


def measure(folder: Path, alerts: int) -> dict[str, list[float]]:
    """Return, alert by alert: document received → first sample, published → received; and the bare unpauses."""
    broker = _broker(folder)
    server = PulseServer(folder / "pulse")
    try:
        with Recording(server) as recording:
            station = FakeStation(broker.url)
            station.enrol(folder / "box")
            box = BoxProcess(
                data=folder / "box", sounds=folder / "sounds", player="mpv",
                environment={"PULSE_SERVER": server.address, "DEVICE_AGENT_AUDIO_DEVICE": "pulse/sink"},
            )  # fmt: skip
            with station.on_air(), box.running():
                _play_a_programme(station, folder)
                listener = Listener.beside(broker.port)
                told_at = [_alarm(station, n) for n in range(alerts)]
                came_at = [next(at for at in listener.came_at if at > told) for told in told_at]
            found = {
                "published_to_received": [1000 * (c - t) for t, c in zip(told_at, came_at, strict=True)],
                "received_to_sounding": [_onset_ms(recording, instant) for instant in came_at],
            }
            return found | {"unpause_to_sounding": asyncio.run(_unpauses(folder, server, recording))}
    finally:
        server.kill()
        broker.kill()


def _broker(folder: Path) -> Mosquitto:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    configuration = folder / "mosquitto.conf"
    configuration.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\nset_tcp_nodelay true\n")
    broker = Mosquitto(folder=folder, configuration=configuration, port=port, url=f"mqtt://127.0.0.1:{port}")
    broker.start()
    return broker


def _play_a_programme(station: FakeStation, folder: Path) -> None:
    audio = programme_noise(folder / "programme.opus", seconds=PROGRAMME_S, kbit=6)
    station.publish_audio(audio)
    station.publish_alerts()
    start_at = station.now() + timedelta(seconds=6)
    planned = PlannedAiring(
        airing_id="programme", start_at=start_at, not_after=start_at + timedelta(hours=2), gain_db=-40.0,
        recording=audio_ref(audio, PROGRAMME_S * 1000), after_interruption="resume",
        sentence_offsets_ms=tuple(range(0, PROGRAMME_S * 1000, 1000)),
    )  # fmt: skip
    station.publish_plan(station.plan(planned))
    station.wait_for(lambda: station.status and station.status.playing, timeout_s=60, what="the programme")


def _alarm(station: FakeStation, number: int) -> float:
    """Sound an alert for a moment while the programme plays; return when it was published."""
    station.wait_for(
        lambda: station.status and station.status.playing and station.status.playing.airing_id, timeout_s=20,
        what="the programme again",
    )  # fmt: skip
    time.sleep(random.uniform(0.4, 0.8))
    live = LiveAlert(
        alert_id=f"alert-{number}", version=1, status="Actual", event="Lũ", headline="Lũ về", siren=SIREN,
        effective_at=station.now(), expires_at=station.now() + timedelta(minutes=5),
    )  # fmt: skip
    told_at = time.monotonic()
    station.publish_alerts(live)
    time.sleep(SOUNDS_FOR_S)
    station.publish_alerts()
    return told_at


def _onset_ms(recording: Recording, came_at: float) -> float:
    """Return how long after that instant the siren's first sample sounded."""
    return _found_ms(_siren(), recording, came_at)


def _found_ms(needle: NDArray[np.float64], recording: Recording, instant: float) -> float:
    heard = recording.between(instant - 0.05, instant + SOUNDS_FOR_S)
    offset_s, alike = find(needle, heard)
    if alike < 0.8:
        raise RuntimeError(f"the recording holds the sound only by {alike:.2f}")
    return 1000 * (offset_s - 0.05)


def _siren() -> NDArray[np.float64]:
    return np.frombuffer(rendered(SIREN)[: 2 * round(NEEDLE_S * RATE)], dtype="<i2").astype(np.float64) / 32768


async def _unpauses(folder: Path, server: PulseServer, recording: Recording) -> list[float]:
    """Return how long a bare mpv takes from being let go to its first sample."""
    file = folder / "noise.wav"
    sent = noise(file, seconds=0.25)
    settings = MpvSettings(device="pulse/sink", pulse_server=server.address)
    mpv = await MpvProcess.launch(await launch_arguments(settings))
    found = []
    for _ in range(UNPAUSES):
        held = await MpvFile.load(mpv, Cue(path=file), settings)
        await asyncio.sleep(0.3)
        told_at = await held.let_go(expected_latency_s=0.0)
        await asyncio.sleep(0.6)
        found.append(_found_ms(sent[: RATE // 20], recording, told_at))
    await mpv.close()
    return found


def figures(delays_ms: list[float]) -> dict[str, float]:
    """Return the usual percentiles."""
    p50, p99 = np.percentile(delays_ms, [50, 99])
    return {"p50": round(float(p50), 2), "p99": round(float(p99), 2), "max": round(max(delays_ms), 2)}


def main() -> None:
    """Run, and print the line."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        print(json.dumps({"benchmark": "preemption", "not_measured": f"not installed: {', '.join(missing)}"}))
        return
    alerts = int(sys.argv[1]) if len(sys.argv) > 1 else ALERTS
    with tempfile.TemporaryDirectory(prefix="preemption-") as folder:
        found = measure(Path(folder), alerts)
    told = {name: figures(delays) for name, delays in found.items()}
    line = {
        "benchmark": "preemption",
        "alerts": alerts,
        "received_to_sounding_ms": told["received_to_sounding"],
        "floor": "a bare mpv let go",
        "floor_ms": told["unpause_to_sounding"],
        "bare_subscriber_ms": told["published_to_received"],
        "ratio_p99": round(told["received_to_sounding"]["p99"] / told["unpause_to_sounding"]["p99"], 2),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
