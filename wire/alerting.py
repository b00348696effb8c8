"""Emergencies on the wire: what is live now, how its siren goes, and what a box keeps ready for one."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from wire.values import AudioRef, Document, GainDb, Instant, Name, Slug, SoundMs, Value


class AlertStatus(StrEnum):
    """CAP 1.2 `status`, as far as a box must tell them apart."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    TEST = "Test"


class AlertScope(StrEnum):
    """CAP 1.2 `scope`: whom the alert may be told."""

    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


class Burst(Value):
    """One stroke of a siren: so long on, so long off, so many times. A shorter one would be a click."""

    on_ms: int = Field(ge=100, le=600_000)
    off_ms: int = Field(ge=0, le=600_000)
    times: int = Field(gt=0, le=100)


class LiveAlert(Value):
    """An alert that is live now, and who shall sound it (`devices` is null for every box of the station).

    The siren sounds at once and at the begin of every round; the recording, which may come in a later revision of the
    document under the same version, follows it without a gap. Another version replaces what sounds at the end of its
    sentence.
    """

    alert_id: Name
    version: int = Field(ge=1, le=2**53 - 1)
    status: AlertStatus
    scope: AlertScope = AlertScope.PUBLIC
    event: str
    headline: str
    devices: tuple[Slug, ...] | None = None
    siren: tuple[Burst, ...] = Field(default=(), max_length=20)
    recording: AudioRef | None = None
    sentence_offsets_ms: tuple[SoundMs, ...] = ()
    times: int = Field(default=2, ge=1, le=20)
    repeat_every_s: int | None = Field(default=None, gt=0, le=86_400)
    on_the_hour: bool = False
    gain_db: GainDb = 0.0
    effective_at: Instant
    expires_at: Instant

    @property
    def bursts(self) -> tuple[Burst, ...]:
        """What its siren may sound: only what is real and meant for everybody has one."""
        return self.siren if self.status is AlertStatus.ACTUAL and self.scope is AlertScope.PUBLIC else ()


class Alerts(Document):
    """Every alert now live. Published again every 30 s: it is also the heartbeat and a signed clock."""

    kind: Literal["alerts"] = "alerts"
    alerts: tuple[LiveAlert, ...] = ()


class PreparedMessage(Value):
    """A warning stored on the box beforehand; it sounds only as a live alert, or by the hamlet's button."""

    message_id: Name
    event: str
    headline: str
    siren: tuple[Burst, ...] = Field(default=(), max_length=20)
    recording: AudioRef
    times: int = Field(default=2, ge=1, le=20)


class Button(Value):
    """What somebody on the spot may start with no network: these messages, in this order, by input or by PIN.

    `pin_scrypt` is `salt$key` in hexadecimal (scrypt n=16384 r=8 p=1, 32 bytes); absent: the page is off.
    """

    messages: tuple[Name, ...] = Field(min_length=1, max_length=8)
    pin_scrypt: str | None = Field(default=None, max_length=200)
    least_interval_s: int = Field(default=300, ge=10, le=86_400)
