"""What the box obeys: takes up the station's documents and acknowledgements, and says how things stand.

`moment()` gathers everything playout may depend on.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

from device_agent.audio_store import AudioStore
from device_agent.booking import Books, OnDisk
from device_agent.documents import DocumentRefused, Documents, zone_of
from device_agent.inbox import Arrival, ChunkArrived, Inbox, SealedAlerts, SealedPlan
from device_agent.playout.conclusions import lapsed, vanished
from device_agent.playout.values import Moment
from device_agent.stage.stage import Stage
from device_agent.timekeeper import Timekeeper
from wire.messages import Ack, Alerts, ClockReply, LiveAlert, Plan

log = logging.getLogger(__name__)


class Obedience:
    """`up_since` is the monotonic instant at which the agent came up; `on_disk` runs calls on the journal's thread."""

    def __init__(
        self,
        documents: Documents,
        *,
        inbox: Inbox,
        books: Books,
        stage: Stage,
        timekeeper: Timekeeper,
        store: AudioStore,
        broken: Callable[[], frozenset[str]],
        device: str,
        up_since: float,
        on_disk: OnDisk,
    ) -> None:
        self._documents = documents
        self._inbox = inbox
        self._books = books
        self._stage = stage
        self._timekeeper = timekeeper
        self._store = store
        self._broken = broken
        self._device = device
        self._up_since = up_since
        self._on_disk = on_disk
        self._first_seen: dict[str, float] = {}
        self._unstored: SealedPlan | SealedAlerts | None = None
        self._zone: tzinfo = _zone_of(documents.plan)
        for document in (documents.plan, documents.alerts):
            if document is not None:
                timekeeper.hear(document.issued_at, received_monotonic=up_since)

    def moment(self) -> Moment:
        """Return everything a decision depends on, as it is now."""
        timekeeper, stage = self._timekeeper, self._stage
        trusted_since = timekeeper.trusted_since()
        return Moment(
            now=timekeeper.now(),
            up_since=timekeeper.instant_at(self._up_since),
            trusted_since=timekeeper.instant_at(trusted_since) if trusted_since is not None else None,
            zone=self._zone,
            plan=self._documents.plan,
            alerts=self._ours(self._documents.alerts),
            cached=self._store.held,
            broken=self._broken(),
            ledger=self._books.ledger,
            active=stage.active,
            preparing=stage.preparing,
            held=stage.held,
            failures=stage.failures,
            first_seen={airing: timekeeper.instant_at(seen) for airing, seen in self._first_seen.items()},
            busy_until=stage.busy_until,
        )

    async def obey(self, arrival: Arrival, *, at_monotonic: float) -> bool:
        """Take up what arrived; True when what the box shall do may be other than before."""
        match arrival:
            case SealedPlan() | SealedAlerts():
                return await self._take_up(arrival, at_monotonic=at_monotonic)
            case Ack():
                self._timekeeper.hear(arrival.issued_at, received_monotonic=at_monotonic)
                await self._books.acknowledged(arrival)
                return False
            case ClockReply():
                sample = self._timekeeper.take(arrival, received_monotonic=at_monotonic)
                return sample is not None
            case ChunkArrived():
                return False

    async def retry(self) -> bool:
        """Try again to store what the disk refused; True when something was taken up."""
        waiting, self._unstored = self._unstored, None
        if self._documents.is_behind:
            await self._on_disk(self._documents.catch_up)
        return waiting is not None and await self._take_up(waiting, at_monotonic=None)

    def errors(self) -> tuple[str, ...]:
        """Return what the station should know of the disk."""
        return ("document_unwritable",) if self._unstored or self._documents.is_behind else ()

    async def _take_up(self, arrival: SealedPlan | SealedAlerts, *, at_monotonic: float | None) -> bool:
        try:
            if isinstance(arrival, SealedPlan):
                return await self._take_up_plan(arrival.sealed, at_monotonic=at_monotonic)
            return await self._take_up_alerts(arrival.sealed, at_monotonic=at_monotonic)
        except DocumentRefused as exc:
            self._inbox.refuse(str(exc))
            return False  # nothing changed: whoever floods us with forgeries must not make us think each time
        except OSError as exc:
            log.warning("a document cannot be stored and is not obeyed yet: %s", exc)
            self._unstored = arrival
            return True

    async def _take_up_plan(self, sealed: bytes, *, at_monotonic: float | None) -> bool:
        accepted = await self._on_disk(lambda: self._documents.accept_plan(sealed))
        plan = accepted.document
        self._hear(plan.issued_at, at_monotonic)
        if not accepted.changed:
            return False
        self._zone = _zone_of(plan)
        log.info("plan %s with %d airings", plan.revision, len(plan.airings))
        old = accepted.before.airings if accepted.before is not None else ()
        named = {airing.airing_id for airing in plan.airings}
        gone = [airing for airing in old if airing.airing_id not in named]
        for conclusion in lapsed(gone, self.moment(), issued_at=plan.issued_at):
            await self._books.conclude(conclusion)
        known = {airing.airing_id for airing in old}
        seen = {airing: at for airing, at in self._first_seen.items() if airing in named}
        self._first_seen = seen | {airing: time.monotonic() for airing in named - known - seen.keys()}
        return True

    async def _take_up_alerts(self, sealed: bytes, *, at_monotonic: float | None) -> bool:
        accepted = await self._on_disk(lambda: self._documents.accept_alerts(sealed))
        self._hear(accepted.document.issued_at, at_monotonic)
        if not accepted.changed:
            return False
        log.info("alerts %s: %d live", accepted.document.revision, len(accepted.document.alerts))
        issued_at = accepted.document.issued_at
        for conclusion in vanished(self._ours(accepted.before), self.moment(), issued_at=issued_at):
            await self._books.conclude(conclusion)
        return True

    def _hear(self, issued_at: datetime, at_monotonic: float | None) -> None:
        if at_monotonic is not None:
            self._timekeeper.hear(issued_at, received_monotonic=at_monotonic)

    def _ours(self, alerts: Alerts | None) -> tuple[LiveAlert, ...]:
        if alerts is None:
            return ()
        return tuple(alert for alert in alerts.alerts if alert.devices is None or self._device in alert.devices)


def _zone_of(plan: Plan | None) -> tzinfo:
    return zone_of(plan.timezone) if plan is not None else UTC
