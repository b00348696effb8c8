"""One alert to many boxes: from the approver's request, accepted and durable, to the first sample of every siren.

A whole station with its signer, mosquitto with TLS and an account a box, and real agents with silent players. In the
same run: the floor (bare sockets with TLS on that broker, and without on another, receive a document of that size) and
the station's own way with bare sockets in place of boxes, so that the shares of all three are seen apart.
Then: words without a gap, a cancellation with a tenth of the boxes off, an expiry.
Usage: alert.py [BOXES ...] [--rounds N] [--processes N] [--only PART ...] [--folder DIR]; a line of JSON each, seconds.
"""

import argparse
import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from broadcaster.adapters.mqtt import BrokerAddress, MqttLink
from tests.end_to_end.alarm import REST_S, WORDS, Books, approve, cancel, drafted, of_part, rounded, spread
from tests.end_to_end.settlement import settle
from tests.end_to_end.station import Station, until
from tests.end_to_end.village import Boxes
from tests.fixtures.bare_subscribers import BareSubscribers
from tests.fixtures.brokers import Mosquitto, set_up
from wire import topics

BOXES = (500,)
PARTS = ("siren", "words", "cancel", "expiry", "server", "floor")
HEARTBEAT_BYTES = 1000
DOCUMENT_BYTES = 1766
"""Of a document of alerts with one alert that has its words; it is of the content above."""
MEMORY = Path("/dev/shm")


# -- the station -----------------------------------------------------------------------------------------------------


@contextmanager
def mosquitto(folder: Path) -> Iterator[Mosquitto]:
    """Yield mosquitto as deploy/mosquitto/setup.sh makes it, or as it was in that folder before; not started."""
    kept = folder / "port"
    if not kept.exists():
        port = _free_port()
        set_up(folder, "--name", "localhost", "--name", "127.0.0.1", "--port", str(port), "--bind", "127.0.0.1")
        kept.write_text(str(port))
    port = int(kept.read_text())
    password = (folder / "etc/commune-broadcaster/broker-password").read_text().strip()
    broker = Mosquitto(
        folder=folder, configuration=folder / "etc/mosquitto/mosquitto.conf", port=port,
        url=f"mqtts://loa-station:{password}@127.0.0.1:{port}",
        ca_pem=(folder / "etc/mosquitto/loa/ca.crt").read_text(),
    )  # fmt: skip
    try:
        yield broker
    finally:
        broker.stop()


@contextmanager
def plain_mosquitto(folder: Path) -> Iterator[Mosquitto]:
    """Run a mosquitto without TLS, accounts and disk."""
    folder.mkdir(parents=True, exist_ok=True)
    port, configuration = _free_port(), folder / "mosquitto.conf"
    configuration.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\nset_tcp_nodelay true\nlog_dest none\n"
    )
    broker = Mosquitto(folder=folder, configuration=configuration, port=port, url=f"mqtt://127.0.0.1:{port}")
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# -- with boxes ------------------------------------------------------------------------------------------------------


def siren(station: Station, books: Books, boxes: Boxes) -> dict[str, Any]:
    """Return the figures of one alert from the request to every siren, and of its end."""
    draft = drafted(station, siren="extreme")
    boxes.forget()
    asked = approve(station, books, draft)
    time.sleep(2.0)  # nobody is asked anything while it counts
    heard = boxes.until(lambda heard: len(of_part(heard, "siren")) == boxes.count, within_s=60)
    sirens = asked.figures([each.began_at for each in of_part(heard, "siren").values()])
    ended = cancel(station, books, draft)
    time.sleep(2.0)
    heard = boxes.until(lambda _heard: not boxes.sounding(), within_s=30)
    silence = ended.figures([each.ended_at for each in heard if each.ended_at and each.ended_at > ended.sent_at])
    return {"siren": sirens, "silence": silence}


