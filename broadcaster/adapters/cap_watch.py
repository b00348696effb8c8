"""The thread that watches the feeds of warnings: asks them, misses them, and takes up again what found no place."""

import threading
import time

from broadcaster.adapters import cap_signatures
from broadcaster.adapters.cap_fetch import Fetcher
from broadcaster.services.cap import drafts as cap_drafts
from broadcaster.services.cap import intake as cap_intake
from broadcaster.services.cap import polling as cap_polling
from broadcaster.services.cap import silence as cap_silence
from broadcaster.services.office import Office

_PAUSE_S = 1.0
_WATCH_S = 15.0
_LEFT_OVER_S = 60.0


class CapWatch:
    """Repeats `turn` until `close`, which also ends the process that fetches."""

    def __init__(self, office: Office, *, deadline_s: float = 15.0) -> None:
        self._office = office
        self._fetch = Fetcher(deadline_s=deadline_s)
        self._closing = threading.Event()
        self._watched = self._taken_up = float("-inf")

    def turn(self) -> None:
        """Ask one feed, or wait a moment where none is due."""
        asked = cap_polling.turn(self._office, fetch=self._fetch, check=cap_signatures.check)
        now = time.monotonic()
        if now - self._watched >= _WATCH_S:
            self._watched = now
            cap_silence.watch(self._office)
        if now - self._taken_up >= _LEFT_OVER_S:
            self._taken_up = now
            cap_drafts.discard_outdated(self._office)
            cap_intake.take_up_left_over(self._office, check=cap_signatures.check)
        if not asked:
            self._closing.wait(_PAUSE_S)

    def close(self) -> None:
        """End the process that fetches."""
        self._closing.set()
        self._fetch.close()
