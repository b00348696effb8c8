"""The sentences of `why`: one for each outcome and each reason that this outcome can have, each naming its facts."""

from broadcaster.domain.delivery import Heard, Outcome
from broadcaster.domain.errors import N_

CASES: dict[tuple[Outcome, str | None], str] = {
    (Outcome.PLANNED, None): N_(
        "“{title}” đã có trong lịch của {place}, hẹn {planned}; bộ thu ở đó chưa cho biết đã sẵn sàng hay chưa."
    ),
    (Outcome.PLANNED, "not_installed"): N_(
        "“{title}” hẹn {planned} sẽ không vang lên ở {place} vì nơi này chưa lắp bộ thu."
    ),
    (Outcome.PLANNED, "waiting_for_box"): N_(
        "Bộ thu ở {place} mất liên lạc trước khi nhận đủ những gì cần để phát “{title}” ({planned}); "
        "có mạng lại trước {late} thì vẫn kịp."
    ),
    (Outcome.PLANNED, "waiting_for_plan"): N_(
        "Bộ thu ở {place} đang kết nối nhưng chưa xác nhận bản lịch có “{title}” ({planned}); lịch đang được gửi."
    ),
    (Outcome.PLANNED, "waiting_for_audio"): N_(
        "Bộ thu ở {place} đã giữ lịch nhưng còn đang tải bản thu của “{title}” ({planned}); tải xong trước {late} "
        "thì vẫn phát."
    ),
    (Outcome.PLANNED, "cancelled"): N_("“{title}” hẹn {planned} không phát ở {place} vì đã có người hủy lượt này."),
    (Outcome.READY, None): N_(
        "Bộ thu ở {place} đã giữ cả lịch lẫn bản thu của “{title}” và sẽ tự phát lúc {planned}, kể cả khi mất mạng."
    ),
    (Outcome.PLAYING, None): N_("{place} đang phát “{title}” theo lịch {planned}, hết bài sẽ tự dừng."),
    (Outcome.PLAYED, None): N_("{place} đã phát trọn “{title}” theo lịch {planned}."),
    (Outcome.INTERRUPTED, None): N_(
        "{place} phát dở “{title}” ({planned}) rồi ngừng, bộ thu không ghi vì sao."
    ),
    (Outcome.INTERRUPTED, "alert"): N_(
        "{place} đang phát “{title}” ({planned}) thì phải nhường tin khẩn cấp{by}, tới hạn {late} chưa phát lại được."
    ),
    (Outcome.INTERRUPTED, "higher_priority"): N_(
        "{place} đang phát “{title}” ({planned}) thì phải nhường tin ưu tiên hơn{by}, và tới hạn {late} chưa phát lại "
        "được."
    ),
    (Outcome.INTERRUPTED, "withdrawn"): N_(
        "“{title}” ({planned}) bị rút khỏi lịch trong lúc {place} đang phát nên loa dừng ngay."
    ),
    (Outcome.INTERRUPTED, "power_lost"): N_(
        "Bộ thu ở {place} mất điện hoặc khởi động lại giữa lúc phát “{title}” ({planned}), lên lại thì đã quá {late}."
    ),
    (Outcome.INTERRUPTED, "relay_dead"): N_(
        "{place} tiếp sóng “{title}” ({planned}) được một phần thì mọi nguồn đều mất tiếng."
    ),
    (Outcome.INTERRUPTED, "too_late"): N_(
        "{place} vào muộn nên chỉ phát được phần cuối của “{title}” ({planned})."
    ),
    (Outcome.INTERRUPTED, "sound_device"): N_(
        "{place} phát dở “{title}” ({planned}) thì đầu ra âm thanh của bộ thu hỏng; xin kiểm tra dây và tăng âm."
    ),
    (Outcome.INTERRUPTED, "quiet_hours"): N_(
        "{place} phải dừng “{title}” ({planned}) giữa chừng vì đã tới giờ yên lặng."
    ),
    (Outcome.FAILED, None): N_(
        "Bộ thu ở {place} báo lỗi khi phát “{title}” ({planned}) nhưng không ghi lỗi gì."
    ),
    (Outcome.FAILED, "audio_broken"): N_(
        "Bản thu của “{title}” ({planned}) mà bộ thu ở {place} đang giữ bị hỏng hoặc hết sớm hơn {total}."
    ),
    (Outcome.FAILED, "audio_missing"): N_(
        "Bộ thu ở {place} mở bản thu của “{title}” ({planned}) thì không thấy tệp đâu."
    ),
    (Outcome.FAILED, "sound_device"): N_(
        "Bộ thu ở {place} có đủ lịch và bản thu của “{title}” ({planned}) nhưng đầu ra âm thanh không mở được; "
        "xin kiểm tra dây và tăng âm."
    ),
    (Outcome.FAILED, "disk"): N_(
        "Thẻ nhớ của bộ thu ở {place} không ghi được nên bộ thu không dám phát “{title}” ({planned}); xin thay thẻ nhớ."
    ),
    (Outcome.FAILED, "relay_dead"): N_(
        "Tới giờ tiếp sóng “{title}” ({planned}), không nguồn nào có tiếng nên {place} không có gì để phát."
    ),
    (Outcome.MISSED, None): N_("{place} lỡ “{title}” hẹn {planned}, bộ thu không ghi vì sao."),
    (Outcome.MISSED, "not_installed"): N_(
        "{place} im lặng lúc {planned} vì chưa lắp bộ thu, nên “{title}” không phát ở đó."
    ),
    (Outcome.MISSED, "box_off"): N_(
        "Bộ thu ở {place} tắt hoặc mất điện suốt từ {planned} tới {late} nên lỡ “{title}”."
    ),
    (Outcome.MISSED, "clock_untrusted"): N_(
        "Bộ thu ở {place} chưa được xác nhận giờ trong khoảng {planned} tới {late} nên không tự ý phát “{title}”."
    ),
    (Outcome.MISSED, "too_late"): N_(
        "Lịch có “{title}” tới bộ thu ở {place} sau hạn phát {late} của lượt hẹn {planned}."
    ),
    (Outcome.MISSED, "audio_missing"): N_(
        "Tới hạn {late}, bộ thu ở {place} vẫn chưa tải xong bản thu của “{title}” hẹn {planned}."
    ),
    (Outcome.MISSED, "audio_broken"): N_(
        "Bản thu của “{title}” tải về bộ thu ở {place} không khớp bản đã duyệt nên bộ thu bỏ lượt {planned}."
    ),
    (Outcome.MISSED, "busy"): N_(
        "Loa ở {place} bận nội dung khác suốt từ {planned} tới hạn {late} nên “{title}” không chen vào được."
    ),
    (Outcome.MISSED, "disk"): N_(
        "Thẻ nhớ của bộ thu ở {place} không ghi được suốt từ {planned} tới {late} nên lỡ “{title}”; xin thay thẻ nhớ."
    ),
    (Outcome.MISSED, "alert"): N_(
        "Từ {planned} tới {late}, {place} phát tin khẩn cấp{by} nên “{title}” không còn lúc nào để phát."
    ),
    (Outcome.MISSED, "higher_priority"): N_(
        "Từ {planned} tới {late}, {place} phát tin ưu tiên hơn{by} nên “{title}” không còn lúc nào để phát."
    ),
    (Outcome.MISSED, "power_lost"): N_(
        "Bộ thu ở {place} mất điện đúng lúc vào “{title}” ({planned}), chưa kịp phát tiếng nào."
    ),
    (Outcome.REFUSED, None): N_("Bộ thu ở {place} từ chối phát “{title}” hẹn {planned}, không ghi vì sao."),
    (Outcome.REFUSED, "quiet_hours"): N_(
        "Bộ thu ở {place} từ chối phát “{title}” vì lượt hẹn {planned} rơi vào giờ yên lặng của đài."
    ),
    (Outcome.UNKNOWN, None): N_("Chưa ai biết {place} có phát “{title}” hẹn {planned} hay không."),
    (Outcome.UNKNOWN, "no_report"): N_(
        "Bộ thu ở {place} vẫn liên lạc nhưng chưa báo gì về “{title}” hẹn {planned}, nên chưa biết có phát hay không."
    ),
    (Outcome.UNKNOWN, "no_report_offline"): N_(
        "Bộ thu ở {place} mất liên lạc nên chưa biết “{title}” hẹn {planned} có vang lên không; có mạng lại, bộ thu "
        "sẽ tự báo."
    ),
    (Outcome.UNKNOWN, "box_retired"): N_(
        "Bộ thu ở {place} đã bị tháo hoặc thay trước khi kịp báo về “{title}” hẹn {planned}."
    ),
}  # fmt: skip

