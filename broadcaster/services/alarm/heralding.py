"""The alarm's own thread: what becomes live or ends by its time, and each station's document, published at once.

Its work never waits behind plans or audio: it has a connection of its own, and one lock keeps documents in their order.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from broadcaster.domain.alert import Alert, AlertState
from broadcaster.domain.errors import Refusal
from broadcaster.domain.ids import AlertId, StationId
from broadcaster.services import planning
from broadcaster.services.alarm import life
from broadcaster.services.alarm.following import tell_of_silence
from broadcaster.services.office import Office, new_id
from broadcaster.store import alerts, documents, notices, recordings, stations
from wire import chunks

log = logging.getLogger(__name__)

SOONEST = timedelta(milliseconds=5)
REFUSED_AGAIN_AFTER = timedelta(seconds=10)


class AlertPost(Protocol):
    """Where alerts go. `session` grows with every connection."""

    @property
    def session(self) -> int: ...

    @property
    def connected(self) -> bool: ...

    def alerts(self, station: str, sealed: bytes) -> None: ...

    def chunk(self, station: str, sha256: str, number: int, payload: bytes) -> None: ...


class AudioUnreadable(Exception):  # noqa: N818 - reads as what is wrong
    """An audio file is gone from the disk or damaged: nobody can play it, and everything else goes on."""


class Herald:
    """Publishes documents. `publish` may be called from any thread, and returns when the client has the document."""

    def __init__(
        self, office: Office, post: AlertPost, *, seal: planning.SealAlerts, read_audio: Callable[[str], bytes]
    ) -> None:
        self._office, self._post, self._seal, self._read_audio = office, post, seal, read_audio
        self._lock = threading.Lock()
        self._served = 0
        self._refused: dict[AlertId, datetime] = {}
        self._called_off: set[AlertId] = set()

    def turn(self, rung: Iterable[str]) -> None:
        """Do what the clock and the bells ask for: `heartbeat` means every station, a station's name means it alone."""
        changed = self._advance()
        wanted = set(rung) | changed
        if self._post.session != self._served or "heartbeat" in wanted:
            self._served = self._post.session
            self.publish_everything()
            self._look_around()
            return
        for station in sorted(wanted):
            self.publish(StationId(station))

    def publish_everything(self) -> None:
        """Publish every station's document under a new number: the boxes' sign of life and clock.

        What is over is said again too: a signer that was put back to an older register does not know it.
        """
        self._called_off.clear()
        with self._office.database.reading() as tx:
            every = stations.every(tx)
        for station in every:
            self.publish(station.id)

    def publish(self, station: StationId) -> None:
        """Publish one station's document, then the audio that it names and the broker lacks.

        What is over is called off, broker or not: whoever takes this server over later has none of it signed.
        """
        if self._post.connected:  # otherwise everything is published when the connection stands
            with self._lock:
                sealed = self._sealed(station)
                if sealed:
                    self._post.alerts(station, sealed)
        self._call_off(station)
        if self._post.connected:
            self._publish_audio(station)

    def wait_s(self, *, longest_s: float) -> float:
        """Return how long nothing changes by itself, at most `longest_s`."""
        with self._office.database.reading() as tx:
            changing = alerts.changing(tx)
        now = self._office.now()
        nearest = min((_changes_at(alert) for alert in changing), default=None)
        if nearest is None:
            return longest_s
        return max(SOONEST.total_seconds(), min(longest_s, (nearest - now).total_seconds()))

    def _call_off(self, station: StationId) -> None:
        """Tell the signer what is over. While it does not answer it signs nothing either, and is told the next time."""
        with self._office.database.reading() as tx:
            over = alerts.called_off(tx, station, now=self._office.now()) - self._called_off
        if not over:
            return
        try:
            self._office.registrar.call_off(station, over)
        except Refusal as exc:
            log.error("the signer was not told that alerts of %s are over: %s", station, exc)
            return
        self._called_off |= over

    def _sealed(self, station: StationId) -> bytes:
        """Return the signed document; an alert that the signer turns down is left out, said, and tried again."""
        now = self._office.now()
        self._refused = {alert: at for alert, at in self._refused.items() if now < at + REFUSED_AGAIN_AFTER}
        try:
            return planning.heartbeat(self._office, station=station, seal=self._seal, without=self._refused.keys())
        except planning.SealRefused as exc:
            log.error("the signer turns alerts of %s down: %s", station, exc)
            self._refused |= dict.fromkeys(exc.alerts, now)
            self._tell_of_refusal(station, exc)
        return planning.heartbeat(self._office, station=station, seal=self._seal, without=self._refused.keys())

    def _tell_of_refusal(self, station: StationId, exc: planning.SealRefused) -> None:
        with self._office.database.writing() as tx:
            for alert in exc.alerts:
                if not notices.has_kind(tx, station, kind="alert_unsigned", subject=alert):
                    sentence = f"Tin khẩn cấp chưa phát được vì bộ phận ký từ chối: {exc}"
                    notices.add(
                        tx, station, kind="alert_unsigned", subject=alert, sentence=sentence, now=self._office.now()
                    )  # fmt: skip

    def _advance(self) -> set[str]:
        """Let begin what waited for its time, end what is over, and return the stations where something changed."""
        now = self._office.now()
        with self._office.database.reading() as tx:
            if not any(_changes_at(alert) <= now for alert in alerts.changing(tx)):
                return set()
        with self._office.database.writing() as tx:
            due = [alert for alert in alerts.changing(tx) if _changes_at(alert) <= now]
            for alert in due:
                self._step(tx, alert, now=now)
        return {alert.content.station for alert in due}

    def _step(self, tx, alert: Alert, *, now: datetime) -> None:  # type: ignore[no-untyped-def] # tx is SQLAlchemy's
        if alert.content.expires_at <= now:
            life.expire(tx, alert, now=now)
            return
        try:
            life.go_live(tx, alert, now=now)
        except Refusal as exc:
            life.stop(tx, alert, actor=None, reason=exc.sentence(), now=now)

    def _look_around(self) -> None:
        """See which boxes hang there by now, and tell which of them are silent."""
        with self._office.database.writing() as tx:
            for alert in alerts.changing(tx):
                if alert.state is AlertState.LIVE:
                    life.set_targets(tx, alert)
                    tell_of_silence(tx, alert, now=self._office.now())

    def _publish_audio(self, station: StationId) -> None:
        """Publish what live alerts say and the broker does not have; the plan's thread may do it as well."""
        with self._office.database.reading() as tx:
            known = documents.published_audio_of(tx, station)
            live = {a.recording_sha256: a for a in alerts.live(tx, station) if a.recording_sha256}
            sounds = recordings.several(tx, station, live.keys() - known.keys())
        for sha256, sound in sounds.items():
            try:
                audio = self._read_audio(sha256)
            except AudioUnreadable as exc:
                log.error("the speech of a live alert cannot be read and is made again: %s", exc)
                self._make_again(live[sha256])
                continue
            with self._office.database.writing() as tx:
                count = chunks.count_for(sound.size_bytes)
                is_ours = documents.note_audio_published(tx, station, sha256, chunks=count)
            for number, payload in enumerate(chunks.split(audio) if is_ours else ()):
                self._post.chunk(station, sha256, number, payload)

    def _make_again(self, alert: Alert) -> None:
        with self._office.database.writing() as tx:
            alerts.set_recording(tx, alert.id, None)
            alerts.queue_rendering(tx, alert.id, request=new_id("rd"), now=self._office.now())
        self._office.ring_speaker()


def _changes_at(alert: Alert) -> datetime:
    """Return when an alert begins or ends by itself."""
    waits = alert.state is AlertState.APPROVED and alert.content.effective_at is not None
    return min(alert.content.effective_at or alert.content.expires_at, alert.content.expires_at) if waits \
        else alert.content.expires_at  # fmt: skip
