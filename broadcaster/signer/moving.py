"""An installation from before the signer kept its keys beside the database: they move to the signer's folder."""

import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)


def move_keys(before: Path, after: Path) -> None:
    """Move every key that is not there yet. At each instant a key is in one of the folders; twice changes nothing."""
    if not before.is_dir():
        return
    after.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in sorted(before.glob("*.pem")):
        if (after / path.name).exists():
            log.error("a key of %s lies in %s too and is not used; keep it until all boxes answer", path.stem, before)
            continue
        path.rename(after / path.name)
        log.warning("the key of %s now lies in %s", path.stem, after)
    for folder in (after, before):
        _sync(folder)
    if not any(before.iterdir()):
        before.rmdir()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
