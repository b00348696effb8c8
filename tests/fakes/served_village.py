"""Boxes in this process that belong to a whole real station, each behind a line of its own that can lose a packet."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from broadcaster.domain.ids import ClusterId, DeviceId, HamletId, StationId
from broadcaster.domain.station import Cluster
from broadcaster.store import devices, stations
from broadcaster.store.engine import open_database
from device_agent import identity
from tests.end_to_end.station import Station
from tests.fakes.box_village import Commune, Village
from tests.fixtures.mqtt_proxy import MqttProxy
from wire import seal
from wire.enrolment import BrokerAccount, EnrolReply


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one box hangs, and its line."""

    device: str
    cluster: str
    proxy: MqttProxy
    commune: Commune


class ServedVillage(Village):
    """So many boxes of one station. The server does all the speaking: `standing` only takes them in."""

    def __init__(self, station: Station, folder: Path, *, boxes: int) -> None:
        super().__init__(station.about["broker"], folder, boxes=boxes)
        self._data = station.folder / "station"
        self.about = station.call("GET", "/station", role="admin")
        self.places: list[Place] = []

    @contextlib.contextmanager
    def standing(self) -> Iterator["ServedVillage"]:
        """Take the boxes in, without the handshake, whose key stretching takes its time; in the end nothing is left."""
        where = urlsplit(self._url)
        with contextlib.ExitStack() as lines:
            for number, commune in enumerate(self.communes):
                proxy = MqttProxy((where.hostname or "", where.port or 0))
                lines.enter_context(proxy.standing())
                place = Place(device=f"loa-thu-{number:03}", cluster=f"cl-{number:03}", proxy=proxy, commune=commune)
                self.places.append(place)
            self._take_in()
            self._thread.start()
            try:
                yield self
            finally:
                self.switch_off()
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join(10)
                self._loop.close()
                self._hands.shutdown()

    def _take_in(self) -> None:
        station, hamlets = StationId(self.about["id"]), [h["id"] for h in self.about["hamlets"]]
        key = seal.load_key((self._data / "signer" / "keys" / f"{station}.pem").read_text())
        database = open_database(f"sqlite:///{self._data / 'station.db'}")
        with database.writing() as tx:
            for number, place in enumerate(self.places):
                hamlet = HamletId(hamlets[number % len(hamlets)])
                cluster = Cluster(id=ClusterId(place.cluster), hamlet=hamlet, name=f"Cụm {number:03}")
                stations.add_cluster(tx, station, cluster)
                devices.add(
                    tx, DeviceId(place.device), station=station, cluster=cluster.id, now=datetime.now(UTC),
                    public_key_pem=seal.public_pem(place.commune.device_key),
                )  # fmt: skip
        database.close()
        for place in self.places:
            reply = EnrolReply(
                station=station, device=place.device, cluster="Cụm", hamlet="Thôn",
                station_key_pem=seal.public_pem(key), broker=BrokerAccount(url=place.proxy.url),
            )  # fmt: skip
            identity.store(place.commune.data, reply, key=place.commune.device_key)
