"""What playout weighs and what it answers: frozen values only.

`Moment` is everything a decision may depend on; the actions are everything it may ask for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import IntEnum
from typing import NewType

from wire.messages import LiveAlert, Outcome, Plan, PlannedAiring, Priority, Reason

SoundKey = NewType("SoundKey", str)
"""Names one concrete sound: which airing or alert, which file, from where. A changed plan changes the key."""


class Rank(IntEnum):
    """Who wins. Circular 39/2020/TT-BTTTT's three ranks, relays between, filler below, live alerts over everything."""

    FILLER = 0
    ORDINARY = 10
    RELAY = 20
    PRIORITY = 30
    EMERGENCY = 40
    ALERT_EXERCISE = 50
    ALERT_ACTUAL = 60


RANK_OF = {
    Priority.FILLER: Rank.FILLER,
    Priority.ORDINARY: Rank.ORDINARY,
    Priority.PRIORITY: Rank.PRIORITY,
    Priority.EMERGENCY: Rank.EMERGENCY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """One thing to sound: an airing or an alert (exactly one is set), its file by hash, how loud, from where."""

    key: SoundKey
    rank: Rank
    recording: str
    gain_db: float
    from_ms: int = 0
    airing: PlannedAiring | None = None
    alert: LiveAlert | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """The sound that was told to start and has not ended.

    `started_at` is None until its first frame; `stopping` says for what it was told to stop.
    """

    sound: Sound
    started_at: datetime | None = None
    stopping: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """An airing that something higher interrupted and that may yet go on; `position_ms` is how far it had come."""

    position_ms: int
    interruptions: int
    reason: Reason
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertProgress:
    """How often an alert's message has sounded: whole rounds, plays within the running round, when the last ended."""

    rounds: int = 0
    plays: int = 0
    ended_at: datetime | None = None
    concluded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a sound could not be made ready, and when it is worth another attempt (None: never)."""

    reason: Reason
    detail: str
    retry_at: datetime | None


AlertVersion = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What already became of things on this box; it survives restarts."""

    final: frozenset[str] = frozenset()
    suspended: Mapping[str, Suspended] = field(default_factory=dict)
    alerts: Mapping[AlertVersion, AlertProgress] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Everything a decision depends on.

    `now` is the box's belief of the station's time; until `trusted_since` is set it is only a lower bound. `alerts`
    are those addressed to this box. `preparing` and `held` are sounds on spare decks. `first_seen` says since when an
    airing is known (absent: since the box came up), `busy_until` when the last sound ended.
    """

    now: datetime
    up_since: datetime
    trusted_since: datetime | None
    zone: tzinfo
    plan: Plan | None = None
    alerts: tuple[LiveAlert, ...] = ()
    cached: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    ledger: Ledger = Ledger()
    active: Active | None = None
    preparing: frozenset[SoundKey] = frozenset()
    held: frozenset[SoundKey] = frozenset()
    failures: Mapping[SoundKey, Failure] = field(default_factory=dict)
    first_seen: Mapping[str, datetime] = field(default_factory=dict)
    busy_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    """Load the sound on a free deck and hold it."""

    sound: Sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Drop a sound that is being prepared or held."""

    key: SoundKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Begin the held sound at `at`; write it into the ledger first."""

    sound: Sound
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Fade the active sound out, for this reason."""

    key: SoundKey
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclude:
    """Report the final outcome of something that does not sound now. Exactly one of `airing` and `alert` is set."""

    outcome: Outcome
    reason: Reason
    airing: PlannedAiring | None = None
    alert: LiveAlert | None = None
    detail: str | None = None


Action = Prepare | Release | Start | Stop | Conclude


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do now, in order, and when to ask again at the latest."""

    actions: tuple[Action, ...]
    wake_at: datetime
