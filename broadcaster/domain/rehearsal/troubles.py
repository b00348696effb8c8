"""What may keep tonight from sounding as planned: each trouble says what it is and what to do.

A `grave` one silences something unless somebody acts; the others want a look.
"""

from datetime import datetime
from typing import ClassVar

from broadcaster.domain.errors import N_
from broadcaster.domain.week.reasons import Reason, reason


class Trouble(Reason):
    """The base of what a rehearsal may find."""

    __slots__ = ()
    grave: ClassVar[bool] = False


# Of a cluster and its box.


@reason
class NoBox(Trouble):
    grave = True
    message = N_("Chưa lắp bộ thu nên cụm loa này sẽ im. Xin nhờ kỹ thuật viên lắp, hoặc bỏ nơi này khỏi lịch.")


@reason
class BoxNeverSeen(Trouble):
    grave = True
    message = N_("Bộ thu đã ghi danh nhưng chưa lần nào kết nối. Xin kiểm tra điện và mạng tại cột loa.")


@reason
class BoxLost(Trouble):
    """It holds all it needs: whether it has power nobody can tell from here."""

    grave = True
    seen_at: datetime
    message = N_(
        "Bộ thu mất liên lạc từ {seen_at}. Nếu mất điện, cụm loa sẽ im; nếu chỉ mất mạng thì vẫn tự phát vì đã giữ đủ "
        "lịch và bản thu. Xin kiểm tra điện, rồi mạng tại cột loa."
    )


@reason
class BoxLostLacking(Trouble):
    """It did not get all that it needs before it was lost."""

    grave = True
    seen_at: datetime
    message = N_(
        "Bộ thu mất liên lạc từ {seen_at} khi chưa nhận đủ lịch và bản thu nên không thể phát. Xin kiểm tra điện và "
        "mạng tại cột loa."
    )


@reason
class PlanOnItsWay(Trouble):
    message = N_("Bộ thu chưa xác nhận lịch mới nhất; lịch đang được gửi. Nếu sau năm phút còn báo, xin kiểm tra mạng.")


@reason
class PlanTooLate(Trouble):
    grave = True
    start_at: datetime
    message = N_(
        "Sắp tới giờ ({start_at}) mà bộ thu chưa nhận lịch nên sẽ lỡ. Xin kiểm tra mạng tại cột loa, rồi dời giờ."
    )


@reason
class AudioOnItsWay(Trouble):
    titles: str
    message = N_("Bộ thu còn đang tải bản thu của {titles}. Nếu sau mười phút còn báo, xin kiểm tra mạng của bộ thu.")


@reason
class AudioTooLate(Trouble):
    grave = True
    titles: str
    start_at: datetime
    message = N_(
        "Sắp tới giờ ({start_at}) mà bộ thu chưa có bản thu của {titles}. Xin kiểm tra mạng của bộ thu, hoặc dời giờ."
    )


@reason
class ClockUntrusted(Trouble):
    grave = True
    message = N_(
        "Đồng hồ của bộ thu chưa được xác nhận nên bộ thu không phát theo lịch. Xin chờ vài phút; nếu còn báo, "
        "xin kiểm tra mạng của bộ thu."
    )


@reason
class ClockOff(Trouble):
    error_ms: int
    message = N_("Đồng hồ của bộ thu có thể sai tới {error_ms} ms, loa gần nhau sẽ nghe vọng. Xin kiểm tra mạng.")


@reason
class SoundOutBroken(Trouble):
    grave = True
    said: str
    message = N_("Đầu ra âm thanh của bộ thu báo lỗi ({said}). Xin kiểm tra dây, tăng âm và thiết bị âm thanh.")


@reason
class AmplifierStuck(Trouble):
    grave = True
    said: str
    message = N_("Bộ thu không đóng cắt được tăng âm ({said}), loa có thể không kêu. Xin kiểm tra rơ-le và dây.")


@reason
class LoudspeakerUnheard(Trouble):
    message = N_(
        "Lần tự kiểm tra gần nhất, tai nghe không nghe thấy loa. Xin kiểm tra tăng âm, dây loa và loa trước giờ phát."
    )


