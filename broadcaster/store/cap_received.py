"""Messages received from outside, each with what was decided on it, and the rules of the station for them."""

import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, delete, func, insert, or_, select, update

from broadcaster.domain.alert import AlertState
from broadcaster.domain.cap.message import Message, Reference
from broadcaster.domain.cap.profile import Profile, as_json, from_json
from broadcaster.domain.cap.reasons import Remark
from broadcaster.domain.cap.verdict import Decision
from broadcaster.domain.ids import AlertId, StationId, UserId
from broadcaster.store.alert_tables import alerts
from broadcaster.store.cap_tables import cap_profiles, cap_received, cap_references

RAW_KEPT_BYTES = 256 * 1024
"""Of a longer message its beginning is kept: enough to see what it was."""
_HEADLINE_KEPT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message as the list shows it; `name` is None for what could not be read. `times`: how often it came."""

    id: str
    station: StationId
    source: str
    via: str
    name: Reference | None
    status: str | None
    msg_type: str | None
    scope: str | None
    headline: str
    digest: str
    decision: Decision
    reason: Remark
    remarks: tuple[Remark, ...]
    alert: AlertId | None
    raw_bytes: int
    received_at: datetime
    times: int


def profile_of(tx: Connection, station: StationId) -> Profile:
    """Return the station's rules for warnings from outside; the house's where it has settled none."""
    kept = tx.execute(select(cap_profiles.c.profile).where(cap_profiles.c.station_id == station)).scalar()
    return from_json(kept) if kept is not None else Profile()


def set_profile(tx: Connection, station: StationId, profile: Profile, *, by: UserId, now: datetime) -> None:
    """Replace the station's rules for warnings from outside."""
    tx.execute(delete(cap_profiles).where(cap_profiles.c.station_id == station))
    tx.execute(insert(cap_profiles).values(station_id=station, profile=as_json(profile), changed_at=now, changed_by=by))


def add(tx: Connection, received: Received, *, raw: bytes, message: Message | None) -> None:
    """Keep a message and what it refers to."""
    tx.execute(insert(cap_received).values(raw=zlib.compress(raw[:RAW_KEPT_BYTES], 6), **_columns(received)))
    if message is not None and message.references:
        tx.execute(
            insert(cap_references),
            [
                {"received_id": received.id, "number": number, "sender": r.sender[:250],
                 "identifier": r.identifier[:250], "sent": r.sent}
                for number, r in enumerate(message.references)
            ],
        )  # fmt: skip


def save(tx: Connection, received: Received) -> None:
    """Keep what changed of a message: what was decided on it, and the alert made of it."""
    tx.execute(update(cap_received).where(cap_received.c.id == received.id).values(**_columns(received)))


def get(tx: Connection, station: StationId, received: str) -> Received | None:
    """Return one message of this station, or None."""
    wanted = select(cap_received).where(cap_received.c.station_id == station, cap_received.c.id == received)
    row = tx.execute(wanted).first()
    return _received(row) if row else None


def raw_of(tx: Connection, station: StationId, received: str) -> bytes | None:
    """Return a message's bytes as they came (the beginning of long ones), or None."""
    wanted = select(cap_received.c.raw).where(cap_received.c.station_id == station, cap_received.c.id == received)
    kept = tx.execute(wanted).scalar()
    return zlib.decompress(kept) if kept is not None else None


def named(tx: Connection, station: StationId, *, source: str, name: Reference) -> Received | None:
    """Return the message of that name that this source sent, or None."""
    row = tx.execute(select(cap_received).where(of_source(station, source), is_named(name))).first()
    return _received(row) if row else None


def take_name_from(tx: Connection, received: Received) -> None:
    """Let a message that came under a name lose it: it stays in the list, and another may bear the name."""
    save(tx, replace(received, name=None))
    tx.execute(delete(cap_references).where(cap_references.c.received_id == received.id))


def elsewhere(tx: Connection, station: StationId, *, source: str, name: Reference, digest: str) -> Received | None:
    """Return the same message with the same words where another source sent it and something was made of it."""
    wanted = select(cap_received).where(
        cap_received.c.station_id == station,
        cap_received.c.source != source,
        is_named(name),
        cap_received.c.digest == digest,
        cap_received.c.alert_id.is_not(None),
    )
    row = tx.execute(wanted).first()
    return _received(row) if row else None


def undrafted(tx: Connection, *, since: datetime, limit: int = 20) -> tuple[tuple[Received, bytes], ...]:
    """Return what should have become a draft and did not: the server ended between the two."""
    wanted = (
        select(cap_received)
        .where(
            cap_received.c.decision.in_([Decision.PLAYS, Decision.WAITS]),
            cap_received.c.alert_id.is_(None),
            cap_received.c.received_at >= since,
        )
        .order_by(cap_received.c.received_at)
        .limit(limit)
    )
    return tuple((_received(row), zlib.decompress(row.raw)) for row in tx.execute(wanted))


