"""What sounds, what was told to follow it, and what fades out under it: each from its ledger entry to its booking."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from device_agent.booking import Books
from device_agent.playout.conclusions import NeverBegan, settle, skipped_ms
from device_agent.playout.relaying import slot_end
from device_agent.playout.values import Active, Sound, SoundKey, Start, Suspended
from device_agent.sound.port import Ended, EndedWhy, SoundError
from device_agent.stage.attention import Attention
from device_agent.stage.decks import Deck, Phase, longest_s
from device_agent.stage.punctuality import Punctuality
from device_agent.stage.stretches import Run
from device_agent.stage.witness import Witness
from device_agent.timekeeper import Timekeeper
from wire.messages import Heard, Reason

log = logging.getLogger(__name__)

CHECKPOINT_S = 15.0


class NotWrittenDownError(SoundError):
    """The start cannot be written into the journal, so the airing must not begin: after a power cut it would again.
    `is_slow`: it was written, and its last chance had passed by then."""

    def __init__(self, *, is_slow: bool = False) -> None:
        super().__init__("thẻ nhớ ghi nhật ký quá chậm" if is_slow else "không ghi được nhật ký vào thẻ nhớ")


class OnAir:
    """`emptied` is called when a deck may be used again, `failed` with what went wrong (None: it sounded), `alarmed`
    as soon as a part of an alert sounds."""

    def __init__(
        self,
        decks: Sequence[Deck],
        *,
        books: Books,
        timekeeper: Timekeeper,
        path_of: Callable[[str], Path],
        changed: Callable[[], None],
        alarmed: Callable[[], None],
        spawn: Callable[[Coroutine[None, None, None]], "asyncio.Task[None]"],
        emptied: Callable[[Deck], None],
        failed: Callable[[Deck, Sound, SoundError | None], None],
        witness: Callable[[], Witness],
    ) -> None:
        self._decks = decks
        self._books = books
        self._timekeeper = timekeeper
        self._changed = changed
        self._alarmed = alarmed
        self._spawn = spawn
        self._emptied = emptied
        self._failed = failed
        self._attention = Attention(witness, path_of=path_of)
        self._punctuality = Punctuality()
        self._current: Deck | None = None
        self._next: Deck | None = None
        self.busy_until: datetime | None = None
        self.start_error_ms = 0.0

    @property
    def active(self) -> Active | None:
        """What sounds, or was told to."""
        return self._run_of(self._current)

    @property
    def following(self) -> Active | None:
        """What was told to begin when the active sound ends."""
        return self._run_of(self._next)

    @property
    def leaving(self) -> tuple[Active, ...]:
        """What fades out under the active sound."""
        others = (deck for deck in self._decks if deck is not self._current and deck is not self._next)
        return tuple(run for deck in others if (run := self._run_of(deck)) is not None)

    @property
    def position_ms(self) -> int | None:
        """How far into its file what sounds is, None when nothing does."""
        return self._current.player.position_ms() if self._current is not None else None

    @property
    def source(self) -> str | None:
        """The address of the stream that sounds, None when none does."""
        feed = self._current.feed if self._current is not None else None
        return feed.source if feed is not None else None

    def start(self, deck: Deck, start: Start) -> None:
        """Begin what the deck holds: over what sounds, behind it, or in silence."""
        if deck.phase is not Phase.HELD or not self._makes_room(deck, start):
            return
        deck.phase, deck.run = Phase.ACTIVE, Active(sound=start.sound)
        deck.task = self._spawn(self._sounding(deck, start))

    def stop(self, key: SoundKey, reason: Reason) -> None:
        """Fade it out, and what was to follow it with it."""
        if self._current is None or self._current.run is None or self._current.run.sound.key != key:
            return
        for deck in (self._current, self._next):
            if deck is not None:
                self._retire(deck, reason)

    async def silence(self, reason: Reason) -> None:
        """Fade out whatever sounds, and wait until it is booked."""
        for deck in self._decks:
            if deck.phase is Phase.ACTIVE and deck.task is not None:
                self._retire(deck, reason)
        tasks = [deck.task for deck in self._decks if deck.phase is Phase.ACTIVE and deck.task is not None]
        if tasks:
            await asyncio.wait(tasks)

    def _run_of(self, deck: Deck | None) -> Active | None:
        """Return how its sound is going, begun by the station's time as it is believed now: that may have been set."""
        run = deck.run if deck is not None else None
        if deck is None or run is None or deck.began_at is None:
            return run
        return replace(run, started_at=self._timekeeper.instant_at(deck.began_at))

    # -- one sound ---------------------------------------------------------------------------------------------------

    def _makes_room(self, deck: Deck, start: Start) -> bool:
        """Give the deck its place; False: there is none."""
        if self._current is None or start.over is not None or start.continues:
            for other in (self._current, self._next):
                if other is not None:
                    self._retire(other, start.over or Reason.ALERT, yielded=start.continues)
            self._current, self._next = deck, None
        elif self._next is None and start.sound.alert is not None:
            self._next = deck
        else:
            return False
        return True

    def _retire(self, deck: Deck, reason: Reason, *, yielded: bool = False) -> None:
        """Fade it out, once."""
        if deck.run is None or deck.run.stopping is not None:
            return
        log.info("%s is stopped: %s", deck.run.sound.key, "it goes on" if yielded else reason)
        deck.run = replace(deck.run, stopping=reason, yielded=yielded)
        self._spawn(_awaited(deck.player.stop()))

    async def _sounding(self, deck: Deck, start: Start) -> None:
        """One sound from its ledger entry to its booking."""
        airing = start.sound.airing
        before = self._books.ledger.suspended.get(airing.airing_id) if airing is not None else None
        try:
            if start.sound.alert is not None:
                await self._sound(deck, start, before=None)
            elif await self._books.begin(start.sound, now=self._timekeeper.now()):
                await self._sound(deck, start, before=before)
            else:
                self._failed(deck, start.sound, NotWrittenDownError())
                await self._never_began(deck, start.sound)
        finally:
            if deck.began_at is not None:  # what never sounded kept nobody waiting
                self.busy_until = self._timekeeper.now()
            self._leave(deck)
            self._emptied(deck)

    def _leave(self, deck: Deck) -> None:
        """Give up its place; what was to follow it takes it."""
        self._attention.leave(deck)
        if self._current is deck:
            self._current, self._next = self._next, None
        elif self._next is deck:
            self._next = None

    def _limit(self, deck: Deck, sound: Sound, *, from_monotonic: float) -> None:
        """Have a relay that begins then end hard with its slot."""
        if deck.feed is not None and sound.airing is not None:
            deck.feed.lasts(self._timekeeper.monotonic_at(slot_end(sound.airing)) - from_monotonic)

    async def _sound(self, deck: Deck, start: Start, *, before: Suspended | None) -> None:
        is_stopped, now = deck.run is None or deck.run.stopping is not None, self._timekeeper.now()
        if is_stopped or not self._punctuality.may_still(start, now=now):
            airing = start.sound.airing
            if not is_stopped and airing is not None and now > airing.not_after:
                self._failed(deck, start.sound, NotWrittenDownError(is_slow=True))
            await self._never_began(deck, start.sound)
            return
        at_monotonic = self._timekeeper.monotonic_at(start.at)
        self._limit(deck, start.sound, from_monotonic=max(at_monotonic, time.monotonic()))
        overheard = self._attention.overhear(deck)
        try:
            started = await deck.player.start(at_monotonic)
        except SoundError as exc:
            if deck.run is not None and deck.run.stopping is None:
                self._failed(deck, start.sound, exc)
            await self._never_began(deck, start.sound)
            return
        self._failed(deck, start.sound, None)
        self._limit(deck, start.sound, from_monotonic=started.at_monotonic)
        self._attention.turn_to(deck, start.sound, started=started, overheard=overheard)
        deck.began_at = started.at_monotonic
        started_at = self._timekeeper.instant_at(started.at_monotonic)
        feed = deck.feed if start.sound.airing is not None else None
        run = Run(sound=start.sound, started_at=started_at, feed=feed, before=before)
        await self._note_start(deck, run)
        ended = await self._until_ended(deck, run)
        await self._book(deck, run, ended, heard=self._attention.told(deck))

    async def _never_began(self, deck: Deck, sound: Sound) -> None:
        await deck.player.stop(ramp_ms=0)
        await self._books.never_began(sound)

    async def _note_start(self, deck: Deck, run: Run) -> None:
        sound, started_at = run.sound, run.started_at
        planned_at = sound.airing.start_at if sound.airing is not None else started_at
        if sound.alert is not None:
            planned_at = sound.alert.effective_at
        start_error_ms = round((started_at - planned_at) / timedelta(milliseconds=1), 3)
        if deck.run is not None:
            deck.run = replace(deck.run, started_at=started_at)
        if deck is self._next:
            self._current, self._next = deck, None
        if deck is self._current:
            self.start_error_ms = start_error_ms
        log.info("%s sounds, %+.1f ms from its instant", sound.key, start_error_ms)
        self._changed()
        if sound.alert is not None:
            self._alarmed()
            # An alert does not wait for the disk: that it sounds anew after a power cut is the lesser evil.
            await self._books.begin(sound, now=self._timekeeper.now())
        await self._books.sounded(
            sound, started_at=started_at, start_error_ms=start_error_ms, stretches=run.stretches(played_ms=0)
        )

    async def _until_ended(self, deck: Deck, run: Run) -> Ended:
        """Wait for the end, noting now and then how far it came; a sound that never ends is ended."""
        sound = run.sound
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
                position_ms = deck.player.position_ms() or 0
                played_ms = max(0, position_ms - (0 if run.feed is not None else sound.from_ms))
                sounded = run.sounded(played_ms=played_ms)
                await self._books.checkpoint(
                    sound, played_ms=sounded.stream_ms if sounded is not None else position_ms,
                    stretches=run.stretches(played_ms=played_ms),
                )  # fmt: skip
        finally:
            waiting.cancel()

    async def _book(self, deck: Deck, run: Run, ended: Ended, *, heard: Heard | None) -> None:
        sound, active = run.sound, deck.run
        if active is None:
            return
        sounded = run.sounded(played_ms=ended.played_ms)
        position_ms = sound.from_ms + ended.played_ms if sounded is None else sounded.stream_ms
        failure = (ended.detail or "?") if ended.why in {EndedWhy.FAILED, EndedWhy.BROKEN} else None
        settlement = settle(
            active, finished=ended.why is EndedWhy.FINISHED, position_ms=position_ms, failure=failure, sounded=sounded,
            is_broken=ended.why is EndedWhy.BROKEN, before=run.before,
        )  # fmt: skip
        log.info("%s ended: %s %s after %d ms", sound.key, ended.why, settlement, position_ms)
        if isinstance(settlement, NeverBegan):
            await self._books.never_began(sound)
            return
        if deck.began_at is not None:  # the time may have become known only while it sounded
            run = replace(run, started_at=self._timekeeper.instant_at(deck.began_at))
        ended_at = self._timekeeper.instant_at(ended.at_monotonic)
        if failure is not None and sound.alert is not None:
            self._failed(deck, sound, SoundError(failure))
        cut_by = None if ended.why is EndedWhy.FINISHED else settlement.reason
        stretches = run.stretches(played_ms=ended.played_ms, ended_by=cut_by)
        await self._books.ended(
            sound, settlement, ended_at=ended_at, position_ms=position_ms, heard=heard, stretches=stretches,
            skipped_ms=skipped_ms(sound, run.before),
        )  # fmt: skip


async def _awaited(call: Awaitable[None]) -> None:
    await call
