"""One field of a CAP document: a text, an instant or a name in an element, or what is missing, double or wrong."""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from broadcaster.domain.cap.message import Named
from broadcaster.domain.cap.xml_tree import Element
from broadcaster.domain.errors import N_, Invalid, refusal

MAX_NAME = 250
LAST_YEAR = 2996
"""Later instants, which some write for "without an end", count as of this year: all can be reckoned with."""
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:?\d\d)", re.ASCII)
_MIDNIGHT = "24:00:00"
_FORBIDDEN_IN_NAMES = re.compile(r"[\s,<&]")
E_ = TypeVar("E_", bound=StrEnum)


@refusal
class CapFieldMissing(Invalid):
    field: str
    message = N_("Bản tin CAP thiếu phần bắt buộc <{field}>.")


@refusal
class CapFieldTwice(Invalid):
    field: str
    message = N_("Bản tin CAP có hai phần <{field}> mà chỉ được một; không biết theo phần nào.")


@refusal
class CapFieldWrong(Invalid):
    field: str
    value: str
    message = N_("Bản tin CAP ghi “{value}” ở phần <{field}>, không phải là giá trị của CAP 1.2.")


@refusal
class CapTimeWrong(Invalid):
    field: str
    value: str
    message = N_(
        "Bản tin CAP ghi “{value}” ở phần <{field}>, không phải là ngày giờ có múi giờ như 2026-12-01T17:00:00+07:00."
    )


def as_instant(text: str, *, field: str) -> datetime:
    """Return an instant in UTC. CAP wants seconds and an offset; `Z` and fractions are met in the wild and let pass.

    A day's end may be written as 24:00:00 (XML Schema 1.1 part 2, 3.3.7).
    """
    found = _TIME.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        day, clock, offset = found.groups()
        is_midnight = clock == _MIDNIGHT
        local = datetime.fromisoformat(f"{day}T{'00:00:00' if is_midnight else clock}{offset}")
        local = local.replace(year=min(local.year, LAST_YEAR)) + timedelta(days=is_midnight)
        return local.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise CapTimeWrong(field=field, value=text[:40]) from exc


def instant(element: Element, name: str) -> datetime:
    """Return an instant that must be there, in UTC."""
    return as_instant(needed(element, name), field=name)


def maybe_instant(element: Element, name: str) -> datetime | None:
    """Return an instant in UTC, None where there is none."""
    found = text(element, name)
    return as_instant(found, field=name) if found else None


def choice(element: Element, name: str, kind: type[E_]) -> E_:
    """Return one of the words that CAP allows there."""
    found = needed(element, name)
    try:
        return kind(found)
    except ValueError as exc:
        raise CapFieldWrong(field=name, value=found[:40]) from exc


def plain_name(element: Element, name: str) -> str:
    """Return an identifier or a sender, which may hold no space, comma, < or & (CAP 1.2, 3.2.1)."""
    found = needed(element, name)
    if len(found) > MAX_NAME or _FORBIDDEN_IN_NAMES.search(found):
        raise CapFieldWrong(field=name, value=found[:40])
    return found


def needed(element: Element, name: str) -> str:
    """Return a text that must be there."""
    found = text(element, name)
    if not found:
        raise CapFieldMissing(field=name)
    return found


def text(element: Element, name: str) -> str:
    """Return the one text of that name, empty where there is none."""
    found = tuple(element.every(name))
    if len(found) > 1:
        raise CapFieldTwice(field=name)
    return found[0].text if found else ""


def texts(element: Element, name: str) -> tuple[str, ...]:
    """Return all texts of that name that say something."""
    return tuple(child.text for child in element.every(name) if child.text)


def named(element: Element, name: str) -> tuple[Named, ...]:
    """Return all pairs of a name and a value, such as `parameter`."""
    return tuple(Named(name=text(child, "valueName"), value=text(child, "value")) for child in element.every(name))
