"""Hypothesis strategies for whole messages, read off the models: a new field is generated without a line here."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from hypothesis import strategies as st
from pydantic import AwareDatetime, StringConstraints
from pydantic.fields import FieldInfo

from wire.messages import AudioRef, PlannedAiring, Value

instants = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - Hypothesis wants naive bounds and adds the zone itself
    max_value=datetime(8999, 12, 31),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
)
_ENDS = st.sampled_from("abcxyz059")
slugs = st.one_of(
    _ENDS,
    st.builds(lambda first, middle, last: first + middle + last, _ENDS, st.text("az09-", max_size=38), _ENDS),
)
sha256s = st.text("0123456789abcdef", min_size=64, max_size=64)


@cache
def messages_of(model: type[Value]) -> st.SearchStrategy[Value]:
    """Return valid messages of that model, every optional field sometimes there and sometimes not."""
    hints = get_type_hints(model, include_extras=True)
    fields = {name: _of(hints[name], _limits(info.metadata)) for name, info in model.model_fields.items()}
    whole = st.fixed_dictionaries(fields)
    return (whole.map(_with_one_source) if model is PlannedAiring else whole).map(lambda values: model(**values))


def _with_one_source(values: dict[str, Any]) -> dict[str, Any]:
    """An airing has a recording or a relay, which no single field can say."""
    return values if values["recording"] is None and values["relay"] is not None else _sourced(values)


def _sourced(values: dict[str, Any]) -> dict[str, Any]:
    recording = values["recording"] or AudioRef(sha256="0" * 64, size_bytes=1, chunks=1, duration_ms=0)
    return values | {"recording": recording, "relay": None}


def _limits(metadata: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in metadata:
        if isinstance(item, FieldInfo):
            found |= _limits(item.metadata)
        elif isinstance(item, StringConstraints):
            found |= {name: value for name in _OF_TEXT if (value := getattr(item, name)) is not None}
        else:
            found |= {name: getattr(item, name) for name in _LIMITS.get(type(item), ())}
            if getattr(item, "pattern", None):
                found["pattern"] = item.pattern
    return found


_QUICK = {
    "[0-9a-f]{64}": st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}"),
    "[a-z0-9-]{0,38}": slugs,
    "https?://": st.builds("{}://{}".format, st.sampled_from(("http", "https")), st.text("az09./:!~", min_size=1)),
}
_OF_TEXT = ("pattern", "min_length", "max_length")
_LIMITS = {
    Ge: ("ge",),
    Gt: ("gt",),
    Le: ("le",),
    Lt: ("lt",),
    MinLen: ("min_length",),
    MaxLen: ("max_length",),
}


def _of(annotation: Any, limits: dict[str, Any]) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _of(arguments[0], limits | _limits(arguments[1:]))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, UnionType):
        return st.one_of(*(_of(argument, limits) for argument in arguments))
    if origin is tuple:
        least, most = limits.get("min_length", 0), min(limits.get("max_length", 2), 2)
        return st.lists(_of(arguments[0], {}), min_size=least, max_size=most).map(tuple)
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return messages_of(annotation)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return st.sampled_from(annotation)
    return _PLAIN[annotation](limits)


def _text(limits: dict[str, Any]) -> st.SearchStrategy[str]:
    if pattern := limits.get("pattern"):
        return _of_pattern(str(pattern))
    least = limits.get("min_length", 0)
    most = min(limits.get("max_length", least + 12), least + 12)
    return st.text(st.characters(codec="utf-8"), min_size=least, max_size=most)


@cache
def _of_pattern(pattern: str) -> st.SearchStrategy[str]:
    """Return text of that pattern; the long ones by hand, for drawing a regular expression letter by letter is slow."""
    for part, quick in _QUICK.items():
        if part in pattern:
            return quick
    return st.from_regex(pattern.removeprefix("^").removesuffix("$"), fullmatch=True)


def _whole(limits: dict[str, Any]) -> st.SearchStrategy[int]:
    least = limits.get("ge", limits.get("gt", -1) + 1)
    return st.integers(min_value=least, max_value=limits.get("le", 2**53 - 1))


def _float(limits: dict[str, Any]) -> st.SearchStrategy[float]:
    return st.floats(
        min_value=limits.get("ge"), max_value=limits.get("le"), allow_nan=False, allow_infinity=False, width=32
    )


_PLAIN: dict[Any, Callable[[dict[str, Any]], st.SearchStrategy[Any]]] = {
    bool: lambda _: st.booleans(),
    int: _whole,
    float: _float,
    str: _text,
    AwareDatetime: lambda _: instants,
    NoneType: lambda _: st.none(),
}
