"""A station's `alerts` document: everything live now, as boxes are told, with the dossier of each for the signer."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from broadcaster.domain.alarm.vouching import Dossier
from broadcaster.domain.alert import Alert, as_plain
from broadcaster.domain.ids import AlertId, DeviceId
from broadcaster.domain.station import Station
from broadcaster.services.office import Office
from broadcaster.services.on_the_wire import audio_ref
from broadcaster.store import alert_soundings, alerts, recordings
from broadcaster.store.alert_soundings import Repeat
from broadcaster.store.alerts import Voice
from broadcaster.store.recordings import Recording
from wire import messages


def build(
    tx: Connection,
    station: Station,
    *,
    revision: messages.Revision,
    now: datetime,
    without: Collection[AlertId] = (),
) -> tuple[messages.Alerts, tuple[Dossier, ...]]:
    """Return the document and a dossier for each alert in it. What is over is not in it, nor what is in `without`."""
    live = [a for a in alerts.live(tx, station.id) if a.content.expires_at > now and a.id not in without]
    names = [alert.id for alert in live]
    sounds = recordings.several(tx, station.id, {a.recording_sha256 for a in live if a.recording_sha256})
    repeats, voices = alert_soundings.repeats_of(tx, names), alerts.statements_of(tx, names)
    told = [
        each
        for alert in live
        for each in _told(tx, alert, repeats=repeats[alert.id], sound=sounds.get(alert.recording_sha256 or ""))
    ]
    document = messages.Alerts(station=station.id, revision=revision, issued_at=now, alerts=tuple(told))
    return document, tuple(dossier_of(alert, voices[alert.id]) for alert in live)


def dossier_of(alert: Alert, voices: Iterable[Voice]) -> Dossier:
    """Return what the signer wants to see of an alert."""
    return Dossier(alert=alert.id, content=as_plain(alert.content), vouched=tuple(voice.vouched for voice in voices))


def lodge(tx: Connection, alert: Alert, *, office: Office, everywhere: bool) -> None:
    """Show the signer who stands for an alert while its people are still there to hear what it misses."""
    voices = alerts.statements_of(tx, [alert.id])[alert.id]
    office.registrar.lodge(dossier_of(alert, voices), everywhere=everywhere)


def repeat_name(thread: AlertId, number: int) -> str:
    """Return the name on the wire of a thread's n-th repeat."""
    return f"{thread}.r{number}"


def burst(stroke: tuple[int, int, int]) -> messages.Burst:
    """Return a stroke as boxes are told."""
    return messages.Burst(on_ms=stroke[0], off_ms=stroke[1], times=stroke[2])


def _told(
    tx: Connection, alert: Alert, *, repeats: Sequence[Repeat], sound: Recording | None
) -> Iterable[messages.LiveAlert]:
    """Yield the alert, then its repeats. A box for which it is repeated is told of the last repeat alone."""
    last = {device: repeat.number for repeat in repeats for device in repeat.devices}
    devices = _devices(tx, alert, without=last.keys())
    if devices != ():
        yield _live(alert, name=alert.thread, devices=devices, sound=sound)
    for repeat in repeats:
        meant = tuple(sorted(device for device, number in last.items() if number == repeat.number))
        if meant:
            yield _live(alert, name=repeat_name(alert.thread, repeat.number), devices=meant, sound=sound)


def _devices(tx: Connection, alert: Alert, *, without: Collection[DeviceId]) -> tuple[DeviceId, ...] | None:
    """Return the boxes that are meant, None for every box of the station."""
    if alert.content.audience.everybody and not without:
        return None
    targets = alert_soundings.targets_of(tx, alert.id)
    return tuple(sorted(t.device for t in targets if t.device is not None and t.device not in without))


def _live(
    alert: Alert, *, name: str, devices: tuple[DeviceId, ...] | None, sound: Recording | None
) -> messages.LiveAlert:
    content = alert.content
    begins_at = content.effective_at or alert.live_at
    assert begins_at is not None  # noqa: S101 - what is live has its instant
    return messages.LiveAlert(
        alert_id=name,
        version=alert.version,
        status=messages.AlertStatus(content.status.value),
        scope=messages.AlertScope(content.scope.value),
        event=content.event,
        headline=content.headline,
        devices=devices,
        siren=tuple(burst((s.on_ms, s.off_ms, s.times)) for s in content.siren),
        recording=audio_ref(sound) if sound else None,
        sentence_offsets_ms=sound.sentence_offsets_ms if sound else (),
        times=content.times,
        repeat_every_s=content.repeat_every_s,
        on_the_hour=content.on_the_hour,
        effective_at=begins_at,
        expires_at=content.expires_at,
    )
