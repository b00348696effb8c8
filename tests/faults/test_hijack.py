"""Somebody with every right on the broker: forged, altered, replayed and senseless documents sound nowhere."""

import hashlib
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as paho
import pytest
from joserfc import jws
from paho.mqtt.enums import CallbackAPIVersion

from tests.end_to_end.station import Station, until
from tests.faults.test_killed import TEXT
from wire import chunks, messages, seal, topics
from wire.topics import DeviceTopic

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

NOISE = b"OggS not a sound that anybody approved" * 100


class Intruder:
    """A client that reads everything and publishes what it likes."""

    def __init__(self, station: Station) -> None:
        self.seen: dict[str, bytes] = {}
        where = urlsplit(station.about["broker"])
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="intruder")
        self._client.on_message = lambda _client, _data, message: self._note(message)
        self._client.on_connect = lambda client, *_rest: client.subscribe("#", 1)
        self._client.connect(where.hostname or "", where.port or 1883)
        self._client.loop_start()

    def _note(self, message: paho.MQTTMessage) -> None:
        if message.payload:
            self.seen.setdefault(message.topic, bytes(message.payload))

    def publish(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1, retain=True).wait_for_publish(10)

    def fling(self, topic: str, payload: bytes) -> None:
        """Publish without waiting for anything."""
        self._client.publish(topic, payload, qos=0)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with Station(tmp_path, devices=1) as running:
        yield running


@pytest.fixture
def intruder(station: Station) -> Iterator[Intruder]:
    client = Intruder(station)
    yield client
    client.close()


def forged_plan(station: Station, *, epoch: int = 9) -> messages.Plan:
    now = datetime.now(UTC)
    audio = messages.AudioRef(
        sha256=hashlib.sha256(NOISE).hexdigest(), size_bytes=len(NOISE), chunks=1, duration_ms=5000
    )
    airing = messages.PlannedAiring(
        airing_id="lp-forged",
        start_at=now + timedelta(seconds=2),
        not_after=now + timedelta(minutes=5),
        recording=audio,
    )
    return messages.Plan(
        station=station_id(station),
        device=station.boxes()[0]["id"],
        revision=messages.Revision(epoch=epoch, seq=1),
        issued_at=now,
        airings=(airing,),
    )


def station_id(station: Station) -> str:
    return str(station.call("GET", "/station", role="admin")["id"])


def plan_topic(station: Station) -> str:
    return topics.of_device(station_id(station), station.boxes()[0]["id"], DeviceTopic.PLAN)


def refusals(station: Station) -> int:
    (device,) = station.call("GET", "/devices", role="admin")
    return int(device["status"].get("health", {}).get("refused_documents", 0))


def test_forged_documents_sound_nowhere_and_are_counted(station: Station, intruder: Intruder) -> None:
    topic, plan, thief = plan_topic(station), forged_plan(station), seal.new_key()
    unsigned = plan.model_dump_json().encode()
    forgeries: list[bytes] = [
        b"", b"{}", b"\x00" * 1000, unsigned, seal.seal(plan, thief),
        b"eyJhbGciOiJub25lIiwidHlwIjoibG9hLnBsYW4ifQ." + urlsafe_b64encode(unsigned).rstrip(b"=") + b".",
    ]  # fmt: skip
    for chunk_number, payload in enumerate(chunks.split(NOISE)):
        intruder.publish(topics.chunk(station_id(station), hashlib.sha256(NOISE).hexdigest(), chunk_number), payload)
    for forgery in forgeries:
        intruder.publish(topic, forgery)
    intruder.publish(topics.alerts(station_id(station)), seal.seal(forged_alerts(station), thief))

    until(lambda: refusals(station) >= 5, within_s=20)
    time.sleep(4)

    assert station.sounds(0) == []


def forged_alerts(station: Station) -> messages.Alerts:
    now = datetime.now(UTC)
    audio = forged_plan(station).airings[0].recording
    live = messages.LiveAlert(
        alert_id="tk-forged", version=1, status=messages.AlertStatus.ACTUAL, event="lũ", headline="giả",
        recording=audio, effective_at=now, expires_at=now + timedelta(hours=1),
    )  # fmt: skip
    revision = messages.Revision(epoch=9, seq=1)
    return messages.Alerts(station=station_id(station), revision=revision, issued_at=now, alerts=(live,))


def test_replayed_plan_does_not_bring_a_cancelled_airing_back(station: Station, intruder: Intruder) -> None:
    bulletin = station.approved("Họp thôn", TEXT, {"all": True})
    airing = station.air(bulletin, datetime.now(UTC) + timedelta(seconds=12))
    station.await_outcome(airing, "ready", within_s=20)
    genuine = until(lambda: plan_that_names(intruder, station, airing), within_s=10)

    station.call("DELETE", f"/airings/{airing['id']}")
    time.sleep(1.5)
    before = refusals(station)
    for _ in range(3):
        intruder.publish(plan_topic(station), genuine)

    until(lambda: refusals(station) > before, within_s=15)
    time.sleep(12)
    assert station.sounds(0) == []


def plan_that_names(intruder: Intruder, station: Station, airing: dict[str, Any]) -> bytes | None:
    """Return the newest genuine plan as it lies on the broker, once it names the airing."""
    watcher = Intruder(station)
    try:
        sealed = until(lambda: watcher.seen.get(plan_topic(station)), within_s=5)
    finally:
        watcher.close()
    body = jws.extract_compact(sealed).payload
    return sealed if airing["id"].encode() in body else None


def test_damaged_chunks_are_never_heard_and_the_genuine_sound_is(station: Station, intruder: Intruder) -> None:
    bulletin = station.approved("Họp thôn", TEXT, {"all": True})
    sha256 = bulletin["recording"]["sha256"]
    airing = station.air(bulletin, datetime.now(UTC) + timedelta(seconds=8))
    poison = bytearray(chunks.split(station.recording(bulletin))[0])
    poison[200] ^= 0x40
    intruder.publish(topics.chunk(station_id(station), sha256, 0), bytes(poison))

    station.await_outcome(airing, "played", within_s=60)

    (stretch,) = station.sounds(0)
    assert stretch.about["airing_id"] == airing["id"]
