"""What comes in with a form: read strictly, kept as it was typed, turned into the domain's values."""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from starlette.requests import Request

from broadcaster.domain.audience import EVERYBODY, Audience, EmptyAudience, of_clusters, of_hamlets
from broadcaster.domain.errors import N_, Forbidden, Invalid, refusal
from broadcaster.domain.ids import AiringId, RequestId
from broadcaster.domain.permissions import Role
from broadcaster.domain.timetable import TimeUnclear
from broadcaster.reading.reading import Choice
from broadcaster.services.office import new_id

FIELDS_MAX = 2_000
CHOICES_MAX = 500
_FORM = "application/x-www-form-urlencoded"


@refusal
class NotAForm(Invalid):
    message = N_("Trang này chỉ nhận biểu mẫu của đài. Xin mở lại trang rồi gửi lần nữa.")


@refusal
class NotUnicode(Invalid):
    message = N_("Nội dung gửi lên không phải chữ Unicode (UTF-8). Xin gõ lại bằng bảng mã Unicode.")


@refusal
class FormTooOld(Forbidden):
    message = N_("Biểu mẫu đã cũ hoặc không được gửi từ trang của đài. Xin tải lại trang rồi gửi lần nữa.")


@refusal
class BadChoice(Invalid):
    message = N_("Một cách đọc đã chọn không hợp lệ. Xin bỏ cách đọc đó rồi chọn lại.")


@refusal
class PasswordsDiffer(Invalid):
    message = N_("Hai lần nhập mật khẩu khác nhau. Xin nhập lại cả hai.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Every field of a form with its values, as they were typed."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def one(self, name: str, default: str = "") -> str:
        """Return the last value of a field."""
        values = self.fields.get(name)
        return values[-1] if values else default

    def every(self, name: str) -> tuple[str, ...]:
        """Return all values of a field."""
        return tuple(self.fields.get(name, ()))

    def ticked(self, name: str) -> bool:
        """Return whether a box was ticked."""
        return self.one(name) != ""


async def read_form(request: Request) -> Entered:
    """Return the form in a request's body. Raises NotAForm or NotUnicode."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise NotAForm
    body = await request.body()
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=FIELDS_MAX
        )
    except UnicodeDecodeError as exc:
        raise NotUnicode from exc
    except ValueError as exc:
        raise NotAForm from exc
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return Entered(fields=fields)


def audience_of(entered: Entered) -> Audience:
    """Return the audience that was ticked. Raises EmptyAudience."""
    match entered.one("where"):
        case "all":
            return EVERYBODY
        case "hamlets":
            return of_hamlets(entered.every("hamlet"))
        case "clusters":
            return of_clusters(entered.every("cluster"))
    raise EmptyAudience


def choices_of(entered: Entered) -> tuple[Choice, ...]:
    """Return the readings that were chosen, each a JSON object in a `choice` field. Raises BadChoice."""
    return tuple(_choice(raw) for raw in entered.every("choice")[:CHOICES_MAX])


def choice_json(choice: Choice) -> str:
    """Return a choice as a `choice` field holds it."""
    return json.dumps(
        {"written": choice.written, "occurrence": choice.occurrence, "spoken": choice.spoken}, ensure_ascii=False
    )


def airing_id_of(entered: Entered) -> AiringId:
    """Return the name that the form gave the airing, so that sending it twice plans it once."""
    given = entered.one("airing_id")
    kind, _, letters = given.partition("-")
    plain = kind == "lp" and len(letters) == 10 and letters.isascii() and letters.isalnum()
    return AiringId(given if plain else new_id("lp"))


def request_id_of(entered: Entered) -> RequestId:
    """Return the name that the form gave what is asked for, so that sending it twice asks once."""
    return RequestId(airing_id_of(entered).replace("lp-", "yc-", 1))


def moment_of(entered: Entered, zone: ZoneInfo) -> datetime:
    """Return the instant that a date and a time field name. Raises TimeUnclear."""
    written_date, written_time = entered.one("date").strip(), entered.one("time").strip()
    try:
        return datetime.combine(date.fromisoformat(written_date), time.fromisoformat(written_time), zone)
    except (ValueError, OverflowError) as exc:
        raise TimeUnclear(value=f"{written_date} {written_time}".strip()[:40]) from exc


def roles_of(values: Iterable[str]) -> frozenset[Role]:
    """Return the roles that were ticked; what is no role is left out, since no page offers it."""
    known = {role.value: role for role in Role}
    return frozenset(known[value] for value in values if value in known)


def local_path(raw: str | None) -> str:
    """Return an address within this site, or `/`: nobody is led elsewhere after signing in."""
    if not raw or not raw.startswith("/") or raw.startswith("//") or "\\" in raw:
        return "/"
    if any(unicodedata.category(letter).startswith("C") for letter in raw):
        return "/"
    try:
        parts = urlsplit(raw)
    except ValueError:
        return "/"
    return raw if not parts.scheme and not parts.netloc else "/"


def path_in(address: str) -> str:
    """Return the path in a whole address that a browser sent, or `/`."""
    try:
        return local_path(urlsplit(address).path)
    except ValueError:
        return "/"


def _choice(raw: str) -> Choice:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as exc:
        raise BadChoice from exc
    match value:
        case {"written": str(written), "occurrence": int(occurrence), "spoken": str(spoken)}:
            words = " ".join(spoken.split())
            clean = not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in words + written.strip())
            if words and clean and len(written) <= 200 and len(words) <= 500 and 0 <= occurrence <= 10_000:
                return Choice(written=written, occurrence=occurrence, spoken=words)
    raise BadChoice
