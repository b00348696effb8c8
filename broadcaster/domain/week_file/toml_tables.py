"""Reading the tables of a TOML text key by key: what is wrong is noted with its line, and reading goes on."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from broadcaster.domain.errors import N_, Invalid, Refusal, refusal
from broadcaster.domain.week_file.toml_lines import Path, line_of, lines_of
from broadcaster.domain.week_file.toml_text import plain, values_of

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
AT_LINE = N_("Dòng {line}: {problem}")
LINE_MAX, WORDS_MAX = 120, 2_000
"""How long a name or a title may be, and a text that is to be read out."""
_HUGE = 1_000_000
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong on a line."""

    line: int
    problem: Refusal

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """Return the line and the sentence."""
        return translate(AT_LINE).format(line=self.line, problem=self.problem.sentence(translate))


class FaultyFile(Invalid):
    """A file that cannot be used; each fault says where and why."""

    message = "{faults}"

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Take the faults, sorted by line."""
        super().__init__()
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """Return one line for each fault."""
        return "\n".join(fault.sentence(translate) for fault in self.faults)


@refusal
class KeyMissing(Invalid):
    key: str
    message = N_("Thiếu mục “{key}”.")


@refusal
class KeyUnknown(Invalid):
    key: str
    known: str
    message = N_("Không có mục nào tên là “{key}” ở đây. Các mục dùng được: {known}.")


@refusal
class WrongKind(Invalid):
    key: str
    wanted: str
    message = N_("Mục “{key}” ghi chưa đúng: cần {wanted}.")


@refusal
class NotAmong(Invalid):
    key: str
    value: str
    known: str
    message = N_("Mục “{key}” không nhận “{value}”. Xin chọn một trong: {known}.")


@refusal
class WordsTooLong(Invalid):
    key: str
    limit: int
    message = N_("Mục “{key}” dài quá {limit} ký tự. Xin rút ngắn.")


@refusal
class WordsUnreadable(Invalid):
    key: str
    message = N_("Mục “{key}” có ký tự không đọc được. Xin gõ lại.")


@dataclass(slots=True, kw_only=True)
class Table:
    """One table of the text. Each reader returns the value, or the default after noting what is wrong with it."""

    data: dict[str, object]
    path: Path
    lines: dict[Path, int]
    faults: list[Fault]
    asked: set[str]
    is_faulty: bool = False
    """Whether something was noted of this table itself."""

    def note(self, problem: Refusal, key: str = "") -> None:
        """Note a fault at a key, or at the table itself."""
        self.is_faulty = True
        self.faults.append(Fault(line=line_of((*self.path, key) if key else self.path, self.lines), problem=problem))

    def text(self, key: str, default: str | None = None, *, most: int = LINE_MAX) -> str:
        """Return a string of at most so many letters; without a default it must be there and not empty."""
        found = self._get(key, str, N_("chữ trong ngoặc kép"), default)
        if found is None or (default is None and not found.strip()):
            if key in self.data and isinstance(self.data[key], str):
                self.note(KeyMissing(key=key), key)
            return ""
        if len(found) > most:
            self.note(WordsTooLong(key=key, limit=most), key)
        elif _CONTROL.search(found):
            self.note(WordsUnreadable(key=key), key)
        return found

    def number(self, key: str, default: int | None = None) -> int:
        """Return a whole number; one that is too large for everything comes back smaller, and is so still."""
        found = self._get(key, int, N_("một số nguyên"), default)
        return 0 if found is None else max(-_HUGE, min(_HUGE, found))

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        self.asked.add(key)
        value = self.data.get(key, default)
        if isinstance(value, bool):
            return value
        self._wrong(key, N_("true hoặc false"))
        return default

    def length(self, default: timedelta | None = None) -> timedelta:
        """Return the sum of `minutes` and `seconds`."""
        if default is None and not self.data.keys() & {"minutes", "seconds"}:
            self.asked |= {"minutes", "seconds"}
            self.note(KeyMissing(key="minutes"))
            return timedelta(minutes=1)
        if default is not None and not self.data.keys() & {"minutes", "seconds"}:
            return default
        return timedelta(minutes=self.number("minutes", 0), seconds=self.number("seconds", 0))

    def clock(self, key: str) -> time:
        """Return a time of day, written "05:00" or as TOML's own local time."""
        value = self._any(key)
        if isinstance(value, time) and not (value.second or value.microsecond):
            return value
        if isinstance(value, str) and (written := _CLOCK.fullmatch(value.strip())):
            return time(int(written[1]), int(written[2]))
        if key in self.data:
            self.note(WrongKind(key=key, wanted=N_('giờ trong ngày, như "05:00"')), key)
        return time(12)

    def day(self, key: str) -> date | None:
        """Return a date, or None when there is none."""
        if key not in self.data:
            self.asked.add(key)
            return None
        self.asked.add(key)
        found = _day(self.data[key])
        if found is None:
            self._wrong(key, N_("một ngày, như 2026-02-17"))
        return found

    def days(self, key: str) -> tuple[date, ...]:
        """Return a list of dates."""
        found = [_day(value) for value in self._list(key)]
        if None in found:
            self._wrong(key, N_("danh sách ngày, như [2026-02-17, 2026-02-18]"))
        return tuple(day for day in found if day is not None)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings."""
        found = self._list(key)
        if not all(isinstance(value, str) for value in found):
            self._wrong(key, N_('danh sách chữ, như ["a", "b"]'))
        return tuple(value for value in found if isinstance(value, str))

    def choice(self, key: str, kind: type[E], default: E) -> E:
        """Return one of the values of an enumeration."""
        written = self.text(key, default.value)
        return self._member(key, kind, written, default)

    def choices(self, key: str, kind: type[E], default: tuple[E, ...] = ()) -> tuple[E, ...]:
        """Return several values of an enumeration."""
        if key not in self.data:
            self.asked.add(key)
            return default
        return tuple(self._member(key, kind, written, next(iter(kind))) for written in self.texts(key))

    def table(self, key: str) -> "Table | None":
        """Return a table inside this one, or None when there is none."""
        self.asked.add(key)
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._wrong(key, N_("một bảng"))
            return None
        return self._inner(value, (*self.path, key))

    def tables(self, key: str) -> Iterator["Table"]:
        """Yield the tables of a list."""
        for position, value in enumerate(self._list(key)):
            if isinstance(value, dict):
                yield self._inner(value, (*self.path, key, position))
            else:
                self._wrong(key, N_("danh sách các bảng"))

    def built(
        self, make: Callable[[], T], key: str = "", *, at: Mapping[type[Refusal], str] = MappingProxyType({})
    ) -> T | None:
        """Return what `make` builds, None from a table that is wrong already.

        A refusal is noted at the key that `at` gives its kind, else at `key`, else at this table, and None comes back.
        """
        if self.is_faulty:
            return None
        try:
            return make()
        except Refusal as problem:
            self.note(problem, at.get(type(problem), key))
            return None

    def finish(self) -> None:
        """Note each key that nobody asked for: it is a slip, and would otherwise be ignored in silence."""
        for key in self.data:
            if key not in self.asked:
                self.note(KeyUnknown(key=key, known=", ".join(sorted(self.asked))), key)

    def _inner(self, data: dict[str, object], path: Path) -> "Table":
        return Table(data=data, path=path, lines=self.lines, faults=self.faults, asked=set())

    def _any(self, key: str) -> object:
        self.asked.add(key)
        if key not in self.data:
            self.note(KeyMissing(key=key))
        return self.data.get(key)

    def _list(self, key: str) -> list[object]:
        self.asked.add(key)
        value = self.data.get(key, [])
        if isinstance(value, list):
            return value
        self._wrong(key, N_("một danh sách trong ngoặc vuông"))
        return []

    def _get(self, key: str, kind: type[T], wanted: str, default: T | None) -> T | None:
        if default is not None and key not in self.data:
            self.asked.add(key)
            return default
        value = self._any(key)
        if isinstance(value, kind) and not isinstance(value, bool):
            return value
        if key in self.data:
            self._wrong(key, wanted)
        return default

    def _member(self, key: str, kind: type[E], written: str, default: E) -> E:
        if written in set(kind):
            return kind(written)
        self.note(NotAmong(key=key, value=written[:40], known=", ".join(kind)), key)
        return default

    def _wrong(self, key: str, wanted: str) -> None:
        self.note(WrongKind(key=key, wanted=wanted), key)


def parse(text: str) -> Table:
    """Return the whole text as a table. Raises FaultyFile when it is not TOML."""
    written = plain(text)
    found = values_of(written)
    if isinstance(found, tuple):
        line, problem = found
        raise FaultyFile([Fault(line=line, problem=problem)])
    return Table(data=found, path=(), lines=lines_of(written), faults=[], asked=set())


def _day(value: object) -> date | None:
    return value if isinstance(value, date) and not isinstance(value, datetime) else None
