"""To which deck the ear attends: always to the one that began last. What it heard of an earlier one is kept for that
one's report."""

from collections.abc import Callable
from pathlib import Path

from device_agent.hearing.port import Sounding
from device_agent.playout.values import Part, Sound
from device_agent.sound.port import Overheard, Started
from device_agent.stage.decks import Deck, length_s
from device_agent.stage.witness import Witness
from wire.messages import Heard


class Attention:
    """`witness` is asked for each time, `path_of` tells where a recording lies."""

    def __init__(self, witness: Callable[[], Witness], *, path_of: Callable[[str], Path]) -> None:
        self._witness = witness
        self._path_of = path_of
        self._deck: Deck | None = None

    def overhear(self, deck: Deck) -> Overheard | None:
        """Return what the deck's feed gives from now on; None of a file, and for a box without an ear. Call it before
        the first sample, so that no part of it is missed."""
        has_feed = deck.feed is not None and self._witness().has_ear
        return deck.feed.overheard() if deck.feed is not None and has_feed else None

    def turn_to(self, deck: Deck, sound: Sound, *, started: Started, overheard: Overheard | None) -> None:
        """Listen to what has begun to sound on this deck, and to nothing else any more."""
        if self._deck is not None:
            self._deck.heard = self._witness().dismiss()
        self._deck = deck
        if deck.feed is not None and overheard is None:
            return
        seconds = deck.feed.length_s if deck.feed is not None else length_s(sound)
        path = self._path_of(sound.recording) if overheard is None else Path(sound.key)
        sounding = Sounding(
            path=path, started_at=started.at_monotonic, duration_s=seconds,
            from_ms=0 if overheard is not None else sound.from_ms, pcm=overheard, is_common=sound.part is Part.SIREN,
        )  # fmt: skip
        self._witness().attend(sounding, gain_db=overheard.gain_db if overheard is not None else sound.gain_db)

    def told(self, deck: Deck) -> Heard | None:
        """Return what the ear says of the sound on this deck, which has ended."""
        if self._deck is not deck:
            return deck.heard
        self._deck = None
        return self._witness().dismiss()

    def leave(self, deck: Deck) -> None:
        """Listen no more, if it was to this one."""
        if self._deck is deck:
            self.told(deck)
