"""Reading the tables of a TOML text key by key: what is wrong is noted with its line, and reading goes on."""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

from broadcaster.domain.errors import N_, Invalid, Refusal, refusal
from broadcaster.domain.week_file.toml_lines import Path, line_of, lines_of

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
TEXT_MAX = 200_000
AT_LINE = N_("Dòng {line}: {problem}")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?")


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
class NotToml(Invalid):
    message = N_(
        "Chỗ này không đúng cách viết TOML. Xin kiểm tra dấu ngoặc kép, dấu bằng, dấu ngoặc vuông và dấu phẩy."
    )


@refusal
class FileTooLong(Invalid):
    limit: int
    message = N_("Tệp dài quá {limit} ký tự nên không được đọc.")


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


@dataclass(slots=True, kw_only=True)
class Table:
    """One table of the text. Each reader returns the value, or the default after noting what is wrong with it."""

    data: dict[str, object]
    path: Path
    lines: dict[Path, int]
    faults: list[Fault]
    asked: set[str]

    def note(self, problem: Refusal, key: str = "") -> None:
        """Note a fault at a key, or at the table itself."""
        self.faults.append(Fault(line=line_of((*self.path, key) if key else self.path, self.lines), problem=problem))

    def text(self, key: str, default: str | None = None) -> str:
        """Return a string; without a default it must be there and not empty."""
        found = self._get(key, str, N_("chữ trong ngoặc kép"), default)
        if found is None or (default is None and not found.strip()):
            if key in self.data and isinstance(self.data[key], str):
                self.note(KeyMissing(key=key), key)
            return ""
        return found

    def number(self, key: str, default: int | None = None) -> int:
        """Return a whole number."""
        found = self._get(key, int, N_("một số nguyên"), default)
        return 0 if found is None else found

    def decimal(self, key: str, default: float) -> float:
        """Return a number that need not be whole."""
        value = self.data.get(key)
        if type(value) is int:
            self.asked.add(key)
            return float(value)
        found = self._get(key, float, N_("một số"), default)
        return default if found is None else found

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
        if isinstance(value, time):
            return value.replace(microsecond=0)
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

    def built(self, make: Callable[[], T], key: str = "") -> T | None:
        """Return what `make` builds; a refusal is noted at a key or at this table, and None comes back."""
        try:
            return make()
        except Refusal as problem:
            self.note(problem, key)
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
    if len(text) > TEXT_MAX:
        raise FaultyFile([Fault(line=1, problem=FileTooLong(limit=TEXT_MAX))])
    plain = text.replace("\r\n", "\n")
    try:
        data = tomllib.loads(plain)
    except tomllib.TOMLDecodeError as exc:
        at = _AT_LINE.search(str(exc))
        line = int(at[1]) if at else max(1, plain.rstrip("\n").count("\n") + 1)
        raise FaultyFile([Fault(line=line, problem=NotToml())]) from exc
    return Table(data=data, path=(), lines=lines_of(plain), faults=[], asked=set())


def _day(value: object) -> date | None:
    return value if isinstance(value, date) and not isinstance(value, datetime) else None
