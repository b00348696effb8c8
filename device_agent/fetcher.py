"""Brings the audio that the plan needs onto the disk: some chunks at a time, what is needed soonest first.

It subscribes to the topics of the chunks it misses; the broker holds them retained, so each subscription is a question
and each message an answer. It knows no MQTT: subscribing and unsubscribing are functions handed in.
"""

import errno
import itertools
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from device_agent.pace import Pace
from wire.chunks import Chunk, ChunkError, unpack
from wire.messages import AudioProgress, FileRef

log = logging.getLogger(__name__)

ASK_AGAIN_S = 120.0
OPEN_QUESTIONS = 256
DISK_RETRY_S = 30.0
_LONGEST_BACKOFF_S = 300.0

T = TypeVar("T")


class Shelf(Protocol):
    """Where chunks go: the audio store, or a fake one in tests."""

    held: frozenset[str]

    def missing(self, ref: FileRef) -> tuple[int, ...]: ...
    def write(self, ref: FileRef, chunk: Chunk) -> None: ...
    def finish(self, ref: FileRef) -> bool: ...


OnDisk = Callable[[Callable[[], T]], Awaitable[T]]


@dataclass(slots=True)
class _Trouble:
    """How often something went wrong with one thing, and when it may be tried again."""

    times: int = 0
    retry_at: float = 0.0

    def happened(self, now: float, *, first_s: float) -> None:
        self.retry_at = now + min(_LONGEST_BACKOFF_S, first_s * 2**self.times)
        self.times += 1


@dataclass(slots=True)
class _Open:
    """A question that stands: when it was asked first, and when last."""

    first_s: float
    last_s: float


@dataclass(slots=True)
class _Wanted:
    ref: FileRef
    missing: set[int]
    damaged: dict[int, _Trouble] = field(default_factory=dict)


Question = tuple[str, int]


