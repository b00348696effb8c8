"""Offers the boxes another version of their program, and says how far each has come."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.ids import DeviceId, StationId
from broadcaster.services.office import Office, new_id
from broadcaster.store import audit, devices, releases
from broadcaster.store.devices import Device
from broadcaster.store.releases import Release
from wire import chunks, messages

LARGEST_BYTES = 64 * 1024 * 1024
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+!-]{0,63}")


@refusal
class NotAnAgentWheel(Invalid):
    message = N_("Tệp này không phải gói cài đặt (.whl) của bộ thu.")


@refusal
class UnknownBoxes(Invalid):
    boxes: str
    message = N_("Không có bộ thu nào mang mã {boxes} ở đài này.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Which version a box shall have, which one it runs, and what it says of the way there."""

    wanted: str | None
    held: str | None
    told: str | None


def offer(
    office: Office, station: StationId, *, version: str, sha256: str, size_bytes: int, wanted: Collection[str] | None
) -> Release:
    """Offer a wheel that is in the audio cache to these boxes, None for every one. Raises Invalid."""
    if not _VERSION.fullmatch(version) or not 0 < size_bytes <= LARGEST_BYTES:
        raise NotAnAgentWheel
    now = office.now()
    with office.database.writing() as tx:
        known = {device.id for device in devices.of_station(tx, station)}
        strangers = sorted(set(wanted or ()) - known)
        if strangers:
            raise UnknownBoxes(boxes=", ".join(strangers)[:200])
        release = Release(
            id=new_id("ar"), station=station, version=version, sha256=sha256, size_bytes=size_bytes, offered_at=now,
            devices=tuple(DeviceId(device) for device in sorted(wanted)) if wanted is not None else None,
        )  # fmt: skip
        releases.add(tx, release)
        audit.record(
            tx, station, user=None, action="agent.release", subject=release.id, now=now, version=version,
            sha256=sha256, devices=sorted(wanted) if wanted is not None else None,
        )  # fmt: skip
    office.ring_planner()
    return release


def withdraw(office: Office, station: StationId) -> int:
    """Take back every offer; return how many stood."""
    with office.database.writing() as tx:
        count = releases.withdraw_all(tx, station, now=office.now())
        audit.record(tx, station, user=None, action="agent.withdraw", subject=station, now=office.now(), count=count)
    office.ring_planner()
    return count


def agent_for(device: DeviceId, offers: Iterable[Release]) -> messages.AgentRelease | None:
    """Return what the box's plan shall name: the newest offer that is for it."""
    release = next((each for each in offers if each.is_for(device)), None)
    if release is None:
        return None
    wheel = messages.FileRef(
        sha256=release.sha256, size_bytes=release.size_bytes, chunks=chunks.count_for(release.size_bytes)
    )  # fmt: skip
    return messages.AgentRelease(version=release.version, wheel=wheel)


def files_of(tx: Connection, station: StationId) -> dict[str, int]:
    """Return the wheels that plans of this station name, with their number of chunks."""
    named: dict[str, int] = {}
    offers = releases.of_station(tx, station)
    for device in devices.of_station(tx, station):
        found = agent_for(device.id, offers)
        if found is not None:
            named[found.wheel.sha256] = found.wheel.chunks
    return named


def standing(tx: Connection, device: Device) -> Standing:
    """Return how far a box is with what it is offered."""
    wanted = agent_for(device.id, releases.of_station(tx, device.station))
    health: Mapping[str, Any] = device.status.get("health") or {}
    return Standing(
        wanted=wanted.version if wanted is not None else None, held=health.get("agent_version"),
        told=health.get("update"),
    )  # fmt: skip
