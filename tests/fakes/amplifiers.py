"""Amplifiers that do what a test wants: on a box without disk and sound card, and on pins of no chip."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from device_agent.amplifier.port import AmplifierError
from device_agent.gpio import GpioError, Place
from device_agent.playout.decide import decide
from device_agent.playout.values import AmplifierState, Decision, Moment


class FakeAmplifier:
    """Remembers what it was told; fails with `fault` as long as there is one."""

    name = "âm-ly giả"

    def __init__(self) -> None:
        self.switched: list[bool] = []
        self.fault: AmplifierError | None = None
        self.is_closed = False

    async def switch(self, *, on: bool) -> None:
        if self.fault is not None:
            raise self.fault
        self.switched.append(on)

    async def close(self) -> None:
        self.is_closed = True


@dataclass(kw_only=True)
class Amplified:
    """`decide` of a box whose amplifier is switched as decided, `switching` later: hand it to a `BoxSim`."""

    warm_up: timedelta = timedelta(milliseconds=1500)
    hold: timedelta = timedelta(seconds=30)
    decide: Callable[[Moment], Decision] = decide
    on_since: datetime | None = None
    used_at: datetime | None = None
    is_wanted: bool = False
    was_used: bool = False
    switched: list[tuple[datetime, bool]] = field(default_factory=list)

    def __call__(self, moment: Moment) -> Decision:
        is_used = moment.active is not None
        if is_used or self.was_used:
            self.used_at = moment.now
        self.was_used = is_used
        decision = self.decide(replace(moment, amplifier=self.state()))
        on = decision.amplifier_on
        assert on is not None
        if on != (self.on_since is not None):
            self.on_since = self.used_at = moment.now if on else None
            self.switched.append((moment.now, on))
            return self.decide(replace(moment, amplifier=self.state()))  # as the agent asks again after a switch
        return decision

    def state(self) -> AmplifierState:
        return AmplifierState(
            on_since=self.on_since, used_at=self.used_at, warm_up=self.warm_up, hold=self.hold,
            is_wanted=self.is_wanted,
        )  # fmt: skip


class FakePins:
    """A chip of pins: `level` is the voltage of each; `fault` keeps every pin from working."""

    def __init__(self) -> None:
        self.level: dict[int, bool] = {}
        self.taken: set[int] = set()
        self.fault: GpioError | None = None

    def take(self, place: Place, *, output: bool) -> "FakePin":
        self.complain()
        if place.pin in self.taken:
            raise GpioError("đang bận")
        self.taken.add(place.pin)
        pin = FakePin(self, place)
        if output:
            pin.set(on=False)
        return pin

    def complain(self) -> None:
        if self.fault is not None:
            raise self.fault


class FakePin:
    """One of them."""

    def __init__(self, chip: FakePins, place: Place) -> None:
        self._chip, self._place = chip, place

    def set(self, *, on: bool) -> None:
        self._chip.complain()
        self._chip.level[self._place.pin] = on != self._place.active_low

    def get(self) -> bool:
        self._chip.complain()
        return self._chip.level.get(self._place.pin, False) != self._place.active_low

    def close(self) -> None:
        self._chip.taken.discard(self._place.pin)
