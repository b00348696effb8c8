"""Alerts in words and looks: what is real, a drill or a test; siren, rhythm and state as people say them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from broadcaster.domain.alarm.delivery import AlertDelivery, Hearing
from broadcaster.domain.alarm.sirens import length_ms
from broadcaster.domain.alarm.speech import is_correction
from broadcaster.domain.alert import AlertState, Content, Status, Stroke
from broadcaster.domain.errors import N_
from broadcaster.web import words
from broadcaster.web.i18n import Translate


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one kind of alert looks on every screen: a CSS name, an icon, and its own words for each deed."""

    css: str
    icon: str
    band: str
    hint: str
    send: str
    look: str
    stop: str
    live: str


LOOKS = {
    Status.ACTUAL: Look(
        css="actual",
        icon="siren",
        band=N_("BÁO ĐỘNG THẬT"),
        hint=N_("Loa sẽ phát cho bà con làm theo ngay."),
        send=N_("PHÁT BÁO ĐỘNG THẬT"),
        look=N_("Xem tin báo động"),
        stop=N_("Dừng báo động"),
        live=N_("ĐANG BÁO ĐỘNG THẬT"),
    ),
    Status.EXERCISE: Look(
        css="exercise",
        icon="drill",
        band=N_("DIỄN TẬP"),
        hint=N_("Không phải tin thật. Không hú còi. Loa nói “đây là diễn tập” ở đầu và cuối."),
        send=N_("Bắt đầu diễn tập"),
        look=N_("Xem tin diễn tập"),
        stop=N_("Kết thúc diễn tập"),
        live=N_("ĐANG DIỄN TẬP"),
    ),
    Status.TEST: Look(
        css="trial",
        icon="sound",
        band=N_("THỬ LOA"),
        hint=N_("Không phải tin thật. Không hú còi. Loa chỉ nói đây là tin thử."),
        send=N_("Thử loa bây giờ"),
        look=N_("Xem tin thử loa"),
        stop=N_("Ngừng thử loa"),
        live=N_("ĐANG THỬ LOA"),
    ),
}
CORRECTION_LOOK = replace(
    LOOKS[Status.ACTUAL],
    icon="sound",
    band=N_("ĐÍNH CHÍNH"),
    hint=N_("Không phải báo động. Loa nói rằng tin vừa phát đã được hủy bỏ."),
    stop=N_("Dừng đính chính"),
    live=N_("ĐANG PHÁT ĐÍNH CHÍNH"),
)
STATE_LOOKS = {
    AlertState.DRAFT: ("pen", "warn"),
    AlertState.APPROVED: ("clock", "ready"),
    AlertState.LIVE: ("sound", "playing"),
    AlertState.UPDATED: ("back", "waiting"),
    AlertState.CANCELLED: ("stop", "waiting"),
    AlertState.EXPIRED: ("clock", "waiting"),
    AlertState.DISCARDED: ("cross", "waiting"),
}
HEARING_LOOKS = {
    Hearing.SILENT: ("clock", "warn"),
    Hearing.SIREN: ("siren", "wailing"),
    Hearing.SPEECH: ("sound", "playing"),
    Hearing.SOUNDED: ("check", "good"),
    Hearing.PARTIAL: ("stop", "warn"),
    Hearing.FAILED: ("cross", "bad"),
    Hearing.MISSED: ("cross", "bad"),
    Hearing.UNKNOWN: ("question", "bad"),
}
_COUNTED = (
    (Hearing.SIREN, N_("{n} đang hú còi")),
    (Hearing.SPEECH, N_("{n} đang đọc")),
    (Hearing.SOUNDED, N_("{n} đã phát")),
    (Hearing.PARTIAL, N_("{n} phát dở")),
    (Hearing.FAILED, N_("{n} bị lỗi")),
    (Hearing.SILENT, N_("{n} chưa kêu")),
    (Hearing.MISSED, N_("{n} bị lỡ")),
    (Hearing.UNKNOWN, N_("{n} không có báo cáo")),
)
OFFLINE = N_("Mất liên lạc")
_HEARD = frozenset({Hearing.SIREN, Hearing.SPEECH, Hearing.SOUNDED})


