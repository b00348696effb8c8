"""Refusals as programs get them: `{"error": {"code", "message"}}`, the message in Vietnamese."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, OperationalError, TimeoutError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from broadcaster.domain.errors import N_, Invalid, Refusal, Unavailable, refusal

log = logging.getLogger(__name__)

PREFIX = "/api/"
_HTTP_SENTENCES = {
    404: "Không có địa chỉ này. Xin xem danh sách ở /api/docs.",
    405: "Địa chỉ này không nhận phương thức đó. Xin xem /api/docs.",
    413: "Dữ liệu gửi lên quá lớn.",
    400: "Nội dung gửi lên không phải là JSON hợp lệ (UTF-8).",
}


@refusal
class DatabaseUnusable(Unavailable):
    message = N_(
        "Máy chủ tạm thời không ghi được dữ liệu (ổ đĩa đầy hoặc cơ sở dữ liệu đang bận). Việc vừa làm chưa được lưu; "
        "xin thử lại sau ít phút, nếu vẫn lỗi xin báo kỹ thuật viên."
    )


@refusal
class Unstorable(Invalid):
    message = N_("Nội dung gửi lên có ký tự hỏng hoặc quá dài, không lưu được. Xin gõ lại.")


def refused(exc: Refusal, status: int) -> JSONResponse:
    """Return the answer to a request that the station turned down."""
    headers = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "30"}}.get(status)
    return _answer(status, exc.code, exc.sentence(), headers=headers)


def malformed(exc: RequestValidationError) -> JSONResponse:
    """Return the answer to a request whose shape is not the one asked for, naming the first field that is wrong."""
    return _answer(422, "malformed", _sentence(exc.errors()))


def unknown(exc: HTTPException) -> JSONResponse:
    """Return the answer to a request that no route took."""
    sentence = _HTTP_SENTENCES.get(exc.status_code, "Yêu cầu không thực hiện được.")
    return _answer(exc.status_code, f"http_{exc.status_code}", sentence, headers=exc.headers)


def of_database(exc: Exception) -> Refusal:
    """Return the refusal that an error of the database comes to: it is busy, full or gone, or cannot keep the value."""
    if isinstance(exc, DataError):
        return Unstorable()
    log.error("the database cannot be used now: %s", exc)
    return DatabaseUnusable()


def install_api_errors(app: FastAPI) -> None:
    """Make malformed and unrouted requests under /api answer in the interface's own form.

    An error of the database becomes a refusal, for pages too, where a handler of refusals is installed before.
    """
    page_unknown = app.exception_handlers.get(HTTPException)
    page_refused = app.exception_handlers.get(Refusal)

    async def on_malformed(request: Request, exc: RequestValidationError) -> Any:
        if request.url.path.startswith(PREFIX):
            return malformed(exc)
        return await on_unknown(request, HTTPException(404))  # an address that no page of ours has

    async def on_unknown(request: Request, exc: HTTPException) -> Any:
        if request.url.path.startswith(PREFIX) or page_unknown is None:
            return unknown(exc)
        answer = page_unknown(request, exc)
        return await answer if hasattr(answer, "__await__") else answer

    async def on_database(request: Request, exc: Exception) -> Any:
        turned_down = of_database(exc)
        if request.url.path.startswith(PREFIX) or page_refused is None:
            return refused(turned_down, 422 if isinstance(turned_down, Invalid) else 503)
        answer = await run_in_threadpool(page_refused, request, turned_down)
        return await answer if hasattr(answer, "__await__") else answer

    for kind in (OperationalError, TimeoutError, DataError):
        app.add_exception_handler(kind, on_database)
    app.add_exception_handler(RequestValidationError, on_malformed)  # type: ignore[arg-type] # Starlette types handlers by Exception
    app.add_exception_handler(HTTPException, on_unknown)  # type: ignore[arg-type] # as above


def _sentence(errors: Sequence[Any]) -> str:
    first: Mapping[str, Any] = errors[0] if errors else {"loc": ("body",), "type": "?"}
    where = _named(first["loc"])
    match first["type"]:
        case "missing":
            return f"Thiếu trường “{where}”."
        case "extra_forbidden":
            return f"Không có trường nào tên “{where}”. Xin xem /api/docs."
        case "unreadable":
            return "Nội dung gửi lên có ký tự hỏng (U+0000 hoặc nửa ký tự Unicode), không đọc được."
        case "json_invalid":
            return "Nội dung gửi lên không phải là JSON hợp lệ (UTF-8)."
        case "timezone_aware" | "datetime_from_date_parsing" | "datetime_parsing":
            return f"“{where}” phải là ngày giờ có múi giờ, như 2026-12-01T17:00:00+07:00."
        case "enum":
            choices = first["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
            return f"“{where}” chỉ nhận một trong: {choices}."
    return f"Trường “{where}” không đúng dạng. Xin xem /api/docs."


def _named(place: Sequence[object]) -> str:
    """Return which field is meant, in so few and plain letters that any name can be said back."""
    ours = ("body", "query", "path", "datetime")  # the last one names a branch of ours, where "now" is the other
    names = [str(part)[:40] for part in place if part not in ours][:4]
    return ".".join(names).encode(errors="replace").decode() or "nội dung"


def _answer(status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status, headers=headers)
