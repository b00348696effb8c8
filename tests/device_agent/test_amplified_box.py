"""The whole box with a relay that a program switches: what is heard begins when the amplifier is warm, never before."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from tests.fakes.box_process import BoxProcess, noise, wait_until
from tests.fakes.box_station import FakeStation, audio_ref
from wire.messages import Boot, Burst, LiveAlert, Outcome, PlannedAiring

pytestmark = pytest.mark.slow

WARM_UP = timedelta(milliseconds=1500)


class Relay:
    """A program that writes down when it was told what."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "relay.log"
        self.program = folder / "relay"
        self.program.write_text(f'#!/bin/sh\nprintf "%s %s %s\\n" "$(date +%s.%N)" "$1" "$2" >>"{self.log}"\n')
        self.program.chmod(0o755)

    def told(self) -> list[tuple[datetime, str]]:
        """Return when what was said, the channel checked."""
        rows = [line.split() for line in self.log.read_text().splitlines()] if self.log.exists() else []
        assert all(channel == "2" for _, channel, _ in rows)
        return [(datetime.fromtimestamp(float(at), UTC), word) for at, _, word in rows]


def box_with(relay: Relay, folder: Path, *, hold_s: float) -> BoxProcess:
    return BoxProcess(
        data=folder / "box", sounds=folder / "sounds",
        environment={
            "DEVICE_AGENT_AMPLIFIER": f"command:{relay.program} 2",
            "DEVICE_AGENT_AMPLIFIER_WARM_UP_MS": "1500", "DEVICE_AGENT_AMPLIFIER_HOLD_S": str(hold_s),
        },
    )  # fmt: skip


def first_frame(heard: Path) -> datetime:
    return datetime.fromisoformat(json.loads(heard.with_suffix(".json").read_text())["first_frame_at"])


def test_the_amplifier_is_on_and_warm_before_the_first_frame_and_off_afterwards(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    audio = noise(tmp_path / "a.opus", seconds=1)
    relay = Relay(tmp_path)
    with FakeStation(embedded_broker.url).on_air() as station:
        station.enrol(tmp_path / "box")
        box = box_with(relay, tmp_path, hold_s=2)
        station.publish_audio(audio)
        station.publish_alerts()
        with box.running():
            station.wait_for(lambda: station.status and station.status.clock.trusted, what="a trusted clock")
            assert [word for _, word in relay.told()] == ["off"], "it stands as is thought from the start"
            start_at = station.now() + timedelta(seconds=6)
            station.publish_plan(station.plan(PlannedAiring(
                airing_id="a", start_at=start_at, not_after=start_at + timedelta(seconds=60),
                recording=audio_ref(audio, 1000),
            )))  # fmt: skip
            station.wait_for(lambda: station.status and station.status.health.amplifier_on, what="the amplifier on")
            report = station.wait_for_report("a")
            station.wait_for(
                lambda: station.status and station.status.health.amplifier_on is False, what="the amplifier off"
            )
            assert box.terminate() == 0
            box.start()
            station.wait_for(
                lambda: station.status and len(station.status.health.boots) == 2 and station.status.health.boots[0].at,
                what="the second start, with its time",
            )
            assert station.status is not None
            assert [boot.why for boot in station.status.health.boots] == ["asked", "unknown"]
            assert isinstance(station.status.health.boots[1], Boot)

    (_, on, off, *_) = relay.told()
    began_at = first_frame(box.heard()[0])
    assert (on[1], off[1]) == ("on", "off")
    assert report.outcome is Outcome.PLAYED
    assert report.start_error_ms is not None
    assert abs(report.start_error_ms) < 50, "and it is on time nevertheless"
    assert began_at - on[0] >= WARM_UP
    assert off[0] - began_at >= timedelta(seconds=1 + 2 - 0.2)


def test_an_alert_switches_it_on_at_once_and_its_end_is_the_agents(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    audio = noise(tmp_path / "a.opus", seconds=30)
    relay = Relay(tmp_path)
    with FakeStation(embedded_broker.url).on_air() as station:
        station.enrol(tmp_path / "box")
        box = box_with(relay, tmp_path, hold_s=60)
        station.publish_audio(audio)
        with box.running():
            station.wait_for(lambda: station.status, what="a status")
            now = station.now()
            station.publish_alerts(LiveAlert(
                alert_id="drill", version=1, status="Exercise", event="Diễn tập", headline="Diễn tập",
                recording=audio_ref(audio, 30_000), effective_at=now, expires_at=now + timedelta(hours=1),
            ))  # fmt: skip
            station.wait_for(lambda: station.status and station.status.playing, what="the words")
            assert box.terminate() == 0
        wait_until(lambda: [word for _, word in relay.told()] == ["off", "on", "off"])
    on_at = relay.told()[1][0]
    began_at = first_frame(box.heard()[0])
    slack = timedelta(milliseconds=50)  # the box names its sounds by the station's time as it believes it
    waited = began_at - on_at
    assert WARM_UP - slack <= waited <= WARM_UP + timedelta(seconds=0.6), "words wait for the horns, and no longer"


def test_a_siren_waits_for_the_relay_alone(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    relay = Relay(tmp_path)
    with FakeStation(embedded_broker.url).on_air() as station:
        station.enrol(tmp_path / "box")
        box = box_with(relay, tmp_path, hold_s=60)
        with box.running():
            station.publish_alerts()
            station.wait_for(lambda: station.status and station.status.clock.trusted, what="a trusted clock")
            now = station.now()
            station.publish_alerts(LiveAlert(
                alert_id="flood", version=1, status="Actual", event="Lũ", headline="Lũ về",
                siren=(Burst(on_ms=3000, off_ms=500, times=2),),
                effective_at=now, expires_at=now + timedelta(hours=1),
            ))  # fmt: skip
            station.wait_for(lambda: station.status and station.status.playing, what="the siren")
            assert box.terminate() == 0
    siren_at, on_at = logged(box, "flood/1/0.s0"), logged(box, "the amplifier is on")
    assert timedelta(0) <= siren_at - on_at <= timedelta(seconds=0.2)


def logged(box: BoxProcess, words: str) -> datetime:
    """Return when the box first said so in its log: one clock for both, where the station's may be some ms off."""
    line = next(line for line in box.log.splitlines() if words in line)
    return datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f").replace(tzinfo=UTC)
