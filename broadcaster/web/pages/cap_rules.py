"""The rules for warnings from outside: who is heard, what may play by itself, waits or is dropped, and where we lie."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.cap.profile import Profile, Source
from broadcaster.domain.errors import Conflict, Invalid, Refusal
from broadcaster.domain.ids import HamletId
from broadcaster.domain.permissions import may_administer, may_alert, require
from broadcaster.services.cap import rules as use_cases
from broadcaster.services.cap.intake import NoSuchSource
from broadcaster.store import cap_received, stations
from broadcaster.web import words
from broadcaster.web.cap_forms import (
    AGES_H,
    LIVES_MIN,
    beside,
    fields_of_place,
    fields_of_source,
    place_of,
    source_of,
)  # fmt: skip
from broadcaster.web.cap_view import PATH, SEVERITIES, certificates_of, source_values, title_of
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered
from broadcaster.web.session import Post, Visit

RULES = PATH + "/quy-tac"
PLACE = PATH + "/dia-ban"
NEW = PATH + "/quy-tac-moi"


def routes(desk: Desk) -> APIRouter:
    """Return the routes of rules."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get(RULES)
    def show(visit: here) -> Response:
        return _list(desk, visit)

    @router.get(NEW)
    def ask_new(visit: here) -> Response:
        return _form(desk, visit, fields_of_source(Source(name="")), None)

    @router.post(NEW)
    def add(post: sent) -> Response:
        return _keep(desk, post, None, done="them-quy-tac")

    @router.get(RULES + "/{name}")
    def ask(name: str, visit: here) -> Response:
        source = _find(desk, visit, name)
        return _form(desk, visit, fields_of_source(source), source)

    @router.post(RULES + "/{name}")
    def change(name: str, post: sent) -> Response:
        return _keep(desk, post, _find(desk, post.visit, name), done="sua-quy-tac")

    @router.post(RULES + "/{name}/bo")
    def remove(name: str, post: sent) -> Response:
        try:
            use_cases.remove_source(office, actor=post.visit.person, name=name)
        except Conflict as exc:
            return _list(desk, post.visit, refused=exc)
        return go(RULES, done="bo-quy-tac")

    @router.get(RULES + "/{name}/bo")
    def come_back(name: str, visit: here) -> Response:
        """Whoever signed in again after a step is led to where the source is shown."""
        _find(desk, visit, name)
        return go(RULES)

    @router.get(PLACE)
    def ask_place(visit: here) -> Response:
        return _place(desk, visit, lambda p, ids: fields_of_place(p.place, ids))

    @router.post(PLACE)
    def set_place(post: sent) -> Response:
        visit = post.visit
        with office.database.reading() as tx:
            hamlets = [hamlet.id for hamlet in stations.hamlets_of(tx, visit.station.id)]
        try:
            use_cases.set_place(office, actor=visit.person, wanted=place_of(post.entered, hamlets))
        except (Invalid, Conflict) as exc:
            return _place(desk, visit, lambda _p, _ids: post.entered, refused=exc)
        return go(RULES, done="dia-ban")

    return router


def _find(desk: Desk, visit: Visit, name: str) -> Source:
    with desk.site.office.database.reading() as tx:
        found = cap_received.profile_of(tx, visit.station.id).source(name)
    if found is None:
        raise NoSuchSource(source=name[:60])
    return found


def _keep(desk: Desk, post: Post, before: Source | None, *, done: str) -> Response:
    visit, entered = post.visit, post.entered
    try:
        wanted = source_of(entered, before)
        use_cases.put_source(desk.site.office, actor=visit.person, wanted=wanted, new=before is None)
    except (Invalid, Conflict) as exc:
        return _form(desk, visit, entered, before, refused=exc)
    return go(RULES, done=done)


def _list(desk: Desk, visit: Visit, *, refused: Refusal | None = None) -> Response:
    require(may_alert(visit.person) or may_administer(visit.person))
    with desk.site.office.database.reading() as tx:
        profile = cap_received.profile_of(tx, visit.station.id)
        hamlets = stations.hamlets_of(tx, visit.station.id)
    told = {place.hamlet for place in profile.place.hamlets if place.points or place.geocodes}
    return desk.show(
        visit,
        "cap_rules.html",
        status=desk.status_of(refused) if refused else 200,
        problem=refused.sentence(visit.translate) if refused else "",
        may_set=may_administer(visit.person),
        sources=[source_values(source, visit, profile) for source in profile.sources],
        place=profile.place,
        hamlets_told=len(told),
        hamlets=len(hamlets),
    )


def _form(
    desk: Desk, visit: Visit, entered: Entered, before: Source | None, *, refused: Refusal | None = None
) -> Response:
    require(may_administer(visit.person))
    translate = visit.translate

    def spans(values: tuple[int, ...], field: str, unit: timedelta) -> list[tuple[str, str]]:
        known = {*values, *((int(entered.one(field)),) if entered.one(field).isdecimal() else ())}
        return [(str(value), words.rough_length(value * unit, translate)) for value in sorted(known) if value < 10**6]

    profile = Profile(sources=(before,) if before else ())
    return desk.show(
        visit,
        "cap_source.html",
        status=desk.status_of(refused) if refused else 200,
        errors=beside(refused, translate) if refused else {},
        entered=entered,
        before=before,
        title=title_of(before.name, profile, translate) if before else translate("Thêm nguồn được nhận"),
        action=f"{RULES}/{quote(before.name)}" if before else NEW,
        certificates=certificates_of(before.certificates if before else (), visit),
        severities=[(level.value, translate(name)) for level, name in SEVERITIES.items()],
        ages=spans(AGES_H, "max_age_h", timedelta(hours=1)),
        lives=spans(LIVES_MIN, "life_min", timedelta(minutes=1)),
    )


def _place(
    desk: Desk, visit: Visit, fields: Callable[[Profile, list[HamletId]], Entered], *, refused: Refusal | None = None
) -> Response:
    require(may_administer(visit.person))
    with desk.site.office.database.reading() as tx:
        profile = cap_received.profile_of(tx, visit.station.id)
        hamlets = stations.hamlets_of(tx, visit.station.id)
    ids = [hamlet.id for hamlet in hamlets]
    return desk.show(
        visit,
        "cap_place.html",
        status=desk.status_of(refused) if refused else 200,
        errors=beside(refused, visit.translate, hamlets=ids) if refused else {},
        entered=fields(profile, ids),
        hamlets=hamlets,
        station_name=visit.station.name,
    )
