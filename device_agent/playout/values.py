"""What playout weighs and what it answers: frozen values only.

`Moment` is everything a decision may depend on; the actions are everything it may ask for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import IntEnum, StrEnum
from typing import NewType

from device_agent.playout.siren import length_ms
from wire.messages import Burst, LiveAlert, Outcome, Plan, PlannedAiring, Priority, Reason

SoundKey = NewType("SoundKey", str)
"""Names one concrete sound: which airing or alert, which file, from where. A changed plan changes the key."""


class Rank(IntEnum):
    """Who wins. Circular 39/2020/TT-BTTTT's three ranks, relays between, filler below, live alerts over everything:
    the station's own real ones over what somebody on the spot has started, and that over drills."""

    FILLER = 0
    ORDINARY = 10
    RELAY = 20
    PRIORITY = 30
    EMERGENCY = 40
    ALERT_EXERCISE = 50
    ALERT_PRESSED = 55
    ALERT_ACTUAL = 60


RANK_OF = {
    Priority.FILLER: Rank.FILLER,
    Priority.ORDINARY: Rank.ORDINARY,
    Priority.PRIORITY: Rank.PRIORITY,
    Priority.EMERGENCY: Rank.EMERGENCY,
}


class Part(StrEnum):
    """What of an alert sounds."""

    SIREN = "siren"
    SPEECH = "speech"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """One thing to sound: an airing or an alert (exactly one is set), its file by hash, how loud, from where.

    An alert's siren has no file: `recording` is empty and `siren` says how it goes.
    """

    key: SoundKey
    rank: Rank
    recording: str
    gain_db: float
    from_ms: int = 0
    airing: PlannedAiring | None = None
    alert: LiveAlert | None = None
    part: Part | None = None
    siren: tuple[Burst, ...] = ()

    @property
    def duration_ms(self) -> int:
        """How long the whole of it sounds; 0 when unknown."""
        if self.part is Part.SIREN:
            return length_ms(self.siren)
        if self.airing is not None:
            return self.airing.duration_ms
        recording = self.alert.recording if self.alert is not None else None
        return recording.duration_ms if recording is not None else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """The sound that was told to start and has not ended.

    `started_at` is None until its first frame; `stopping` says for what it was told to stop, `yielded` that this is
    for its own continuation: a siren that is repeated gives way to the words it has waited for.
    """

    sound: Sound
    started_at: datetime | None = None
    stopping: Reason | None = None
    yielded: bool = False

    @property
    def ends_at(self) -> datetime | None:
        """When it will have sounded to its end; None before its first frame, and when its length is unknown."""
        if self.started_at is None or self.sound.duration_ms == 0:
            return None
        return self.started_at + timedelta(milliseconds=self.sound.duration_ms - self.sound.from_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """An airing that something higher interrupted and that may yet go on; `position_ms` is how far it had come in that
    `recording` (empty: a relay)."""

    position_ms: int
    recording: str
    interruptions: int
    reason: Reason
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertProgress:
    """How far an alert has sounded: whole rounds, and of the running one the siren's patterns and the words' plays.

    `ended_at` is when the last of them ended, `siren_since` when the running round's siren began. The running round
    is lost with the power: what had not finished sounds anew from its siren.
    """

    rounds: int = 0
    plays: int = 0
    ended_at: datetime | None = None
    concluded: bool = False
    sirens: int = 0
    siren_since: datetime | None = None


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
class AmplifierState:
    """The amplifier that the box switches. `on_since` None: it is off; `used_at` is when it was needed last.

    `warm_up` is how long it takes until it sounds, `hold` how long it stays on after the last sound, `is_wanted`
    whether something beside playout needs it.
    """

    on_since: datetime | None
    used_at: datetime | None
    warm_up: timedelta
    hold: timedelta
    is_wanted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Everything a decision depends on.

    `now` is the box's belief of the station's time; until `trusted_since` is set it is only a lower bound. `alerts`
    are those addressed to this box. `preparing` and `held` are sounds on spare decks. `first_seen` says since when an
    airing is known (absent: since the box came up), `busy_until` when the last sound ended. `following` was told to
    begin when the active sound ends; what is `leaving` fades out under it. Unless `alerts_confirmed`, nothing tells
    that the alerts are the station's present word, and none of them may begin. `withdrawn` are airings that the plan
    ceased to name while they were on the air: what became of them is known only when their end is booked.
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
    amplifier: AmplifierState | None = None
    following: Active | None = None
    leaving: tuple[Active, ...] = ()
    alerts_confirmed: bool = True
    withdrawn: tuple[PlannedAiring, ...] = ()

    @property
    def on_air(self) -> frozenset[str]:
        """The airings that sound, are about to, or fade out."""
        runs = (self.active, self.following, *self.leaving)
        return frozenset(run.sound.airing.airing_id for run in runs if run is not None and run.sound.airing is not None)


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
    """Begin the held sound at `at`; write it into the ledger first, but let no alert wait for the disk.

    What sounds already is faded out for the reason `over`, or because this `continues` it; with neither, it is left to
    end by itself, and this follows it.
    """

    sound: Sound
    at: datetime
    over: Reason | None = None
    continues: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Fade the active sound out, for this reason."""

    key: SoundKey
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclude:
    """Report the final outcome of something that does not sound now. Exactly one of `airing` and `alert` is set."""

    outcome: Outcome
    reason: Reason | None
    airing: PlannedAiring | None = None
    alert: LiveAlert | None = None
    detail: str | None = None


Action = Prepare | Release | Start | Stop | Conclude


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do now, in order, and when to ask again at the latest.

    `amplifier_on` says whether the amplifier shall be on before that, None where nothing switches it.
    """

    actions: tuple[Action, ...]
    wake_at: datetime
    amplifier_on: bool | None = None
