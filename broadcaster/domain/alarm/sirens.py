"""Siren patterns and how often an alert is said again, by the kind of event. They are data, in `sirens.toml`."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from broadcaster.domain.alert import Content, Severity, Status, Stroke
from broadcaster.domain.errors import N_, Invalid, refusal

NO_SIREN = "none"
LONGEST_MS = 10 * 60_000
SHORTEST_MS = 100
STROKES_MOST = 20


@refusal
class UnknownSiren(Invalid):
    name: str
    message = N_("Đài không có mẫu còi “{name}”. Xin chọn mẫu khác.")


@refusal
class BadSiren(Invalid):
    message = N_("Mẫu còi phải có từ 1 đến 20 hồi, tổng cộng không quá 10 phút. Xin đặt lại.")


@refusal
class NameMeansSilence(Invalid):
    message = N_("Tên “none” nghĩa là không hú còi, không đặt cho mẫu còi được. Xin chọn tên khác.")


@refusal
class SirenOnlyForReal(Invalid):
    message = N_("Diễn tập và tin thử không dùng còi báo động thật. Xin bỏ mẫu còi.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Siren:
    """A pattern by its name, what pages call it, and where it is prescribed."""

    name: str
    title: str
    strokes: tuple[Stroke, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """What is usual for a kind of event: its siren (empty: none), and how often the words are said again."""

    kind: str
    words: tuple[str, ...]
    siren: str
    extreme: str
    repeat_every_s: int | None
    on_the_hour: bool


@cache
def house_sirens() -> Mapping[str, Siren]:
    """Return the patterns that every station has; read once."""
    return {name: siren_of(name, pattern) for name, pattern in _file()["patterns"].items()}


@cache
def event_kinds() -> tuple[EventKind, ...]:
    """Return the kinds of event in the order in which they are tried; the last one takes everything."""
    return tuple(
        EventKind(
            kind=kind["kind"],
            words=tuple(kind["words"]),
            siren=kind["siren"],
            extreme=kind["extreme"],
            repeat_every_s=kind["repeat_every_s"] or None,
            on_the_hour=kind.get("on_the_hour", False),
        )
        for kind in _file()["events"]
    )


def siren_of(name: str, pattern: Mapping[str, Any]) -> Siren:
    """Return a pattern written as in `sirens.toml`. Raises BadSiren."""
    try:
        strokes = tuple(Stroke(on_ms=int(on), off_ms=int(off), times=int(n)) for on, off, n in pattern["strokes"])
    except (KeyError, TypeError, ValueError) as exc:
        raise BadSiren from exc
    title, source = str(pattern.get("title", name)), str(pattern.get("source", ""))
    return Siren(name=name, title=title, strokes=checked(strokes), source=source)


def checked(strokes: tuple[Stroke, ...]) -> tuple[Stroke, ...]:
    """Return the strokes unchanged. Raises BadSiren for what no box would sound."""
    if not 1 <= len(strokes) <= STROKES_MOST:
        raise BadSiren
    if any(s.on_ms < SHORTEST_MS or s.off_ms < 0 or not 1 <= s.times <= 100 for s in strokes):
        raise BadSiren
    if length_ms(strokes) > LONGEST_MS:
        raise BadSiren
    return strokes


def length_ms(strokes: Iterable[Stroke]) -> int:
    """Return how long a siren lasts."""
    return sum((stroke.on_ms + stroke.off_ms) * stroke.times for stroke in strokes)


def sounding_ms(strokes: tuple[Stroke, ...]) -> int:
    """Return how long it is from a siren's first tone to the end of its last."""
    return length_ms(strokes) - (strokes[-1].off_ms if strokes else 0)


def kind_of(event: str, headline: str = "") -> EventKind:
    """Return the kind of an event: by its own words first, then by the headline's."""
    kinds = event_kinds()
    for text in (event.casefold(), headline.casefold()):
        for kind in kinds[:-1]:
            if any(_holds(text, word) for word in kind.words):
                return kind
    return kinds[-1]


def choose_siren(
    wanted: str | None,
    *,
    status: Status,
    kind: EventKind,
    severity: Severity,
    own: Mapping[str, Siren] = {},
) -> tuple[Stroke, ...]:
    """Return the strokes: the pattern asked for, else the usual one for the event; only what is real has any.

    `own` are the station's patterns, which go before the house's of the same name. Raises UnknownSiren, or
    SirenOnlyForReal when a drill or a test asks for one.
    """
    if status is not Status.ACTUAL:
        if wanted not in (None, "", NO_SIREN):
            raise SirenOnlyForReal
        return ()
    name = wanted or (kind.extreme if severity is Severity.EXTREME else kind.siren)
    if not name or name == NO_SIREN:
        return ()
    known = {**house_sirens(), **own}
    if name not in known:
        raise UnknownSiren(name=name[:40])
    return known[name].strokes


def name_of(content: Content, own: Mapping[str, Siren] = {}) -> str | None:
    """Return which pattern a content's strokes are, None for none or one that is no longer kept."""
    known = {**house_sirens(), **own}
    return next((name for name, siren in known.items() if content.siren and siren.strokes == content.siren), None)


def _holds(text: str, word: str) -> bool:
    """Return whether the word stands in the text as a whole: `lũ` does not stand in `lũy tre`."""
    return f" {word} " in f" {' '.join(_letters_only(text).split())} "


def _letters_only(text: str) -> str:
    return "".join(letter if letter.isalnum() else " " for letter in text)


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(files("broadcaster.domain.alarm").joinpath("sirens.toml").read_text(encoding="utf-8"))
