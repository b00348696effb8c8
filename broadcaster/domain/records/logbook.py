"""The broadcast log: one line for each final delivery, chained by hashes so that no line can be changed unnoticed.

A line is never corrected in place: what became known later stands in a new line that names the one it corrects.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from broadcaster.domain.delivery import Delivery, Heard, Outcome
from broadcaster.domain.errors import N_
from broadcaster.domain.ids import ClusterId, DeviceId, HamletId

FIRST = "0" * 64
"""What stands where the first line of a station names the one before it."""
LATE = timedelta(days=60)
"""A box that was away longer than this is not waited for any more."""
_LATER = frozenset({"sounded_ms"})


class LogKind(StrEnum):
    AIRING = "airing"
    ALERT = "alert"


class Source(StrEnum):
    """Where the sound came from."""

    BULLETIN = "bulletin"
    LIBRARY = "library"
    RELAY = "relay"
    ALERT = "alert"
    BUTTON = "button"
    EXERCISE = "exercise"
    TEST = "test"


SOURCE_NAMES = {
    Source.BULLETIN: N_("Bản tin của đài"),
    Source.LIBRARY: N_("Âm thanh thu sẵn"),
    Source.RELAY: N_("Tiếp sóng"),
    Source.ALERT: N_("Tin khẩn cấp"),
    Source.BUTTON: N_("Nút báo động tại thôn"),
    Source.EXERCISE: N_("Diễn tập"),
    Source.TEST: N_("Thử loa"),
}
NOT_IN_EARNEST = frozenset({Source.EXERCISE, Source.TEST})
"""What was only practised: counted, and never together with what was real."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cluster and its hamlet as they were called on the day."""

    hamlet: HamletId
    hamlet_name: str
    cluster: ClusterId
    cluster_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What became of one thing on one cluster. `subject` is the airing or alert, `item` the bulletin or recording.

    An alert sounds in rounds with pauses between them: `sounded_ms` is how long in all. For an airing it is None.
    """

    kind: LogKind
    subject: str
    source: Source
    item: str | None
    title: str
    priority: str
    place: Place
    device: DeviceId | None
    recording_sha256: str | None
    duration_ms: int
    planned_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome
    reason: str | None
    heard: Heard | None
    sounded_ms: int | None = None

    @property
    def sounded(self) -> timedelta:
        """Return how long it is known to have sounded there."""
        if self.sounded_ms is not None:
            return timedelta(milliseconds=self.sounded_ms)
        if self.started_at is None or self.ended_at is None:
            return timedelta(0)
        return max(timedelta(0), self.ended_at - self.started_at)

    @property
    def was_heard(self) -> bool:
        """Whether it played to its end there, and no ear says that nothing was to be heard."""
        return self.outcome is Outcome.PLAYED and self.heard is not Heard.NOT_HEARD


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry in its place in a station's chain. `corrects` is the number of the line that it takes the place of."""

    number: int
    entry: Entry
    corrects: int | None
    recorded_at: datetime
    previous_sha256: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """All that the next line needs to know of a line."""

    number: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a chain is whole. `broken_at` is the number of the first line that does not follow."""

    lines: int
    broken_at: int | None
    last_sha256: str

    @property
    def whole(self) -> bool:
        return self.broken_at is None


def follow(previous: Line | Link | None, entry: Entry, *, corrects: int | None, now: datetime) -> Line:
    """Return the line that comes after `previous` in a station's chain."""
    line = Line(
        number=previous.number + 1 if previous else 1,
        entry=entry,
        corrects=corrects,
        recorded_at=now,
        previous_sha256=previous.sha256 if previous else FIRST,
        sha256="",
    )
    return replace(line, sha256=line_hash(line))


def line_hash(line: Line) -> str:
    """Return the SHA-256 of all that a line says, the hash of the line before it included."""
    said = _plain(line.entry) | {
        "number": line.number,
        "corrects": line.corrects,
        "recorded_at": _instant(line.recorded_at),
        "previous_sha256": line.previous_sha256,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def verify(lines: Iterable[Line | None], *, behind: Line | None = None) -> Verdict:
    """Return whether the lines, in their order, follow `behind`, or for None are a station's chain from its beginning.

    None among them is a line that makes no sense.
    """
    start, last = (behind.number, behind.sha256) if behind else (0, FIRST)
    count = 0
    for line in lines:
        follows = line is not None and line.number == start + count + 1 and line.previous_sha256 == last
        if line is None or not follows or line_hash(line) != line.sha256:
            return Verdict(lines=count, broken_at=start + count + 1, last_sha256=last)
        count, last = count + 1, line.sha256
    return Verdict(lines=count, broken_at=None, last_sha256=last)


def effective(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return what is known by now: of each thing on each cluster the newest line, in the order of the airings."""
    newest: dict[tuple[str, ClusterId], Line] = {}
    for line in lines:
        key = (line.entry.subject, line.entry.place.cluster)
        if key not in newest or newest[key].number < line.number:
            newest[key] = line
    return tuple(sorted(newest.values(), key=lambda line: (line.entry.planned_at, line.entry.subject, line.number)))


def concluded(delivery: Delivery) -> Delivery:
    """Return the delivery as the log keeps it: what nobody reported is unknown, whatever was ready before."""
    final = {Outcome.PLAYED, Outcome.INTERRUPTED, Outcome.FAILED, Outcome.MISSED, Outcome.REFUSED, Outcome.UNKNOWN}
    if delivery.outcome in final:
        return delivery
    return replace(delivery, outcome=Outcome.UNKNOWN, reason="no_report")


def _plain(entry: Entry) -> dict[str, object]:
    """Return an entry as JSON can hold it, one way only. A field that came later is left out where it says nothing:
    the lines from before it keep their hashes."""
    plain: dict[str, object] = {}
    for field in fields(entry):
        value = getattr(entry, field.name)
        if value is None and field.name in _LATER:
            continue
        if isinstance(value, datetime):
            value = _instant(value)
        elif isinstance(value, Place):
            value = {part.name: getattr(value, part.name) for part in fields(value)}
        plain[field.name] = value
    return plain


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
