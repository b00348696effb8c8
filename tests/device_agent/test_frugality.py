"""What the box costs while nothing happens, and what a day of work writes onto its card."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from device_agent.clock_memory import ClockMemory
from device_agent.documents import Documents
from device_agent.health.boots import Boots
from device_agent.hearing.memory import EarMemory
from device_agent.hearing.night import NightEar
from device_agent.journal.journal import Journal
from device_agent.journal.rows import Begun, Concluded
from device_agent.timekeeper import Sample
from tests.fakes.box_process import BoxProcess
from tests.fakes.box_sim import NOON, airing
from tests.fakes.box_station import FakeStation
from tests.fakes.ears import FakeEar
from wire import seal
from wire.messages import Alerts, Heard, Outcome, Plan, Revision, SelfTest

DAY_MAX_BYTES = 20_000_000
KEY = seal.new_key()


def _written() -> int:
    """Return how many bytes this process has handed to write calls, whether they reached the disk or not."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))


@pytest.mark.slow
def test_a_day_of_work_writes_less_than_twenty_megabytes(tmp_path: Path) -> None:
    documents = Documents(tmp_path / "documents", station="xa", device="loa", station_key=KEY)
    journal, memory = Journal(tmp_path / "journal.db"), ClockMemory(tmp_path / "clock.json")
    ear = EarMemory(tmp_path / "ear.json")
    before = _written()
    _start(tmp_path)
    NightEar(FakeEar([], rate=48_000)).write(tmp_path / "self-test.wav")
    ear.keep_test(SelfTest(at=NOON, heard=Heard(verdict="heard", score=0.6)))
    for hour in range(24):
        _heartbeats(documents, hour)
        memory.keep(Sample(offset_s=1.0, error_ms=1.0, at_monotonic=1.0))
        if hour % 6 == 0:
            _plan(documents, hour)
        if 5 <= hour < 21:
            _five_minutes(journal, f"a{hour}")
            ear.keep_gain(-30.0 - 2 * (hour % 2))
    assert _written() - before < DAY_MAX_BYTES / 4, "the file system adds its own on top"


def _start(data: Path) -> None:
    boots = Boots(data)
    boots.begin()
    boots.began_at(NOON)
    boots.end("asked")


def _heartbeats(documents: Documents, hour: int) -> None:
    for beat in range(120):
        at = NOON + timedelta(hours=hour, seconds=30 * beat)
        alerts = Alerts(station="xa", revision=Revision(epoch=1, seq=hour * 120 + beat + 1), issued_at=at)
        documents.judge_alerts(seal.seal(alerts, KEY))
        documents.store_alerts()


def _plan(documents: Documents, hour: int) -> None:
    airings = tuple(airing(f"a{n}", NOON + timedelta(hours=n)) for n in range(60))
    revision = Revision(epoch=1, seq=hour + 1)
    plan = Plan(station="xa", device="loa", revision=revision, issued_at=NOON, airings=airings)
    documents.accept_plan(seal.seal(plan, KEY))


def _five_minutes(journal: Journal, name: str) -> None:
    begun = Begun(key=f"airing/{name}", airing_id=name, start_at=NOON)
    journal.begin(begun, at=NOON)
    journal.sounded(begun.key, started_at=NOON, start_error_ms=0.1)
    for checkpoint in range(20):
        journal.checkpoint(begun.key, played_ms=15_000 * checkpoint)
    journal.conclude(begun, Concluded(outcome=Outcome.PLAYED, ended_at=NOON, played_ms=300_000))
    journal.acknowledge(journal.journal_id, up_to=journal.unacknowledged()[-1].number)


@pytest.mark.slow
def test_an_idle_box_needs_little(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    station = FakeStation(embedded_broker.url, clock_shift=timedelta(hours=3))
    station.enrol(tmp_path / "box")
    box = BoxProcess(data=tmp_path / "box", sounds=tmp_path / "sounds")
    with station.on_air(), box.running():
        airings = [airing(f"a{n}", station.now() + timedelta(hours=1 + n)) for n in range(60)]
        station.publish_plan(station.plan(*airings))
        station.wait_for(lambda: station.status and station.status.clock.trusted, what="the time")
        time.sleep(8)  # the quick questions at the start are over
        began_s, began_at = _cpu_s(box.pid), time.monotonic()
        for _ in range(10):
            station.publish_alerts()
            time.sleep(2)
        assert (_cpu_s(box.pid) - began_s) / (time.monotonic() - began_at) <= 0.015
        assert _resident_kb(box.pid) <= 80 * 1024


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _resident_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
