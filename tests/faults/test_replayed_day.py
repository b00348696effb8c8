"""A whole day of the broker's messages played again: after a reboot, and after the loss of any of the box's files."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from tests.fakes.alert_forgeries import live
from tests.fakes.box_process import noise
from tests.fakes.box_station import audio_ref
from tests.fakes.box_village import Commune, Village
from wire import chunks, topics
from wire.messages import LiveAlert

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

LOST = {
    "nothing": (),
    "documents": ("documents",),
    "revisions": ("documents/revisions.json",),
    "alerts": ("documents/alerts.jws",),
    "clock": ("clock.json",),
    "journal": ("journal.db", "journal.db-wal", "journal.db-shm"),
    "audio": ("audio",),
    "documents and clock": ("documents", "clock.json"),
    "documents and journal": ("documents", "journal.db", "journal.db-wal", "journal.db-shm"),
    "all": (
        "documents",
        "clock.json",
        "journal.db",
        "journal.db-wal",
        "journal.db-shm",
        "audio",
        "starts",
        "boots.json",
    ),
}
"""What is gone from the card after the reboot."""
A_DAY = timedelta(days=1)
LIVE = "lu"
SILENCE_S = 15.0
"""So long a box waits for the station before it takes it to be silent."""


@contextmanager
def recording(broker_url: str) -> Iterator[list[tuple[str, bytes]]]:
    """Yield every message that goes over the broker meanwhile, in its order."""
    heard: list[tuple[str, bytes]] = []
    host, _, port = broker_url.removeprefix("mqtt://").partition(":")
    client = Client(CallbackAPIVersion.VERSION2, client_id="recorder")

    def note(_client: Client, _userdata: object, message: MQTTMessage) -> None:
        heard.append((message.topic, bytes(message.payload)))

    client.on_message = note
    client.connect(host, int(port))
    client.subscribe("loa/#", 1)
    client.loop_start()
    try:
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


def a_day(village: Village, folder: Path) -> None:
    """Let every station have a day: an alert, one in two versions, a drill; each taken back long before it expires."""
    audio = noise(folder / "words.opus", seconds=0.5)
    words = audio_ref(audio, 500)
    for commune in village.communes:
        village.publish(topics.chunk(commune.name, words.sha256, 0), chunks.split(audio)[0])
    far = {"expires_at": village.communes[0].now() + 5 * A_DAY}
    says: tuple[tuple[dict[str, object], ...], ...] = (
        ({"name": "lu"},), (), ({"name": "bao", "recording": words},), ({"name": "bao", "version": 2},), (),
        ({"name": "tap", "status": "Exercise", "recording": words},), (),
    )  # fmt: skip
    for document in says:
        for commune in village.communes:
            named = [alert_of(commune, **far, **fields) for fields in document]
            village.publish(commune.topic, commune.says(*named))
        time.sleep(1.5)


def alert_of(commune: Commune, *, name: object, **fields: object) -> LiveAlert:
    return live(str(name), now=commune.now(), **fields)


def lose(commune: Commune, names: tuple[str, ...]) -> None:
    for name in names:
        path = commune.data / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def test_a_day_played_again_sounds_nothing_whatever_the_box_has_lost(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    cases = [(lost, mute) for mute in (False, True) for lost in LOST.values()]
    with Village(embedded_broker.url, tmp_path, boxes=len(cases)).standing() as village:
        for commune in village.communes:
            commune.shift = -A_DAY
        with recording(embedded_broker.url) as day:
            village.begin_trusted()
            a_day(village, tmp_path)
            village.switch_off()
        assert [{one.alert for one in c.began} for c in village.communes] == [{"lu", "bao", "tap"}] * len(cases)

        for commune, (lost, mute) in zip(village.communes, cases, strict=True):
            lose(commune, lost)
            commune.began.clear()
            commune.shift, commune.is_mute = timedelta(0), mute
            village.publish(commune.topic, b"")
        village.switch_on()
        until = time.monotonic() + SILENCE_S + 8
        while time.monotonic() < until:
            for topic, payload in day:
                village.publish(topic, payload)
            time.sleep(2)

        assert [(c.name, c.parts) for c in village.communes if c.began] == []
        assert village.dead() == []
        for commune in village.communes:
            commune.is_mute = False
            village.publish(commune.topic, commune.says(live("that")))
        deadline = time.monotonic() + 30
        while any(not c.began for c in village.communes) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert [c.parts[0] for c in village.communes if c.began] == [("that", "siren")] * len(cases)


def test_what_was_said_and_taken_back_just_now_sounds_nowhere_again_whatever_the_box_has_lost(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """All within the two minutes in which a document is fresh, so that its age gives nothing away."""
    cases = [(lost, mute) for mute in (False, True) for lost in LOST.values()]
    with Village(embedded_broker.url, tmp_path, boxes=len(cases)).standing() as village:
        with recording(embedded_broker.url) as moments:
            village.begin_trusted()
            for document in ((LIVE,), ()):
                for commune in village.communes:
                    village.publish(commune.topic, commune.says(*(alert_of(commune, name=name) for name in document)))
                time.sleep(1.5)
            village.switch_off()
        assert [c.parts[0] for c in village.communes if c.began] == [(LIVE, "siren")] * len(cases)

        for commune, (lost, mute) in zip(village.communes, cases, strict=True):
            lose(commune, lost)
            commune.began.clear()
            commune.is_mute = mute
            village.publish(commune.topic, b"")
        village.switch_on()
        until = time.monotonic() + 8
        while time.monotonic() < until:
            for topic, payload in moments:
                village.publish(topic, payload)
            time.sleep(1)

        assert [(c.name, c.parts) for c in village.communes if c.began] == []
        for commune in village.communes:
            commune.is_mute = False
            village.publish(commune.topic, commune.says(live("that")))
        deadline = time.monotonic() + 30
        while any(not c.began for c in village.communes) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert [c.parts[0] for c in village.communes if c.began] == [("that", "siren")] * len(cases)
