"""Bare sockets in place of boxes: how long the broker alone needs for a document, and how long the station needs."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from broadcaster.adapters.mqtt import BrokerAddress, MqttLink
from tests.end_to_end.alarm import Books, approve, cancel, drafted, spread
from tests.end_to_end.station import Station, until
from tests.fixtures.bare_subscribers import BareSubscribers
from wire import topics

HEARTBEAT_BYTES = 1000


def server(station: Station, books: Books, address: BrokerAddress, *, count: int, rounds: int) -> list[dict[str, Any]]:
    """Return the figures of the station's own way, with bare sockets in place of boxes."""
    found = []
    topic = topics.alerts(str(books.one("SELECT id FROM stations")))
    with BareSubscribers(address, topic=topic, count=count) as bare:
        for _ in range(rounds):
            draft = drafted(station)
            bare.rest(0.5)
            seq = _alerts_seq(books)
            with ThreadPoolExecutor(1) as officer:
                asking = officer.submit(approve, station, books, draft)
                arrivals = bare.arrivals(_names_an_alert)
                asked = asking.result()
            found.append({**asked.figures(arrivals), "documents": _alerts_seq(books) - seq})
            cancel(station, books, draft)
            bare.rest(1.0)
    return found


def floor(address: BrokerAddress, *, count: int, size_bytes: int, rounds: int) -> dict[str, Any]:
    """Return how long the broker needs to deliver a document of that size to bare sockets; the middle of some."""
    topic, took = "loa/v1/floor/alerts", []
    link = MqttLink(address, client_id="floor", now=lambda: datetime.now(UTC), listens=False)
    link.start(on_session=lambda: None)
    until(lambda: link.connected, within_s=10)
    with BareSubscribers(address, topic=topic, count=count) as bare:
        for _ in range(rounds):
            bare.rest(0.3)
            document = os.urandom(size_bytes)
            sent_at = time.monotonic()
            link.publish(topic, document, retain=False)
            took.append([at - sent_at for at in bare.arrivals(document.__eq__)])
    link.stop()
    return spread(sorted(took, key=max)[len(took) // 2])


def _names_an_alert(sealed: bytes) -> bool:
    """Return whether the document is more than a heartbeat, which may come between and is shorter."""
    return len(sealed) > HEARTBEAT_BYTES


def _alerts_seq(books: Books) -> int:
    return int(books.one("SELECT alerts_seq FROM stations"))
