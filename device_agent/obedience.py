"""What the box obeys: takes up the station's documents and acknowledgements, and says how things stand.

`moment()` gathers everything playout may depend on.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

from device_agent.audio_store import AudioStore
from device_agent.booking import Books, OnDisk
from device_agent.documents import Accepted, DocumentRefused, Documents, zone_of
from device_agent.inbox import Arrival, ChunkArrived, Inbox, SealedAlerts, SealedPlan
from device_agent.playout.alert_ends import vanished
from device_agent.playout.claim import gain_db
from device_agent.playout.conclusions import lapsed, still_to_end
from device_agent.playout.freshness import Evidence, Word, is_present
from device_agent.playout.values import Conclude, Moment
from device_agent.stage.stage import Stage
from device_agent.timekeeper import Timekeeper
from wire.messages import Ack, Alerts, ClockReply, LiveAlert, Plan, PlannedAiring

log = logging.getLogger(__name__)

WRITTEN_WITHIN_S = (0.2, 1.0)
"""Alerts are written down that much behind what they set off, in each box at another instant. Whoever cuts the power
before has it sound anew, no more; what is a replay is still known by its age."""
ASK_WITHIN_S = 20.0
"""So long after a doubtful document the station is asked again; afterwards as often as always."""


class Obedience:
    """`up_since` is the monotonic instant at which the agent came up; `on_disk` runs calls on the journal's thread;
    `ask_time` has the station asked for the time at once."""

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
        ask_time: Callable[[], None] = lambda: None,
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
        self._ask_time = ask_time
        self._first_seen: dict[str, float] = {}
        self._withdrawn: tuple[PlannedAiring, ...] = ()
        self._unstored: SealedPlan | None = None
        self._word: Word | None = None
        self._is_present = False
        self._conclusions: list[Conclude] = []
        self._to_write = asyncio.Event()
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
            following=stage.following,
            leaving=stage.leaving,
            alerts_confirmed=self._is_confirmed(),
            withdrawn=self._withdrawn,
        )

    async def obey(self, arrival: Arrival, *, at_monotonic: float) -> bool:
        """Take up what arrived; True when what the box shall do may be other than before."""
        match arrival:
            case SealedPlan():
                return await self._take_up(arrival, at_monotonic=at_monotonic)
            case SealedAlerts():
                return await self._take_up_alerts(arrival.sealed, at_monotonic=at_monotonic)
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
        if self._documents.is_store_due:
            self._to_write.set()
        is_waiting = self._word is not None and not self._is_confirmed() and self._documents.has_alerts
        if is_waiting and self._word is not None and time.monotonic() < self._word.received_monotonic + ASK_WITHIN_S:
            self._ask_time()
        return (waiting is not None and await self._take_up(waiting, at_monotonic=None)) or is_waiting

    async def keep_writing(self) -> None:
        """Write down what was obeyed, behind what it set off: no siren waits for the disk."""
        while True:
            await self._to_write.wait()
            await asyncio.sleep(random.uniform(*WRITTEN_WITHIN_S))
            self._to_write.clear()
            await self.write()

    async def write(self) -> None:
        """Store the alerts that are obeyed, and book what became of those that are gone."""
        await self._on_disk(self._documents.store_alerts)
        while self._conclusions:
            await self._books.conclude(self._conclusions.pop(0))

    def errors(self) -> tuple[str, ...]:
        """Return what the station should know of the disk."""
        return ("document_unwritable",) if self._unstored or self._documents.is_behind else ()

    async def _take_up(self, arrival: SealedPlan, *, at_monotonic: float | None) -> bool:
        try:
            return await self._take_up_plan(arrival.sealed, at_monotonic=at_monotonic)
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
        self._stage.standby.expect(gain_db(0.0, self.moment()))
        log.info("plan %s with %d airings", plan.revision, len(plan.airings))
        old = accepted.before.airings if accepted.before is not None else ()
        named = {airing.airing_id for airing in plan.airings}
        gone = [airing for airing in old if airing.airing_id not in named]
        moment = self.moment()
        self._withdrawn = still_to_end(gone, moment)
        for conclusion in lapsed(gone, moment, issued_at=plan.issued_at):
            await self._books.conclude(conclusion)
        known = {airing.airing_id for airing in old}
        seen = {airing: at for airing, at in self._first_seen.items() if airing in named}
        self._first_seen = seen | {airing: time.monotonic() for airing in named - known - seen.keys()}
        return True

    async def _take_up_alerts(self, sealed: bytes, *, at_monotonic: float) -> bool:
        try:
            accepted = self._documents.judge_alerts(sealed)
        except DocumentRefused as exc:
            self._inbox.refuse(str(exc))
            await asyncio.sleep(0)  # whoever floods us with forgeries shall not have the loop for himself
            return False
        issued_at = accepted.document.issued_at
        self._hear(issued_at, at_monotonic)
        was_confirmed = self._is_confirmed()
        self._note_word(accepted, at_monotonic)
        if accepted.changed:
            log.info("alerts %s: %d live", accepted.document.revision, len(accepted.document.alerts))
            if before := self._ours(accepted.before):
                self._conclusions += vanished(before, self.moment(), issued_at=issued_at)
        if self._documents.is_store_due or self._conclusions:
            self._to_write.set()
        return accepted.changed or self._is_confirmed() != was_confirmed

    def _note_word(self, accepted: Accepted[Alerts], at_monotonic: float) -> None:
        """Remember what came and when. The same alerts said again stay what they were."""
        if accepted.changed or self._word is None or not self._is_present:
            is_new = accepted.is_new or (self._word is not None and self._word.is_new and not accepted.changed)
            self._word = Word(
                issued_at=accepted.document.issued_at, received_monotonic=at_monotonic, is_new=is_new
            )  # fmt: skip
            self._is_present = False
            if accepted.document.alerts and not self._is_confirmed():
                log.warning("alerts %s are not known to be the present word", accepted.document.revision)
                self._ask_time()

    def _is_confirmed(self) -> bool:
        """Return whether the alerts obeyed are the station's present word; what was seen to be so stays so."""
        if self._word is None or self._is_present:
            return self._is_present
        timekeeper = self._timekeeper
        evidence = Evidence(
            now=timekeeper.now(), monotonic=time.monotonic(), is_trusted=timekeeper.trusted_since() is not None,
            error=timedelta(milliseconds=timekeeper.error_ms() or 0.0),
            answered_monotonic=timekeeper.answered_monotonic(), remembers=self._documents.remembers_alerts,
            up_monotonic=self._up_since,
        )  # fmt: skip
        self._is_present = is_present(self._word, evidence)
        if self._is_present:
            self._documents.believe()
            self._to_write.set()
        return self._is_present

    def _hear(self, issued_at: datetime, at_monotonic: float | None) -> None:
        if at_monotonic is not None:
            self._timekeeper.hear(issued_at, received_monotonic=at_monotonic)

    def _ours(self, alerts: Alerts | None) -> tuple[LiveAlert, ...]:
        if alerts is None:
            return ()
        return tuple(alert for alert in alerts.alerts if alert.devices is None or self._device in alert.devices)


def _zone_of(plan: Plan | None) -> tzinfo:
    return zone_of(plan.timezone if plan is not None else Plan.model_fields["timezone"].default)
