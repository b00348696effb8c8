"""What recurs on a station: programmes, their hour, and the segments that follow each other in a session."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NewType
from zoneinfo import ZoneInfo

from broadcaster.domain.audience import EVERYBODY, Audience
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.week.recurrence import Move, Recurrence

ProgrammeId = NewType("ProgrammeId", str)
SegmentId = NewType("SegmentId", str)
"""The name of a segment within its programme; it stays when the segment is moved or renamed."""
SoundName = NewType("SoundName", str)
"""What a programme calls a fixed recording: the library says which file that is today."""

LENGTH_MAX = timedelta(hours=3)
SEGMENTS_MAX = 40
URLS_MAX = 8
SILENCE_LEAST, SILENCE_MOST = timedelta(seconds=1), timedelta(seconds=120)
_URL = re.compile(
    r"https?://(?:(?:(?![/?#])[!-~])*@)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:[/?#][!-~]*)?"
)
_URL_LENGTH_MAX = 508
NAME_MAX = 40
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Role(StrEnum):
    """What a fixed recording is there for. A sign-off always sounds, and everything before it gives way to it."""

    JINGLE = "jingle"
    RECORDING = "recording"
    SIGN_OFF = "sign_off"


class Section(StrEnum):
    """Which box of a session a bulletin goes into."""

    BULLETINS = "bulletins"
    NOTICES = "notices"


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedSegment:
    """A jingle, a greeting, a song, a sign-off: one recording, whole."""

    id: SegmentId
    title: str
    sound: SoundName
    role: Role = Role.RECORDING
    audience: Audience | None = None
    """None: the programme's own audience. So in every kind of segment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySegment:
    """A station of the country or the province: `urls` in their order, ended hard after `length` at the latest."""

    id: SegmentId
    title: str
    urls: tuple[str, ...]
    length: timedelta
    silence: timedelta = timedelta(seconds=10)
    """After so long without a sound the next source is tried."""
    filler: SoundName | None = None
    audience: Audience | None = None

    def __post_init__(self) -> None:
        _check_length(self.length, self.title)
        if not SILENCE_LEAST <= self.silence <= SILENCE_MOST:
            raise BadSilence(title=self.title)
        if not self.urls:
            raise RelayWithoutSource(title=self.title)
        if len(self.urls) > URLS_MAX:
            raise TooManySources(title=self.title, limit=URLS_MAX)
        for url in self.urls:
            if len(url) > _URL_LENGTH_MAX or not _URL.fullmatch(url):
                raise BadSource(url=url[:80])


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxSegment:
    """The bulletins (or notices) of the day, in a box of at most `length`; nothing is said where there are none."""

    id: SegmentId
    title: str
    length: timedelta
    sections: tuple[Section, ...] = (Section.BULLETINS,)
    audience: Audience | None = None

    def __post_init__(self) -> None:
        _check_length(self.length, self.title)


@dataclass(frozen=True, slots=True, kw_only=True)
class FillerSegment:
    """Whole recordings, in turn, for as long as the session has room for the next one, at most `length`."""

    id: SegmentId
    title: str
    sounds: tuple[SoundName, ...]
    length: timedelta
    audience: Audience | None = None

    def __post_init__(self) -> None:
        _check_length(self.length, self.title)


Segment = FixedSegment | RelaySegment | BoxSegment | FillerSegment


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A fixed recording as the library holds it: approved, and allowed until `expires_on` (included)."""

    sha256: str
    """Empty where there is no approved one: then only what it is called is known."""
    duration: timedelta
    title: str = ""
    language: str = "vi"
    expires_on: date | None = None


def absent(title: str) -> Sound:
    """Return what stands for a recording that is called so and is not there, or not approved."""
    return Sound(sha256="", duration=timedelta(0), title=title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """When a session takes place: its hour by the station's clocks, its greatest length, and its days."""

    starts: time
    length: timedelta
    days: Recurrence = field(default_factory=Recurrence)
    moves: tuple[Move, ...] = ()

    def __post_init__(self) -> None:
        _check_length(self.length, "buổi phát")


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A session that recurs. `special` says for which occasion it may go beyond what the area's caps allow.

    `in_force_from` is when it was made or last changed: what would have been due before that never was.
    """

    id: ProgrammeId
    title: str
    slot: Slot
    segments: tuple[Segment, ...]
    audience: Audience = EVERYBODY
    special: str = ""
    active: bool = True
    in_force_from: datetime | None = None

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ProgrammeNameless
        if not self.segments:
            raise NoSegments(title=self.title)
        if len(self.segments) > SEGMENTS_MAX:
            raise TooManySegments(title=self.title, limit=SEGMENTS_MAX)
        _check_names(self)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class OccurrenceKey:
    """What an occurrence is known by, whatever else changes: nothing with the same key is ever planned twice."""

    due_at: datetime
    programme: ProgrammeId


def starts_on(slot: Slot, day: date) -> time:
    """Return the time at which a session begins on a day on which it takes place."""
    return next((move.starts for move in slot.moves if move.day == day), slot.starts)


def due_at(slot: Slot, day: date, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which the session of that day is due."""
    return datetime.combine(day, starts_on(slot, day), zone).astimezone(_UTC)


