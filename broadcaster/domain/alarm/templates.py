"""Ready-made alerts with blanks, and their filling. They are data, in `templates.toml`."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from broadcaster.domain.alert import Certainty, Severity, Status, Urgency
from broadcaster.domain.errors import N_, Invalid, Missing, refusal
from broadcaster.domain.station import time_of_day
from broadcaster.domain.writing import visible

VALUE_MAX = 200
_BLANK = re.compile(r"\{([^{}]+)\}")
_SPOKEN_TIME = re.compile(r"^([0-9]{1,2}) ?(?:h|g|giờ) ?(?:([0-9]{2})(?: ?phút)?)?$", re.IGNORECASE)
"""7h, 7h30, 7 giờ 30 phút: as people write the time."""
_ENDS = " .,;:!…"
"""What ends a sentence ends the template's sentence too early."""
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")


@refusal
class UnknownTemplate(Missing):
    name: str
    message = N_("Không có mẫu tin khẩn cấp nào tên “{name}”. Xin chọn mẫu khác.")


@refusal
class BlankMissing(Invalid):
    blank: str
    message = N_("Chưa điền “{blank}”. Xin điền vào chỗ trống này của mẫu.")


@refusal
class UnknownBlank(Invalid):
    blank: str
    message = N_("Mẫu này không có chỗ trống “{blank}”. Xin xem lại mẫu.")


@refusal
class BlankTooLong(Invalid):
    blank: str
    limit: int
    message = N_("Chỗ trống “{blank}” điền nhiều nhất {limit} ký tự. Xin rút ngắn lại.")


@refusal
class NotAChoice(Invalid):
    blank: str
    choices: str
    message = N_("Chỗ trống “{blank}” chỉ được chọn một trong: {choices}.")


@refusal
class NotANumber(Invalid):
    blank: str
    message = N_("Chỗ trống “{blank}” phải là một con số. Xin ghi bằng chữ số.")


class BlankKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """How grave an alert is, and how its siren goes, where a choice says other than its template."""

    severity: Severity
    siren: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """What a person fills in: any text, a number, a time of day, or one of the choices, which may grade the alert."""

    name: str
    kind: BlankKind
    choices: tuple[str, ...] = ()
    example: str = ""
    grades: Mapping[str, Grade] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """An alert that lacks only its blanks. `siren` None: the usual one for the event."""

    id: str
    title: str
    status: Status
    event: str
    headline: str
    text: str
    instruction: str
    severity: Severity
    urgency: Urgency
    certainty: Certainty
    siren: str | None
    times: int | None
    life: timedelta
    blanks: tuple[Blank, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The words of a template with every blank filled."""

    event: str
    headline: str
    text: str
    instruction: str


@cache
def house_templates() -> Mapping[str, Template]:
    """Return the templates that every station has, in their order; read once."""
    kept = tomllib.loads(files("broadcaster.domain.alarm").joinpath("templates.toml").read_text(encoding="utf-8"))
    return {each["id"]: template_of(each) for each in kept["templates"]}


def template(name: str) -> Template:
    """Return a template by its id. Raises UnknownTemplate."""
    found = house_templates().get(name)
    if found is None:
        raise UnknownTemplate(name=name[:40])
    return found


def template_of(kept: Mapping[str, Any]) -> Template:
    """Return a template written as in `templates.toml`. Raises KeyError or ValueError."""
    described = kept.get("blanks", {})
    words = " ".join(kept[part] for part in ("headline", "text", "instruction"))
    return Template(
        id=kept["id"],
        title=kept["title"],
        status=Status(kept.get("status", Status.ACTUAL)),
        event=kept["event"],
        headline=kept["headline"],
        text=kept["text"],
        instruction=kept["instruction"],
        severity=Severity(kept["severity"]),
        urgency=Urgency(kept["urgency"]),
        certainty=Certainty(kept["certainty"]),
        siren=kept.get("siren"),
        times=kept.get("times"),
        life=timedelta(minutes=kept["life_minutes"]),
        blanks=tuple(_blank(name, described.get(name, {})) for name in dict.fromkeys(_BLANK.findall(words))),
    )


def fill(of: Template, values: Mapping[str, str]) -> Filled:
    """Return the template's words with its blanks filled. Raises Invalid for the first blank that is not right."""
    known = {blank.name: blank for blank in of.blanks}
    for name in values.keys() - known.keys():
        raise UnknownBlank(blank=name[:40])
    checked = {name: _checked(blank, values.get(name, "")) for name, blank in known.items()}

    def filled(words: str) -> str:
        return _capital(_BLANK.sub(lambda match: checked[match[1]], words))

    return Filled(
        event=of.event, headline=filled(of.headline), text=filled(of.text), instruction=filled(of.instruction)
    )


def graded(of: Template, values: Mapping[str, str]) -> Template:
    """Return the template as grave as the choices in `values` make it."""
    grades = [grade for blank in of.blanks if (grade := blank.grades.get(values.get(blank.name, "").strip()))]
    return replace(of, severity=grades[-1].severity, siren=grades[-1].siren) if grades else of


def _blank(name: str, described: Mapping[str, Any]) -> Blank:
    return Blank(
        name=name, kind=BlankKind(described.get("kind", "text")), choices=tuple(described.get("choices", ())),
        example=described.get("example", ""),
        grades={
            choice: Grade(severity=Severity(grade["severity"]), siren=grade["siren"])
            for choice, grade in described.get("grades", {}).items()
        },
    )  # fmt: skip


def _checked(blank: Blank, raw: str) -> str:
    value = " ".join(visible(raw).split())
    if not value:
        raise BlankMissing(blank=blank.name)
    if len(value) > VALUE_MAX:
        raise BlankTooLong(blank=blank.name, limit=VALUE_MAX)
    match blank.kind:
        case BlankKind.CHOICE if value not in blank.choices:
            raise NotAChoice(blank=blank.name, choices=", ".join(blank.choices))
        case BlankKind.NUMBER if not _NUMBER.fullmatch(value):
            raise NotANumber(blank=blank.name)
        case BlankKind.TIME:
            return f"{time_of_day(_SPOKEN_TIME.sub(_as_clock, value)):%H:%M}"
        case BlankKind.TEXT:
            return value.rstrip(_ENDS) or value
    return value


def _as_clock(spoken: re.Match[str]) -> str:
    return f"{spoken[1]}:{spoken[2] or '00'}"


def _capital(words: str) -> str:
    """Return the words with a capital where a sentence begins with a blank."""
    return re.sub(r"(^|[.!?]\s+)(\w)", lambda match: match[1] + match[2].upper(), words)
