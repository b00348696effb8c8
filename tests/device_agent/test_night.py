"""The whole box by night, with a real player, a real sink and an ear on it: its self-test tells whether it works."""

import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from tests.device_agent.sound.pulse import SINK, PulseServer
from tests.fakes.box_process import BoxProcess
from tests.fakes.box_station import FakeStation
from tests.fixtures.skips import needs
from wire.messages import QuietHours, WantedSettings

pytestmark = [pytest.mark.slow, needs("pulseaudio", "parec", "pactl", "mpv")]

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


MOST_KB = 80 * 1024
"""What a box may need at any time, its players apart."""


def memory_kb(pid: int, what: str) -> int:
    """Return how much a process holds (`VmRSS`), or has held at its worst (`VmHWM`)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what))


def _minute(instant: datetime) -> str:
    return f"{instant.astimezone(ZONE):%H:%M}"


@pytest.mark.parametrize(("mute", "verdict"), [("1", "not_heard"), ("0", "heard")])
def test_the_box_tests_itself_in_quiet_hours_and_reports_no_airing(
    embedded_broker: EmbeddedBroker, tmp_path: Path, mute: str, verdict: str
) -> None:
    with FakeStation(embedded_broker.url).on_air() as station, PulseServer(tmp_path / "pulse") as pulse:
        subprocess.run(["pactl", "--server", pulse.address, "set-sink-mute", SINK, mute], check=True, timeout=10)
        station.enrol(tmp_path / "box")
        box = BoxProcess(
            data=tmp_path / "box", sounds=tmp_path / "sounds", player="mpv",
            environment={
                "PULSE_SERVER": pulse.address, "DEVICE_AGENT_AUDIO_DEVICE": f"pulse/{SINK}",
                "DEVICE_AGENT_EAR": f"pulse-line:{SINK}.monitor", "MALLOC_ARENA_MAX": "2",  # as the unit has it
            },
        )  # fmt: skip
        now = station.now()
        station.publish_alerts()
        with box.running():
            station.wait_for(lambda: station.status and station.status.clock.trusted, what="the time", timeout_s=40)
            before_kb = memory_kb(box.pid, "VmRSS")
            station.publish_plan(station.plan(
                quiet_hours=(
                    QuietHours(start=_minute(now - timedelta(hours=2)), end=_minute(now + timedelta(hours=2))),
                ),
                settings=WantedSettings(self_test_at=_minute(now - timedelta(minutes=1)), gain_db=6.0),
            ))  # fmt: skip
            station.wait_for(
                lambda: station.status and station.status.health.self_test, what="the self-test", timeout_s=90
            )
            assert memory_kb(box.pid, "VmHWM") <= MOST_KB
            assert memory_kb(box.pid, "VmRSS") <= 1.2 * before_kb
            assert station.status is not None
            test = station.status.health.self_test
            assert test is not None
            assert test.heard.verdict == verdict
            assert abs(test.at - station.now()) < timedelta(seconds=60)
            assert box.terminate() == 0
            assert (box.data / "ear.json").exists()
        assert station.reports == {}
        assert all(status.playing is None for status in station.statuses)
