"""How the server's own parts are: for its page, for a monitor, and for the rehearsal of tonight."""

import logging
import shutil
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from broadcaster.adapters.mqtt import MqttLink
from broadcaster.adapters.signing.station_signer import StationSigner
from broadcaster.domain.rehearsal.values import House
from broadcaster.store.engine import Database
from broadcaster.web.site import Health

log = logging.getLogger(__name__)


class Vitals:
    """Asks the database, the broker, the signer and the disk whenever somebody wants to know."""

    def __init__(self, database: Database, link: MqttLink, signer: StationSigner, *, data: Path) -> None:
        self._database = database
        self._link = link
        self._signer = signer
        self._data = data

    def health(self) -> Health:
        """Return how everything is now."""
        return Health(
            broker_connected=self._link.connected,
            database=self._database_answers(),
            signer=self._signer.answers,
            disk_free_bytes=shutil.disk_usage(self._data).free,
            version=version("commune-broadcaster"),
        )

    def house(self) -> House:
        """Return what of it decides whether tonight will sound."""
        health = self.health()
        return House(
            broker_connected=health.broker_connected, signer=health.signer, disk_free_bytes=health.disk_free_bytes
        )

    def _database_answers(self) -> bool:
        try:
            with self._database.reading() as tx:
                return bool(tx.execute(text("SELECT 1")).scalar_one() == 1)
        except SQLAlchemyError:
            log.exception("the database does not answer")
            return False
