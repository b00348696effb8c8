"""Boxes come and go: one-time codes, enrolment, retirement."""

import contextlib
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection

from broadcaster.domain.errors import N_, Conflict, Invalid, Unavailable, refusal
from broadcaster.domain.ids import ClusterId, DeviceId, StationId
from broadcaster.domain.permissions import Person, may_keep_devices, require
from broadcaster.domain.station import NoSuchThing
from broadcaster.services.airings import set_targets
from broadcaster.services.office import Office, new_id
from broadcaster.services.signing_in import check_tries
from broadcaster.store import accounts, airings, audit, devices, stations
from broadcaster.store.devices import Device, EnrolmentCode
from wire import enrolment
from wire.seal import SealError, load_key, public_pem

CODE_LIFE = timedelta(hours=24)
CODE_FAILURES = 5
_CODE_NAME = re.compile(rf"[{enrolment.ALPHABET}]{{{enrolment.NAME_LENGTH}}}")


@refusal
class CodeRefused(Invalid):
    message = N_("Mã lắp đặt không đúng. Xin kiểm tra lại mã trên trang cụm loa.")


@refusal
class CodeExpired(Invalid):
    message = N_("Mã lắp đặt đã hết hạn. Xin lấy mã mới trên trang cụm loa.")


@refusal
class CodeUsed(Conflict):
    message = N_("Mã lắp đặt này đã được dùng cho một bộ thu khác. Xin lấy mã mới trên trang cụm loa.")


@refusal
class BadDeviceKey(Invalid):
    message = N_("Bộ thu gửi khóa không hợp lệ. Xin cài lại phần mềm bộ thu rồi thử lại.")


class BrokerAccounts(Protocol):
    """Makes and removes a box's own account at the broker."""

    def create(self, station: str, device: str) -> tuple[str | None, str | None]:
        """Return (username, password), or (None, None) where the broker has no accounts."""

    def remove(self, station: str, device: str) -> None:
        """End the box's account."""


def issue_code(office: Office, *, actor: Person, cluster: ClusterId) -> EnrolmentCode:
    """Return a fresh one-time code for the box of this cluster. An older unused one is void."""
    require(may_keep_devices(actor))
    now = office.now()
    with office.database.writing() as tx:
        if cluster not in (c.id for c in stations.clusters_of(tx, actor.station)):
            raise NoSuchThing
        fresh = _fresh_code(tx)
        code = EnrolmentCode(
            name=enrolment.name_of(fresh), station=actor.station, cluster=cluster, code=fresh,
            expires_at=now + CODE_LIFE, used_at=None, failures=0,
        )  # fmt: skip
        devices.add_code(tx, code, now=now)
        audit.record(tx, actor.station, user=actor.id, action="code.issue", subject=cluster, now=now)
    return code


def enrol(
    office: Office,
    *,
    sealed: enrolment.Sealed,
    address: str,
    station_key_pem: Callable[[StationId], str],
    broker: enrolment.BrokerAccount,
    broker_accounts: BrokerAccounts,
) -> enrolment.Sealed:
    """Take a box in and return what it needs, sealed with its code. Raises CodeRefused, CodeExpired, CodeUsed."""
    now = office.now()
    code = _open_code(office, name=sealed.code_name, address=address, now=now)
    request = _opened(office, code, sealed=sealed, address=address, now=now)
    device = DeviceId(new_id("loa"))
    account = broker_accounts.create(code.station, device)
    try:
        places = take_in(office, code, device=device, public_key_pem=request.public_key_pem, now=now)
    except CodeUsed:
        with contextlib.suppress(Unavailable):  # an account whose password nobody was told harms nobody
            broker_accounts.remove(code.station, device)
        raise
    office.ring_planner()
    reply = enrolment.EnrolReply(
        station=code.station,
        device=device,
        cluster=places[0],
        hamlet=places[1],
        station_key_pem=station_key_pem(code.station),
        broker=broker.model_copy(update={"username": account[0], "password": account[1]}),
    )
    return enrolment.seal_with_code(reply, code.code)


