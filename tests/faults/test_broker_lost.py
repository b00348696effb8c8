"""A broker that dies or forgets: what is planned still sounds, once, and is reported once."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.end_to_end.station import Station
from tests.faults.test_killed import TEXT, assert_sounded_once, await_ready, in_seconds
from tests.fixtures.brokers import Mosquitto
from tests.sound import decoded, heard, likeness

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def on(broker: Mosquitto, folder: Path) -> Station:
    ca = folder / "ca.pem"
    ca.write_text(broker.ca_pem or "")
    return Station(folder / "station", devices=2, broker_arguments=["--broker", broker.url, "--broker-ca", str(ca)])


def test_server_and_mosquitto_killed_before_the_airing_it_plays_once_and_is_reported_once(
    tmp_path: Path, mosquitto_tls: Mosquitto
) -> None:
    with on(mosquitto_tls, tmp_path) as station:
        bulletin = station.approved("Họp thôn", TEXT, {"all": True})
        airing = station.air(bulletin, in_seconds(10))
        await_ready(station, airing)

        station.kill()
        mosquitto_tls.kill()
        until_over = datetime.fromisoformat(airing["end_at"]) + timedelta(seconds=1) - datetime.now(UTC)
        time.sleep(max(0.0, until_over.total_seconds()))
        mosquitto_tls.start()
        station.start()

        station.await_outcome(airing, "played", within_s=90)
        assert_sounded_once(station, airing, bulletin)


def test_mosquitto_that_forgot_everything_is_told_again(tmp_path: Path, mosquitto_tls: Mosquitto) -> None:
    with on(mosquitto_tls, tmp_path) as station:
        bulletin = station.approved("Họp thôn", TEXT, {"all": True})
        mosquitto_tls.kill()
        for state in mosquitto_tls.folder.rglob("*.db"):
            state.unlink()
        airing = station.air(bulletin, in_seconds(30))
        mosquitto_tls.start()

        station.await_outcome(airing, "played", within_s=120)
        sound = decoded(station.recording(bulletin))
        assert all(likeness(heard(station.sounds_of(airing, n)[0].path), sound) >= 0.95 for n in (0, 1))
