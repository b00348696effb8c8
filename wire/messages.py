"""What the station and its boxes say to each other: frozen values, checked when they are made.

Instants are aware UTC datetimes (RFC 3339 on the wire), durations are integers with their unit in the name. Unknown
fields are ignored, so an older half reads what a newer one says.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints


def _as_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("the instant lies outside the calendar in UTC") from exc


Instant = Annotated[AwareDatetime, AfterValidator(_as_utc)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ClockTime = Annotated[str, StringConstraints(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$")]
GainDb = Annotated[float, Field(ge=-60.0, le=12.0)]
# Whole numbers stay within what JSON (RFC 8259 section 6) and every database can hold exactly.
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]


class Value(BaseModel):
    """The base of everything on the wire: frozen, unknown fields ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Revision(Value):
    """How new a document is. A higher epoch wins over any `seq`: a restored server starts a new epoch."""

    epoch: Count
    seq: Count

    def __lt__(self, other: "Revision") -> bool:
        return (self.epoch, self.seq) < (other.epoch, other.seq)

    def __le__(self, other: "Revision") -> bool:
        return (self.epoch, self.seq) <= (other.epoch, other.seq)


class Document(Value):
    """A document down: state that a box shall hold, signed by the station."""

    v: Literal[1] = 1
    station: Slug
    revision: Revision
    issued_at: Instant


class AudioRef(Value):
    """An audio file by its content, as it travels in chunks of 64 KiB."""

    sha256: Sha256
    size_bytes: int = Field(gt=0, le=256 * 1024 * 1024)
    chunks: int = Field(gt=0, le=4096)
    duration_ms: Count


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


class PlannedAiring(Value):
    """One sound at one instant on one box. It may start late until `not_after`, never after it."""

    airing_id: str = Field(min_length=1, max_length=64)
    start_at: Instant
    not_after: Instant
    priority: Priority = Priority.ORDINARY
    recording: AudioRef
    title: str = ""
    gain_db: GainDb = 0.0
    after_interruption: AfterInterruption = AfterInterruption.RESTART
    sentence_offsets_ms: tuple[Count, ...] = ()


class QuietHours(Value):
    """Local times of day between which nothing but a live emergency may sound; may span midnight."""

    start: ClockTime
    end: ClockTime


class WantedSettings(Value):
    """What the station wants of the box itself."""

    gain_db: GainDb = 0.0
    agent_version: str | None = None


class Plan(Document):
    """The airings of the next days for one box, and the rules under which it plays them.

    `keep` lists audio to hold although no airing names it yet (approved, about to be aired).
    """

    kind: Literal["plan"] = "plan"
    device: Slug
    timezone: str = "Asia/Ho_Chi_Minh"
    airings: tuple[PlannedAiring, ...] = ()
    keep: tuple[AudioRef, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    settings: WantedSettings = WantedSettings()


class AlertStatus(StrEnum):
    """CAP 1.2 `status`, as far as a box must tell them apart."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    TEST = "Test"


class Burst(Value):
    """One stroke of a siren: so long on, so long off, so many times."""

    on_ms: int = Field(gt=0, le=600_000)
    off_ms: int = Field(ge=0, le=600_000)
    times: int = Field(gt=0, le=100)


class LiveAlert(Value):
    """An alert that is live now, and who shall sound it (`devices` is null for every box of the station)."""

    alert_id: str = Field(min_length=1, max_length=64)
    version: int = Field(ge=1, le=2**53 - 1)
    status: AlertStatus
    event: str
    headline: str
    devices: tuple[Slug, ...] | None = None
    siren: tuple[Burst, ...] = ()
    recording: AudioRef | None = None
    times: int = Field(default=2, ge=1, le=20)
    repeat_every_s: int | None = Field(default=None, gt=0, le=86_400)
    gain_db: GainDb = 0.0
    effective_at: Instant
    expires_at: Instant


class Alerts(Document):
    """Every alert now live. Published again every 30 s: it is also the heartbeat and a signed clock."""

    kind: Literal["alerts"] = "alerts"
    alerts: tuple[LiveAlert, ...] = ()


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


class Heard(Value):
    """What the box's own ear says of a sound: whether what was sent came out of the horns."""

    verdict: Literal["heard", "not_heard", "unsure"]
    score: float = Field(ge=0, le=1)
    delay_ms: float | None = None
    gain_db: float | None = None
    share: float | None = Field(default=None, ge=0, le=1)


class Playing(Value):
    """What sounds at this moment."""

    airing_id: str | None = None
    alert_id: str | None = None
    started_at: Instant
    start_error_ms: float
    heard: Heard | None = None


class Health(Value):
    """The box's own state; null where the box cannot tell."""

    agent_version: str | None = None
    player: str | None = None
    uptime_s: Count | None = None
    disk_free_bytes: Count | None = None
    cpu_temperature_c: float | None = None
    under_voltage: bool | None = None
    audio_errors: tuple[str, ...] = ()
    refused_documents: Count = 0
    last_refusal: str | None = None


class Status(Value):
    """A box's retained self-portrait; `online` false is its last will, signed when the session began."""

    v: Literal[1] = 1
    kind: Literal["status"] = "status"
    station: Slug
    device: Slug
    session: str = Field(min_length=1, max_length=64)
    number: Count
    at: Instant
    online: bool
    plan: Revision | None = None
    alerts: Revision | None = None
    audio_missing: tuple[AudioProgress, ...] = ()
    clock: ClockBelief = ClockBelief(trusted=False)
    playing: Playing | None = None
    health: Health = Health()


class Outcome(StrEnum):
    """How an airing ended on a box."""

    PLAYED = "played"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    MISSED = "missed"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why it did not simply sound from end to end. The page has a sentence for each."""

    ALERT = "alert"
    HIGHER_PRIORITY = "higher_priority"
    WITHDRAWN = "withdrawn"
    POWER_LOST = "power_lost"
    AUDIO_MISSING = "audio_missing"
    AUDIO_BROKEN = "audio_broken"
    SOUND_DEVICE = "sound_device"
    CLOCK_UNTRUSTED = "clock_untrusted"
    BOX_OFF = "box_off"
    TOO_LATE = "too_late"
    BUSY = "busy"
    QUIET_HOURS = "quiet_hours"


class PlaybackReport(Value):
    """A fact: what one airing or alert came to on this box. Numbers grow by one within a journal, without gaps."""

    number: int = Field(ge=1, le=2**53 - 1)
    airing_id: str | None = None
    alert_id: str | None = None
    start_at: Instant | None = None
    recording: Sha256 | None = None
    outcome: Outcome
    reason: Reason | None = None
    detail: str | None = Field(default=None, max_length=500)
    started_at: Instant | None = None
    ended_at: Instant | None = None
    start_error_ms: float | None = None
    played_ms: Count = 0
    interruptions: Count = 0
    heard: Heard | None = None


class Reports(Value):
    """A batch of reports not yet acknowledged, oldest first."""

    v: Literal[1] = 1
    kind: Literal["reports"] = "reports"
    station: Slug
    device: Slug
    journal: str = Field(min_length=1, max_length=64)
    reports: tuple[PlaybackReport, ...] = Field(min_length=1, max_length=200)


class Ack(Value):
    """Every report of this journal up to this number is on the station's disk; the box may forget them."""

    v: Literal[1] = 1
    kind: Literal["ack"] = "ack"
    station: Slug
    device: Slug
    journal: str
    up_to: Count
    issued_at: Instant


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
