"""Programs that an agent started end with it, though it was killed and they would never have noticed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from device_agent.children import tied
from tests.device_agent.sound.pulse import SINK, PulseServer
from tests.fakes.box_process import BoxProcess, wait_until
from tests.fakes.box_station import FakeStation
from tests.fixtures.radio import EndlessHeaders, serving
from tests.fixtures.skips import needs
from wire.messages import PlannedAiring, Relay

PARENT = """
import subprocess, sys, time
from device_agent.children import tied
tie = tied if sys.argv[1] == "tied" else list
print(subprocess.Popen(tie(["sleep", "60"])).pid, flush=True)
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    """Return whether it runs: one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def descendants(pid: int) -> list[int]:
    """Return the processes below one."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return children + [below for child in children for below in descendants(child)]


def child_of_a_killed_parent(how: str) -> int:
    with subprocess.Popen([sys.executable, "-c", PARENT, how], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        time.sleep(0.3)  # for setpriv to become the program
        parent.kill()
    return pid


@needs("setpriv")
def test_a_tied_program_ends_with_a_parent_that_is_killed() -> None:
    pid = child_of_a_killed_parent("tied")

    wait_until(lambda: not is_alive(pid))


def test_one_that_is_not_tied_lives_on() -> None:
    """Negative control of the test above."""
    pid = child_of_a_killed_parent("untied")

    time.sleep(0.5)
    assert is_alive(pid)
    os.kill(pid, signal.SIGKILL)


def test_a_program_that_is_not_there_is_not_hidden_behind_another() -> None:
    assert tied(["/nowhere/mpv", "--idle"]) == ["/nowhere/mpv", "--idle"]


@pytest.fixture
def station(embedded_broker: EmbeddedBroker) -> Iterator[FakeStation]:
    with FakeStation(embedded_broker.url).on_air() as fake:
        fake.publish_alerts()
        yield fake


@pytest.mark.slow
@needs("setpriv", "mpv", "pulseaudio", "parec")
def test_a_killed_box_leaves_neither_programs_nor_pipes_behind(station: FakeStation, tmp_path: Path) -> None:
    """While it relays from a source that sends nothing: its decoder would wait for ever."""
    with PulseServer(tmp_path / "pulse") as pulse, serving(EndlessHeaders) as address:
        station.enrol(tmp_path / "box")
        box = BoxProcess(
            data=tmp_path / "box", sounds=tmp_path / "sounds", player="mpv",
            environment={
                "PULSE_SERVER": pulse.address, "DEVICE_AGENT_AUDIO_DEVICE": f"pulse/{SINK}",
                "DEVICE_AGENT_EAR": f"pulse-line:{SINK}.monitor",
            },
        )  # fmt: skip
        pipes = tmp_path / "box" / "run"
        with box.running():
            station.wait_for(lambda: station.status and station.status.clock.trusted, timeout_s=40, what="the time")
            now = station.now()
            relay = Relay(urls=(f"{address}/radio",), duration_ms=60_000)
            station.publish_plan(
                station.plan(
                    PlannedAiring(airing_id="a", start_at=now, not_after=now + timedelta(minutes=1), relay=relay)
                )
            )
            station.wait_for(lambda: station.status and station.status.playing, timeout_s=40, what="the relay")
            wait_until(lambda: {"mpv", "ffmpeg", "parec"} <= {name_of(pid) for pid in descendants(box.pid)})
            left = descendants(box.pid)
            pipes_before = set(pipes.iterdir())

            box.kill()

            wait_until(lambda: not any(is_alive(pid) for pid in left))
            assert pipes_before, "the siren stands by in one"
            box.start()
            station.wait_for(lambda: station.status and station.status.session > "00000002", timeout_s=40, what="it")
            wait_until(lambda: set(pipes.iterdir()) and not set(pipes.iterdir()) & pipes_before)
            assert box.terminate() == 0
        assert list(pipes.iterdir()) == []


def name_of(pid: int) -> str:
    """Return the program's name, as far as it matters here."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
    except FileNotFoundError:
        return ""
    return "ffmpeg" if name.startswith("ffmpeg") else name