class Fetcher:
    """`ask` and `cease` take the chunks' (sha256, number); `on_disk` runs a call where it may block."""

    def __init__(
        self,
        shelf: Shelf,
        *,
        ask: Callable[[Sequence[Question]], None],
        cease: Callable[[Sequence[Question]], None],
        fits: Callable[[Chunk, FileRef], bool],
        on_disk: Callable[[Callable[[], object]], Awaitable[object]],
        monotonic: Callable[[], float],
    ) -> None:
        self._shelf = shelf
        self._ask = ask
        self._cease = cease
        self._fits = fits
        self._on_disk = on_disk
        self._monotonic = monotonic
        self._wanted: dict[str, _Wanted] = {}
        self._open: dict[Question, _Open] = {}
        self._mismatches: dict[str, _Trouble] = {}
        self._disk = _Trouble()
        self._pace = Pace()
        self._online = False
        self.damaged_chunks = 0

    @property
    def broken(self) -> frozenset[str]:
        """Files whose content was not what the plan promised, and that have not come right since."""
        return frozenset(self._mismatches)

    def want(self, refs: Iterable[FileRef]) -> None:
        """Fetch these, in this order; whatever else was under way is left where it is."""
        wanted: dict[str, _Wanted] = {}
        for ref in refs:
            if ref.sha256 not in wanted and (missing := self._shelf.missing(ref)):
                old = self._wanted.get(ref.sha256)
                wanted[ref.sha256] = _Wanted(ref=ref, missing=set(missing), damaged=old.damaged if old else {})
        self._wanted = wanted
        self._drop_questions(q for q in self._open if q[0] not in wanted)
        self.pursue()

    def connected(self) -> None:
        """The broker is there: every question is asked anew."""
        self._online = True
        self._open.clear()
        self.pursue()

    def disconnected(self) -> None:
        """Nothing can be asked until the broker is back."""
        self._online = False
        self._open.clear()

    def progress(self) -> tuple[AudioProgress, ...]:
        """Return what is still missing, in the order in which it is fetched."""
        return tuple(
            AudioProgress(
                sha256=wanted.ref.sha256, chunks_held=wanted.ref.chunks - len(wanted.missing), chunks=wanted.ref.chunks
            )
            for wanted in self._wanted.values()
        )

    def errors(self) -> tuple[str, ...]:
        """Return what is wrong just now, as `code:sha256[:8]:times` for the station's page."""
        found = ["disk_full"] if self._disk.times else []
        found += [f"hash_mismatch:{sha256[:8]}:{trouble.times}" for sha256, trouble in self._mismatches.items()]
        for sha256, wanted in self._wanted.items():
            if times := sum(trouble.times for trouble in wanted.damaged.values()):
                found.append(f"chunk_damaged:{sha256[:8]}:{times}")
        return tuple(found)

    async def receive(self, sha256: str, number: int, payload: bytes) -> bool:
        """Take a chunk that arrived; True when with it a file has become whole."""
        wanted = self._wanted.get(sha256)
        asked = self._open.get((sha256, number))
        if asked is not None and payload:
            self._pace.answered(asked_at=asked.last_s, now=self._monotonic())
        if wanted is None or number not in wanted.missing:
            self._drop_questions([(sha256, number)], even_unasked=True)
            return False
        if not payload:  # the station cleared it
            return False
        try:
            chunk = unpack(payload)
        except ChunkError as exc:
            return self._damaged(wanted, number, why=str(exc))
        if chunk.number != number or not self._fits(chunk, wanted.ref):
            return self._damaged(wanted, number, why="it does not belong to this file")
        return await self._store(wanted, chunk)

    def pursue(self) -> None:
        """Ask for more as far as the window allows; call it whenever something changed, and every few seconds."""
        now = self._monotonic()
        if not self._online or self._disk.retry_at > now:
            return
        # A question that is open for long no longer counts: the station has not published that chunk yet.
        fresh = sum(1 for asked in self._open.values() if now - asked.first_s < self._pace.patience_s)
        new = self._new_questions(now, room=self._pace.window - fresh)
        again = [question for question, asked in self._open.items() if now - asked.last_s >= ASK_AGAIN_S]
        if len(self._open) + len(new) > OPEN_QUESTIONS:
            self._drop_questions(sorted(self._open, key=lambda q: self._open[q].first_s)[: len(new)])
        for question in again:
            self._open[question].last_s = now
        self._open.update({question: _Open(first_s=now, last_s=now) for question in new})
        if again:
            self._cease(again)  # some brokers answer only a subscription that is new to them
        if new or again:
            self._ask([*new, *again])

    def _new_questions(self, now: float, *, room: int) -> list[Question]:
        found: list[Question] = []
        for wanted in self._wanted.values():
            if room <= len(found):
                break
            if not self._is_waiting(self._mismatches.get(wanted.ref.sha256), now):
                found += self._questions_about(wanted, now)[: room - len(found)]
        return found

    def _questions_about(self, wanted: _Wanted, now: float) -> list[Question]:
        sha256 = wanted.ref.sha256
        standing = sum(1 for number in wanted.missing if (sha256, number) in self._open)
        numbers = (
            number
            for number in sorted(wanted.missing)
            if (sha256, number) not in self._open and not self._is_waiting(wanted.damaged.get(number), now)
        )
        # With so many questions of one file unanswered, no more are asked: the others shall not wait for it.
        return [(sha256, number) for number in itertools.islice(numbers, max(0, self._pace.window - standing))]

    @staticmethod
    def _is_waiting(trouble: _Trouble | None, now: float) -> bool:
        return trouble is not None and trouble.retry_at > now

    def _damaged(self, wanted: _Wanted, number: int, *, why: str) -> bool:
        log.warning("chunk %s/%d refused: %s", wanted.ref.sha256[:8], number, why)
        self.damaged_chunks += 1
        wanted.damaged.setdefault(number, _Trouble()).happened(self._monotonic(), first_s=1.0)
        self._drop_questions([(wanted.ref.sha256, number)])
        return False

    async def _store(self, wanted: _Wanted, chunk: Chunk) -> bool:
        ref = wanted.ref
        try:
            await self._on_disk(lambda: self._shelf.write(ref, chunk))
            self._disk = _Trouble()
            wanted.missing.discard(chunk.number)
            wanted.damaged.pop(chunk.number, None)
            self._drop_questions([(ref.sha256, chunk.number)])
            return not wanted.missing and await self._finish(wanted)
        except OSError as exc:
            self._disk_refused(exc)
            return False
        finally:
            self.pursue()

    async def _finish(self, wanted: _Wanted) -> bool:
        ref = wanted.ref
        if await self._on_disk(lambda: self._shelf.finish(ref)):
            self._wanted.pop(ref.sha256, None)
            self._mismatches.pop(ref.sha256, None)
            log.info("audio %s is whole", ref.sha256[:8])
            return True
        log.warning("audio %s is not what the plan promised; it is fetched again", ref.sha256[:8])
        self._mismatches.setdefault(ref.sha256, _Trouble()).happened(self._monotonic(), first_s=2.0)
        wanted.missing.update(range(ref.chunks))
        return False

    def _disk_refused(self, error: OSError) -> None:
        """Leave everything as it is and try later: what is missing stays missing."""
        kind = errno.errorcode.get(error.errno or 0, "?")
        log.warning("the disk refuses audio: %s %s", kind, error)
        self._disk.times += 1
        self._disk.retry_at = self._monotonic() + DISK_RETRY_S
        self._drop_questions(list(self._open))

    def _drop_questions(self, questions: Iterable[Question], *, even_unasked: bool = False) -> None:
        dropped = [question for question in list(questions) if even_unasked or question in self._open]
        for question in dropped:
            self._open.pop(question, None)
        if dropped and self._online:
            self._cease(dropped)
