"""Bulletins: the list, the form to write one, and the words as they will be spoken while one types."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import HTMLResponse, Response

from broadcaster.domain import bulletin as rules
from broadcaster.domain.audience import EVERYBODY, UnknownAudience
from broadcaster.domain.bulletin import STATE_NAMES, Bulletin, BulletinState, Priority
from broadcaster.domain.errors import N_, Conflict, Invalid, Refusal
from broadcaster.domain.ids import BulletinId
from broadcaster.domain.permissions import may_edit, require
from broadcaster.domain.station import UnknownVoice
from broadcaster.reading.reading import Choice
from broadcaster.services import bulletins as use_cases
from broadcaster.services.reader import StationReader, station_reader
from broadcaster.store import accounts, bulletins, stations
from broadcaster.web import words
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import BadChoice, Entered, audience_of, choice_json, choices_of
from broadcaster.web.session import Post, Visit
from broadcaster.web.spoken import Spoken, spoken

FILTERS = {
    "": (N_("Tất cả"), tuple(BulletinState)),
    "dang-soan": (N_("Đang soạn"), (BulletinState.DRAFT, BulletinState.RETURNED)),
    "cho-duyet": (N_("Chờ duyệt"), (BulletinState.SUBMITTED,)),
    "da-duyet": (N_("Đã duyệt"), (BulletinState.APPROVED,)),
    "da-rut": (N_("Đã rút"), (BulletinState.WITHDRAWN,)),
}
_FIELDS: dict[type[Refusal], str] = {
    UnknownAudience: "audience",
    UnknownVoice: "voice",
    BadChoice: "choice",
    rules.NothingToSay: "text",
}
_FIRST = Entered(fields={"where": ["all"], "priority": [Priority.ORDINARY.value]})


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the list and the form."""
    router = APIRouter()
    site = desk.site
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get("/ban-tin")
    def several(visit: here) -> Response:
        wanted = visit.request.query_params.get("loc", "")
        _, states = FILTERS.get(wanted, FILTERS[""])
        with site.office.database.reading() as tx:
            found = bulletins.of_station(tx, visit.station.id, states=states)
            rows = _rows(tx, visit, found)
        filters = [
            {"href": f"/ban-tin?loc={key}" if key else "/ban-tin", "text": visit.translate(name), "here": key == wanted}
            for key, (name, _) in FILTERS.items()
        ]
        return desk.show(visit, "bulletins.html", rows=rows, filters=filters, may_write=may_edit(visit.person))

    @router.get("/ban-tin/moi")
    def ask(visit: here) -> Response:
        require(may_edit(visit.person))
        return form(desk, visit, _FIRST, before=None)

    @router.post("/ban-tin")
    def write(post: sent) -> Response:
        return _save(desk, post, before=None)

    @router.post("/ban-tin/doc-la")
    def read_aloud(post: sent) -> Response:
        """The words to say for what stands in the form at this moment: a fragment, nothing is kept."""
        require(may_edit(post.visit.person))
        with site.office.database.reading() as tx:
            reader = station_reader(tx, post.visit.station)
        said = _spoken(reader, post.entered)
        return HTMLResponse(desk.fragment(post.visit, "_spoken.html", spoken=said, act="script", action=""))

    @router.get("/ban-tin/{bulletin_id}/sua")
    def ask_again(bulletin_id: str, visit: here) -> Response:
        require(may_edit(visit.person))
        with site.office.database.reading() as tx:
            before = use_cases.find(tx, visit.station.id, BulletinId(bulletin_id))
            choices = bulletins.choices_of(tx, before.id)
        rules.require_state("edit", before.state)
        return form(desk, visit, _entered(before, choices), before=before)

    @router.post("/ban-tin/{bulletin_id}/sua")
    def rewrite(bulletin_id: str, post: sent) -> Response:
        with site.office.database.reading() as tx:
            before = use_cases.find(tx, post.visit.station.id, BulletinId(bulletin_id))
        return _save(desk, post, before=before)

    return router


