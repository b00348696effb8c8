"""Carries out what playout decided: decks that prepare, hold and sound, and the ledger written before each start.

It decides nothing itself. It keeps what playout must know about the moment: what is active, held, and failed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from device_agent.booking import Books
from device_agent.hearing.nothing import NoEar
from device_agent.playout.conclusions import NeverBegan, settle
from device_agent.playout.values import (
    Action,
    Active,
    Conclude,
    Failure,
    Prepare,
    Release,
    Sound,
    SoundKey,
    Start,
    Stop,
)
from device_agent.sound.port import Ended, EndedWhy, Player, SoundError, Started, UnreadableSound
from device_agent.stage.checkup import Checkup
from device_agent.stage.decks import Deck, Phase, cue_of, longest_s, sounding_of
from device_agent.stage.witness import Witness
from device_agent.timekeeper import Timekeeper
from wire.messages import Heard, Reason

if TYPE_CHECKING:
    from device_agent.hearing.listener import Listener

log = logging.getLogger(__name__)

RETRY_S = 2.0
CHECKPOINT_S = 15.0


class Stage:
    """`changed` is called whenever playout should be asked again; `spawn` runs a task whose death ends the process;
    `is_intact` checks a file's hash once more before it sounds, and drops it when it is another."""

    def __init__(
        self,
        players: Iterable[Player],
        *,
        books: Books,
        timekeeper: Timekeeper,
        path_of: Callable[[str], Path],
        is_intact: Callable[[str], Awaitable[bool]],
        changed: Callable[[], None],
        spawn: Callable[[Coroutine[None, None, None]], "asyncio.Task[None]"],
        listener: "Listener | NoEar | None" = None,
    ) -> None:
        self._decks = [Deck(player=player) for player in players]
        self._books = books
        self._timekeeper = timekeeper
        self._path_of = path_of
        self._is_intact = is_intact
        self._changed = changed
        self._spawn = spawn
        self.active: Active | None = None
        self.failures: dict[SoundKey, Failure] = {}
        self.busy_until: datetime | None = None
        self.start_error_ms = 0.0
        self._checkup = Checkup(self._decks, emptied=self._empty)
        self.witness = Witness(listener, changed=changed, spawn=spawn)

    @property
    def player_name(self) -> str:
        return self._decks[0].player.name

    @property
    def preparing(self) -> frozenset[SoundKey]:
        return self._keys(Phase.PREPARING)

    @property
    def held(self) -> frozenset[SoundKey]:
        return self._keys(Phase.HELD)

    @property
    def position_ms(self) -> int | None:
        """How far into its file what sounds is, None when nothing does."""
        return next((deck.player.position_ms() for deck in self._decks if deck.phase is Phase.ACTIVE), None)

    @property
    def device_fault(self) -> str | None:
        """What keeps the sound device from sounding, as far as is known; None when nothing does."""
        return self._checkup.fault

    async def keep_checking(self) -> None:
        """Look at each player at the start, and again every minute as long as something is wrong with it."""
        await self._checkup.run()

    async def perform(self, actions: Iterable[Action]) -> None:
        """Do what was decided, in order."""
        for action in actions:
            log.debug("%s", action)
            match action:
                case Conclude():
                    await self._books.conclude(action)
                    self._changed()
                case Stop():
                    self._stop(action.key, action.reason)
                case Release():
                    self._release(action.key)
                case Prepare():
                    self._prepare(action.sound)
                case Start():
                    self._start(action)

    async def silence(self, reason: Reason) -> None:
        """Fade out whatever sounds and wait until it is booked; drop whatever is held."""
        if self.active is not None and self.active.stopping is None:
            self._stop(self.active.sound.key, reason)
        for deck in self._decks:
            if deck.phase is Phase.ACTIVE and deck.task is not None:
                await asyncio.wait([deck.task])
        for deck in self._decks:
            if deck.phase is Phase.PREPARING and deck.task is not None:
                deck.task.cancel()
            await deck.player.close()
        await self.witness.close()

    def forget_failures(self, now: datetime, *, older_than: timedelta) -> None:
        """Forget failures nobody asks for any more."""
        self.failures = {
            key: failure
            for key, failure in self.failures.items()
            if failure.retry_at is None or now - failure.retry_at < older_than
        }

    def _keys(self, phase: Phase) -> frozenset[SoundKey]:
        return frozenset(deck.sound.key for deck in self._decks if deck.phase is phase and deck.sound is not None)

    def _deck_of(self, key: SoundKey) -> Deck | None:
        return next((deck for deck in self._decks if deck.sound is not None and deck.sound.key == key), None)

    def _empty(self, deck: Deck) -> None:
        deck.phase, deck.sound, deck.task = Phase.EMPTY, None, None
        self._changed()

    # -- making ready ------------------------------------------------------------------------------------------------

    def _prepare(self, sound: Sound) -> None:
        deck = next((deck for deck in self._decks if deck.phase is Phase.EMPTY), None)
        if deck is None:
            return  # a deck is being released; that will ask playout again
        deck.phase, deck.sound = Phase.PREPARING, sound
        deck.task = self._spawn(self._preparing(deck, sound))

    async def _preparing(self, deck: Deck, sound: Sound) -> None:
        if not await self._is_intact(sound.recording):  # a worn card changes bits; it is fetched again
            log.warning("%s: the file is damaged on the disk", sound.key)
            self._empty(deck)
            return
        try:
            await deck.player.prepare(cue_of(sound, self._path_of(sound.recording)))
        except SoundError as exc:
            self._note_failure(sound, exc)
            if not isinstance(exc, UnreadableSound):
                self._checkup.note(deck, str(exc))
            self._empty(deck)
            return
        deck.phase = Phase.HELD
        self._changed()

    def _release(self, key: SoundKey) -> None:
        deck = self._deck_of(key)
        if deck is None or deck.phase not in {Phase.PREPARING, Phase.HELD}:
            return
        preparing = deck.task if deck.phase is Phase.PREPARING else None
        deck.phase = Phase.RELEASING
        deck.task = self._spawn(self._releasing(deck, preparing))

    async def _releasing(self, deck: Deck, preparing: "asyncio.Task[None] | None") -> None:
        if preparing is not None:
            preparing.cancel()
            await asyncio.wait([preparing])
        await deck.player.stop(ramp_ms=0)
        self._empty(deck)

    def _note_failure(self, sound: Sound, error: SoundError) -> None:
        hopeless = isinstance(error, UnreadableSound)
        log.warning("%s cannot sound: %s", sound.key, error)
        self.failures[sound.key] = Failure(
            reason=Reason.AUDIO_BROKEN if hopeless else Reason.SOUND_DEVICE,
            detail=str(error)[:500],
            retry_at=None if hopeless else self._timekeeper.now() + timedelta(seconds=RETRY_S),
        )

    # -- sounding ----------------------------------------------------------------------------------------------------

    def _start(self, start: Start) -> None:
        deck = self._deck_of(start.sound.key)
        if deck is None or deck.phase is not Phase.HELD or self.active is not None:
            return
        deck.phase = Phase.ACTIVE
        self.active = Active(sound=start.sound)
        deck.task = self._spawn(self._sounding(deck, start))

    async def _sounding(self, deck: Deck, start: Start) -> None:
        """One sound from its ledger entry to its booking."""
        try:
            written = await self._books.begin(start.sound, now=self._timekeeper.now())
            if not written:
                self._note_failure(start.sound, SoundError("không ghi được nhật ký vào thẻ nhớ"))
            if written and self._may_still(start):
                await self._sound(deck, start)
            else:
                await self._never_began(deck, start.sound)
        finally:
            self.busy_until = self._timekeeper.now()
            self.active = None
            self._empty(deck)

    def _may_still(self, start: Start) -> bool:
        """Return whether it may begin, now that the ledger is on the disk: a worn card can take seconds."""
        if self.active is None or self.active.stopping is not None:
            return False
        airing = start.sound.airing
        return airing is None or max(start.at, self._timekeeper.now()) <= airing.not_after

    async def _sound(self, deck: Deck, start: Start) -> None:
        try:
            started = await deck.player.start(self._timekeeper.monotonic_at(start.at))
        except SoundError as exc:
            if self.active is not None and self.active.stopping is None:
                self._note_failure(start.sound, exc)
            await self._never_began(deck, start.sound)
            return
        self._checkup.note(deck, None)
        sounding = sounding_of(start.sound, self._path_of(start.sound.recording), started=started)
        self.witness.attend(sounding, gain_db=start.sound.gain_db)
        await self._note_start(start.sound, started)
        ended = await self._until_ended(deck, start.sound)
        await self._book(start.sound, ended, heard=self.witness.dismiss())

    async def _never_began(self, deck: Deck, sound: Sound) -> None:
        await deck.player.stop(ramp_ms=0)
        await self._books.never_began(sound)

    async def _note_start(self, sound: Sound, started: Started) -> None:
        started_at = self._timekeeper.instant_at(started.at_monotonic)
        planned_at = sound.airing.start_at if sound.airing is not None else started_at
        if sound.alert is not None:
            planned_at = sound.alert.effective_at
        self.start_error_ms = round((started_at - planned_at) / timedelta(milliseconds=1), 3)
        if self.active is not None:
            self.active = replace(self.active, started_at=started_at)
        log.info("%s sounds, %+.1f ms from its instant", sound.key, self.start_error_ms)
        self._changed()
        await self._books.sounded(sound, started_at=started_at, start_error_ms=self.start_error_ms)

    async def _until_ended(self, deck: Deck, sound: Sound) -> Ended:
        """Wait for the end, noting now and then how far it came; a sound that never ends is ended."""
        waiting = asyncio.ensure_future(deck.player.wait())
        asked_at = asyncio.get_running_loop().time()
        try:
            while True:
                done, _ = await asyncio.wait([waiting], timeout=CHECKPOINT_S)
                if done:
                    return waiting.result()
                if asyncio.get_running_loop().time() - asked_at > longest_s(sound):
                    await deck.player.stop()
                    return replace(await waiting, why=EndedWhy.FAILED, detail="âm thanh không tự kết thúc")
                await self._books.checkpoint(sound, played_ms=deck.player.position_ms() or 0)
        finally:
            waiting.cancel()

    async def _book(self, sound: Sound, ended: Ended, *, heard: Heard | None) -> None:
        active = self.active
        if active is None:
            return
        position_ms = sound.from_ms + ended.played_ms
        failure = (ended.detail or "?") if ended.why is EndedWhy.FAILED else None
        settlement = settle(
            active, finished=ended.why is EndedWhy.FINISHED, position_ms=position_ms, failure=failure
        )  # fmt: skip
        log.info("%s ended: %s %s after %d ms", sound.key, ended.why, settlement, position_ms)
        if isinstance(settlement, NeverBegan):
            await self._books.never_began(sound)
            return
        ended_at = self._timekeeper.instant_at(ended.at_monotonic)
        if failure is not None and sound.alert is not None:
            self._note_failure(sound, SoundError(failure))
        await self._books.ended(sound, settlement, ended_at=ended_at, position_ms=position_ms, heard=heard)

    def _stop(self, key: SoundKey, reason: Reason) -> None:
        deck, active = self._deck_of(key), self.active
        if deck is None or active is None or active.sound.key != key:
            return
        log.info("%s is stopped: %s", key, reason)
        self.active = replace(active, stopping=reason)
        self._spawn(_awaited(deck.player.stop()))


async def _awaited(call: Awaitable[None]) -> None:
    await call
