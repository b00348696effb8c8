"""Where a Unix socket lies: its address holds some hundred bytes, and folders may be deeper than that."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LONGEST = 100


@contextmanager
def address_of(path: Path) -> Iterator[str]:
    """Yield an address for `bind` or `connect` that means `path`, short enough however deep it lies."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
