"""Emergency alerts on the model of CAP 1.2: what one says, whom it may wake, and what may become of it.

Source: OASIS Common Alerting Protocol 1.2 (1 July 2010), sections 3.2.1 and 3.2.2. Actual, Exercise and Test are told
apart here once and for all: nothing later changes an alert's status.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from broadcaster.domain.audience import Audience, as_json, from_json
from broadcaster.domain.ids import AlertId, StationId, UserId

EVENT_MAX = 80
HEADLINE_MAX = 160
TEXT_MAX = 3_000
INSTRUCTION_MAX = 1_000
REASON_MAX = 300
LONGEST_LIFE = timedelta(days=3)
_D = str.maketrans("đð", "dd")
"""The letter has no mark that comes off; old keyboards type its Icelandic twin."""
AREA_WIDE_SHARE = 0.75
"""An alert is area-wide when it reaches more than this share of the station's clusters."""


class Status(StrEnum):
    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class MsgType(StrEnum):
    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"
    ERROR = "Error"


class Scope(StrEnum):
    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


class Urgency(StrEnum):
    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class Severity(StrEnum):
    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


class AlertState(StrEnum):
    """Where an alert stands: draft → approved → live → updated | cancelled | expired; a draft may be discarded."""

    DRAFT = "draft"
    APPROVED = "approved"
    LIVE = "live"
    UPDATED = "updated"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    DISCARDED = "discarded"


OVER = frozenset({AlertState.UPDATED, AlertState.CANCELLED, AlertState.EXPIRED, AlertState.DISCARDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A siren's stroke: so long on, so long off, so many times."""

    on_ms: int
    off_ms: int
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Exactly what is approved: its hash names it, and a changed letter makes another one.

    `audience` is the area; `references` the alert that an Update or Cancel speaks of; `siren` the strokes themselves,
    so that a pattern changed later changes no approved alert. `repeat_every_s` None: it is said once and not again.
    """

    station: StationId
    status: Status
    msg_type: MsgType
    scope: Scope
    event: str
    headline: str
    text: str
    instruction: str
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    audience: Audience
    siren: tuple[Stroke, ...]
    times: int
    repeat_every_s: int | None
    on_the_hour: bool
    effective_at: datetime | None
    expires_at: datetime
    references: AlertId | None = None

    @property
    def may_sound(self) -> bool:
        """Whether loudspeakers may say it: they speak to everybody, and only of what is meant to be acted on."""
        return (
            self.status in {Status.ACTUAL, Status.EXERCISE, Status.TEST}
            and self.msg_type in {MsgType.ALERT, MsgType.UPDATE}
            and self.scope is Scope.PUBLIC
        )

    @property
    def may_wail(self) -> bool:
        """Whether the siren's real pattern may sound: only for what is real and public."""
        return self.may_sound and self.status is Status.ACTUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert and where it stands.

    `thread` is the first alert of its chain: boxes know the chain by that name, and each Update is its next `version`.
    `author` is None when a warning from outside made the draft, `drafted_at` when its words were last changed: an
    approval must follow soon. `source` is `person`, or where it came from.
    """

    id: AlertId
    thread: AlertId
    version: int
    content: Content
    state: AlertState
    author: UserId | None
    recording_sha256: str | None
    template: str | None
    source: str
    created_at: datetime
    drafted_at: datetime
    live_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None

    @property
    def content_sha256(self) -> str:
        return content_hash(self.content)


def as_plain(content: Content) -> dict[str, object]:
    """Return the content as plain JSON values, the same for the same content wherever it is made."""
    return {
        "station": content.station,
        "status": content.status.value,
        "msg_type": content.msg_type.value,
        "scope": content.scope.value,
        "event": content.event,
        "headline": content.headline,
        "text": content.text,
        "instruction": content.instruction,
        "urgency": content.urgency.value,
        "severity": content.severity.value,
        "certainty": content.certainty.value,
        "audience": as_json(content.audience),
        "siren": [[stroke.on_ms, stroke.off_ms, stroke.times] for stroke in content.siren],
        "times": content.times,
        "repeat_every_s": content.repeat_every_s,
        "on_the_hour": content.on_the_hour,
        "effective_at": content.effective_at.isoformat() if content.effective_at else None,
        "expires_at": content.expires_at.isoformat(),
        "references": content.references,
    }


def from_plain(plain: Mapping[str, Any]) -> Content:
    """Return the content written by `as_plain`. Raises KeyError, TypeError, ValueError or Invalid for anything else."""
    effective_at, references = plain["effective_at"], plain["references"]
    return Content(
        station=StationId(plain["station"]),
        status=Status(plain["status"]),
        msg_type=MsgType(plain["msg_type"]),
        scope=Scope(plain["scope"]),
        event=plain["event"],
        headline=plain["headline"],
        text=plain["text"],
        instruction=plain["instruction"],
        urgency=Urgency(plain["urgency"]),
        severity=Severity(plain["severity"]),
        certainty=Certainty(plain["certainty"]),
        audience=from_json(plain["audience"]),
        siren=tuple(Stroke(on_ms=on_ms, off_ms=off_ms, times=times) for on_ms, off_ms, times in plain["siren"]),
        times=plain["times"],
        repeat_every_s=plain["repeat_every_s"],
        on_the_hour=plain["on_the_hour"],
        effective_at=datetime.fromisoformat(effective_at) if effective_at else None,
        expires_at=datetime.fromisoformat(plain["expires_at"]),
        references=AlertId(references) if references else None,
    )


def content_hash(content: Content) -> str:
    """Return the SHA-256 that an approval names."""
    return hash_plain(as_plain(content))


def hash_plain(plain: dict[str, object]) -> str:
    """Return the SHA-256 of a content already in plain JSON values."""
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def phrase_of(content: Content, *, places: str) -> str:
    """Return what the second person types to show that they know what they approve; `places` are the area's words.

    E.g. `báo động thật lũ quét toàn xã`.
    """
    kinds = {Status.ACTUAL: "báo động thật", Status.EXERCISE: "diễn tập", Status.TEST: "thử loa"}
    return f"{kinds.get(content.status, content.status.value)} {content.event} {places}".lower()


def is_phrase(typed: str, phrase: str) -> bool:
    """Return whether somebody typed that phrase; capitals, spaces, signs and missing diacritics are forgiven."""
    return _bare(typed) == _bare(phrase)


def begins_phrase(typed: str, beginning: str) -> bool:
    """Return whether what somebody typed begins with these words and goes on, forgiven as much as by `is_phrase`."""
    wanted, words = _bare(beginning), _bare(typed)
    return len(words) > len(wanted) and words[: len(wanted)] == wanted


def _bare(text: str) -> list[str]:
    """Return the words of a text, each as letters without marks and digits; what nobody sees parts no word."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_D))
    shown = (c for c in letters if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return "".join(c if c.isalnum() else " " for c in shown).split()
