"""Carries out what playout decided: decks that prepare, hold and sound, and the ledger written before each start.

It decides nothing itself. It keeps what playout must know about the moment: what is active, held, and failed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from device_agent.booking import Books
from device_agent.hearing.nothing import NoEar
from device_agent.playout.values import (
    Action,
    Active,
    Conclude,
    Failure,
    Part,
    Prepare,
    Release,
    Sound,
    SoundKey,
    Start,
    Stop,
)
from device_agent.sound.port import Player, SoundError, UnreadableSound
from device_agent.sound.siren import SirenFeed
from device_agent.stage.checkup import Checkup
from device_agent.stage.decks import Deck, Phase, cue_of, cue_of_siren
from device_agent.stage.onair import NotWrittenDownError, OnAir
from device_agent.stage.relays import OpenFeed, Relays, cue_of_relay, no_streams
from device_agent.stage.standby import Standby
from device_agent.stage.witness import Witness
from device_agent.timekeeper import Timekeeper
from wire.messages import Reason

if TYPE_CHECKING:
    from device_agent.hearing.listener import Listener

log = logging.getLogger(__name__)

RETRY_S = 2.0


class Stage:
    """`changed` is called whenever playout should be asked again; `spawn` runs a task whose death ends the process;
    `is_intact` checks a file's hash once more before it sounds, and drops it when it is another; `siren` is a player
    that holds nothing but the siren; `alarmed` is called as soon as a part of an alert sounds."""

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
        open_feed: OpenFeed = no_streams,
        siren: Player | None = None,
        alarmed: Callable[[], None] = lambda: None,
    ) -> None:
        self._decks = [Deck(player=player) for player in players]
        self._books = books
        self._timekeeper = timekeeper
        self._path_of = path_of
        self._is_intact = is_intact
        self._relays = Relays(open_feed, path_of=path_of, is_intact=is_intact, changed=changed)
        self._changed = changed
        self._spawn = spawn
        self.failures: dict[SoundKey, Failure] = {}
        self.standby = Standby(siren, spawn=spawn, changed=changed, note=self._note_fault)
        standing = [] if self.standby.deck is None else [self.standby.deck]
        self._checkup = Checkup([*standing, *self._decks], emptied=self._empty)
        self._decks += standing
        self.witness = Witness(listener, changed=changed, spawn=spawn)
        self._on_air = OnAir(
            self._decks, books=books, timekeeper=timekeeper, path_of=path_of, changed=changed, alarmed=alarmed,
            spawn=spawn, emptied=self._empty, failed=self._note_outcome, witness=lambda: self.witness,
        )  # fmt: skip

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
    def active(self) -> Active | None:
        """What sounds, or was told to."""
        return self._on_air.active

    @property
    def following(self) -> Active | None:
        """What was told to begin when the active sound ends."""
        return self._on_air.following

    @property
    def leaving(self) -> tuple[Active, ...]:
        """What fades out under the active sound."""
        return self._on_air.leaving

    @property
    def position_ms(self) -> int | None:
        """How far into its file what sounds is, None when nothing does."""
        return self._on_air.position_ms

    @property
    def source(self) -> str | None:
        """The address of the stream that sounds, None when none does."""
        return self._on_air.source

    @property
    def busy_until(self) -> datetime | None:
        """When the last sound ended."""
        return self._on_air.busy_until

    @property
    def start_error_ms(self) -> float:
        """How far from its instant what sounds began."""
        return self._on_air.start_error_ms

    @property
    def device_fault(self) -> str | None:
        """What keeps the sound device from sounding, as far as is known; None when nothing does."""
        return self._checkup.fault

    async def keep_checking(self) -> None:
        """Look at each player at the start, and again every minute as long as something is wrong with it."""
        await self._checkup.run()

    async def perform(self, actions: Iterable[Action]) -> None:
        """Do what was decided, in order."""
        # What sounds must not wait for the disk, so what is only to be written down comes last.
        for action in sorted(actions, key=lambda action: isinstance(action, Conclude)):
            log.debug("%s", action)
            match action:
                case Conclude():
                    await self._books.conclude(action)
                    self._changed()
                case Stop():
                    self._on_air.stop(action.key, action.reason)
                case Release():
                    self._release(action.key)
                case Prepare():
                    self._prepare(action.sound)
                case Start():
                    self._start(action)

    async def silence(self, reason: Reason) -> None:
        """Fade out whatever sounds and wait until it is booked; drop whatever is held."""
        self.standby.close()
        await self._on_air.silence(reason)
        for deck in self._decks:
            if deck.phase is Phase.PREPARING and deck.task is not None:
                deck.task.cancel()
            await deck.player.close()
            self._let_go(deck)
        await self.witness.close()

    @contextmanager
    def lent_player(self) -> Iterator[Player | None]:
        """Lend the player of an empty deck to the self-test, None when there is none; playout leaves it alone."""
        deck = next((deck for deck in self._decks if deck.phase is Phase.EMPTY and not deck.is_siren), None)
        if deck is None:
            yield None
            return
        deck.phase = Phase.CHECKING
        try:
            yield deck.player
        finally:
            self._empty(deck)

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
        self._let_go(deck)
        deck.phase, deck.sound, deck.task, deck.heard = Phase.EMPTY, None, None, None
        deck.run = deck.began_at = None
        if deck.is_siren:
            self.standby.stand_by()
        self._changed()

    def _let_go(self, deck: Deck) -> None:
        if deck.feed is not None:
            deck.feed.close()
        deck.feed = None

    # -- making ready ------------------------------------------------------------------------------------------------

    def _prepare(self, sound: Sound) -> None:
        if self.standby.take(sound):
            return
        deck = next((deck for deck in self._decks if deck.phase is Phase.EMPTY and not deck.is_siren), None)
        if deck is None:
            return  # a deck is being released; that will ask playout again
        deck.phase, deck.sound = Phase.PREPARING, sound
        deck.task = self._spawn(self._preparing(deck, sound))

    async def _preparing(self, deck: Deck, sound: Sound) -> None:
        is_relay = sound.airing is not None and sound.airing.relay is not None
        is_file = not is_relay and sound.part is not Part.SIREN
        if is_file and not await self._is_intact(sound.recording):  # a worn card changes bits; it is fetched again
            log.warning("%s: the file is damaged on the disk", sound.key)
            self._empty(deck)
            return
        try:
            if is_relay:
                deck.feed = await self._relays.open(sound)
                await self._relays.settled(deck.feed)
                await deck.player.prepare(cue_of_relay(sound, deck.feed))
            elif sound.part is Part.SIREN:
                deck.feed = SirenFeed(sound.siren, gain_db=sound.gain_db)
                alert_id = sound.alert.alert_id if sound.alert is not None else None
                await deck.player.prepare(cue_of_siren(deck.feed, alert_id=alert_id))
            else:
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

    def _note_fault(self, deck: Deck, fault: str | None) -> None:
        self._checkup.note(deck, fault)

    def _note_outcome(self, deck: Deck, sound: Sound, error: SoundError | None) -> None:
        if error is None:
            self._checkup.note(deck, None)
        else:
            self._note_failure(sound, error)
            self._changed()

    def _note_failure(self, sound: Sound, error: SoundError) -> None:
        hopeless = isinstance(error, UnreadableSound)
        is_disk = isinstance(error, NotWrittenDownError)
        log.warning("%s cannot sound: %s", sound.key, error)
        self.failures[sound.key] = Failure(
            reason=Reason.AUDIO_BROKEN if hopeless else Reason.DISK if is_disk else Reason.SOUND_DEVICE,
            detail=str(error)[:500],
            retry_at=None if hopeless else self._timekeeper.now() + timedelta(seconds=RETRY_S),
        )

    # -- sounding ----------------------------------------------------------------------------------------------------

    def _start(self, start: Start) -> None:
        deck = self._deck_of(start.sound.key)
        if deck is not None:
            self._on_air.start(deck, start)
