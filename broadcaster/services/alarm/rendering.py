"""The speech of alerts, made before anything else: begun with the draft, tried again for ever while it is wanted."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from broadcaster.domain.alarm.speech import speech_of
from broadcaster.domain.alert import Alert, AlertState
from broadcaster.domain.errors import Refusal
from broadcaster.domain.ids import StationId
from broadcaster.domain.station import choose_voices
from broadcaster.services.office import Office
from broadcaster.services.reader import station_reader
from broadcaster.services.rendering import Made, Studio, StudioFailed, sentence_offsets
from broadcaster.store import alerts, audit, notices, recordings, stations
from broadcaster.store.recordings import Recording

log = logging.getLogger(__name__)

PAUSES_S = (2, 5, 15, 30, 60)
"""Before a failed speech is tried again: the siren sounds meanwhile, and somebody may be mending the voice."""
BROKEN = "Máy chủ gặp lỗi khi đọc tin khẩn cấp. Máy sẽ tự thử lại."


def render_next_alert(office: Office, studio: Studio, *, voices: Sequence[str]) -> bool:
    """Make the speech that is wanted most; False when none waits. A failure is told, and tried again after a pause."""
    with office.database.reading() as tx:
        waiting = alerts.next_rendering(tx, now=office.now())
        alert = alerts.by_id(tx, waiting.alert) if waiting else None
    if waiting is None or alert is None:
        return False
    try:
        sound = speak(office, studio, station=alert.content.station, text=speech_of(alert.content), voices=voices)
    except (StudioFailed, Refusal) as exc:
        _note_failure(office, alert, waiting, message=str(exc))
    except SQLAlchemyError:
        raise
    except Exception:
        # One text that breaks a voice must not take the thread with it that speaks all other alerts.
        log.exception("the speech of %s broke the studio", alert.id)
        _note_failure(office, alert, waiting, message=BROKEN)
    else:
        _keep(office, alert, waiting, sound=sound)
    return True


def speak(office: Office, studio: Studio, *, station: StationId, text: str, voices: Sequence[str]) -> Recording:
    """Return the recording of a written text, kept. Raises StudioFailed."""
    with office.database.reading() as tx:
        found = stations.get(tx, station)
        assert found is not None  # noqa: S101 - an alert's station cannot be gone: a foreign key holds it
        reading = station_reader(tx, found).read(text)
    order = choose_voices("", voices, found.rules.voices)
    segments = [(segment.spoken, segment.pause_ms) for sentence in reading.sentences for segment in sentence.segments]
    made = studio(segments, order, False, _no_progress)
    offsets = sentence_offsets(reading.sentences, made.segment_offsets_ms)
    sound = _recording(station, made, offsets=offsets, now=office.now())
    with office.database.writing() as tx:
        recordings.keep(tx, sound)
    return sound


def _recording(station: StationId, made: Made, *, offsets: tuple[int, ...], now: datetime) -> Recording:
    return Recording(
        station=station, sha256=made.sha256, size_bytes=made.size_bytes, duration_ms=made.duration_ms,
        voice=made.voice, sentence_offsets_ms=offsets, created_at=now,
    )  # fmt: skip


def _keep(office: Office, alert: Alert, waiting: alerts.Rendering, *, sound: Recording) -> None:
    """Give the alert its speech, unless its words were changed meanwhile; what is live says so at once."""
    with office.database.writing() as tx:
        if not alerts.note_rendering(tx, waiting.request, state="done", message=None):
            return
        alerts.set_recording(tx, alert.id, sound.sha256)
        audit.record(
            tx, alert.content.station, user=None, action="alert.recorded", subject=alert.id, now=office.now(),
            recording_sha256=sound.sha256, voice=sound.voice,
        )  # fmt: skip
        is_live = alerts.by_id(tx, alert.id).state is AlertState.LIVE
    if is_live:
        office.ring_alarm(alert.content.station)
    office.ring_planner()


def _note_failure(office: Office, alert: Alert, waiting: alerts.Rendering, *, message: str) -> None:
    log.warning("the speech of %s failed for the %d. time: %s", alert.id, waiting.tries + 1, message)
    now = office.now()
    pause = timedelta(seconds=PAUSES_S[min(waiting.tries, len(PAUSES_S) - 1)])
    with office.database.writing() as tx:
        alerts.note_rendering(
            tx, waiting.request, state="failed", message=message, tries=waiting.tries + 1, not_before=now + pause
        )
        _tell(tx, alert, message=message, now=now)


def _tell(tx: Connection, alert: Alert, *, message: str, now: datetime) -> None:
    """Tell people once that an alert has no speech yet: its siren sounds all the same."""
    station = alert.content.station
    if not notices.has_kind(tx, station, kind="alert_speech", subject=alert.id):
        sentence = f"Chưa đọc được lời của tin “{alert.content.headline}”; còi vẫn hú, máy sẽ thử lại. {message}"
        notices.add(tx, station, kind="alert_speech", subject=alert.id, sentence=sentence, now=now)


def _no_progress(done: int, total: int) -> None:
    """Nobody watches: each note would be a durable write in front of the alarm."""
