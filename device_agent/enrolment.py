"""The box's half of enrolment: make a key pair, meet the station by a one-time code, keep what it answers."""

import http.client
import json
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

from joserfc.jwk import OKPKey
from pydantic import ValidationError

from device_agent.os_words import in_words
from wire import enrolment, seal

_PATH = "/api/v1/enrol"
TIMEOUT_S = 20.0
ANSWER_MAX_BYTES = 64 * 1024


class EnrolmentError(Exception):
    """The box could not be enrolled; the message is for the technician, in Vietnamese."""


class Refused(EnrolmentError):  # noqa: N818 - a kind of EnrolmentError that carries the station's own sentence
    """The station said no."""

    def __init__(self, message: str) -> None:
        super().__init__(f"Đài từ chối: {message}")


class Unreachable(EnrolmentError):  # noqa: N818 - see Refused
    """Nobody answered at that address, or somebody who is no station."""

    def __init__(self, url: str, *, why: str) -> None:
        super().__init__(f"Không kết nối được với đài tại {url.removesuffix(_PATH)}: {why}.")


class NotOurStation(EnrolmentError):  # noqa: N818 - see Refused
    """The answer was not sealed with the code, so it did not come from the station that made the code."""

    def __init__(self) -> None:
        super().__init__("Câu trả lời không đến từ đài đã cấp mã này. Hãy kiểm tra địa chỉ và mã, rồi báo cho đài.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Where to enrol, and the normalised one-time code."""

    url: str
    code: str


def read_invitation(words: list[str]) -> Invitation:
    """Return the invitation in `URL CODE`, or in the one text that the QR picture holds: `loa:URL?code=CODE`.

    Raises EnrolmentError with a Vietnamese sentence.
    """
    text = " ".join(words).strip()
    if match := re.fullmatch(r"(?:loa:)?(?P<url>\S+?)[?&]code=(?P<code>[^&\s]+)", text):
        url, code = match["url"], urllib.parse.unquote(match["code"])
    else:
        url, _, code = text.partition(" ")
    return Invitation(url=_checked_url(url.removeprefix("loa:")), code=_checked_code(code))


def enrol(
    invitation: Invitation, *, agent_version: str, timeout_s: float = TIMEOUT_S
) -> tuple[enrolment.EnrolReply, OKPKey]:
    """Return the station's answer and the key pair made for it. Raises EnrolmentError."""
    key = seal.new_key()
    request = enrolment.EnrolRequest(public_key_pem=seal.public_pem(key), agent_version=agent_version)
    sealed = enrolment.seal_with_code(request, invitation.code)
    answer = _post(f"{invitation.url}{_PATH}", sealed.model_dump_json().encode(), timeout_s=timeout_s)
    try:
        reply_sealed = enrolment.Sealed.model_validate_json(answer)
    except ValidationError as exc:
        raise Unreachable(invitation.url, why="câu trả lời không phải của một đài truyền thanh") from exc
    try:
        reply = enrolment.open_with_code(reply_sealed.sealed, invitation.code, enrolment.EnrolReply)
        seal.load_key(reply.station_key_pem)
    except (enrolment.CodeError, seal.SealError) as exc:
        raise NotOurStation from exc
    return reply, key


def _checked_url(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise EnrolmentError(f"Địa chỉ {url!r} không hợp lệ: cần dạng http://… hoặc https://…")
    return url.rstrip("/")


def _checked_code(code: str) -> str:
    try:
        return enrolment.normalise(code)
    except enrolment.CodeError as exc:
        raise EnrolmentError("Mã lắp đặt không hợp lệ: cần đủ 16 chữ và số, ví dụ 7K3M-9Q2X-P4RT-W8YZ.") from exc


def _post(url: str, body: bytes, *, timeout_s: float) -> bytes:
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked: http or https
        url, data=body, method="POST", headers={"Content-Type": "application/json", "Accept": "application/json"}
    )
    try:
        with urllib.request.build_opener(_StayHere).open(request, timeout=timeout_s) as response:
            return bytes(response.read(ANSWER_MAX_BYTES))
    except urllib.error.HTTPError as exc:
        raise _refusal(url, exc) from exc
    except (OSError, ValueError, OverflowError, http.client.HTTPException) as exc:
        raise Unreachable(url, why=_reason(exc)) from exc


class _StayHere(urllib.request.HTTPRedirectHandler):
    """A request sent on would become a GET without its content: where it is to go is said instead."""

    def redirect_request(self, *_args: object) -> None:
        """Follow nothing: the redirect is an HTTPError then."""


def _refusal(url: str, error: urllib.error.HTTPError) -> EnrolmentError:
    """Return the station's own sentence, when the refusal carries one."""
    if (there := error.headers.get("Location")) and error.code // 100 == 3:
        there = urllib.parse.urljoin(url, there).removesuffix(_PATH)
        return Unreachable(url, why=f"địa chỉ này dẫn sang {there}; hãy ghép với địa chỉ đó")
    try:
        message = json.loads(error.read(ANSWER_MAX_BYTES))["error"]["message"]
    except (ValueError, KeyError, TypeError, OSError):
        return Unreachable(url, why=f"máy chủ trả lời mã HTTP {error.code}")
    return Refused(str(message))


def _reason(error: BaseException) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    match reason:
        case ssl.SSLCertVerificationError():
            return f"chứng thư TLS của máy chủ không được tin cậy ({reason.verify_message})"
        case ssl.SSLError() | http.client.HTTPException():
            return "máy chủ ở đó không trả lời như một trang web; hãy kiểm tra địa chỉ và cổng"
        case OSError():
            return in_words(reason)
    return f"địa chỉ không dùng được ({reason})"
