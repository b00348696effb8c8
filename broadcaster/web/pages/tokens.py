"""Bearer tokens for programs: issued, shown once, revoked."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.errors import Conflict, Invalid
from broadcaster.domain.ids import UserId
from broadcaster.domain.permissions import may_administer, require
from broadcaster.services import people as use_cases
from broadcaster.store import accounts
from broadcaster.web import words
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered
from broadcaster.web.session import Post, Visit


def routes(desk: Desk) -> APIRouter:
    """Return the routes of tokens."""
    router = APIRouter()
    office = desk.site.office

    @router.get("/ma-truy-cap")
    def several(visit: Annotated[Visit, Depends(desk.door.visit)]) -> Response:
        return _list(desk, visit, Entered())

    @router.post("/ma-truy-cap")
    def issue(post: Annotated[Post, Depends(desk.door.posted)]) -> Response:
        visit, entered = post.visit, post.entered
        try:
            secret = use_cases.issue_token(
                office, actor=visit.person, user=UserId(entered.one("user")), name=entered.one("name"), sign=visit.act
            )
        except (Invalid, Conflict) as exc:
            errors = {"name": exc.sentence(visit.translate)}
            return _list(desk, visit, entered, errors=errors, status=desk.status_of(exc))
        return _list(desk, visit, Entered(), secret=secret)

    @router.post("/ma-truy-cap/{token_id}/thu-hoi")
    def revoke(token_id: str, post: Annotated[Post, Depends(desk.door.posted)]) -> Response:
        use_cases.revoke_token(office, actor=post.visit.person, token_id=token_id)
        return go("/ma-truy-cap", done="thu-hoi")

    return router


def _list(
    desk: Desk,
    visit: Visit,
    entered: Entered,
    *,
    errors: dict[str, str] | None = None,
    secret: str | None = None,
    status: int = 200,
) -> Response:
    require(may_administer(visit.person))
    with desk.site.office.database.reading() as tx:
        found = accounts.tokens_of(tx, visit.station.id)
        people = [a for a in accounts.of_station(tx, visit.station.id) if a.disabled_at is None]
    zone, translate = visit.station.rules.zone, visit.translate
    rows = [
        {
            "id": token.id,
            "name": token.name,
            "owner": token.owner,
            "created": words.moment(token.created_at, zone, translate),
            "revoked": words.moment(token.revoked_at, zone, translate) if token.revoked_at else None,
        }
        for token in found
    ]
    return desk.show(
        visit,
        "tokens.html",
        status=status,
        rows=rows,
        people=[(a.person.id, a.person.name, words.roles(a.person.roles, translate)) for a in people],
        entered=entered,
        errors=errors or {},
        secret=secret,
    )
