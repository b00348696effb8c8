"""Alerts, who vouched for them, and the renderings that make their speech."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from broadcaster.domain.alarm.vouching import Part, Statement, Vouched
from broadcaster.domain.alert import OVER, Alert, AlertState, Status, as_plain, from_plain
from broadcaster.domain.ids import AlertId, StationId, UserId
from broadcaster.store.alert_tables import alert_renderings, alert_statements, alerts
from broadcaster.store.tables import users

OPEN = (AlertState.DRAFT, AlertState.APPROVED, AlertState.LIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One person's statement with their name, for those who read it."""

    name: str
    vouched: Vouched


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """An alert's speech being made: `state` is queued, running, done or failed; a failed one is tried again."""

    alert: AlertId
    request: str
    state: str
    tries: int
    message: str | None


def add(tx: Connection, alert: Alert) -> None:
    """Keep a new alert."""
    tx.execute(insert(alerts).values(**_columns(alert)))


def save(tx: Connection, alert: Alert) -> None:
    """Keep a changed alert."""
    tx.execute(update(alerts).where(alerts.c.id == alert.id).values(**_columns(alert)))


def get(tx: Connection, station: StationId, alert: AlertId) -> Alert | None:
    """Return one alert of this station, or None."""
    row = tx.execute(select(alerts).where(alerts.c.station_id == station, alerts.c.id == alert)).first()
    return _alert(row) if row else None


def by_id(tx: Connection, alert: AlertId) -> Alert:
    """Return an alert of any station that is known to be there; for the station's own work, not for a person."""
    return _alert(tx.execute(select(alerts).where(alerts.c.id == alert)).one())


def of_station(
    tx: Connection, station: StationId, *, states: Collection[AlertState] = tuple(AlertState), limit: int = 100
) -> tuple[Alert, ...]:
    """Return the station's alerts in these states, newest first."""
    wanted = (
        select(alerts)
        .where(alerts.c.station_id == station, alerts.c.state.in_([s.value for s in states]))
        .order_by(alerts.c.created_at.desc(), alerts.c.version.desc())
        .limit(limit)
    )
    return tuple(_alert(row) for row in tx.execute(wanted))


def since(tx: Connection, station: StationId, at: datetime) -> tuple[Alert, ...]:
    """Return the station's alerts that were made at that instant or later, oldest first."""
    wanted = select(alerts).where(alerts.c.station_id == station, alerts.c.created_at >= at)
    return tuple(_alert(row) for row in tx.execute(wanted.order_by(alerts.c.created_at)))


def of_thread(tx: Connection, station: StationId, thread: AlertId) -> tuple[Alert, ...]:
    """Return a chain of alerts, first version first."""
    wanted = select(alerts).where(alerts.c.station_id == station, alerts.c.thread == thread).order_by(alerts.c.version)
    return tuple(_alert(row) for row in tx.execute(wanted))


def live(tx: Connection, station: StationId) -> tuple[Alert, ...]:
    """Return what is live, in the order in which it went live."""
    wanted = (
        select(alerts)
        .where(alerts.c.station_id == station, alerts.c.state == AlertState.LIVE)
        .order_by(alerts.c.live_at, alerts.c.id)
    )
    return tuple(_alert(row) for row in tx.execute(wanted))


def called_off(tx: Connection, station: StationId, *, now: datetime) -> frozenset[AlertId]:
    """Return the station's alerts that are over although their own time is not: nobody may say them any more."""
    wanted = select(alerts.c.id).where(
        alerts.c.station_id == station, alerts.c.state.in_([state.value for state in OVER]), alerts.c.expires_at > now
    )
    return frozenset(AlertId(row.id) for row in tx.execute(wanted))


def changing(tx: Connection) -> tuple[Alert, ...]:
    """Return every alert of every station that may change by itself: it waits for its time, or for its end."""
    wanted = select(alerts).where(alerts.c.state.in_([AlertState.APPROVED, AlertState.LIVE]))
    return tuple(_alert(row) for row in tx.execute(wanted.order_by(alerts.c.created_at)))


def gone_live(
    tx: Connection, station: StationId, *, start: datetime, end: datetime, status: Status
) -> tuple[Alert, ...]:
    """Return the alerts of that status that went live in [start, end), in their order."""
    wanted = (
        select(alerts)
        .where(
            alerts.c.station_id == station, alerts.c.status == status,
            alerts.c.live_at >= start, alerts.c.live_at < end,
        )
        .order_by(alerts.c.live_at)
    )  # fmt: skip
    return tuple(_alert(row) for row in tx.execute(wanted))


def recordings_named(tx: Connection, station: StationId) -> tuple[str, ...]:
    """Return the recordings of what is live or may be soon: boxes fetch them the moment that a document says so."""
    states = [state.value for state in OPEN]
    wanted = select(alerts.c.recording_sha256).where(
        alerts.c.station_id == station, alerts.c.state.in_(states), alerts.c.recording_sha256.is_not(None)
    )
    return tuple(dict.fromkeys(row.recording_sha256 for row in tx.execute(wanted)))


def every_recording(tx: Connection, *, since: datetime) -> frozenset[str]:
    """Return the recordings of every station's alerts that are not over, or were drafted since then."""
    wanted = select(alerts.c.recording_sha256).where(
        alerts.c.recording_sha256.is_not(None),
        (alerts.c.drafted_at >= since) | alerts.c.state.in_([state.value for state in OPEN]),
    )
    return frozenset(row.recording_sha256 for row in tx.execute(wanted))


