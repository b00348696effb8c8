"""A form that came when its session had ended: kept while its sender signs in again, then offered to be sent."""

import json
from dataclasses import dataclass

from starlette.requests import Request

from broadcaster.web.forms import FIELDS_MAX, Entered, local_path

_NEVER_AGAIN = (
    "/dang-nhap", "/dang-xuat", "/thiet-lap", "/ngon-ngu", "/ngon-ngu-khach", "/tai-khoan", "/nguoi-dung", "/tin-khan",
)  # fmt: skip
"""Forms with passwords in them, and alerts: what was urgent then is decided anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """Where a form goes, and its fields as they were filled in."""

    path: str
    fields: tuple[tuple[str, str], ...]

    @property
    def written(self) -> str:
        """Return it as one field of another form can hold it."""
        return json.dumps([self.path, self.fields], ensure_ascii=False)


def unsent_of(request: Request) -> Unsent | None:
    """Return the form of a request that was turned down, None where it must not, or cannot, be sent again."""
    entered: Entered = getattr(request.state, "entered", Entered())
    is_file = request.headers.get("content-type", "").startswith("multipart/")
    # Only a browser that says so itself has the form from our own page; an old one is shown its words, no button.
    is_ours = request.headers.get("sec-fetch-site") == "same-origin" or "origin" in request.headers
    if request.method != "POST" or is_file or not is_ours:
        return None
    fields = [(name, value) for name, values in entered.fields.items() if name != "csrf" for value in values]
    return _checked(request.url.path, fields)


def unsent_from(written: str) -> Unsent | None:
    """Return the form that a field holds; what nobody of ours wrote is none."""
    try:
        match json.loads(written or "null"):
            case [str(path), list(pairs)]:
                fields = [(name, value) for name, value in pairs if isinstance(name, str) and isinstance(value, str)]
                return _checked(path, fields) if len(fields) == len(pairs) else None
    except (ValueError, TypeError, RecursionError):
        return None
    return None


def _checked(path: str, fields: list[tuple[str, str]]) -> Unsent | None:
    is_barred = any(path == root or path.startswith(f"{root}/") for root in _NEVER_AGAIN)
    if is_barred or local_path(path) != path or path == "/" or not fields or len(fields) > FIELDS_MAX:
        return None
    return Unsent(path=path, fields=tuple(fields))
