"""The steps of an alert's state inside somebody's transaction: going live, being replaced, ending; what is told."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from broadcaster.domain.alarm import rules
from broadcaster.domain.alarm.speech import is_correction
from broadcaster.domain.alert import Alert, AlertState, Content
from broadcaster.domain.audience import clusters_of
from broadcaster.domain.ids import AlertId, StationId
from broadcaster.domain.permissions import Person
from broadcaster.domain.station import NoSuchThing
from broadcaster.store import alert_soundings, alerts, audit, devices, notices, stations

REPLACED = "Được thay bằng tin mới."
CORRECTION = "Không phải báo động, chỉ là đính chính"
WITH_THREAD = "Tin gốc không còn phát."


def let_go(tx: Connection, alert: Alert, *, approved_by: Person, glass: str, now: datetime) -> Alert:
    """Make an approved alert live, or let it wait for its time, and tell people. Raises as `check_may_begin`."""
    check_may_begin(tx, alert, now=now)
    name = approved_by.name
    if glass:
        sentence = f"{name} đã một mình phát “{alert.content.headline}”. Lý do: {glass}"
        notices.add(tx, alert.content.station, kind="alert_glass", subject=alert.id, sentence=sentence, now=now)
    if rules.begins_later(alert.content, now):
        waiting = replace(alert, state=AlertState.APPROVED)
        alerts.save(tx, waiting)
        return waiting
    return go_live(tx, alert, now=now)


def go_live(tx: Connection, alert: Alert, *, now: datetime) -> Alert:
    """Make an alert live in the place of the version before it. Raises as `check_may_begin`."""
    check_may_begin(tx, alert, now=now)
    station, content = alert.content.station, alert.content
    for old in alerts.live(tx, station):
        if old.thread == alert.thread:
            alerts.save(tx, replace(old, state=AlertState.UPDATED, ended_at=now, end_reason=REPLACED))
    live = replace(alert, state=AlertState.LIVE, live_at=now)
    alerts.save(tx, live)
    set_targets(tx, live)
    audit.record(
        tx, station, user=None, action="alert.live", subject=alert.id, now=now, version=alert.version,
        status=content.status.value, thread=alert.thread,
    )  # fmt: skip
    kind = CORRECTION if is_correction(content) else rules.STATUS_NAMES[content.status]
    sentence = f"{kind}: “{content.headline}” đang được phát."
    notices.add(tx, station, kind="alert_live", subject=alert.id, sentence=sentence, now=now)
    return live


def stop(tx: Connection, alert: Alert, *, actor: Person | None, reason: str, now: datetime) -> Alert:
    """End an alert, and the drafts of updates that wait behind a live one. A draft is thrown away, and nobody told."""
    is_draft = alert.state is AlertState.DRAFT
    state = AlertState.DISCARDED if is_draft else AlertState.CANCELLED
    after = replace(alert, state=state, ended_at=now, end_reason=reason or None)
    alerts.save(tx, after)
    audit.record(
        tx, alert.content.station, user=actor.id if actor else None,
        action="alert.discard" if is_draft else "alert.cancel", subject=alert.id, now=now, reason=reason,
    )  # fmt: skip
    if not is_draft:
        who = f"{actor.name} đã" if actor else "Đã"
        because = f" Lý do: {reason}" if reason else ""
        sentence = f"{who} dừng tin “{alert.content.headline}”.{because}"
        notices.add(
            tx, alert.content.station, kind="alert_cancelled", subject=alert.id, sentence=sentence, now=now
        )  # fmt: skip
        _discard_behind(tx, after, now=now)
    return after


def expire(tx: Connection, alert: Alert, *, now: datetime) -> None:
    """End an alert whose time is over."""
    alerts.save(tx, replace(alert, state=AlertState.EXPIRED, ended_at=alert.content.expires_at))
    audit.record(tx, alert.content.station, user=None, action="alert.expire", subject=alert.id, now=now)
    _discard_behind(tx, alert, now=now)


def check_may_begin(tx: Connection, alert: Alert, *, now: datetime) -> None:
    """Raise ThreadOver when what this one updates is not live any more, or was updated further; TooManyLive when
    it would begin now beside too many others; DrillInQuietHours."""
    check_hour(tx, alert.content, now=now)
    live = alerts.live(tx, alert.content.station)
    thread = [other for other in live if other.thread == alert.thread]
    if alert.version > 1 and (not thread or thread[-1].version >= alert.version):
        raise rules.ThreadOver
    if not thread and len(live) >= rules.LIVE_MOST and not rules.begins_later(alert.content, now):
        raise rules.TooManyLive(limit=rules.LIVE_MOST)


def check_hour(tx: Connection, content: Content, *, now: datetime) -> None:
    """Raise DrillInQuietHours when the station is to be quiet as it begins."""
    station = stations.get(tx, content.station)
    if station is None:
        raise NoSuchThing
    rules.check_hour(content, station.rules, now=now)


def sounding_now(tx: Connection, alert: Alert) -> Alert:
    """Return the alert, or what is live of its chain when it was updated."""
    if alert.state is not AlertState.UPDATED:
        return alert
    chain = _thread(tx, alert.content.station, alert.thread)
    return next((other for other in chain if other.state is AlertState.LIVE), alert)


def correction_of(tx: Connection, wrong: Alert) -> Alert | None:
    """Return the correction of an alert that was said and not stopped, or None."""
    return corrections(tx, wrong.content.station, since=wrong.created_at).get(wrong.id)


def corrections(tx: Connection, station: StationId, *, since: datetime) -> dict[AlertId, Alert]:
    """Return the corrections made since then that were not stopped, by the alert that each takes back."""
    return {
        other.content.references: other
        for other in alerts.since(tx, station, since)
        if other.content.references is not None
        and is_correction(other.content)
        and other.state not in (AlertState.CANCELLED, AlertState.DISCARDED)
    }


def set_targets(tx: Connection, alert: Alert) -> None:
    """Resolve the alert's area to the clusters and boxes that there are now."""
    station = alert.content.station
    boxes = devices.by_cluster(tx, station)
    meant = clusters_of(alert.content.audience, stations.places_of(tx, station))
    before = {target.cluster: target.device for target in alert_soundings.targets_of(tx, alert.id)}
    # A box that was taken down stays in the books until another hangs there.
    now_there = {cluster: boxes.get(cluster) or before.get(cluster) for cluster in meant}
    alert_soundings.set_targets(tx, alert.id, now_there)


def _discard_behind(tx: Connection, alert: Alert, *, now: datetime) -> None:
    for other in _thread(tx, alert.content.station, alert.thread):
        if other.state in (AlertState.DRAFT, AlertState.APPROVED) and other.id != alert.id:
            alerts.save(tx, replace(other, state=AlertState.DISCARDED, ended_at=now, end_reason=WITH_THREAD))


def _thread(tx: Connection, station: StationId, thread: AlertId) -> tuple[Alert, ...]:
    return alerts.of_thread(tx, station, thread)
