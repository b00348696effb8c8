"""What planning yields: the sessions, the airings-to-be in them, and what became of every approved bulletin."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from broadcaster.domain.audience import Audience
from broadcaster.domain.bulletin import Priority
from broadcaster.domain.ids import AiringId, BulletinId, ClusterId
from broadcaster.domain.programme import OccurrenceKey, SegmentId
from broadcaster.domain.week.ground import Ground, Mask
from broadcaster.domain.week.reasons import Reason
from broadcaster.domain.week.requests import Request

AHEAD = timedelta(days=7)
"""How far ahead sessions are planned."""
BEHIND = timedelta(days=8)
"""What stood for so long before the last plan still counts: a whole week, for the days that a week may have."""
FREEZE = timedelta(minutes=2)
"""So long before it is due a session is settled: nothing in it changes any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A file by its content."""

    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relayed:
    """Streams in their order, and the file that sounds when none of them does."""

    urls: tuple[str, ...]
    silence: timedelta
    filler_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An airing-to-be: one sound, one start, one audience. Of a session when it has a `key`.

    A relay is ended hard after `duration`. A box that is late joins in until `not_after` where the others are.
    """

    id: AiringId
    key: OccurrenceKey | None
    segment: SegmentId | None
    bulletin: BulletinId | None
    title: str
    audience: Audience
    priority: Priority
    source: Recorded | Relayed
    start_at: datetime
    duration: timedelta
    not_after: datetime
    is_filler: bool = False

    @property
    def end_at(self) -> datetime:
        """Return when it has ended on a box that began in time."""
        return self.start_at + self.duration


class Verdict(StrEnum):
    """What becomes of a session: it sounds, it is refused by a rule, it has nothing to air, or it came too late."""

    SOUNDS = "sounds"
    REFUSED = "refused"
    EMPTY = "empty"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Clusters that a session does not reach although its programme means them, and why."""

    clusters: frozenset[ClusterId]
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Omitted:
    """A segment that is not heard, or not whole, and why."""

    segment: SegmentId
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One session with its one verdict. `ends_by` is when it is over at the latest, wherever it sounds."""

    key: OccurrenceKey
    title: str
    audience: Audience
    clusters: frozenset[ClusterId]
    """Where it sounds; empty unless the verdict is SOUNDS."""
    ends_by: datetime
    verdict: Verdict
    left_out: tuple[LeftOut, ...] = ()
    omitted: tuple[Omitted, ...] = ()
    special: bool = False


class Fate(StrEnum):
    """What became of an approved bulletin's request."""

    PLACED = "placed"
    LATER = "later"
    PAST = "past"
    WAITING = "waiting"
    CLASH = "clash"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    """Not the planner's to say: a person took it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The one answer to a request: its fate, the airings it has (past ones too), and a plain sentence in `reason`.

    WAITING wants a person: there is no place for it as things stand. `unserved` are clusters that no airing reaches.
    """

    request: Request
    fate: Fate
    reason: Reason
    airings: tuple[AiringId, ...] = ()
    unserved: frozenset[ClusterId] = frozenset()
    rivals: tuple[BulletinId, ...] = ()
    """With a CLASH: the bulletins that it collides with. A person gives each a `rank`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A station's sessions from now on, in order; every airing that they and the requests need; every placement."""

    occurrences: tuple[Occurrence, ...]
    items: tuple[Item, ...]
    placements: tuple[Placement, ...]
    settling: tuple[Occurrence, ...]
    """The sessions to write down for good, since they begin within FREEZE, or should have begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How the stored airings-to-be must change to be what the week says."""

    add: tuple[Item, ...]
    alter: tuple[Item, ...]
    withdraw: tuple[AiringId, ...]


def reach(*, since: datetime, now: datetime) -> datetime:
    """Return how far back the planner must be told what stands and what is settled."""
    return min(since, now) - BEHIND


def changes(standing: Iterable[Item], week: Week, *, settled: frozenset[OccurrenceKey], now: datetime) -> Changes:
    """Return what to store so that exactly the week's airings stand. Doing it twice changes nothing.

    What has begun, and what belongs to a settled session, is never touched.
    """
    before, wanted = {item.id: item for item in standing}, {item.id: item for item in week.items}
    free = {name for name, item in before.items() if item.start_at > now and item.key not in settled}
    return Changes(
        add=tuple(item for name, item in wanted.items() if name not in before),
        alter=tuple(item for name, item in wanted.items() if name in free and item != before[name]),
        withdraw=tuple(name for name in before if name in free and name not in wanted),
    )


def airing_id(*parts: str | datetime | None) -> AiringId:
    """Return the one id of what these parts name, the same whoever plans it and however often."""
    named = "\0".join(part.astimezone(UTC).isoformat() if isinstance(part, datetime) else part or "" for part in parts)
    return AiringId("lp-" + hashlib.sha256(named.encode()).hexdigest()[:32])


def plans_by_cluster(items: Iterable[Item], ground: Ground) -> dict[ClusterId, tuple[Item, ...]]:
    """Return what each cluster plays, in order. Clusters that play the same share one tuple."""
    alike: list[tuple[Mask, tuple[Item, ...]]] = [(ground.everywhere, ())]
    for mask, group in _by_mask(items, ground).items():
        alike = [
            part for held, had in alike for part in ((held & ~mask, had), (held & mask, (*had, *group))) if part[0]
        ]
    plans: dict[ClusterId, tuple[Item, ...]] = {}
    for held, had in alike:
        ordered = tuple(sorted(had, key=lambda item: (item.start_at, item.id)))
        plans.update(dict.fromkeys(ground.clusters(held), ordered))
    return plans


def _by_mask(items: Iterable[Item], ground: Ground) -> dict[Mask, list[Item]]:
    groups: dict[Mask, list[Item]] = {}
    for item in items:
        groups.setdefault(ground.mask(item.audience), []).append(item)
    return groups
