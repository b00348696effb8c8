"""One agent at a time on a data directory: a lock that ends with its process."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = "agent.lock"


class AlreadyRunningError(Exception):
    """Another agent holds the lock."""


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the data directory for this process alone. Raises AlreadyRunningError, or OSError."""
    # Read-only is enough for a lock, and all that a card which takes nothing more still gives.
    with os.fdopen(os.open(data / _LOCK, os.O_RDONLY | os.O_CREAT, 0o644)) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise AlreadyRunningError from exc
        yield


def is_running(data: Path) -> bool:
    """Return whether an agent works with this directory now; False also where that cannot be seen."""
    try:
        with (data / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
