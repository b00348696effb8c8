"""Files that are whole after a power cut: temporary file, fsync, rename, fsync of the directory."""

import json
import os
from pathlib import Path
from typing import Any


def write(path: Path, content: bytes | memoryview, *, mode: int = 0o644) -> None:
    """Replace `path` by `content`. After a power cut it holds either the old bytes or the new ones, never a mixture.

    Raises OSError, and then leaves the old file as it was.
    """
    temporary = path.with_name(f".{path.name}.new")
    try:
        _write_through(temporary, content, mode=mode)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def remembered(path: Path) -> dict[str, Any]:
    """Return the JSON object that stands in `path`; an empty one where nothing does, or what a worn card has spoilt."""
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def publish(temporary: Path, path: Path) -> None:
    """Give a finished file its final name, its bytes and its name on the disk when this returns."""
    descriptor = os.open(temporary, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make renames and removals in `directory` survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_through(path: Path, content: bytes | memoryview, *, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.fchmod(descriptor, mode)
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Ballast:
    """Space held back from everybody: given up when the disk is full, so that facts can still be written down."""

    def __init__(self, path: Path, *, size_bytes: int = 2 * 1024 * 1024) -> None:
        self._path = path
        self._size_bytes = size_bytes

    def take(self) -> bool:
        """Hold the space (again); False when the disk has not that much to spare."""
        if self._path.exists() and self._path.stat().st_size == self._size_bytes:
            return True
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self._size_bytes)
            finally:
                os.close(descriptor)
        except OSError:
            self.give_up()  # half of it is in the way of what it is held back for
            return False
        return True

    def give_up(self) -> bool:
        """Free the space; False when there is none left to free, or the disk does not even let go of it."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
