"""The server's own threads. One that fails takes the process down, so that the supervisor brings a whole one back."""

import logging
import os
import signal
import threading
from collections.abc import Callable

from sqlalchemy.exc import OperationalError

log = logging.getLogger(__name__)

_PATIENCE_S = 5.0


class Bell:
    """Wakes one thread; ringing twice before it looks wakes it once."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rung: set[str] = set()

    def ring(self, what: str = "") -> None:
        """Wake the thread that waits, or the next one that does."""
        with self._changed:
            self._rung.add(what)
            self._changed.notify_all()

    def wait(self, timeout_s: float) -> frozenset[str]:
        """Return what was rung since the last call; nothing when the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self._rung, timeout_s)
            rung, self._rung = frozenset(self._rung), set()
            return rung


class Crew:
    """Threads that repeat a turn until `stop`. `failed` says whether one of them gave up.

    `ending` is set when the whole server was asked to end: what is gone from then on is gone in order.
    """

    def __init__(self) -> None:
        self.failed = False
        self.ending = False
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def hire(self, name: str, turn: Callable[[], object]) -> None:
        """Repeat `turn`, which must return within a second or so when there is nothing to do."""
        thread = threading.Thread(target=self._work, args=(name, turn), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def ends_within(self, seconds: float) -> bool:
        """Return as soon as the crew is told to stop, or False when it was not within that time."""
        return self._stopping.wait(seconds)

    def stop(self, timeout_s: float = 10.0) -> None:
        """Let every thread end its turn."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout_s)

    def _work(self, name: str, turn: Callable[[], object]) -> None:
        while not self._stopping.is_set():
            try:
                turn()
            except OperationalError:
                # A full disk or a locked database is no fault of the program: it waits, and nothing is lost meanwhile.
                log.exception("%s: the database cannot be used now; trying again in %.0f s", name, _PATIENCE_S)
                self._stopping.wait(_PATIENCE_S)
            except BaseException:
                # A loop root: whatever it is, a server without this thread would be deaf or dumb and look well.
                log.exception("%s has failed; the server ends", name)
                self.failed = True
                os.kill(os.getpid(), signal.SIGTERM)
                return
