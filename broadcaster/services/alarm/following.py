"""Who heard an alert and who did not: what boxes said, judged; the ledger of who missed it, and a repeat for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from broadcaster.domain.alarm import rules
from broadcaster.domain.alarm.delivery import AlertDelivery, Box, Sounding, judge_alert, missed
from broadcaster.domain.alert import Alert
from broadcaster.domain.delivery import REASONS, Heard, Outcome
from broadcaster.domain.errors import N_, Conflict, refusal
from broadcaster.domain.ids import AlertId, DeviceId, StationId
from broadcaster.domain.permissions import Person, may_approve, require
from broadcaster.domain.station import NoSuchThing
from broadcaster.services.office import Office
from broadcaster.store import alert_soundings, alerts, audit, devices, notices, prepared, recordings
from broadcaster.store.devices import Device
from wire import messages

TELL_AFTER = timedelta(seconds=60)
"""A box that has said nothing of a live alert for so long is told of: somebody may have to drive there."""
SETTLES = timedelta(seconds=10)
"""So long boxes have to say that they sound it: to repeat it sooner would only cut them off and begin anew."""
FAILURES_TOLD = 5
MANY_FAIL = "Thêm nhiều cụm loa không phát được tin khẩn cấp. Xin mở trang của tin để xem từng nơi và gọi điện."
REPORT_MAX = 64
SEAMLESS = timedelta(seconds=1)
"""Two stretches that follow each other within so long are one for whoever listens."""
_MS = timedelta(milliseconds=1)


@refusal
class NobodyMissedIt(Conflict):
    message = N_("Mọi cụm loa có bộ thu đều đã phát tin này, không cần phát lại cho nơi nào.")


@refusal
class TooSoonToRepeat(Conflict):
    seconds: int
    message = N_("Tin vừa được phát, các cụm loa chưa kịp báo lại. Xin chờ {seconds} giây rồi xem nơi nào chưa kêu.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """One line of the ledger: an alert, and a cluster whose box never said that it sounded it."""

    alert: Alert
    delivery: AlertDelivery


Boxes = Mapping[DeviceId, Device]


def boxes_of(tx: Connection, station: StationId) -> Boxes:
    """Return the station's boxes, for whoever looks at many alerts at once."""
    return {device.id: device for device in devices.of_station(tx, station)}


def alert_deliveries(
    tx: Connection, alert: Alert, *, now: datetime, known: Boxes | None = None
) -> tuple[AlertDelivery, ...]:
    """Return what is known of a live or ended alert on each of its clusters, hamlet by hamlet."""
    boxes = boxes_of(tx, alert.content.station) if known is None else known
    said = alert_soundings.of_thread(tx, alert.content.station, alert.thread, version=alert.version)
    speech = recordings.get(tx, alert.content.station, alert.recording_sha256) if alert.recording_sha256 else None
    return tuple(
        judge_alert(
            alert,
            target,
            box=_box(boxes.get(target.device) if target.device else None, alert, now=now),
            soundings=said.get(target.device, ()) if target.device else (),
            now=now,
            speech_ms=speech.duration_ms if speech is not None else None,
        )
        for target in alert_soundings.targets_of(tx, alert.id)
    )


def ledger(tx: Connection, station: StationId, *, now: datetime, limit: int = 50) -> tuple[Missed, ...]:
    """Return which clusters missed which of the last alerts that were sent, newest first."""
    boxes = boxes_of(tx, station)
    sent = [alert for alert in alerts.of_station(tx, station, limit=limit) if alert.live_at is not None]
    return tuple(
        Missed(alert=alert, delivery=delivery)
        for alert in sent
        for delivery in missed(alert_deliveries(tx, alert, now=now, known=boxes))
    )