def check_name(name: str) -> str:
    """Return a name by which files call a programme, a segment or a recording, unchanged. Raises BadName."""
    if not _NAME.fullmatch(name):
        raise BadName(name=name[:NAME_MAX])
    return name


def sounds_needed(programmes: Iterable[Programme]) -> tuple[SoundName, ...]:
    """Return the names of every fixed recording that these programmes play, each once, in order."""
    return tuple(dict.fromkeys(name for p in programmes for segment in p.segments for name in sounds_of(segment)))


def sounds_of(segment: Segment) -> tuple[SoundName, ...]:
    """Return the names of the fixed recordings that a segment plays."""
    match segment:
        case FixedSegment():
            return (segment.sound,)
        case RelaySegment():
            return (segment.filler,) if segment.filler else ()
        case FillerSegment():
            return segment.sounds
        case BoxSegment():
            return ()


@refusal
class ProgrammeNameless(Invalid):
    message = N_("Chương trình chưa có tên. Xin ghi một tên ngắn, chẳng hạn “Buổi phát thanh sáng”.")


@refusal
class NoSegments(Invalid):
    title: str
    message = N_("Chương trình “{title}” chưa có mục nào. Xin thêm ít nhất một mục, chẳng hạn ô bản tin.")


@refusal
class TooManySegments(Invalid):
    title: str
    limit: int
    message = N_("Chương trình “{title}” có quá {limit} mục. Xin chia thành hai chương trình.")


@refusal
class SegmentNamesClash(Invalid):
    name: str
    message = N_("Mã mục “{name}” dùng hai lần trong một chương trình. Xin đặt mỗi mục một mã.")


@refusal
class BadName(Invalid):
    name: str
    message = N_(
        "“{name}” không dùng làm mã được. Mã chỉ gồm chữ thường không dấu, chữ số và gạch nối, nhiều nhất 40 ký tự."
    )


@refusal
class BadLength(Invalid):
    title: str
    minutes: int
    message = N_("Thời lượng của “{title}” phải dài hơn 0 và không quá {minutes} phút.")


@refusal
class RelayWithoutSource(Invalid):
    title: str
    message = N_("Mục tiếp sóng “{title}” chưa có địa chỉ nguồn. Xin ghi ít nhất một địa chỉ http hoặc https.")


@refusal
class BadSilence(Invalid):
    title: str
    message = N_("Mục tiếp sóng “{title}”: thời gian chờ khi nguồn im lặng phải từ 1 đến 120 giây.")


@refusal
class TooManySources(Invalid):
    title: str
    limit: int
    message = N_("Mục tiếp sóng “{title}” có quá {limit} địa chỉ nguồn. Xin bớt lại.")


@refusal
class BadSource(Invalid):
    url: str
    message = N_("“{url}” không phải là địa chỉ nguồn tiếp sóng. Xin ghi địa chỉ bắt đầu bằng http:// hoặc https://.")


_UTC = ZoneInfo("UTC")


def _check_names(programme: Programme) -> None:
    seen: set[str] = set()
    for segment in programme.segments:
        if check_name(segment.id) in seen:
            raise SegmentNamesClash(name=segment.id)
        seen.add(segment.id)


def _check_length(length: timedelta, title: str) -> None:
    if not timedelta(0) < length <= LENGTH_MAX:
        raise BadLength(title=title, minutes=LENGTH_MAX // timedelta(minutes=1))
