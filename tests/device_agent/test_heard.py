"""The whole box with a real player, a real sink and an ear on it: the station learns whether anything came out."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from tests.device_agent.sound.pulse import SINK, PulseServer
from tests.fakes.box_process import BoxProcess, noise
from tests.fakes.box_station import FakeStation, audio_ref
from tests.fixtures.radio import Icecast, Studio
from tests.fixtures.skips import needs
from wire.messages import Burst, Heard, LiveAlert, Outcome, PlannedAiring, Relay

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), needs("pulseaudio", "parec", "pactl", "mpv")]

SECONDS = 13
SIREN = (Burst(on_ms=8_000, off_ms=500, times=1),)
MUTED = pytest.mark.parametrize(("mute", "verdict"), [("1", "not_heard"), ("0", "heard")])


@contextmanager
def box_with_an_ear(station: FakeStation, folder: Path, *, mute: str) -> Iterator[BoxProcess]:
    """Yield a box that knows the time, whose line tap hears a sink that is muted or not."""
    with PulseServer(folder / "pulse") as pulse:
        subprocess.run(["pactl", "--server", pulse.address, "set-sink-mute", SINK, mute], check=True, timeout=30)
        station.enrol(folder / "box")
        box = BoxProcess(
            data=folder / "box", sounds=folder / "sounds", player="mpv",
            environment={
                "PULSE_SERVER": pulse.address, "DEVICE_AGENT_AUDIO_DEVICE": f"pulse/{SINK}",
                "DEVICE_AGENT_EAR": f"pulse-line:{SINK}.monitor",
            },
        )  # fmt: skip
        station.publish_alerts()
        with box.running():
            station.wait_for(lambda: station.status and station.status.clock.trusted, timeout_s=40, what="the time")
            yield box
            assert box.terminate() == 0


@MUTED
def test_the_station_knows_within_ten_seconds_whether_the_sink_is_muted(
    embedded_broker: EmbeddedBroker, tmp_path: Path, mute: str, verdict: str
) -> None:
    audio = noise(tmp_path / "a.opus", seconds=SECONDS)
    with FakeStation(embedded_broker.url).on_air() as station:
        station.publish_audio(audio)
        with box_with_an_ear(station, tmp_path, mute=mute):
            start_at = station.now() + timedelta(seconds=3)
            station.publish_plan(station.plan(PlannedAiring(
                airing_id="a", start_at=start_at, not_after=start_at + timedelta(seconds=60),
                recording=audio_ref(audio, SECONDS * 1000),
            )))  # fmt: skip
            report = station.wait_for_report("a", timeout_s=60)

    told = [(status.at - start_at, status.playing.heard) for status in station.statuses if status.playing]
    verdicts = [(after, heard.verdict) for after, heard in told if heard is not None]
    assert {said for _, said in verdicts} == {verdict}
    assert min(after for after, _ in verdicts) <= timedelta(seconds=10)
    assert report.outcome is Outcome.PLAYED
    assert report.heard is not None
    assert report.heard.verdict == verdict


@needs("icecast2")
@MUTED
def test_a_relay_and_a_siren_are_heard_like_anything_else(
    embedded_broker: EmbeddedBroker, tmp_path: Path, mute: str, verdict: str
) -> None:
    programme = tmp_path / "radio.opus"
    noise(programme, seconds=30)
    words = noise(tmp_path / "words.opus", seconds=2)  # too few to be judged by themselves
    with (
        FakeStation(embedded_broker.url).on_air() as station,
        Icecast() as icecast,
        box_with_an_ear(station, tmp_path, mute=mute),
        Studio(icecast, "song", programme),
    ):
        station.publish_audio(words)
        start_at = station.now() + timedelta(seconds=5)
        relay = Relay(urls=(icecast.url("song"),), duration_ms=14_000, silence_ms=12_000)
        station.publish_plan(station.plan(
            PlannedAiring(
                airing_id="tiep-song", start_at=start_at, not_after=start_at + timedelta(seconds=10), relay=relay
            ),
            keep=(audio_ref(words, 2000),),
        ))  # fmt: skip
        relayed = station.wait_for_report("tiep-song", timeout_s=60)
        now = station.now()
        station.publish_alerts(LiveAlert(
            alert_id="lu", version=1, status="Actual", event="Lũ", headline="Lũ về", siren=SIREN, times=1,
            recording=audio_ref(words, 2000),
            effective_at=now, expires_at=now + timedelta(minutes=10),
        ))  # fmt: skip
        alarmed = station.wait_for_report("lu", timeout_s=60)

    assert (relayed.outcome, alarmed.outcome) == (Outcome.PLAYED, Outcome.PLAYED)
    assert [verdict_of(relayed.heard), verdict_of(alarmed.heard)] == [verdict, verdict]
    playing = [status.playing for status in station.statuses if status.playing and status.playing.heard]
    assert {(told.airing_id or told.alert_id, verdict_of(told.heard)) for told in playing} == {
        ("tiep-song", verdict), ("lu", verdict)
    }  # fmt: skip


def verdict_of(heard: Heard | None) -> str | None:
    return heard.verdict if heard is not None else None
