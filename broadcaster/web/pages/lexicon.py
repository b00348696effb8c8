"""The station's own lexicon: how its people say what the house does not know, or says otherwise."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import PlainTextResponse, Response

from broadcaster.domain.bulletin import BulletinState
from broadcaster.domain.errors import Conflict, Invalid
from broadcaster.domain.ids import BulletinId
from broadcaster.domain.permissions import may_administer, may_edit, require
from broadcaster.services import bulletins as bulletin_cases
from broadcaster.services import lexicon as use_cases
from broadcaster.store import bulletins, lexicon
from broadcaster.web import words
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered, choices_of
from broadcaster.web.pages.bulletin_steps import say_with
from broadcaster.web.session import Post, Visit

_BESIDE = {"spoken_not_words": "spoken", "entry_too_long": "spoken"}
_UNSETTLED = (BulletinState.DRAFT, BulletinState.RETURNED)


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the lexicon."""
    router = APIRouter()
    office = desk.site.office
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get("/tu-dien")
    def several(visit: Annotated[Visit, Depends(desk.door.visit)]) -> Response:
        return _list(desk, visit, Entered())

    @router.post("/tu-dien")
    def add(post: sent) -> Response:
        """Add what was typed, or the stretch of a bulletin; a script asks for plain text and is told no more."""
        entered, visit = post.entered, post.visit
        scripted = visit.request.headers.get("accept", "").startswith("text/plain")
        try:
            entered = _as_entry(entered)
            written, spoken = entered.one("written"), entered.one("spoken")
            use_cases.add_entry(office, actor=visit.person, written=written, spoken=spoken)
        except (Invalid, Conflict) as exc:
            said, status = exc.sentence(visit.translate), desk.status_of(exc)
            if scripted:
                return PlainTextResponse(said, status_code=status)
            return _list(desk, visit, entered, errors={_BESIDE.get(exc.code, "written"): said}, status=status)
        if scripted:
            return Response(status_code=204)
        if bulletin := entered.one("bulletin"):
            return _back_to(desk, visit, BulletinId(bulletin), written=written, spoken=spoken)
        return go("/tu-dien", done="tu-dien")

    @router.post("/tu-dien/bo")
    def remove(post: sent) -> Response:
        use_cases.remove_entry(office, actor=post.visit.person, written=post.entered.one("written"))
        return go("/tu-dien", done="tu-dien-bo")

    return router


def _as_entry(entered: Entered) -> Entered:
    """Return the fields of an entry: as typed, or of a bulletin's stretch in the officer's words. Raises BadChoice."""
    if not (stretch := entered.one("stretch")):
        return entered
    (choice,) = choices_of(Entered(fields={"choice": [stretch]}))
    spoken = entered.one("own").strip() or choice.spoken
    return Entered(fields={**entered.fields, "written": [choice.written], "spoken": [spoken]})


def _back_to(desk: Desk, visit: Visit, bulletin: BulletinId, *, written: str, spoken: str) -> Response:
    """Lead back to the bulletin; what was chosen otherwise in it before gives way to what is always said now."""
    with desk.site.office.database.reading() as tx:
        found = bulletin_cases.find(tx, visit.station.id, bulletin)
        choices = bulletins.choices_of(tx, bulletin)
    kept = tuple(choice for choice in choices if choice.written != written or choice.spoken == spoken)
    if kept != choices and found.state in _UNSETTLED:
        say_with(desk, visit, found, kept)
    return go(f"/ban-tin/{found.id}", done="tu-dien")


def _list(
    desk: Desk, visit: Visit, entered: Entered, *, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    require(may_edit(visit.person) or may_administer(visit.person))
    with desk.site.office.database.reading() as tx:
        found = lexicon.listed(tx, visit.station.id)
    zone, translate = visit.station.rules.zone, visit.translate
    rows = [
        {
            "written": entry.written,
            "spoken": entry.spoken,
            "who": entry.added_by,
            "at": words.moment(entry.added_at, zone, translate),
        }
        for entry in found
    ]
    return desk.show(
        visit,
        "lexicon.html",
        status=status,
        rows=rows,
        entered=entered,
        errors=errors or {},
        may_write=may_edit(visit.person),
        may_administer=may_administer(visit.person),
        limits={"written": use_cases.WRITTEN_MAX, "spoken": use_cases.SPOKEN_MAX},
    )
