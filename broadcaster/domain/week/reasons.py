"""Why something stands where it stands, or does not: plain values that build their own Vietnamese sentence."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

from broadcaster.domain.errors import N_

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
        return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", type(self).__name__).lower()

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


# What became of a bulletin.


@reason
class InSession(Reason):
    title: str
    start_at: datetime
    programme: str
    message = N_("“{title}” được xếp vào “{programme}”, phát lúc {start_at}.")


@reason
class InSessions(Reason):
    title: str
    times: int
    start_at: datetime
    last_at: datetime
    message = N_("“{title}” được xếp phát {times} lượt, lượt đầu lúc {start_at}, lượt cuối lúc {last_at}.")


@reason
class AtItsMinute(Reason):
    title: str
    start_at: datetime
    message = N_("“{title}” phát đúng giờ đã hẹn, {start_at}.")


@reason
class AtOnceFrom(Reason):
    title: str
    start_at: datetime
    message = N_("“{title}” phát ngay khi loa rảnh, lúc {start_at}.")


@reason
class ItsTimeCame(Reason):
    title: str
    start_at: datetime
    message = N_("“{title}” đã tới giờ phát lúc {start_at}. Xin xem kết quả của từng cụm loa ở lượt phát.")


@reason
class PlacedLater(Reason):
    title: str
    start_at: datetime
    why: Reason
    message = N_("“{title}” được dời tới {start_at}. {why}")


@reason
class SessionFull(Reason):
    due_at: datetime
    programme: str
    minutes: int
    message = N_(
        "“{programme}” ({due_at}) đã đủ {minutes} phút bản tin; tin ưu tiên và tin duyệt trước được phát trước."
    )


@reason
class SessionOutOfTime(Reason):
    due_at: datetime
    programme: str
    message = N_("“{programme}” ({due_at}) không còn đủ thời gian sau các mục khác của buổi.")


@reason
class TooLongForBox(Reason):
    programme: str
    due_at: datetime
    minutes: str
    limit: int
    message = N_("Bản tin dài {minutes} phút, dài hơn ô bản tin {limit} phút của “{programme}” ({due_at}).")


@reason
class SessionSettled(Reason):
    due_at: datetime
    message = N_("Buổi {due_at} đã chốt trước khi bản tin được xếp.")


@reason
class ClustersBusy(Reason):
    other: str
    other_start: datetime
    message = N_("Vào giờ đã hẹn, loa đang bận phát “{other}” ({other_start}).")


@reason
class NoPlaceFound(Reason):
    title: str
    days: int
    why: Reason
    message = N_(
        "“{title}” chưa có chỗ trong {days} ngày tới. {why} Xin rút ngắn bản tin, mở thêm ô bản tin, "
        "hoặc chọn giờ phát riêng."
    )


@reason
class NoSessionThere(Reason):
    title: str
    days: int
    message = N_(
        "“{title}” chưa có chỗ: trong {days} ngày tới không có buổi phát nào có ô bản tin cho nơi đã chọn. "
        "Xin thêm buổi phát, hoặc chọn giờ phát riêng."
    )


@reason
class PartlyPlaced(Reason):
    title: str
    start_at: datetime
    clusters: int
    message = N_(
        "“{title}” phát lúc {start_at}, nhưng còn {clusters} cụm loa chưa có buổi phát nào nhận bản tin này. "
        "Xin thêm ô bản tin cho nơi đó, hoặc chọn giờ phát riêng."
    )


@reason
class MinuteIsQuiet(Reason):
    title: str
    start_at: datetime
    quiet_start: str
    quiet_end: str
    message = N_(
        "“{title}” chưa phát được: {start_at} nằm trong giờ yên lặng ({quiet_start} đến {quiet_end}). "
        "Xin chọn giờ khác."
    )


@reason
class MinuteNotAllowed(Reason):
    title: str
    why: Reason
    message = N_("“{title}” chưa phát được. {why}")


@reason
class Contested(Reason):
    title: str
    others: str
    start_at: datetime
    message = N_(
        "“{title}” và {others} đều là tin ưu tiên và tranh chỗ nhau vào {start_at}. "
        "Xin người có trách nhiệm xếp thứ tự; khi chưa xếp thì chưa tin nào được phát."
    )


@reason
class NotYet(Reason):
    title: str
    first_day: str
    message = N_("“{title}” phát từ ngày {first_day}; buổi phát sẽ được xếp khi tới tuần ấy.")


@reason
class ExpiredUnplaced(Reason):
    title: str
    expired_at: datetime
    message = N_(
        "“{title}” đã hết hạn lúc {expired_at} khi chưa có chỗ phát. Nếu còn cần, xin gia hạn rồi chọn lại giờ."
    )


@reason
class MinutePassed(Reason):
    title: str
    start_at: datetime
    message = N_("“{title}” lỡ giờ hẹn {start_at} vì được duyệt hoặc lập lịch sau giờ đó. Xin chọn giờ khác.")


@reason
class NobodyHears(Reason):
    title: str
    message = N_(
        "“{title}” chưa có chỗ: nơi phát đã chọn chưa có cụm loa nào. Xin chọn nơi khác, hoặc nhờ lắp cụm loa."
    )
