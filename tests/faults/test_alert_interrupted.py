"""The server, its broker, or both lost in a live alert: it sounds where it had not, and no round of it twice."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.station import Station, until
from tests.fakes.alert_forgeries import live
from tests.fakes.box_process import noise
from tests.fakes.box_station import audio_ref
from tests.fakes.box_village import Commune, Village
from tests.fixtures.brokers import Mosquitto
from wire import chunks, topics

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

LOST = ("server", "broker", "both")
IN_SPEECH, IN_SIREN, AT_APPROVAL = range(3)
"""Each of three boxes has an alert of its own, and is met by the fault at another moment of it."""
SIRENS = {"ngan": [[800, 100, 1]], "dai": [[9000, 100, 1]]}
LONG = "Nước suối Ngọt đang lên rất nhanh. Bà con thôn Kép và thôn Ngọt đưa người già, trẻ em lên nhà văn hóa ngay."
SHORT = "Nước suối đang lên."
MET = (("ngan", LONG), ("dai", SHORT), ("ngan", SHORT))
"""Each box's siren and words."""
REST_S = 4.0


def wipe(broker: Mosquitto) -> None:
    """End the broker as a power cut would, and let it forget everything."""
    broker.kill()
    for state in broker.folder.rglob("*.db"):
        state.unlink()


def lose(lost: str, station: Station, broker: Mosquitto) -> None:
    """Take away what is named, and bring it back."""
    if lost != "server":
        wipe(broker)
    if lost != "broker":
        station.kill()
    if lost != "server":
        broker.start()
    if lost != "broker":
        station.start()


def drafted(station: Station, number: int, *, siren: str, text: str) -> dict[str, Any]:
    """Return a draft for one box, with its words made."""
    cluster = station.boxes()[number]["cluster"]
    wanted = {
        "status": "Actual", "event": "lũ quét", "headline": f"Lũ quét {number}", "text": text, "siren": siren,
        "audience": {"clusters": [cluster]}, "times": 1, "repeat_every_s": 0,
    }  # fmt: skip
    draft = station.call("POST", "/alerts", wanted)
    path = f"/alerts/{draft['id']}"
    return until(lambda: found if (found := station.call("GET", path))["recording"] else None, within_s=60)


def approve(station: Station, draft: dict[str, Any]) -> None:
    body = {"content_sha256": draft["content_sha256"], "phrase": draft["phrase"]}
    assert station.call("POST", f"/alerts/{draft['id']}/approve", body, role="approver")["state"] == "live"


def plays(station: Station, number: int, part: str) -> bool:
    """Return whether a box says that this part sounds now."""
    boxes = {box["id"]: box for box in station.call("GET", "/devices", role="admin")}
    playing = boxes[station.boxes()[number]["id"]]["status"].get("playing") or {}
    return playing.get("part") == part


def parts(station: Station, alert: str, number: int) -> list[str]:
    """Return what of the alert a box has sounded to its end, in its order."""
    return [s.about["part"] for s in station.sounds(number) if s.about.get("alert_id") == alert]


def spoke(station: Station, alert: str, number: int) -> bool:
    """Return whether a box has sounded the alert's words to their end."""
    return "speech" in parts(station, alert, number)


@pytest.mark.parametrize("lost", LOST)
def test_lost_in_the_siren_in_the_words_and_at_the_approval_it_sounds_once_everywhere(
    lost: str, mosquitto_tls: Mosquitto, tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_text(mosquitto_tls.ca_pem or "")
    on = ["--broker", mosquitto_tls.url, "--broker-ca", str(tmp_path / "ca.pem")]
    with Station(tmp_path / "station", devices=3, broker_arguments=on) as station:
        for name, strokes in SIRENS.items():
            body = {"name": name, "title": name, "strokes": strokes, "source": "Quy chế của xã"}
            station.call("PUT", "/alerts/sirens", body, role="admin")
        drafts = [
            drafted(station, number, siren=siren, text=text)
            for number, siren, text in (
                (IN_SPEECH, "ngan", LONG),
                (IN_SIREN, "dai", SHORT),
                (AT_APPROVAL, "ngan", SHORT),
            )
        ]
        approve(station, drafts[IN_SPEECH])
        until(lambda: plays(station, IN_SPEECH, "speech"), within_s=30)
        approve(station, drafts[IN_SIREN])
        until(lambda: plays(station, IN_SIREN, "siren"), within_s=15)
        approve(station, drafts[AT_APPROVAL])

        lose(lost, station, mosquitto_tls)

        for number, draft in enumerate(drafts):
            until(partial(parts, station, draft["id"], number), within_s=15)
        for number, draft in enumerate(drafts):
            until(partial(spoke, station, draft["id"], number), within_s=30)
        time.sleep(REST_S)
        for number, draft in enumerate(drafts):
            sounded = parts(station, draft["id"], number)
            assert sounded.count("speech") == 1, (number, sounded)
            assert sounded[-1] == "speech", "nothing of the round sounds again"


EVERY_S = 9
ROUND_S = 1.1


@contextmanager
def repeating(broker: Mosquitto, folder: Path) -> Iterator[tuple[Village, Callable[[], None]]]:
    """Yield boxes between the first and the second round of a live alert, and what says that alert again."""
    with Village(broker.url, folder, boxes=5).standing() as village:
        village.begin_trusted()
        audio = noise(folder / "words.opus", seconds=0.5)
        words = {c.name: live("lu", now=c.now(), recording=audio_ref(audio, 500), repeat_every_s=EVERY_S, times=1)
                 for c in village.communes}  # fmt: skip

        def say() -> None:
            for commune in village.communes:
                village.publish(topics.chunk(commune.name, audio_ref(audio, 500).sha256, 0), chunks.split(audio)[0])
                village.publish(commune.topic, commune.says(words[commune.name]))

        say()
        await_rounds(village, 1)
        yield village, say


def await_rounds(village: Village, count: int) -> None:
    until(lambda: all(rounds(commune) >= count for commune in village.communes), within_s=EVERY_S + 15)


def rounds(commune: Commune) -> int:
    """Return how often the box has begun the words: once a round."""
    return sum(one.part == "speech" for one in commune.began)


@pytest.mark.parametrize("lost", LOST)
def test_lost_between_two_rounds_the_next_comes_at_its_time_and_none_twice(
    lost: str, mosquitto_broker: Mosquitto, tmp_path: Path
) -> None:
    with repeating(mosquitto_broker, tmp_path) as (village, say):
        first = [commune.began[-1].at_monotonic for commune in village.communes]
        time.sleep(2)
        if lost != "server":
            wipe(mosquitto_broker)
            mosquitto_broker.start()
        time.sleep(2)  # nobody says anything meanwhile, as if the server were dead
        for _ in range(3 if lost != "broker" else 1):
            say()

        await_rounds(village, 2)
        time.sleep(2)

        assert village.dead() == []
        for commune, began_at in zip(village.communes, first, strict=True):
            assert rounds(commune) == 2, commune.parts
            second = [one for one in commune.began if one.part == "speech"][1].at_monotonic
            assert second - began_at > EVERY_S, "a return is no reason to begin sooner"
