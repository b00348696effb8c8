"""Places that want quiet: boxes whose airings are softer there, or that keep silent at more hours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from broadcaster.domain.ids import DeviceId
from broadcaster.domain.station import QuietHours, Station
from broadcaster.domain.week.regime import Profile
from broadcaster.services.week.limits import ground_of
from broadcaster.store import devices, programmes
from wire import messages


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietPlace:
    """What is different for a box at a place that wants quiet."""

    gain_db: float
    quiet_hours: tuple[QuietHours, ...]

    def of(self, station: Station) -> Station:
        """Return the station as it is for this box."""
        return replace(station, rules=replace(station.rules, quiet_hours=self.quiet_hours))

    def quieter(self, planned: Iterable[messages.PlannedAiring]) -> tuple[messages.PlannedAiring, ...]:
        """Return the airings at this place's volume."""
        return tuple(each.model_copy(update={"gain_db": self.gain_db}) for each in planned)


def quiet_places(tx: Connection, station: Station, profiles: Mapping[str, Profile]) -> dict[DeviceId, QuietPlace]:
    """Return the boxes at places that want quiet, with how quiet and when."""
    if not programmes.limits_of(tx, station.id).sensitive:
        return {}
    ground = ground_of(tx, station, profiles)
    found: dict[DeviceId, QuietPlace] = {}
    for cluster, device in devices.by_cluster(tx, station.id).items():
        bit = ground.bits.get(cluster, 0)
        rules = next((zone.rules for zone in ground.zones if zone.mask & bit), station.rules)
        calm = QuietPlace(gain_db=ground.gain_db(cluster), quiet_hours=rules.quiet_hours)
        if calm.gain_db or calm.quiet_hours != station.rules.quiet_hours:
            found[device] = calm
    return found
