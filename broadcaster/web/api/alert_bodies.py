"""What programs send to `/api/v1/alerts` and what they get back."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from broadcaster.domain.alert import Certainty, MsgType, Scope, Severity, Status, Urgency
from broadcaster.web.api.bodies import Body, RecordingShape


class AlertBody(Body):
    """An alert to be drafted, in CAP 1.2's names. What is left out is chosen by the kind of event.

    `siren` names a pattern of `/alerts/sirens`, or `none`; `repeat_every_s` 0 means that it is not said again.
    With a `template`, its `blanks` fill event, headline, text and instruction where these are left out.
    """

    status: Status
    audience: dict[str, Any] = Field(examples=[{"all": True}, {"hamlets": ["th-2b3c4d5e6f"]}])
    event: str = ""
    headline: str = ""
    text: str = ""
    instruction: str = ""
    scope: Scope = Scope.PUBLIC
    msg_type: MsgType = MsgType.ALERT
    urgency: Urgency | None = None
    severity: Severity | None = None
    certainty: Certainty | None = None
    siren: str | None = Field(default=None, max_length=40)
    times: int | None = None
    repeat_every_s: int | None = None
    on_the_hour: bool | None = None
    effective_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    template: str | None = Field(default=None, max_length=40)
    blanks: dict[str, str] = Field(default={}, max_length=20)


class UpdateBody(Body):
    """What a live alert shall say from now on; what is left out stays as it is. The status cannot change."""

    status: Status | None = None
    audience: dict[str, Any] | None = None
    event: str | None = None
    headline: str | None = None
    text: str | None = None
    instruction: str | None = None
    scope: Scope | None = None
    urgency: Urgency | None = None
    severity: Severity | None = None
    certainty: Certainty | None = None
    siren: str | None = Field(default=None, max_length=40)
    times: int | None = None
    repeat_every_s: int | None = None
    on_the_hour: bool | None = None
    expires_at: AwareDatetime | None = None


class ApproveAlertBody(Body):
    """Exactly what was read, and its key phrase as typed; `break_glass` is why one person must be enough."""

    content_sha256: str = Field(max_length=100)
    phrase: str = Field(max_length=1000)
    break_glass: str = Field(default="", max_length=2000)


class CancelBody(Body):
    """Why it is silenced; what is too long is cut, so that nobody is held up."""

    reason: str = ""


class VoiceShape(BaseModel):
    """Who spoke for the alert: as `author`, `approver`, or alone (`break_glass`)."""

    person_id: str
    name: str
    part: str
    reason: str
    at: datetime


class AlertDeliveryShape(BaseModel):
    """What became of the alert on one cluster; `latency_ms` is from going live to the first sample that sounded."""

    device_id: str | None
    cluster_id: str
    cluster: str
    hamlet_id: str
    hamlet: str
    outcome: str
    reason: str | None
    reason_code: str | None
    siren_at: datetime | None
    speech_at: datetime | None
    ended_at: datetime | None
    latency_ms: int | None
    rounds: int
    heard: str | None
    last_seen_at: datetime | None


class SpeechShape(BaseModel):
    """How far the speech is; a failed one is tried again by itself, and the siren sounds all the same."""

    state: str
    tries: int
    message: str | None


class AlertShape(BaseModel):
    """An alert. `missing` is the sentence that says who is still lacking before it may sound, null when nobody is."""

    id: str
    thread: str
    version: int
    state: str
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
    audience: dict[str, Any]
    references: str | None
    effective_at: datetime | None
    expires_at: datetime
    times: int
    repeat_every_s: int | None
    on_the_hour: bool
    siren: list[list[int]]
    siren_name: str | None
    content_sha256: str
    phrase: str
    area_wide: bool
    approvals: list[VoiceShape]
    missing: str | None
    recording: RecordingShape | None
    speech: SpeechShape | None
    template: str | None
    source: str
    author_id: str | None
    created_at: datetime
    drafted_at: datetime
    live_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    counts: dict[str, int]
    deliveries: list[AlertDeliveryShape]


class BlankShape(BaseModel):
    name: str
    kind: str
    choices: list[str]
    example: str


class TemplateShape(BaseModel):
    """A ready-made alert; words in braces are its blanks."""

    id: str
    title: str
    status: Status
    event: str
    headline: str
    text: str
    instruction: str
    severity: Severity
    urgency: Urgency
    certainty: Certainty
    siren: str | None
    life_minutes: int
    blanks: list[BlankShape]


class PreparedBody(Body):
    """A template to be filled, spoken, and held by every box."""

    template: str = Field(max_length=40)
    blanks: dict[str, str] = Field(default={}, max_length=20)


class PreparedShape(BaseModel):
    """A message made beforehand; without a recording it is still being spoken, or `failure` says why not."""

    id: str
    template: str
    blanks: dict[str, str]
    headline: str
    speech: str
    recording_sha256: str | None
    failure: str | None
    on_button: bool


class ButtonBody(Body):
    """Which prepared messages somebody on the spot may start; `pin` empty: none, null: the one that there is."""

    messages: list[str] = Field(max_length=20)
    pin: str | None = Field(default=None, max_length=40)
    least_interval_s: int | None = None


class ButtonShape(BaseModel):
    messages: list[str]
    has_pin: bool
    least_interval_s: int


class SirenBody(Body):
    """A siren pattern of the station's own: strokes of on_ms, off_ms, times."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    title: str = Field(max_length=160)
    strokes: list[tuple[int, int, int]] = Field(min_length=1, max_length=20)
    source: str = Field(default="", max_length=500)


class DrillShape(BaseModel):
    alert_id: str
    headline: str
    live_at: datetime | None
    meant: int
    sounded: int
    slowest_ms: int | None
    silent: list[str]


class ClusterScoreShape(BaseModel):
    cluster: str
    hamlet: str
    meant: int
    sounded: int


class DrillsShape(BaseModel):
    """A month's drills: `points` 0 to 100, null where nothing was drilled."""

    month: str
    points: int | None
    meant: int
    sounded: int
    median_ms: int | None
    slowest_ms: int | None
    worst: list[ClusterScoreShape]
    drills: list[DrillShape]


class SirenShape(BaseModel):
    """A siren pattern: strokes of on_ms, off_ms, times, and where it is prescribed."""

    name: str
    title: str
    strokes: list[list[int]]
    source: str


class RepeatShape(BaseModel):
    """The boxes that are told once more."""

    devices: list[str]


class PressedShape(BaseModel):
    device_id: str
    cluster_name: str
    hamlet_name: str
    message_id: str
    headline: str | None
    alert_id: str | None
    reported_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    outcome: str
    reason: str | None


class MissedShape(BaseModel):
    alert_id: str
    headline: str
    live_at: datetime | None
    delivery: AlertDeliveryShape