def retire(office: Office, *, actor: Person, device: DeviceId) -> None:
    """Take a box out of service: it is told to play nothing, its broker account ends later, its reports stay."""
    require(may_keep_devices(actor))
    with office.database.writing() as tx:
        found = _find(tx, actor.station, device)
        _retire(tx, found, now=office.now())
        audit.record(tx, actor.station, user=actor.id, action="device.retire", subject=device, now=office.now())
    office.ring_planner()


def shown_code(code: EnrolmentCode) -> str:
    """Return the code as people read and type it."""
    return enrolment.grouped(code.code)


def _open_code(office: Office, *, name: str, address: str, now: datetime) -> EnrolmentCode:
    with office.database.writing() as tx:
        check_tries(tx, "enrol", who=address, now=now)
        code = devices.code_named(tx, name) if _CODE_NAME.fullmatch(name) else None
        if code is None:
            accounts.note_attempt(tx, "enrol", who=address, now=now)
    if code is None:
        raise CodeRefused
    if code.used_at is not None:
        raise CodeUsed
    if code.expires_at <= now or code.failures >= CODE_FAILURES:
        raise CodeExpired
    return code


def _opened(
    office: Office, code: EnrolmentCode, *, sealed: enrolment.Sealed, address: str, now: datetime
) -> enrolment.EnrolRequest:
    """Return the box's request with its public key alone; a wrong secret counts against the code and the address."""
    try:
        request = enrolment.open_with_code(sealed.sealed, code.code, enrolment.EnrolRequest)
    except enrolment.CodeError as exc:
        with office.database.writing() as tx:
            devices.note_code_failure(tx, code.name)
            accounts.note_attempt(tx, "enrol", who=address, now=now)
        raise CodeRefused from exc
    try:
        key = load_key(request.public_key_pem)
    except SealError as exc:
        raise BadDeviceKey from exc
    return request.model_copy(update={"public_key_pem": public_pem(key)})


def take_in(
    office: Office, code: EnrolmentCode, *, device: DeviceId, public_key_pem: str, now: datetime
) -> tuple[str, str]:
    """Spend the code for this box and return the names of its cluster and hamlet. Raises CodeUsed."""
    with office.database.writing() as tx:
        if not devices.use_code(tx, code.name, now=now):
            raise CodeUsed
        _replace_box(tx, code, device=device, public_key_pem=public_key_pem, now=now)
        return _place_names(tx, code)


def _replace_box(tx: Connection, code: EnrolmentCode, *, device: DeviceId, public_key_pem: str, now: datetime) -> None:
    """Put the new box in the place of the cluster's old one, with every airing to come."""
    old = devices.by_cluster(tx, code.station).get(code.cluster)
    if old is not None:
        _retire(tx, _find(tx, code.station, old), now=now)
    devices.add(tx, device, station=code.station, cluster=code.cluster, public_key_pem=public_key_pem, now=now)
    set_targets(tx, code.station, airings.between(tx, code.station, start=now, end=now + timedelta(days=366)))
    audit.record(tx, code.station, user=None, action="device.enrol", subject=device, now=now, cluster=code.cluster)


def _retire(tx: Connection, device: Device, *, now: datetime) -> None:
    devices.retire(tx, device.id, now=now)
    set_targets(tx, device.station, airings.for_device(tx, device.id, start=now, end=now + timedelta(days=366)))


def _find(tx: Connection, station: StationId, device: DeviceId) -> Device:
    found = devices.get(tx, device)
    if found is None or found.station != station or found.retired_at is not None:
        raise NoSuchThing
    return found


def _place_names(tx: Connection, code: EnrolmentCode) -> tuple[str, str]:
    cluster = next(c for c in stations.clusters_of(tx, code.station) if c.id == code.cluster)
    hamlet = next(h for h in stations.hamlets_of(tx, code.station) if h.id == cluster.hamlet)
    return cluster.name, hamlet.name


def _fresh_code(tx: Connection) -> str:
    """Return a code whose public part no other code of this installation has."""
    while True:
        code = "".join(secrets.choice(enrolment.ALPHABET) for _ in range(enrolment.CODE_LENGTH))
        if devices.code_named(tx, enrolment.name_of(code)) is None:
            return code
