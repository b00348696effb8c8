"""What programs send to `/api/v1` and what they get back: the shapes that OpenAPI shows."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

_UNREADABLE = re.compile("[\0\ud800-\udfff]")


class Body(BaseModel):
    """The base of what comes in: a field that does not exist is a mistake to be told of.

    JSON can write what is no text (`\\u0000`, half a surrogate pair); no database and no answer could hold it.
    """

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _readable(cls, value: Any) -> Any:
        if any(_UNREADABLE.search(text) for text in _texts(value)):
            raise PydanticCustomError("unreadable", "a character that is none")
        return value


def _texts(value: object) -> Iterator[str]:
    """Yield every text in parsed JSON. Without recursion: who sends it chooses how deep it is."""
    left = [value]
    while left:
        part = left.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            left += [*part.keys(), *part.values()]
        elif isinstance(part, list):
            left += part


class ChoiceBody(Body):
    """The reading chosen for the n-th (from 0) place where `written` stands."""

    written: str = Field(max_length=200)
    occurrence: int = Field(ge=0, le=10_000)
    spoken: str = Field(max_length=500, pattern=r"\S")


class BulletinBody(Body):
    """A bulletin to be written, or written anew. `audience` is all, hamlets or clusters."""

    title: str
    text: str
    audience: dict[str, Any] = Field(examples=[{"all": True}, {"hamlets": ["th-2b3c4d5e6f"]}])
    voice: str = ""
    read_twice: bool = False
    repeat_key_fact: bool = Field(default=False, description="Nhắc lại câu có giờ và nơi ở cuối bản tin")
    priority: Literal["ordinary", "priority"] = "ordinary"
    choices: list[ChoiceBody] = Field(default=[], max_length=500)


class ApproveBody(Body):
    """Exactly what was read and heard."""

    text_sha256: str
    recording_sha256: str


class ReturnBody(Body):
    note: str


class AiringBody(Body):
    """An airing of an approved bulletin, or of a fixed recording by `library_item_id`.

    The audience is the bulletin's own unless another is given; a recording has none of its own and is for everybody.
    """

    bulletin_id: str | None = None
    library_item_id: str | None = None
    start_at: AwareDatetime | Literal["now"] = Field(examples=["now", "2026-12-01T17:00:00+07:00"])
    audience: dict[str, Any] | None = None


class StyleBody(Body):
    """The station's way of saying what can be said in several right ways; what is left out stays as it is."""

    thousand: Literal["nghìn", "ngàn"] | None = None
    odd: Literal["linh", "lẻ"] | None = None
    early_day: Literal["mồng", "mùng", ""] | None = None
    four: Literal["tư", "bốn"] | None = None
    per: Literal["một", "mỗi", "trên"] | None = None
    letters: Literal["northern", "central", "southern"] | None = None
    say_minutes: bool | None = None
    regional_units: list[tuple[str, str]] | None = Field(default=None, max_length=50)


class ClusterBody(Body):
    hamlet_id: str
    name: str


class RulesBody(Body):
    """The station's rules; what is left out stays as it is."""

    quiet_hours: list[tuple[str, str]] | None = Field(default=None, max_length=10, examples=[[["22:00", "04:30"]]])
    self_approval: bool | None = None
    voices: list[str] | None = Field(default=None, min_length=1, max_length=20)
    style: StyleBody | None = None
    self_test_at: str | None = Field(default=None, max_length=5, examples=["02:40"])
    """When boxes with an ear test themselves; an empty text switches it off."""
    stagger_ms: int | None = Field(default=None, examples=[500])


class RecordingShape(BaseModel):
    sha256: str
    duration_ms: int
    voice: str
    url: str


class RenderingShape(BaseModel):
    """How far the reading aloud is: `done` of `total` clauses; `message` says what went wrong or another way."""

    state: Literal["queued", "running", "done", "failed"]
    done: int
    total: int
    message: str | None


class BulletinShape(BaseModel):
    id: str
    title: str
    text: str
    audience: dict[str, Any]
    voice: str
    read_twice: bool
    repeat_key_fact: bool
    priority: str
    state: Literal["draft", "submitted", "approved", "returned", "withdrawn"]
    text_sha256: str
    spoken: str
    notices: list[str]
    unsure: list[str]
    recording: RecordingShape | None
    rendering: RenderingShape | None
    note: str | None
    created_at: datetime
    updated_at: datetime


class DeliveryShape(BaseModel):
    """What became of an airing on one box; `reason` is a sentence, `reason_code` its stable name.

    `why` answers *vì sao?* from all that is known: what became of it and through what, who placed it and why there.
    `heard` is what the box's ear says of the sound; null where it has no ear or could not tell.
    """

    device_id: str | None
    cluster_id: str
    cluster: str
    hamlet_id: str
    hamlet: str
    outcome: Literal["planned", "ready", "playing", "played", "interrupted", "failed", "missed", "refused", "unknown"]
    reason: str | None
    reason_code: str | None
    why: str
    started_at: datetime | None
    ended_at: datetime | None
    start_error_ms: float | None
    heard: Literal["heard", "not_heard", "unsure"] | None


class RelayShape(BaseModel):
    """A stream: sources in their order; after so much silence the next is tried; the filler sounds after the last."""

    urls: list[str]
    silence_ms: int
    filler_sha256: str | None


class AiringShape(BaseModel):
    """An airing of a bulletin, of a fixed recording, or of a relay; `programme_id` and `due_at` name its session."""

    id: str
    source: Literal["bulletin", "library", "relay"]
    bulletin_id: str | None
    library_item_id: str | None
    programme_id: str | None
    due_at: datetime | None
    segment: str | None
    request_id: str | None
    title: str
    audience: dict[str, Any]
    priority: str
    recording_sha256: str | None
    relay: RelayShape | None
    duration_ms: int
    start_at: datetime
    end_at: datetime
    not_after: datetime
    cancelled_at: datetime | None
    deliveries: list[DeliveryShape]


class AgentShape(BaseModel):
    """The program of a box: the version that it shall run (null: as it is), the one that it runs, and what it says of
    the way there, or of why not."""

    wanted: str | None
    held: str | None
    told: str | None


class DeviceShape(BaseModel):
    """A box. `status` is its last signed self-portrait, as it came."""

    id: str
    cluster_id: str
    cluster: str
    hamlet: str
    online: bool
    last_seen_at: datetime | None
    enrolled_at: datetime
    status: dict[str, Any]
    agent: AgentShape | None = None


class CodeShape(BaseModel):
    """A one-time code for one box, and the command that uses it."""

    code: str
    expires_at: datetime
    command: str


class PlaceShape(BaseModel):
    id: str
    name: str


class ClusterShape(BaseModel):
    id: str
    name: str
    hamlet_id: str
    device_id: str | None


class StationShape(BaseModel):
    id: str
    name: str
    province: str
    rules: dict[str, Any]
    hamlets: list[PlaceShape]
    clusters: list[ClusterShape]
    voices: list[PlaceShape]


class HealthShape(BaseModel):
    status: Literal["ok", "degraded"]
    version: str
    broker_connected: bool
    database: bool
    signer: bool
    disk_free_bytes: int


class ErrorDetail(BaseModel):
    code: str
    message: str


class ErrorShape(BaseModel):
    error: ErrorDetail
