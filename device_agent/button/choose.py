"""What the settings say of the button: its pins, and where its page is."""

import ipaddress
from dataclasses import dataclass

from device_agent.button.inputs import UnknownButtonError, Wired, wired


class UnknownPageError(Exception):
    """The setting names no address."""

    def __init__(self, setting: str) -> None:
        super().__init__(
            f"“{setting}” không phải là địa chỉ trang nút bấm; hãy viết ĐỊA_CHỈ_IP:CỔNG, ví dụ 192.168.4.1:8080"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """`fault` says what of the settings could not be understood: it is told of, and none to stop for."""

    wired: tuple[Wired, ...] = ()
    page: tuple[str, int] | None = None
    fault: str | None = None


def choose(inputs: str | None, page: str | None) -> Chosen:
    """Return what the settings ask for; what cannot be understood is left out, with the fault."""
    faults: list[str] = []
    buttons: tuple[Wired, ...] = ()
    address: tuple[str, int] | None = None
    try:
        buttons = wired(inputs)
    except UnknownButtonError as exc:
        faults.append(str(exc))
    try:
        address = _address(page)
    except UnknownPageError as exc:
        faults.append(str(exc))
    return Chosen(wired=buttons, page=address, fault="; ".join(faults) or None)


def _address(setting: str | None) -> tuple[str, int] | None:
    if setting in {None, "", "none"}:
        return None
    host, _, port = (setting or "").rpartition(":")
    try:
        ip = ipaddress.ip_address(host.strip("[]"))
        number = int(port)
    except ValueError as exc:
        raise UnknownPageError(setting or "") from exc
    if not 0 <= number <= 65_535:
        raise UnknownPageError(setting or "")
    return str(ip), number
