"""The power fails at any instant: what sounded is not forgotten, not repeated, not called whole when it was not."""

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from device_agent.audio_store import AudioStore
from device_agent.documents import Documents
from device_agent.journal.journal import Journal
from tests.fakes.box_process import BoxProcess, noise
from tests.fakes.box_station import DEVICE, STATION, FakeStation, audio_ref
from tests.faults.power_cut import Call, Disk, calls_of, traced
from tests.fixtures.skips import needs
from wire.messages import AudioRef, Outcome, PlannedAiring, PlaybackReport

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), needs("strace")]

CUTS = 50
SOUND_S, EVERY_S, AIRINGS = 0.7, 1.4, 12  # one that begins late is over well before the next begins
LOOKED_LATE_S = 0.1
"""The station has a report a little earlier than the test sees it there."""


@dataclass(frozen=True)
class Life:
    """What a box did in its life, and what the station had of it by then."""

    station: FakeStation
    data: Path
    airings: list[PlannedAiring]
    calls: list[Call]
    sounded: dict[str, tuple[float, float]]
    """By airing: when the first of its samples was written, and the last."""
    received: list[tuple[float, PlaybackReport]]
    audio: AudioRef


@contextmanager
def embedded() -> Iterator[str]:
    broker = EmbeddedBroker()
    broker.start()
    try:
        yield broker.url
    finally:
        broker.stop()


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Let a real box live a while under a tracer, its reports now and then not acknowledged."""
    folder = tmp_path_factory.mktemp("life")
    with embedded() as url, FakeStation(url, clock_shift=timedelta(hours=3)).on_air() as station:
        station.enrol(folder / "box")
        audio = noise(folder / "a.opus", seconds=SOUND_S)
        ref = audio_ref(audio, int(SOUND_S * 1000))
        station.publish_audio(audio)
        first_at = station.now() + timedelta(seconds=12)
        airings = [
            PlannedAiring(
                airing_id=f"a{n}", start_at=first_at + timedelta(seconds=n * EVERY_S),
                not_after=first_at + timedelta(seconds=n * EVERY_S + 0.3), recording=ref,
            )
            for n in range(AIRINGS)
        ]  # fmt: skip
        station.publish_plan(station.plan(*airings))
        box = BoxProcess(
            data=folder / "box", sounds=folder / "sounds", wrap=lambda c: traced(c, trace=folder / "trace")
        )
        received: list[tuple[float, PlaybackReport]] = []
        with box.running():
            while len(station.reports) < AIRINGS:
                assert station.now() < airings[-1].not_after + timedelta(seconds=30), box.log[-3000:]
                station.acknowledges = len(station.reports) % 4 != 3
                received += [(time.time(), r) for r in list(station.reports.values())[len(received) :]]
                time.sleep(0.02)
            box.kill()
        calls = calls_of(folder / "trace", folder / "box")
        sounded = _sounded(calls_of(folder / "trace", folder / "sounds"), airings, shift=station.clock_shift)
        shutil.rmtree(folder / "box")
        yield Life(station, folder / "box", airings, calls, sounded, received, ref)


def _sounded(writes: list[Call], airings: list[PlannedAiring], *, shift: timedelta) -> dict[str, tuple[float, float]]:
    """Return when each airing's samples were written: a block belongs to the airing that had begun by then."""
    found: dict[str, tuple[float, float]] = {}
    for call in (call for call in writes if call.name == "write" and len(call.data) > 1000):
        at = datetime.fromtimestamp(call.at, tz=UTC) + shift + timedelta(milliseconds=100)
        name = [airing.airing_id for airing in airings if airing.start_at <= at][-1]
        found[name] = (found.get(name, (call.at, 0.0))[0], call.at)
    return found


def broken_promises(life: Life, cut: int, *, folder: Path, syncs: bool = True) -> list[str]:
    """Return what is wrong with the box that comes back after a power cut behind the call number `cut`."""
    disk = Disk(syncs=syncs)
    disk.play(life.calls[:cut])
    disk.after_power_cut(folder, life.data, chance=random.Random(cut))
    at = life.calls[cut - 1].at
    journal = Journal(folder / "journal.db")
    try:
        journal.recover(detail="mất điện")
        left = journal.unacknowledged()
        final = journal.ledger.final
    finally:
        journal.close()
    known = {r.airing_id for received_at, r in life.received if received_at < at + LOOKED_LATE_S} | {
        r.airing_id for r in left
    }
    begun = {name for name, (first, _) in life.sounded.items() if first < at}
    played = {r.airing_id for r in left if r.outcome is Outcome.PLAYED}
    documents = Documents(
        folder / "documents", station=STATION, device=DEVICE, station_key=life.station.key,
    )  # fmt: skip
    store = AudioStore(folder / "audio", reserve_bytes=0)
    return [
        *(f"{name} would sound again" for name in sorted(begun - final)),
        *(f"{name} is forgotten" for name in sorted(begun - known)),
        *(f"{name} is called played" for name in sorted(n or "" for n in played) if life.sounded[name][1] > at),
        *(f"report {r.number} is two" for r in left if _is_another(r, life.received, at)),
        *(["the plan is forgotten"] if begun and documents.plan is None else []),
        *(["a file is called whole and is not"] if store.held and not store.is_intact(life.audio.sha256) else []),
    ]


def _is_another(report: PlaybackReport, received: list[tuple[float, PlaybackReport]], at: float) -> bool:
    return any(r.number == report.number and r.airing_id != report.airing_id for t, r in received if t < at)


def cuts_of(life: Life) -> list[int]:
    """Return at which calls the power fails: anywhere, most of them while it plays."""
    first = min(begun for begun, _ in life.sounded.values()) - 1.0
    from_index = next(n for n, call in enumerate(life.calls) if call.at > first)
    chance = random.Random(11)
    early = [chance.randrange(1, len(life.calls)) for _ in range(CUTS // 5)]
    return early + [chance.randrange(from_index, len(life.calls) + 1) for _ in range(CUTS - len(early))]


def test_the_box_really_played_and_really_wrote(life: Life) -> None:
    assert len(life.sounded) >= AIRINGS // 2  # a traced box on a busy core comes too late for some
    assert {"write", "pwrite64", "fdatasync", "fsync", "rename"} <= {call.name for call in life.calls}


def test_a_power_cut_at_fifty_instants_breaks_no_promise(life: Life, tmp_path: Path) -> None:
    broken = {n: broken_promises(life, cut, folder=tmp_path / str(n)) for n, cut in enumerate(cuts_of(life))}

    assert {n: why for n, why in broken.items() if why} == {}


def test_a_box_whose_fsync_is_a_lie_breaks_them(life: Life, tmp_path: Path) -> None:
    broken = [broken_promises(life, cut, folder=tmp_path / str(n), syncs=False) for n, cut in enumerate(cuts_of(life))]

    assert sum(bool(why) for why in broken) > CUTS // 2
