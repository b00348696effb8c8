"""What a disk holds after a power cut, worked out from every system call by which a real process wrote to it.

A file's bytes are sure after its fsync, its name after its directory's; of everything younger, chance keeps some. This
is stricter than ext4 and is what POSIX promises.
"""

import os
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

CALLS = "openat,write,pwrite64,ftruncate,fallocate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,execve"
_LINE = re.compile(
    r"(?P<at>\d+\.\d+) (?P<call>\w+)\((?P<rest>.*)\)\s+= (?P<result>-?\d+)(?P<more>.*)<(?P<took>[\d.]+)>$"
)
_QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_DESCRIPTOR = re.compile(r"^(\d+)<([^>]*)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that changed the disk, or made it sure; `path` is what it was about, `at` when it had returned."""

    at: float
    name: str
    path: Path
    to: Path | None = None
    offset: int = 0
    data: bytes = b""
    flags: str = ""


def traced(command: list[str], *, trace: Path) -> list[str]:
    """Return the command that runs `command` and writes its calls beside `trace`, one file a thread.

    What is traced ends with its tracer: a killed tracer alone would leave a box running for ever.
    """
    options = ["-ff", "-ttt", "-T", "-y", "-xx", "-s", "2000000", "-e", f"trace={CALLS}", "-e", "signal=none"]
    return ["strace", *options, "-o", str(trace), "setpriv", "--pdeathsig", "KILL", *command]


def calls_of(trace: Path, root: Path) -> list[Call]:
    """Return what the traced process did below `root`, in the order in which the calls returned.

    Other programs that it started, which write nothing there, are left out.
    """
    logs = sorted(trace.parent.glob(f"{trace.name}.*"), key=_begin)
    threads = [log for n, log in enumerate(logs) if n == 0 or b" execve(" not in log.read_bytes()]
    calls = [call for log in threads for call in _read(log)]
    return sorted((c for c in calls if c.path == root or root in c.path.parents), key=lambda call: call.at)


@dataclass(slots=True)
class _File:
    sure: bytearray = field(default_factory=bytearray)
    pending: list[Call] = field(default_factory=list)

    def settle(self) -> None:
        for call in self.pending:
            _apply(self.sure, call)
        self.pending.clear()


class Disk:
    """A disk to which calls are played back; `syncs` False: fsync is a lie, as on a careless box."""

    def __init__(self, *, syncs: bool = True) -> None:
        self._syncs = syncs
        self._names: dict[Path, _File] = {}
        self._sure_names: dict[Path, _File] = {}
        self._positions: dict[Path, int] = {}

    def play(self, calls: Iterable[Call]) -> None:
        """Take these calls as done."""
        for call in calls:
            self._take(call)

    def after_power_cut(self, folder: Path, root: Path, *, chance: random.Random) -> None:
        """Write what is left of everything below `root` into `folder`."""
        names = dict(self._sure_names)
        for path in sorted(self._names.keys() | self._sure_names.keys()):
            if self._names.get(path) is not self._sure_names.get(path) and chance.random() < 0.5:
                _rename(names, path, self._names.get(path))
        for path, file in names.items():
            content = bytearray(file.sure)
            for call in file.pending:
                if chance.random() < 0.5:
                    _apply(content, call)
            target = folder / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    def _take(self, call: Call) -> None:
        match call.name:
            case "openat":
                if call.path not in self._names and "O_CREAT" in call.flags:
                    self._names[call.path] = _File()
                if "O_TRUNC" in call.flags and call.path in self._names:
                    self._names[call.path].pending.append(call)
                self._positions[call.path] = 0
            case "write":
                position = self._positions.get(call.path, 0)
                self._positions[call.path] = position + len(call.data)
                self._names.setdefault(call.path, _File()).pending.append(replace(call, offset=position))
            case "pwrite64" | "ftruncate" | "fallocate":
                self._names.setdefault(call.path, _File()).pending.append(call)
            case "fsync" | "fdatasync" if self._syncs:
                self._sync(call.path)
            case "rename" | "renameat" | "renameat2" if call.to is not None:
                self._names[call.to] = self._names.pop(call.path, _File())
            case "unlink" | "unlinkat":
                self._names.pop(call.path, None)

    def _sync(self, path: Path) -> None:
        if path in self._names:
            self._names[path].settle()
            return
        here = {name: file for name, file in self._names.items() if name.parent == path}
        elsewhere = {name: file for name, file in self._sure_names.items() if name.parent != path}
        self._sure_names = elsewhere | here


def _rename(names: dict[Path, _File], path: Path, file: _File | None) -> None:
    if file is None:
        names.pop(path, None)
    else:
        names[path] = file


def _apply(content: bytearray, call: Call) -> None:
    if call.name == "openat":
        content.clear()
    elif call.name == "ftruncate":
        del content[call.offset :]
        content.extend(bytes(max(0, call.offset - len(content))))
    elif call.name == "fallocate":
        content.extend(bytes(max(0, call.offset - len(content))))
    else:
        content.extend(bytes(max(0, call.offset - len(content))))
        content[call.offset : call.offset + len(call.data)] = call.data


def _begin(log: Path) -> float:
    first = log.read_bytes().split(b" ", 1)[0]
    return float(first) if first else float("inf")


def _read(log: Path) -> Iterator[Call]:
    """Yield the successful calls of one thread that concern files."""
    for line in log.read_text().splitlines():
        match = _LINE.match(line)
        if match is not None and int(match["result"]) >= 0:
            at = float(match["at"]) + float(match["took"])
            yield from _call(match["call"], match["rest"], match["more"], at=at)


def _call(name: str, rest: str, more: str, *, at: float) -> Iterator[Call]:
    texts = [bytes.fromhex(text.replace("\\x", "")) for text in _QUOTED.findall(rest)]
    if name == "openat":
        opened = re.match(r"<([^>]*)>", more)
        if opened:
            yield Call(at=at, name=name, path=_path(opened[1]), flags=rest)
    elif name in {"rename", "renameat", "renameat2"}:
        yield Call(at=at, name=name, path=_path(texts[0]), to=_path(texts[1]))
    elif name in {"unlink", "unlinkat"}:
        yield Call(at=at, name=name, path=_path(texts[0]))
    elif (descriptor := _DESCRIPTOR.match(rest)) is not None:
        numbers = [int(number) for number in re.findall(r", (-?\d+)", rest)]
        offset = (
            numbers[-1] if name == "pwrite64" else sum(numbers[-2:]) if name == "fallocate" else (numbers or [0])[0]
        )
        yield Call(at=at, name=name, path=_path(descriptor[2]), offset=offset, data=texts[0] if texts else b"")


def _path(shown: str | bytes) -> Path:
    if isinstance(shown, bytes):
        return Path(os.fsdecode(shown))
    return Path(os.fsdecode(bytes.fromhex(shown.replace("\\x", "")))) if shown.startswith("\\x") else Path(shown)
