"""Somebody who owns the broker, against the alarm: nothing forged sounds, and everything genuine does."""

import json
import random
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from tests.fakes.alert_forgeries import FORGED, KINDS, Loot, live
from tests.fakes.box_process import BoxProcess, wait_until
from tests.fakes.box_station import STATION, FakeStation
from tests.fakes.box_village import Commune, Village
from wire import seal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

BOXES, ROUNDS, BURST = 10, 100, 10
"""10 boxes, each with 100 genuine alerts and 10 forgeries before each: 1,000 among 10,000."""


class Siege:
    """One box under attack: before each genuine alert a burst of forgeries, of every kind in turn."""

    def __init__(self, village: Village, commune: Commune, other: Commune, *, seed: int) -> None:
        self._village, self._commune, self._other = village, commune, other
        self._chance, self._thief = random.Random(seed), seal.new_key()
        self._older: deque[bytes] = deque([commune.says()], maxlen=50)
        self._newest = commune.says()
        self._names = list(KINDS)
        self.forged = 0
        self.missing: list[str] = []

    def endure(self, rounds: int) -> None:
        """Attack, then say something genuine and see that it begins; each alert takes the place of the one before."""
        for number in range(rounds):
            for _ in range(BURST):
                self._attack()
            self._older.append(self._newest)
            name = f"that-{number:03d}"
            self._newest = self._commune.says(live(name))
            self._village.publish(self._commune.topic, self._newest)
            if not _within(10.0, lambda name=name: any(one.alert == name for one in self._commune.began)):
                self.missing.append(name)

    def _attack(self) -> None:
        loot = Loot(
            commune=self._commune, other=self._other, newest=self._newest, older=tuple(self._older),
            others=self._other.says(live(FORGED)), thief=self._thief, chance=self._chance,
        )  # fmt: skip
        kind = self._names[self.forged % len(self._names)]
        topic, payload = KINDS[kind](loot)
        self._village.publish(topic, payload)
        self.forged += 1


def _within(seconds: float, condition) -> bool:  # type: ignore[no-untyped-def] # any callable
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def strangers() -> Commune:
    """Return another station, whose genuine documents the thief has as well."""
    return Commune(name="xa-khac", data=Path("/nonexistent"))


def test_ten_thousand_forgeries_sound_nowhere_and_a_thousand_genuine_alerts_all_do(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    with Village(embedded_broker.url, tmp_path, boxes=BOXES).standing() as village:
        village.begin_trusted()
        sieges = [Siege(village, c, strangers(), seed=n) for n, c in enumerate(village.communes)]
        with ThreadPoolExecutor(BOXES) as threads:
            list(threads.map(lambda siege: siege.endure(ROUNDS), sieges))
        time.sleep(2)

        assert village.dead() == []
        assert sum(commune.refused for commune in village.communes) > 5_000  # the others name nobody here, or are older
        assert sum(siege.forged for siege in sieges) == BOXES * ROUNDS * BURST == 10_000
        assert [siege.missing for siege in sieges if siege.missing] == []
        for commune in village.communes:
            sounded = [one.alert for one in commune.began]
            assert FORGED not in sounded
            assert sounded == sorted(sounded), "nothing of before sounds again"
            assert len(set(sounded)) == ROUNDS


def test_whoever_has_the_key_is_obeyed_so_that_the_other_tests_prove_something(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    with Village(embedded_broker.url, tmp_path, boxes=1).standing() as village:
        village.begin_trusted()
        (commune,) = village.communes
        loot = Loot(
            commune=commune, other=strangers(), newest=commune.says(), older=(commune.says(),), others=b"",
            thief=commune.key, chance=random.Random(1),
        )  # fmt: skip

        village.publish(*KINDS["signed by the thief"](loot))

        assert _within(10.0, lambda: FORGED in [one.alert for one in commune.began])


def test_a_box_on_a_pole_under_every_kind_of_forgery_sounds_the_genuine_and_nothing_else(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    with FakeStation(embedded_broker.url).on_air() as station:
        station.enrol(tmp_path / "box")
        commune = Commune(name=STATION, data=tmp_path, key=station.key, device_key=station.device_key)
        chance, older = random.Random(7), [station.publish_alerts()]
        with BoxProcess(data=tmp_path / "box", sounds=tmp_path / "sounds").running() as box:
            station.wait_for(lambda: station.status and station.status.clock.trusted, timeout_s=20, what="the time")
            for number in range(3):
                newest = station.publish_alerts()
                loot = Loot(
                    commune=commune, other=strangers(), newest=newest, older=tuple(older), others=b"abc",
                    thief=seal.new_key(), chance=chance,
                )  # fmt: skip
                for forge in KINDS.values():
                    station.publish(*forge(loot), retain=True)
                older += [newest, station.publish_alerts(live(f"that-{number}"))]
                wait_until(lambda number=number: sounded(box)[-1:] == [f"that-{number}"], timeout_s=10)

            station.wait_for(
                lambda: station.status and station.status.health.refused_documents > 2 * len(KINDS),
                timeout_s=60, what="the count of what was refused",
            )  # fmt: skip
            assert box.is_alive
            assert sorted(set(sounded(box))) == ["that-0", "that-1", "that-2"]


def sounded(box: BoxProcess) -> list[str]:
    """Return which alert each stretch of sound was of, in their order."""
    told = [path.with_suffix(".json") for path in box.heard()]
    return [json.loads(path.read_text())["alert_id"] for path in told if path.exists()]
