"""What a rehearsal is made from and what it yields: plain values; `rehearsal` judges them."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from broadcaster.domain.delivery import BoxState, Heard
from broadcaster.domain.errors import N_
from broadcaster.domain.ids import AiringId, ClusterId
from broadcaster.domain.programme import OccurrenceKey
from broadcaster.domain.records.logbook import Place
from broadcaster.domain.rehearsal.troubles import Trouble
from broadcaster.domain.station import Rules
from broadcaster.domain.week.planned import Occurrence

WITHIN = timedelta(hours=24)
"""So far ahead a rehearsal looks; when nothing is planned in it, to the next session."""
_MINUTE = "%Y%m%dT%H%M"


class Readiness(StrEnum):
    """What a rehearsal comes to, from the best to the worst."""

    READY = "ready"
    LOOK = "look"
    SILENT = "silent"


READINESS_NAMES = {
    Readiness.READY: N_("Sẵn sàng"),
    Readiness.LOOK: N_("Cần xem"),
    Readiness.SILENT: N_("Sẽ không phát nếu không xử lý"),
}


class SourceState(StrEnum):
    """What a relay source gave when it was listened to."""

    SOUNDS = "sounds"
    QUIET = "quiet"
    NOT_AUDIO = "not_audio"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What was heard of a source. `detail` is a Vietnamese clause; `level_dbfs` its loudest sample."""

    url: str
    state: SourceState
    at: datetime
    detail: str = ""
    level_dbfs: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Something that shall sound. `told_in` is, by cluster, the plan that first told its box (None: none yet)."""

    airing: AiringId
    title: str
    start_at: datetime
    duration: timedelta
    told_in: Mapping[ClusterId, tuple[int, int] | None]
    file_sha256: str | None = None
    sources: tuple[str, ...] = ()
    session: OccurrenceKey | None = None

    @property
    def end_at(self) -> datetime:
        return self.start_at + self.duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a box tells of itself as far as it matters tonight; None where it has no such sense."""

    clock_trusted: bool = True
    clock_error_ms: float | None = None
    disk_free_bytes: int | None = None
    under_voltage: bool | None = None
    mains: bool | None = None
    self_test: Heard | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
    """What it complains of, by kind (`disk_full`, `sound_device`…), with its own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A cluster and its box, if one hangs there."""

    place: Place
    box: BoxState | None = None
    body: Body = field(default_factory=Body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """What the area's rules allow on a cluster."""

    profile: str
    session_length: timedelta
    sessions_a_day: int
    rules: Rules | None = None
    """The station's own, where None; a school may want more quiet than the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The server's own parts; None where they cannot be seen from here."""

    broker_connected: bool | None = None
    signer: bool | None = None
    disk_free_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that a rehearsal is made from."""

    now: datetime
    rules: Rules
    pieces: tuple[Piece, ...]
    stands: tuple[Stand, ...]
    occurrences: tuple[Occurrence, ...] = ()
    probes: Mapping[str, Probe]
    caps: Mapping[ClusterId, Cap]
    titles: Mapping[OccurrenceKey, str]
    house: House = field(default_factory=House)
    within: timedelta = WITHIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A trouble, and where: on a cluster, or for None at the whole station.

    `about` tells two of one kind apart. `until` is when what it is about is over, for None it lasts until it is mended.
    """

    trouble: Trouble
    cluster: ClusterId | None = None
    about: str = ""
    until: datetime | None = None

    @property
    def readiness(self) -> Readiness:
        return Readiness.SILENT if self.trouble.grave else Readiness.LOOK

    @property
    def key(self) -> str:
        """Return what this problem is known by from one rehearsal to the next, in at most 80 characters."""
        over = f"@{self.until.astimezone(UTC):{_MINUTE}}" if self.until is not None else ""
        return f"{self.trouble.code[:46]}/{place_named(self.cluster, self.about)}{over}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRehearsed:
    """A cluster for which something is planned, its verdict, and everything that stands in the way, gravest first."""

    place: Place
    pieces: int
    first_at: datetime
    problems: tuple[Problem, ...]

    @property
    def readiness(self) -> Readiness:
        return worst(self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """The answer. `unchecked` are the relay sources that nobody has listened to yet."""

    at: datetime
    until: datetime
    first_at: datetime | None
    pieces: tuple[Piece, ...]
    problems: tuple[Problem, ...]
    clusters: tuple[ClusterRehearsed, ...]
    unchecked: tuple[str, ...] = ()

    @property
    def everything(self) -> tuple[Problem, ...]:
        """Return every problem, of the station and of its clusters."""
        return (*self.problems, *(problem for each in self.clusters for problem in each.problems))

    @property
    def readiness(self) -> Readiness:
        return worst(self.everything)

    @property
    def is_known(self) -> bool:
        """Whether there is something to judge, and all of it was looked at."""
        return self.first_at is not None and not self.unchecked


def worst(problems: Iterable[Problem]) -> Readiness:
    """Return what these come to."""
    found = {problem.readiness for problem in problems}
    return next((each for each in (Readiness.SILENT, Readiness.LOOK) if each in found), Readiness.READY)


def place_named(cluster: ClusterId | None, about: str = "") -> str:
    """Return how a problem's key names where it is and what it is about."""
    return hashlib.sha256(f"{cluster or ''}/{about}".encode()).hexdigest()[:16]


def read_key(key: str) -> tuple[str, datetime | None]:
    """Return where the problem of that key is, and when what it is about is over; None: it lasts until it is mended."""
    named, mark, written = key.partition("@")
    until = datetime.strptime(written, _MINUTE).replace(tzinfo=UTC) if mark else None
    return named.partition("/")[2], until
