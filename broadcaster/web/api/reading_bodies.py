"""What programs send to have Vietnamese read, and what they get back: the shapes that OpenAPI shows."""

from datetime import datetime

from pydantic import BaseModel, Field

from broadcaster.web.api.bodies import Body, ChoiceBody


class ReadBody(Body):
    """Written Vietnamese to be read; `document` false reads one fragment without looking for a letterhead."""

    text: str = Field(max_length=100_000)
    voice: str | None = None
    document: bool = True
    choices: list[ChoiceBody] = Field(default=[], max_length=500)


class EntryBody(Body):
    """How the station says a written form; `spoken` is words, without digits or symbols."""

    written: str
    spoken: str


class EntryShape(BaseModel):
    written: str
    spoken: str
    added_by: str
    added_at: datetime


class SpanShape(BaseModel):
    start: int
    end: int
    written: str
    kind: str
    spoken: str
    confidence: float
    unsure: bool
    alternatives: list[str]


class NoticeShape(BaseModel):
    kind: str
    start: int
    end: int
    message: str


class SegmentShape(BaseModel):
    spoken: str
    pause_ms: int


class SentenceShape(BaseModel):
    start: int
    end: int
    spoken: str
    segments: list[SegmentShape]


class ReadingShape(BaseModel):
    """`start` and `end` count characters of `written`, which is the text after its encoding was mended."""

    written: str
    spoken: str
    sentences: list[SentenceShape]
    spans: list[SpanShape]
    notices: list[NoticeShape]
