"""A station, its places, and the rules it is run by."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import time
from zoneinfo import ZoneInfo

from broadcaster.domain.errors import N_, Conflict, Invalid, Missing, Unavailable, refusal
from broadcaster.domain.ids import ClusterId, HamletId, StationId
from broadcaster.domain.writing import visible
from broadcaster.reading.style import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Local times of day between which nothing but a live emergency sounds. May span midnight."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise EmptyQuietHours


STAGGER_MOST_MS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the station's own rules say. Times of day are in `timezone`.

    `self_test_at` is when boxes with an ear make the self-test that nobody hears; None: never. `stagger_ms` is how much
    later each hamlet begins than the one before it in the station's list; 0: all boxes begin as one.
    """

    timezone: str = "Asia/Ho_Chi_Minh"
    quiet_hours: tuple[QuietHours, ...] = field(default=(QuietHours(start=time(22), end=time(4, 30)),))
    self_approval: bool = False
    voices: tuple[str, ...] = ("espeak",)
    style: Style = field(default_factory=Style)
    self_test_at: time | None = None
    stagger_ms: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.stagger_ms <= STAGGER_MOST_MS:
            raise BadStagger(most_s=STAGGER_MOST_MS // 1000)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One commune (xã, phường, đặc khu)."""

    id: StationId
    name: str
    province: str
    rules: Rules
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hamlet:
    id: HamletId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The horns on one pole, driven by one device."""

    id: ClusterId
    hamlet: HamletId
    name: str


@refusal
class EmptyQuietHours(Invalid):
    message = N_("Giờ yên lặng bắt đầu và kết thúc cùng một lúc. Xin đặt hai giờ khác nhau.")


@refusal
class BadStagger(Invalid):
    most_s: int
    message = N_("Độ lệch giữa hai thôn là một số từ 0 đến {most_s} giây. Xin ghi lại, ví dụ 0,5.")


@refusal
class BadTimeOfDay(Invalid):
    value: str
    message = N_("“{value}” không phải là giờ trong ngày. Xin ghi như 22:00.")


@refusal
class NameMissing(Invalid):
    message = N_("Chưa có tên. Xin ghi tên.")


@refusal
class NameTooLong(Invalid):
    limit: int
    message = N_("Tên dài quá {limit} ký tự. Xin rút ngắn lại.")


@refusal
class NameTaken(Conflict):
    name: str
    message = N_("Đã có “{name}” ở đây. Xin chọn tên khác.")


@refusal
class NoHamlets(Invalid):
    message = N_("Đài cần ít nhất một thôn. Xin ghi mỗi thôn một dòng.")


@refusal
class UnknownVoice(Invalid):
    voice: str
    message = N_("Đài không có giọng đọc “{voice}”. Xin chọn giọng khác.")


@refusal
class NoVoice(Unavailable):
    message = N_("Đài chưa có giọng đọc nào dùng được. Xin nhờ kỹ thuật viên kiểm tra máy chủ.")


@refusal
class AlreadySetUp(Conflict):
    message = N_("Đài đã được thiết lập. Xin đăng nhập.")


@refusal
class WrongSetUpCode(Invalid):
    message = N_("Mã thiết lập không đúng. Mã được in ra khi khởi động máy chủ; xin chép lại từ đó.")


@refusal
class NoSuchThing(Missing):
    message = N_("Không tìm thấy nội dung này ở đài của bạn. Có thể đường dẫn sai hoặc nội dung đã bị gỡ.")


NAME_MAX = 80


def clean_name(raw: str) -> str:
    """Return a name on one line, composed. Raises Invalid when it is empty, unreadable, or over NAME_MAX characters."""
    name = " ".join(visible(raw).split())
    if not name:
        raise NameMissing
    if len(name) > NAME_MAX:
        raise NameTooLong(limit=NAME_MAX)
    return name


def time_of_day(raw: str) -> time:
    """Return a time of day written HH:MM. Raises BadTimeOfDay."""
    written = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", raw.strip())
    if written is None:
        raise BadTimeOfDay(value=raw[:20])
    return time(int(written[1]), int(written[2]))


def choose_voices(wanted: str, available: Iterable[str], order: tuple[str, ...]) -> tuple[str, ...]:
    """Return the voices to try for a bulletin, at least one: the wanted one, then the station's list, each once.

    Raises UnknownVoice, or NoVoice when nothing of the station's list is installed.
    """
    known = frozenset(available)
    if wanted and wanted not in known:
        raise UnknownVoice(voice=wanted[:40])
    chosen = tuple(voice for voice in dict.fromkeys((wanted, *order)) if voice in known)
    if not chosen:
        raise NoVoice
    return chosen
