"""Turns what happened on the stage into journal entries, on the thread where the disk may block."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol, TypeVar

from device_agent.journal.journal import Journal
from device_agent.journal.rows import Begun, Concluded, JournalError
from device_agent.playout.alert_ends import after_end, words_ms
from device_agent.playout.conclusions import Final, Settlement, Suspend
from device_agent.playout.pressed import PressedAlert
from device_agent.playout.values import AlertProgress, AlertVersion, Conclude, Ledger, Sound
from wire.messages import Ack, Heard, LiveAlert, Outcome, PlannedAiring, Stretch

log = logging.getLogger(__name__)

Stretches = tuple[Stretch, ...]

T = TypeVar("T")


class OnDisk(Protocol):
    """Runs a blocking call on the one thread that owns the journal."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]: ...


class Books:
    """What the journal knows, and what it shall know as soon as the disk takes it.

    A card that went read-only must not make the box sound twice or keep an alert silent: what cannot be written is
    kept in memory, counts at once, and is written by `catch_up`. `reported` is called when there are reports to send.
    """

    def __init__(self, journal: Journal, *, on_disk: OnDisk, reported: Callable[[], None]) -> None:
        self._journal = journal
        self._on_disk = on_disk
        self._reported = reported
        self._unwritten: list[Callable[[], None]] = []
        self._final: frozenset[str] = frozenset()
        self._alerts: dict[AlertVersion, AlertProgress] = {}
        self._heard: dict[AlertVersion, Heard] = {}

    @property
    def ledger(self) -> Ledger:
        written = self._journal.ledger
        return replace(written, final=written.final | self._final, alerts={**written.alerts, **self._alerts})

    @property
    def is_behind(self) -> bool:
        """Return whether something could not be written down yet."""
        return bool(self._unwritten)

    async def catch_up(self) -> None:
        """Try to write what the disk refused before; call it every few seconds."""
        while self._unwritten:
            if not await self._written(self._unwritten[0]):
                return
            self._unwritten.pop(0)
            self._reported()

    async def begin(self, sound: Sound, *, now: datetime) -> bool:
        """Write the start down first. False: it cannot be written down, so an airing must not begin; an alert does."""
        begun = _begun(sound.airing, sound.alert)
        return await self._written(lambda: self._journal.begin(begun, at=now)) or sound.alert is not None

    async def acknowledged(self, ack: Ack) -> None:
        """Forget what the station has on its disk; when there is more, the next batch is due."""
        try:
            forgot = await self._on_disk(lambda: self._journal.acknowledge(ack.journal, up_to=ack.up_to))
        except JournalError:
            log.exception("the acknowledgement cannot be written down; the station will get the reports again")
            return
        if not forgot:
            return
        more = await self._on_disk(lambda: self._journal.unacknowledged(limit=1))
        if more:
            self._reported()

    async def never_began(self, sound: Sound) -> None:
        key = _begun(sound.airing, sound.alert).key
        await self._write(lambda: self._journal.never_began(key))

    async def sounded(
        self, sound: Sound, *, started_at: datetime, start_error_ms: float, stretches: Stretches = ()
    ) -> None:
        key = _begun(sound.airing, sound.alert).key
        await self._written(
            lambda: self._journal.sounded(
                key, started_at=started_at, start_error_ms=start_error_ms, stretches=stretches
            )
        )

    async def checkpoint(self, sound: Sound, *, played_ms: int, stretches: Stretches = ()) -> None:
        key = _begun(sound.airing, sound.alert).key
        await self._written(lambda: self._journal.checkpoint(key, played_ms=played_ms, stretches=stretches))

    async def ended(
        self,
        sound: Sound,
        settlement: Settlement,
        *,
        ended_at: datetime,
        position_ms: int,
        heard: Heard | None = None,
        stretches: Stretches = (),
        skipped_ms: int = 0,
    ) -> None:
        """Book the end of something that sounded, with its stretches since it last began and what the ear says; so much
        of what lies before its position was left out."""
        match settlement:
            case Suspend(reason=reason) if sound.airing is not None:
                key = _begun(sound.airing, None).key
                if not await self._written(
                    lambda: self._journal.suspend(
                        key, position_ms=position_ms, reason=reason, at=ended_at, stretches=stretches
                    )
                ):
                    final = Final(outcome=Outcome.INTERRUPTED, reason=reason)
                    await self.ended(
                        sound, final, ended_at=ended_at, position_ms=position_ms, heard=heard, stretches=stretches
                    )
            case Final() | Suspend() if sound.alert is not None:
                heard = self._heard_of(sound.alert, heard)
                progress, report = after_end(self._progress(sound.alert), sound, settlement, ended_at=ended_at)
                if report is None:
                    await self._note_progress(sound.alert, progress, stretches=stretches)
                    return
                self._heard.pop((sound.alert.alert_id, sound.alert.version), None)
                played_ms = words_ms(self._progress(sound.alert), sound, position_ms=position_ms)
                concluded = _concluded(report, ended_at=ended_at, played_ms=played_ms, heard=heard)
                concluded = replace(concluded, stretches=stretches)
                await self._conclude(_begun(None, sound.alert), concluded, alert=sound.alert, progress=progress)
            case Final():
                played_ms = max(0, position_ms - skipped_ms)
                concluded = _concluded(settlement, ended_at=ended_at, played_ms=played_ms, heard=heard)
                concluded = replace(concluded, stretches=stretches)
                await self._conclude(_begun(sound.airing, None), concluded)

    async def conclude(self, action: Conclude) -> None:
        """Book the outcome of something that does not sound."""
        begun = _begun(action.airing, action.alert)
        log.info("%s: %s %s", begun.key, action.outcome, action.reason)
        concluded = Concluded(outcome=action.outcome, reason=action.reason, detail=action.detail)
        if action.alert is None:
            await self._conclude(begun, concluded)
            return
        known = self._progress(action.alert)
        await self._conclude(begun, concluded, alert=action.alert, progress=replace(known, concluded=True))

    async def _note_progress(self, alert: LiveAlert, progress: AlertProgress, *, stretches: Stretches) -> None:
        """Book a part of a round. Of a round that ends without a report nothing is kept but that it is over."""
        self._alerts[alert.alert_id, alert.version] = progress
        is_open = not progress.concluded or progress.plays > 0 or progress.sirens > 0
        await self._write(
            lambda: self._journal.note_progress(
                alert.alert_id, alert.version, progress, stretches=stretches, is_open=is_open
            )
        )

    async def _conclude(
        self,
        begun: Begun,
        concluded: Concluded,
        *,
        alert: LiveAlert | None = None,
        progress: AlertProgress | None = None,
    ) -> None:
        version = alert.version if alert is not None else 0
        if begun.airing_id is not None:
            self._final |= {begun.airing_id}
        if alert is not None and progress is not None:
            self._alerts[alert.alert_id, version] = progress
        await self._write(lambda: self._journal.conclude(begun, concluded, progress=progress, version=version))
        self._reported()

    def _heard_of(self, alert: LiveAlert, heard: Heard | None) -> Heard | None:
        """Return what the ear says of an alert: what it said of the latest part (siren or words) it could judge."""
        before = self._heard.get((alert.alert_id, alert.version))
        if heard is None or (before is not None and heard.verdict == "unsure"):
            return before
        self._heard[alert.alert_id, alert.version] = heard
        return heard

    def _progress(self, alert: LiveAlert) -> AlertProgress:
        return self.ledger.alerts.get((alert.alert_id, alert.version), AlertProgress())

    async def _write(self, call: Callable[[], None]) -> None:
        """Write it down now, or as soon as the disk takes it; the order stays."""
        if self._unwritten or not await self._written(call):
            self._unwritten.append(call)

    async def _written(self, call: Callable[[], None]) -> bool:
        try:
            await self._on_disk(call)
        except JournalError:
            log.exception("the journal refuses")
            return False
        return True


def _begun(airing: PlannedAiring | None, alert: LiveAlert | None) -> Begun:
    if alert is not None:
        recording = alert.recording.sha256 if alert.recording is not None else None
        key = f"alert/{alert.alert_id}/{alert.version}"
        return Begun(
            key=key, alert_id=alert.alert_id, alert_version=alert.version, start_at=alert.effective_at,
            recording=recording, pressed=alert.pressed if isinstance(alert, PressedAlert) else None,
        )  # fmt: skip
    if airing is None:
        raise ValueError("a sound is an airing or an alert")
    return Begun(
        key=f"airing/{airing.airing_id}", airing_id=airing.airing_id, start_at=airing.start_at,
        recording=airing.recording.sha256 if airing.recording is not None else None,
    )  # fmt: skip


def _concluded(final: Final, *, ended_at: datetime, played_ms: int, heard: Heard | None) -> Concluded:
    return Concluded(
        outcome=final.outcome, reason=final.reason, detail=final.detail, ended_at=ended_at, played_ms=played_ms,
        heard=heard,
    )  # fmt: skip
