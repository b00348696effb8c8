"""From alerts and what became of them to the shapes of `/api/v1/alerts`."""

from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from broadcaster.domain.alarm.delivery import AlertDelivery, counted
from broadcaster.domain.alarm.drills import DrillReport, MonthScore
from broadcaster.domain.alarm.sirens import Siren, name_of
from broadcaster.domain.alarm.templates import Template
from broadcaster.domain.alarm.vouching import Part
from broadcaster.domain.alert import Alert
from broadcaster.domain.audience import as_json
from broadcaster.domain.ids import StationId
from broadcaster.domain.records.why_alert import why_now
from broadcaster.services.alarm.contents import sirens_of
from broadcaster.services.alarm.following import Boxes, Missed, alert_deliveries
from broadcaster.services.alarm.standing import standing_of
from broadcaster.store import alerts, recordings, stations
from broadcaster.store.alerts import Voice
from broadcaster.store.prepared import Prepared
from broadcaster.store.reports import Pressed
from broadcaster.web.api import alert_bodies as bodies
from broadcaster.web.api.bodies import RecordingShape


def alert(tx: Connection, found: Alert, *, now: datetime, boxes: Boxes | None = None) -> bodies.AlertShape:
    """Return an alert with who spoke for it, what is still missing, and what became of it everywhere."""
    content = found.content
    standing = standing_of(tx, found, now=now)
    deliveries = alert_deliveries(tx, found, now=now, known=boxes) if found.live_at is not None else ()
    zone = zone_of(tx, content.station)
    return bodies.AlertShape(
        id=found.id,
        thread=found.thread,
        version=found.version,
        state=found.state.value,
        status=content.status,
        msg_type=content.msg_type,
        scope=content.scope,
        event=content.event,
        headline=content.headline,
        text=content.text,
        instruction=content.instruction,
        urgency=content.urgency,
        severity=content.severity,
        certainty=content.certainty,
        audience=as_json(content.audience),
        references=content.references,
        effective_at=content.effective_at or found.live_at,
        expires_at=content.expires_at,
        times=content.times,
        repeat_every_s=content.repeat_every_s,
        on_the_hour=content.on_the_hour,
        siren=[[stroke.on_ms, stroke.off_ms, stroke.times] for stroke in content.siren],
        siren_name=name_of(content, sirens_of(tx, content.station)),
        content_sha256=found.content_sha256,
        phrase=standing.phrase,
        area_wide=standing.area_wide,
        approvals=[voice(said) for said in standing.voices],
        missing=standing.missing.sentence() if standing.missing else None,
        recording=_recording(tx, found),
        speech=_speech(tx, found),
        template=found.template,
        source=found.source,
        author_id=found.author,
        created_at=found.created_at,
        drafted_at=found.drafted_at,
        live_at=found.live_at,
        ended_at=found.ended_at,
        end_reason=found.end_reason,
        counts=counted(deliveries),
        deliveries=[delivery(found, each, zone=zone) for each in deliveries],
    )


def voice(said: Voice) -> bodies.VoiceShape:
    """Return who said what of an alert."""
    statement = said.vouched.statement
    part = Part.APPROVER if statement.part is Part.ONE_OF_TWO else statement.part
    return bodies.VoiceShape(
        person_id=statement.person, name=said.name, part=part.value, reason=statement.reason, at=statement.at
    )


def delivery(of: Alert, found: AlertDelivery, *, zone: ZoneInfo) -> bodies.AlertDeliveryShape:
    """Return what became of an alert on one cluster; the reason is a sentence in the station's own time."""
    target = found.target
    return bodies.AlertDeliveryShape(
        device_id=target.device,
        cluster_id=target.cluster,
        cluster=target.cluster_name,
        hamlet_id=target.hamlet,
        hamlet=target.hamlet_name,
        outcome=found.hearing.value,
        reason=why_now(of, found, zone),
        reason_code=found.reason,
        siren_at=found.siren_at,
        speech_at=found.speech_at,
        ended_at=found.ended_at,
        latency_ms=found.latency_ms,
        rounds=found.rounds,
        heard=found.heard.value if found.heard else None,
        last_seen_at=found.last_seen_at,
    )


