"""The whole box as a process on a real broker: what is heard is compared with what was planned, sample by sample."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from device_agent.__main__ import EXIT_DIED, EXIT_TWICE, main
from tests.fakes.box_process import BoxProcess, decoded, noise, samples_of, wait_until
from tests.fakes.box_station import DEVICE, STATION, FakeStation, audio_ref
from tests.fixtures.brokers import Mosquitto
from wire import chunks, seal, topics
from wire.messages import LiveAlert, Outcome, PlannedAiring, QuietHours, Reason

# The station lives three hours ahead of this machine, so that no synchronised system clock can help the box.
AHEAD = timedelta(hours=3)


@pytest.fixture
def station(embedded_broker: EmbeddedBroker) -> Iterator[FakeStation]:
    with FakeStation(embedded_broker.url, clock_shift=AHEAD).on_air() as fake:
        yield fake


@pytest.fixture
def box(tmp_path: Path, station: FakeStation) -> BoxProcess:
    station.enrol(tmp_path / "box")
    return BoxProcess(data=tmp_path / "box", sounds=tmp_path / "sounds")


def planned(
    name: str, start_at: datetime, audio: bytes, *, seconds: float, late_s: float = 60, **fields: object
) -> PlannedAiring:
    return PlannedAiring(
        airing_id=name, start_at=start_at, not_after=start_at + timedelta(seconds=late_s),
        recording=audio_ref(audio, int(seconds * 1000)), **fields,  # type: ignore[arg-type]  # the test's own fields
    )  # fmt: skip


def assert_same_sound(heard: Path, approved: Path) -> None:
    """Compare the sound itself: correlation at no shift, and the length."""
    ours, theirs = (np.array(s, dtype=float) for s in (samples_of(heard), decoded(approved)))
    assert abs(len(ours) - len(theirs)) <= 0.05 * 48_000
    length = min(len(ours), len(theirs))
    assert np.corrcoef(ours[:length], theirs[:length])[0, 1] >= 0.95


def test_a_planned_airing_is_heard_at_its_instant_and_reported(
    station: FakeStation, box: BoxProcess, tmp_path: Path
) -> None:
    audio = noise(tmp_path / "a.opus", seconds=1.5)
    station.publish_audio(audio)
    station.publish_alerts()
    with box.running():
        station.wait_for(lambda: station.status and station.status.clock.trusted, what="a trusted clock in the status")
        start_at = station.now() + timedelta(seconds=3)
        station.publish_plan(station.plan(planned("a", start_at, audio, seconds=1.5)))
        report = station.wait_for_report("a")
        assert (report.outcome, report.reason) == (Outcome.PLAYED, None)
        assert report.start_error_ms is not None
        assert abs(report.start_error_ms) < 50
        (heard,) = box.heard()
        assert_same_sound(heard, tmp_path / "a.opus")
        described = json.loads(heard.with_suffix(".json").read_text())
        assert described["airing_id"] == "a"
        first = datetime.fromisoformat(described["first_frame_at"])
        assert abs((first - start_at).total_seconds()) < 0.05
        assert box.terminate() == 0
    station.wait_for(lambda: station.status and not station.status.online, what="the farewell")
    assert len({status.session for status in station.statuses}) == 1


@pytest.mark.slow
def test_a_killed_box_resumes_its_download_at_the_chunk(station: FakeStation, box: BoxProcess, tmp_path: Path) -> None:
    audio = noise(tmp_path / "long.opus", seconds=20, kbit=200)
    ref = audio_ref(audio, 20_000)
    assert ref.chunks >= 6
    station.publish_audio(audio, only=lambda number: number < 3)
    station.publish_plan(station.plan(keep=(ref,)))
    with box.running():
        station.wait_for(lambda: _held(station) == 3, what="three chunks")
        box.kill()
        for number in range(3):  # what the box already has is nowhere to be had again
            station.publish(topics.chunk(STATION, ref.sha256, number), b"", retain=True)
        station.publish_audio(audio, only=lambda number: number >= 3)
        box.start()
        file = box.data / "audio" / ref.sha256
        wait_until(file.exists)
        assert file.read_bytes() == audio


def _held(station: FakeStation) -> int | None:
    missing = station.status.audio_missing if station.status is not None else ()
    return missing[0].chunks_held if missing else None


@pytest.mark.slow
def test_a_chunk_with_a_flipped_byte_is_told_and_fetched_again(
    station: FakeStation, box: BoxProcess, tmp_path: Path
) -> None:
    audio = noise(tmp_path / "a.opus", seconds=20, kbit=64)
    ref = audio_ref(audio, 20_000)
    station.publish_audio(audio)
    good = chunks.split(audio)[1]
    station.publish(topics.chunk(STATION, ref.sha256, 1), good[:-1] + bytes([good[-1] ^ 1]), retain=True)
    station.publish_plan(station.plan(keep=(ref,)))
    with box.running():
        station.wait_for(
            lambda: station.status and any("chunk_damaged" in error for error in station.status.health.audio_errors),
            timeout_s=30,
            what="the damage in the status",
        )
        assert not (box.data / "audio" / ref.sha256).exists()
        station.publish(topics.chunk(STATION, ref.sha256, 1), good, retain=True)
        wait_until((box.data / "audio" / ref.sha256).exists)


@pytest.mark.slow
def test_a_file_that_the_card_has_spoilt_is_fetched_again_before_it_sounds(
    station: FakeStation, box: BoxProcess, tmp_path: Path
) -> None:
    audio = noise(tmp_path / "a.opus", seconds=1)
    station.publish_audio(audio)
    first = station.plan(keep=(audio_ref(audio, 1000),))
    station.publish_plan(first)
    file = box.data / "audio" / audio_ref(audio, 0).sha256
    with box.running():
        wait_until(file.exists)
        file.write_bytes(audio[:-1] + bytes([audio[-1] ^ 1]))
        station.wait_for(lambda: station.status and station.status.clock.trusted, what="the time")
        station.publish_plan(station.plan(planned("a", station.now() + timedelta(seconds=4), audio, seconds=1)))
        report = station.wait_for_report("a")
        assert report.outcome is Outcome.PLAYED
        assert_same_sound(box.heard()[0], tmp_path / "a.opus")
        assert file.read_bytes() == audio


@pytest.mark.slow
def test_forged_and_replayed_documents_are_refused_counted_and_not_obeyed(
    station: FakeStation, box: BoxProcess, tmp_path: Path
) -> None:
    audio = noise(tmp_path / "a.opus", seconds=1)
    station.publish_audio(audio)
    soon = station.now() + timedelta(seconds=8)
    old = station.publish_plan(station.plan(planned("old", soon, audio, seconds=1)))
    with box.running():
        station.wait_for(lambda: station.status and station.status.plan, what="the plan")
        current = station.plan()
        station.publish_plan(current)
        station.wait_for(lambda: station.status and station.status.plan == current.revision, what="the second plan")
        plan_topic = topics.of_device(STATION, DEVICE, topics.DeviceTopic.PLAN)
        station.publish(plan_topic, old)
        forged = station.plan(planned("forged", soon, audio, seconds=1))
        station.publish_plan(forged, key=seal.new_key())
        station.publish(plan_topic, b"rubbish")
        station.publish(topics.of_device(STATION, DEVICE, topics.DeviceTopic.ACK), b"rubbish")
        station.wait_for(
            lambda: station.status and station.status.health.refused_documents >= 4, what="the refusals in the status"
        )
        assert station.status is not None
        assert station.status.plan == current.revision
        assert station.status.health.last_refusal
        time.sleep(max(0.0, (soon - station.now()).total_seconds()) + 1.0)
        assert box.heard() == []
        assert box.is_alive


@pytest.mark.slow
def test_a_box_killed_while_sounding_tells_the_truth_afterwards(
    station: FakeStation, box: BoxProcess, tmp_path: Path
) -> None:
    audio = noise(tmp_path / "a.opus", seconds=20)
    station.publish_audio(audio)
    station.publish_plan(
        station.plan(planned("a", station.now() + timedelta(seconds=2), audio, seconds=20, late_s=600))
    )
    with box.running():
        station.wait_for(lambda: station.status and station.status.playing, what="the sound", timeout_s=15)
        time.sleep(1)
        box.kill()
        box.start()
        report = station.wait_for_report("a")
        assert (report.outcome, report.reason) == (Outcome.INTERRUPTED, Reason.POWER_LOST)
        time.sleep(4)
        (heard,) = box.heard()
        frames = json.loads(heard.with_suffix(".json").read_text())["frames"]
        assert frames == len(samples_of(heard))
        assert 0.5 * 48_000 < frames < 8 * 48_000


@pytest.mark.slow
def test_a_box_stopped_while_sounding_fades_out_and_reports_before_it_goes(
    station: FakeStation, box: BoxProcess, tmp_path: Path
) -> None:
    audio = noise(tmp_path / "a.opus", seconds=20)
    station.publish_audio(audio)
    station.publish_plan(station.plan(planned("a", station.now() + timedelta(seconds=2), audio, seconds=20)))
    with box.running():
        station.wait_for(lambda: station.status and station.status.playing, what="the sound", timeout_s=15)
        assert box.terminate() == 0
        report = station.wait_for_report("a", timeout_s=3)
        assert (report.outcome, report.reason) == (Outcome.INTERRUPTED, Reason.POWER_LOST)
        assert 0 < report.played_ms < 15_000


@pytest.mark.slow
def test_an_alert_cuts_in_and_the_programme_goes_on_afterwards(
    station: FakeStation, box: BoxProcess, tmp_path: Path
) -> None:
    audio, words = noise(tmp_path / "a.opus", seconds=4), noise(tmp_path / "alert.opus", seconds=1)
    station.publish_audio(audio)
    station.publish_audio(words)
    station.publish_plan(
        station.plan(
            planned("a", station.now() + timedelta(seconds=3), audio, seconds=4), keep=(audio_ref(words, 1000),)
        )
    )
    with box.running():
        station.wait_for(lambda: station.status and station.status.playing, what="the programme", timeout_s=15)
        station.publish_alerts(
            LiveAlert(
                alert_id="flood",
                version=1,
                status="Actual",
                event="Lũ",
                headline="Lũ về",
                times=2,
                recording=audio_ref(words, 1000),
                effective_at=station.now(),
                expires_at=station.now() + timedelta(minutes=5),
            )
        )
        alert = station.wait_for_report("flood")
        assert (alert.outcome, alert.alert_id) == (Outcome.PLAYED, "flood")
        assert alert.start_error_ms is not None
        assert alert.start_error_ms < 700
        report = station.wait_for_report("a")
        assert (report.outcome, report.interruptions) == (Outcome.PLAYED, 1)
        told = [json.loads(path.with_suffix(".json").read_text()) for path in box.heard()]
        assert [(t.get("airing_id"), t.get("alert_id")) for t in told] == [
            ("a", None), (None, "flood"), (None, "flood"), ("a", None),
        ]  # fmt: skip


@pytest.mark.slow
def test_quiet_hours_are_kept_by_the_box_itself(station: FakeStation, box: BoxProcess, tmp_path: Path) -> None:
    audio = noise(tmp_path / "a.opus", seconds=1)
    station.publish_audio(audio)
    whole_day = (QuietHours(start="00:00", end="00:00"),)
    start_at = station.now() + timedelta(seconds=3)
    station.publish_plan(station.plan(planned("a", start_at, audio, seconds=1), quiet_hours=whole_day))
    with box.running():
        report = station.wait_for_report("a")
        assert (report.outcome, report.reason) == (Outcome.REFUSED, Reason.QUIET_HOURS)
        assert box.heard() == []


@pytest.mark.slow
def test_nothing_scheduled_sounds_before_the_time_is_known(
    station: FakeStation, box: BoxProcess, tmp_path: Path
) -> None:
    audio = noise(tmp_path / "a.opus", seconds=1)
    station.answers_clock = False
    station.publish_audio(audio)
    station.publish_alerts()
    station.publish_plan(station.plan(planned("a", station.now() + timedelta(seconds=2), audio, seconds=1)))
    with box.running():
        station.wait_for(lambda: station.status and not station.status.audio_missing, what="the audio")
        time.sleep(4)
        assert box.heard() == []
        station.answers_clock = True
        report = station.wait_for_report("a")
        assert report.outcome is Outcome.PLAYED
        assert report.start_error_ms is not None
        assert report.start_error_ms > 1500


@pytest.mark.slow
def test_reports_come_again_until_they_are_acknowledged_and_then_no_more(
    station: FakeStation, box: BoxProcess, tmp_path: Path
) -> None:
    audio = noise(tmp_path / "a.opus", seconds=1)
    station.acknowledges = False
    station.publish_audio(audio)
    station.publish_plan(station.plan(planned("a", station.now() + timedelta(seconds=3), audio, seconds=1)))
    with box.running():
        station.wait_for_report("a")
        box.kill()
        box.start()
        station.wait_for(lambda: station.report_batches >= 2, what="the report again")
        station.acknowledges = True
        box.kill()
        box.start()
        station.wait_for(lambda: station.report_batches >= 3, what="the report a third time")
        time.sleep(1)
        batches = station.report_batches
        box.kill()
        box.start()
        sessions = len({status.session for status in station.statuses})
        station.wait_for(lambda: len({s.session for s in station.statuses}) > sessions, what="the next session")
        time.sleep(1)
        assert station.report_batches == batches
        assert len(station.reports) == 1


@pytest.mark.slow
def test_a_box_plays_while_the_broker_is_away_and_reports_afterwards_once(
    mosquitto_broker: Mosquitto, tmp_path: Path
) -> None:
    station = FakeStation(mosquitto_broker.url, clock_shift=AHEAD)
    station.enrol(tmp_path / "box")
    box = BoxProcess(data=tmp_path / "box", sounds=tmp_path / "sounds")
    audio = noise(tmp_path / "a.opus", seconds=1)
    with box.running():
        with station.on_air():
            station.publish_audio(audio)
            start_at = station.now() + timedelta(seconds=6)
            station.publish_plan(station.plan(planned("a", start_at, audio, seconds=1)))
            station.wait_for(lambda: (box.data / "audio" / audio_ref(audio, 0).sha256).exists(), what="the audio")
            station.wait_for(lambda: station.status and station.status.clock.trusted, what="the time")
        mosquitto_broker.kill()
        wait_until(lambda: box.heard(), timeout_s=15)
        mosquitto_broker.start()
        with station.on_air():
            report = station.wait_for_report("a", timeout_s=40)
            assert (report.outcome, len(station.reports)) == (Outcome.PLAYED, 1)
            assert report.start_error_ms is not None
            assert abs(report.start_error_ms) < 50
        assert_same_sound(box.heard()[0], tmp_path / "a.opus")


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_costs_the_audio_and_nothing_else(station: FakeStation, tmp_path: Path) -> None:
    data = tmp_path / "box"
    data.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(data)], check=False).returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    try:
        station.enrol(data)
        box = BoxProcess(data=data, sounds=tmp_path / "sounds", environment={"DEVICE_AGENT_DISK_RESERVE_MB": "1"})
        small, big = noise(tmp_path / "a.opus", seconds=1), os.urandom(5 * 1024 * 1024)
        station.publish_audio(small)
        station.publish_audio(big)
        start_at = station.now() + timedelta(seconds=8)
        station.publish_plan(station.plan(planned("a", start_at, small, seconds=1), keep=(audio_ref(big, 1000),)))
        with box.running():
            station.wait_for(
                lambda: station.status and "disk_full" in station.status.health.audio_errors, what="the full disk told"
            )
            _fill(data)
            assert station.wait_for_report("a", timeout_s=20).outcome is Outcome.PLAYED
            newer = station.plan()
            station.publish_plan(newer)
            station.wait_for(lambda: station.status and station.status.plan == newer.revision, what="the new plan")
            assert box.is_alive
    finally:
        subprocess.run(["umount", str(data)], check=True)


def _fill(directory: Path) -> None:
    """Leave not one byte free, as a log gone wild would."""
    with (directory / "wild.log").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass


@pytest.mark.slow
def test_two_agents_never_share_one_identity(
    station: FakeStation, box: BoxProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    with box.running():
        station.wait_for(lambda: station.status, what="the first status")
        assert main(["run", "--data", str(box.data), "--player", "null"]) == EXIT_TWICE
        assert "đang chạy" in capsys.readouterr().err


def test_a_task_that_dies_takes_the_agent_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    FakeStation("http://no-broker").enrol(tmp_path)
    assert main(["run", "--data", str(tmp_path), "--player", "wav", "--sounds", str(tmp_path / "sounds")]) == EXIT_DIED
    assert "dừng vì lỗi" in capsys.readouterr().err
