"""The web application: pages, the REST interface, and the one table from kinds of refusal to HTTP codes."""

from importlib.metadata import version
from urllib.parse import quote

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from broadcaster.domain import errors
from broadcaster.domain.errors import N_, Refusal
from broadcaster.store import stations
from broadcaster.web.api.errors import PREFIX, install_api_errors, refused
from broadcaster.web.api.router import api
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered, FormTooOld, path_in
from broadcaster.web.headers import BodyLimit, HeadToo, SecurityHeaders
from broadcaster.web.looks import STATIC
from broadcaster.web.pages import (
    account,
    airings,
    alarm,
    alarm_ready,
    alert,
    api_docs,
    approvals,
    asking,
    audit,
    bulletin_steps,
    bulletins,
    cap,
    cap_feeds,
    cap_rules,
    clusters,
    demo,
    devices,
    drills,
    home,
    lexicon,
    library,
    messengers,
    people,
    programmes,
    recordings,
    reports,
    rules,
    set_up,
    sign_in,
    station,
    strip,
    tokens,
    tonight,
    warnings,
    week,
    week_calendar,
    week_changes,
    week_file,
)
from broadcaster.web.session import Guest, Visit
from broadcaster.web.site import Site
from broadcaster.web.unsent import unsent_of

HTTP_CODES: dict[type[Refusal], int] = {
    errors.Invalid: 422,
    errors.NotSignedIn: 401,
    errors.Forbidden: 403,
    errors.Missing: 404,
    errors.Conflict: 409,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}
_SENTENCES = {
    404: N_("Không có trang này. Có thể đường dẫn sai hoặc nội dung đã bị gỡ."),
    405: N_("Trang này không làm được việc đó. Xin quay lại và thử từ trang của đài."),
    413: N_("Nội dung gửi lên quá dài, máy chủ không nhận. Xin rút ngắn rồi gửi lại."),
}
_UNKNOWN = N_("Yêu cầu không thực hiện được. Xin quay lại và thử lần nữa.")
_BROKEN = N_("Máy chủ gặp lỗi. Việc vừa làm có thể chưa được lưu; xin thử lại, nếu vẫn lỗi xin báo kỹ thuật viên.")
_PAGES = (
    set_up, sign_in, account, home, tonight,
    alarm, alarm_ready, strip, drills, warnings, cap_feeds, cap_rules, alert, bulletins, bulletin_steps, library,
    lexicon, recordings, approvals, airings,
    week_changes, week_calendar, week_file, programmes, asking, week, rules,
    devices, clusters, people, tokens, messengers, station, audit, reports, cap, demo,
)  # fmt: skip


def create_app(site: Site) -> FastAPI:
    """Return the application of a site; it starts nothing by itself."""
    app = FastAPI(
        title="Đài truyền thanh cấp xã",
        version=version("commune-broadcaster"),
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    desk = Desk(site, status_of=status_of)
    for noun in _PAGES:
        app.include_router(noun.routes(desk), include_in_schema=False)
    app.include_router(api(site))
    app.include_router(api_docs.routes(desk, app.openapi), include_in_schema=False)
    app.mount("/static", _Static(directory=STATIC))
    _install_page_errors(app, desk)
    install_api_errors(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(HeadToo)
    app.add_middleware(SecurityHeaders)
    return app


def status_of(refusal: Refusal) -> int:
    """Return the HTTP code of a refusal by its kind."""
    return next(code for kind, code in HTTP_CODES.items() if isinstance(refusal, kind))


class _Static(StaticFiles):
    """Files named with the hash of their content may be kept for ever, the others are asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        kept = b"v=" in scope.get("query_string", b"")
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
        return answer


def _install_page_errors(app: FastAPI, desk: Desk) -> None:
    """Make each refusal a page for people; under /api the answer has the interface's own form."""

    def on_refusal(request: Request, exc: Refusal) -> Response:
        status = status_of(exc)
        if request.url.path.startswith(PREFIX):
            return refused(exc, status)
        if isinstance(exc, errors.NotSignedIn):
            return _ask_to_sign_in(desk, request, exc)
        return _error_page(desk, request, status=status, refusal=exc)

    async def on_unknown(request: Request, exc: HTTPException) -> Response:
        return await run_in_threadpool(_unknown, desk, request, exc)

    def on_fault(request: Request, _exc: Exception) -> Response:
        if request.url.path.startswith(PREFIX):
            return JSONResponse({"error": {"code": "http_500", "message": _BROKEN}}, status_code=500)
        return _error_page(desk, request, status=500, sentence=_BROKEN)

    app.add_exception_handler(Refusal, on_refusal)  # type: ignore[arg-type] # Starlette types handlers by Exception
    app.add_exception_handler(HTTPException, on_unknown)  # type: ignore[arg-type] # as above
    app.add_exception_handler(Exception, on_fault)


def _unknown(desk: Desk, request: Request, exc: HTTPException) -> Response:
    if not _is_set_up(desk):
        return go("/thiet-lap")
    return _error_page(desk, request, status=exc.status_code, sentence=_SENTENCES.get(exc.status_code, _UNKNOWN))


def _is_set_up(desk: Desk) -> bool:
    with desk.site.office.database.reading() as tx:
        return stations.first(tx) is not None


def _ask_to_sign_in(desk: Desk, request: Request, exc: Refusal) -> Response:
    """Lead to the sign-in and back here; what was typed into a form meanwhile is shown, so that it is not lost."""
    if not _is_set_up(desk):
        return go("/thiet-lap")
    if request.method == "GET":
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return go("/dang-nhap" if wanted == "/" else f"/dang-nhap?tiep={quote(wanted)}")
    guest = desk.door.guest(request)
    return desk.show(
        guest,
        "sign_in.html",
        status=401,
        problem=exc.sentence(guest.translate),
        username="",
        next_path=path_in(request.headers.get("referer", "")),
        unsent=(unsent := unsent_of(request)),
        typed=[] if unsent else _typed(request),
    )


def _typed(request: Request) -> list[str]:
    """Return what somebody wrote into the form that was turned down, so that the answer can give it back."""
    entered: Entered = getattr(request.state, "entered", Entered())
    return [text for name in ("title", "text", "note") if (text := entered.one(name).strip())]


def _error_page(
    desk: Desk, request: Request, *, status: int, refusal: Refusal | None = None, sentence: str = ""
) -> Response:
    visitor = _whoever(desk, request)
    said = refusal.sentence(visitor.translate) if refusal else visitor.translate(sentence)
    late = isinstance(refusal, FormTooOld) and isinstance(visitor, Visit)
    unsent = unsent_of(request) if late else None
    typed = [] if unsent else _typed(request)
    return desk.show(visitor, "error.html", status=status, said=said, code=status, unsent=unsent, typed=typed)


def _whoever(desk: Desk, request: Request) -> Visit | Guest:
    """Return who is there. Where the database itself is what broke, the sentence still comes, to a guest."""
    try:
        return desk.door.anybody(request)
    except SQLAlchemyError:
        return desk.door.guest(request)
