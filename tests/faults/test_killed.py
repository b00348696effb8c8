"""Servers, brokers and boxes that are killed at the worst moment: nothing is lost, nothing sounds twice."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.end_to_end.station import Station
from tests.sound import decoded, heard, likeness

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

TEXT = "Chiều nay, thôn Kép 1 họp tại nhà văn hóa lúc 17 giờ."


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def await_ready(station: Station, airing: dict[str, object]) -> None:
    station.await_outcome(airing, "ready", within_s=20)


def assert_sounded_once(station: Station, airing: dict[str, object], bulletin: dict[str, object]) -> None:
    sound = decoded(station.recording(bulletin))
    for number in range(len(station.boxes())):
        (stretch,) = station.sounds_of(airing, number)
        assert likeness(heard(stretch.path), sound) >= 0.95


def test_server_and_broker_killed_before_the_airing_boxes_play_alone_and_report_once(tmp_path: Path) -> None:
    with Station(tmp_path, devices=2) as station:
        bulletin = station.approved("Họp thôn", TEXT, {"all": True})
        start = in_seconds(9)
        airing = station.air(bulletin, start)
        await_ready(station, airing)

        station.kill()
        time.sleep((start - datetime.now(UTC)).total_seconds() + 2)
        station.start()

        station.await_outcome(airing, "played", within_s=60)
        assert_sounded_once(station, airing, bulletin)
        for delivery in station.call("GET", f"/airings/{airing['id']}")["deliveries"]:
            assert abs(delivery["start_error_ms"]) <= 50
            assert abs((datetime.fromisoformat(delivery["started_at"]) - start).total_seconds()) <= 0.25


def test_server_killed_between_approval_and_airing_and_back_before_it_plays_once(tmp_path: Path) -> None:
    with Station(tmp_path, devices=2) as station:
        bulletin = station.approved("Họp thôn", TEXT, {"all": True})
        airing = station.air(bulletin, in_seconds(14))

        station.kill()
        station.start()

        station.await_outcome(airing, "played", within_s=70)
        assert_sounded_once(station, airing, bulletin)


def test_server_killed_in_the_middle_of_an_airing_keeps_the_whole_sound(tmp_path: Path) -> None:
    with Station(tmp_path, devices=1) as station:
        bulletin = station.approved("Họp thôn", TEXT, {"all": True})
        airing = station.air(bulletin)
        station.await_outcome(airing, "playing", within_s=20)

        station.kill()
        station.start()

        station.await_outcome(airing, "played", within_s=60)
        assert_sounded_once(station, airing, bulletin)


def test_box_killed_in_the_middle_of_an_airing_never_says_that_it_played(tmp_path: Path) -> None:
    with Station(tmp_path, devices=1) as station:
        airing = station.air(station.approved("Họp thôn", TEXT, {"all": True}))
        station.await_outcome(airing, "playing", within_s=20)

        station.kill_box(0)

        station.await_outcome(airing, "interrupted", within_s=40)
        (delivery,) = station.call("GET", f"/airings/{airing['id']}")["deliveries"]
        assert delivery["reason_code"] == "power_lost"
