"""`/api/v1/read` and `/api/v1/lexicon`: written Vietnamese to the words to say, and the station's own entries."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends

from broadcaster.domain.permissions import Person
from broadcaster.domain.station import NoSuchThing
from broadcaster.reading.reading import Choice
from broadcaster.services import lexicon as use_cases
from broadcaster.services.reader import station_reader
from broadcaster.store import lexicon, stations
from broadcaster.web.api import shapes
from broadcaster.web.api.reading_bodies import EntryBody, EntryShape, ReadBody, ReadingShape
from broadcaster.web.site import Site


def routes(site: Site, asking: Callable[..., Person]) -> APIRouter:
    """Return the routes of reading."""
    router = APIRouter(tags=["reading"])
    who = Annotated[Person, Depends(asking)]

    @router.post("/read")
    def read(body: ReadBody, actor: who) -> ReadingShape:
        """Read as the asking person's station reads: with its style and its own lexicon."""
        choices = tuple(Choice(written=c.written, occurrence=c.occurrence, spoken=c.spoken) for c in body.choices)
        with site.office.database.reading() as tx:
            station = stations.get(tx, actor.station)
            if station is None:
                raise NoSuchThing
            reader = station_reader(tx, station)
        return shapes.reading(reader.read(body.text, choices=choices, document=body.document, voice=body.voice))

    @router.get("/lexicon")
    def entries(actor: who) -> list[EntryShape]:
        """The station's own entries of the lexicon."""
        with site.office.database.reading() as tx:
            return [
                EntryShape(written=e.written, spoken=e.spoken, added_by=e.added_by, added_at=e.added_at)
                for e in lexicon.listed(tx, actor.station)
            ]

    @router.put("/lexicon", status_code=204)
    def add(body: EntryBody, actor: who) -> None:
        """Keep how the station says a written form; bulletins that are not approved yet are read aloud anew."""
        use_cases.add_entry(site.office, actor=actor, written=body.written, spoken=body.spoken)

    @router.delete("/lexicon/{written}", status_code=204)
    def remove(written: str, actor: who) -> None:
        """Forget how the station says a written form."""
        use_cases.remove_entry(site.office, actor=actor, written=written)

    return router
