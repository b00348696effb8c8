"""Which versions of the box's program an administrator stands for: a box runs what its plan names, so no other is."""

from collections.abc import Callable
from datetime import datetime

from broadcaster.domain.ids import StationId
from broadcaster.signer.book import Book, stamp
from broadcaster.signer.errors import ReleaseUnknown
from wire.messages import AgentRelease


class Releases:
    """The versions that were vouched for, each by its very bytes."""

    def __init__(self, book: Book, *, now: Callable[[], datetime]) -> None:
        self._book, self._now = book, now
        self._seen: set[tuple[str, str, str]] = set()

    def vouch(self, station: StationId, *, version: str, sha256: str, by: str) -> None:
        """Remember that somebody who may stands for these bytes under this version."""
        with self._book.writing() as tx:
            row = (station, version, sha256, by, stamp(self._now()))
            tx.execute("INSERT OR IGNORE INTO releases VALUES (?, ?, ?, ?, ?)", row)

    def check(self, station: StationId, release: AgentRelease) -> None:
        """Raise ReleaseUnknown unless somebody stands for it."""
        key = (station, release.version, release.wheel.sha256)
        if key in self._seen:
            return
        with self._book.reading() as tx:
            wanted = "SELECT 1 FROM releases WHERE station = ? AND version = ? AND sha256 = ?"
            if tx.execute(wanted, key).fetchone() is None:
                raise ReleaseUnknown(version=release.version)
        self._seen.add(key)
