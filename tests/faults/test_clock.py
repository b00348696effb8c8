"""A box with a wrong clock, or one that is set while it plays: what sounds, sounds at the station's time and whole."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from tests.fakes.box_process import BoxProcess, noise
from tests.fakes.box_station import FakeStation, audio_ref
from tests.sound import decoded, heard, likeness
from wire.messages import Outcome, PlannedAiring

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

SOUND_S = 3.0
LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
OFF_BY = {
    "1970": timedelta(days=-365 * 56),
    "three days slow": timedelta(days=-3),
    "a year fast": timedelta(days=365),
}


@pytest.fixture
def station(embedded_broker: EmbeddedBroker) -> Iterator[FakeStation]:
    with FakeStation(embedded_broker.url).on_air() as fake:
        yield fake


class WrongClock:
    """A system clock of the box's own, which can be set while the box runs; the monotonic one is the machine's."""

    def __init__(self, folder: Path, off_by: timedelta) -> None:
        assert LIBRARIES, "libfaketime is not installed"
        self._file = folder / "clock"
        self.set(off_by)
        self.environment = {
            "LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_NO_CACHE": "1",
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


def planned(station: FakeStation, folder: Path, *, after_s: tuple[float, ...]) -> tuple[Path, list[PlannedAiring]]:
    """Publish a plan of airings, each so many seconds from now; return the sound and what is planned."""
    audio = folder / "a.opus"
    ref = audio_ref(noise(audio, seconds=SOUND_S), int(SOUND_S * 1000))
    station.publish_audio(audio.read_bytes())
    starts = [station.now() + timedelta(seconds=seconds) for seconds in after_s]
    airings = [
        PlannedAiring(airing_id=f"a{n}", start_at=at, not_after=at + timedelta(seconds=1), recording=ref)
        for n, at in enumerate(starts)
    ]
    station.publish_plan(station.plan(*airings))
    return audio, airings


def assert_sounded_whole_and_on_time(box: BoxProcess, audio: Path, airings: list[PlannedAiring]) -> None:
    """Check by what stands in the files, and by the machine's own clock, which gave them their times."""
    files = box.heard()
    assert [json.loads(f.with_suffix(".json").read_text())["airing_id"] for f in files] == [
        a.airing_id for a in airings
    ]
    for file, airing in zip(files, airings, strict=True):
        told = json.loads(file.with_suffix(".json").read_text())
        assert abs(datetime.fromisoformat(told["first_frame_at"]) - airing.start_at) < timedelta(milliseconds=60)
        ended_at = datetime.fromtimestamp(file.stat().st_mtime, tz=UTC)
        assert abs(ended_at - airing.start_at - timedelta(seconds=SOUND_S)) < timedelta(seconds=1)
        assert likeness(heard(file), decoded(audio.read_bytes())) >= 0.95


@pytest.mark.parametrize("off_by", OFF_BY.values(), ids=OFF_BY.keys())
def test_a_wrong_clock_does_not_move_what_is_planned(off_by: timedelta, station: FakeStation, tmp_path: Path) -> None:
    station.enrol(tmp_path / "box")
    clock = WrongClock(tmp_path, off_by)
    assert abs(clock.off_by_s() - off_by.total_seconds()) < 5
    audio, airings = planned(station, tmp_path, after_s=(9.0,))
    with BoxProcess(data=tmp_path / "box", sounds=tmp_path / "sounds", environment=clock.environment).running() as box:
        report = station.wait_for_report("a0", timeout_s=25)

        assert report.outcome is Outcome.PLAYED
        assert report.started_at is not None
        assert abs(report.started_at - airings[0].start_at) < timedelta(milliseconds=60)
        assert_sounded_whole_and_on_time(box, audio, airings)


@pytest.mark.parametrize("step", OFF_BY.values(), ids=OFF_BY.keys())
def test_a_clock_set_while_it_plays_tears_nothing(step: timedelta, station: FakeStation, tmp_path: Path) -> None:
    station.enrol(tmp_path / "box")
    clock = WrongClock(tmp_path, timedelta(0))
    audio, airings = planned(station, tmp_path, after_s=(9.0, 14.0))
    with BoxProcess(data=tmp_path / "box", sounds=tmp_path / "sounds", environment=clock.environment).running() as box:
        station.wait_for(lambda: station.status and station.status.playing, timeout_s=25, what="the first sample")
        clock.set(step)

        outcomes = [station.wait_for_report(airing.airing_id, timeout_s=25).outcome for airing in airings]
        assert outcomes == [Outcome.PLAYED, Outcome.PLAYED]
        assert_sounded_whole_and_on_time(box, audio, airings)
