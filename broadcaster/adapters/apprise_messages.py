"""Messages to people through Apprise: Telegram, Zalo and SMS gateways, e-mail and some hundred more, by one address."""

import logging

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat

log = logging.getLogger(__name__)

CONNECT_S, READ_S = 5.0, 8.0
_UNKNOWN = "địa chỉ không dùng được"
_REFUSED = "nơi nhận không trả lời hoặc không nhận tin"


class AppriseMessages:
    """Every call ends within about CONNECT_S + READ_S, whatever the other side does. Safe from several threads."""

    def __init__(self) -> None:
        # No file on this machine is ever sent or read, whatever an address asks for.
        self._asset = AppriseAsset(secure_logging=True, storage_mode="memory", app_id="commune-broadcaster")

    def shown(self, address: str) -> str | None:
        """Return the address without its secrets; None when it is none."""
        found = self._messenger(address)
        return str(found.url(privacy=True)).split("?")[0] if found is not None else None  # type: ignore[no-untyped-call] # half of the library has no types

    def send(self, address: str, *, title: str, text: str) -> str | None:
        """Return what went wrong, in Vietnamese, None when it was taken."""
        found = self._messenger(address)
        if found is None:
            return _UNKNOWN
        try:
            taken = bool(found.notify(body=text, title=title, body_format=NotifyFormat.TEXT))
        except Exception as exc:  # a guard around some hundred foreign plugins: none of them may end the sender
            log.warning("a messenger failed: %s", type(exc).__name__)
            return _REFUSED
        return None if taken else _REFUSED

    def _messenger(self, address: str) -> NotifyBase | None:
        found = Apprise.instantiate(address, asset=self._asset, suppress_exceptions=True)
        if not isinstance(found, NotifyBase):
            return None
        found.socket_connect_timeout, found.socket_read_timeout = CONNECT_S, READ_S
        return found
