"""For whom an alert is, what the boxes said of it, and the repeats for those who missed it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from broadcaster.domain.alarm.delivery import Sounding
from broadcaster.domain.delivery import Heard, Outcome, Target
from broadcaster.domain.ids import AlertId, ClusterId, DeviceId, StationId, UserId
from broadcaster.store.alert_tables import alert_repeats, alert_soundings, alert_targets
from broadcaster.store.targets import hamlet_by_hamlet, target


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """The same content once more, for these boxes alone, under the thread's name and a number."""

    alert: AlertId
    number: int
    devices: tuple[DeviceId, ...]
    at: datetime


def set_targets(tx: Connection, alert: AlertId, wanted: Mapping[ClusterId, DeviceId | None]) -> None:
    """Make exactly these clusters, with these boxes, the alert's targets."""
    columns = alert_targets.c.cluster_id, alert_targets.c.device_id
    before = {tuple(row) for row in tx.execute(select(*columns).where(alert_targets.c.alert_id == alert))}
    if before == set(wanted.items()):
        return
    tx.execute(delete(alert_targets).where(alert_targets.c.alert_id == alert))
    if wanted:
        rows = [{"alert_id": alert, "cluster_id": c, "device_id": d} for c, d in sorted(wanted.items())]
        tx.execute(insert(alert_targets), rows)


def targets_of(tx: Connection, alert: AlertId) -> tuple[Target, ...]:
    """Return the clusters that an alert is for, hamlet by hamlet."""
    rows = tx.execute(hamlet_by_hamlet(alert_targets).where(alert_targets.c.alert_id == alert))
    return tuple(target(row) for row in rows)


def add_repeat(tx: Connection, alert: AlertId, *, devices: Iterable[DeviceId], asked_by: UserId, now: datetime) -> int:
    """Keep a repeat and return its number."""
    number = len(repeats_of(tx, [alert])[alert]) + 1
    tx.execute(
        insert(alert_repeats).values(
            alert_id=alert, number=number, devices=sorted(devices), asked_by=asked_by, at=now
        )
    )  # fmt: skip
    return number


def repeats_of(tx: Connection, wanted: Collection[AlertId]) -> dict[AlertId, tuple[Repeat, ...]]:
    """Return each alert's repeats in their order."""
    rows = tx.execute(
        select(alert_repeats).where(alert_repeats.c.alert_id.in_(wanted)).order_by(alert_repeats.c.number)
    )
    found: dict[AlertId, list[Repeat]] = {alert: [] for alert in wanted}
    for row in rows:
        devices = tuple(DeviceId(device) for device in row.devices)
        found[AlertId(row.alert_id)].append(
            Repeat(alert=AlertId(row.alert_id), number=row.number, devices=devices, at=row.at)
        )
    return {alert: tuple(repeats) for alert, repeats in found.items()}


def note(tx: Connection, station: StationId, said: Collection[Sounding]) -> None:
    """Keep what boxes said of alerts, each joined to what the same box said of the same version before."""
    if not said:
        return
    known = {
        (row.device_id, row.wire_id, row.version): _sounding(row)
        for row in tx.execute(select(alert_soundings).where(alert_soundings.c.wire_id.in_({s.wire_id for s in said})))
    }
    for sounding in said:
        key = (sounding.device, sounding.wire_id, sounding.version)
        before = known.get(key)
        after = known[key] = before.joined(sounding) if before else sounding
        if before is None:
            tx.execute(insert(alert_soundings).values(**_columns(after), station_id=station))
        elif after != before:
            of_box = [getattr(alert_soundings.c, name) == value for name, value in _key(after).items()]
            tx.execute(update(alert_soundings).where(*of_box).values(**_columns(after)))


def of_thread(
    tx: Connection, station: StationId, thread: AlertId, *, version: int
) -> dict[DeviceId, tuple[Sounding, ...]]:
    """Return what each box said of one version of a thread, of the alert itself and of its repeats."""
    rows = tx.execute(
        select(alert_soundings).where(
            alert_soundings.c.station_id == station,
            alert_soundings.c.version == version,
            (alert_soundings.c.wire_id == thread) | alert_soundings.c.wire_id.like(f"{thread}.r%"),
        )
    )
    found: dict[DeviceId, list[Sounding]] = {}
    for row in rows:
        found.setdefault(DeviceId(row.device_id), []).append(_sounding(row))
    return {device: tuple(soundings) for device, soundings in found.items()}


def _key(sounding: Sounding) -> dict[str, Any]:
    return {"device_id": sounding.device, "wire_id": sounding.wire_id, "version": sounding.version}


def _columns(sounding: Sounding) -> dict[str, Any]:
    return _key(sounding) | {
        "started_at": sounding.started_at,
        "siren_at": sounding.siren_at,
        "speech_at": sounding.speech_at,
        "outcome": sounding.outcome,
        "reason": sounding.reason,
        "ended_at": sounding.ended_at,
        "rounds": sounding.rounds,
        "heard": sounding.heard,
        "sounded_ms": sounding.sounded_ms,
        "words_ms": sounding.words_ms,
    }


def _sounding(row: Row[Any]) -> Sounding:
    return Sounding(
        device=DeviceId(row.device_id),
        wire_id=row.wire_id,
        version=row.version,
        started_at=row.started_at,
        siren_at=row.siren_at,
        speech_at=row.speech_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
        reason=row.reason,
        ended_at=row.ended_at,
        rounds=row.rounds,
        heard=Heard(row.heard) if row.heard else None,
        sounded_ms=row.sounded_ms,
        words_ms=row.words_ms,
    )
