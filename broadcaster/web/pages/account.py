"""One's own account: who one is here, and one's own password."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.errors import N_, Invalid, Refusal, TooMany, refusal
from broadcaster.services.people import check_password, set_password
from broadcaster.services.signing_in import SignInFailed, sign_in
from broadcaster.web import words
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import PasswordsDiffer
from broadcaster.web.session import Post, Visit, browser_of


@refusal
class WrongPassword(Invalid):
    message = N_("Mật khẩu hiện tại không đúng. Xin nhập lại.")


def routes(desk: Desk) -> APIRouter:
    """Return the routes of one's own account."""
    router = APIRouter()
    site = desk.site

    def page(visit: Visit, refused: Refusal | None = None) -> Response:
        return desk.show(
            visit,
            "account.html",
            status=desk.status_of(refused) if refused else 200,
            problem=refused.sentence(visit.translate) if refused else None,
            roles=words.roles(visit.person.roles, visit.translate),
        )

    @router.get("/tai-khoan")
    def show(visit: Annotated[Visit, Depends(desk.door.visit)]) -> Response:
        return page(visit)

    @router.post("/tai-khoan/mat-khau")
    def change_password(post: Annotated[Post, Depends(desk.door.posted)]) -> Response:
        visit, entered = post.visit, post.entered
        request = visit.request
        address = request.client.host if request.client else ""
        try:
            new = check_password(entered.one("new"))
            if new != entered.one("again"):
                raise PasswordsDiffer
            _check_own(desk, visit, password=entered.one("current"), address=address)
            set_password(
                site.office, site.passwords, actor=visit.person, user=visit.person.id, password=new,
                old=entered.one("current"), sign=visit.act,
            )  # fmt: skip
        except (Invalid, TooMany) as exc:
            return page(visit, exc)
        answer = go("/")
        signed_in = sign_in(
            site.office, site.passwords, username=visit.username, password=new, address=address,
            browser=browser_of(request),
        )  # fmt: skip
        desk.door.let_in(request, answer, signed_in=signed_in)
        return answer

    return router


def _check_own(desk: Desk, visit: Visit, *, password: str, address: str) -> None:
    """Raise WrongPassword unless the present password is right; guesses count as at the sign-in."""
    office, passwords = desk.site.office, desk.site.passwords
    try:
        sign_in(
            office, passwords, username=visit.username, password=password, address=address,
            browser=browser_of(visit.request),
        )  # fmt: skip
    except SignInFailed as exc:
        raise WrongPassword from exc
