"""A simulated village of real agents: everybody plays and reports, says what it is, and goes when it is told to."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.station import Station, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

BOXES = 10
TEXT = "Mời bà con ra nhà văn hóa họp thôn lúc bảy giờ tối nay."


class Simulation:
    """`broadcaster simulate --json` in a process of its own, ended by its pid."""

    def __init__(self, station: Station, data: Path, *, devices: int = BOXES) -> None:
        command = [sys.executable, "-m", "broadcaster", "simulate", "--devices", str(devices), "--json"]
        self.process = subprocess.Popen(
            [*command, "--demo", str(station.folder), "--data", str(data)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the simulation did not start"
        self.about: dict[str, Any] = json.loads(line)
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.child = int(children[0])

    @property
    def ids(self) -> set[str]:
        return {box["id"] for box in self.about["devices"]}

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Return the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@contextmanager
def simulation(station: Station, data: Path, *, devices: int = BOXES) -> Iterator[Simulation]:
    running = Simulation(station, data, devices=devices)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.end()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with Station(tmp_path / "station", devices=0) as running:
        yield running


def removed(station: Station) -> subprocess.CompletedProcess[str]:
    """Let every simulated box be retired, as a technician would."""
    command = [sys.executable, "-m", "broadcaster", "simulate", "--remove", "--demo", str(station.folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def is_gone(pid: int) -> bool:
    """Return whether the process has ended; who is dead and not yet buried counts as gone."""
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_every_simulated_box_plays_reports_and_retires(station: Station, tmp_path: Path) -> None:
    with simulation(station, tmp_path / "village") as village:
        names = {device["cluster"] for device in station.call("GET", "/devices", role="admin")}
        airing = station.air(station.approved("Họp thôn", TEXT, {"all": True}))
        station.await_outcome(airing, "played", within_s=60)
        deliveries = station.call("GET", f"/airings/{airing['id']}")["deliveries"]

        assert names == {f"Mô phỏng {number}" for number in range(1, BOXES + 1)}
        assert village.about["simulated"] is True
        assert {delivery["device_id"] for delivery in deliveries} == village.ids
        assert all(delivery["started_at"] and delivery["ended_at"] for delivery in deliveries)

        done = removed(station)

        assert (done.returncode, done.stdout.split("bộ thu")[0].strip()) == (0, f"Đã cho {BOXES}")
        assert station.call("GET", "/devices", role="admin") == []
        assert village.end() == 0
    assert is_gone(village.child)


def test_boxes_that_were_enrolled_come_back_as_they_were_and_more_join_them(station: Station, tmp_path: Path) -> None:
    with simulation(station, tmp_path / "village", devices=3) as first:
        assert first.end(signal.SIGINT) == 0
    offline = [device["online"] for device in station.call("GET", "/devices", role="admin")]

    with simulation(station, tmp_path / "village", devices=5) as second:
        online = {device["id"] for device in station.call("GET", "/devices", role="admin") if device["online"]}

        assert offline == [False] * 3
        assert first.ids < second.ids
        assert online == second.ids


def test_village_ends_when_who_ordered_it_is_killed(station: Station, tmp_path: Path) -> None:
    with simulation(station, tmp_path / "village", devices=2) as village:
        os.kill(village.process.pid, signal.SIGKILL)
        village.process.wait(60)
        until(lambda: is_gone(village.child), within_s=60)
        assert village.process.stdout is not None
        village.process.stdout.close()


def test_simulation_says_why_it_cannot_begin(station: Station, tmp_path: Path) -> None:
    def said(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "broadcaster", "simulate", "--data", str(tmp_path / "village"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stderr

    began = time.monotonic()
    editor = station.about["tokens"]["editor"]

    assert said() == (1, "Cần --url và --admin-token, hoặc --demo với thư mục của đài trình diễn.\n")
    code, sentence = said("--url", station.about["url"], "--admin-token", editor)
    assert (code, sentence.split(":")[0]) == (1, "Đài từ chối")
    code, sentence = said("--url", "http://127.0.0.1:9", "--admin-token", editor)
    assert (code, sentence.split(":")[0]) == (1, "Không kết nối được với đài tại http")
    assert time.monotonic() - began < 30
