"""A station's rules for warnings from outside: whom it hears, what waits for a person, what is dropped, where it lies.

The rules are data of the station. Nothing from outside plays by itself unless they say so; by default they do not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from broadcaster.domain.alert import Severity
from broadcaster.domain.cap.area import HamletPlace, StationPlace
from broadcaster.domain.cap.message import Named, Point
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.ids import HamletId

POSTED = "post"
"""The source of what comes by HTTP POST and names none."""
MAX_ITEMS = 500
MAX_TEXT = 300
MAX_CERTIFICATE = 20_000
T = TypeVar("T")


class Treatment(StrEnum):
    """What becomes of a kind of message."""

    WAIT = "wait"
    """It becomes a draft that waits for a person."""
    NOTE = "note"
    """It is kept in the list of what was received, and nothing else."""


class ByItself(StrEnum):
    """What of a source may play with nobody asked."""

    NEVER = "never"
    SIGNED = "signed"
    """What the source's own signature stands under, if the signing process trusts that source too."""


class UnknownArea(StrEnum):
    """What to do when nobody can tell whether a message means this place."""

    WAIT = "wait"
    DROP = "drop"


@refusal
class ProfileWrong(Invalid):
    field: str
    message = N_("Quy tắc nhận cảnh báo sai ở phần “{field}”. Xin xem lại mẫu ở /api/docs.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Somebody whom warnings come from, and how far they are believed. No senders: every sender is heard.

    `certificates` are PEM texts: whoever holds one of their keys is believed to be the source. With
    `signature_required` nothing unsigned is taken; a wrong signature is refused wherever certificates are known.
    """

    name: str
    title: str = ""
    senders: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    signature_required: bool = False
    by_itself: ByItself = ByItself.NEVER
    exercises: Treatment = Treatment.WAIT
    tests: Treatment = Treatment.NOTE
    unknown_area: UnknownArea = UnknownArea.WAIT
    least_severity: Severity = Severity.UNKNOWN
    unwanted_events: tuple[str, ...] = ()
    max_age_h: int = 24
    life_min: int = 360
    """How long a message lives that names no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Everything that a station has settled about warnings from outside."""

    sources: tuple[Source, ...] = (Source(name=POSTED),)
    place: StationPlace = field(default_factory=StationPlace)

    def source(self, name: str) -> Source | None:
        """Return the source of that name, or None."""
        return next((source for source in self.sources if source.name == name), None)


def as_json(profile: Profile) -> dict[str, Any]:
    """Return the rules as the REST interface and the database write them."""
    return {
        "sources": [
            {
                "name": s.name,
                "title": s.title,
                "senders": list(s.senders),
                "certificates": list(s.certificates),
                "signature_required": s.signature_required,
                "by_itself": s.by_itself.value,
                "exercises": s.exercises.value,
                "tests": s.tests.value,
                "unknown_area": s.unknown_area.value,
                "least_severity": s.least_severity.value,
                "unwanted_events": list(s.unwanted_events),
                "max_age_h": s.max_age_h,
                "life_min": s.life_min,
            }
            for s in profile.sources
        ],
        "place": {
            "names": list(profile.place.names),
            "geocodes": [[code.name, code.value] for code in profile.place.geocodes],
            "margin_km": profile.place.margin_km,
            "hamlets": [
                {
                    "hamlet": h.hamlet,
                    "names": list(h.names),
                    "geocodes": [[code.name, code.value] for code in h.geocodes],
                    "points": [[point.latitude, point.longitude] for point in h.points],
                }
                for h in profile.place.hamlets
            ],
        },
    }


def from_json(kept: Mapping[str, Any]) -> Profile:
    """Return the rules written by `as_json` or by an administrator; what is missing is the house's. Raises Invalid."""
    rules = _Reader(kept, "")
    rules.only("sources", "place")
    sources = tuple(_source(part) for part in rules.parts("sources"))
    if len({source.name for source in sources}) != len(sources):
        raise ProfileWrong(field="sources.name")
    place = _place(rules.part("place"))
    return Profile(sources=sources, place=place) if "sources" in kept else replace(Profile(), place=place)


def _source(part: "_Reader") -> Source:
    house = Source(name=part.text("name"))
    part.only(*Source.__dataclass_fields__)
    source = Source(
        name=house.name,
        title=part.text("title", house.title),
        senders=part.texts("senders"),
        certificates=part.texts("certificates", longest=MAX_CERTIFICATE),
        signature_required=part.flag("signature_required", house.signature_required),
        by_itself=part.choice("by_itself", ByItself, house.by_itself),
        exercises=part.choice("exercises", Treatment, house.exercises),
        tests=part.choice("tests", Treatment, house.tests),
        unknown_area=part.choice("unknown_area", UnknownArea, house.unknown_area),
        least_severity=part.choice("least_severity", Severity, house.least_severity),
        unwanted_events=part.texts("unwanted_events"),
        max_age_h=int(part.number("max_age_h", house.max_age_h, least=1, most=24 * 30)),
        life_min=int(part.number("life_min", house.life_min, least=5, most=3 * 24 * 60)),
    )
    if not source.name or not all(letter.isalnum() or letter in "-_." for letter in source.name):
        raise ProfileWrong(field="sources.name")
    if not source.certificates and (source.signature_required or source.by_itself is not ByItself.NEVER):
        raise ProfileWrong(field=f"sources.{source.name}.certificates")
    return source


def _place(part: "_Reader") -> StationPlace:
    part.only(*StationPlace.__dataclass_fields__)
    return StationPlace(
        names=part.texts("names"),
        geocodes=part.pairs("geocodes"),
        hamlets=tuple(_hamlet(hamlet) for hamlet in part.parts("hamlets")),
        margin_km=part.number("margin_km", StationPlace().margin_km, least=0, most=100),
    )


def _hamlet(part: "_Reader") -> HamletPlace:
    part.only(*HamletPlace.__dataclass_fields__)
    return HamletPlace(
        hamlet=HamletId(part.text("hamlet")),
        names=part.texts("names"),
        geocodes=part.pairs("geocodes"),
        points=part.points("points"),
    )


class _Reader:
    """Reads fields of JSON, and names the one that is wrong."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, Mapping):
            raise ProfileWrong(field=where or "?")
        self._value: Mapping[str, Any] = value
        self._where = where

    def only(self, *names: str) -> None:
        for name in self._value.keys() - set(names):
            raise ProfileWrong(field=self._at(str(name)[:40]))

    def text(self, name: str, default: str | None = None, *, longest: int = MAX_TEXT) -> str:
        value = self._value.get(name, default)
        if not isinstance(value, str) or len(value) > longest:
            raise ProfileWrong(field=self._at(name))
        return value.strip()

    def flag(self, name: str, default: bool) -> bool:
        value = self._value.get(name, default)
        if not isinstance(value, bool):
            raise ProfileWrong(field=self._at(name))
        return value

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        value = self._value.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise ProfileWrong(field=self._at(name))
        return value

    def choice(self, name: str, kind: Callable[[str], T], default: T) -> T:
        try:
            return kind(self._value[name]) if name in self._value else default
        except (ValueError, TypeError) as exc:
            raise ProfileWrong(field=self._at(name)) from exc

    def texts(self, name: str, *, longest: int = MAX_TEXT) -> tuple[str, ...]:
        values = self._list(name)
        if not all(isinstance(value, str) and 0 < len(value) <= longest for value in values):
            raise ProfileWrong(field=self._at(name))
        return tuple(str(value).strip() for value in values)

    def pairs(self, name: str) -> tuple[Named, ...]:
        values = self._list(name)
        if not all(_is_pair(value, str) for value in values):
            raise ProfileWrong(field=self._at(name))
        return tuple(Named(name=a.strip(), value=b.strip()) for a, b in values)

    def points(self, name: str) -> tuple[Point, ...]:
        values = self._list(name)
        if not all(_is_pair(v, (int, float)) and abs(v[0]) <= 90 and abs(v[1]) <= 180 for v in values):
            raise ProfileWrong(field=self._at(name))
        return tuple(Point(latitude=float(a), longitude=float(b)) for a, b in values)

    def part(self, name: str) -> "_Reader":
        return _Reader(self._value.get(name, {}), self._at(name))

    def parts(self, name: str) -> tuple["_Reader", ...]:
        return tuple(_Reader(value, f"{self._at(name)}.{n + 1}") for n, value in enumerate(self._list(name)))

    def _list(self, name: str) -> list[Any]:
        values = self._value.get(name, [])
        if not isinstance(values, list) or len(values) > MAX_ITEMS:
            raise ProfileWrong(field=self._at(name))
        return values

    def _at(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name


def _is_pair(value: object, kind: type | tuple[type, ...]) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(part, kind) and not isinstance(part, bool) for part in value)
    )