def repeat(office: Office, *, actor: Person, alert: AlertId) -> tuple[DeviceId, ...]:
    """Say a live alert once more, for those alone that have not sounded it; return their boxes.

    It is the very content that was approved, so nobody approves it again. Who presses twice has pressed once. Raises
    TooSoonToRepeat or NobodyMissedIt.
    """
    require(may_approve(actor))
    now = office.now()
    with office.database.writing() as tx:
        found = alerts.get(tx, actor.station, alert)
        if found is None:
            raise NoSuchThing
        rules.require_alert_state("repeat", found)
        asked = alert_soundings.repeats_of(tx, [alert])[alert]
        if asked and now < asked[-1].at + SETTLES:
            return asked[-1].devices
        if found.live_at is not None and now < found.live_at + SETTLES:
            raise TooSoonToRepeat(seconds=int(SETTLES.total_seconds()))
        lacking = missed(alert_deliveries(tx, found, now=now))
        boxes = tuple(d.target.device for d in lacking if d.target.device is not None)
        if not boxes:
            raise NobodyMissedIt
        number = alert_soundings.add_repeat(tx, alert, devices=boxes, asked_by=actor.id, now=now)
        audit.record(
            tx, actor.station, user=actor.id, action="alert.repeat", subject=alert, now=now, number=number,
            devices=list(boxes),
        )  # fmt: skip
    office.ring_alarm(actor.station)
    return boxes


def note_said(
    tx: Connection,
    statuses: Iterable[messages.Status],
    batches: Iterable[messages.Reports],
    *,
    known: Mapping[DeviceId, Device],
    now: datetime,
) -> None:
    """Keep what boxes say of alerts in their statuses and reports, and tell of what failed."""
    by_station: dict[StationId, list[Sounding]] = {}
    for status in statuses:
        if (sounding := _of_status(status)) is not None:
            by_station.setdefault(StationId(status.station), []).append(sounding)
    for batch in batches:
        found = [s for report in batch.reports if (s := _of_report(batch.device, report)) is not None]
        by_station.setdefault(StationId(batch.station), []).extend(found)
        _tell_of_buttons(tx, batch, known=known, now=now)
    for station, soundings in by_station.items():
        alert_soundings.note(tx, station, soundings)
        _tell_of_failures(tx, station, soundings, known=known, now=now)


def tell_of_silence(tx: Connection, alert: Alert, *, now: datetime) -> None:
    """Tell once which clusters have not sounded an alert that has been live for a while."""
    station = alert.content.station
    if alert.live_at is None or now < alert.live_at + TELL_AFTER:
        return
    silent = missed(alert_deliveries(tx, alert, now=now))
    if not silent or notices.has_kind(tx, station, kind="alert_silent", subject=alert.id):
        return
    names = ", ".join(f"{d.target.cluster_name} ({d.target.hamlet_name})" for d in silent[:5])
    more = f" và {len(silent) - 5} cụm khác" if len(silent) > 5 else ""
    sentence = f"{len(silent)} cụm loa chưa phát “{alert.content.headline}”: {names}{more}. Xin gọi điện cho thôn."
    notices.add(tx, station, kind="alert_silent", subject=alert.id, sentence=sentence, now=now)


def _tell_of_failures(
    tx: Connection,
    station: StationId,
    soundings: Sequence[Sounding],
    *,
    known: Mapping[DeviceId, Device],
    now: datetime,
) -> None:
    for sounding in soundings:
        box = known.get(sounding.device)
        if sounding.outcome is not Outcome.FAILED or box is None:
            continue
        why = REASONS.get(sounding.reason or "", "")
        sentence = f"{box.cluster_name} ({box.hamlet_name}) không phát được tin khẩn cấp. {why}".strip()
        tell_of_failure(tx, station, sounding.wire_id, sentence, now=now)


def tell_of_failure(tx: Connection, station: StationId, wire_id: str, sentence: str, *, now: datetime) -> None:
    """Tell of one failure once; where many fail people need one call to look, and not hundreds."""
    told = notices.sentences(tx, station, kind="alert_failed", subject=wire_id)
    if sentence in told or len(told) > FAILURES_TOLD:
        return
    said = sentence if len(told) < FAILURES_TOLD else MANY_FAIL
    notices.add(tx, station, kind="alert_failed", subject=wire_id, sentence=said, now=now)


