"""Signing in and out, and the language of those who are not signed in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from broadcaster.domain.errors import NotSignedIn, Refusal, TooMany
from broadcaster.services.people import set_language
from broadcaster.services.signing_in import NobodyKnown
from broadcaster.services.signing_in import sign_in as open_session
from broadcaster.store import stations
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import local_path
from broadcaster.web.session import Guest, GuestPost, Post, browser_of


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
            return _form(desk, post.guest, next_path=next_path, username=entered.one("username"), refused=exc)
        answer = go(next_path)
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


def _form(desk: Desk, guest: Guest, *, next_path: str, username: str = "", refused: Refusal | None = None) -> Response:
    return desk.show(
        guest,
        "sign_in.html",
        status=desk.status_of(refused) if refused else 200,
        problem=refused.sentence(guest.translate) if refused else None,
        username=username,
        next_path=next_path,
        typed=[],
    )
