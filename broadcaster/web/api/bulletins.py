"""Bulletins under `/api/v1`: write, read, change, submit, approve, return, withdraw; and their recordings."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import FileResponse

from broadcaster.domain.audience import from_json
from broadcaster.domain.bulletin import Bulletin, BulletinState, Priority
from broadcaster.domain.ids import BulletinId
from broadcaster.domain.permissions import Person
from broadcaster.domain.station import NoSuchThing
from broadcaster.reading.reading import Choice
from broadcaster.services import bulletins as use_cases
from broadcaster.store import bulletins, recordings
from broadcaster.web.api import shapes
from broadcaster.web.api.bodies import ApproveBody, BulletinBody, BulletinShape, ReturnBody
from broadcaster.web.site import Site


def routes(site: Site, asking: Callable[..., Person]) -> APIRouter:
    """Return the routes of bulletins."""
    router = APIRouter(tags=["bulletins"])
    who = Annotated[Person, Depends(asking)]

    def shown(bulletin: Bulletin) -> BulletinShape:
        with site.office.database.reading() as tx:
            return shapes.bulletin(tx, bulletin)

    @router.post("/bulletins", status_code=201)
    def write(body: BulletinBody, actor: who) -> BulletinShape:
        """Write a bulletin; its recording is made at once, and `recording` is null until it is there."""
        return shown(use_cases.write(site.office, actor=actor, draft=draft_of(body), voices=site.voice_names))

    @router.get("/bulletins")
    def several(
        actor: who,
        state: BulletinState | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[BulletinShape]:
        """The station's bulletins, newest first."""
        with site.office.database.reading() as tx:
            states = [state] if state else list(BulletinState)
            found = bulletins.of_station(tx, actor.station, states=states, limit=limit)
            return [shapes.bulletin(tx, bulletin) for bulletin in found]

    @router.get("/bulletins/{bulletin_id}")
    def one(bulletin_id: str, actor: who) -> BulletinShape:
        """One bulletin: its state, the words to say, and its recording once it is made."""
        with site.office.database.reading() as tx:
            return shapes.bulletin(tx, use_cases.find(tx, actor.station, BulletinId(bulletin_id)))

    @router.put("/bulletins/{bulletin_id}")
    def rewrite(bulletin_id: str, body: BulletinBody, actor: who) -> BulletinShape:
        """Change a bulletin: it is a draft again, and what was approved of it no longer stands; airings to come end."""
        return shown(
            use_cases.rewrite(
                site.office,
                actor=actor,
                bulletin=BulletinId(bulletin_id),
                draft=draft_of(body),
                voices=site.voice_names,
            )
        )

    @router.post("/bulletins/{bulletin_id}/submit")
    def submit(bulletin_id: str, actor: who) -> BulletinShape:
        """Hand a bulletin to the approvers."""
        return shown(use_cases.submit(site.office, actor=actor, bulletin=BulletinId(bulletin_id)))

    @router.post("/bulletins/{bulletin_id}/approve")
    def approve(bulletin_id: str, body: ApproveBody, actor: who) -> BulletinShape:
        """Approve exactly this text and this recording, named by their hashes; a changed letter is refused."""
        return shown(
            use_cases.approve(
                site.office,
                actor=actor,
                bulletin=BulletinId(bulletin_id),
                text_sha256=body.text_sha256,
                recording_sha256=body.recording_sha256,
            )
        )

    @router.post("/bulletins/{bulletin_id}/return")
    def send_back(bulletin_id: str, body: ReturnBody, actor: who) -> BulletinShape:
        """Give a submitted bulletin back to its editor, with a note."""
        return shown(use_cases.send_back(site.office, actor=actor, bulletin=BulletinId(bulletin_id), note=body.note))

    @router.post("/bulletins/{bulletin_id}/withdraw")
    def withdraw(bulletin_id: str, actor: who) -> BulletinShape:
        """Take a bulletin back: what sounds of it stops, what was planned of it is cancelled."""
        return shown(use_cases.withdraw(site.office, actor=actor, bulletin=BulletinId(bulletin_id)))

    @router.get("/recordings/{sha256}", response_class=FileResponse)
    def sound(sha256: str, actor: who) -> FileResponse:
        """The recording itself: Ogg Opus, one channel; byte ranges are served."""
        with site.office.database.reading() as tx:
            if recordings.get(tx, actor.station, sha256) is None:
                raise NoSuchThing
        path = site.recording_path(sha256)
        if not path.is_file():
            raise NoSuchThing
        return FileResponse(path, media_type="audio/ogg", filename=f"{sha256[:16]}.opus")

    return router


def draft_of(body: BulletinBody) -> use_cases.Draft:
    """Return the draft that a program sent. Raises EmptyAudience for an audience in no known form."""
    return use_cases.Draft(
        title=body.title,
        text=body.text,
        audience=from_json(body.audience),
        voice=body.voice,
        read_twice=body.read_twice,
        repeat_key_fact=body.repeat_key_fact,
        priority=Priority(body.priority),
        choices=tuple(Choice(written=c.written, occurrence=c.occurrence, spoken=c.spoken) for c in body.choices),
    )
