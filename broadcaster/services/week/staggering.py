"""Starts apart from hamlet to hamlet, where horns of neighbours would blur each other; otherwise all start as one."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Connection

from broadcaster.domain.ids import DeviceId
from broadcaster.domain.station import Rules, Station
from broadcaster.domain.timetable import quiet_hours_touched
from broadcaster.store import devices, stations
from wire import messages

MOST = timedelta(seconds=60)
"""The wire carries no more; hamlets further down the list start with the last that fits."""


def stagger_of(tx: Connection, station: Station) -> dict[DeviceId, timedelta]:
    """Return how much later than planned each box starts: one step more for each hamlet down the station's list."""
    step = timedelta(milliseconds=station.rules.stagger_ms)
    if not step:
        return {}
    order = {hamlet.id: number for number, hamlet in enumerate(stations.hamlets_of(tx, station.id))}
    hamlet_of = {place.cluster: place.hamlet for place in stations.places_of(tx, station.id)}
    boxes = devices.by_cluster(tx, station.id)
    return {box: min(MOST, order[hamlet_of[cluster]] * step) for cluster, box in boxes.items()}


def staggered(
    planned: Iterable[messages.PlannedAiring], later: timedelta, *, rules: Rules
) -> tuple[messages.PlannedAiring, ...]:
    """Return the airings so much later; one that would then reach into quiet hours stays where it was planned."""
    return tuple(_later(airing, later, rules=rules) for airing in planned) if later else tuple(planned)


def _later(airing: messages.PlannedAiring, later: timedelta, *, rules: Rules) -> messages.PlannedAiring:
    start, duration = airing.start_at + later, timedelta(milliseconds=airing.duration_ms)
    if quiet_hours_touched(start, duration=duration, rules=rules) is not None:
        return airing
    shift = {
        "start_at": start,
        "not_after": max(start, airing.not_after),
        "stagger_ms": later // timedelta(milliseconds=1),
    }
    return airing.model_copy(update=shift)
