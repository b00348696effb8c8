"""Buttons on the box's pins: each starts its message, a long hold of any of them stops what sounds."""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from device_agent.button.pressing import Pressing
from device_agent.gpio import GpioError, Pin, Place, TakePin
from device_agent.playout.holding import Hold, Wish

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.1
TAKE_AGAIN_S = 10.0
_WIRED = re.compile(r"(?P<chip>(?:/dev/)?gpiochip[0-9]{1,2})/(?P<line>[0-9]{1,3}):(?P<number>[1-8])")


class UnknownButtonError(Exception):
    """The setting names no inputs."""

    def __init__(self, setting: str) -> None:
        super().__init__(
            f"“{setting}” không phải là nút bấm nào; hãy viết CHIP/CHÂN:SỐ_TIN, cách nhau bằng dấu phẩy, "
            "ví dụ gpiochip0/23:1,gpiochip0/24:2"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """A button between a pin and ground, and the number of its message."""

    place: Place
    number: int


def wired(setting: str | None) -> tuple[Wired, ...]:
    """Return the buttons that the setting names. Raises UnknownButtonError."""
    parts = [] if setting in {None, "", "none"} else [part.strip() for part in (setting or "").split(",")]
    found = [_WIRED.fullmatch(part) for part in parts]
    buttons = tuple(
        Wired(
            place=Place(
                chip=f"/dev/{match['chip'].removeprefix('/dev/')}", pin=int(match["line"]), active_low=True,
                pull_up=True,
            ),
            number=int(match["number"]),
        )
        for match in found
        if match is not None
    )  # fmt: skip
    if len(buttons) < len(parts) or len({(b.place.chip, b.place.pin) for b in buttons}) < len(buttons):
        raise UnknownButtonError(setting or "")
    return buttons


@dataclass(slots=True)
class _Input:
    wired: Wired
    pin: Pin | None = None
    hold: Hold = field(default_factory=Hold)
    take_at_s: float = 0.0


class Inputs:
    """Looks at the pins ten times a second; a pin that fails is taken anew, and its button must be released first."""

    def __init__(
        self,
        buttons: tuple[Wired, ...],
        pressing: Pressing,
        *,
        take: TakePin,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inputs = [_Input(button) for button in buttons]
        self._pressing = pressing
        self._take = take
        self._monotonic = monotonic
        self.fault: str | None = None

    async def run(self) -> None:
        """Look again and again until cancelled; without a button there is nothing to look at."""
        try:
            while self._inputs:
                await self.look()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            for one in self._inputs:
                self._let_go(one)

    async def look(self) -> None:
        """Look at every pin once, and do what is asked for."""
        faults = []
        for one in self._inputs:
            try:
                is_down = self._is_down(one)
            except GpioError as exc:
                faults.append(str(exc))
                self._let_go(one)
                continue
            if is_down is not None:
                await self._after(one, is_down=is_down)
        if faults or all(one.pin is not None for one in self._inputs):
            self.fault = faults[0] if faults else None

    def _is_down(self, one: _Input) -> bool | None:
        if one.pin is None:
            if self._monotonic() < one.take_at_s:
                return None
            one.pin = self._take(one.wired.place, output=False)
        return one.pin.get()

    def _let_go(self, one: _Input) -> None:
        pin, one.pin = one.pin, None
        one.hold, one.take_at_s = Hold(), self._monotonic() + TAKE_AGAIN_S
        if pin is not None:
            pin.close()

    async def _after(self, one: _Input, *, is_down: bool) -> None:
        one.hold, wish = one.hold.after(
            is_down=is_down, at_s=self._monotonic(), is_sounding=self._pressing.is_sounding
        )  # fmt: skip
        by = f"pin {one.wired.place.pin}"
        if wish is Wish.START:
            await self._pressing.press(one.wired.number, by=by)
        elif wish is Wish.STOP:
            await self._pressing.stop(by=by)
