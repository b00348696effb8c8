"""The library's pages: what there is, a form to upload, and the page of one fixed recording with its steps."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain import permissions
from broadcaster.domain.errors import Conflict, Forbidden, Invalid, Refusal, Unavailable
from broadcaster.domain.ids import LibraryItemId
from broadcaster.domain.library import KIND_NAMES, LANGUAGES, RIGHTS_MAX, TITLE_MAX, Details, LibraryKind, clean_details
from broadcaster.domain.permissions import may_edit, require
from broadcaster.domain.sound_files import LONGEST_S, UPLOAD_MAX_BYTES
from broadcaster.domain.station import NoSuchThing
from broadcaster.services import airings as airing_cases
from broadcaster.services import library as use_cases
from broadcaster.services.office import new_id
from broadcaster.store import library, stations
from broadcaster.web.alert_forms import audience_of
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered, airing_id_of
from broadcaster.web.library_view import fields_of, item_values, rows
from broadcaster.web.one_time import start_of, words_wanted
from broadcaster.web.session import Post, Visit
from broadcaster.web.uploads import UploadPost, posted_upload

_STEPS = frozenset({"gui-duyet", "duyet", "tra-lai", "rut", "luot-phat"})
_BESIDE = {
    "recording_untitled": "title", "rights_missing": "rights_holder", "expiry_unclear": "expires_on",
    "kind_unknown": "kind", "language_unknown": "language", "detail_too_long": "title",
}  # fmt: skip
_NEW = Entered(fields={"language": ["vi"], "kind": [LibraryKind.JINGLE.value]})


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the library."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get("/kho-am-thanh")
    def several(visit: here) -> Response:
        return _list(desk, visit)

    @router.get("/kho-am-thanh/tai-len")
    def new(visit: here) -> Response:
        require(may_edit(visit.person))
        return _form(desk, visit, _NEW)

    @router.post("/kho-am-thanh")
    def create(post: Annotated[UploadPost, Depends(posted_upload(desk.door))]) -> Response:
        visit, upload = post.visit, post.upload
        require(may_edit(visit.person))
        try:
            item = use_cases.add(
                office,
                actor=visit.person,
                details=details_of(upload.entered),
                file=upload.file,
                file_name=upload.file_name,
                take_in=desk.site.take_in_sound,
            )
        except (Invalid, Unavailable) as exc:
            return _form(desk, visit, upload.entered, refused=exc)
        return go(f"/kho-am-thanh/{item.id}", done="am-thanh")

    @router.get("/kho-am-thanh/{item_id}")
    def show(item_id: str, visit: here) -> Response:
        return _page(desk, visit, LibraryItemId(item_id))

    @router.get("/kho-am-thanh/{item_id}/sua")
    def edit(item_id: str, visit: here) -> Response:
        require(may_edit(visit.person))
        with office.database.reading() as tx:
            found = use_cases.find(tx, visit.station.id, LibraryItemId(item_id))
        return _form(desk, visit, fields_of(found), item=found.id)

    @router.post("/kho-am-thanh/{item_id}/sua")
    def describe(item_id: str, post: sent) -> Response:
        item, visit = LibraryItemId(item_id), post.visit
        with office.database.reading() as tx:
            use_cases.find(tx, visit.station.id, item)
        try:
            details = details_of(post.entered)
            use_cases.describe(office, actor=visit.person, item=item, details=details)
        except (Invalid, Conflict) as exc:
            return _form(desk, visit, post.entered, item=item, refused=exc)
        return go(f"/kho-am-thanh/{item}", done="am-thanh-sua")

    @router.post("/kho-am-thanh/{item_id}/gui-duyet")
    def submit(item_id: str, post: sent) -> Response:
        actor = post.visit.person
        return _step(desk, post, item_id, "am-thanh-gui", lambda i: use_cases.submit(office, actor=actor, item=i))

    @router.post("/kho-am-thanh/{item_id}/duyet")
    def approve(item_id: str, post: sent) -> Response:
        def step(item: LibraryItemId) -> object:
            return use_cases.approve(
                office,
                actor=post.visit.person,
                item=item,
                recording_sha256=post.entered.one("recording_sha256"),
                details_sha256=post.entered.one("details_sha256"),
            )

        return _step(desk, post, item_id, "am-thanh-duyet", step)

    @router.post("/kho-am-thanh/{item_id}/tra-lai")
    def send_back(item_id: str, post: sent) -> Response:
        actor, note = post.visit.person, post.entered.one("note")

        def step(item: LibraryItemId) -> object:
            return use_cases.send_back(office, actor=actor, item=item, note=note)

        return _step(desk, post, item_id, "am-thanh-tra", step)

    @router.post("/kho-am-thanh/{item_id}/rut")
    def withdraw(item_id: str, post: sent) -> Response:
        actor = post.visit.person
        return _step(desk, post, item_id, "am-thanh-rut", lambda i: use_cases.withdraw(office, actor=actor, item=i))

    @router.post("/kho-am-thanh/{item_id}/luot-phat")
    def air(item_id: str, post: sent) -> Response:
        visit, item, entered = post.visit, LibraryItemId(item_id), post.entered
        with office.database.reading() as tx:
            title = use_cases.find(tx, visit.station.id, item).title
        try:
            planned = airing_cases.plan_recording(
                office,
                actor=visit.person,
                item=item,
                start_at=start_of(desk, visit, entered, title=title),
                audience=audience_of(entered),
                airing_id=airing_id_of(entered),
            )
        except (Invalid, Conflict) as exc:
            return _page(desk, visit, item, refused=exc, airing=entered)
        return go(f"/luot-phat/{planned.id}")

    @router.get("/kho-am-thanh/{item_id}/{step}")
    def come_back(item_id: str, step: str, visit: here) -> Response:
        """After a refused step the address is the step's own; opening it again shows the recording."""
        with office.database.reading() as tx:
            found = use_cases.find(tx, visit.station.id, LibraryItemId(item_id))
        if step not in _STEPS:
            raise NoSuchThing
        return go(f"/kho-am-thanh/{found.id}")

    return router


