"""Just as much HTTP/1.1 as one page with a form needs: bounded in size, refused in doubt. No sockets here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

MOST_HEAD_BYTES = 8 * 1024
MOST_BODY_BYTES = 1024
MOST_FIELDS = 4
MISDIRECTED = 421
_STATUS = {
    200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    413: "Content Too Large", 415: "Unsupported Media Type", 421: "Misdirected Request", 429: "Too Many Requests",
    503: "Service Unavailable",
}  # fmt: skip
_GUARDS = (
    "Content-Type: text/html; charset=utf-8",
    "Cache-Control: no-store",
    "Connection: close",
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
    "Referrer-Policy: same-origin",
)


class Refused(Exception):  # noqa: N818 - it is answered, not raised to anybody
    """A request that is not served; `status` is the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status} {_STATUS[status]}")
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for; `headers` have names in small letters, `form` what the body's form says."""

    method: str
    path: str
    headers: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict)


def read_head(head: bytes) -> Request:
    """Return the request that this head begins. Raises Refused."""
    lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    try:
        method, path, version = lines[0].decode("ascii").split(" ")
        pairs = [line.decode("ascii").partition(":") for line in lines[1:]]
    except ValueError as exc:
        raise Refused(400) from exc
    names = [name.lower() for name, _, _ in pairs]
    if version not in {"HTTP/1.0", "HTTP/1.1"} or not all(sep and name for name, sep, _ in pairs):
        raise Refused(400)
    if any(names.count(name) > 1 for name in ("host", "origin", "content-length", "content-type")):
        raise Refused(400)
    return Request(
        method=method, path=path, headers={n: value.strip() for n, (_, _, value) in zip(names, pairs, strict=True)}
    )


def body_length(request: Request) -> int:
    """Return how many bytes follow. Raises Refused."""
    said = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers or not (said.isascii() and said.isdigit()) or len(said) > 6:
        raise Refused(400)
    if int(said) > MOST_BODY_BYTES:
        raise Refused(413)
    return int(said)


def read_form(request: Request, body: bytes) -> Mapping[str, str]:
    """Return the form in the body, each field once. Raises Refused."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Refused(415)
    try:
        found = parse_qs(body.decode("ascii"), max_num_fields=MOST_FIELDS, keep_blank_values=True, errors="strict")
    except ValueError as exc:
        raise Refused(400) from exc
    if any(len(values) > 1 for values in found.values()):
        raise Refused(400)
    return {name: values[0] for name, values in found.items()}


def check_origin(request: Request, *, own: str) -> None:
    """Refuse what another site had somebody's browser send; `own` is this server's host and port. Raises Refused.

    A foreign name that leads here (DNS rebinding) stands in Host, a foreign page in Origin or Sec-Fetch-Site.
    """
    accepted = {own, own.removesuffix(":80")}
    if request.headers.get("host") not in accepted:
        raise Refused(MISDIRECTED)
    if request.method == "GET":
        return
    origin = request.headers.get("origin")
    if origin is not None and origin not in {f"http://{host}" for host in accepted}:
        raise Refused(403)
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Refused(403)


def answer(status: int, page: str) -> bytes:
    """Return the whole answer."""
    body = page.encode()
    head = (f"HTTP/1.1 {status} {_STATUS[status]}", *_GUARDS, f"Content-Length: {len(body)}")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
