"""Why a station did with a warning from outside what it did: each reason a stable code and a sentence for a person."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, auto

from broadcaster.domain.errors import N_


class Why(StrEnum):
    """The reasons; their sentences stand in `SENTENCES`."""

    MAY_PLAY = auto()
    WAITS_FOR_A_PERSON = auto()
    CALLED_OFF = auto()
    CALLS_OFF_UNKNOWN = auto()
    UNREADABLE = auto()
    UNKNOWN_SENDER = auto()
    WRONG_SIGNATURE = auto()
    UNSIGNED = auto()
    SIGNATURE_UNCHECKED = auto()
    THEIR_DRAFT = auto()
    SYSTEM_MESSAGE = auto()
    TEST_ONLY = auto()
    EXERCISE_ELSEWHERE = auto()
    ACKNOWLEDGEMENT = auto()
    ERROR_REPORT = auto()
    RESTRICTED = auto()
    PRIVATE = auto()
    FROM_THE_FUTURE = auto()
    STALE = auto()
    SUPERSEDED = auto()
    REFERS_TO_NOTHING = auto()
    REFERS_TO_OTHERS = auto()
    NOTHING_SAID = auto()
    PAST = auto()
    EXPIRED = auto()
    UNWANTED_EVENT = auto()
    TOO_SLIGHT = auto()
    ELSEWHERE = auto()
    OTHER_LANGUAGE = auto()
    AREA_UNKNOWN = auto()
    END_CHOSEN_HERE = auto()
    UPDATES_UNKNOWN = auto()
    SHORTENED = auto()
    SAME_NAME_OTHER_CONTENT = auto()
    NOT_DRAFTED = auto()
    CAME_ANOTHER_WAY = auto()
    SIGNER_DECLINES = auto()
    SAYS_MORE = auto()


SENTENCES: dict[Why, str] = {
    Why.MAY_PLAY: N_("Tin có chữ ký của nơi được giao phát ngay; bộ ký của đài đã kiểm tra và đang phát."),
    Why.WAITS_FOR_A_PERSON: N_("Đã thành bản nháp tin khẩn cấp, chờ người của đài xem và duyệt."),
    Why.CALLED_OFF: N_("Nơi gửi đã hủy tin này. Bản nháp được bỏ; nếu tin đang phát, xin người trực quyết định dừng."),
    Why.CALLS_OFF_UNKNOWN: N_("Nơi gửi hủy một tin mà đài chưa nhận; nếu tin ấy đến sau thì sẽ không dùng."),
    Why.UNREADABLE: N_("Không đọc được bản tin: {problem}"),
    Why.UNKNOWN_SENDER: N_("“{sender}” không có trong danh sách nơi gửi được tin của nguồn này."),
    Why.WRONG_SIGNATURE: N_("Chữ ký số của bản tin không đúng, hoặc không ký trên toàn bản tin."),
    Why.UNSIGNED: N_("Nguồn này phải có chữ ký số mà đài kiểm tra được; bản tin không có."),
    Why.SIGNATURE_UNCHECKED: N_("Bản tin có chữ ký số nhưng đài chưa có chứng thư để kiểm tra."),
    Why.THEIR_DRAFT: N_("Nơi gửi ghi đây là bản nháp (Draft), không được dùng."),
    Why.SYSTEM_MESSAGE: N_("Tin nội bộ giữa các hệ thống (System), không phát ra loa."),
    Why.TEST_ONLY: N_("Tin thử kỹ thuật (Test): theo CAP, mọi nơi nhận đều bỏ qua."),
    Why.EXERCISE_ELSEWHERE: N_("Tin diễn tập (Exercise) mà đài không tham gia theo quy tắc của nguồn này."),
    Why.ACKNOWLEDGEMENT: N_("Nơi gửi báo đã nhận tin (Ack); không có gì để phát."),
    Why.ERROR_REPORT: N_("Nơi gửi báo lỗi (Error): {note}"),
    Why.RESTRICTED: N_("Tin chỉ dành cho một số người (Restricted); loa phát cho tất cả mọi người nên không dùng."),
    Why.PRIVATE: N_("Tin gửi riêng cho địa chỉ ghi trong tin (Private); loa phát cho tất cả nên không dùng."),
    Why.FROM_THE_FUTURE: N_("Giờ gửi ghi trong tin còn ở phía trước; đồng hồ của nơi gửi sai hoặc tin bị làm giả."),
    Why.STALE: N_("Tin đã gửi quá {hours} giờ trước, không còn dùng."),
    Why.SUPERSEDED: N_("Tin đã được nơi gửi thay hoặc hủy bằng tin “{by}” đến trước."),
    Why.REFERS_TO_NOTHING: N_("Tin hủy mà không ghi hủy tin nào (thiếu references)."),
    Why.REFERS_TO_OTHERS: N_("Tin nhắc tới tin của nơi gửi khác; chỉ nơi gửi ra tin mới được thay hay hủy tin ấy."),
    Why.NOTHING_SAID: N_("Bản tin không có nội dung nào (không có khối info)."),
    Why.PAST: N_("Sự việc đã qua (urgency Past), không còn việc phải làm."),
    Why.EXPIRED: N_("Tin đã hết hiệu lực."),
    Why.UNWANTED_EVENT: N_("Đài không dùng loại tin “{event}” của nguồn này."),
    Why.TOO_SLIGHT: N_("Mức độ của tin thấp hơn mức mà đài nhận từ nguồn này."),
    Why.ELSEWHERE: N_("Nơi ghi trong tin không thuộc địa bàn của đài."),
    Why.OTHER_LANGUAGE: N_("Tin không có tiếng Việt (chỉ có “{language}”); xin dịch trước khi duyệt."),
    Why.AREA_UNKNOWN: N_("Không rõ tin dành cho nơi nào (“{area}”); tạm ghi toàn xã, xin chọn lại nơi phát."),
    Why.END_CHOSEN_HERE: N_("Giờ hết hiệu lực do đài đặt; tin không ghi, hoặc ghi dài quá mức cho phép."),
    Why.UPDATES_UNKNOWN: N_("Tin thay một tin mà đài chưa nhận; được coi là tin mới."),
    Why.SHORTENED: N_("Tin dài quá mức phát loa nên đã được cắt bớt; xin xem lại trước khi duyệt."),
    Why.SAME_NAME_OTHER_CONTENT: N_("Đã nhận một tin cùng tên nhưng khác nội dung; tin đến sau không được dùng."),
    Why.NOT_DRAFTED: N_("Chưa tạo được bản nháp: {problem}"),
    Why.SIGNER_DECLINES: N_("Không tự phát được: {problem}"),
    Why.SAYS_MORE: N_(
        "Tin còn {count} phần nữa cho địa bàn của đài (“{headlines}”); bản nháp chỉ lấy phần nặng nhất. "
        "Xin xem tệp gốc và soạn thêm tin nếu cần."
    ),
    Why.CAME_ANOTHER_WAY: N_("Tin này đã đến qua nguồn “{source}” và đã thành bản nháp."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A reason with the values that its sentence needs."""

    why: Why
    values: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, why: Why, **values: str) -> "Remark":
        return cls(why=why, values=tuple(values.items()))

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """Return the sentence for a person, in the language of `translate`."""
        return translate(SENTENCES[self.why]).format(**dict(self.values))

    def as_json(self) -> list[object]:
        """Return the remark as the database writes it."""
        return [self.why.value, dict(self.values)]

    @classmethod
    def from_json(cls, kept: object) -> "Remark":
        """Return the remark written by `as_json`. Raises ValueError for anything else."""
        match kept:
            case [str() as why, {**values}]:
                return cls.of(Why(why), **{str(name): str(value) for name, value in values.items()})
        raise ValueError(f"not a remark: {kept!r}")