def latest(
    tx: Connection, station: StationId, *, decisions: Collection[Decision] = tuple(Decision), limit: int = 100
) -> tuple[Received, ...]:
    """Return the station's newest messages first."""
    wanted = (
        select(cap_received)
        .where(cap_received.c.station_id == station, cap_received.c.decision.in_(list(decisions)))
        .order_by(cap_received.c.received_at.desc(), cap_received.c.id)
        .limit(limit)
    )
    return tuple(_received(row) for row in tx.execute(wanted))


def of_alert(tx: Connection, station: StationId, alert: AlertId) -> Received | None:
    """Return the message that an alert was made of, or None."""
    wanted = select(cap_received).where(cap_received.c.station_id == station, cap_received.c.alert_id == alert)
    row = tx.execute(wanted.order_by(cap_received.c.received_at.desc())).first()
    return _received(row) if row else None


def prune(tx: Connection, station: StationId, *, source: str, before: datetime, most: int) -> int:
    """Forget what is older, and all but the newest `most`; return how many. What became an alert stays."""
    newest = (
        select(cap_received.c.id)
        .where(of_source(station, source))
        .order_by(cap_received.c.received_at.desc(), cap_received.c.id)
        .limit(most)
    )
    old = and_(
        of_source(station, source),
        cap_received.c.alert_id.is_(None),
        or_(cap_received.c.received_at < before, cap_received.c.id.not_in(newest)),
    )
    tx.execute(delete(cap_references).where(cap_references.c.received_id.in_(select(cap_received.c.id).where(old))))
    return tx.execute(delete(cap_received).where(old)).rowcount


def count(tx: Connection, station: StationId, *, source: str, since: datetime) -> int:
    """Return how many messages of that source came since then."""
    wanted = select(func.count()).where(of_source(station, source), cap_received.c.received_at >= since)
    return int(tx.execute(wanted).scalar_one())


def waiting(tx: Connection, station: StationId, *, source: str) -> int:
    """Return how many drafts made of that source's messages wait for a person."""
    drafts = select(alerts.c.id).where(alerts.c.station_id == station, alerts.c.state == AlertState.DRAFT)
    wanted = select(func.count()).where(of_source(station, source), cap_received.c.alert_id.in_(drafts))
    return int(tx.execute(wanted).scalar_one())


def outdated(tx: Connection, *, now: datetime) -> tuple[AlertId, ...]:
    """Return the drafts of every station that were made of messages and have run out before anybody approved them."""
    wanted = (
        select(cap_received.c.alert_id)
        .join(alerts, alerts.c.id == cap_received.c.alert_id)
        .where(alerts.c.state == AlertState.DRAFT, alerts.c.expires_at <= now)
        .distinct()
    )
    return tuple(AlertId(name) for name in tx.execute(wanted).scalars())


def of_source(station: StationId, source: str) -> Any:
    """Return the condition that a message came from that source."""
    return and_(cap_received.c.station_id == station, cap_received.c.source == source)


def is_named(name: Reference, table: Table = cap_received) -> Any:
    """Return the condition that a message bears that name, or in another table that it is spoken of."""
    return and_(table.c.sender == name.sender, table.c.identifier == name.identifier, table.c.sent == name.sent)


def _columns(received: Received) -> Mapping[str, Any]:
    name = received.name
    return {
        "id": received.id,
        "station_id": received.station,
        "source": received.source,
        "via": received.via,
        "sender": name.sender if name else None,
        "identifier": name.identifier if name else None,
        "sent": name.sent if name else None,
        "status": received.status,
        "msg_type": received.msg_type,
        "scope": received.scope,
        "headline": received.headline[:_HEADLINE_KEPT],
        "digest": received.digest,
        "decision": received.decision,
        "reason": received.reason.as_json(),
        "remarks": [remark.as_json() for remark in received.remarks],
        "alert_id": received.alert,
        "raw_bytes": received.raw_bytes,
        "received_at": received.received_at,
        "times": received.times,
    }


def _received(row: Row[Any]) -> Received:
    return Received(
        id=row.id,
        station=StationId(row.station_id),
        source=row.source,
        via=row.via,
        name=name_of(row) if row.sender else None,
        status=row.status,
        msg_type=row.msg_type,
        scope=row.scope,
        headline=row.headline,
        digest=row.digest,
        decision=Decision(row.decision),
        reason=Remark.from_json(row.reason),
        remarks=tuple(Remark.from_json(kept) for kept in row.remarks),
        alert=_alert(row),
        raw_bytes=row.raw_bytes,
        received_at=row.received_at,
        times=row.times,
    )


def name_of(row: Row[Any]) -> Reference:
    """Return the name of a message by its row."""
    return Reference(sender=row.sender, identifier=row.identifier, sent=row.sent)


def _alert(row: Row[Any]) -> AlertId | None:
    return AlertId(row.alert_id) if row.alert_id else None
