"""Makes the nightly self-test when the station wants it: sweeps that nobody hears, by the same player as any airing."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from device_agent.amplifier.power import Power
from device_agent.booking import OnDisk
from device_agent.hearing.memory import EarMemory
from device_agent.hearing.port import EarError
from device_agent.playout.nightly import is_due, is_free, is_idle
from device_agent.playout.values import Moment
from device_agent.sound.port import Cue, Player, SoundError
from wire.messages import Heard, SelfTest

if TYPE_CHECKING:
    from device_agent.hearing.night import NightEar

log = logging.getLogger(__name__)

LOOK_EVERY_S = 20.0
LOOK_WHILE_TESTING_S = 0.1
TRY_AGAIN_AFTER_S = 600.0
_LEAD_S = 0.5
_OVERRUN_S = 5.0

Lend = Callable[[], AbstractContextManager[Player | None]]


class SelfTesting:
    """`night_ear` None: a box without an ear tests nothing. `lend` lends a player that playout leaves alone, or None;
    `moment` tells how things stand, `changed` wakes playout."""

    def __init__(
        self,
        night_ear: "NightEar | None",
        *,
        memory: EarMemory,
        lend: Lend,
        power: Power,
        moment: Callable[[], Moment],
        path: Path,
        on_disk: OnDisk,
        changed: Callable[[], None],
    ) -> None:
        self._ear = night_ear
        self._memory = memory
        self._lend = lend
        self._power = power
        self._moment = moment
        self._path = path
        self._on_disk = on_disk
        self._changed = changed

    async def run(self) -> None:
        """Look now and then whether it is time, until cancelled."""
        while True:
            pause_s = LOOK_EVERY_S
            if self._ear is not None and self._is_due() and not await self.test(self._ear):
                pause_s = TRY_AGAIN_AFTER_S
            await asyncio.sleep(pause_s)

    def _is_due(self) -> bool:
        latest = self._memory.self_test
        return is_due(self._moment(), tested_at=latest.at if latest is not None else None)

    async def test(self, ear: "NightEar") -> bool:
        """Make the test now; False when it came to nothing: something had to sound, or a part of the box failed."""
        at = self._moment().now
        self._power.is_wanted = True
        self._changed()
        try:
            heard = await self._attempt(ear)
        except (EarError, SoundError, OSError) as exc:
            log.warning("the self-test failed: %s", exc)
            return False
        finally:
            self._power.is_wanted = False
            self._changed()
        if heard is None:
            return False
        log.info("the self-test says: %s", heard)
        await self._on_disk(lambda: self._memory.keep_test(SelfTest(at=at, heard=heard)))
        self._changed()
        return True

    async def _attempt(self, ear: "NightEar") -> Heard | None:
        """Play and listen; None when something else needed the box. Raises EarError, SoundError or OSError."""
        await self._on_disk(lambda: ear.write(self._path))
        await asyncio.sleep(self._power.warm_up.total_seconds())
        with self._lend() as player:
            if player is None or not is_free(self._moment()):
                return None
            try:
                return await self._played(ear, player)
            finally:
                await player.stop()

    async def _played(self, ear: "NightEar", player: Player) -> Heard | None:
        await player.prepare(Cue(path=self._path, gain_db=quiet_gain_db(self._moment())))
        stop = asyncio.Event()
        guard = asyncio.create_task(self._stop_when_needed(player, stop))
        try:
            started = await player.start(time.monotonic() + _LEAD_S)
            async with asyncio.timeout(ear.seconds + _OVERRUN_S):
                return await ear.hear(self._path, started_at=started.at_monotonic, stop=stop)
        except TimeoutError as exc:
            raise EarError("tai nghe kiểm tra không trả lời") from exc
        finally:
            guard.cancel()

    async def _stop_when_needed(self, player: Player, stop: asyncio.Event) -> None:
        """End the test as soon as anything else is to sound."""
        while is_idle(self._moment()):
            await asyncio.sleep(LOOK_WHILE_TESTING_S)
        stop.set()
        await player.stop()


def quiet_gain_db(moment: Moment) -> float:
    """Return the gain of the test: the box's, but never more than the file has, whose peak is at -40 dB."""
    return min(0.0, moment.plan.settings.gain_db) if moment.plan is not None else 0.0
