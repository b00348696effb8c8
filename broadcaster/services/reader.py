"""How a station reads: the house's reader with the station's own style and its own entries of the lexicon."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from broadcaster.domain.station import Station
from broadcaster.reading.lexicon import Lexicon, house_lexicon
from broadcaster.reading.reader import read
from broadcaster.reading.reading import Choice, Reading
from broadcaster.reading.style import Style
from broadcaster.store import lexicon as own_lexicon


@dataclass(frozen=True, slots=True, kw_only=True)
class StationReader:
    """Reads as one station does."""

    style: Style
    lexicon: Lexicon

    def read(
        self,
        text: str,
        *,
        choices: Sequence[Choice] = (),
        voice: str | None = None,
        document: bool = True,
        repeat_key_fact: bool = False,
    ) -> Reading:
        """Return the words to say for a written text, as `reading.reader.read` does."""
        return read(
            text,
            style=self.style,
            lexicon=self.lexicon,
            choices=choices,
            voice=voice,
            document=document,
            repeat_key_fact=repeat_key_fact,
        )


def station_reader(tx: Connection, station: Station) -> StationReader:
    """Return the station's reader as its rules and its lexicon stand now."""
    own = own_lexicon.entries_of(tx, station.id)
    house = house_lexicon()
    return StationReader(style=station.rules.style, lexicon=house.with_entries(own) if own else house)
