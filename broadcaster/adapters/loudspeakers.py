"""The demonstration's boxes: real agents in processes of their own, with the WAV player for a sound card.

They outlive a killed server, as boxes on poles do, and a server that starts again with the same folder finds them.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from broadcaster.domain.ids import DeviceId

log = logging.getLogger(__name__)

LEFT_ALONE_S = 900
"""So long does a box live on after its server was killed, so that none is forgotten on a machine for ever."""
ENROLLED_WITHIN_S = 120.0
_STOP_WITHIN_S = 8.0
_AGENT = (sys.executable, "-m", "device_agent")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoBox:
    """A box that has an identity, and the folder where its sound is written."""

    device: DeviceId
    sounds: Path


class EnrolmentFailed(Exception):  # noqa: N818 - reads as what happened
    """A box of the demonstration could not be enrolled."""

    def __init__(self, number: int, output: str) -> None:
        super().__init__(f"box {number} was not enrolled: {output.strip()[-500:]}")


class Loudspeakers:
    """Boxes 0, 1, 2… each in a folder of its own."""

    def __init__(self, folder: Path, *, url: str) -> None:
        self._folder, self._url = folder, url
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._watch = threading.Thread(target=self._keep_running, name="loudspeakers", daemon=True)

    def enrolled(self, number: int) -> bool:
        """Return whether this box has its identity."""
        return (self._box(number) / "identity.json").exists()

    def enrol(self, number: int, *, code: str) -> None:
        """Enrol this box by a one-time code. Raises EnrolmentFailed."""
        box = self._box(number)
        (box / "sounds").mkdir(parents=True, exist_ok=True)
        done = subprocess.run(  # noqa: S603 - our own agent, no shell
            [*_AGENT, "enrol", self._url, code, "--data", str(box)],
            capture_output=True,
            text=True,
            timeout=ENROLLED_WITHIN_S,
            check=False,
        )
        if done.returncode != 0:
            raise EnrolmentFailed(number, done.stderr or done.stdout)

    def start(self) -> None:
        """Start the boxes that do not run, and start again any that ends by itself."""
        self._keep_once()
        self._watch.start()

    def stop(self) -> None:
        """End every box, also those that an earlier server started."""
        self._stopping.set()
        with self._starting:
            pass  # whoever was starting boxes has finished, and from now on nobody starts any
        if self._watch.is_alive():
            self._watch.join(_STOP_WITHIN_S)
        running = [pid for number in self._numbers() if (pid := self._running(number))]
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + _STOP_WITHIN_S
        while any(self._running(number) for number in self._numbers()) and time.monotonic() < end:
            time.sleep(0.05)

    def boxes(self) -> Sequence[DemoBox]:
        """Return the boxes that are enrolled."""
        return tuple(
            DemoBox(device=self._device(number), sounds=self._box(number) / "sounds") for number in self._numbers()
        )

    def _keep_running(self) -> None:
        while not self._stopping.wait(1.0):
            self._keep_once()

    def _keep_once(self) -> None:
        with self._starting:
            for number in self._numbers():
                if not self._stopping.is_set() and not self._running(number):
                    self._spawn(number)

    def _spawn(self, number: int) -> None:
        box = self._box(number)
        with (box / "agent.log").open("ab") as output:
            child = subprocess.Popen(  # noqa: S603 - our own agent, no shell
                [
                    *_AGENT, "run", "--data", str(box), "--player", "wav", "--sounds", str(box / "sounds"),
                    "--alone-at-most", str(LEFT_ALONE_S),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl+C in the terminal is ours to pass on
            )  # fmt: skip
        (box / "agent.pid").write_text(str(child.pid))
        self._children[number] = child
        log.info("loudspeaker %d runs as process %d", number, child.pid)

    def _running(self, number: int) -> int | None:
        """Return the process of a box: our child, or one that an earlier server left."""
        if (child := self._children.get(number)) is not None:
            return child.pid if child.poll() is None else None
        with suppress(OSError, ValueError):
            pid = int((self._box(number) / "agent.pid").read_text())
            if str(self._box(number)).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                return pid
        return None

    def _device(self, number: int) -> DeviceId:
        return DeviceId(json.loads((self._box(number) / "identity.json").read_text())["reply"]["device"])

    def _numbers(self) -> list[int]:
        if not self._folder.exists():
            return []
        return sorted(int(box.name) for box in self._folder.iterdir() if (box / "identity.json").exists())

    def _box(self, number: int) -> Path:
        return self._folder / str(number)
