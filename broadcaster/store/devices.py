"""Boxes, what they last said of themselves, and the codes by which they are enrolled."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from broadcaster.domain.delivery import BoxState, Heard
from broadcaster.domain.ids import AiringId, ClusterId, DeviceId, StationId
from broadcaster.store.tables import clusters, devices, enrolment_codes, hamlets


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A box on a pole. `status` is its last signed self-portrait, as it came."""

    id: DeviceId
    station: StationId
    cluster: ClusterId
    cluster_name: str
    hamlet_name: str
    public_key_pem: str
    enrolled_at: datetime
    retired_at: datetime | None
    account_ended_at: datetime | None
    last_seen_at: datetime | None
    session: str | None
    status_number: int | None
    online: bool
    status: Mapping[str, Any]

    @property
    def state(self) -> BoxState:
        """Return what its last status means for its airings."""
        plan, playing = self.status.get("plan"), self.status.get("playing") or {}
        return BoxState(
            device=self.id,
            online=self.online,
            last_seen_at=self.last_seen_at,
            plan=(plan["epoch"], plan["seq"]) if plan else None,
            audio_missing=frozenset(a["sha256"] for a in self.status.get("audio_missing", ())),
            playing=AiringId(playing["airing_id"]) if playing.get("airing_id") else None,
            playing_since=datetime.fromisoformat(playing["started_at"]) if playing else None,
            playing_error_ms=playing.get("start_error_ms"),
            playing_heard=Heard(heard["verdict"]) if (heard := playing.get("heard")) else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentCode:
    name: str
    station: StationId
    cluster: ClusterId
    code: str
    expires_at: datetime
    used_at: datetime | None
    failures: int


def add(
    tx: Connection, device: DeviceId, *, station: StationId, cluster: ClusterId, public_key_pem: str, now: datetime
) -> None:
    """Keep a newly enrolled box."""
    tx.execute(
        insert(devices).values(
            id=device,
            station_id=station,
            cluster_id=cluster,
            public_key_pem=public_key_pem,
            enrolled_at=now,
            online=False,
        )
    )


def get(tx: Connection, device: DeviceId) -> Device | None:
    """Return one box, also a retired one, or None."""
    row = tx.execute(_with_places().where(devices.c.id == device)).first()
    return _device(row) if row else None


def several(tx: Connection, wanted: Collection[DeviceId]) -> dict[DeviceId, Device]:
    """Return those of the wanted boxes that there are, also retired ones."""
    rows = tx.execute(_with_places().where(devices.c.id.in_(wanted)))
    return {DeviceId(row.id): _device(row) for row in rows}


def of_station(tx: Connection, station: StationId) -> tuple[Device, ...]:
    """Return the station's boxes that are not retired, hamlet by hamlet."""
    rows = tx.execute(
        _with_places()
        .where(devices.c.station_id == station, devices.c.retired_at.is_(None))
        .order_by(hamlets.c.position, clusters.c.name)
    )
    return tuple(_device(row) for row in rows)


def by_cluster(tx: Connection, station: StationId) -> dict[ClusterId, DeviceId]:
    """Return which box drives which cluster."""
    rows = tx.execute(
        select(devices.c.cluster_id, devices.c.id)
        .join(clusters, clusters.c.id == devices.c.cluster_id)
        .join(hamlets, hamlets.c.id == clusters.c.hamlet_id)
        .where(devices.c.station_id == station, devices.c.retired_at.is_(None))
        .order_by(hamlets.c.position, clusters.c.name)
    )
    return {ClusterId(row.cluster_id): DeviceId(row.id) for row in rows}


def retire(tx: Connection, device: DeviceId, *, now: datetime) -> None:
    """Take a box out of service for ever; its reports stay."""
    tx.execute(update(devices).where(devices.c.id == device).values(retired_at=now, online=False))


def with_account_to_end(tx: Connection, *, retired_before: datetime) -> tuple[Device, ...]:
    """Return the boxes of every station that retired before then and still have their broker account."""
    rows = tx.execute(_with_places().where(devices.c.retired_at < retired_before, devices.c.account_ended_at.is_(None)))
    return tuple(_device(row) for row in rows)


def note_account_ended(tx: Connection, device: DeviceId, *, now: datetime) -> None:
    """Remember that a retired box has no broker account any more."""
    tx.execute(update(devices).where(devices.c.id == device).values(account_ended_at=now))


def retired_with_plan(tx: Connection, station: StationId) -> tuple[DeviceId, ...]:
    """Return the station's retired boxes whose broker account still stands: they are told to play nothing."""
    rows = tx.execute(
        select(devices.c.id).where(
            devices.c.station_id == station, devices.c.retired_at.is_not(None), devices.c.account_ended_at.is_(None)
        )
    )
    return tuple(DeviceId(row.id) for row in rows)


def note_statuses(tx: Connection, heard: Collection[Device]) -> None:
    """Keep what these boxes last said of themselves, and whether they are connected."""
    if not heard:
        return
    names = ("session", "status_number", "online", "status", "last_seen_at")
    one = update(devices).where(devices.c.id == bindparam("box")).values({n: bindparam(f"its_{n}") for n in names})
    tx.execute(one, [{"box": box.id} | {f"its_{name}": getattr(box, name) for name in names} for box in heard])


def add_code(tx: Connection, code: EnrolmentCode, *, now: datetime) -> None:
    """Keep a new enrolment code; an unused older one of the same cluster is void."""
    tx.execute(
        delete(enrolment_codes).where(enrolment_codes.c.cluster_id == code.cluster, enrolment_codes.c.used_at.is_(None))
    )
    tx.execute(
        insert(enrolment_codes).values(
            name=code.name,
            station_id=code.station,
            cluster_id=code.cluster,
            code=code.code,
            created_at=now,
            expires_at=code.expires_at,
            failures=0,
        )
    )


def code_named(tx: Connection, name: str) -> EnrolmentCode | None:
    """Return the enrolment code with this public name, used and expired ones too, or None."""
    row = tx.execute(select(enrolment_codes).where(enrolment_codes.c.name == name)).first()
    return _code(row) if row else None


def open_code_of(tx: Connection, cluster: ClusterId, *, now: datetime) -> EnrolmentCode | None:
    """Return the cluster's code that can still be used, or None."""
    row = tx.execute(
        select(enrolment_codes).where(
            enrolment_codes.c.cluster_id == cluster,
            enrolment_codes.c.used_at.is_(None),
            enrolment_codes.c.expires_at > now,
        )
    ).first()
    return _code(row) if row else None


def use_code(tx: Connection, name: str, *, now: datetime) -> bool:
    """Spend a code; False when somebody else just did."""
    spent = tx.execute(
        update(enrolment_codes)
        .where(enrolment_codes.c.name == name, enrolment_codes.c.used_at.is_(None))
        .values(used_at=now)
    )
    return spent.rowcount > 0


def note_code_failure(tx: Connection, name: str) -> None:
    """Count a message that was sealed with another secret than this code's."""
    tx.execute(
        update(enrolment_codes).where(enrolment_codes.c.name == name).values(failures=enrolment_codes.c.failures + 1)
    )


def _with_places() -> Any:
    return (
        select(devices, clusters.c.name.label("cluster_name"), hamlets.c.name.label("hamlet_name"))
        .join(clusters, clusters.c.id == devices.c.cluster_id)
        .join(hamlets, hamlets.c.id == clusters.c.hamlet_id)
    )


def _device(row: Row[Any]) -> Device:
    return Device(
        id=DeviceId(row.id),
        station=StationId(row.station_id),
        cluster=ClusterId(row.cluster_id),
        cluster_name=row.cluster_name,
        hamlet_name=row.hamlet_name,
        public_key_pem=row.public_key_pem,
        enrolled_at=row.enrolled_at,
        retired_at=row.retired_at,
        account_ended_at=row.account_ended_at,
        last_seen_at=row.last_seen_at,
        session=row.session,
        status_number=row.status_number,
        online=row.online,
        status=row.status or {},
    )


def _code(row: Row[Any]) -> EnrolmentCode:
    return EnrolmentCode(
        name=row.name,
        station=StationId(row.station_id),
        cluster=ClusterId(row.cluster_id),
        code=row.code,
        expires_at=row.expires_at,
        used_at=row.used_at,
        failures=row.failures,
    )
