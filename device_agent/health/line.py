"""The way out of the box: what kind the default route is, and what a modem tells through ModemManager."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from device_agent.health.files import counted, number, parsed, text
from device_agent.health.tools import Tools

Kind = Literal["ethernet", "wifi", "mobile", "unknown"]
Sim = Literal["ready", "locked", "missing", "failed"]

_ETHERNET, _PPP, _RAW_IP = 1, 512, 519  # linux/if_arp.h
_NO_DESTINATION_6 = "0" * 32
_LOCKS = {"sim-pin", "sim-puk"}
"""What ModemManager wants unlocked before the card can be used; PIN2 and the like keep nobody off the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modem:
    """What a modem tells; null where it does not."""

    signal_percent: int | None = None
    operator: str | None = None
    sim: Sim | None = None


def kind(root: Path) -> Kind:
    """Return what the default route goes over. A USB modem that plays a network card passes for one: `ethernet`."""
    interface = _default_4(root) or _default_6(root)
    return _kind_of(root / "sys/class/net" / interface) if interface is not None else "unknown"


def ask_modem(tools: Tools) -> Modem | None:
    """Return what the first modem tells, None where there is none."""
    listed = _parsed(tools.ask("mmcli", "-L", "-J")).get("modem-list")
    if not isinstance(listed, list) or not listed:
        return None
    return modem_of(_parsed(tools.ask("mmcli", "-m", str(listed[0]), "-J")))


def modem_of(said: dict[str, Any]) -> Modem | None:
    """Return what `mmcli -m … -J` says; `--` is its word for nothing."""
    modem = said.get("modem")
    if not isinstance(modem, dict):
        return None
    generic, network = _inner(modem, "generic"), _inner(modem, "3gpp")
    strength = counted(_word(_inner(generic, "signal-quality"), "value"))
    return Modem(
        signal_percent=strength if strength is not None and strength <= 100 else None,
        operator="".join(filter(str.isprintable, _word(network, "operator-name") or ""))[:60] or None,
        sim=_sim(generic),
    )


def _sim(generic: dict[str, Any]) -> Sim | None:
    if _word(generic, "state") == "failed":
        return "missing" if _word(generic, "state-failed-reason") == "sim-missing" else "failed"
    if _word(generic, "unlock-required") in _LOCKS:
        return "locked"
    return "ready" if _word(generic, "sim") is not None else None


def _default_4(root: Path) -> str | None:
    rows = [line.split() for line in (text(root / "proc/net/route") or "").splitlines()[1:]]
    routes = [
        (metric, row[0])
        for row in rows
        if len(row) >= 8 and row[1] == row[7] == "00000000" and _is_up(row[3])
        if (metric := counted(row[6])) is not None
    ]
    return min(routes)[1] if routes else None


def _default_6(root: Path) -> str | None:
    rows = [line.split() for line in (text(root / "proc/net/ipv6_route") or "").splitlines()]
    routes = [
        (metric, row[9])
        for row in rows
        if len(row) >= 10 and row[0] == _NO_DESTINATION_6 and row[1] == "00" and row[9] != "lo"
        if (metric := counted(row[5], base=16)) is not None
    ]
    return min(routes)[1] if routes else None


def _is_up(flags: str) -> bool:
    return bool((parsed(flags, base=16) or 0) & 0x1)


def _kind_of(interface: Path) -> Kind:
    facts = text(interface / "uevent") or ""
    hardware = number(interface / "type")
    if "DEVTYPE=wwan" in facts or hardware in {_PPP, _RAW_IP} or interface.name.startswith(("wwan", "ppp")):
        return "mobile"
    if "DEVTYPE=wlan" in facts or (interface / "wireless").exists() or (interface / "phy80211").exists():
        return "wifi"
    return "ethernet" if hardware == _ETHERNET else "unknown"


def _parsed(said: str | None) -> dict[str, Any]:
    try:
        found = json.loads(said or "")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _inner(outer: dict[str, Any], name: str) -> dict[str, Any]:
    found = outer.get(name)
    return found if isinstance(found, dict) else {}


def _word(outer: dict[str, Any], name: str) -> str | None:
    found = outer.get(name)
    return found if isinstance(found, str) and found not in {"", "--"} else None
