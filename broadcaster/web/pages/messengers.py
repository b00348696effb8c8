"""Who is told when something happens: addresses of messengers, and what was told lately."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.errors import Conflict, Invalid
from broadcaster.domain.ids import MessengerId
from broadcaster.domain.permissions import may_administer, require
from broadcaster.services import telling
from broadcaster.store import messengers, notices
from broadcaster.web import words
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered
from broadcaster.web.session import Post, Visit

PATH = "/noi-nhan-tin"


def routes(desk: Desk) -> APIRouter:
    """Return the routes of messengers."""
    router = APIRouter()
    office, messages = desk.site.office, desk.site.messages

    @router.get(PATH)
    def several(visit: Annotated[Visit, Depends(desk.door.visit)]) -> Response:
        return _list(desk, visit, Entered())

    @router.post(PATH)
    def add(post: Annotated[Post, Depends(desk.door.posted)]) -> Response:
        visit, entered = post.visit, post.entered
        try:
            telling.add(office, messages, actor=visit.person, name=entered.one("name"), address=entered.one("address"))
        except (Invalid, Conflict) as exc:
            field = "name" if exc.code.startswith("name") else "address"
            return _list(
                desk, visit, entered, errors={field: exc.sentence(visit.translate)}, status=desk.status_of(exc)
            )
        return go(PATH, done="them-noi-nhan")

    @router.post(PATH + "/{messenger}/thu")
    def try_out(messenger: str, post: Annotated[Post, Depends(desk.door.posted)]) -> Response:
        telling.try_out(office, messages, actor=post.visit.person, messenger=MessengerId(messenger))
        return go(PATH, done="gui-thu")

    @router.post(PATH + "/{messenger}/bo")
    def remove(messenger: str, post: Annotated[Post, Depends(desk.door.posted)]) -> Response:
        telling.remove(office, actor=post.visit.person, messenger=MessengerId(messenger))
        return go(PATH, done="bo-noi-nhan")

    return router


def _list(
    desk: Desk, visit: Visit, entered: Entered, *, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    require(may_administer(visit.person))
    with desk.site.office.database.reading() as tx:
        found = messengers.of_station(tx, visit.station.id)
        told = notices.latest(tx, visit.station.id, limit=20)
    zone, translate = visit.station.rules.zone, visit.translate
    return desk.show(
        visit,
        "messengers.html",
        status=status,
        rows=[
            {
                "id": messenger.id,
                "name": messenger.name,
                "address": messenger.shown,
                "last": words.moment(messenger.last_at, zone, translate) if messenger.last_at else None,
                "error": messenger.last_error,
            }
            for messenger in found
        ],
        told=[{"at": words.moment(notice.at, zone, translate), "sentence": notice.sentence} for notice in told],
        entered=entered,
        errors=errors or {},
    )
