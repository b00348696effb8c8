"""The station of these tests leaves nothing behind: not when it fails to start, and not when its server was killed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.station import Station, until

ASLEEP = "import time; time.sleep(300)"


class NeverReady(Station):
    """A server that starts and says nothing."""

    program = (sys.executable, "-c", ASLEEP)


def a_box(folder: Path) -> "subprocess.Popen[bytes]":
    """Start something that looks like a box of this station, as a killed server leaves it."""
    box = folder / "boxes" / "0"
    box.mkdir(parents=True)
    process = subprocess.Popen([sys.executable, "-c", ASLEEP, str(box)])
    (box / "agent.pid").write_text(str(process.pid))
    return process


def test_start_that_fails_ends_the_server_and_its_boxes(tmp_path: Path) -> None:
    box = a_box(tmp_path)
    station = NeverReady(tmp_path, devices=2, starts_within_s=0.5)

    with pytest.raises(AssertionError, match="no line of JSON"):
        station.start()

    assert station.process is None
    assert box.wait(0) < 0


def test_stop_leaves_strangers_alone(tmp_path: Path) -> None:
    """A box's number that was given to another process meanwhile is not the box."""
    (tmp_path / "elsewhere").mkdir()
    stranger = a_box(tmp_path / "elsewhere")
    box = tmp_path / "boxes" / "0"
    box.mkdir(parents=True)
    (box / "agent.pid").write_text(str(stranger.pid))

    Station(tmp_path, devices=1).stop()

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait(10)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_server_takes_its_signer_and_broker_along_and_its_boxes_end_with_the_test(tmp_path: Path) -> None:
    """Boxes play on without a server, as on their poles; nothing else of it does."""
    with Station(tmp_path, devices=1) as station:
        assert station.process is not None
        box = station.box_pid(0)
        ours = children_of(station.process.pid)
        assert box in ours
        assert len(ours) >= 3  # the signer, the embedded broker, the box

        station.kill()

        until(lambda: [pid for pid in ours if is_running(pid)] == [box], within_s=60)
    assert not is_running(box)


def children_of(parent: int) -> list[int]:
    """Return the processes that a process started and that run."""
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return sorted(int(pid) for task in tasks for pid in task.read_text().split() if is_running(int(pid)))


def is_running(pid: int) -> bool:
    """Return whether a process is there and more than a name."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except FileNotFoundError:
        return False
