"""The agent's versions on the box, and which of them runs: a folder, a symlink and a small file.

`venvs/NAME` are whole once they have their name; `current` leads to the one that runs, and where it is missing the one
that was installed by hand does. A version on trial is in the file before the symlink leads to it, and a failure is in
the file before the symlink leads back: whatever a power cut leaves, `choose` finds a program that starts.
This module knows the standard library alone, for the launcher must start where all else is broken.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from device_agent import durable

PROGRAM = Path("bin/device-agent")
MOST_STARTS = 2
"""A version on trial may die, or lose its power, once."""
KEPT_REFUSALS = 20
_DIED = "khởi động {n} lần đều dừng giữa chừng"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A version that has not proved itself; `back_to` is the one before it (None: the one installed by hand)."""

    name: str
    version: str
    sha256: str
    back_to: str | None
    starts: int = 0
    failed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A wheel that is never tried again by itself, and why."""

    sha256: str
    version: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What stands in the file."""

    trial: Trial | None = None
    refused: tuple[Refused, ...] = ()


def _nothing(_step: str) -> None:
    """Stand in for a test's power cut."""


class Programs:
    """`step` is called before each change on the disk: there a test cuts the power."""

    def __init__(self, folder: Path, *, step: Callable[[str], None] = _nothing) -> None:
        self.folder = folder
        self.venvs = folder / "venvs"
        self._current = folder / "current"
        self._file = folder / "state.json"
        self._lacks = folder / "lacks"
        self._step = step

    @property
    def current(self) -> str | None:
        """Return the name of the version that runs next, None for the one installed by hand."""
        try:
            return self._current.readlink().name
        except OSError:
            return None

    def path_of(self, name: str) -> Path:
        """Return where that version is."""
        return self.venvs / name

    def record(self) -> Record:
        """Return what is known; a file that a worn card has spoilt is as good as none."""
        try:
            said = json.loads(self._file.read_bytes())
            return Record(
                trial=_trial(said["trial"]) if said.get("trial") else None,
                refused=tuple(_refused(row) for row in said.get("refused", ())),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return Record()

    def refusal_of(self, sha256: str) -> str | None:
        """Return why this wheel is not tried again, None when it may be."""
        return next((refused.why for refused in self.record().refused if refused.sha256 == sha256), None)

    def refuse(self, *, sha256: str, version: str, why: str) -> None:
        """Remember that this wheel is not for this box."""
        record = self.record()
        self._write(replace(record, refused=_with(record.refused, Refused(sha256=sha256, version=version, why=why))))

    def begin_trial(self, name: str, *, version: str, sha256: str) -> None:
        """Have this version started next time, on trial."""
        back_to = self.current
        self._forget_lacks()
        trial = Trial(name=name, version=version, sha256=sha256, back_to=back_to)
        self._write(replace(self.record(), trial=trial))
        self._lead_to(name)

    def pass_trial(self) -> None:
        """The version that runs has proved itself: it stays, and the others go."""
        self._write(replace(self.record(), trial=None))
        self._forget_lacks()
        self._step("remove the others")
        for venv in self.venvs.iterdir() if self.venvs.is_dir() else ():
            if venv.name != self.current:
                shutil.rmtree(venv, ignore_errors=True)

    def fail_trial(self, why: str) -> None:
        """Have the launcher go back next time."""
        record = self.record()
        if record.trial is not None and record.trial.failed is None:
            self._write(replace(record, trial=replace(record.trial, failed=why)))

    def note_lacks(self, lacks: str) -> None:
        """Say what the version on trial still lacks, for the reason of a failure; losing it costs nothing."""
        with contextlib.suppress(OSError):
            self._lacks.write_text(lacks, encoding="utf-8")

    def lacks(self) -> str:
        """Return what it said last, empty when nothing."""
        try:
            return self._lacks.read_text(encoding="utf-8").strip()[:120]
        except (OSError, ValueError):
            return ""

    def choose(self) -> str | None:
        """Count this start of a version on trial, or go back; return the version to start, None for the one installed
        by hand. Doing it again after a power cut comes to the same."""
        trial = self.record().trial
        if trial is not None and trial.failed is None and self.current != trial.name:
            self._write(replace(self.record(), trial=None))  # it was never switched to; the agent will do it again
            trial = None
        if trial is not None and trial.failed is None:
            if trial.starts >= MOST_STARTS or not self.starts(trial.name):
                self.fail_trial(_DIED.format(n=trial.starts))
            else:
                self._write(replace(self.record(), trial=replace(trial, starts=trial.starts + 1)))
        self._go_back_if_failed()
        name = self.current
        return name if name is not None and self.starts(name) else None

    def starts(self, name: str) -> bool:
        """Return whether there is something to start."""
        return os.access(self.path_of(name) / PROGRAM, os.X_OK)

    def _go_back_if_failed(self) -> None:
        record = self.record()
        trial = record.trial
        if trial is None or trial.failed is None:
            return
        self._lead_to(trial.back_to)
        refused = Refused(sha256=trial.sha256, version=trial.version, why=trial.failed)
        self._write(replace(record, trial=None, refused=_with(record.refused, refused)))

    def _lead_to(self, name: str | None) -> None:
        self._step(f"lead to {name}")
        if name is None:
            self._current.unlink(missing_ok=True)
        else:
            new = self.folder / ".current.new"
            new.unlink(missing_ok=True)
            new.symlink_to(Path("venvs") / name)
            self._step("rename the symlink")
            new.replace(self._current)
        self._step("sync the folder")
        durable.sync_directory(self.folder)

    def _write(self, record: Record) -> None:
        self._step("write the file")
        content = {
            "trial": asdict(record.trial) if record.trial is not None else None,
            "refused": [asdict(refused) for refused in record.refused],
        }
        durable.write(self._file, json.dumps(content, ensure_ascii=False).encode())

    def _forget_lacks(self) -> None:
        with contextlib.suppress(OSError):
            self._lacks.unlink(missing_ok=True)


def _with(before: tuple[Refused, ...], refused: Refused) -> tuple[Refused, ...]:
    others = tuple(one for one in before if one.sha256 != refused.sha256)
    return (*others, refused)[-KEPT_REFUSALS:]


def _trial(row: dict[str, Any]) -> Trial:
    back_to, failed = row["back_to"], row["failed"]
    return Trial(
        name=str(row["name"]), version=str(row["version"]), sha256=str(row["sha256"]), starts=int(row["starts"]),
        back_to=str(back_to) if back_to is not None else None, failed=str(failed) if failed is not None else None,
    )  # fmt: skip


def _refused(row: dict[str, Any]) -> Refused:
    return Refused(sha256=str(row["sha256"]), version=str(row["version"]), why=str(row["why"]))