def words(station: Station, books: Books, boxes: Boxes) -> dict[str, Any]:
    """Return how long it was silent between the siren and the words that follow it.

    A player that was told ahead begins on its own; only one that was told late leaves a gap. Here hundreds of boxes end
    their sirens in one instant of one loop, and what they wait for each other is said apart.
    """
    draft = drafted(station)
    boxes.forget()
    asked = approve(station, books, draft)
    time.sleep(15.0)
    heard = boxes.until(lambda heard: len(of_part(heard, "speech")) == boxes.count, within_s=180)
    speech = of_part(heard, "speech")
    before = {each.box: each for each in heard if each.part == "siren" and each.ended_at is not None}
    silent = {box: before[box].ended_at or 0.0 for box in speech}
    gaps = [abs(speech[box].began_at - silent[box]) for box in speech]
    late = [max(0.0, speech[box].asked_at - silent[box]) for box in speech]
    boxes.until(lambda _heard: not boxes.sounding(), within_s=90)
    return {
        "characters": len(WORDS), "gap": spread(late), "gap_with_the_villages_own_turns": spread(gaps),
        "sirens_each": round(sum(each.part == "siren" for each in heard) / boxes.count, 2),
        "siren": asked.figures([each.began_at for each in of_part(heard, "siren").values()]),
    }  # fmt: skip


def cancelled(station: Station, books: Books, boxes: Boxes) -> dict[str, Any]:
    """Return how soon a cancellation silences, with every tenth box off: half before the siren, half in its midst."""
    numbers = sorted(boxes.ids)
    before, during = numbers[::20], numbers[10::20]
    draft = drafted(station, siren="extreme")
    boxes.forget()
    boxes.switch(before, on=False)
    approve(station, books, draft)
    there = boxes.count - len(before)
    boxes.until(lambda heard: len(of_part(heard, "siren")) == there, within_s=60)
    boxes.switch(during, on=False)
    still = len(boxes.sounding())
    ended = cancel(station, books, draft)
    time.sleep(3.0)
    heard = boxes.until(lambda _heard: not boxes.sounding(), within_s=30)
    silence = ended.figures([each.ended_at for each in heard if each.ended_at and each.ended_at > ended.sent_at])
    boxes.forget()
    boxes.switch([*before, *during], on=True)
    until(lambda: books.online() == boxes.count, within_s=90)
    time.sleep(8.0)
    return {"boxes_off": len(before) + len(during), "sounding_then": still, "silence": silence,
            "sounded_after_return": len(boxes.heard())}  # fmt: skip


def expiry(station: Station, books: Books, boxes: Boxes) -> dict[str, Any]:
    """Return how soon after `expires` it is silent, and how many began after it."""
    expires_at = datetime.now(UTC) + timedelta(seconds=40)
    expires_monotonic = time.monotonic() + (expires_at - datetime.now(UTC)).total_seconds()
    draft = drafted(station, siren="storm", expires_at=expires_at.isoformat())
    off = sorted(boxes.ids)[::20]
    boxes.forget()
    approve(station, books, draft)
    boxes.until(lambda heard: len(of_part(heard, "siren")) == boxes.count, within_s=30)
    boxes.switch(off, on=False)
    boxes.forget()
    still = len(boxes.sounding())
    time.sleep(max(0.0, expires_monotonic - time.monotonic()))
    boxes.switch(off, on=True)
    time.sleep(10.0)
    heard = boxes.until(lambda _heard: not boxes.sounding(), within_s=30)
    stopped = [each.ended_at - expires_monotonic for each in heard if each.ended_at]
    return {"sounding_before": still, "stopped": spread(stopped),
            "began_after": sum(each.began_at > expires_monotonic for each in heard)}  # fmt: skip


# -- without boxes ---------------------------------------------------------------------------------------------------


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


def _names_an_alert(sealed: bytes) -> bool:
    """Return whether the document is more than a heartbeat, which may come between and is shorter."""
    return len(sealed) > HEARTBEAT_BYTES


def _alerts_seq(books: Books) -> int:
    return int(books.one("SELECT alerts_seq FROM stations"))


def floor(address: BrokerAddress, *, count: int, size_bytes: int, rounds: int) -> dict[str, Any]:
    """Return how long the broker needs to deliver a document of that size to bare sockets."""
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


# -- the line --------------------------------------------------------------------------------------------------------


