"""Signing in and out, and the language of those who are not signed in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from broadcaster.domain.errors import NotSignedIn, Refusal, TooMany
from broadcaster.services.people import set_language
from broadcaster.services.signing_in import NobodyKnown, SignedIn
from broadcaster.services.signing_in import sign_in as open_session
from broadcaster.store import stations
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered, local_path
from broadcaster.web.session import Guest, GuestPost, Post, browser_of
from broadcaster.web.unsent import Unsent, unsent_from


def routes(desk: Desk) -> APIRouter:
    """Return the routes of signing in and out."""
    router = APIRouter()
    site = desk.site

    @router.get("/dang-nhap")
    def ask(request: Request) -> Response:
        next_path = local_path(request.query_params.get("tiep"))
        with site.office.database.reading() as tx:
            if stations.first(tx) is None:
                return go("/thiet-lap")
        try:
            desk.door.visit(request)
        except NobodyKnown:
            return _form(desk, desk.door.guest(request), next_path=next_path)
        return go(next_path)

    @router.post("/dang-nhap")
    def sign_in(post: Annotated[GuestPost, Depends(desk.door.posted_by_guest)]) -> Response:
        request, entered = post.guest.request, post.entered
        next_path = local_path(entered.one("next"))
        try:
            signed_in = open_session(
                site.office,
                site.passwords,
                username=entered.one("username"),
                password=entered.one("password"),
                address=request.client.host if request.client else "",
                browser=browser_of(request),
            )
        except (NotSignedIn, TooMany) as exc:
            return _form(desk, post.guest, entered, next_path=next_path, refused=exc)
        answer = _onward(desk, request, signed_in, unsent=unsent_from(entered.one("unsent")), next_path=next_path)
        desk.door.let_in(request, answer, signed_in=signed_in)
        return answer

    @router.post("/dang-xuat")
    def sign_out(post: Annotated[Post, Depends(desk.door.posted)]) -> Response:
        answer = go("/dang-nhap", done="dang-xuat")
        desk.door.let_out(post.visit.request, answer)
        return answer

    @router.post("/ngon-ngu")
    def choose_language(post: Annotated[Post, Depends(desk.door.posted)]) -> Response:
        set_language(site.office, actor=post.visit.person, language=post.entered.one("language"))
        answer = go(local_path(post.entered.one("back")))
        desk.door.keep_language(answer, post.entered.one("language"))
        return answer

    @router.post("/ngon-ngu-khach")
    def choose_language_as_guest(post: Annotated[GuestPost, Depends(desk.door.posted_by_guest)]) -> Response:
        answer = go(local_path(post.entered.one("back")))
        desk.door.keep_language(answer, post.entered.one("language"))
        return answer

    return router


def _onward(desk: Desk, request: Request, signed_in: SignedIn, *, unsent: Unsent | None, next_path: str) -> Response:
    """Lead to where somebody wanted to go, or offer what they had filled in when their session ended."""
    if unsent is None:
        return go(next_path)
    visit = desk.door.visit_by(request, signed_in.secret)
    return desk.show(visit, "unsent.html", unsent=unsent, next_path=next_path)


def _form(
    desk: Desk, guest: Guest, entered: Entered | None = None, *, next_path: str, refused: Refusal | None = None
) -> Response:
    typed = entered or Entered()
    return desk.show(
        guest,
        "sign_in.html",
        status=desk.status_of(refused) if refused else 200,
        problem=refused.sentence(guest.translate) if refused else None,
        username=typed.one("username"),
        next_path=next_path,
        unsent=unsent_from(typed.one("unsent")),
        typed=[],
    )
