"""Keeps the broker saying what the database says: plans, audio chunks, heartbeats; and says again what was lost."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from broadcaster.domain.errors import Unavailable
from broadcaster.domain.ids import DeviceId, StationId
from broadcaster.services import planning, signing_in
from broadcaster.services.alarm.heralding import AudioUnreadable as AudioUnreadable
from broadcaster.services.alarm.heralding import Herald
from broadcaster.services.office import Office
from broadcaster.store import (
    accounts,
    airings,
    alerts,
    bulletins,
    devices,
    documents,
    library,
    prepared,
    releases,
    stations,
)
from broadcaster.store.devices import Device
from broadcaster.store.documents import SealedPlan
from wire import chunks

log = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(seconds=60)
FORGET_AUDIO_AFTER = timedelta(days=30)
ACCOUNT_STAYS = timedelta(hours=1)
_DAMAGE = re.compile(r"(chunk_damaged|hash_mismatch):([0-9a-f]{8}):([0-9]+)")


class Post(Protocol):
    """Where documents go. `session` grows with every connection; an empty payload clears what was retained."""

    @property
    def session(self) -> int: ...

    @property
    def connected(self) -> bool: ...

    def plan(self, station: str, device: str, sealed: bytes) -> None: ...

    def alerts(self, station: str, sealed: bytes) -> None: ...

    def chunk(self, station: str, sha256: str, number: int, payload: bytes) -> None: ...


class Publisher:
    """One thread's work. Every turn may be repeated: brokers forget, and the database is the truth.

    `read_audio` raises AudioUnreadable. Each station's boxes get the audio that their own plans name, and no other.
    """

    def __init__(
        self,
        office: Office,
        post: Post,
        *,
        seal_plan: planning.SealPlan,
        seal_alerts: planning.SealAlerts,
        read_audio: Callable[[str], bytes],
        herald: Herald | None = None,
    ) -> None:
        self._office, self._post = office, post
        self._seal_plan, self._read_audio = seal_plan, read_audio
        self._herald = herald or Herald(office, post, seal=seal_alerts, read_audio=read_audio)
        self._served = 0
        self._progress: dict[tuple[DeviceId, str], int] = {}
        self._complaints: frozenset[tuple[DeviceId, str, str, str]] = frozenset()

    def turn(self) -> None:
        """Make new plans where something changed, and publish what changed; after a new connection, everything."""
        changed = planning.reconcile(self._office, seal=self._seal_plan)
        session = self._post.session
        if session == self._served:
            self._publish_plans(changed)
            self._publish_audio(again=False)
            return
        self.heartbeat()
        with self._office.database.reading() as tx:
            everything = documents.every(tx)
        self._publish_plans(everything)
        self._publish_audio(again=True)
        self._served = session

    def heartbeat(self) -> None:
        """Publish every station's live alerts under a new number: the boxes' sign of life and clock."""
        self._herald.publish_everything()

    def sweep(self) -> None:
        """Say again what a connected box should have and does not, some time after it was said."""
        now = self._office.now()
        with self._office.database.reading() as tx:
            plans = {plan.device: plan for plan in documents.every(tx)}
            boxes = [box for station in stations.every(tx) for box in devices.of_station(tx, station.id)]
            needed = {station.id: planning.audio_needed(tx, station.id, now=now) for station in stations.every(tx)}
        stuck: set[tuple[StationId, str]] = set()
        for box in boxes:
            plan = plans.get(box.id)
            if plan is None or not box.state.reachable(now) or now - plan.made_at < AGAIN_AFTER:
                continue
            if box.state.plan is None or box.state.plan < (plan.epoch, plan.seq):
                log.info("plan %d.%d is said again to %s", plan.epoch, plan.seq, box.id)
                self._post.plan(plan.station, plan.device, plan.sealed)
            stuck |= {(box.station, sha256) for sha256 in self._stuck(box) if sha256 in needed[box.station]}
        for station, sha256 in sorted(stuck):
            self._publish_chunks(station, sha256, audio=self._audio(sha256))

    def mend(self) -> None:
        """Publish the audio again that came damaged to a connected box, once for each time that the box says so."""
        now = self._office.now()
        with self._office.database.reading() as tx:
            every = [(station.id, devices.of_station(tx, station.id)) for station in stations.every(tx)]
        complaints = {
            (box.id, kind, sha256_begin, times): station
            for station, boxes in every
            for box in boxes
            if box.state.reachable(now)
            for kind, sha256_begin, times in _damage(box)
        }
        damaged = {(complaints[new], new[2]) for new in complaints.keys() - self._complaints}
        self._complaints = frozenset(complaints)
        if damaged:
            self._publish_what_begins(damaged)

    def _publish_what_begins(self, damaged: set[tuple[StationId, str]]) -> None:
        """Publish the needed files of a station whose names begin so."""
        with self._office.database.reading() as tx:
            needed = {s: planning.audio_needed(tx, s, now=self._office.now()) for s, _ in damaged}
        for station, begin in sorted(damaged):
            for sha256 in (name for name in needed[station] if name.startswith(begin)):
                log.warning("audio %s came damaged to a box of %s and is published again", sha256[:8], station)
                self._publish_chunks(station, sha256, audio=self._audio(sha256))

    def prune(
        self, *, prune_audio: Callable[[frozenset[str]], object], end_account: Callable[[str, str], None]
    ) -> None:
        """Forget old sign-ins and tries, the sound that nothing names, and the accounts of boxes long retired."""
        now = self._office.now()
        self._end_accounts(end_account)
        with self._office.database.writing() as tx:
            accounts.prune_sessions(tx, now=now)
            signing_in.forget_tries(tx, now=now)
        with self._office.database.reading() as tx:
            named = bulletins.every_recording(tx) | airings.every_recording(tx, since=now - FORGET_AUDIO_AFTER)
            named |= library.every_recording(tx) | alerts.every_recording(tx, since=now - FORGET_AUDIO_AFTER)
            named |= prepared.every_recording(tx) | releases.every_file(tx)
        prune_audio(named)

    def _end_accounts(self, end_account: Callable[[str, str], None]) -> None:
        """End the broker accounts of retired boxes, which had an hour to learn that there is nothing left to play."""
        now = self._office.now()
        with self._office.database.reading() as tx:
            gone = devices.with_account_to_end(tx, retired_before=now - ACCOUNT_STAYS)
        for device in gone:
            try:
                end_account(device.station, device.id)
            except Unavailable as exc:
                log.warning("the account of %s could not be ended, which is tried again: %s", device.id, exc)
                continue
            self._post.plan(device.station, device.id, b"")
            with self._office.database.writing() as tx:
                devices.note_account_ended(tx, device.id, now=now)
                documents.forget(tx, device.id)

    def _stuck(self, box: Device) -> frozenset[str]:
        """Return what the box missed at the last look too, with not a chunk more of it: the broker has forgotten it."""
        held = {(box.id, part["sha256"]): int(part["chunks_held"]) for part in box.status.get("audio_missing", ())}
        stuck = frozenset(sha256 for (_, sha256), chunks_held in held.items()
                          if self._progress.get((box.id, sha256)) == chunks_held)  # fmt: skip
        self._progress = {key: count for key, count in self._progress.items() if key[0] != box.id} | held
        return stuck

    def _publish_plans(self, plans: tuple[SealedPlan, ...]) -> None:
        for plan in plans:
            self._post.plan(plan.station, plan.device, plan.sealed)

    def _publish_audio(self, *, again: bool) -> None:
        """Publish the audio that plans name and the broker does not have, and clear what no plan names any more."""
        now = self._office.now()
        with self._office.database.reading() as tx:
            known = {s.id: documents.published_audio_of(tx, s.id) for s in stations.every(tx)}
            needed = {s: planning.audio_needed(tx, s, now=now) for s in known}
        for station, wanted in needed.items():
            for sha256 in sorted(wanted if again else wanted.keys() - known[station].keys()):
                self._publish_file(station, sha256, chunk_count=wanted[sha256], new=sha256 not in known[station])
            for sha256 in known[station].keys() - wanted.keys():
                self._clear_file(station, sha256, chunk_count=known[station][sha256])

    def _publish_file(self, station: StationId, sha256: str, *, chunk_count: int, new: bool) -> None:
        audio = self._audio(sha256)
        if new and audio:
            with self._office.database.writing() as tx:
                if not documents.note_audio_published(tx, station, sha256, chunks=chunk_count):
                    return  # the alarm's thread was quicker
        self._publish_chunks(station, sha256, audio=audio)

    def _publish_chunks(self, station: StationId, sha256: str, *, audio: bytes) -> None:
        for number, payload in enumerate(chunks.split(audio)):
            self._post.chunk(station, sha256, number, payload)

    def _audio(self, sha256: str) -> bytes:
        """Return an audio file, or nothing when it cannot be read; then it is tried again at the next turn."""
        try:
            return self._read_audio(sha256)
        except AudioUnreadable as exc:
            log.error("an audio file that plans name cannot be sent: %s", exc)
            return b""

    def _clear_file(self, station: StationId, sha256: str, *, chunk_count: int) -> None:
        for number in range(chunk_count):
            self._post.chunk(station, sha256, number, b"")
        with self._office.database.writing() as tx:
            documents.note_audio_cleared(tx, station, sha256)


def _damage(box: Device) -> list[tuple[str, str, str]]:
    """Return (kind, beginning of the SHA-256, how often) of the damage that a box complains of."""
    errors = box.status.get("health", {}).get("audio_errors", ())
    return [match.groups() for error in errors if (match := _DAMAGE.fullmatch(str(error)))]  # type: ignore[misc] # three groups