def look_of(content: Content) -> Look:
    """Return how an alert looks; what takes a real one back is no alarm itself, whatever its status says."""
    correction = replace(CORRECTION_LOOK, css=LOOKS[content.status].css)
    return correction if is_correction(content) else LOOKS[content.status]


def siren(strokes: Iterable[Stroke], translate: Translate) -> str:
    """Return what the siren does, e.g. `5 hồi, mỗi hồi 30 giây, nghỉ 5 giây`."""
    said = [
        translate(N_("{times} hồi, mỗi hồi {on} giây, nghỉ {off} giây")).format(
            times=stroke.times, on=_seconds(stroke.on_ms), off=_seconds(stroke.off_ms)
        )
        for stroke in strokes
    ]
    return translate(N_("; rồi ")).join(said)


def siren_length(strokes: tuple[Stroke, ...], translate: Translate) -> str:
    """Return how long the siren lasts."""
    return words.length(timedelta(milliseconds=length_ms(strokes)), translate)


def rhythm(content: Content, translate: Translate) -> str:
    """Return how often it is said, e.g. `Đọc 2 lượt, rồi nhắc lại mỗi 15 phút cho đến khi dừng`."""
    said = translate(N_("Đọc {n} lượt")).format(n=content.times)
    if content.repeat_every_s is None:
        return said
    every = words.rough_length(timedelta(seconds=content.repeat_every_s), translate)
    again = N_("{said}, rồi nhắc lại mỗi {every} vào đầu giờ") if content.on_the_hour else N_(
        "{said}, rồi nhắc lại mỗi {every} cho đến khi dừng"
    )  # fmt: skip
    return translate(again).format(said=said, every=every)


def summary(deliveries: Iterable[AlertDelivery], translate: Translate) -> tuple[str, tuple[str, str]]:
    """Return where an alert stands on all clusters, in a sentence, with its icon and colour."""
    found = tuple(deliveries)
    if not found:
        return translate(N_("Không có cụm loa nào trong phạm vi này.")), ("cross", "bad")
    counts = {hearing: sum(d.hearing is hearing for d in found) for hearing in Hearing}
    parts = [translate(sentence).format(n=counts[hearing]) for hearing, sentence in _COUNTED if counts[hearing]]
    said = translate(N_("{total} cụm loa: {parts}.")).format(total=len(found), parts=", ".join(parts))
    if all(d.hearing in _HEARD for d in found):
        return said, ("siren", "wailing") if counts[Hearing.SIREN] else ("check", "good")
    is_bad = any(counts[h] for h in (Hearing.PARTIAL, Hearing.FAILED, Hearing.MISSED, Hearing.UNKNOWN))
    return said, ("cross", "bad") if is_bad else ("clock", "warn")


def hearing_look(delivery: AlertDelivery) -> tuple[str, str]:
    """Return icon and colour; a box out of reach is not merely quiet."""
    return ("cross", "bad") if is_offline(delivery) else HEARING_LOOKS[delivery.hearing]


def is_offline(delivery: AlertDelivery) -> bool:
    """Return whether nothing is known because the box cannot be reached."""
    return delivery.hearing is Hearing.SILENT and delivery.reason == "waiting_for_box"


def latency(latency_ms: int | None, translate: Translate) -> str | None:
    """Return how long the first sound took, e.g. `sau 0,8 giây`."""
    if latency_ms is None:
        return None
    return translate(N_("sau {seconds} giây")).format(seconds=f"{latency_ms / 1000:.1f}".replace(".", ","))


def _seconds(ms: int) -> str:
    return f"{ms / 1000:g}".replace(".", ",")
