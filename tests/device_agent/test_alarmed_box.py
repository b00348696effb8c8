"""The alarm on a real box through a real broker: from the signed document to the samples that were heard."""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from device_agent.sound.siren import rendered
from tests.fakes.box_process import BoxProcess, noise, samples_of, wait_until
from tests.fakes.box_station import STATION, FakeStation, audio_ref
from wire import seal, topics
from wire.messages import Alerts, Burst, LiveAlert, Outcome, PreparedMessage, Reason

AHEAD = timedelta(hours=3)
SIREN = (Burst(on_ms=1500, off_ms=500, times=2),)  # sounds 3.5 s
LONG = (Burst(on_ms=20_000, off_ms=5000, times=3),)


@pytest.fixture
def station(embedded_broker: EmbeddedBroker) -> Iterator[FakeStation]:
    with FakeStation(embedded_broker.url, clock_shift=AHEAD).on_air() as fake:
        fake.publish_alerts()
        yield fake


@pytest.fixture
def box(tmp_path: Path, station: FakeStation) -> BoxProcess:
    station.enrol(tmp_path / "box")
    return BoxProcess(data=tmp_path / "box", sounds=tmp_path / "sounds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One finished stretch of sound as the box wrote it down."""

    path: Path
    part: str | None
    at: datetime
    until: datetime


def heard(box: BoxProcess) -> list[Heard]:
    found = []
    for path in box.heard():
        told = json.loads(path.with_suffix(".json").read_text())
        at = datetime.fromisoformat(told["first_frame_at"])
        until = at + timedelta(seconds=told["frames"] / told["rate"])
        found.append(Heard(path=path, part=told.get("part"), at=at, until=until))
    return found


def flood(station: FakeStation, **fields: object) -> LiveAlert:
    values: dict[str, object] = {
        "alert_id": "flood", "version": 1, "status": "Actual", "event": "Lũ", "headline": "Lũ về", "siren": SIREN,
        "effective_at": station.now(), "expires_at": station.now() + timedelta(minutes=5), **fields,
    }  # fmt: skip
    return LiveAlert(**values)  # type: ignore[arg-type]  # the test's own fields


def trusted(station: FakeStation) -> None:
    station.wait_for(lambda: station.status and station.status.clock.trusted, timeout_s=15, what="a trusted clock")


def part_of(station: FakeStation) -> str | None:
    return station.status.playing.part if station.status is not None and station.status.playing is not None else None


def test_the_siren_sounds_at_once_and_words_that_come_later_follow_it_without_a_gap(
    station: FakeStation, box: BoxProcess, tmp_path: Path
) -> None:
    words = noise(tmp_path / "words.opus", seconds=3)  # each box has its own delay before it tells
    with box.running():
        trusted(station)
        live = flood(station)
        station.publish_alerts(live)
        station.wait_for(lambda: part_of(station) == "siren", what="the siren in the status")
        station.publish_audio(words)
        station.publish_alerts(live.model_copy(update={"recording": audio_ref(words, 3000)}))
        station.wait_for(lambda: part_of(station) == "speech", what="the words in the status")
        report = station.wait_for_report("flood")
        siren, first, second = heard(box)
    assert [siren.part, first.part, second.part] == ["siren", "speech", "speech"]
    assert abs((first.at - siren.until).total_seconds()) < 0.05
    assert (second.at - first.until).total_seconds() < 1.5
    same = np.array(samples_of(siren.path)).tobytes() == rendered(SIREN)
    assert same, "the siren, to the sample"
    assert (report.outcome, report.alert_version, report.reason) == (Outcome.PLAYED, 1, None)
    assert report.started_at is not None
    assert report.ended_at is not None
    assert abs((report.started_at - siren.at).total_seconds()) < 0.05
    assert abs((report.ended_at - second.until).total_seconds()) < 0.1
    assert (siren.at - live.effective_at).total_seconds() < 0.5


@pytest.mark.slow
def test_a_warning_stored_beforehand_speaks_as_soon_as_its_siren_has_sounded(
    station: FakeStation, box: BoxProcess, tmp_path: Path
) -> None:
    words = noise(tmp_path / "words.opus", seconds=1)
    ref = audio_ref(words, 1000)
    station.publish_audio(words)
    prepared = PreparedMessage(message_id="lu-1", event="Lũ", headline="Lũ về", recording=ref)
    station.publish_plan(station.plan(prepared=(prepared,)))
    with box.running():
        trusted(station)
        wait_until((box.data / "audio" / ref.sha256).exists)
        station.publish_alerts(flood(station, recording=ref, times=1))
        station.wait_for_report("flood")
        siren, speech = heard(box)
    assert abs((speech.at - siren.until).total_seconds()) < 0.05


@pytest.mark.slow
def test_another_version_replaces_what_sounds_and_a_cancellation_silences_it(
    station: FakeStation, box: BoxProcess, tmp_path: Path
) -> None:
    words = noise(tmp_path / "words.opus", seconds=20)
    station.publish_audio(words)
    spoken = {"recording": audio_ref(words, 20_000), "sentence_offsets_ms": (0, 3000, 9000)}
    with box.running():
        trusted(station)
        station.publish_alerts(flood(station, **spoken))
        station.wait_for(lambda: part_of(station) == "speech", what="the words", timeout_s=15)
        station.publish_alerts(flood(station, version=2, siren=LONG, **spoken))
        station.wait_for(
            lambda: station.status and station.status.playing and station.status.playing.alert_version == 2,
            what="the second version",
        )  # fmt: skip
        first = station.wait_for_report("flood")
        assert (first.outcome, first.reason, first.alert_version) == (Outcome.INTERRUPTED, Reason.WITHDRAWN, 1)
        time.sleep(0.5)
        cancelled_at = station.now()
        station.publish_alerts()
        wait_until(lambda: len(box.heard()) == 3)
        _, old, new = heard(box)
    assert (old.until - old.at).total_seconds() == pytest.approx(2.85, abs=0.1), "to the end of its first sentence"
    assert abs((new.at - old.at).total_seconds() - 3) < 0.1
    assert (new.until - cancelled_at).total_seconds() < 0.5
    assert np.max(np.abs(np.diff(np.array(samples_of(new.path), dtype=float)))) < 0.25 * 32768, "no click"


@pytest.mark.slow
def test_nothing_sounds_past_its_expiry(station: FakeStation, box: BoxProcess) -> None:
    with box.running():
        trusted(station)
        live = flood(station, siren=LONG, expires_at=station.now() + timedelta(seconds=2))
        station.publish_alerts(live)
        report = station.wait_for_report("flood")
        assert (report.outcome, report.reason) == (Outcome.INTERRUPTED, Reason.TOO_LATE)
        time.sleep(1)
        (siren,) = heard(box)
    # Before it only by as much as the box may be wrong about the time.
    assert -0.2 < (siren.until - live.expires_at).total_seconds() < 2


@pytest.mark.slow
def test_a_box_that_starts_again_finishes_what_it_had_not_and_repeats_nothing(
    station: FakeStation, box: BoxProcess, tmp_path: Path
) -> None:
    words = noise(tmp_path / "words.opus", seconds=1)
    station.publish_audio(words)
    live = flood(station, recording=audio_ref(words, 1000), times=1)
    with box.running():
        trusted(station)
        station.publish_alerts()
        # Without a memory it would believe only what is said after its second start.
        wait_until((box.data / "documents" / "revisions.json").exists)
        station.publish_alerts(live)
        station.wait_for(lambda: part_of(station) == "siren", what="the siren")
        box.kill()
        box.start()
        station.wait_for(
            lambda: Outcome.PLAYED in [r.outcome for r in station.reports.values()], timeout_s=60, what="the round"
        )  # fmt: skip
        assert [h.part for h in heard(box)] == ["siren", "siren", "speech"]
        box.kill()
        box.start()
        sessions = len({status.session for status in station.statuses})
        station.wait_for(
            lambda: len({s.session for s in station.statuses}) > sessions, timeout_s=60, what="the third life"
        )  # fmt: skip
        trusted(station)
        station.publish_alerts(live)
        time.sleep(3)
        assert len(box.heard()) == 3


@pytest.mark.slow
def test_a_box_that_lost_its_memory_sounds_nothing_that_is_played_again(station: FakeStation, box: BoxProcess) -> None:
    an_hour = timedelta(hours=1)
    old = flood(station, effective_at=station.now() - timedelta(minutes=10), expires_at=station.now() + an_hour)
    issued_at = old.effective_at
    replayed = Alerts(station=STATION, revision=station.revision(), issued_at=issued_at, alerts=(old,))
    with box.running():
        trusted(station)
    for name in ("documents", "clock.json", "journal.db", "journal.db-wal", "journal.db-shm"):
        path = box.data / name
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    station.publish(topics.alerts(STATION), seal.seal(replayed, station.key), retain=True)
    with box.running():
        sessions = len({status.session for status in station.statuses})
        station.wait_for(lambda: len({s.session for s in station.statuses}) > sessions, what="its second life")
        station.wait_for(
            lambda: station.status and station.status.clock.trusted and station.status.alerts, what="the old document"
        )  # fmt: skip
        time.sleep(6)
        assert box.heard() == []
        station.publish_alerts(old)  # now it is the station's own word, said now
        wait_until(lambda: part_of(station) == "siren", timeout_s=5)