def measure(folder: Path, *, count: int, rounds: int, processes: int, parts: Sequence[str]) -> dict[str, Any]:
    """Return the figures of all parts."""
    line: dict[str, Any] = {}
    with mosquitto(folder / "mosquitto") as broker:
        (folder / "ca.pem").write_text(broker.ca_pem or "")
        arguments = ["--broker", broker.url, "--broker-ca", str(folder / "ca.pem")]
        station = Station(folder / "station", devices=0, broker_arguments=arguments)
        if not station.folder.exists():
            settle(station, broker, _cards(folder), count=count, processes=processes)
        broker.start()
        with station:
            books = Books(folder / "station/station/station.db")
            if set(parts) - {"server", "floor"}:
                with Boxes(station, _cards(folder), count=count, processes=processes) as boxes:
                    line |= with_boxes(station, books, boxes, rounds=rounds, parts=parts)
            if "server" in parts:
                time.sleep(REST_S)
                every = server(station, books, broker.address, count=count, rounds=rounds)
                line["server"] = min(every, key=lambda figures: figures["max"])
                line["every_server_max"] = [figures["max"] for figures in every]
        if "floor" in parts:
            line["floor_tls"] = floor(broker.address, count=count, size_bytes=DOCUMENT_BYTES, rounds=2 * rounds)
            with plain_mosquitto(folder / "plain") as plain:
                line["floor_plain"] = floor(plain.address, count=count, size_bytes=DOCUMENT_BYTES, rounds=2 * rounds)
            line |= _shares(line)
    return line


def with_boxes(station: Station, books: Books, boxes: Boxes, *, rounds: int, parts: Sequence[str]) -> dict[str, Any]:
    """Return the figures of those parts for which there must be boxes."""
    began, line = time.monotonic(), dict[str, Any]()
    until(lambda: books.online() == boxes.count, within_s=60 + boxes.count)
    station.call("POST", "/alerts/cancel-all", {"reason": "thử"}, role="approver")
    line["online_s"] = round(time.monotonic() - began, 1)
    time.sleep(REST_S)
    if "siren" in parts:
        line |= _middle([siren(station, books, boxes) for _ in range(rounds)])
    more = {"words": words, "cancel": cancelled, "expiry": expiry}
    return line | {name: more[name](station, books, boxes) for name in more if name in parts}


def _cards(folder: Path) -> Path:
    """Return where the boxes keep what is theirs: in memory, for so many memory cards are not one disk."""
    link = folder / "boxes"
    if not link.is_dir():
        link.unlink(missing_ok=True)
        link.symlink_to(tempfile.mkdtemp(prefix="alert-", dir=MEMORY if MEMORY.is_dir() else folder))
    return link.resolve()


def _middle(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    middle = sorted(found, key=lambda figures: figures["siren"]["p99"])[len(found) // 2]
    return {
        **middle, "every_siren_p99": [figures["siren"]["p99"] for figures in found],
        "every_siren_max": [figures["siren"]["max"] for figures in found],
        "every_silence_p99": [figures["silence"]["p99"] for figures in found],
    }  # fmt: skip


def _shares(line: dict[str, Any]) -> dict[str, Any]:
    """Return what the parts are of the floor, and whether the server keeps to three floors and 50 ms."""
    least = line["floor_tls"]["max"]
    ratios = {name: round(line[name]["max"] / least, 1) for name in ("server", "siren") if name in line}
    kept = {"server_allowed": rounded(3 * least + 0.05)} if "server" in line else {}
    return {"ratio": ratios, **kept}


def main() -> None:
    """Run, and print a line for each number of boxes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("boxes", type=int, nargs="*", default=BOXES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2, help="of the village")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--folder", type=Path, help="keeps the station and its boxes, for the next run")
    chosen = parser.parse_args()
    os.environ.setdefault("DEVICE_AGENT_LOG_LEVEL", "ERROR")
    for count in chosen.boxes:
        kept: Path | None = chosen.folder and chosen.folder / str(count)
        folder = kept or Path(tempfile.mkdtemp(prefix="alert-"))
        folder.mkdir(parents=True, exist_ok=True)
        try:
            found = measure(
                folder, count=count, rounds=chosen.rounds, processes=chosen.processes, parts=chosen.only
            )  # fmt: skip
        finally:
            if kept is None:
                shutil.rmtree((folder / "boxes").resolve(), ignore_errors=True)
                shutil.rmtree(folder, ignore_errors=True)
        rest = {
            "boxes": count,
            "processes": chosen.processes,
            "rounds": chosen.rounds,
            "load": round(os.getloadavg()[0], 1),
        }
        print(json.dumps({"benchmark": "alert", **rest, **found}), flush=True)


if __name__ == "__main__":
    main()
