"""How high the number of a document may be: whoever gets one document signed must not use all numbers up with it.

A box obeys nothing older than the newest that it has obeyed. Were any number signed, a single document with the
highest one would lock the station out of its boxes for good. So there is always a higher one left: what may be signed
grows with the signer's clock alone. A server that finds itself behind goes on above the newest epoch that was signed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from broadcaster.domain.errors import N_
from broadcaster.domain.ids import StationId
from broadcaster.signer.book import Book, instant, stamp
from broadcaster.signer.errors import NotSigned
from wire.values import Revision

EPOCHS_FREE = 1_000_000
EPOCHS_A_SECOND = 300
"""More than a server ever begins, even where a stolen box lies to it about what it obeys (`services/intake`)."""
FIRST_EPOCH_MOST = 100_000
SEQ_FREE = 100_000_000
SEQ_A_SECOND = 100
"""One each 30 s and one for each change: twenty years of heartbeats are twenty million."""
_LEAP = N_("số hiệu của văn bản nhảy quá xa; bộ thu theo nó thì không nghe đài nữa.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Epochs:
    """The first and the newest epoch that was signed for a station, and since when it is known."""

    first: int
    newest: int
    since: datetime


class Numbers:
    """Remembers each station's epochs, durably before anything of a new one is signed."""

    def __init__(self, book: Book, *, now: Callable[[], datetime]) -> None:
        self._book, self._now = book, now
        self._known: dict[StationId, Epochs] = {}

    def check(self, station: StationId, revision: Revision) -> None:
        """Raise NotSigned when a number leaps farther than any honest server's would."""
        known = self._known.get(station) or self._kept(station)
        if known is None:
            self._check_first(revision)
            self._keep(station, Epochs(first=revision.epoch, newest=revision.epoch, since=self._now()))
            return
        if not may_be_signed(revision, known, now=self._now()):
            raise NotSigned(why=_LEAP)
        if revision.epoch > known.newest:
            self._keep(station, replace(known, newest=revision.epoch))
        else:
            self._known[station] = known

    def newest_epoch(self, station: StationId) -> int:
        """Return the newest epoch that was signed for a station, 0 when none was."""
        known = self._known.get(station) or self._kept(station)
        return known.newest if known is not None else 0

    def _check_first(self, revision: Revision) -> None:
        if revision.epoch > FIRST_EPOCH_MOST or revision.seq > SEQ_FREE:
            raise NotSigned(why=_LEAP)

    def _kept(self, station: StationId) -> Epochs | None:
        with self._book.reading() as tx:
            row = tx.execute("SELECT * FROM epochs WHERE station = ?", (station,)).fetchone()
        return row and Epochs(first=row["first"], newest=row["newest"], since=instant(row["since"]))

    def _keep(self, station: StationId, epochs: Epochs) -> None:
        with self._book.writing() as tx:
            tx.execute(
                "INSERT INTO epochs VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET newest = max(newest, excluded.newest)",
                (station, epochs.first, epochs.newest, stamp(epochs.since)),
            )
        self._known[station] = epochs


def may_be_signed(revision: Revision, known: Epochs, *, now: datetime) -> bool:
    """Return whether a document may have that number. What is older than the newest may: no box obeys it."""
    lived_s = max(0, int((now - known.since).total_seconds()))
    if revision.epoch > known.first + EPOCHS_FREE + lived_s * EPOCHS_A_SECOND:
        return False
    return revision.seq <= SEQ_FREE + lived_s * SEQ_A_SECOND
