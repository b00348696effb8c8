"""A server whose database is older than what was signed goes on above it: boxes obey nothing else."""

import logging
from collections.abc import Callable

from sqlalchemy import Connection

from broadcaster.domain.ids import StationId
from broadcaster.services.office import Office
from broadcaster.store import audit, stations

log = logging.getLogger(__name__)

LOST_WITH_A_BACKUP = 10
"""So many epochs may have begun since a backup was made: hardly ever one does."""


def catch_up(office: Office, *, newest: Callable[[str], int]) -> tuple[StationId, ...]:
    """Begin an epoch above the newest that was signed at each station that is behind it; return those stations.

    Boxes tell the same of a restored database, but are not believed where somebody had far higher numbers signed.
    """
    with office.database.reading() as tx:
        behind = [(s.id, signed) for s in stations.every(tx) if (signed := newest(s.id)) > s.epoch]
    if not behind:
        return ()
    with office.database.writing() as tx:
        for station, signed in behind:
            _begin(tx, office, station, epoch=signed + 1)
            log.warning("epoch %d was signed for %s, which is newer than ours; epoch %d", signed, station, signed + 1)
    return tuple(station for station, _ in behind)


def begin_anew(office: Office) -> tuple[StationId, ...]:
    """Begin an epoch above whatever may have been signed since a backup, at every station; return them.

    Boxes would tell of it too, but not where what they hold and what is made anew have the same number by chance.
    """
    with office.database.writing() as tx:
        every = stations.every(tx)
        for station in every:
            _begin(tx, office, station.id, epoch=station.epoch + LOST_WITH_A_BACKUP)
    return tuple(station.id for station in every)


def _begin(tx: Connection, office: Office, station: StationId, *, epoch: int) -> None:
    stations.begin_epoch(tx, station, epoch)
    audit.record(tx, station, user=None, action="station.epoch", subject=station, now=office.now(), epoch=epoch)
