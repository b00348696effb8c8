"""On which line of a TOML text each key stands, so that an error can name it. The values come from `tomllib`."""

import re

Path = tuple[str | int, ...]
"""The keys and list positions that lead to a value."""

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_NAME = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_KEY = re.compile(rf"\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*=")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"([^"]*)"|'([^']*)'""")
_INLINE_KEY = re.compile(r"(?<![\w\"'-])([A-Za-z0-9_-]+)\s*=(?!=)")


def lines_of(text: str) -> dict[Path, int]:
    """Return the line, from 1, of every table and key of a well-formed text, and of every table in a list."""
    found: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    inside: _Value | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if inside is not None:
            inside.read(line, number)
        elif header := _HEADER.match(line):
            table = _enter(header[2], counts, is_list=header[1] == "[[")
            found[table] = number
            for depth in range(1, len(table)):
                found.setdefault(table[:depth], number)
        elif key := _KEY.match(line):
            path = (*table, *_names(key[1]))
            found[path] = number
            inside = _Value(path, found)
            inside.read(line[key.end() :], number)
        if inside is not None and inside.is_over:
            inside = None
    return found


def line_of(path: Path, lines: dict[Path, int]) -> int:
    """Return the line of a path, or of the nearest thing around it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Value:
    """A value that may go on over several lines: strings, lists, and the tables inside them."""

    def __init__(self, path: Path, found: dict[Path, int]) -> None:
        self._path, self._found = path, found
        self._depth, self._quote, self._position = 0, "", 0

    @property
    def is_over(self) -> bool:
        """Return whether the value ends on the line that was read last."""
        return self._depth == 0 and len(self._quote) != 3

    def read(self, line: str, number: int) -> None:
        """Read on through one line."""
        at = 0
        while at < len(line):
            at = self._step(line, at, number)

    def _step(self, line: str, at: int, number: int) -> int:
        if self._quote:
            return self._in_string(line, at)
        triple = line[at : at + 3]
        if triple in ('"""', "'''"):
            self._quote = triple
            return at + 3
        letter = line[at]
        if letter in "\"'":
            self._quote = letter
        elif letter == "#":
            return len(line)
        elif letter in "[{":
            self._open(letter, number)
        elif letter in "]}":
            self._depth -= 1
        elif self._depth and (key := _INLINE_KEY.match(line, at)) and not line[at - 1 : at].isalnum():
            here = (self._position - 1,) if self._position else ()
            self._found.setdefault((*self._path, *here, key[1]), number)
            return key.end()
        return at + 1

    def _open(self, letter: str, number: int) -> None:
        if letter == "{" and self._depth == 1:
            self._found[(*self._path, self._position)] = number
            self._position += 1
        self._depth += 1

    def _in_string(self, line: str, at: int) -> int:
        if self._quote[0] == '"' and line[at] == "\\":
            return at + 2
        if line.startswith(self._quote, at):
            size, self._quote = len(self._quote), ""
            return at + size
        if len(self._quote) == 1 and at + 1 >= len(line):
            self._quote = ""
        return at + 1


def _enter(name: str, counts: dict[Path, int], *, is_list: bool) -> Path:
    """Return the path of a table header, with the position in each list of tables on the way."""
    path: Path = ()
    names = _names(name)
    for depth, part in enumerate(names):
        path = (*path, part)
        if is_list and depth == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
            path = (*path, counts[path])
        elif path in counts:
            path = (*path, counts[path])
    return path


def _names(written: str) -> tuple[str, ...]:
    return tuple(part[1] or part[2] or part[0] for part in _PART.finditer(written))
