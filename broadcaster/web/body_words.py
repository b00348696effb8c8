"""What a box tells of its own body, power and line, in words: facts, and troubles with what to do about them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from broadcaster.domain.errors import N_
from broadcaster.web import words
from broadcaster.web.i18n import Translate

HOT_C = 80
LOW_DISK_BYTES = 200_000_000
LOW_MEMORY_BYTES = 60_000_000
WORN_PERCENT = 80
WEAK_SIGNAL_PERCENT = 20
OFTEN = 3
"""Of the five starts that a box remembers; so many for one reason are no accident."""

_WHY = {
    "power": N_("mất điện"),
    "reboot": N_("máy được khởi động lại"),
    "watchdog": N_("phần mềm bị treo"),
    "crash": N_("phần mềm gặp lỗi"),
    "update": N_("cập nhật phần mềm"),
    "asked": N_("có người yêu cầu"),
    "unknown": N_("không rõ lý do"),
}
_KINDS = {
    "ethernet": N_("Mạng dây"),
    "wifi": N_("Mạng Wi-Fi"),
    "mobile": N_("Mạng di động"),
}
_HEARD = {
    "heard": N_("nghe thấy loa"),
    "not_heard": N_("không nghe thấy loa"),
    "unsure": N_("không chắc có nghe thấy loa"),
}
_SIM = {
    "locked": N_("Thẻ SIM bị khóa nên bộ thu không vào được mạng di động. Xin mở khóa PIN của SIM bằng điện thoại."),
    "missing": N_("Không thấy thẻ SIM. Xin kiểm tra khay SIM của bộ thu."),
    "failed": N_("Thẻ SIM hoặc bộ phát sóng di động bị lỗi. Xin thử SIM khác, rồi thay bộ phát sóng."),
}


def facts(health: Mapping[str, Any], *, now: datetime, translate: Translate) -> list[str]:
    """Return what the box says of its own parts; what it cannot tell is left out."""
    told = [*_of_the_program(health, translate), *_of_the_body(health, translate), *_of_the_power(health, translate)]
    told += [*_of_the_line(health.get("network") or {}, translate), *_of_the_lives(health, now, translate)]
    return told


def troubles(health: Mapping[str, Any], *, translate: Translate) -> list[str]:
    """Return what somebody should see to, each with what to do."""
    return [*_power_troubles(health, translate), *_body_troubles(health, translate), *_line_troubles(health, translate)]


def _of_the_program(health: Mapping[str, Any], translate: Translate) -> Iterator[str]:
    if (version := health.get("agent_version")) is not None:
        yield translate(N_("Phần mềm {version}")).format(version=version)
    if update := health.get("update"):
        yield translate(N_("Cập nhật phần mềm: {text}")).format(text=update)
    if (refused := health.get("refused_documents")) not in (None, 0):
        yield translate(N_("Đã từ chối {n} bản tin điện tử không hợp lệ")).format(n=refused)


def _of_the_body(health: Mapping[str, Any], translate: Translate) -> Iterator[str]:
    if (free := health.get("disk_free_bytes")) is not None:
        yield translate(N_("Thẻ nhớ còn {size}")).format(size=words.size(free))
    if (worn := health.get("disk_wear_percent")) is not None:
        yield translate(N_("Thẻ nhớ đã dùng khoảng {n} % tuổi thọ")).format(n=worn)
    if (memory := health.get("memory_free_bytes")) is not None:
        yield translate(N_("Bộ nhớ còn {size}")).format(size=words.size(memory))
    if (own := health.get("agent_memory_bytes")) is not None:
        yield translate(N_("Phần mềm dùng {size} bộ nhớ")).format(size=words.size(own))
    if (degrees := health.get("cpu_temperature_c")) is not None:
        yield translate(N_("Nhiệt độ {degrees} °C")).format(degrees=f"{degrees:.0f}")


def _of_the_power(health: Mapping[str, Any], translate: Translate) -> Iterator[str]:
    if (mains := health.get("mains")) is not None:
        yield translate(N_("Có điện lưới") if mains else N_("Mất điện lưới, đang chạy bằng ắc quy"))
    if (amplifier := health.get("amplifier_on")) is not None:
        yield translate(N_("Tăng âm đang bật") if amplifier else N_("Tăng âm đang tắt"))


def _of_the_line(network: Mapping[str, Any], translate: Translate) -> Iterator[str]:
    if (kind := _KINDS.get(network.get("kind") or "")) is not None:
        operator = network.get("operator")
        yield f"{translate(kind)} ({operator})" if operator else translate(kind)
    if (signal := network.get("signal_percent")) is not None:
        yield translate(N_("Sóng di động {n} %")).format(n=signal)
    if (trip := network.get("round_trip_ms")) is not None:
        yield translate(N_("Đi về tới đài {n} ms")).format(n=f"{trip:.0f}")
    if times := network.get("reconnects"):
        yield translate(N_("Đã nối lại mạng {n} lần từ khi khởi động")).format(n=times)


def _of_the_lives(health: Mapping[str, Any], now: datetime, translate: Translate) -> Iterator[str]:
    test = health.get("self_test") or {}
    if (verdict := _HEARD.get((test.get("heard") or {}).get("verdict") or "")) is not None:
        when = words.ago(_instant(test.get("at")), now, translate)
        yield translate(N_("Tự kiểm tra ban đêm {when}: {verdict}")).format(when=when, verdict=translate(verdict))
    for boot in health.get("boots") or ():
        why, at = translate(_WHY.get(boot.get("why") or "", _WHY["unknown"])), _instant(boot.get("at"))
        if at is None:
            yield translate(N_("Khởi động (chưa biết giờ): {why}")).format(why=why)
        else:
            when = words.ago(at, now, translate)
            yield translate(N_("Khởi động {when}: {why}")).format(when=when, why=why)


def _power_troubles(health: Mapping[str, Any], translate: Translate) -> Iterator[str]:
    if health.get("mains") is False:
        yield translate(
            N_(
                "Mất điện lưới, bộ thu đang chạy bằng ắc quy. Xin kiểm tra điện ở cột; tăng âm có thể không kêu, và "
                "ắc quy cạn thì loa sẽ im hẳn."
            )
        )
    if health.get("under_voltage"):
        yield translate(N_("Nguồn điện yếu. Xin kiểm tra bộ nguồn và dây."))
    why = [boot.get("why") for boot in health.get("boots") or ()]
    if why.count("power") >= OFTEN:
        yield translate(N_("Bộ thu mất điện nhiều lần gần đây. Xin kiểm tra ổ cắm, dây nguồn và cầu dao."))
    if why.count("watchdog") + why.count("crash") >= OFTEN:
        yield translate(
            N_("Phần mềm bộ thu phải tự khởi động lại nhiều lần gần đây. Xin báo kỹ thuật viên xem nhật ký của bộ thu.")
        )


def _body_troubles(health: Mapping[str, Any], translate: Translate) -> Iterator[str]:
    hot = (health.get("cpu_temperature_c") or 0) >= HOT_C
    if hot:
        yield translate(N_("Bộ thu quá nóng. Xin kiểm tra thông gió."))
    if health.get("throttled"):
        yield translate(
            N_("Bộ thu phải chạy chậm lại vì nóng hoặc nguồn yếu. Xin che nắng, làm thoáng hộp và kiểm tra bộ nguồn.")
        )
    if (worn := health.get("disk_wear_percent") or 0) >= WORN_PERCENT:
        yield translate(
            N_("Thẻ nhớ sắp hỏng (đã dùng khoảng {n} % tuổi thọ). Xin thay thẻ trước khi nó hỏng hẳn.")
        ).format(n=worn)
    is_full = "disk_full" in (health.get("audio_errors") or ())
    if not is_full and (free := health.get("disk_free_bytes")) is not None and free < LOW_DISK_BYTES:
        yield translate(N_("Thẻ nhớ gần đầy."))
    if (memory := health.get("memory_free_bytes")) is not None and memory < LOW_MEMORY_BYTES:
        yield translate(
            N_("Bộ nhớ của bộ thu gần cạn. Xin khởi động lại bộ thu; nếu còn lặp lại, xin báo kỹ thuật viên.")
        )
    if ((health.get("self_test") or {}).get("heard") or {}).get("verdict") == "not_heard":
        yield translate(
            N_("Lần tự kiểm tra ban đêm gần nhất không nghe thấy loa. Xin kiểm tra tăng âm, dây loa và loa.")
        )


def _line_troubles(health: Mapping[str, Any], translate: Translate) -> Iterator[str]:
    network = health.get("network") or {}
    if (sentence := _SIM.get(network.get("sim") or "")) is not None:
        yield translate(sentence)
    signal = network.get("signal_percent")
    if signal is not None and network.get("sim") == "ready" and signal < WEAK_SIGNAL_PERCENT:
        yield translate(
            N_("Sóng di động yếu ({n} %). Xin đổi chỗ hoặc nâng cao ăng-ten, hoặc dùng SIM của nhà mạng khác.")
        ).format(n=signal)


def _instant(said: object) -> datetime | None:
    try:
        return datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
