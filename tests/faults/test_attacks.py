"""An attacker on the broker and on the web, and whoever starts the station in a wrong way: it goes on, and says so."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.station import Station
from tests.faults.test_hijack import Intruder, plan_topic, station_id
from tests.faults.test_killed import TEXT
from wire import topics
from wire.topics import DeviceTopic

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

FLOOD_S, FLOOD_A_SECOND = 6.0, 8_000


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    with Station(tmp_path_factory.mktemp("attacked"), devices=1) as running:
        yield running


@pytest.fixture
def intruder(station: Station) -> Iterator[Intruder]:
    client = Intruder(station)
    yield client
    client.close()


def assert_next_airing_sounds_on_time(station: Station) -> None:
    airing = station.air(station.approved("Họp thôn", TEXT, {"all": True}))
    station.await_outcome(airing, "played", within_s=40)
    (delivery,) = station.call("GET", f"/airings/{airing['id']}")["deliveries"]
    assert delivery["start_error_ms"] <= 250


def flood(intruder: Intruder, *where: str) -> None:
    """Publish forgeries in turn to these topics, many thousands a second."""
    end, sent = time.monotonic() + FLOOD_S, 0
    while (left := end - time.monotonic()) > 0:
        for topic in where:
            intruder.fling(topic, os.urandom(300))
        sent += len(where)
        time.sleep(max(0.0, sent / FLOOD_A_SECOND - (FLOOD_S - left)))


def test_flood_of_forgeries_delays_nothing_once_it_is_over(station: Station, intruder: Intruder) -> None:
    box, commune = station.boxes()[0]["id"], station_id(station)
    logs = [station.folder / "station.log", station.folder / "boxes" / "0" / "agent.log"]
    before = sum(log.stat().st_size for log in logs)

    flood(intruder, topics.alerts(commune), *(topics.of_device(commune, box, name) for name in DeviceTopic))
    time.sleep(3)

    assert_next_airing_sounds_on_time(station)
    assert sum(log.stat().st_size for log in logs) - before < 200_000


def test_rubbish_of_a_megabyte_on_every_topic_is_survived(station: Station, intruder: Intruder) -> None:
    box, commune = station.boxes()[0]["id"], station_id(station)
    for topic in (topics.alerts(commune), *(topics.of_device(commune, box, name) for name in DeviceTopic)):
        for _ in range(10):
            intruder.publish(topic, os.urandom(1024 * 1024 - 200))
    intruder.publish(plan_topic(station), b"")

    assert_next_airing_sounds_on_time(station)


def test_form_of_ten_megabytes_is_answered_with_a_sentence(station: Station) -> None:
    where = urlsplit(station.about["url"])
    caller = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    caller.request(
        "POST", "/api/v1/bulletins", body=b'{"title": "' + b"a" * 10_000_000 + b'"}',
        headers={"Authorization": f"Bearer {station.about['tokens']['editor']}", "Content-Type": "application/json"},
    )  # fmt: skip
    answer = caller.getresponse()

    assert (answer.status, json.loads(answer.read())["error"]["code"]) == (413, "http_413")
    caller.close()


def refused_start(*arguments: str) -> str:
    """Return what a demonstration that cannot start says, in one line."""
    done = subprocess.run(
        [*Station.program, "demo", "--json", *arguments], capture_output=True, text=True, timeout=40, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    said = done.stderr.strip()
    assert "Traceback" not in said, said
    return said.splitlines()[-1]


def test_second_server_on_the_same_folder_is_turned_away_and_the_boxes_play_on(station: Station) -> None:
    before = station.box_pid(0)

    said = refused_start("--data", str(station.folder), "--port", "0", "--devices", "1")

    assert "đang được một máy chủ khác" in said
    time.sleep(1.5)
    assert station.box_pid(0) == before
    os.kill(before, 0)


def test_what_keeps_a_station_from_starting_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f":{port}" in refused_start("--data", str(tmp_path / "a"), "--port", port)
    assert "Không dùng được thư mục dữ liệu" in refused_start("--data", str(tmp_path / "file"), "--port", "0")


def test_station_without_its_key_says_what_to_restore_and_ctrl_c_ends_it_quietly(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as output:
        program = subprocess.Popen(
            [sys.executable, "-m", "broadcaster", "demo", "--data", str(tmp_path / "data"), "--port", "0",
             "--devices", "0", "--json"],
            stdout=subprocess.PIPE, stderr=output, start_new_session=True,
        )  # fmt: skip
    assert program.stdout is not None
    assert program.stdout.readline()
    os.killpg(program.pid, signal.SIGINT)  # as a terminal does it: to the broker's process as well
    assert program.wait(20) == 0
    program.stdout.close()
    assert "Traceback" not in log.read_text()
    (key,) = (tmp_path / "data" / "station" / "signer" / "keys").iterdir()
    key.unlink()

    assert "Hãy chép lại thư mục khóa từ bản sao lưu" in refused_start("--data", str(tmp_path / "data"), "--port", "0")
