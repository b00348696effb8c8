"""Whether the players could sound, found out before they must."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from device_agent.sound.port import SoundError
from device_agent.stage.decks import Deck, Phase

log = logging.getLogger(__name__)

CHECK_AGAIN_S = 60.0


class Checkup:
    """Looks at decks that are empty; `emptied` is called when a deck may be used again."""

    def __init__(self, decks: Sequence[Deck], *, emptied: Callable[[Deck], None]) -> None:
        self._decks = decks
        self._emptied = emptied
        self._faults: dict[int, str] = {}

    @property
    def fault(self) -> str | None:
        """What is wrong with one of the players; None when nothing is known to be."""
        return next(iter(self._faults.values()), None)

    def note(self, deck: Deck, fault: str | None) -> None:
        """Take note of what was seen in use: a fault, or None when it sounded."""
        if fault is None:
            self._faults.pop(id(deck), None)
        else:
            self._faults[id(deck)] = fault[:200]

    async def run(self) -> None:
        """Look at each player once, and again every minute as long as something is wrong with it."""
        unsure = list(self._decks)
        while True:
            for deck in unsure:
                if deck.phase is Phase.EMPTY:
                    await self._check(deck)
            await asyncio.sleep(CHECK_AGAIN_S)
            unsure = [deck for deck in self._decks if id(deck) in self._faults]

    async def _check(self, deck: Deck) -> None:
        deck.phase = Phase.CHECKING
        try:
            await deck.player.check()
            self.note(deck, None)
        except SoundError as exc:
            log.warning("%s cannot sound: %s", deck.player.name, exc)
            self.note(deck, str(exc))
        self._emptied(deck)