LEADS = {
    Outcome.PLANNED: N_("“{title}” hẹn {planned} đang chờ ở {place}."),
    Outcome.READY: N_("{place} đã sẵn sàng cho “{title}” hẹn {planned}."),
    Outcome.PLAYING: N_("{place} đang phát “{title}” hẹn {planned}."),
    Outcome.PLAYED: N_("{place} báo đã phát “{title}” hẹn {planned}, kèm một điều đáng chú ý."),
    Outcome.INTERRUPTED: N_("{place} phát dở “{title}” hẹn {planned}."),
    Outcome.FAILED: N_("{place} gặp lỗi khi phát “{title}” hẹn {planned}."),
    Outcome.MISSED: N_("{place} lỡ “{title}” hẹn {planned}."),
    Outcome.REFUSED: N_("Bộ thu ở {place} từ chối “{title}” hẹn {planned}."),
    Outcome.UNKNOWN: N_("Chưa rõ “{title}” hẹn {planned} có phát ở {place} hay không."),
}
AFTER_ALL = N_("Bộ thu ghi mã lý do “{code}” mà đài chưa biết; xin báo kỹ thuật viên.")

HEARD = {
    Heard.HEARD: N_("Tai nghe kiểm tra nghe thấy tiếng loa ngoài trời."),
    Heard.NOT_HEARD: N_(
        "Nhưng tai nghe kiểm tra không nghe thấy tiếng loa: rất có thể tăng âm, dây loa hoặc loa đang hỏng."
    ),
    Heard.UNSURE: N_("Tai nghe kiểm tra không chắc có nghe thấy tiếng loa hay không."),
}