def form(
    desk: Desk,
    visit: Visit,
    entered: Entered,
    *,
    before: Bulletin | None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """Return the form with everything as it was typed, each sentence beside its field."""
    with desk.site.office.database.reading() as tx:
        hamlets = stations.hamlets_of(tx, visit.station.id)
        clusters = stations.clusters_of(tx, visit.station.id)
        reader = station_reader(tx, visit.station)
    place = {hamlet.id: hamlet.name for hamlet in hamlets}
    return desk.show(
        visit,
        "bulletin_form.html",
        status=status,
        entered=entered,
        before=before,
        was_approved=before is not None and before.state is BulletinState.APPROVED,
        action=f"/ban-tin/{before.id}/sua" if before else "/ban-tin",
        errors=errors or {},
        hamlets=hamlets,
        clusters=[{"id": c.id, "name": c.name, "hamlet": place[c.hamlet]} for c in clusters],
        voices=desk.site.voices,
        priorities=[(p.value, visit.translate(name)) for p, name in words.PRIORITY_NAMES.items()],
        limits={"title": rules.TITLE_MAX, "text": rules.TEXT_MAX},
        spoken=_spoken(reader, entered) if entered.one("text").strip() else None,
    )


def _save(desk: Desk, post: Post, *, before: Bulletin | None) -> Response:
    """Keep what was entered and show it, or show the form again with what is wrong."""
    require(may_edit(post.visit.person))
    site, actor = desk.site, post.visit.person
    errors = _errors(post)
    if errors:
        return form(desk, post.visit, post.entered, before=before, errors=errors, status=422)
    draft = _draft(post.entered)
    try:
        if before is None:
            kept = use_cases.write(site.office, actor=actor, draft=draft, voices=site.voice_names)
        else:
            kept = use_cases.rewrite(site.office, actor=actor, bulletin=before.id, draft=draft, voices=site.voice_names)
    except (Invalid, Conflict) as exc:
        said = {_FIELDS.get(type(exc), "form"): exc.sentence(post.visit.translate)}
        return form(desk, post.visit, post.entered, before=before, errors=said, status=desk.status_of(exc))
    return go(f"/ban-tin/{kept.id}", done="luu")


def _errors(post: Post) -> dict[str, str]:
    """Return what is wrong with each field, all at once; the use case checks everything once more."""
    entered = post.entered
    checks: dict[str, Callable[[], object]] = {
        "title": lambda: rules.clean_title(entered.one("title")),
        "text": lambda: rules.clean_text(entered.one("text")),
        "audience": lambda: audience_of(entered),
        "choice": lambda: choices_of(entered),
    }
    errors: dict[str, str] = {}
    for field, check in checks.items():
        try:
            check()
        except Invalid as exc:
            errors[field] = exc.sentence(post.visit.translate)
    return errors


def _draft(entered: Entered) -> use_cases.Draft:
    wanted = entered.one("priority")
    return use_cases.Draft(
        title=entered.one("title"),
        text=entered.one("text"),
        audience=audience_of(entered),
        voice=entered.one("voice"),
        read_twice=entered.ticked("read_twice"),
        repeat_key_fact=entered.ticked("repeat_key_fact"),
        priority=Priority.PRIORITY if wanted == Priority.PRIORITY.value else Priority.ORDINARY,
        choices=choices_of(entered),
    )


def _spoken(reader: StationReader, entered: Entered) -> Spoken:
    """Return the words to say for a text that may still be unfinished."""
    try:
        choices = choices_of(entered)
    except BadChoice:
        choices = ()  # The form itself says so beside the field; the words are shown as if nothing was chosen.
    text = entered.one("text")[: rules.TEXT_MAX]
    reading = reader.read(
        text,
        choices=choices,
        voice=entered.one("voice") or None,
        repeat_key_fact=entered.ticked("repeat_key_fact"),
    )
    return spoken(reading, choices)


def _entered(bulletin: Bulletin, choices: tuple[Choice, ...]) -> Entered:
    """Return a bulletin as its author entered it."""
    meant = bulletin.audience
    where = "all" if meant == EVERYBODY else "hamlets" if meant.hamlets else "clusters"
    return Entered(
        fields={
            "title": [bulletin.title],
            "text": [bulletin.text],
            "where": [where],
            "hamlet": list(meant.hamlets),
            "cluster": list(meant.clusters),
            "voice": [bulletin.voice],
            "priority": [bulletin.priority.value],
            "read_twice": ["1"] if bulletin.read_twice else [],
            "repeat_key_fact": ["1"] if bulletin.repeat_key_fact else [],
            "choice": [choice_json(choice) for choice in choices],
        }
    )


def _rows(tx: Connection, visit: Visit, found: tuple[Bulletin, ...]) -> list[dict[str, object]]:
    """Return the lines of the list."""
    names = {account.person.id: account.person.name for account in accounts.of_station(tx, visit.station.id)}
    hamlets, clusters = stations.hamlets_of(tx, visit.station.id), stations.clusters_of(tx, visit.station.id)
    return [
        {
            "href": f"/ban-tin/{b.id}",
            "title": b.title,
            "state": visit.translate(STATE_NAMES[b.state]),
            "look": words.STATE_LOOKS[b.state],
            "author": names.get(b.author, ""),
            "audience": words.audience(b.audience, hamlets=hamlets, clusters=clusters, translate=visit.translate),
            "changed": words.ago(b.updated_at, visit.now, visit.translate),
            "urgent": b.priority is Priority.PRIORITY,
        }
        for b in found
    ]
