"""Why something stands where it stands, or does not: plain values that build their own Vietnamese sentence."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

from broadcaster.domain.errors import N_, snake_case

T = TypeVar("T", bound=type)


class Reason:
    """An answer to *why?*. Subclasses are frozen dataclasses of the data that their sentence needs.

    Instants in them are already in the station's own time.
    """

    __slots__ = ()
    message: ClassVar[str]

    @property
    def code(self) -> str:
        """Return the stable name of this reason, e.g. `session_full`."""
        return snake_case(type(self).__name__)

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """Return the sentence for a person, in the language of `translate`."""
        data = {field.name: _shown(getattr(self, field.name), translate) for field in fields(cast(Any, self))}
        return translate(self.message).format(**data)

    def __str__(self) -> str:
        return self.sentence()


@dataclass_transform(kw_only_default=True, frozen_default=True)
def reason(cls: T) -> T:
    """Make a reason class a frozen dataclass of its data."""
    return cast(T, dataclass(frozen=True, kw_only=True)(cls))


def _shown(value: object, translate: Callable[[str], str]) -> object:
    """Return an instant as people write it, and a reason within a reason as its sentence."""
    if isinstance(value, datetime):
        return f"{value:%H:%M} ngày {value:%d/%m/%Y}"
    return value.sentence(translate) if isinstance(value, Reason) else value


# Why a session, or a part of it, does not take place.


@reason
class QuietHoursThere(Reason):
    due_at: datetime
    quiet_start: str
    quiet_end: str
    message = N_(
        "Buổi {due_at} rơi vào giờ yên lặng ({quiet_start} đến {quiet_end}) nên loa không phát. Xin dời giờ buổi này."
    )


@reason
class SessionsADay(Reason):
    due_at: datetime
    limit: int
    profile: str
    message = N_(
        "Buổi {due_at} không phát vì ngày này đã đủ {limit} buổi theo “{profile}”. "
        "Xin bỏ bớt một buổi trong ngày, hoặc gộp hai buổi làm một."
    )


@reason
class DaysAWeek(Reason):
    due_at: datetime
    limit: int
    profile: str
    message = N_(
        "Buổi {due_at} không phát vì tuần này đã đủ {limit} ngày phát theo “{profile}”. "
        "Nếu có dịp đặc biệt được cấp trên chỉ đạo, xin ghi rõ dịp đó vào chương trình."
    )


@reason
class WeekdayNotAllowed(Reason):
    due_at: datetime
    weekday: str
    profile: str
    message = N_(
        "{due_at} là {weekday}; theo “{profile}” ngày này chỉ phát khi có dịp đặc biệt. "
        "Nếu có chỉ đạo, xin ghi rõ dịp đặc biệt vào chương trình."
    )


@reason
class OtherSession(Reason):
    due_at: datetime
    other: str
    other_due: datetime
    message = N_("Buổi {due_at} trùng giờ với “{other}” ({other_due}) trên cùng cụm loa nên nhường buổi ấy.")


@reason
class NobodyThere(Reason):
    due_at: datetime
    message = N_("Buổi {due_at} không phát vì nơi phát đã chọn chưa có cụm loa nào.")


@reason
class NothingToAir(Reason):
    due_at: datetime
    message = N_("Buổi {due_at} không phát vì chưa có bản tin nào và cũng không có mục tiếp sóng.")


@reason
class PlannedTooLate(Reason):
    due_at: datetime
    message = N_(
        "Buổi {due_at} không phát vì tới giờ đó máy chủ chưa kịp lập lịch (máy chủ tắt, hoặc lịch mới được lập)."
    )


@reason
class CutShort(Reason):
    due_at: datetime
    minutes: int
    asked: int
    profile: str
    message = N_("Buổi {due_at} được rút từ {asked} còn {minutes} phút theo “{profile}”, kể cả phần tiếp sóng.")


@reason
class CutByQuiet(Reason):
    due_at: datetime
    quiet_start: str
    message = N_("Buổi {due_at} phải dứt lúc {quiet_start} vì bắt đầu giờ yên lặng.")


# Why a segment is not heard, or not whole.


@reason
class SoundMissing(Reason):
    title: str
    sound: str
    message = N_("Mục “{title}” chưa có bản thu “{sound}” được duyệt. Xin tải bản thu lên thư viện rồi duyệt.")


@reason
class SoundExpired(Reason):
    title: str
    sound: str
    expired_on: str
    message = N_("Bản thu “{sound}” của mục “{title}” chỉ được dùng đến hết ngày {expired_on}. Xin thay bản khác.")


@reason
class NoTimeLeft(Reason):
    title: str
    message = N_("Mục “{title}” không còn chỗ trong thời lượng của buổi. Xin rút ngắn các mục đứng trước.")


@reason
class RelayCut(Reason):
    title: str
    minutes: str
    message = N_("Phần tiếp sóng “{title}” được cắt còn {minutes} phút để buổi phát kết thúc đúng giờ.")
