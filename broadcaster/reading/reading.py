"""What a reading is: sentences to say, spans that were not said as written, and notices for the officer.

Values only; every offset counts characters of `Reading.written`.
"""

from dataclasses import dataclass
from enum import StrEnum

# Below this the officer is asked: a reading that two people of three would not bet on is shown before it is approved.
UNSURE_BELOW = 0.75


class SpanKind(StrEnum):
    """What a stretch of writing was taken for."""

    CARDINAL = "cardinal"
    DECIMAL = "decimal"
    ORDINAL = "ordinal"
    DIGITS = "digits"
    DATE = "date"
    DATE_RANGE = "date_range"
    YEAR_RANGE = "year_range"
    TIME = "time"
    TIME_RANGE = "time_range"
    MONEY = "money"
    PERCENT = "percent"
    MEASURE = "measure"
    RANGE = "range"
    PHONE = "phone"
    DOCUMENT = "document"
    ABBREVIATION = "abbreviation"
    DEFINITION = "definition"
    LETTERS = "letters"
    CODE = "code"
    ROMAN = "roman"
    FRACTION = "fraction"
    RATIO = "ratio"
    ROAD = "road"
    ADDRESS = "address"
    PLATE = "plate"
    URL = "url"
    EMAIL = "email"
    SCORE = "score"
    VERSION = "version"
    SYMBOL = "symbol"
    LOAN = "loan"
    GLUED = "glued"
    SUSPECT = "suspect"
    LEFT_OUT = "left_out"


class NoticeKind(StrEnum):
    """Why the officer is told something."""

    LEFT_OUT = "left_out"
    CONVERTED = "converted"
    SUSPECT_WORD = "suspect_word"
    NO_SPEECH = "no_speech"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch that is not said as it is written."""

    start: int
    end: int
    written: str
    kind: SpanKind
    spoken: str
    confidence: float
    alternatives: tuple[str, ...] = ()

    @property
    def unsure(self) -> bool:
        """True when an officer should settle it before the bulletin is approved."""
        return self.confidence < UNSURE_BELOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The words of one clause and the silence after it, in milliseconds."""

    spoken: str
    pause_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence, or one line of a list, with where it stands in the written text."""

    start: int
    end: int
    segments: tuple[Segment, ...]

    @property
    def spoken(self) -> str:
        """The words of all its segments."""
        return " ".join(segment.spoken for segment in self.segments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A Vietnamese sentence for the officer about one stretch of the text."""

    kind: NoticeKind
    start: int
    end: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The officer's decision: the n-th span (from 0) with this written form is said so."""

    written: str
    occurrence: int
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text as it will be read. `written` is the text after conversion to composed Unicode."""

    written: str
    sentences: tuple[Sentence, ...]
    spans: tuple[Span, ...]
    notices: tuple[Notice, ...]

    @property
    def spoken(self) -> str:
        """All words, in order."""
        return " ".join(sentence.spoken for sentence in self.sentences)

    @property
    def unsure(self) -> tuple[Span, ...]:
        """The spans that an officer should settle."""
        return tuple(span for span in self.spans if span.unsure)
