"""Starts and stops what somebody on the spot asks for, remembers it, and sees to it that it is reported once."""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from device_agent.booking import Books, OnDisk
from device_agent.button.memory import ButtonMemory, Remembered
from device_agent.playout import pressed
from device_agent.playout.alert_ends import vanished
from device_agent.playout.pressed import Instant, Mark, PressedAlert, Refusal
from device_agent.playout.values import AlertProgress, Conclude, Moment
from device_agent.timekeeper import Timekeeper
from wire.messages import Outcome, PreparedMessage, Reason

log = logging.getLogger(__name__)

DISK_WAITED_FOR_S = 2.0
"""A card that hangs must not keep a hamlet from being warned."""


class Pressing:
    """`moment` is how things stand beside the button; `is_intact` reads a file once more; `changed` has playout asked
    again; `boot_id` names this boot of the machine, in which the monotonic clock runs."""

    def __init__(
        self,
        memory: ButtonMemory,
        *,
        books: Books,
        timekeeper: Timekeeper,
        moment: Callable[[], Moment],
        is_intact: Callable[[str], Awaitable[bool]],
        changed: Callable[[], None],
        on_disk: OnDisk,
        boot_id: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._memory, self._books, self._timekeeper = memory, books, timekeeper
        self._moment, self._is_intact, self._changed, self._on_disk = moment, is_intact, changed, on_disk
        self._boot_id, self._monotonic = boot_id, monotonic
        self._known = memory.recall()
        self._current: PressedAlert | None = None
        self._pressed_s = 0.0
        self._is_stopped = False
        self._busy = asyncio.Lock()

    @property
    def is_sounding(self) -> bool:
        """Return whether what somebody started still sounds, or is still to."""
        return self._current is not None and not self._is_over(self._current)

    def alerts(self) -> tuple[PressedAlert, ...]:
        """Return what shall sound. Its times follow the box's belief: trust that comes late must not end it."""
        if self._current is None or self._is_stopped or not self._is_allowed():
            return ()
        return (self._dated(self._current),)

    def offered(self) -> tuple[tuple[int, PreparedMessage], ...]:
        """Return what may be started, each with its number on the button."""
        plan = self._moment().plan
        numbers = range(1, 1 + len(plan.button.messages)) if plan is not None and plan.button is not None else ()
        return tuple((n, message) for n in numbers if (message := pressed.chosen(plan, n)) is not None)

    @property
    def pin_scrypt(self) -> str | None:
        """Return what the page's PIN is checked against; None: the page is off."""
        plan = self._moment().plan
        return plan.button.pin_scrypt if plan is not None and plan.button is not None else None

    async def recover(self) -> None:
        """Report what the power took in the middle; call it before the journal recovers the rest."""
        lost = self._known.current
        if lost is None:
            return
        if not self._progress(lost).concluded:
            detail = "thiết bị khởi động lại giữa lúc phát"
            await self._books.conclude(
                Conclude(alert=lost, outcome=Outcome.INTERRUPTED, reason=Reason.POWER_LOST, detail=detail)
            )
        await self._keep(replace(self._known, current=None))

    async def press(self, number: int, *, by: str) -> Refusal | None:
        """Start the n-th message; return why not when it may not be started. `by` is for the log."""
        async with self._busy:
            await self._settle()
            refused = self._refusal(number)
            message = pressed.chosen(self._moment().plan, number)
            if refused is None and message is not None and not await self._is_intact(message.recording.sha256):
                refused = Refusal.NO_AUDIO
            if refused is not None or message is None:
                log.warning("button %d (%s) starts nothing: %s", number, by, refused)
                return refused
            await self._start(message, by=by)
            return None

    async def stop(self, *, by: str) -> bool:
        """Silence what was started; False when nothing sounds that was."""
        async with self._busy:
            if not self.is_sounding:
                return False
            log.warning("what the button started is stopped (%s)", by)
            self._is_stopped = True
            self._changed()
            return True

    async def settle(self) -> None:
        """Let go of what is over, and remember how long ago it was; call it every few seconds."""
        async with self._busy:
            await self._settle()
            await self._note_rest()

    async def may_guess(self) -> bool:
        """Charge one guess at the PIN before it is looked at; False: there were too many wrong ones."""
        async with self._busy:
            now = self._now()
            recent = pressed.recent(self._known.guesses, now)
            if not pressed.may_guess(recent, now):
                return False
            await self._keep(replace(self._known, guesses=(*recent, Mark(at=now))))
            return True

    async def guessed_right(self) -> None:
        """Take the guess back that was charged."""
        async with self._busy:
            await self._keep(replace(self._known, guesses=self._known.guesses[:-1]))

    async def _start(self, message: PreparedMessage, *, by: str) -> None:
        at_s = self._monotonic()
        alert = pressed.alert_of(
            message, alert_id=f"{pressed.ALERT_PREFIX}{secrets.token_hex(6)}",
            pressed_at=self._timekeeper.instant_at(at_s),
        )  # fmt: skip
        log.warning("button (%s) starts %s as %s", by, message.message_id, alert.alert_id)
        await self._keep(replace(self._known, last=Mark(at=self._now()), current=alert))
        self._current, self._pressed_s, self._is_stopped = alert, at_s, False
        self._changed()

    def _refusal(self, number: int) -> Refusal | None:
        moment = self._moment()
        return pressed.refusal(
            moment.plan, number, last=self._known.last, now=self._now(), is_sounding=self._current is not None,
            cached=moment.cached,
        )  # fmt: skip

    async def _settle(self) -> None:
        alert = self._current
        if alert is None or self._sounds(alert) or not self._is_over(alert):
            return
        if not self._progress(alert).concluded:
            dated, now = self._dated(alert), self._timekeeper.now()
            found = vanished([dated], self._moment(), issued_at=now)
            never = Conclude(alert=dated, outcome=Outcome.MISSED, reason=Reason.WITHDRAWN)
            await self._books.conclude(found[0] if found else never)
        self._current = None
        await self._keep(replace(self._known, current=None))
        self._changed()

    async def _note_rest(self) -> None:
        """Write down once that the interval has passed: after a reboot without a clock nothing else could tell."""
        plan, last, now = self._moment().plan, self._known.last, self._now()
        if last is None or plan is None or plan.button is None:
            return
        if last.rested_s < plan.button.least_interval_s <= pressed.elapsed_s(last, now):
            await self._keep(replace(self._known, last=pressed.rested(last, now)))

    def _is_over(self, alert: PressedAlert) -> bool:
        """Return whether it has sounded, was stopped, or its time is over; what failed is tried until then."""
        is_expired = self._timekeeper.now() >= self._dated(alert).expires_at
        is_taken_back = self._is_stopped or not self._is_allowed()
        return is_taken_back or is_expired or self._progress(alert).rounds > 0

    def _is_allowed(self) -> bool:
        """Return whether there is a button at all: a station that takes it away silences what it started."""
        plan = self._moment().plan
        return plan is not None and plan.button is not None

    def _sounds(self, alert: PressedAlert) -> bool:
        moment = self._moment()
        runs = (moment.active, moment.following, *moment.leaving)
        return any(run.sound.alert.alert_id == alert.alert_id for run in runs if run is not None and run.sound.alert)

    def _dated(self, alert: PressedAlert) -> PressedAlert:
        at = self._timekeeper.instant_at(self._pressed_s)
        return alert.model_copy(
            update={"effective_at": at, "expires_at": at + (alert.expires_at - alert.effective_at)}
        )  # fmt: skip

    def _progress(self, alert: PressedAlert) -> AlertProgress:
        return self._books.ledger.alerts.get((alert.alert_id, alert.version), AlertProgress())

    def _now(self) -> Instant:
        """Return this instant by all that is certain: a clock that is not trusted says nothing."""
        timekeeper, plan = self._timekeeper, self._moment().plan
        is_trusted = timekeeper.trusted_since() is not None
        error = timedelta(milliseconds=timekeeper.belief().error_ms or 0.0)
        now = timekeeper.now()
        certain = now - error if is_trusted or plan is None else plan.issued_at
        return Instant(
            boot=self._boot_id, monotonic_s=self._monotonic(), earliest=certain,
            latest=now + error if is_trusted else None,
        )  # fmt: skip

    async def _keep(self, remembered: Remembered) -> None:
        self._known = remembered
        writing = asyncio.ensure_future(self._on_disk(lambda: self._memory.keep(remembered)))
        await asyncio.wait({writing}, timeout=DISK_WAITED_FOR_S)
