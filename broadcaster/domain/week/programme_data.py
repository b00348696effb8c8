"""A programme as JSON: the keys of a timetable's file, with dates written out. The database and the API share it."""

import re
from collections.abc import Container, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from broadcaster.domain.errors import Invalid, Refusal
from broadcaster.domain.programme import Programme, ProgrammeId, SoundName
from broadcaster.domain.week_file.reading import programme_of
from broadcaster.domain.week_file.toml_lines import Path
from broadcaster.domain.week_file.toml_tables import Table
from broadcaster.domain.week_file.writing import programme_as_data

_DATES = frozenset({"first_day", "last_day", "day", "extra_days"})
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class FaultyProgramme(Invalid):
    """A programme that cannot be used. `faults` names each place, e.g. `segments.1.urls`, with what is wrong there."""

    message = "{faults}"

    def __init__(self, faults: tuple[tuple[str, Refusal], ...]) -> None:
        """Take the faults in the order in which they were found."""
        super().__init__()
        self.faults = faults

    def sentence(self, translate: Any = str) -> str:
        """Return the sentence of every fault, each once."""
        return " ".join(dict.fromkeys(fault.sentence(translate) for _, fault in self.faults))


class Anything(Container[SoundName]):
    """Contains every name: what a station's programmes may call a recording that it does not have yet."""

    def __contains__(self, name: object) -> bool:
        return True


def as_data(programme: Programme) -> dict[str, Any]:
    """Return a programme as JSON writes it."""
    return {key: _written(value) for key, value in programme_as_data(programme).items()}


def from_data(data: Mapping[str, Any], *, name: ProgrammeId | None = None) -> Programme:
    """Return the programme written by `as_data`, under another id if one is given. Raises FaultyProgramme."""
    read = _read(dict(data) | ({"id": name} if name is not None else {}), ())
    assert isinstance(read, dict)  # noqa: S101 - a mapping stays one
    places = _places(read)
    lines = {path: number for number, path in enumerate(places)}
    table = Table(data=read, path=(), lines=lines, faults=[], asked=set())
    programme = programme_of(table, sounds=Anything())
    if programme is None or table.faults:
        raise FaultyProgramme(tuple((_dotted(places[fault.line]), fault.problem) for fault in table.faults))
    return replace(programme, id=name) if name is not None else programme


def _written(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _written(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_written(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def _read(value: Any, path: Path) -> Any:
    """Return the data with real dates where dates are meant; what is none stays as it is, to be found fault with."""
    if isinstance(value, dict):
        return {str(key): _read(inner, (*path, str(key))) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_read(inner, path) for inner in value]
    if isinstance(value, str) and path and path[-1] in _DATES and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _places(value: Any, path: Path = ()) -> list[Path]:
    found = [path]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += _places(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            found += _places(inner, (*path, position))
    return found


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)
