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
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.village import alarm, bare
from benchmarks.village.brokers import MEMORY, broker_arguments, mosquitto, plain_mosquitto
from tests.end_to_end.alarm import REST_S, Books, rounded
from tests.end_to_end.settlement import settle
from tests.end_to_end.station import Station, until
from tests.end_to_end.village import Boxes
from tests.fixtures.brokers import Mosquitto

BOXES = (500,)
PARTS = ("siren", "words", "cancel", "expiry", "server", "floor")
WITH_BOXES: dict[str, Callable[[Station, Books, Boxes], dict[str, Any]]] = {
    "words": alarm.words, "cancel": alarm.cancelled, "expiry": alarm.expiry,
}  # fmt: skip
DOCUMENT_BYTES = 1766
"""Of a document of alerts with one alert that has its words; it is of the content above."""
FLOORS_ALLOWED, MORE_ALLOWED_S = 3, 0.05
"""What the station with bare sockets may take: so many floors, and so much more."""


def measure(folder: Path, *, count: int, rounds: int, processes: int, parts: Sequence[str]) -> dict[str, Any]:
    """Return the figures of all parts, and what share of the siren's delay is whose."""
    line: dict[str, Any] = {}
    with mosquitto(folder / "mosquitto") as broker:
        station = Station(folder / "station", devices=0, broker_arguments=broker_arguments(broker, folder))
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
                every = bare.server(station, books, broker.address, count=count, rounds=rounds)
                line["server"] = min(every, key=lambda figures: figures["max"])
                line["every_server_max"] = [figures["max"] for figures in every]
        if "floor" in parts:
            line |= floors(folder, broker, count=count, rounds=2 * rounds)
            line |= shares(line)
    return line


def with_boxes(station: Station, books: Books, boxes: Boxes, *, rounds: int, parts: Sequence[str]) -> dict[str, Any]:
    """Return the figures of those parts for which there must be boxes."""
    began, line = time.monotonic(), dict[str, Any]()
    until(lambda: books.online() == boxes.count, within_s=60 + boxes.count)
    station.call("POST", "/alerts/cancel-all", {"reason": "thử"}, role="approver")
    line["online_s"] = round(time.monotonic() - began, 1)
    time.sleep(REST_S)
    if "siren" in parts:
        line |= _middle([alarm.siren(station, books, boxes) for _ in range(rounds)])
    return line | {name: part(station, books, boxes) for name, part in WITH_BOXES.items() if name in parts}


def floors(folder: Path, broker: Mosquitto, *, count: int, rounds: int) -> dict[str, Any]:
    """Return what the broker alone takes for a document of that size, with TLS and without."""
    with_tls = bare.floor(broker.address, count=count, size_bytes=DOCUMENT_BYTES, rounds=rounds)
    with plain_mosquitto(folder / "plain") as plain:
        without = bare.floor(plain.address, count=count, size_bytes=DOCUMENT_BYTES, rounds=rounds)
    return {"floor_tls": with_tls, "floor_plain": without}


def shares(line: dict[str, Any]) -> dict[str, Any]:
    """Return whose share of the siren's delay is how large, the ratios to the floor, and what the server may take."""
    least = line["floor_tls"]
    ratios = {name: round(line[name]["max"] / least["max"], 1) for name in ("server", "siren") if name in line}
    found: dict[str, Any] = {"ratio_to_floor": ratios}
    if "server" in line:
        found["server_allowed"] = rounded(FLOORS_ALLOWED * least["max"] + MORE_ALLOWED_S)
    if {"server", "siren"} <= line.keys():
        steps = {"floor": 0.0, "server": least["p99"], "boxes": line["server"]["p99"]}
        ends = {"floor": least["p99"], "server": line["server"]["p99"], "boxes": line["siren"]["p99"]}
        found["share_of_p99_s"] = {name: rounded(ends[name] - steps[name]) for name in ends}
    return found


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
        "every_cpu_ms_each": [figures["siren"]["cpu_ms_each"] for figures in found],
    }  # fmt: skip


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
        rest = {"boxes": count, "processes": chosen.processes, "rounds": chosen.rounds, "load_before": _load()}
        try:
            found = measure(
                folder, count=count, rounds=chosen.rounds, processes=chosen.processes, parts=chosen.only
            )  # fmt: skip
        finally:
            if kept is None:
                shutil.rmtree((folder / "boxes").resolve(), ignore_errors=True)
                shutil.rmtree(folder, ignore_errors=True)
        print(json.dumps({"benchmark": "alert", **rest, "load_after": _load(), **found}), flush=True)


def _load() -> float:
    return round(os.getloadavg()[0], 1)


if __name__ == "__main__":
    main()
