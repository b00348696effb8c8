"""A box with a wrong clock, or one that is set while it plays: what sounds, sounds at the station's time and whole."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from tests.fakes.box_process import BoxProcess, noise, wait_until
from tests.fakes.box_station import FakeStation, audio_ref
from tests.sound import decoded, heard, likeness
from wire.messages import Outcome, PlannedAiring

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

SOUND_S = 3.0
ON_TIME = timedelta(seconds=4)
"""A clock that were believed would move it by days; how exact a start is on a busy machine is the benchmark's."""
LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
OFF_BY = {
    "1970": timedelta(days=-365 * 56),
    "three days slow": timedelta(days=-3),
    "a year fast": timedelta(days=365),
}


class WrongClock:
    """A system clock of the box's own, which can be set while the box runs; the monotonic one is the machine's."""

    def __init__(self, folder: Path, off_by: timedelta) -> None:
        assert LIBRARIES, "libfaketime is not installed"
        self._file = folder / "clock"
        self.set(off_by)
        self.environment = {
            "LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1",
        }  # fmt: skip

    def off_by_s(self) -> float:
        """Return how wrong it is for a program that runs under it."""
        command = [sys.executable, "-c", "import time; print(time.time())"]
        told = subprocess.run(command, env=os.environ | self.environment, capture_output=True, check=True)
        return float(told.stdout) - time.time()

    def set(self, off_by: timedelta) -> None:
        """Make it wrong by so much from now on."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{off_by.total_seconds():+.0f}")
        fresh.replace(self._file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A box under a clock of its own, with a station and a broker of its own; it knows the time."""

    station: FakeStation
    box: BoxProcess
    clock: WrongClock
    folder: Path

    def plan(self, *after_s: float) -> tuple[Path, list[PlannedAiring]]:
        """Publish a plan of airings, each so many seconds from now; return the sound and what is planned."""
        audio = self.folder / "a.opus"
        ref = audio_ref(noise(audio, seconds=SOUND_S), int(SOUND_S * 1000))
        self.station.publish_audio(audio.read_bytes())
        self.station.publish_plan(self.station.plan(keep=(ref,)))
        wait_until((self.box.data / "audio" / ref.sha256).exists, timeout_s=60)
        starts = [self.station.now() + timedelta(seconds=seconds) for seconds in after_s]
        airings = [
            PlannedAiring(airing_id=f"a{n}", start_at=at, not_after=at + ON_TIME, recording=ref)
            for n, at in enumerate(starts)
        ]
        self.station.publish_plan(self.station.plan(*airings))
        return audio, airings


@contextmanager
def alive(folder: Path, off_by: timedelta) -> Iterator[Life]:
    """Yield a box that has asked its station for the time."""
    broker = EmbeddedBroker()
    broker.start()
    try:
        with FakeStation(broker.url).on_air() as station:
            station.enrol(folder / "box")
            clock = WrongClock(folder, off_by)
            assert abs(clock.off_by_s() - off_by.total_seconds()) < 10
            box = BoxProcess(data=folder / "box", sounds=folder / "sounds", environment=clock.environment)
            with box.running():
                station.wait_for(lambda: station.status and station.status.clock.trusted, timeout_s=60, what="the time")
                yield Life(station=station, box=box, clock=clock, folder=folder)
    finally:
        broker.stop()


def at_once(folder: Path, live: Callable[[Path, timedelta], None]) -> None:
    """Live with each of the wrong clocks, all at the same time: a box mostly waits."""
    with ThreadPoolExecutor(len(OFF_BY)) as hands:
        lives = []
        for name, off_by in OFF_BY.items():
            (folder / name).mkdir()
            lives.append(hands.submit(live, folder / name, off_by))
    for life in lives:
        life.result()


def assert_sounded_whole_and_on_time(box: BoxProcess, audio: Path, airings: list[PlannedAiring]) -> None:
    """Check by what stands in the files, and by the machine's own clock, which gave them their times."""
    files = box.heard()
    assert [json.loads(f.with_suffix(".json").read_text())["airing_id"] for f in files] == [
        a.airing_id for a in airings
    ]
    for file, airing in zip(files, airings, strict=True):
        told = json.loads(file.with_suffix(".json").read_text())
        assert abs(datetime.fromisoformat(told["first_frame_at"]) - airing.start_at) < ON_TIME
        ended_at = datetime.fromtimestamp(file.stat().st_mtime, tz=UTC)
        assert abs(ended_at - airing.start_at - timedelta(seconds=SOUND_S)) < 2 * ON_TIME
        assert likeness(heard(file), decoded(audio.read_bytes())) >= 0.95


def test_a_wrong_clock_does_not_move_what_is_planned(tmp_path: Path) -> None:
    def live(folder: Path, off_by: timedelta) -> None:
        with alive(folder, off_by) as life:
            audio, airings = life.plan(6.0)
            report = life.station.wait_for_report("a0", timeout_s=40)

            assert report.outcome is Outcome.PLAYED
            assert report.started_at is not None
            assert abs(report.started_at - airings[0].start_at) < ON_TIME
            assert_sounded_whole_and_on_time(life.box, audio, airings)

    at_once(tmp_path, live)


def test_a_clock_set_while_it_plays_tears_nothing(tmp_path: Path) -> None:
    def live(folder: Path, step: timedelta) -> None:
        with alive(folder, timedelta(0)) as life:
            audio, airings = life.plan(6.0, 11.0)
            station = life.station
            station.wait_for(lambda: station.status and station.status.playing, timeout_s=40, what="the first sample")
            life.clock.set(step)

            outcomes = [station.wait_for_report(airing.airing_id, timeout_s=40).outcome for airing in airings]
            assert outcomes == [Outcome.PLAYED, Outcome.PLAYED]
            assert_sounded_whole_and_on_time(life.box, audio, airings)

    at_once(tmp_path, live)
