"""Carries out what playout decided of the amplifier, and knows what playout must of it: how long it has been on."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from device_agent.amplifier.port import Amplifier, AmplifierError
from device_agent.playout.values import AmplifierState

log = logging.getLogger(__name__)

RETRY_S = 2.0


class Power:
    """`amplifier` None: nothing switches it, nothing is said of it.

    A relay that does not obey is told of and taken for switched: it must not keep a village waiting for a warm-up.
    """

    def __init__(
        self,
        amplifier: Amplifier | None = None,
        *,
        warm_up: timedelta = timedelta(milliseconds=1500),
        hold: timedelta = timedelta(seconds=60),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._amplifier = amplifier
        self._warm_up = warm_up
        self._hold = hold
        self._monotonic = monotonic
        self._on_since: float | None = None
        self._used_at: float | None = None
        self._was_used = False
        self._failed_at: float | None = None
        self.fault: str | None = None
        """What keeps the relay from obeying; None when nothing is known to."""
        self.is_wanted = False
        """Whether somebody beside playout needs the amplifier: the self-test."""

    @property
    def is_on(self) -> bool | None:
        """Whether the amplifier is on; None where nothing switches it, or nobody knows."""
        return None if self._amplifier is None or self.fault is not None else self._on_since is not None

    @property
    def warm_up(self) -> timedelta:
        """How long the amplifier takes until it sounds; nothing where it is always on."""
        return self._warm_up if self._amplifier is not None else timedelta(0)

    def state(self, instant_at: Callable[[float], datetime]) -> AmplifierState | None:
        """Return what playout may know of it; `instant_at` turns the monotonic clock into the station's time."""
        if self._amplifier is None:
            return None
        return AmplifierState(
            on_since=instant_at(self._on_since) if self._on_since is not None else None,
            used_at=instant_at(self._used_at) if self._used_at is not None else None,
            warm_up=self._warm_up,
            hold=self._hold,
            is_wanted=self.is_wanted,
        )

    async def begin(self) -> None:
        """Switch it off, so that it stands as is thought whatever was before."""
        if self._amplifier is not None:
            await self._switch(self._amplifier, on=False)

    async def follow(self, on: bool | None, *, active: bool) -> bool:
        """Switch as decided, `active` when something sounds; True when the state is another than before."""
        is_used = active or self.is_wanted
        if is_used or self._was_used:  # its end counts too: the hold time begins there
            self._used_at = self._monotonic()
        self._was_used = is_used
        if on is None or self._amplifier is None or not self._is_due(on):
            return False
        await self._switch(self._amplifier, on=on)
        return True

    async def close(self) -> None:
        """Switch it off and let go of it."""
        if self._amplifier is not None:
            await self._switch(self._amplifier, on=False)
            await self._amplifier.close()

    def _is_due(self, on: bool) -> bool:
        if self._failed_at is not None:
            return self._monotonic() - self._failed_at >= RETRY_S
        return on != (self._on_since is not None)

    async def _switch(self, amplifier: Amplifier, *, on: bool) -> None:
        try:
            await amplifier.switch(on=on)
        except AmplifierError as exc:
            log.warning("the amplifier cannot be switched %s: %s", "on" if on else "off", exc)
            self.fault, self._failed_at = str(exc)[:200], self._monotonic()
        else:
            log.info("the amplifier is %s", "on" if on else "off")
            self.fault = self._failed_at = None
        was_on, now = self._on_since, self._monotonic()
        self._on_since = (was_on if was_on is not None else now) if on else None
        self._used_at = now if on else None
