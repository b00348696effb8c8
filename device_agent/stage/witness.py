"""Listens while something sounds: a running verdict for the status, a final one for the report, never in the way."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Set
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from device_agent.hearing.nothing import NoEar
from device_agent.hearing.port import EarError, Sounding
from wire.messages import Heard

if TYPE_CHECKING:
    from device_agent.hearing.listener import Listener
    from device_agent.hearing.verdict import Hearing

log = logging.getLogger(__name__)

SETTLES_WITHIN_S = 10.0
"""The first seconds are unsure by nature; only an ear that still is so afterwards is worth telling of."""

LETS_GO_WITHIN_S = 2.0
"""How long the ear may take for its last word on the sound before."""


class Witness:
    """`listener` None or NoEar: a box without an ear, of which nothing is said. `changed` is called when the verdict or
    the fault is another; `spawn` runs a task."""

    def __init__(
        self,
        listener: "Listener | NoEar | None",
        *,
        changed: Callable[[], None],
        spawn: Callable[[Coroutine[None, None, None]], "asyncio.Task[None]"],
    ) -> None:
        self._listener = None if isinstance(listener, NoEar) else listener
        self._changed = changed
        self._spawn = spawn
        self._over: asyncio.Event | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._whole: Heard | None = None
        self._usual_gain_db: float | None = None
        self._keep: Callable[[float], None] = lambda _gain_db: None
        self.heard: Heard | None = None
        """The running verdict on what sounds; None without an ear, and until it can tell."""
        self.fault = listener.why if isinstance(listener, NoEar) and listener.is_fault else None
        """What keeps a wanted ear from hearing; None when nothing is known to."""

    @property
    def has_ear(self) -> bool:
        """Return whether anything listens."""
        return self._listener is not None

    def recall(self, usual_gain_db: float | None, *, keep: Callable[[float], None]) -> None:
        """Take up how loud the horns were heard in an earlier life; `keep` is told whenever they are heard."""
        self._usual_gain_db, self._keep = usual_gain_db, keep

    def attend(self, sounding: Sounding, *, gain_db: float) -> None:
        """Begin to listen to what has begun to sound with this gain."""
        if self._listener is None:
            return
        self._over = asyncio.Event()
        if self._usual_gain_db is not None:
            sounding = replace(sounding, usual_gain_db=self._usual_gain_db + gain_db)
        listening = self._attending(
            self._listener, sounding, self._over, before=frozenset(self._tasks), gain_db=gain_db
        )
        task = self._spawn(listening)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def dismiss(self) -> Heard | None:
        """Return what the ear says of the sound that ended, as a whole; at once, for the next sound may be due."""
        if self._over is not None:
            self._over.set()
        whole, self._over, self._whole, self.heard = self._whole, None, None, None
        return whole

    async def close(self) -> None:
        """Listen no more."""
        self.dismiss()
        await _ended(self._tasks)

    async def _attending(
        self,
        listener: "Listener",
        sounding: Sounding,
        over: asyncio.Event,
        *,
        before: "Set[asyncio.Task[None]]",
        gain_db: float,
    ) -> None:
        if before:  # a card may let only one program capture
            await asyncio.wait(before, timeout=LETS_GO_WITHIN_S)
            await _ended(before)
        if over.is_set():
            return
        try:
            async with aclosing(listener.listen(sounding, stop=over)) as hearings:
                async for hearing in hearings:
                    self._note(hearing, over)
                    if hearing.is_final and hearing.gain_db is not None and not sounding.is_common:
                        self._usual_gain_db = hearing.gain_db - gain_db
                        self._keep(self._usual_gain_db)
        except EarError as exc:
            self._fail(str(exc), over)
        except Exception as exc:
            # The root of a task whose death would end the process: a broken proof must not silence a village.
            log.exception("the ear failed in a way nobody thought of")
            self._fail(f"{type(exc).__name__}: {exc}", over)

    def _note(self, hearing: "Hearing", over: asyncio.Event) -> None:
        whole = hearing if hearing.is_final else hearing.so_far
        if self.fault is not None:
            self.fault = None
            self._changed()
        if over is not self._over or whole is None:
            return
        self._whole = _heard(whole)
        before, now = self.heard, _heard(whole if hearing.is_final else hearing)
        if before is None and now.verdict == "unsure" and hearing.at_s < SETTLES_WITHIN_S:
            return
        self.heard = now
        if before is None or before.verdict != now.verdict:
            log.info("the ear says: %s", now)
            self._changed()

    def _fail(self, fault: str, over: asyncio.Event) -> None:
        log.warning("the ear cannot hear: %s", fault)
        self.fault = fault[:200]
        if over is self._over:
            self._whole = self.heard = None
        self._changed()


async def _ended(tasks: "Set[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


def _heard(hearing: "Hearing") -> Heard:
    return Heard(
        verdict=hearing.verdict.value, score=hearing.score, delay_ms=hearing.delay_ms, gain_db=hearing.gain_db,
        share=hearing.share,
    )  # fmt: skip