def add_statement(tx: Connection, vouched: Vouched) -> None:
    """Keep what somebody vouched for, as they signed it."""
    said = vouched.statement
    tx.execute(
        insert(alert_statements).values(
            station_id=said.station, alert_id=said.alert, content_sha256=said.content_sha256, person_id=said.person,
            part=said.part, phrase=said.phrase, reason=said.reason, at=said.at,
            public_key=vouched.public_key, signature=vouched.signature,
        )
    )  # fmt: skip


def statements_of(tx: Connection, wanted: Collection[AlertId]) -> dict[AlertId, tuple[Voice, ...]]:
    """Return what was said of each of these alerts' present contents, in its order."""
    rows = tx.execute(
        select(alert_statements, users.c.full_name)
        .join(users, users.c.id == alert_statements.c.person_id)
        .join(alerts, alerts.c.id == alert_statements.c.alert_id)
        .where(alert_statements.c.alert_id.in_(wanted), alerts.c.content_sha256 == alert_statements.c.content_sha256)
        .order_by(alert_statements.c.id)
    )
    found: dict[AlertId, list[Voice]] = {alert: [] for alert in wanted}
    for row in rows:
        found[AlertId(row.alert_id)].append(_voice(row))
    return {alert: tuple(voices) for alert, voices in found.items()}


def glasses_broken(tx: Connection, station: StationId, *, since: datetime) -> int:
    """Return how often somebody let an alert go alone since then."""
    counted = select(func.count()).where(
        alert_statements.c.station_id == station,
        alert_statements.c.part == Part.BREAK_GLASS,
        alert_statements.c.at >= since,
    )
    return int(tx.execute(counted).scalar_one())


def queue_rendering(tx: Connection, alert: AlertId, *, request: str, now: datetime) -> None:
    """Ask for an alert's speech; an older request for the same alert is void."""
    tx.execute(delete(alert_renderings).where(alert_renderings.c.alert_id == alert))
    tx.execute(insert(alert_renderings).values(alert_id=alert, request=request, state="queued", not_before=now))


def next_rendering(tx: Connection, *, now: datetime) -> Rendering | None:
    """Return the speech to make next: of what is live first, then the newest draft; what failed, after its pause."""
    wanted = (
        select(alert_renderings)
        .join(alerts, alerts.c.id == alert_renderings.c.alert_id)
        .where(
            alert_renderings.c.state != "done",
            alert_renderings.c.not_before <= now,
            alerts.c.state.in_([state.value for state in OPEN]),
        )
        .order_by((alerts.c.state == AlertState.LIVE).desc(), alerts.c.drafted_at.desc())
        .limit(1)
    )
    row = tx.execute(wanted).first()
    return _rendering(row) if row else None


def rendering_of(tx: Connection, alert: AlertId) -> Rendering | None:
    """Return an alert's rendering, or None when none was asked for."""
    row = tx.execute(select(alert_renderings).where(alert_renderings.c.alert_id == alert)).first()
    return _rendering(row) if row else None


def note_rendering(tx: Connection, request: str, **values: object) -> bool:
    """Change a rendering (`state`, `tries`, `not_before`, `message`); False when a newer request took its place."""
    changed = tx.execute(update(alert_renderings).where(alert_renderings.c.request == request).values(**values))
    return changed.rowcount > 0


def set_recording(tx: Connection, alert: AlertId, recording_sha256: str | None) -> None:
    """Name the alert's recording."""
    tx.execute(update(alerts).where(alerts.c.id == alert).values(recording_sha256=recording_sha256))


def _columns(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "station_id": alert.content.station,
        "thread": alert.thread,
        "version": alert.version,
        "state": alert.state,
        "status": alert.content.status,
        "content": as_plain(alert.content),
        "content_sha256": alert.content_sha256,
        "expires_at": alert.content.expires_at,
        "author_id": alert.author,
        "recording_sha256": alert.recording_sha256,
        "template": alert.template,
        "source": alert.source,
        "created_at": alert.created_at,
        "drafted_at": alert.drafted_at,
        "live_at": alert.live_at,
        "ended_at": alert.ended_at,
        "end_reason": alert.end_reason,
    }


def _alert(row: Row[Any]) -> Alert:
    return Alert(
        id=AlertId(row.id),
        thread=AlertId(row.thread),
        version=row.version,
        content=from_plain(row.content),
        state=AlertState(row.state),
        author=UserId(row.author_id) if row.author_id else None,
        recording_sha256=row.recording_sha256,
        template=row.template,
        source=row.source,
        created_at=row.created_at,
        drafted_at=row.drafted_at,
        live_at=row.live_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
    )


def _voice(row: Row[Any]) -> Voice:
    statement = Statement(
        station=StationId(row.station_id),
        alert=AlertId(row.alert_id),
        content_sha256=row.content_sha256,
        person=UserId(row.person_id),
        part=Part(row.part),
        phrase=row.phrase,
        reason=row.reason,
        at=row.at,
    )
    vouched = Vouched(statement=statement, public_key=row.public_key, signature=row.signature)
    return Voice(name=row.full_name, vouched=vouched)


def _rendering(row: Row[Any]) -> Rendering:
    return Rendering(
        alert=AlertId(row.alert_id), request=row.request, state=row.state, tries=row.tries, message=row.message
    )
