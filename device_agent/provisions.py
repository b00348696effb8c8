"""The audio on the box: what the plan and the alerts need is fetched and checked, and what nobody needs makes room."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from device_agent.audio_store import AudioStore, fits
from device_agent.booking import OnDisk
from device_agent.fetcher import Fetcher, Question
from device_agent.inbox import ChunkArrived
from device_agent.playout.values import Moment
from device_agent.playout.wants import urgent_audio, wanted_audio
from wire.messages import AudioProgress, FileRef

log = logging.getLogger(__name__)

HOUSEKEEPING_EVERY_S = 3600.0
TIDY_FULL_DISK_EVERY_S = 60.0


class Provisions:
    """`ask` and `cease` take the chunks' (sha256, number); `wheel` is the file of the version to come, if any; `moment`
    tells how things stand, `on_disk` runs calls where audio may block, `unix_s` is the clock that dates files."""

    def __init__(
        self,
        store: AudioStore,
        *,
        ask: Callable[[Sequence[Question]], None],
        cease: Callable[[Sequence[Question]], None],
        wheel: Callable[[], FileRef | None],
        moment: Callable[[], Moment],
        budget_bytes: int,
        on_disk: OnDisk,
        unix_s: Callable[[], float],
    ) -> None:
        self._store = store
        self._wheel = wheel
        self._moment = moment
        self._budget_bytes = budget_bytes
        self._on_disk = on_disk
        self._unix_s = unix_s
        self._chunks: asyncio.Queue[ChunkArrived] = asyncio.Queue()
        self._tidied_at = -HOUSEKEEPING_EVERY_S
        self._fetcher = Fetcher(
            store, fits=fits, monotonic=time.monotonic, on_disk=on_disk, ask=ask, cease=cease
        )  # fmt: skip

    @property
    def broken(self) -> frozenset[str]:
        """Files whose content was not what the plan promised."""
        return self._fetcher.broken

    def connected(self) -> None:
        """The broker is there."""
        self._fetcher.connected()

    def disconnected(self) -> None:
        """The broker is gone."""
        self._fetcher.disconnected()

    def progress(self) -> tuple[AudioProgress, ...]:
        """Return what is still missing."""
        return self._fetcher.progress()

    def errors(self) -> tuple[str, ...]:
        """Return what is wrong just now, for the station's page."""
        return self._fetcher.errors()

    def arrived(self, chunk: ChunkArrived) -> None:
        """Take a chunk; it is looked at in its turn."""
        self._chunks.put_nowait(chunk)

    async def next_arrival(self) -> bool:
        """Store the chunk that came next; True when with it a file has become whole."""
        chunk = await self._chunks.get()
        return await self._fetcher.receive(chunk.sha256, chunk.number, chunk.payload)

    def want(self, *, at_once: bool) -> None:
        """Fetch what is needed. What is not urgent waits for the next upkeep, which falls at another second in each
        box: a new plan must not bring two thousand boxes to the broker in one instant."""
        moment, wheel = self._moment(), self._wheel()
        known = urgent_audio(moment) | {progress.sha256 for progress in self._fetcher.progress()}
        wheels = (wheel,) if wheel is not None and at_once else ()
        self._fetcher.want((*(r for r in wanted_audio(moment) if at_once or r.sha256 in known), *wheels))

    async def is_intact(self, sha256: str) -> bool:
        """Return whether the file still is what it was; one that is not is dropped, and fetched again."""
        intact = await self._on_disk(lambda: self._store.is_intact(sha256))
        if not intact:
            self.want(at_once=True)
        return intact

    async def tidy(self) -> int | None:
        """Now and then, and more often on a full disk, drop what nobody needs; return how many files, None when it was
        not time for that."""
        every_s = TIDY_FULL_DISK_EVERY_S if "disk_full" in self._fetcher.errors() else HOUSEKEEPING_EVERY_S
        if time.monotonic() - self._tidied_at <= every_s:
            return None
        self._tidied_at = time.monotonic()
        wheel = self._wheel()
        needed = frozenset(ref.sha256 for ref in wanted_audio(self._moment())) | {wheel.sha256 if wheel else ""}
        try:
            await self._on_disk(lambda: self._store.touch(needed))
            gone = await self._on_disk(
                lambda: self._store.evict(needed, budget_bytes=self._budget_bytes, unix_s=self._unix_s())
            )
        except OSError as exc:  # a card that has gone read-only: what lies on it can still sound
            log.warning("the disk cannot be tidied: %s", exc)
            return None
        return len(gone)
