"""`broadcaster simulate`: boxes that hang on no pole, for load tests and for planning a station before it is built.

Each is a real agent with a silent player; all of them run in one child process. They enrol as technicians enrol boxes,
over the REST interface, into clusters named “Mô phỏng 1”, “Mô phỏng 2”…, so that every page says what they are.
"""

import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

NAME = "Mô phỏng"
_NAMED = re.compile(rf"{NAME} ([1-9]\d*)")
_TIMEOUT_S = 30.0
_ENDS_WITHIN_S = 20.0
_FIRST_ONLINE_WITHIN_S = 20.0
_EACH_MORE_S = 0.3


class SimulationFailed(Exception):  # noqa: N818 - reads as what happened
    """The simulation cannot go on; the message is for whoever started it, in Vietnamese."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """The REST interface of the station that the boxes belong to, and the token of one who may keep devices."""

    url: str
    token: str

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return the station's answer. Raises SimulationFailed with its own sentence when it refuses."""
        request = urllib.request.Request(  # noqa: S310 - an address that whoever starts us wrote
            f"{self.url}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - as above
                content = answer.read()
            return json.loads(content) if content else None
        except urllib.error.HTTPError as exc:
            raise SimulationFailed(f"Đài từ chối: {_sentence(exc)}") from exc
        except (OSError, ValueError) as exc:
            advice = "Hãy kiểm tra địa chỉ và xem đài có đang chạy không"
            raise SimulationFailed(f"Không kết nối được với đài tại {self.url}. {advice} ({exc}).") from exc


def station_of(*, url: str | None, token: str | None, demo: Path | None) -> Station:
    """Return the station with this address, or the one that `broadcaster demo --data` serves from that folder."""
    if url and token:
        return Station(url=url.rstrip("/"), token=token)
    if demo is None:
        raise SimulationFailed("Cần --url và --admin-token, hoặc --demo với thư mục của đài trình diễn.")
    try:
        kept = json.loads((demo / "demo.json").read_text())
        return Station(url=f"http://127.0.0.1:{kept['web_port']}", token=kept["tokens"]["admin"])
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise SimulationFailed(f"Không thấy đài trình diễn nào trong {demo}.") from exc


def simulate(station: Station, *, devices: int, data: Path, as_json: bool, synced: bool = True) -> int:
    """Run so many simulated boxes until SIGTERM; return 0, or 1 when they ended by themselves."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        with Village(data.resolve(), synced=synced) as village:
            clusters = clusters_for(station, devices)
            ids = village.take_in(orders_for(station, clusters, data=data))
            village.start()
            _await_online(station, ids)
            _announce(station, clusters, ids, as_json=as_json)
            return village.wait()
    except _Left:
        return 0


def remove(station: Station) -> int:
    """Retire every simulated box of the station and return how many there were; what they reported stays."""
    found = [
        cluster["device_id"]
        for cluster in station.ask("GET", "/station")["clusters"]
        if _NAMED.fullmatch(cluster["name"]) and cluster["device_id"]
    ]
    for device in found:
        station.ask("DELETE", f"/devices/{device}")
    return len(found)


class Village:
    """The child process in which the boxes live. Use as a context: it ends with it, and with this process."""

    def __init__(self, data: Path, *, synced: bool) -> None:
        try:
            data.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise SimulationFailed(f"Không dùng được thư mục {data} ({exc.strerror}).") from exc
        command = [sys.executable, "-m", "device_agent", "simulate", "--data", str(data)]
        self._child = subprocess.Popen(  # noqa: S603 - our own agent, no shell
            command if synced else [*command, "--no-fsync"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl+C in the terminal is ours to pass on
        )

    @property
    def pid(self) -> int:
        return self._child.pid

    def __enter__(self) -> "Village":
        return self

    def __exit__(self, *_exc: object) -> None:
        """Let every box say goodbye; kill what does not end."""
        with suppress(ProcessLookupError):
            self._child.send_signal(signal.SIGTERM)
        try:
            self._child.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def take_in(self, orders: dict[int, dict[str, Any]]) -> dict[int, str]:
        """Return the device id of each box, enrolled where its order holds a code. Raises SimulationFailed."""
        for order in orders.values():
            self._say(order)
        answers = [self._answer() for _ in orders]
        if failed := [answer for answer in answers if "failed" in answer]:
            raise SimulationFailed(f"Bộ thu mô phỏng {failed[0]['box']} không lắp được: {failed[0]['failed']}")
        return {answer["box"]: answer["device"] for answer in answers}

    def start(self) -> None:
        """Start every box that was taken in."""
        self.ask({"run": True})

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Return the village's answer to an order. Raises SimulationFailed."""
        self._say(order)
        return self._answer()

    def wait(self) -> int:
        """Return 1 when the child ends, which it does not by itself."""
        self._child.wait()
        return 1

    def _say(self, order: dict[str, Any]) -> None:
        assert self._child.stdin is not None  # noqa: S101 - it was opened as a pipe
        try:
            self._child.stdin.write(f"{json.dumps(order)}\n")
            self._child.stdin.flush()
        except BrokenPipeError as exc:
            raise SimulationFailed("Tiến trình mô phỏng đã dừng.") from exc

    def _answer(self) -> dict[str, Any]:
        assert self._child.stdout is not None  # noqa: S101 - as above
        line = self._child.stdout.readline()
        if not line:
            raise SimulationFailed("Tiến trình mô phỏng đã dừng; xem lỗi ở trên.")
        return dict(json.loads(line))


def clusters_for(station: Station, devices: int) -> dict[int, dict[str, Any]]:
    """Return the clusters 1 to `devices` by number, those that are missing made, hamlet by hamlet in turn."""
    about = station.ask("GET", "/station")
    known = {cluster["name"]: cluster for cluster in about["clusters"]}
    if not (hamlets := about["hamlets"]):
        raise SimulationFailed("Đài chưa có thôn nào để treo cụm loa mô phỏng.")
    found: dict[int, dict[str, Any]] = {}
    for number in range(1, devices + 1):
        name = f"{NAME} {number}"
        body = {"hamlet_id": hamlets[(number - 1) % len(hamlets)]["id"], "name": name}
        found[number] = known.get(name) or station.ask("POST", "/clusters", body)
    return found


def orders_for(station: Station, clusters: dict[int, dict[str, Any]], *, data: Path) -> dict[int, dict[str, Any]]:
    """Return what a village in that folder is told of its boxes, each at its cluster."""
    return {number: _order(station, data, number, clusters[number]) for number in sorted(clusters)}


def _order(station: Station, data: Path, number: int, cluster: dict[str, Any]) -> dict[str, Any]:
    """Return what the child is told of a box: a code for it, unless it hangs at its cluster already."""
    if cluster["device_id"] is not None and _enrolled_as(data / str(number)) == cluster["device_id"]:
        return {"box": number}
    code = station.ask("POST", f"/clusters/{cluster['id']}/code")["code"]
    return {"box": number, "url": station.url, "code": code}


def _enrolled_as(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / "identity.json").read_text())["reply"]["device"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _await_online(station: Station, ids: dict[int, str]) -> None:
    """Return when every box has said that it is there, or when that takes too long to wait for."""
    end = time.monotonic() + _FIRST_ONLINE_WITHIN_S + _EACH_MORE_S * len(ids)
    missing = set(ids.values())
    while missing and time.monotonic() < end:
        time.sleep(0.3)
        missing -= {device["id"] for device in station.ask("GET", "/devices") if device["online"]}
    if missing:
        print(f"{len(missing)} bộ thu mô phỏng chưa liên lạc được với đài.", file=sys.stderr)


def _announce(station: Station, clusters: dict[int, dict[str, Any]], ids: dict[int, str], *, as_json: bool) -> None:
    if as_json:
        boxes = [
            {"id": ids[n], "cluster": c["id"], "cluster_name": c["name"], "hamlet": c["hamlet_id"]}
            for n, c in clusters.items()
        ]
        print(json.dumps({"url": station.url, "simulated": True, "devices": boxes}, ensure_ascii=False), flush=True)
        return
    print(f"\n  {len(ids)} bộ thu MÔ PHỎNG đang chạy với đài {station.url}")
    print("  Chúng nhận kế hoạch và báo cáo như bộ thu thật nhưng KHÔNG PHÁT RA TIẾNG.")
    print(f"  Trên các trang, chúng mang tên “{NAME} 1”, “{NAME} 2”…")
    print("  Dừng: Ctrl+C. Cho thôi hẳn: broadcaster simulate --remove\n", flush=True)


def _sentence(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read())["error"]["message"])
    except (ValueError, KeyError, TypeError, OSError):
        return f"HTTP {error.code}"


class _Left(BaseException):
    """Somebody asked us to end."""


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Leave whatever is being done, once: the putting away that follows is not disturbed."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise _Left
