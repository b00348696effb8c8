"""What the station and its boxes say to each other: frozen values, checked when they are made.

Instants are aware UTC datetimes (RFC 3339 on the wire), durations are integers with their unit in the name. Unknown
fields are ignored, so an older half reads what a newer one says. What they are made of stands in `values`, `alerting`,
`health` and `reports`; it is all to be had from here.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from wire.alerting import Alerts as Alerts
from wire.alerting import AlertScope as AlertScope
from wire.alerting import AlertStatus as AlertStatus
from wire.alerting import Burst as Burst
from wire.alerting import Button as Button
from wire.alerting import LiveAlert as LiveAlert
from wire.alerting import PreparedMessage as PreparedMessage
from wire.health import Boot as Boot
from wire.health import Health as Health
from wire.health import Heard as Heard
from wire.health import Network as Network
from wire.health import SelfTest as SelfTest
from wire.reports import Ack as Ack
from wire.reports import Outcome as Outcome
from wire.reports import PlaybackReport as PlaybackReport
from wire.reports import Reason as Reason
from wire.reports import Reports as Reports
from wire.reports import Stretch as Stretch
from wire.values import AudioRef as AudioRef
from wire.values import ClockTime, Count, GainDb, Instant, Name, Slug, SoundMs
from wire.values import Document as Document
from wire.values import FileRef as FileRef
from wire.values import QuietHours as QuietHours
from wire.values import Revision as Revision
from wire.values import Sha256 as Sha256
from wire.values import Value as Value

StreamUrl = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,500}$")]


class Priority(StrEnum):
    """Circular 39/2020/TT-BTTTT's three ranks, and filler below them."""

    FILLER = "filler"
    ORDINARY = "ordinary"
    PRIORITY = "priority"
    EMERGENCY = "emergency"


class AfterInterruption(StrEnum):
    """What becomes of an airing that something higher interrupted."""

    RESTART = "restart"
    RESUME = "resume"
    REJOIN = "rejoin"
    DROP = "drop"


class Relay(Value):
    """A stream instead of a file: sources tried in their order, ended hard `duration_ms` after the airing's start.

    A source that fails, or says nothing for `silence_ms`, gives way to the next; after the last one the filler sounds.
    """

    urls: tuple[StreamUrl, ...] = Field(min_length=1, max_length=8)
    duration_ms: int = Field(gt=0, le=6 * 3_600_000)
    silence_ms: int = Field(default=10_000, ge=1_000, le=120_000)
    filler: AudioRef | None = None


class Together(StrEnum):
    """How a box that begins late comes in: with the first sample of the item, or where the others are by now."""

    ALONE = "alone"
    UNISON = "unison"


class PlannedAiring(Value):
    """One sound at one instant on one box. It may start late until `not_after`, never after it.

    Exactly one of `recording` and `relay` is there. A staggered start is already in `start_at`: `stagger_ms` says how
    much of it is that, so that the box can tell how late its neighbours' sound is.
    """

    airing_id: Name
    start_at: Instant
    not_after: Instant
    priority: Priority = Priority.ORDINARY
    recording: AudioRef | None = None
    relay: Relay | None = None
    title: str = ""
    together: Together = Together.ALONE
    stagger_ms: int = Field(default=0, ge=0, le=60_000)
    gain_db: GainDb = 0.0
    after_interruption: AfterInterruption = AfterInterruption.RESTART
    sentence_offsets_ms: tuple[SoundMs, ...] = ()

    @model_validator(mode="after")
    def _has_one_source(self) -> "PlannedAiring":
        if (self.recording is None) == (self.relay is None):
            raise ValueError("an airing has a recording or a relay")
        return self

    @property
    def duration_ms(self) -> int:
        """How long it sounds when nothing disturbs it; 0 when unknown."""
        return self.relay.duration_ms if self.relay is not None else self.recording.duration_ms if self.recording else 0

    @property
    def audio(self) -> AudioRef | None:
        """The file that the box must hold for it: the recording, or the relay's filler."""
        return self.relay.filler if self.relay is not None else self.recording


class AgentRelease(Value):
    """The agent that the box shall run: a wheel by its content, which travels like audio."""

    version: str = Field(pattern=r"^[0-9][0-9A-Za-z.+!-]{0,63}$")
    wheel: FileRef


class WantedSettings(Value):
    """What the station wants of the box itself."""

    gain_db: GainDb = 0.0
    agent: AgentRelease | None = None
    self_test_at: ClockTime | None = None


class Plan(Document):
    """The airings of the next days for one box, and the rules under which it plays them.

    `keep` lists audio to hold although no airing names it yet (approved, about to be aired); `prepared` the warnings
    to hold for the day they are needed, and `button` which of them somebody on the spot may start.
    """

    kind: Literal["plan"] = "plan"
    device: Slug
    timezone: str = "Asia/Ho_Chi_Minh"
    airings: tuple[PlannedAiring, ...] = ()
    keep: tuple[AudioRef, ...] = ()
    prepared: tuple[PreparedMessage, ...] = ()
    button: Button | None = None
    quiet_hours: tuple[QuietHours, ...] = ()
    settings: WantedSettings = WantedSettings()


class AudioProgress(Value):
    """A file that the box still misses, and how much of it stands on its disk."""

    sha256: Sha256
    chunks_held: int = Field(ge=0, le=4096)
    chunks: int = Field(gt=0, le=4096)


class ClockBelief(Value):
    """What the box believes of the time: whether it may be trusted, and how wrong it can be at most."""

    trusted: bool
    source: Literal["none", "system", "heartbeat", "samples"] = "none"
    offset_ms: float | None = None
    error_ms: float | None = None


class Playing(Value):
    """What sounds at this moment."""

    airing_id: Name | None = None
    alert_id: Name | None = None
    alert_version: Count | None = None
    part: Literal["siren", "speech"] | None = None
    source: str | None = None
    started_at: Instant
    start_error_ms: float
    heard: Heard | None = None


class Status(Value):
    """A box's retained self-portrait; `online` false is its last will, signed when the session began."""

    v: Literal[1] = 1
    kind: Literal["status"] = "status"
    station: Slug
    device: Slug
    session: Name
    number: Count
    at: Instant
    online: bool
    plan: Revision | None = None
    alerts: Revision | None = None
    audio_missing: tuple[AudioProgress, ...] = ()
    clock: ClockBelief = ClockBelief(trusted=False)
    playing: Playing | None = None
    health: Health = Health()


class ClockRequest(Value):
    """The first two of NTP's four timestamps (RFC 5905 section 8): `sent_at` by the box's clock."""

    v: Literal[1] = 1
    kind: Literal["clock_request"] = "clock_request"
    station: Slug
    device: Slug
    nonce: str = Field(min_length=16, max_length=64)
    sent_at: Instant


class ClockReply(Value):
    """The station's answer: when it received the request and when it sent this, by its own clock."""

    v: Literal[1] = 1
    kind: Literal["clock_reply"] = "clock_reply"
    station: Slug
    device: Slug
    nonce: str
    request_sent_at: Instant
    received_at: Instant
    sent_at: Instant