def _tell_of_buttons(
    tx: Connection, batch: messages.Reports, *, known: Mapping[DeviceId, Device], now: datetime
) -> None:
    """Tell what somebody on the spot has started with the box's button: nobody at the station did."""
    box = known.get(DeviceId(batch.device))
    for report in batch.reports:
        if report.pressed is None or box is None:
            continue
        subject = f"{batch.device}/{report.alert_id or report.number}"[:80]
        station = StationId(batch.station)
        if not notices.has_kind(tx, station, kind="button_pressed", subject=subject):
            headline = next((m.headline for m in prepared.of_station(tx, station) if m.id == report.pressed), None)
            what = f" cho loa phát “{headline}”" if headline else ""
            sentence = f"{box.hamlet_name} đã bấm nút báo động tại {box.cluster_name}{what}. Xin gọi điện xác minh."
            notices.add(tx, station, kind="button_pressed", subject=subject, sentence=sentence, now=now)


def _of_status(status: messages.Status) -> Sounding | None:
    playing = status.playing
    if playing is None or playing.alert_id is None:
        return None
    sounding = Sounding(
        device=DeviceId(status.device), wire_id=_plain(playing.alert_id), version=playing.alert_version or 1,
        heard=Heard(playing.heard.verdict) if playing.heard else None,
    )  # fmt: skip
    if playing.part == "siren":
        return replace(sounding, siren_at=playing.started_at)
    return replace(sounding, speech_at=playing.started_at)


def _of_report(device: str, report: messages.PlaybackReport) -> Sounding | None:
    if report.alert_id is None:
        return None
    return Sounding(
        device=DeviceId(device),
        wire_id=_plain(report.alert_id),
        version=report.alert_version or 1,
        started_at=report.started_at,
        outcome=Outcome(report.outcome.value),
        reason=report.reason.value if report.reason else None,
        ended_at=report.ended_at,
        rounds=1 if report.outcome is messages.Outcome.PLAYED else 0,
        heard=Heard(report.heard.verdict) if report.heard else None,
        sounded_ms=_sounded_ms(report),
        words_ms=report.played_ms,
    )


def _sounded_ms(report: messages.PlaybackReport) -> int | None:
    """Return how long it sounded without a break, None when the box does not say; a pause to breathe breaks it."""
    if not report.stretches:
        told = report.ended_at - report.started_at if report.started_at and report.ended_at else None
        return None if told is None else max(0, told // _MS)
    longest, began_at, ended_at = 0, report.stretches[0].started_at, report.stretches[0].started_at
    for stretch in report.stretches:
        began_at = began_at if stretch.started_at - ended_at <= SEAMLESS else stretch.started_at
        ended_at = stretch.ended_at
        longest = max(longest, (ended_at - began_at) // _MS)
    return longest


def _box(device: Device | None, alert: Alert, *, now: datetime) -> Box | None:
    """Return what the box's last status says of this alert, None when the box is gone."""
    if device is None:
        return None
    playing: Mapping[str, Any] = device.status.get("playing") or {}
    name = playing.get("alert_id")
    is_this = name == alert.thread or str(name).startswith(f"{alert.thread}.r")
    is_version = (playing.get("alert_version") or alert.version) == alert.version
    lacks = alert.recording_sha256 in {part["sha256"] for part in device.status.get("audio_missing", ())}
    return Box(
        device=device.id,
        reachable=device.state.reachable(now),
        last_seen_at=device.last_seen_at,
        playing=name if is_this and is_version else None,
        part=playing.get("part"),
        holds_audio=not lacks,
    )


def _plain(text: str) -> str:
    return text.replace("\0", "")[:REPORT_MAX]
