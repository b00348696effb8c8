"""Brings the box to the version that its plan names: fetched like audio, installed beside the running one, tried at a
quiet hour, kept when it has proved itself for two minutes. What goes wrong is said in the status, in Vietnamese."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from device_agent.os_words import in_words
from device_agent.playout.leaving import kept_by
from device_agent.playout.values import Moment
from device_agent.updating import wheel
from device_agent.updating.install import Running, install
from device_agent.updating.programs import Programs
from wire.messages import AgentRelease, FileRef

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
PROOF_S = 120.0
DISK_RETRY_S = 900.0
"""A disk that refused is left alone: laying a version out every two seconds would wear a card out within weeks."""
MOST_TOLD = 200
"""What the wire carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """`programs` is None where nobody prepared a folder for versions: then a wanted one is only told of."""

    programs: Programs | None
    running: Running
    proof_s: float = PROOF_S


class Updating:
    """`lacks` says what keeps this version from being healthy (None: nothing); `leave` ends it for the next one;
    `path_of` is where a fetched file is, `is_intact` reads it once more."""

    def __init__(
        self,
        versions: Versions,
        *,
        moment: Callable[[], Moment],
        lacks: Callable[[], str | None],
        path_of: Callable[[str], Path],
        is_intact: Callable[[str], Awaitable[bool]],
        leave: Callable[[], None],
        changed: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._versions, self._moment, self._lacks = versions, moment, lacks
        self._path_of, self._is_intact = path_of, is_intact
        self._leave, self._changed, self._monotonic = leave, changed, monotonic
        self._healthy_since: float | None = None
        self._ready: tuple[str, str] | None = None
        self._disk_retry_at = 0.0
        self._is_on_trial = self._on_trial()
        self.told: str | None = None

    @property
    def file(self) -> FileRef | None:
        """Return the wheel to fetch and to hold; None when there is nothing to do."""
        wanted = self._wanted()
        return wanted.wheel if wanted is not None and self._refusal(wanted) is None else None

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            said = await self._prove() if self._is_on_trial else await self._advance()
            said = said[:MOST_TOLD] if said is not None else None
            if said != self.told:
                log.info("update: %s", said)
                self.told = said
                self._changed()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _prove(self) -> str | None:
        """Mark this version as good once it has been healthy for long enough; the launcher's guardian watches."""
        programs, now, lacks = self._versions.programs, self._monotonic(), self._lacks()
        if programs is None:
            return None
        if lacks is not None:
            self._healthy_since = None
            await asyncio.to_thread(programs.note_lacks, lacks)
            return f"{self._versions.running.version}: đang chạy thử, còn thiếu: {lacks}"
        self._healthy_since = now if self._healthy_since is None else self._healthy_since
        if now - self._healthy_since < self._versions.proof_s:
            return f"{self._versions.running.version}: đang chạy thử"
        try:
            await asyncio.to_thread(programs.pass_trial)
        except OSError as exc:
            return f"{self._versions.running.version}: chạy thử tốt nhưng không ghi được vào thẻ nhớ ({in_words(exc)})"
        self._is_on_trial = False
        return None

    async def _advance(self) -> str | None:
        """Come one step nearer to the wanted version; return how far it is."""
        wanted, programs = self._wanted(), self._versions.programs
        if wanted is None:
            return None
        if programs is None:
            return f"{wanted.version}: thiết bị này không tự cập nhật, hãy cài lại tại chỗ bằng install.sh"
        refused = self._refusal(wanted)
        if refused is not None:
            return f"{wanted.version}: không dùng được: {refused}"
        if wanted.wheel.sha256 not in self._moment().cached:
            return f"{wanted.version}: đang tải"
        if self._monotonic() < self._disk_retry_at:
            return self.told
        try:
            return await self._installed(wanted, programs)
        except OSError as exc:
            self._disk_retry_at = self._monotonic() + DISK_RETRY_S
            return f"{wanted.version}: không ghi được vào thẻ nhớ ({in_words(exc)})"

    async def _installed(self, wanted: AgentRelease, programs: Programs) -> str | None:
        sha256 = wanted.wheel.sha256
        if self._ready is None or self._ready[0] != sha256:
            if not await self._is_intact(sha256):
                return f"{wanted.version}: đang tải lại"
            try:
                opened = await asyncio.to_thread(wheel.check, self._path_of(sha256), version=wanted.version)
            except wheel.WheelRefused as exc:
                why = str(exc)
                await asyncio.to_thread(lambda: programs.refuse(sha256=sha256, version=wanted.version, why=why))
                return f"{wanted.version}: không dùng được: {why}"
            self._ready = sha256, await asyncio.to_thread(install, opened, programs, sha256=sha256)
        return await self._left(wanted, programs)

    async def _left(self, wanted: AgentRelease, programs: Programs) -> str:
        """End this version where nobody misses it; one that is not healthy itself cannot judge the next."""
        kept = kept_by(self._moment()) or self._lacks()
        if kept is not None or self._ready is None:
            return f"{wanted.version}: đã tải xong, chờ lúc rảnh ({kept})"
        name = self._ready[1]
        await asyncio.to_thread(programs.begin_trial, name, version=wanted.version, sha256=wanted.wheel.sha256)
        log.warning("leaving for %s", name)
        self._leave()
        return f"{wanted.version}: chuyển sang chạy thử"

    def _wanted(self) -> AgentRelease | None:
        """Return the version that is to be had and does not run; one installed by hand is known by its number."""
        plan, mine = self._moment().plan, self._versions.running
        wanted = plan.settings.agent if plan is not None else None
        if wanted is None or wanted.wheel.sha256 == mine.sha256:
            return None
        return None if mine.sha256 is None and wanted.version == mine.version else wanted

    def _refusal(self, wanted: AgentRelease) -> str | None:
        programs = self._versions.programs
        return programs.refusal_of(wanted.wheel.sha256) if programs is not None else "không có chỗ cài"

    def _on_trial(self) -> bool:
        programs = self._versions.programs
        trial = programs.record().trial if programs is not None else None
        return trial is not None and trial.sha256 == self._versions.running.sha256
