"""A whole station in processes of its own, driven as any other program would drive it."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

STARTS_WITHIN_S = 120.0
"""It takes 5 s when nothing else runs; a machine with two cores that tests eight things at once takes half a minute."""
ENDS_WITHIN_S = 30.0
# A station must not outlive the tests that started it, whatever ends them: the kernel then ends it.
_WITH_US = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()


@dataclass(frozen=True)
class Stretch:
    """One unbroken stretch of sound that a box wrote."""

    path: Path
    about: dict[str, Any]

    @property
    def first_frame_at(self) -> datetime:
        return datetime.fromisoformat(self.about["first_frame_at"])


class Refused(AssertionError):  # noqa: N818 - reads as what happened
    """The station turned a request down."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status, self.error = status, body["error"]


class Station:
    """`broadcaster demo --json` and what it says of itself. Use as a context: it is ended by its pid."""

    program = (sys.executable, "-m", "broadcaster")

    def __init__(
        self,
        folder: Path,
        *,
        devices: int = 3,
        broker_arguments: Sequence[str] = (),
        starts_within_s: float = STARTS_WITHIN_S,
    ) -> None:
        self.folder, self._devices, self._broker_arguments = folder, devices, tuple(broker_arguments)
        self._starts_within_s = starts_within_s
        self.process: subprocess.Popen[bytes] | None = None
        self.about: dict[str, Any] = {}

    def __enter__(self) -> "Station":
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and read its one line of JSON; of a start that fails nothing is left."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "station.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *_WITH_US, *self.program, "demo", "--data", str(self.folder), "--port", "0",
                    "--devices", str(self._devices), "--json", *self._broker_arguments,
                ],
                stdout=subprocess.PIPE,
                stderr=log,
            )  # fmt: skip
        try:
            self.about = json.loads(self._first_line())
        except BaseException:
            self.stop()
            raise

    def _first_line(self) -> bytes:
        assert self.process is not None
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], self._starts_within_s)
        line = self.process.stdout.readline() if ready else b""
        assert line, f"no line of JSON within {self._starts_within_s:.0f} s; {self.log_tail()}"
        return line

    def log_tail(self) -> str:
        """Return the end of what the station wrote to standard error."""
        return (self.folder / "station.log").read_text(errors="replace")[-3000:]

    def kill(self) -> None:
        """SIGKILL the server; its boxes play on."""
        assert self.process is not None
        self.process.kill()
        self._forget()

    def stop(self) -> None:
        """End the server and every box of it, also those that a killed server left."""
        try:
            if self.process is not None:
                self._end_server(self.process)
        finally:
            self._end_boxes()

    def _end_server(self, server: subprocess.Popen[bytes]) -> None:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            server.kill()
            raise
        finally:
            self._forget()

    def _forget(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.wait(10)
        self.process.stdout.close()
        self.process = None

    def _end_boxes(self) -> None:
        """End every box that still runs, and return when it has ended."""
        end = time.monotonic() + ENDS_WITHIN_S
        while running := self._running_boxes():
            asked = signal.SIGTERM if time.monotonic() < end else signal.SIGKILL
            for pid in running:
                with suppress(ProcessLookupError):
                    os.kill(pid, asked)
            time.sleep(0.2)

    def _running_boxes(self) -> list[int]:
        """Return the processes that are boxes of this very folder, whoever is their parent by now."""
        return [pid for number in range(self._devices) if (pid := self._box_in(number)) is not None]

    def _box_in(self, number: int) -> int | None:
        folder = str(self.folder / "boxes" / str(number)).encode()
        with suppress(OSError, ValueError):
            pid = self.box_pid(number)
            if folder in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                return pid
        return None

    def boxes(self) -> list[dict[str, Any]]:
        """Return what the station said of its boxes."""
        return list(self.about["devices"])

    def box_pid(self, number: int) -> int:
        """Return the process of one box."""
        return int((self.folder / "boxes" / str(number) / "agent.pid").read_text())

    def kill_box(self, number: int) -> None:
        """SIGKILL one box; the demonstration starts it again, as systemd would."""
        os.kill(self.box_pid(number), signal.SIGKILL)

    def call(self, method: str, path: str, body: object = None, *, role: str = "editor") -> Any:
        """Return the answer of the REST interface. Raises Refused."""
        request = urllib.request.Request(
            f"{self.about['url']}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.about['tokens'][role]}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                content = answer.read()
                kind = answer.headers.get_content_type()
        except urllib.error.HTTPError as exc:
            raise Refused(exc.code, json.loads(exc.read())) from None
        return json.loads(content) if content and kind == "application/json" else content

    def approved(self, title: str, text: str, audience: object) -> dict[str, Any]:
        """Return a bulletin that was written, read aloud, submitted and approved."""
        written = self.call("POST", "/bulletins", {"title": title, "text": text, "audience": audience})
        path = f"/bulletins/{written['id']}"
        bulletin = until(lambda: with_recording(self.call("GET", path)), within_s=60)
        self.call("POST", f"{path}/submit")
        hashes = {"text_sha256": bulletin["text_sha256"], "recording_sha256": bulletin["recording"]["sha256"]}
        return dict(self.call("POST", f"{path}/approve", hashes, role="approver"))

    def air(self, bulletin: dict[str, Any], start_at: datetime | str = "now", **more: object) -> dict[str, Any]:
        """Return a new airing of an approved bulletin."""
        start = start_at if isinstance(start_at, str) else start_at.isoformat()
        return dict(self.call("POST", "/airings", {"bulletin_id": bulletin["id"], "start_at": start, **more}))

    def outcomes(self, airing: dict[str, Any]) -> dict[str, str]:
        """Return the outcome on each box, by the box's id."""
        deliveries = self.call("GET", f"/airings/{airing['id']}")["deliveries"]
        return {delivery["device_id"]: delivery["outcome"] for delivery in deliveries}

    def await_outcome(self, airing: dict[str, Any], outcome: str, *, within_s: float) -> None:
        """Return when every box of an airing has this outcome."""
        until(lambda: set(self.outcomes(airing).values()) == {outcome}, within_s=within_s,
              or_say=lambda: str(self.call("GET", f"/airings/{airing['id']}")["deliveries"]))  # fmt: skip

    def recording(self, bulletin: dict[str, Any]) -> bytes:
        """Return the approved sound."""
        return bytes(self.call("GET", f"/recordings/{bulletin['recording']['sha256']}"))

    def sounds(self, number: int) -> list[Stretch]:
        """Return what a box has sounded, in its order."""
        folder = Path(self.boxes()[number]["sounds"])
        found = sorted(folder.glob("*.json"))
        return [Stretch(path=path.with_suffix(".wav"), about=json.loads(path.read_text())) for path in found]

    def sounds_of(self, airing: dict[str, Any], number: int) -> list[Stretch]:
        """Return the stretches in which a box sounded one airing."""
        return [s for s in self.sounds(number) if s.about.get("airing_id") == airing["id"]]


def with_recording(bulletin: dict[str, Any]) -> dict[str, Any] | None:
    """Return the bulletin once it has been read aloud."""
    assert bulletin["rendering"]["state"] != "failed", bulletin["rendering"]["message"]
    return bulletin if bulletin["recording"] else None


def until(found: Callable[[], T | None], *, within_s: float, or_say: Callable[[], str] = str) -> T:
    """Return what `found` returns once it is true; fails when that takes too long."""
    end = time.monotonic() + within_s
    while not (answer := found()):
        assert time.monotonic() < end, f"not within {within_s:.0f} s. {or_say()}"
        time.sleep(0.2)
    return answer
