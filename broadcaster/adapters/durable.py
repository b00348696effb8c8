"""Files that are whole or absent, whatever happens to the power: temporary file, fsync, rename, fsync of the folder."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

TEMPORARY_PREFIX = ".unfinished-"


def write_durably(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Put `content` at `path`, readable as `mode` says; on return it survives a power cut.

    Raises OSError, and leaves nothing behind then.
    """
    unfinished = path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
