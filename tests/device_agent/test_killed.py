"""A box that is killed at random instants, again and again: nothing sounds twice, nothing is lost, nothing is a lie."""

import json
import os
import random
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from tests.fakes.box_process import BoxProcess, noise
from tests.fakes.box_station import FakeStation, audio_ref
from wire.messages import Outcome, PlannedAiring, Reason

BOXES = 4
KILLS = int(os.environ.get("BOX_KILLS", "50"))
"""Of each box: two hundred in all, at once, because a box that was killed mostly waits."""
SOUND_S, EVERY_S = 0.7, 1.0


@pytest.mark.slow
@pytest.mark.timeout(60 + KILLS * 5)
def test_killed_at_two_hundred_random_instants_boxes_tell_the_truth(tmp_path: Path) -> None:
    with ThreadPoolExecutor(BOXES) as hands:
        lives = [hands.submit(live, tmp_path / f"{number}", seed=number) for number in range(BOXES)]
    for life in lives:
        life.result()


def live(folder: Path, *, seed: int) -> None:
    """One box, killed again and again."""
    broker = EmbeddedBroker()
    broker.start()
    try:
        with FakeStation(broker.url, clock_shift=timedelta(hours=3)).on_air() as station:
            die_often(station, folder, chance=random.Random(int(os.environ.get("BOX_SEED", "7")) + seed))
    finally:
        broker.stop()


def die_often(station: FakeStation, folder: Path, *, chance: random.Random) -> None:
    station.enrol(folder / "box")
    box = BoxProcess(data=folder / "box", sounds=folder / "sounds")
    audio = noise(folder / "a.opus", seconds=SOUND_S)
    station.publish_audio(audio)
    first_at = station.now() + timedelta(seconds=3)
    airings = [
        PlannedAiring(
            airing_id=f"a{n}", start_at=first_at + timedelta(seconds=n * EVERY_S),
            not_after=first_at + timedelta(seconds=n * EVERY_S + 0.3), recording=audio_ref(audio, int(SOUND_S * 1000)),
        )
        for n in range(int(KILLS * 2.0 / EVERY_S))
    ]  # fmt: skip
    station.publish_plan(station.plan(*airings))
    with box.running():
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.05, 3.0))
            box.kill()
            before = station.status.session if station.status is not None else ""
            box.start()
        for planned in airings:
            wait_s = (planned.not_after - station.now()).total_seconds()
            station.wait_for_report(planned.airing_id, timeout_s=max(0.0, wait_s) + 20)
        station.wait_for(lambda: station.status and station.status.session > before, what="the last start")
        assert box.terminate() == 0
    assert_truth(station, box, [planned.airing_id for planned in airings])


def assert_truth(station: FakeStation, box: BoxProcess, names: list[str]) -> None:
    frames: dict[str, list[int]] = defaultdict(list)
    for path in box.heard():
        told = json.loads(path.with_suffix(".json").read_text())
        frames[told["airing_id"]].append(told["frames"])
    reports = {report.airing_id: report for report in station.reports.values()}
    assert sorted(reports) == sorted(names)
    assert len(station.reports) == len(names), "each airing has one report"
    assert sorted(station.reports) == list(range(1, len(names) + 1)), "the numbers have no gaps"
    whole = int(SOUND_S * 48_000)
    for name, report in reports.items():
        heard = frames[name or ""]
        assert len(heard) <= 1, f"{name} sounded {len(heard)} times"
        match report.outcome:
            case Outcome.PLAYED:
                assert [abs(count - whole) < 480 for count in heard] == [True]
            case Outcome.INTERRUPTED:
                assert report.reason is Reason.POWER_LOST
            case _:
                assert heard == [], f"{name} sounded and was called {report.outcome}"
    outcomes = {report.outcome for report in reports.values()}
    assert Outcome.PLAYED in outcomes, "a test in which nothing sounds proves nothing"
