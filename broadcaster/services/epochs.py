"""A server whose database is older than what was signed goes on above it: boxes obey nothing else."""

import logging
from collections.abc import Callable

from broadcaster.domain.ids import StationId
from broadcaster.services.office import Office
from broadcaster.store import audit, stations

log = logging.getLogger(__name__)


def catch_up(office: Office, *, newest: Callable[[str], int]) -> tuple[StationId, ...]:
    """Begin an epoch above the newest that was signed at each station that is behind it; return those stations.

    Boxes tell the same of a restored database, but are not believed where somebody had far higher numbers signed.
    """
    with office.database.reading() as tx:
        behind = [(s.id, signed) for s in stations.every(tx) if (signed := newest(s.id)) > s.epoch]
    if not behind:
        return ()
    now = office.now()
    with office.database.writing() as tx:
        for station, signed in behind:
            stations.begin_epoch(tx, station, signed + 1)
            audit.record(tx, station, user=None, action="station.epoch", subject=station, now=now, epoch=signed + 1)
            log.warning("epoch %d was signed for %s, which is newer than ours; epoch %d", signed, station, signed + 1)
    return tuple(station for station, _ in behind)
