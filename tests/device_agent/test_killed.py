"""A box that is killed at random instants, again and again: nothing sounds twice, nothing is lost, nothing is a lie."""

import contextlib
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
from tests.fakes.box_process import BoxProcess, noise, wait_until
from tests.fakes.box_station import FakeStation, audio_ref
from wire.messages import AudioRef, Outcome, PlannedAiring, Reason

BOXES = 6
KILLS = int(os.environ.get("BOX_KILLS", "34"))
"""Of each box: two hundred in all, at once, because a box that was killed mostly waits."""
SOUND_S, EVERY_S, LATE_S = 0.7, 1.5, 0.8
LONGEST_S = 2.5
AIRINGS = 160


@pytest.mark.slow
@pytest.mark.timeout(180 + KILLS * 5)
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
    ref = audio_ref(audio, int(SOUND_S * 1000))
    station.publish_audio(audio)
    station.publish_plan(station.plan(keep=(ref,)))
    with box.running():
        station.wait_for(lambda: station.status and station.status.clock.trusted, timeout_s=60, what="the time")
        wait_until((box.data / "audio" / ref.sha256).exists, timeout_s=60)
        airings = published(station, ref)
        for life in range(KILLS):
            if life % 5 == 4:  # on a busy machine most lives end before they have begun to sound
                wait_until_it_plays(station)
            time.sleep(chance.uniform(0.05, LONGEST_S))
            box.kill()
            before = station.status.session if station.status is not None else ""
            box.start()
        last_at = station.now() + timedelta(seconds=5)
        airings = [planned for planned in airings if planned.start_at < last_at]
        station.publish_plan(station.plan(*airings))
        for planned in airings:
            wait_s = (planned.not_after - station.now()).total_seconds()
            station.wait_for_report(planned.airing_id, timeout_s=max(0.0, wait_s) + 60)
        station.wait_for(
            lambda: station.status and station.status.session > before, timeout_s=60, what="the last start"
        )  # fmt: skip
        assert box.terminate() == 0
    assert_truth(station, box, [planned.airing_id for planned in airings])


def wait_until_it_plays(station: FakeStation) -> None:
    """Return soon after it says that it plays, or when it does not come to it."""
    since = len(station.statuses)
    with contextlib.suppress(AssertionError):
        station.wait_for(lambda: any(status.playing for status in station.statuses[since:]), timeout_s=10)


def published(station: FakeStation, ref: AudioRef) -> list[PlannedAiring]:
    """Plan an airing each second for longer than this lasts; return them."""
    first_at = station.now() + timedelta(seconds=2)
    airings = [
        PlannedAiring(
            airing_id=f"a{n}", start_at=first_at + timedelta(seconds=n * EVERY_S),
            not_after=first_at + timedelta(seconds=n * EVERY_S + LATE_S), recording=ref,
        )
        for n in range(AIRINGS)
    ]  # fmt: skip
    station.publish_plan(station.plan(*airings))
    return airings


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
