"""Reads the kernel's small files; what is not there or no number is None, for a box without that sense."""

from pathlib import Path

_MOST = 1 << 40
"""More than any of them counts, in its own unit: what is beyond was written by nobody who measured something."""


def text(path: Path) -> str | None:
    """Return the file without the blanks around it."""
    try:
        return path.read_text(errors="replace").strip()
    except (OSError, ValueError):  # the latter for a path that is none
        return None


def number(path: Path, *, base: int = 10) -> int | None:
    """Return the whole number in the file."""
    return parsed(text(path), base=base)


def parsed(said: str | None, *, base: int = 10) -> int | None:
    """Return the text as a whole number, None when it is none."""
    try:
        found = int(said, base) if said is not None else None
    except ValueError:
        return None
    return found if found is not None and abs(found) < _MOST else None


def counted(said: str | None, *, base: int = 10) -> int | None:
    """Return the text as a number of things, None when it is none."""
    found = parsed(said, base=base)
    return found if found is not None and found >= 0 else None
