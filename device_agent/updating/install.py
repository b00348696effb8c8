"""Lays a wheel out as a virtual environment of its own beside the running one, which lends it the dependencies."""

import errno
import json
import os
import shutil
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

from device_agent import durable
from device_agent.updating.programs import PROGRAM, Programs
from device_agent.updating.wheel import Opened

ROOM_LEFT_BYTES = 64 * 1024 * 1024
"""Stays free for plans, audio and reports."""
_LENT = "commune-broadcaster-lent.pth"
_RELEASE = "release.json"
_SCRIPT = """#!{python}
import sys
from {module} import {function}
if __name__ == "__main__":
    sys.exit({function}())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The version that runs: its wheel's hash, None when it was installed by hand."""

    version: str
    sha256: str | None


def running(version: str) -> Running:
    """Return which version this process is."""
    try:
        said = json.loads((Path(sys.prefix) / _RELEASE).read_bytes())
        return Running(version=version, sha256=str(said["sha256"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Running(version=version, sha256=None)


def install(wheel: Opened, programs: Programs, *, sha256: str) -> str:
    """Return the name of the version's environment, whole and on the disk.

    Raises OSError when the disk refuses, or has not room enough for it and for what the agent must write meanwhile.
    """
    name = f"{wheel.version}-{sha256[:12]}"
    whole = programs.path_of(name)
    if whole.is_dir() and programs.starts(name):
        return name
    unfinished = programs.venvs / f".{name}.new"
    for leftover in (unfinished, whole):
        shutil.rmtree(leftover, ignore_errors=True)
    programs.venvs.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(programs.venvs).free < wheel.size_bytes + ROOM_LEFT_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(programs.venvs))
    try:
        _lay_out(wheel, unfinished, final=whole, sha256=sha256)
        os.sync()  # hundreds of files, once: an environment that has its name is whole
        unfinished.replace(whole)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    durable.sync_directory(programs.venvs)
    return name


def _lay_out(wheel: Opened, folder: Path, *, final: Path, sha256: str) -> None:
    venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
    site = folder / Path(sysconfig.get_path("purelib", vars={"base": str(folder)})).relative_to(folder)
    with zipfile.ZipFile(wheel.path) as content:
        content.extractall(site)
    (site / _LENT).write_text("".join(f"{line}\n" for line in _lenders()))
    script = folder / PROGRAM
    module, function = wheel.entry
    script.write_text(_SCRIPT.format(python=final / "bin/python", module=module, function=function))
    script.chmod(0o755)
    (folder / _RELEASE).write_text(json.dumps({"version": wheel.version, "sha256": sha256}))


def _lenders() -> list[str]:
    """Return where the dependencies are: here, or with the one that lends them to us; versions between may go."""
    site = Path(sysconfig.get_path("purelib"))
    lent = site / _LENT
    if lent.is_file():
        return lent.read_text().splitlines()
    others = [path for path in sys.path if path.endswith("-packages") and Path(path) != site]
    return [str(site), *others]
