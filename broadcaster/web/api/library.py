"""Fixed recordings under `/api/v1`: upload, read, submit, approve by the hash of the sound, return, withdraw."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from broadcaster.domain.ids import LibraryItemId
from broadcaster.domain.library import Details, LibraryItem, LibraryKind, LibraryState, clean_details
from broadcaster.domain.permissions import Person, may_edit, require
from broadcaster.domain.sound_files import UPLOAD_MAX_BYTES
from broadcaster.services import library as use_cases
from broadcaster.store import library, recordings
from broadcaster.web.api.bodies import Body, RecordingShape, ReturnBody
from broadcaster.web.site import Site
from broadcaster.web.uploads import Upload, uploaded


class DetailsBody(Body):
    """What is said of a recording; `expires_on` is the last day on which it may be aired."""

    title: str
    kind: LibraryKind
    language: str = "vi"
    rights_holder: str
    rights_source: str = ""
    expires_on: date | None = None


class ApproveSoundBody(Body):
    """Exactly what was heard, and (if given) exactly what was said of it."""

    recording_sha256: str
    details_sha256: str | None = None


class LibraryItemShape(BaseModel):
    id: str
    title: str
    kind: LibraryKind
    language: str
    rights_holder: str
    rights_source: str
    expires_on: date | None
    expired: bool
    state: LibraryState
    details_sha256: str
    recording: RecordingShape
    file_name: str
    note: str | None
    created_at: datetime
    updated_at: datetime


_STRING = {"type": "string"}
_UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "title", "kind", "rights_holder"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": f"MP3, WAV, M4A, Opus; ≤ {UPLOAD_MAX_BYTES // 1024 // 1024} MB",
                        },
                        "title": _STRING,
                        "kind": {"type": "string", "enum": [kind.value for kind in LibraryKind]},
                        "language": {"type": "string", "default": "vi", "description": "ISO 639"},
                        "rights_holder": _STRING,
                        "rights_source": _STRING,
                        "expires_on": {"type": "string", "format": "date"},
                    },
                }
            }
        },
    }
}


def routes(site: Site, asking: Callable[..., Person]) -> APIRouter:
    """Return the routes of the library."""
    router = APIRouter(tags=["library"])
    who = Annotated[Person, Depends(asking)]

    def shown(item: LibraryItem) -> LibraryItemShape:
        with site.office.database.reading() as tx:
            return _shape(tx, item, site=site)

    def taken_in(actor: Person, upload: Upload) -> LibraryItemShape:
        return shown(
            use_cases.add(
                site.office,
                actor=actor,
                details=_details(upload),
                file=upload.file,
                file_name=upload.file_name,
                take_in=site.take_in_sound,
            )
        )

    @router.post("/library", status_code=201, openapi_extra=_UPLOAD)
    async def send_up(request: Request, actor: who) -> LibraryItemShape:
        """Send up a sound file (multipart); it is checked, decoded, trimmed and levelled before the answer."""
        require(may_edit(actor))
        async with uploaded(request) as upload:
            return await run_in_threadpool(taken_in, actor, upload)

    @router.get("/library")
    def several(
        actor: who,
        state: LibraryState | None = None,
        kind: LibraryKind | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[LibraryItemShape]:
        """The station's fixed recordings."""
        states = [state] if state else list(LibraryState)
        with site.office.database.reading() as tx:
            found = library.of_station(tx, actor.station, states=states, kind=kind, limit=limit)
            return [_shape(tx, item, site=site) for item in found]

    @router.get("/library/{item_id}")
    def one(item_id: str, actor: who) -> LibraryItemShape:
        """One fixed recording."""
        with site.office.database.reading() as tx:
            return _shape(tx, use_cases.find(tx, actor.station, LibraryItemId(item_id)), site=site)

    @router.put("/library/{item_id}")
    def describe(item_id: str, body: DetailsBody, actor: who) -> LibraryItemShape:
        """Change the title, language, rights or last day of a fixed recording."""
        details = clean_details(
            title=body.title,
            kind=body.kind.value,
            language=body.language,
            rights_holder=body.rights_holder,
            rights_source=body.rights_source,
            expires_on=body.expires_on.isoformat() if body.expires_on else "",
        )
        return shown(use_cases.describe(site.office, actor=actor, item=LibraryItemId(item_id), details=details))

    @router.post("/library/{item_id}/submit")
    def submit(item_id: str, actor: who) -> LibraryItemShape:
        """Hand a fixed recording to the approvers."""
        return shown(use_cases.submit(site.office, actor=actor, item=LibraryItemId(item_id)))

    @router.post("/library/{item_id}/approve")
    def approve(item_id: str, body: ApproveSoundBody, actor: who) -> LibraryItemShape:
        """Approve exactly this sound and this description, named by their hashes."""
        approved = use_cases.approve(
            site.office,
            actor=actor,
            item=LibraryItemId(item_id),
            recording_sha256=body.recording_sha256,
            details_sha256=body.details_sha256,
        )
        return shown(approved)

    @router.post("/library/{item_id}/return")
    def send_back(item_id: str, body: ReturnBody, actor: who) -> LibraryItemShape:
        """Give a submitted recording back, with a note."""
        return shown(use_cases.send_back(site.office, actor=actor, item=LibraryItemId(item_id), note=body.note))

    @router.post("/library/{item_id}/withdraw")
    def withdraw(item_id: str, actor: who) -> LibraryItemShape:
        """Take a recording back: it is aired no more."""
        return shown(use_cases.withdraw(site.office, actor=actor, item=LibraryItemId(item_id)))

    return router


def _details(upload: Upload) -> Details:
    entered = upload.entered
    return clean_details(
        title=entered.one("title"),
        kind=entered.one("kind"),
        language=entered.one("language", "vi"),
        rights_holder=entered.one("rights_holder"),
        rights_source=entered.one("rights_source"),
        expires_on=entered.one("expires_on"),
    )


def _shape(tx: Connection, item: LibraryItem, *, site: Site) -> LibraryItemShape:
    sound = recordings.get(tx, item.station, item.recording_sha256)
    rules = use_cases.rules_of(tx, item.station)
    assert sound is not None  # noqa: S101 - an item is only ever kept together with its recording
    return LibraryItemShape(
        id=item.id,
        title=item.title,
        kind=item.details.kind,
        language=item.details.language,
        rights_holder=item.details.rights_holder,
        rights_source=item.details.rights_source,
        expires_on=item.details.expires_on,
        expired=item.expired(site.office.now().astimezone(rules.zone).date()),
        state=item.state,
        details_sha256=item.details_sha256,
        recording=RecordingShape(
            sha256=sound.sha256,
            duration_ms=sound.duration_ms,
            voice=sound.voice,
            url=f"/api/v1/recordings/{sound.sha256}",
        ),
        file_name=item.file_name,
        note=item.note,
        created_at=item.created_at,
        updated_at=item.updated_at,
    )
