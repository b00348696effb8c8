"""One airing to many boxes: how long until all hold the plan, how they start, and until the last report is stored.

A whole station, a real broker, and the real agents of `broadcaster simulate`. The floor is bare MQTT subscribers on the
same broker that receive as many retained documents of the same size, in the same run.
Usage: many_boxes.py [BOXES] [--broker embedded|mosquitto] [--airings N]; prints one line of JSON, times in seconds.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.village.brokers import MEMORY, broker_arguments, mosquitto
from benchmarks.village.plan_floor import floor_s
from benchmarks.village.usage import Usage
from broadcaster.adapters.mqtt import broker_address
from tests.end_to_end.station import Station
from tests.fixtures.brokers import Mosquitto

BOXES = 100
LOOK_EVERY_S = 0.02
TEXT = "Kính mời bà con thôn mình ra nhà văn hóa họp lúc bảy giờ tối nay. Đề nghị các gia đình cử người đến đúng giờ."


# -- the station and its boxes ---------------------------------------------------------------------------------------


@contextmanager
def village(station: Station, folder: Path, boxes: int) -> Iterator[int]:
    """Run so many simulated boxes; yield the process id of the one that holds them."""
    command = [sys.executable, "-m", "broadcaster", "simulate", "--devices", str(boxes), "--json"]
    started = subprocess.Popen(
        [*command, "--demo", str(station.folder), "--data", str(folder)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert started.stdout is not None
        if not (line := started.stdout.readline()):
            raise RuntimeError("the village did not start")
        if len(json.loads(line)["devices"]) != boxes:
            raise RuntimeError(f"not so many boxes as wanted: {line}")
        yield int(Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text().split()[0])
    finally:
        started.send_signal(signal.SIGTERM)
        started.wait(60)


class Books:
    """The station's database, looked into from outside."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def one(self, question: str, *values: object) -> Any:
        """Return the first column of the first row."""
        return self._db.execute(question, values).fetchone()[0]

    def rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Return every row."""
        return self._db.execute(question, values).fetchall()

    def trusting(self) -> int:
        """Return how many boxes trust their time, so that they would start something."""
        return int(self.one("SELECT count(*) FROM devices WHERE json_extract(status, '$.clock.trusted')"))

    def wanting(self, sha256: str) -> int:
        """Return how many boxes still miss this recording, or hold an older plan and do not know of it."""
        return int(
            self.one(
                "SELECT count(*) FROM devices WHERE status LIKE '%' || ? || '%' OR json_extract(status, '$.plan.seq')"
                " < (SELECT seq FROM documents WHERE device_id = devices.id)", sha256
            )
        )  # fmt: skip

    def told(self, airing: str) -> int:
        """Return how many boxes have said that they hold a plan with this airing."""
        return int(
            self.one(
                "SELECT count(*) FROM airing_targets t JOIN devices d ON d.id = t.device_id WHERE airing_id = ? AND"
                " (json_extract(d.status, '$.plan.epoch'), json_extract(d.status, '$.plan.seq'))"
                " >= (t.told_epoch, t.told_seq)", airing,
            )
        )  # fmt: skip

    def reports(self, airing: str) -> int:
        """Return how many boxes' reports are stored."""
        return int(self.one("SELECT count(*) FROM reports WHERE airing_id = ?", airing))


def held_everywhere(station: Station, books: Books) -> dict[str, Any]:
    """Return an approved bulletin whose recording lies on every box, with everybody at rest."""
    bulletin = station.approved("Thử tải", TEXT, {"all": True})
    seconds(lambda: books.wanting(bulletin["recording"]["sha256"]) == 0, since=time.monotonic())
    time.sleep(3)
    return bulletin


