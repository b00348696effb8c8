"""Reads the kernel's small files; what is not there or no number is None, for a box without that sense."""

from pathlib import Path


def text(path: Path) -> str | None:
    """Return the file without the blanks around it."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return None


def number(path: Path, *, base: int = 10) -> int | None:
    """Return the whole number in the file."""
    return parsed(text(path), base=base)


def parsed(said: str | None, *, base: int = 10) -> int | None:
    """Return the text as a whole number, None when it is none."""
    try:
        return int(said, base) if said is not None else None
    except ValueError:
        return None
