"""The whole box with a real player, a real sink and an ear on it: the station learns whether anything came out."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from tests.device_agent.sound.pulse import SINK, PulseServer
from tests.fakes.box_process import BoxProcess, noise
from tests.fakes.box_station import FakeStation, audio_ref
from tests.fixtures.skips import needs
from wire.messages import Outcome, PlannedAiring

pytestmark = [pytest.mark.slow, needs("pulseaudio", "parec", "pactl", "mpv")]

SECONDS = 13


@pytest.mark.parametrize(("mute", "verdict"), [("1", "not_heard"), ("0", "heard")])
def test_the_station_knows_within_ten_seconds_whether_the_sink_is_muted(
    embedded_broker: EmbeddedBroker, tmp_path: Path, mute: str, verdict: str
) -> None:
    audio = noise(tmp_path / "a.opus", seconds=SECONDS)
    with FakeStation(embedded_broker.url).on_air() as station, PulseServer(tmp_path / "pulse") as pulse:
        subprocess.run(["pactl", "--server", pulse.address, "set-sink-mute", SINK, mute], check=True, timeout=10)
        station.enrol(tmp_path / "box")
        box = BoxProcess(
            data=tmp_path / "box", sounds=tmp_path / "sounds", player="mpv",
            environment={
                "PULSE_SERVER": pulse.address, "DEVICE_AGENT_AUDIO_DEVICE": f"pulse/{SINK}",
                "DEVICE_AGENT_EAR": f"pulse-line:{SINK}.monitor",
            },
        )  # fmt: skip
        station.publish_audio(audio)
        station.publish_alerts()
        with box.running():
            station.wait_for(lambda: station.status and station.status.clock.trusted, what="a trusted clock")
            start_at = station.now() + timedelta(seconds=3)
            station.publish_plan(station.plan(PlannedAiring(
                airing_id="a", start_at=start_at, not_after=start_at + timedelta(seconds=60),
                recording=audio_ref(audio, SECONDS * 1000),
            )))  # fmt: skip
            report = station.wait_for_report("a", timeout_s=40)
            assert box.terminate() == 0

    told = [(status.at - start_at, status.playing.heard) for status in station.statuses if status.playing]
    verdicts = [(after, heard.verdict) for after, heard in told if heard is not None]
    assert {said for _, said in verdicts} == {verdict}
    assert min(after for after, _ in verdicts) <= timedelta(seconds=10)
    assert report.outcome is Outcome.PLAYED
    assert report.heard is not None
    assert report.heard.verdict == verdict
