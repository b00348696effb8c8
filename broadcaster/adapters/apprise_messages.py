"""Messages to people through Apprise: Telegram, Zalo and SMS gateways, e-mail and some hundred more, by one address."""

import logging
import threading
import time
from collections.abc import Sequence

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat

from broadcaster.services.telling import Letter

log = logging.getLogger(__name__)

CONNECT_S, READ_S = 5.0, 8.0
DEADLINE_S = 20.0
_WEBHOOKS = frozenset({"json", "jsons", "xml", "xmls", "form", "forms"})
"""Kinds of addresses whose path is somebody's own, and often the secret itself."""
_UNKNOWN = "địa chỉ không dùng được"
_REFUSED = "nơi nhận không trả lời hoặc không nhận tin"


class AppriseMessages:
    """Every call ends within `deadline_s`, whatever the other side does. Safe from several threads."""

    def __init__(self, *, deadline_s: float = DEADLINE_S) -> None:
        # No file on this machine is ever sent or read, whatever an address asks for.
        self._asset = AppriseAsset(secure_logging=True, storage_mode="memory", app_id="commune-broadcaster")
        # The library writes addresses that it cannot use into the log, with all that is secret in them.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        self._deadline_s = deadline_s
        self._under_way = _Addresses()

    def shown(self, address: str) -> str | None:
        """Return the address without its secrets; None when it is none."""
        found = self._messenger(address)
        if found is None:
            return None
        plain = str(found.url(privacy=True)).split("?")[0]  # type: ignore[no-untyped-call] # half of the library has no types
        kind, _, rest = plain.partition("://")
        host, _, path = rest.partition("/")
        return f"{kind}://{host}/…" if kind in _WEBHOOKS and path else plain

    def send(self, letters: Sequence[Letter]) -> tuple[str | None, ...]:
        """Return what went wrong with each letter, in Vietnamese, None where it was taken."""
        couriers = [
            _Courier(letter, self._messenger(letter.address), self._under_way, patience_s=self._deadline_s / 2)
            for letter in letters
        ]
        for courier in couriers:
            courier.start()
        until = time.monotonic() + self._deadline_s  # time-outs of a socket begin anew with each byte that drips in
        for courier in couriers:
            courier.join(max(0.0, until - time.monotonic()))
        return tuple(courier.error for courier in couriers)

    def _messenger(self, address: str) -> NotifyBase | None:
        found = Apprise.instantiate(address, asset=self._asset, suppress_exceptions=True)
        if not isinstance(found, NotifyBase):
            return None
        found.socket_connect_timeout, found.socket_read_timeout = CONNECT_S, READ_S
        return found


class _Courier(threading.Thread):
    """Carries one letter. `error` is what went wrong, or that it is not back yet."""

    def __init__(self, letter: Letter, to: NotifyBase | None, under_way: "_Addresses", *, patience_s: float) -> None:
        super().__init__(name="courier", daemon=True)
        self._letter, self._to, self._under_way, self._patience_s = letter, to, under_way, patience_s
        self.error: str | None = _UNKNOWN if to is None else _REFUSED

    def run(self) -> None:
        if self._to is None or not self._under_way.enter(self._letter.address, patience_s=self._patience_s):
            return
        try:
            if self._to.notify(body=self._letter.text, title=self._letter.title, body_format=NotifyFormat.TEXT):
                self.error = None
        except Exception as exc:  # a guard around some hundred foreign plugins: none of them may end the sender
            log.warning("a messenger failed: %s", type(exc).__name__)
        finally:
            self._under_way.leave(self._letter.address)


class _Addresses:
    """Where a courier is now: one at a time, or those that hang would become ever more."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._busy: set[str] = set()

    def enter(self, address: str, *, patience_s: float) -> bool:
        """Return whether the address was free, or became so in time: then it is ours until `leave`."""
        with self._changed:
            if not self._changed.wait_for(lambda: address not in self._busy, patience_s):
                return False
            self._busy.add(address)
        return True

    def leave(self, address: str) -> None:
        """Let the next one in."""
        with self._changed:
            self._busy.discard(address)
            self._changed.notify_all()