def siren(found: Siren) -> bodies.SirenShape:
    """Return a siren pattern."""
    strokes = [[stroke.on_ms, stroke.off_ms, stroke.times] for stroke in found.strokes]
    return bodies.SirenShape(name=found.name, title=found.title, strokes=strokes, source=found.source)


def template(found: Template) -> bodies.TemplateShape:
    """Return a template."""
    return bodies.TemplateShape(
        id=found.id,
        title=found.title,
        status=found.status,
        event=found.event,
        headline=found.headline,
        text=found.text,
        instruction=found.instruction,
        severity=found.severity,
        urgency=found.urgency,
        certainty=found.certainty,
        siren=found.siren,
        life_minutes=round(found.life.total_seconds() / 60),
        blanks=[
            bodies.BlankShape(name=b.name, kind=b.kind.value, choices=list(b.choices), example=b.example)
            for b in found.blanks
        ],
    )


def prepared(found: Prepared, *, button: Collection[str]) -> bodies.PreparedShape:
    """Return a message made beforehand."""
    return bodies.PreparedShape(
        id=found.id, template=found.template, blanks=found.blanks, headline=found.headline, speech=found.speech,
        recording_sha256=found.recording_sha256, failure=found.failure, on_button=found.id in button,
    )  # fmt: skip


def drills(month: str, scored: MonthScore, reports: Iterable[DrillReport]) -> bodies.DrillsShape:
    """Return a month's drills with their score."""
    return bodies.DrillsShape(
        month=month,
        points=scored.points,
        meant=scored.meant,
        sounded=scored.sounded,
        median_ms=scored.median_ms,
        slowest_ms=scored.slowest_ms,
        worst=[
            bodies.ClusterScoreShape(cluster=c.cluster, hamlet=c.hamlet, meant=c.meant, sounded=c.sounded)
            for c in scored.worst
        ],
        drills=[_drill(report) for report in reports],
    )


def _drill(report: DrillReport) -> bodies.DrillShape:
    return bodies.DrillShape(
        alert_id=report.alert.id,
        headline=report.alert.content.headline,
        live_at=report.alert.live_at,
        meant=len(report.deliveries),
        sounded=len(report.sounded),
        slowest_ms=max(report.latencies_ms, default=None),
        silent=[f"{d.target.cluster_name} ({d.target.hamlet_name})" for d in report.silent],
    )


def pressed(found: Pressed) -> bodies.PressedShape:
    """Return what was started with a button."""
    report = found.report
    return bodies.PressedShape(
        device_id=found.device, cluster_name=found.cluster_name, hamlet_name=found.hamlet_name,
        message_id=found.message, headline=found.headline, alert_id=found.alert, reported_at=found.at,
        started_at=report.started_at, ended_at=report.ended_at, outcome=report.outcome.value, reason=report.reason,
    )  # fmt: skip


def missed(found: Missed, *, zone: ZoneInfo) -> bodies.MissedShape:
    """Return a line of the ledger."""
    return bodies.MissedShape(
        alert_id=found.alert.id,
        headline=found.alert.content.headline,
        live_at=found.alert.live_at,
        delivery=delivery(found.alert, found.delivery, zone=zone),
    )


def zone_of(tx: Connection, station: StationId) -> ZoneInfo:
    """Return the zone of a station that is known to be there."""
    found = stations.get(tx, station)
    assert found is not None  # noqa: S101 - whoever asks belongs to it, or it has alerts
    return found.rules.zone


def _recording(tx: Connection, found: Alert) -> RecordingShape | None:
    sound = recordings.get(tx, found.content.station, found.recording_sha256) if found.recording_sha256 else None
    if sound is None:
        return None
    return RecordingShape(
        sha256=sound.sha256, duration_ms=sound.duration_ms, voice=sound.voice,
        url=f"/api/v1/recordings/{sound.sha256}",
    )  # fmt: skip


def _speech(tx: Connection, found: Alert) -> bodies.SpeechShape | None:
    work = alerts.rendering_of(tx, found.id)
    return bodies.SpeechShape(state=work.state, tries=work.tries, message=work.message) if work else None
