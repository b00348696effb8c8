"""`POST /api/v1/read`: written Vietnamese to the words to say."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends

from broadcaster.domain.permissions import Person
from broadcaster.reading.reader import read as read_aloud
from broadcaster.reading.reading import Choice
from broadcaster.web.api import shapes
from broadcaster.web.api.bodies import ReadBody, ReadingShape
from broadcaster.web.site import Site


def routes(site: Site, asking: Callable[..., Person]) -> APIRouter:
    """Return the route of reading."""
    router = APIRouter(tags=["reading"])

    @router.post("/read")
    def read(body: ReadBody, actor: Annotated[Person, Depends(asking)]) -> ReadingShape:
        choices = tuple(Choice(written=c.written, occurrence=c.occurrence, spoken=c.spoken) for c in body.choices)
        return shapes.reading(read_aloud(body.text, choices=choices, document=body.document, voice=body.voice))

    return router
