"""What is known of a box, in words: when it was last heard of, what it holds, how its clock and its parts are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from broadcaster.domain.errors import N_
from broadcaster.services.releasing import standing
from broadcaster.store import documents
from broadcaster.store.devices import Device
from broadcaster.web import body_words, words
from broadcaster.web.i18n import Translate

ERRORS = {
    "disk_full": N_("Thẻ nhớ của bộ thu đã đầy nên không nhận thêm được bản thu. Xin thay thẻ nhớ lớn hơn."),
    "chunk_damaged": N_(
        "Bản thu {sound} bị hỏng trên đường truyền {n} lần, bộ thu đang tự tải lại. Nếu còn báo lỗi này, xin kiểm tra "
        "mạng của bộ thu."
    ),
    "hash_mismatch": N_(
        "Bản thu {sound} tải về {n} lần đều khác bản đã duyệt nên bộ thu không phát. Bộ thu sẽ tải lại; nếu còn báo "
        "lỗi này, xin báo kỹ thuật viên kiểm tra máy chủ."
    ),
    "document_unwritable": N_(
        "Bộ thu không ghi được lịch phát vào thẻ nhớ; nếu mất điện, lịch mới sẽ mất. Xin kiểm tra hoặc thay thẻ nhớ."
    ),
    "journal_unwritable": N_(
        "Bộ thu không ghi được nhật ký phát vào thẻ nhớ; kết quả phát có thể thiếu. Xin kiểm tra hoặc thay thẻ nhớ."
    ),
    "button": N_("Nút bấm báo động tại chỗ báo lỗi: {fault} Xin kiểm tra dây và cài đặt của bộ thu."),
    "amplifier": N_(
        "Không đóng cắt được tăng âm: {fault} Loa vẫn phát, nhưng tăng âm có thể đang tắt. Xin kiểm tra rơ-le và dây."
    ),
    "ear": N_("Tai nghe kiểm tra của bộ thu báo lỗi: {fault} Loa vẫn phát, nhưng không biết có nghe thấy ngoài trời."),
    "sound_device": N_("Đầu ra âm thanh báo lỗi: {fault} Xin kiểm tra dây, tăng âm và thiết bị âm thanh của bộ thu."),
}
"""What a box reports in `health.audio_errors`, by the kind that stands before the first colon."""
_OTHER_ERROR = N_("Bộ thu báo lỗi “{code}”. Xin báo kỹ thuật viên.")


def card(tx: Connection, device: Device, *, now: datetime, translate: Translate) -> dict[str, object]:
    """Return a box as the pages show it."""
    online = device.state.reachable(now)
    missing = len(device.state.audio_missing)
    troubles = _troubles(device.status, translate)
    return {
        "id": device.id,
        "online": online,
        "state": translate(N_("Đang kết nối") if online else N_("Mất liên lạc")),
        "look": ("check", "good") if online and not troubles else ("cross", "bad") if not online else ("warn", "warn"),
        "last_seen": words.ago(device.last_seen_at, now, translate),
        "playing": device.state.playing if online else None,
        "plan": _plan(tx, device, translate),
        "audio": translate(N_("Đủ bản thu"))
        if not missing
        else translate(N_("Còn thiếu {n} bản thu")).format(n=missing),
        "clock": _clock(device.status, translate),
        "health": [
            *body_words.facts(device.status.get("health") or {}, now=now, translate=translate),
            *_wanted(tx, device, translate),
        ],
        "troubles": troubles,
    }


def _wanted(tx: Connection, device: Device, translate: Translate) -> list[str]:
    """Return which version the station wants, as long as the box runs another."""
    agent = standing(tx, device)
    if agent.wanted is None or agent.wanted == agent.held:
        return []
    return [translate(N_("Đài muốn chuyển sang phần mềm {version}")).format(version=agent.wanted)]


def _plan(tx: Connection, device: Device, translate: Translate) -> str:
    """Return which plan the box holds, and whether it is the newest."""
    newest, held = documents.get(tx, device.id), device.state.plan
    if newest is None:
        return translate(N_("Chưa có lịch nào được gửi"))
    if held is None:
        return translate(N_("Chưa nhận lịch (mới nhất là bản {newest})")).format(newest=newest.seq)
    if held >= (newest.epoch, newest.seq):
        return translate(N_("Đã nhận bản mới nhất ({held})")).format(held=held[1])
    return translate(N_("Đang giữ bản {held}, mới nhất là bản {newest}")).format(held=held[1], newest=newest.seq)


def _clock(status: Mapping[str, Any], translate: Translate) -> str:
    clock = status.get("clock") or {}
    if not clock.get("trusted"):
        return translate(N_("Chưa được xác nhận, chưa phát theo lịch"))
    error_ms = clock.get("error_ms")
    if error_ms is None:
        return translate(N_("Đã xác nhận"))
    figure = f"{error_ms:.0f}" if error_ms >= 1 else f"{error_ms:.1f}".replace(".", ",")
    return translate(N_("Sai nhiều nhất {figure} ms")).format(figure=figure)


def _troubles(status: Mapping[str, Any], translate: Translate) -> list[str]:
    """Return what somebody should see to, each with what to do."""
    health = status.get("health") or {}
    errors = health.get("audio_errors") or ()
    return [
        *body_words.troubles(health, translate=translate),
        *(_told(code, translate) for code in dict.fromkeys(errors)),
    ]


def _told(code: str, translate: Translate) -> str:
    """Return a box's own error as a sentence; its code is `kind`, or `kind:` with what it is about."""
    kind, _, about = code.partition(":")
    sound, _, times = about.partition(":")
    known = translate(ERRORS.get(kind, _OTHER_ERROR))
    return known.format(code=code[:200], fault=_sentence(about[:300]), sound=sound[:8], n=times[:6] or "1")


def _sentence(fault: str) -> str:
    return fault if fault.endswith((".", "!", "?")) else f"{fault}."
