"""The station's people: added, given roles, given new passwords, their accounts closed."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.errors import Conflict, Invalid, Refusal
from broadcaster.domain.ids import UserId
from broadcaster.domain.permissions import may_administer, require
from broadcaster.domain.station import NoSuchThing
from broadcaster.services import people as use_cases
from broadcaster.store import accounts
from broadcaster.web import words
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered, PasswordsDiffer, roles_of
from broadcaster.web.session import Post, Visit

_FIELDS = {
    "bad_username": "username",
    "username_taken": "username",
    "password_too_short": "password",
    "password_too_long": "password",
    "passwords_differ": "password",
    "no_role": "roles",
    "last_administrator": "roles",
}


def routes(desk: Desk) -> APIRouter:
    """Return the routes of people."""
    router = APIRouter()
    site = desk.site
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get("/nguoi-dung")
    def several(visit: here) -> Response:
        return _list(desk, visit, Entered())

    @router.post("/nguoi-dung")
    def add(post: sent) -> Response:
        entered, actor = post.entered, post.visit.person
        try:
            if entered.one("password") != entered.one("again"):
                raise PasswordsDiffer
            new = use_cases.NewPerson(
                username=entered.one("username"),
                full_name=entered.one("full_name"),
                password=entered.one("password"),
                roles=roles_of(entered.every("role")),
            )
            use_cases.add_person(site.office, site.passwords, actor=actor, new=new, sign=post.visit.act)
        except (Invalid, Conflict) as exc:
            return _list(desk, post.visit, entered, errors=_beside(exc, post.visit), status=desk.status_of(exc))
        return go("/nguoi-dung", done="nguoi")

    @router.get("/nguoi-dung/{user_id}")
    def show(user_id: str, visit: here) -> Response:
        return _person(desk, visit, UserId(user_id))

    @router.post("/nguoi-dung/{user_id}")
    def change(user_id: str, post: sent) -> Response:
        entered = post.entered
        try:
            use_cases.change_person(
                site.office,
                actor=post.visit.person,
                user=UserId(user_id),
                roles=roles_of(entered.every("role")),
                disabled=entered.ticked("disabled"),
                full_name=entered.one("full_name"),
                sign=post.visit.act,
            )
        except (Invalid, Conflict) as exc:
            return _person(desk, post.visit, UserId(user_id), entered=entered, refused=exc)
        return go("/nguoi-dung", done="nguoi-sua")

    @router.post("/nguoi-dung/{user_id}/mat-khau")
    def new_password(user_id: str, post: sent) -> Response:
        entered, actor = post.entered, post.visit.person
        try:
            if entered.one("password") != entered.one("again"):
                raise PasswordsDiffer
            use_cases.set_password(
                site.office, site.passwords, actor=actor, user=UserId(user_id), password=entered.one("password"),
                sign=post.visit.act,
            )  # fmt: skip
        except Invalid as exc:
            return _person(desk, post.visit, UserId(user_id), refused=exc)
        return go("/nguoi-dung", done="mat-khau")

    return router


def _beside(refused: Refusal, visit: Visit) -> dict[str, str]:
    """Return a refusal's sentence under the field that it belongs to."""
    return {_FIELDS.get(refused.code, "full_name"): refused.sentence(visit.translate)}


def _list(
    desk: Desk, visit: Visit, entered: Entered, *, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    require(may_administer(visit.person))
    with desk.site.office.database.reading() as tx:
        found = accounts.of_station(tx, visit.station.id)
    rows = [
        {
            "href": f"/nguoi-dung/{a.person.id}",
            "name": a.person.name,
            "username": a.username,
            "roles": words.roles(a.person.roles, visit.translate),
            "disabled": a.disabled_at is not None,
        }
        for a in found
    ]
    return desk.show(
        visit,
        "people.html",
        status=status,
        rows=rows,
        entered=entered,
        errors=errors or {},
        every_role=_every_role(visit),
    )


def _person(
    desk: Desk, visit: Visit, user: UserId, *, entered: Entered | None = None, refused: Refusal | None = None
) -> Response:
    require(may_administer(visit.person))
    with desk.site.office.database.reading() as tx:
        account = accounts.get(tx, user)
    if account is None or account.person.station != visit.station.id:
        raise NoSuchThing
    shown = entered or Entered(
        fields={
            "full_name": [account.person.name],
            "role": [role.value for role in account.person.roles],
            "disabled": ["1"] if account.disabled_at else [],
        }
    )
    return desk.show(
        visit,
        "person.html",
        status=desk.status_of(refused) if refused else 200,
        account=account,
        entered=shown,
        errors=_beside(refused, visit) if refused else {},
        every_role=_every_role(visit),
        oneself=account.person.id == visit.person.id,
    )


def _every_role(visit: Visit) -> list[tuple[str, str]]:
    return [(role.value, visit.translate(name)) for role, name in words.ROLE_NAMES.items()]
