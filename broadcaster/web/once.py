"""A button pressed twice: the second press leads where the first one led, and does nothing again."""

import hashlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.responses import RedirectResponse, Response

from broadcaster.domain.ids import UserId
from broadcaster.web.forms import Entered

KEPT_S = 10.0
"""Whoever sends the very same form later than this means it anew."""
MOST = 500


@dataclass(slots=True)
class _Press:
    began: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    led_to: str = ""


class Once:
    """Remembers for some seconds where each press of a button led. A press meanwhile waits for the first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._presses: OrderedDict[str, _Press] = OrderedDict()

    def press(self, who: UserId, path: str, entered: Entered, do: Callable[[], Response]) -> Response:
        """Return what `do` answers, or lead on where the same person's same form has just led."""
        said = json.dumps([who, path, sorted((name, list(values)) for name, values in entered.fields.items())])
        press = self._press(hashlib.sha256(said.encode()).hexdigest())
        with press.lock:
            if press.led_to:
                return RedirectResponse(press.led_to, status_code=303)
            answer = do()
            press.led_to = answer.headers.get("location", "")
            return answer

    def _press(self, name: str) -> _Press:
        now = self._clock()
        with self._lock:
            for old in [n for n, press in self._presses.items() if now - press.began > KEPT_S]:
                del self._presses[old]
            while len(self._presses) >= MOST:
                self._presses.popitem(last=False)
            return self._presses.setdefault(name, _Press(began=now))
