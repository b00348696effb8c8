"""One message lost between a real server and its boxes, of every kind there is: within 45 seconds all is as it was."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.station import Station
from tests.fakes.served_village import Place, ServedVillage
from tests.fixtures.mqtt_proxy import Loss, Packet

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

HEALED_WITHIN_S = 45.0
BOXES_EACH = 10


def published(topic_end: str, *, up: bool) -> Loss:
    return Loss(packet=Packet.PUBLISH, up=up, topic_end=topic_end)


AT_FIRST = {
    "clock reply": published("/clock", up=False),
    "clock request": published("/clock", up=True),
    "status": published("/status", up=True),
}
"""Lost when the box connects for the first time."""
RUNNING = {
    "plan": published("/plan", up=False),
    "chunk": published("/0", up=False),
    "report": published("/report", up=True),
    "ack": published("/ack", up=False),
    "heartbeat": published("/alerts", up=False),
    "alert": published("/alerts", up=False),
    "PUBACK": Loss(packet=Packet.PUBACK, up=False),
}
"""Lost on a connection that stands."""
KINDS = (*AT_FIRST, *RUNNING)
TEXT = "Kính thưa bà con, chiều nay họp thôn tại nhà văn hóa."
SHORT = {"name": "ngan", "title": "Ngắn", "strokes": [[1000, 100, 1]], "source": "Quy chế của xã"}
Groups = Mapping[str, list[Place]]
Healed = Callable[[], set[str]]
"""Which boxes are as they should be, by their ids."""


def test_whatever_message_a_server_and_its_boxes_lose_is_made_good_within_45_seconds(tmp_path: Path) -> None:
    """A hundred trials, all at once: each box loses one message of its kind."""
    with Station(tmp_path / "station", devices=0) as station:
        station.call("PUT", "/alerts/sirens", SHORT, role="admin")
        village = ServedVillage(station, tmp_path / "boxes", boxes=BOXES_EACH * len(KINDS))
        with village.standing():
            groups = {kind: village.places[n * BOXES_EACH : (n + 1) * BOXES_EACH] for n, kind in enumerate(KINDS)}
            for kind, loss in AT_FIRST.items():
                lose(groups[kind], loss)
            village.switch_on()
            bulletin = station.approved("Họp thôn", TEXT, {"all": True})
            everybody = ids_of(village.places)
            await_all({"who is there and knows the time": (everybody, partial(settled, station))})

            for kind, loss in RUNNING.items():
                lose(groups[kind], loss)
            await_all(work(station, bulletin, groups))

        assert [kind for kind, places in groups.items() for p in places if not p.proxy.lost.is_set()] == []
        assert village.dead() == []


def lose(places: list[Place], loss: Loss) -> None:
    for place in places:
        place.proxy.lose(loss)


def ids_of(places: list[Place]) -> set[str]:
    return {place.device for place in places}


def await_all(wanted: Mapping[str, tuple[set[str], Healed]]) -> None:
    """Return when every box of each kind is healed. Fails with who is not."""
    end = time.monotonic() + HEALED_WITHIN_S
    while missing := {what: lacking for what, (who, healed) in wanted.items() if (lacking := who - healed())}:
        assert time.monotonic() < end, {what: sorted(lacking) for what, lacking in missing.items()}
        time.sleep(0.5)


def settled(station: Station) -> set[str]:
    """Return the boxes that the server knows to be there, with the time, their plan and its word on alerts."""
    boxes = station.call("GET", "/devices", role="admin")
    return {
        box["id"] for box in boxes
        if box["online"] and (box["status"].get("clock") or {}).get("trusted") and box["status"].get("alerts")
    }  # fmt: skip


def work(station: Station, bulletin: dict[str, Any], groups: Groups) -> dict[str, tuple[set[str], Healed]]:
    """Let everything happen that a message was lost of; return who shall be how by the end."""
    told = [*groups["plan"], *groups["chunk"]]
    later = station.air(bulletin, far_ahead(), audience=at(told))
    heard = [*groups["report"], *groups["ack"], *groups["PUBACK"]]
    now = station.air(bulletin, audience=at(heard))
    alert = {
        "status": "Actual", "event": "lũ quét", "headline": "Lũ quét", "text": "Nước lên.", "siren": "ngan",
        "audience": at(groups["alert"]), "times": 1, "repeat_every_s": 0,
    }  # fmt: skip
    draft = station.call("POST", "/alerts", alert)
    body = {"content_sha256": draft["content_sha256"], "phrase": draft["phrase"]}
    assert station.call("POST", f"/alerts/{draft['id']}/approve", body, role="approver")["state"] == "live"
    return {
        "a plan or its audio": (ids_of(told), partial(with_outcome, station, later, "ready")),
        "a report": (ids_of(heard), partial(with_outcome, station, now, "played")),
        "an acknowledgement": (ids_of(groups["ack"]), partial(behind, groups["ack"], "ack")),
        "a heartbeat": (ids_of(groups["heartbeat"]), partial(behind, groups["heartbeat"], "alerts")),
        "an alert": (ids_of(groups["alert"]), lambda: {p.device for p in groups["alert"] if p.commune.began}),
    }


def far_ahead() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=10)


def at(places: list[Place]) -> dict[str, list[str]]:
    return {"clusters": [place.cluster for place in places]}


def with_outcome(station: Station, airing: dict[str, Any], outcome: str) -> set[str]:
    return {device for device, told in station.outcomes(airing).items() if told == outcome}


def behind(places: list[Place], kind: str) -> set[str]:
    """Return the boxes that have got another message of that kind behind the lost one."""
    return {place.device for place in places if place.proxy.behind[False, kind]}
