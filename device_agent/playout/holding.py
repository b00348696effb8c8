"""How a button that is held becomes a wish: two seconds start, a new hold of eight seconds stops. Pure.

An input counts only after it was seen released: a wire that is shorted, also at the start of the box, starts nothing
and stops nothing. The hold that started something never stops it, however long somebody leans on it.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

START_HELD_S = 2.0
STOP_HELD_S = 8.0


class Wish(Enum):
    """What whoever holds the button wants."""

    START = auto()
    STOP = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One input: whether it was ever seen released, since when it is held, and what this hold has asked for."""

    was_released: bool = False
    since_s: float | None = None
    asked: tuple[Wish, ...] = ()
    may_stop: bool = False

    def after(self, *, is_down: bool, at_s: float, is_sounding: bool) -> tuple["Hold", Wish | None]:
        """Return the input's state after this look at it, and what it asks for now. A pressed message that sounds
        when the hold begins is what the hold may stop."""
        if not is_down:
            return Hold(was_released=True), None
        if not self.was_released:
            return self, None
        if self.since_s is None:
            return replace(self, since_s=at_s, may_stop=is_sounding), None
        held_s = at_s - self.since_s
        if held_s >= STOP_HELD_S and self.may_stop and Wish.STOP not in self.asked:
            return replace(self, asked=(*self.asked, Wish.STOP)), Wish.STOP
        if held_s >= START_HELD_S and not self.asked:
            return replace(self, asked=(Wish.START,)), Wish.START
        return self, None
