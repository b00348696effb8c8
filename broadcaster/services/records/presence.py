"""Keeps when each box could be reached: looked at every minute, so that hours in which nobody looked are known too."""

from datetime import datetime, timedelta

from broadcaster.domain.ids import DeviceId, StationId
from broadcaster.services.office import Office
from broadcaster.store import devices, presence, stations

UNWATCHED_AFTER = timedelta(minutes=5)
"""A longer time between two looks was watched by nobody: the server itself was off."""
KEEP = timedelta(days=400)


def look(office: Office) -> None:
    """Note of every box in service whether it can be reached now."""
    now = office.now()
    with office.database.writing() as tx:
        last = presence.newest(tx, since=now - UNWATCHED_AFTER)
        same, new = list[int](), list[tuple[StationId, DeviceId, bool, datetime]]()
        for station in stations.every(tx):
            for box in devices.of_station(tx, station.id):
                online, before = box.state.reachable(now), last.get(box.id)
                if before is not None and before.online == online:
                    same.append(before.id)
                else:
                    new.append((station.id, box.id, online, before.ended_at if before else now))
        presence.prolong(tx, same, now=now)
        presence.begin(tx, new, now=now)


def forget(office: Office) -> None:
    """Forget what is too old for any report."""
    with office.database.writing() as tx:
        presence.forget(tx, before=office.now(), keep=KEEP)
