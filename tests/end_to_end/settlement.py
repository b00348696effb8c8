"""A village that is there at once: one box is enrolled as a technician would, the others are written after its image.

Enrolling takes a third of a second a box, by intention; two thousand for a measurement would be a quarter of an hour.
"""

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.end_to_end.station import Station
from tests.end_to_end.village import Boxes
from tests.fixtures.brokers import Mosquitto
from wire import seal


def settle(station: Station, broker: Mosquitto, folder: Path, *, count: int, processes: int) -> None:
    """Make so many boxes at a station and a broker that both stand still, and at the end do so again."""
    broker.start()
    with station, Boxes(station, folder, count=1, processes=processes):
        pass
    broker.stop()
    first = json.loads(_place(folder, 1, processes).joinpath("identity.json").read_text())
    names = {number: f"loa-{secrets.token_hex(5)}" for number in range(2, count + 1)}
    keys = {number: seal.new_key() for number in names}
    _write_accounts(broker, first["reply"]["device"], list(names.values()))
    with _database(station) as db:
        for number, name in names.items():
            cluster, title, pem = f"cl-{secrets.token_hex(5)}", f"Mô phỏng {number}", seal.public_pem(keys[number])
            db.execute(
                "INSERT INTO clusters SELECT ?, station_id, hamlet_id, ? FROM clusters WHERE name = 'Mô phỏng 1'",
                (cluster, title),
            )
            db.execute(
                "INSERT INTO devices (id, station_id, cluster_id, public_key_pem, enrolled_at, online)"
                " SELECT ?, station_id, id, ?, ?, 0 FROM clusters WHERE id = ?",
                (name, pem, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}", cluster),
            )
            box = _place(folder, number, processes)
            box.mkdir(parents=True)
            box.joinpath("identity.json").write_text(
                json.dumps(_identity(first, name, title, seal.key_id(keys[number])))
            )
            box.joinpath(f"{seal.key_id(keys[number])}.device-key.pem").write_text(seal.private_pem(keys[number]))


def _place(folder: Path, number: int, processes: int) -> Path:
    return folder / str(number % processes) / str(number)


def _identity(first: dict[str, Any], device: str, cluster: str, key_id: str) -> dict[str, Any]:
    reply = first["reply"]
    broker = reply["broker"] | {"username": f"{reply['station']}.{device}"}
    return {"reply": reply | {"device": device, "cluster": cluster, "broker": broker}, "key_id": key_id}


def _write_accounts(broker: Mosquitto, device: str, others: list[str]) -> None:
    """Give each an account and a role like the first one's, with its password."""
    path = broker.folder / "var/lib/mosquitto/dynamic-security.json"
    held = json.loads(path.read_text())
    for kind in ("clients", "roles"):
        image = next(json.dumps(each) for each in held[kind] if device in json.dumps(each))
        held[kind] += [json.loads(image.replace(device, other)) for other in others]
    path.write_text(json.dumps(held))


@contextmanager
def _database(station: Station) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(station.folder / "station/station.db")
    try:
        with db:
            yield db
    finally:
        db.close()
