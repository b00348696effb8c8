"""The bodies and shapes of the week under `/api/v1`."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from broadcaster.domain.programme import Section
from broadcaster.web.api.bodies import AiringShape, Body


class ProgrammeBody(Body):
    """A programme with the keys of a timetable's file (`schedules/README.md`), its hamlets by id.

    `confirmed` are unusual times in words, as the refusal says them. `version` is the one that was read.
    """

    programme: dict[str, Any]
    confirmed: list[str] = Field(default=[], max_length=10)
    version: int | None = None


class ExceptionBody(Body):
    """One day of a programme: left out (`skip`), at another time or day (`move`), or as usual again (`restore`)."""

    kind: Literal["skip", "move", "restore"]
    day: date
    starts: str | None = Field(default=None, examples=["17:30"])
    to: date | None = None
    reason: str = Field(default="", max_length=200)
    confirmed: list[str] = Field(default=[], max_length=10)


class TemplateBody(Body):
    """A template by the name of its file; `groups` says who its groups are; `instead` puts it in place of what is."""

    template: str
    groups: dict[str, dict[str, Any]] = Field(default={}, max_length=20)
    instead: bool = False
    confirmed: list[str] = Field(default=[], max_length=10)


class FileBody(Body):
    """A whole timetable as TOML; `groups` says who its groups are. A group that nobody named is everybody."""

    toml: str = Field(max_length=200_000)
    groups: dict[str, dict[str, Any]] = Field(default={}, max_length=20)
    confirmed: list[str] = Field(default=[], max_length=10)


class RestBody(Body):
    """Programmes by their ids, and the days on which they do not take place."""

    programmes: list[str] = Field(min_length=1, max_length=100)
    first_day: date
    last_day: date
    reason: str = Field(default="", max_length=200)


class CopyWeekBody(Body):
    """Make the week that `target` is in like the week that `source` is in."""

    source: date
    target: date
    confirmed: list[str] = Field(default=[], max_length=10)


class UndoBody(Body):
    """What a change taken back brings up again: unusual times in words."""

    confirmed: list[str] = Field(default=[], max_length=10)


class WishBody(Body):
    """When a bulletin is to be aired; `days` and `programme` go with `these_sessions`, `at` with `at_minute`."""

    wish: Literal["next_session", "these_sessions", "at_minute", "now"]
    first_day: date | None = None
    days: int = 1
    programme: str | None = None
    at: AwareDatetime | None = None


class RequestBody(WishBody):
    """What a bulletin asks for, for whom, and until when."""

    audience: dict[str, Any] | None = None
    section: Section = Section.BULLETINS
    expires_at: AwareDatetime | None = None


class OrderBody(Body):
    """Every request of a clash, the one that goes first first."""

    requests: list[str] = Field(max_length=100)


class SoundBody(Body):
    library_item_id: str | None


class OwnCapsBody(Body):
    """Caps of the station's own regulations; what is left out is as in the profile."""

    sessions_a_day: int | None = None
    minutes_a_session: int | None = None
    days_a_week: int | None = None
    document: str = Field(default="", max_length=300)


class PrecinctBody(Body):
    """Places where another profile holds."""

    audience: dict[str, Any]
    profile: str


class SensitiveBody(Body):
    """Places that want quiet: so much quieter, and silent at these hours too."""

    name: str = Field(max_length=120, pattern=r"\S")
    audience: dict[str, Any]
    gain_db: float = -6.0
    quiet_hours: list[tuple[str, str]] = Field(default=[], max_length=10, examples=[[["06:30", "11:00"]]])


class LimitsBody(Body):
    """The profile of caps, the station's own caps (left out: as they are), other profiles for some places, and places
    that want quiet."""

    profile: str
    precincts: list[PrecinctBody] = Field(default=[], max_length=100)
    sensitive: list[SensitiveBody] = Field(default=[], max_length=100)
    own_caps: OwnCapsBody | None = None


class ProgrammeShape(BaseModel):
    id: str
    name: str
    version: int
    title: str
    programme: dict[str, Any]


class PreviewShape(BaseModel):
    """What a change would do: `breaks` cannot be saved; `unusual` times want their `words` among `confirmed`."""

    changed: list[str]
    breaks: list[str]
    unusual: list[dict[str, str]]
    bulletins: list[str]


class SavedShape(BaseModel):
    """The change's number in the history; null when nothing changed."""

    change: int | None
    programmes: list[ProgrammeShape]


class SaidShape(BaseModel):
    code: str
    sentence: str
    clusters: list[str]
    segment: str | None


class SessionShape(BaseModel):
    """One session; `verdict` is null beyond the days that are planned, `settled`: nothing changes any more."""

    programme_id: str
    title: str
    due_at: datetime
    ends_by: datetime
    verdict: Literal["sounds", "refused", "empty", "missed"] | None
    settled: bool
    clusters: list[str]
    left_out: list[SaidShape]
    omitted: list[SaidShape]
    airings: list[AiringShape]


class TimetableShape(BaseModel):
    sessions: list[SessionShape]
    outside: list[AiringShape]


class RequestShape(BaseModel):
    """A request and what became of it: `fate`, a plain sentence, the airings that answer it, whom it collides with."""

    id: str
    bulletin_id: str
    wish: dict[str, Any]
    section: str
    audience: dict[str, Any]
    rank: int | None
    fate: str | None
    reason_code: str | None
    reason: str | None
    airings: list[str]
    rivals: list[str]
    unserved: list[str]
    asked_at: datetime
    expires_at: datetime | None
    closed_at: datetime | None


class ChangeShape(BaseModel):
    id: int
    at: datetime
    by: str
    action: str
    titles: list[str]
    undoes: int | None
    undone: bool


class NamedSoundShape(BaseModel):
    name: str
    title: str
    language: str
    text: str
    library_item_id: str | None


class LimitsShape(BaseModel):
    profile: str
    precincts: list[dict[str, Any]]
    sensitive: list[dict[str, Any]]
    own_caps: dict[str, Any] | None
    profiles: dict[str, str]