def air(
    station: Station, books: Books, bulletin: dict[str, Any], *, boxes: int, pids: dict[str, int]
) -> dict[str, Any]:
    """Return the figures of one airing from “now” to its last report."""
    usage = {name: Usage([pid]) for name, pid in pids.items()}
    asked_at, asked = time.time(), time.monotonic()
    airing = station.air(bulletin)
    answered_s = time.monotonic() - asked
    seconds(lambda: books.told(airing["id"]) == boxes, since=asked)
    held_s = time.monotonic() - asked
    ends_at = datetime.fromisoformat(airing["end_at"])
    seconds(lambda: books.reports(airing["id"]) == boxes, since=asked, within_s=120)
    rows = books.rows(
        "SELECT outcome, started_at, start_error_ms, received_at FROM reports WHERE airing_id = ?", airing["id"]
    )
    began, stored = [_utc(row[1]) for row in rows], [_utc(row[3]) for row in rows]
    errors_ms = sorted(abs(row[2]) for row in rows)
    return {
        "answered_s": round(answered_s, 3),
        "plan_held_by_all_s": round(held_s, 3),
        "planned_start_s": round(datetime.fromisoformat(airing["start_at"]).timestamp() - asked_at, 3),
        "all_started_s": round(max(began).timestamp() - asked_at, 3),
        "start_error_ms": {"p50": _at(errors_ms, 0.5), "p95": _at(errors_ms, 0.95), "max": _at(errors_ms, 1)},
        "start_spread_ms": round((max(began) - min(began)) / timedelta(milliseconds=1), 3),
        "reports_stored_s": round((max(stored) - ends_at).total_seconds(), 3),
        "played": sum(row[0] == "played" for row in rows),
        "used": {name: {"cpu_s": used.cpu_s(), "memory_mb": used.most_memory_mb()} for name, used in usage.items()},
    }


def seconds(is_so: Callable[[], bool], *, since: float, within_s: float = 60) -> float:
    """Return how long after `since` it became so."""
    while not is_so():
        if time.monotonic() - since > within_s:
            raise RuntimeError(f"not within {within_s:.0f} s")
        time.sleep(LOOK_EVERY_S)
    return time.monotonic() - since


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def _at(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)


# -- the line --------------------------------------------------------------------------------------------------------


def measure(folder: Path, *, boxes: int, airings: int, broker: Mosquitto | None) -> dict[str, Any]:
    """Return the figures of some airings, each with everybody at rest before it, and the floor."""
    arguments: list[str] = []
    if broker is not None:
        broker.start()
        arguments = broker_arguments(broker, folder)
    cards = Path(tempfile.mkdtemp(prefix="many-boxes-", dir=MEMORY if MEMORY.is_dir() else folder))
    try:
        with Station(folder / "station", devices=0, broker_arguments=arguments) as station:
            books = Books(folder / "station/station/station.db")
            began = time.monotonic()
            with village(station, cards, boxes) as pid:
                online_s = time.monotonic() - began
                seconds(lambda: books.trusting() == boxes, since=time.monotonic())
                assert station.process is not None
                pids = {"server": station.process.pid, "boxes": pid}
                found = []
                for _ in range(airings):
                    bulletin = held_everywhere(station, books)
                    found.append(air(station, books, bulletin, boxes=boxes, pids=pids))
                size_bytes = int(books.one("SELECT max(length(sealed)) FROM documents"))
            address = broker.address if broker else broker_address(station.about["broker"])
            name = str(books.one("SELECT id FROM stations"))
            floor = asyncio.run(floor_s(address, station=name, boxes=boxes, size_bytes=size_bytes))
    finally:
        shutil.rmtree(cards, ignore_errors=True)
    middle = sorted(found, key=lambda figures: figures["plan_held_by_all_s"])[len(found) // 2]
    return {
        "enrolled_and_online_s": round(online_s, 1), "plan_bytes": size_bytes, **middle,
        "floor_s": round(floor, 4), "ratio": round(middle["plan_held_by_all_s"] / floor, 1),
        "every_plan_held_s": [figures["plan_held_by_all_s"] for figures in found],
        "every_reports_stored_s": [figures["reports_stored_s"] for figures in found],
    }  # fmt: skip


def main() -> None:
    """Run, and print the line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("boxes", type=int, nargs="?", default=BOXES)
    parser.add_argument("--broker", choices=["embedded", "mosquitto"])
    parser.add_argument("--airings", type=int, default=3)
    chosen = parser.parse_args()
    has_mosquitto = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is not None
    kind = chosen.broker or ("mosquitto" if has_mosquitto else "embedded")
    line: dict[str, Any] = {"benchmark": "many_boxes", "boxes": chosen.boxes, "broker": kind, "airings": chosen.airings}
    with tempfile.TemporaryDirectory(prefix="many-boxes-") as name:
        folder = Path(name)
        if kind == "mosquitto":
            with mosquitto(folder / "mosquitto") as broker:
                line |= measure(folder, boxes=chosen.boxes, airings=chosen.airings, broker=broker)
        else:
            line |= measure(folder, boxes=chosen.boxes, airings=chosen.airings, broker=None)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
