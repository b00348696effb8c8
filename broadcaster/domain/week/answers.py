"""Where an approved bulletin stands, or why it stands nowhere: the answers to a request, as reasons."""

from datetime import datetime

from broadcaster.domain.errors import N_
from broadcaster.domain.week.reasons import Reason, reason


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
class NoSessionForNotices(Reason):
    title: str
    days: int
    message = N_(
        "“{title}” chưa có chỗ: trong {days} ngày tới không có buổi phát nào có ô thông báo cho nơi đã chọn. "
        "Xin thêm ô thông báo, xếp vào ô bản tin, hoặc chọn giờ phát riêng."
    )


@reason
class NoPlaceInTime(Reason):
    title: str
    why: Reason
    message = N_("“{title}” chưa có chỗ trước khi hết hạn. {why} Xin lùi hạn, hoặc chọn giờ phát riêng.")


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
class MinuteNotYet(Reason):
    title: str
    start_at: datetime
    days: int
    message = N_("“{title}” hẹn phát lúc {start_at}; lượt phát được xếp khi còn cách {days} ngày.")


@reason
class ExpiredUnplaced(Reason):
    title: str
    expired_at: datetime
    message = N_(
        "“{title}” đã hết hạn lúc {expired_at} khi chưa có chỗ phát. Nếu còn cần, xin gia hạn rồi chọn lại giờ."
    )


@reason
class NowPassed(Reason):
    title: str
    asked_at: datetime
    message = N_("“{title}” được cho phát ngay lúc {asked_at} nhưng loa không rảnh để phát. Xin chọn giờ khác.")


@reason
class ExpiresBefore(Reason):
    start_at: datetime
    expires_at: datetime
    message = N_("Bản tin hết hạn lúc {expires_at}, mà sớm nhất {start_at} mới tới lượt.")


@reason
class ChosenProgrammeGone(Reason):
    title: str
    message = N_("“{title}” chưa có chỗ: chương trình đã chọn không còn trong lịch. Xin chọn buổi phát khác.")


@reason
class TakenBack(Reason):
    title: str
    message = N_("“{title}” đã được rút khỏi lịch; các lượt chưa phát sẽ không phát nữa.")


@reason
class AskedAnew(Reason):
    title: str
    message = N_("“{title}” đã được chọn lại buổi phát; yêu cầu này không còn hiệu lực.")


@reason
class AiringTakenBack(Reason):
    title: str
    start_at: datetime
    message = N_("Lượt phát “{title}” lúc {start_at} đã được hủy.")


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