def details_of(entered: Entered) -> Details:
    """Return what a form says of a recording. Raises Invalid."""
    return clean_details(
        title=entered.one("title"),
        kind=entered.one("kind"),
        language=entered.one("language"),
        rights_holder=entered.one("rights_holder"),
        rights_source=entered.one("rights_source"),
        expires_on=entered.one("expires_on"),
    )


def _list(desk: Desk, visit: Visit) -> Response:
    wanted = visit.request.query_params.get("loai", "")
    kind = next((kind for kind in LibraryKind if kind.value == wanted), None)
    with desk.site.office.database.reading() as tx:
        found = rows(tx, visit, library.of_station(tx, visit.station.id, kind=kind))
    choices: Mapping[str, LibraryKind | None] = {"/kho-am-thanh": None} | {
        f"/kho-am-thanh?loai={k.value}": k for k in LibraryKind
    }
    filters = [
        {"href": href, "here": k is kind, "text": visit.translate(KIND_NAMES[k]) if k else visit.translate("Tất cả")}
        for href, k in choices.items()
    ]
    return desk.show(visit, "library.html", rows=found, filters=filters, may_write=may_edit(visit.person))


def _form(
    desk: Desk, visit: Visit, entered: Entered, *, item: LibraryItemId | None = None, refused: Refusal | None = None
) -> Response:
    translate = visit.translate
    beside = _BESIDE.get(refused.code, "file" if item is None else "top") if refused else ""
    return desk.show(
        visit,
        "library_form.html",
        status=desk.status_of(refused) if refused else 200,
        item=item,
        entered=entered,
        errors={beside: refused.sentence(translate)} if refused else {},
        kinds=[(kind.value, translate(name)) for kind, name in KIND_NAMES.items()],
        languages_spoken=[(code, translate(name)) for code, name in LANGUAGES.items()],
        limits={"title": TITLE_MAX, "rights": RIGHTS_MAX},
        most_mb=UPLOAD_MAX_BYTES // 1024 // 1024,
        most_minutes=LONGEST_S // 60,
    )


def _page(
    desk: Desk, visit: Visit, item: LibraryItemId, *, refused: Refusal | None = None, note: str = "",
    airing: Entered | None = None,
) -> Response:  # fmt: skip
    with desk.site.office.database.reading() as tx:
        values = item_values(tx, visit, use_cases.find(tx, visit.station.id, item))
        hamlets = stations.hamlets_of(tx, visit.station.id)
    said = refused.sentence(visit.translate) if refused else ""
    at = "air" if airing else "note" if isinstance(refused, Invalid) else "top"
    return desk.show(
        visit,
        "library_item.html",
        status=desk.status_of(refused) if refused else 200,
        problems={at: said} if refused else {},
        note=note,
        confirm=words_wanted(refused),
        hamlets=hamlets,
        airing=airing or Entered(fields={"airing_id": [new_id("lp")], "everywhere": ["1"]}),
        may_return=permissions.may_approve(visit.person),
        **values,
    )


def _step(desk: Desk, post: Post, item_id: str, done: str, step: Callable[[LibraryItemId], object]) -> Response:
    """Take a step and show the recording as it is then; a refusal is said on the page as it is now."""
    item = LibraryItemId(item_id)
    try:
        step(item)
    except (Invalid, Conflict, Forbidden) as exc:
        return _page(desk, post.visit, item, refused=exc, note=post.entered.one("note"))
    return go(f"/kho-am-thanh/{item}", done=done)
