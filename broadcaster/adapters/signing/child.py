"""The signer as the server's own child process: started with it, brought back when it dies, gone when the server is."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)

UP_WITHIN_S = 20.0
LOOK_EVERY_S = 1.0
HUNG_AFTER = 3
"""So many looks in a row that it did not answer, and it is ended and started again."""
GOODBYE_S = 3.0


class SignerDidNotStart(Exception):  # noqa: N818 - reads as what is wrong
    """The signer does not come up. The message is Vietnamese and meant for whoever starts the server."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Tiến trình ký của đài không khởi động được ({why}). Xin xem nhật ký ngay phía trên.")


class SignerChild:
    """Keeps one child process alive. `answers` asks the signer something and says whether it replied in time."""

    def __init__(self, environment: Mapping[str, str], *, answers: Callable[[], bool]) -> None:
        self._environment, self._answers = dict(environment), answers
        self._process: subprocess.Popen[bytes] | None = None
        self._silent = 0

    @property
    def pid(self) -> int | None:
        """Return the process that lives now."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Return once it answers. Raises SignerDidNotStart."""
        process = self._spawn()
        if not self._comes_up(process):
            code = process.poll()
            self.stop()
            raise SignerDidNotStart("hết giờ chờ" if code is None else f"mã kết thúc {code}")

    def watch(self) -> None:
        """Look for a second whether it lives, then whether it answers, and bring it back if not; called for ever."""
        process = self._process or self._spawn()
        if _has_ended(process, within_s=LOOK_EVERY_S):
            self._answers()  # which is known to everybody from now on
            log.error("the signer has died and is started again; nothing is signed meanwhile")
            if not self._comes_up(self._spawn()):
                time.sleep(LOOK_EVERY_S)  # it dies at once: its log says why, and ours must not fill the disk
            return
        self._silent = 0 if self._answers() else self._silent + 1
        if self._silent >= HUNG_AFTER:
            log.error("the signer hangs; it is ended and started again")
            process.kill()
            process.wait()

    def stop(self) -> None:
        """End it; safe to call twice."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGUSR1)
        try:
            self._process.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _comes_up(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + UP_WITHIN_S
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._silent = 0
        command = [sys.executable, "-m", "broadcaster", "signer", "--child-of", str(os.getpid())]
        self._process = subprocess.Popen(command, env=self._environment, stdin=subprocess.DEVNULL)  # noqa: S603 - our own program
        return self._process


def _has_ended(process: subprocess.Popen[bytes], *, within_s: float) -> bool:
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        return False
    return True
