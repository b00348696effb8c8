"""What every message is made of: frozen values, checked when they are made, with the limits of the wire.

Whole numbers stay within what JSON (RFC 8259 section 6) and every database can hold exactly.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""So far from the calendar's ends that nobody who counts from an instant falls off it."""


def _as_utc(instant: datetime) -> datetime:
    try:
        utc = instant.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("the instant lies outside the calendar in UTC") from exc
    if not _FIRST <= utc < _LAST:
        raise ValueError("the instant lies outside the centuries that anybody plans for")
    return utc


Instant = Annotated[AwareDatetime, AfterValidator(_as_utc)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ClockTime = Annotated[str, StringConstraints(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
GainDb = Annotated[float, Field(ge=-60.0, le=12.0)]
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
SoundMs = Annotated[int, Field(ge=0, le=7 * 86_400_000)]
"""A place in a file, or how long it sounds: the largest file at the lowest rate of any speech codec lasts four days."""


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


class FileRef(Value):
    """A file by its content, as it travels in chunks of 64 KiB."""

    sha256: Sha256
    size_bytes: int = Field(gt=0, le=256 * 1024 * 1024)
    chunks: int = Field(gt=0, le=4096)


class AudioRef(FileRef):
    """An audio file, and how long it sounds."""

    duration_ms: SoundMs


class QuietHours(Value):
    """Local times of day between which nothing but a live emergency may sound; may span midnight."""

    start: ClockTime
    end: ClockTime
