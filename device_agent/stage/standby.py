"""The deck of the siren: always loaded, so that it sounds the moment a document says so, whatever sounds beside it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

from device_agent.playout.values import Part, Sound
from device_agent.sound.port import Player, SoundError
from device_agent.sound.siren import SirenFeed
from device_agent.stage.decks import Deck, Phase, cue_of_siren
from wire.messages import Burst

log = logging.getLogger(__name__)

USUAL = (Burst(on_ms=30_000, off_ms=5_000, times=5),)
"""What is loaded until a document says how it shall go; all begin alike."""
AGAIN_S = 5.0


class Standby:
    """`player` None: a box without a deck of its own for it; a siren is then made ready like everything else."""

    def __init__(
        self,
        player: Player | None,
        *,
        spawn: Callable[[Coroutine[None, None, None]], "asyncio.Task[None]"],
        changed: Callable[[], None],
        note: Callable[[Deck, str | None], None],
    ) -> None:
        self.deck = Deck(player=player, is_siren=True) if player is not None else None
        self._spawn = spawn
        self._changed = changed
        self._note = note
        self._siren: SirenFeed | None = None
        self._gain_db = 0.0
        self._is_closed = False

    def stand_by(self) -> None:
        """Load the siren, if its deck is free."""
        deck = self.deck
        if deck is not None and deck.phase is Phase.EMPTY and not self._is_closed:
            deck.phase = Phase.PREPARING
            deck.task = self._spawn(self._loading(deck))

    def take(self, sound: Sound) -> bool:
        """Have the loaded siren go as this sound shall, ready to start; False: it cannot."""
        deck, siren = self.deck, self._siren
        if deck is None or siren is None or deck.phase is not Phase.STANDING_BY or sound.part is not Part.SIREN:
            return False
        if not siren.retune(sound.siren, gain_db=min(0.0, sound.gain_db)):
            return False
        if sound.alert is not None:
            deck.player.relabel(alert_id=sound.alert.alert_id)
        deck.phase, deck.sound = Phase.HELD, sound
        self._changed()
        return True

    def expect(self, gain_db: float) -> None:
        """Load it anew at this gain, if it is loaded at another: what lies in a player's buffers cannot be changed."""
        deck, gain_db = self.deck, min(0.0, gain_db)
        if gain_db == self._gain_db:
            return
        self._gain_db = gain_db
        if deck is not None and deck.phase is Phase.STANDING_BY:
            deck.phase = Phase.PREPARING
            deck.task = self._spawn(self._loading(deck))

    def close(self) -> None:
        """Stand by no more."""
        self._is_closed = True
        if self.deck is not None and self.deck.phase is Phase.PREPARING and self.deck.task is not None:
            self.deck.task.cancel()

    async def _loading(self, deck: Deck) -> None:
        while not self._is_closed:
            gain_db = self._gain_db
            siren = SirenFeed(USUAL, gain_db=gain_db)
            try:
                await asyncio.to_thread(siren.warm)
                await deck.player.prepare(cue_of_siren(siren))
            except SoundError as exc:
                log.warning("the siren cannot stand by: %s", exc)
                self._note(deck, str(exc))
                await asyncio.sleep(AGAIN_S)
                continue
            if gain_db == self._gain_db:
                break
        self._siren, deck.feed, deck.phase = siren, siren, Phase.STANDING_BY
        self._changed()