@reason
class OnBattery(Trouble):
    message = N_("Bộ thu đang chạy bằng ắc quy vì mất điện lưới. Xin kiểm tra điện; ắc quy có thể cạn trước giờ phát.")


@reason
class WeakSupply(Trouble):
    message = N_("Nguồn điện của bộ thu yếu, có thể tắt khi tăng âm chạy. Xin kiểm tra bộ nguồn và dây.")


@reason
class CardFull(Trouble):
    message = N_("Thẻ nhớ của bộ thu đầy hoặc gần đầy, bản thu mới có thể không vào được. Xin thay thẻ nhớ lớn hơn.")


@reason
class CardUnwritable(Trouble):
    grave = True
    message = N_("Bộ thu không ghi được vào thẻ nhớ nên có thể không phát. Xin thay thẻ nhớ.")


# Of what is planned.


@reason
class Overlap(Trouble):
    grave = True
    title: str
    other: str
    start_at: datetime
    message = N_("“{title}” ({start_at}) bắt đầu khi “{other}” chưa hết trên cùng cụm loa. Xin dời một trong hai.")


@reason
class InQuietHours(Trouble):
    grave = True
    title: str
    start_at: datetime
    quiet_start: str
    quiet_end: str
    message = N_(
        "“{title}” ({start_at}) rơi vào giờ yên lặng ({quiet_start} đến {quiet_end}) nên bộ thu từ chối. Xin đổi giờ."
    )


@reason
class SessionTooLong(Trouble):
    title: str
    minutes: int
    limit: int
    profile: str
    message = N_("Buổi “{title}” dài {minutes} phút, quá {limit} phút theo “{profile}”. Xin rút bớt nội dung.")


@reason
class TooManySessions(Trouble):
    day: str
    count: int
    limit: int
    profile: str
    message = N_("Ngày {day} có {count} buổi, quá {limit} buổi theo “{profile}”. Xin bỏ bớt một buổi.")


@reason
class SessionRefused(Trouble):
    grave = True
    title: str
    why: Reason
    message = N_("Buổi “{title}” sẽ không phát. {why}")


@reason
class SessionEmpty(Trouble):
    title: str
    why: Reason
    message = N_("Buổi “{title}” không có gì để phát. {why}")


@reason
class LeftOutOf(Trouble):
    grave = True
    title: str
    why: Reason
    message = N_("Nơi này không nghe được buổi “{title}”. {why}")


@reason
class PartOmitted(Trouble):
    title: str
    why: Reason
    message = N_("Buổi “{title}” thiếu một phần. {why}")


# Of relay sources.


@reason
class NoSourceSounds(Trouble):
    grave = True
    title: str
    start_at: datetime
    said: str
    message = N_(
        "Không nguồn tiếp sóng nào của “{title}” ({start_at}) có tiếng: {said}. Xin kiểm tra địa chỉ nguồn và đường "
        "mạng, hoặc thay bằng nội dung khác."
    )


@reason
class OnlyFillerSounds(Trouble):
    title: str
    start_at: datetime
    said: str
    message = N_(
        "Nguồn tiếp sóng của “{title}” ({start_at}) không có tiếng: {said}. Loa sẽ phát bản thu dự phòng. Xin kiểm tra "
        "địa chỉ nguồn."
    )


@reason
class OneSourceDown(Trouble):
    title: str
    said: str
    message = N_("“{title}” chỉ còn nguồn dự bị vì có nguồn không có tiếng: {said}. Xin kiểm tra nguồn ấy.")


# Of the station itself.


@reason
class BrokerLost(Trouble):
    message = N_(
        "Máy chủ đang mất kết nối với máy chuyển tin: lịch mới không tới được bộ thu, lịch đã nhận vẫn phát. Xin báo "
        "người giữ máy chủ."
    )


@reason
class SignerLost(Trouble):
    message = N_(
        "Bộ ký của đài không trả lời: lịch mới không gửi được, lịch đã nhận vẫn phát. Xin báo người giữ máy chủ."
    )


@reason
class ServerDiskLow(Trouble):
    free_mb: int
    message = N_("Đĩa của máy chủ chỉ còn {free_mb} MB. Xin báo người giữ máy chủ dọn bớt hoặc thêm đĩa.")
