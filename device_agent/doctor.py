"""`device-agent doctor`: looks at everything the box needs and says in Vietnamese what is wrong and what to do."""

import os
import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from device_agent import identity
from device_agent.gpio import is_pin
from device_agent.identity import Identity, IdentityError
from device_agent.link import BadBrokerAddress, address_of, probe
from device_agent.os_words import in_words
from device_agent.settings import PlayerKind, Settings
from device_agent.timekeeper import SystemClock
from wire.enrolment import BrokerAccount

_LOW_DISK_BYTES = 200 * 1024 * 1024
_CONNECT_TIMEOUT_S = 5.0
_NO_LINE = "Hãy kiểm tra mạng (SIM, dây, sóng) rồi hỏi đài; trong lúc đó thiết bị vẫn phát theo kế hoạch đã có."
_NO_TIME = "Đến khi có giờ, chương trình theo lịch chưa phát; tin khẩn cấp vẫn phát."
_NO_SOUND = (
    "Hãy kiểm tra cạc âm thanh đã cắm (aplay -l), dịch vụ âm thanh (systemctl status device-agent-sound) và "
    "DEVICE_AGENT_AUDIO_DEVICE."
)
_AS_ROOT = "Hãy chạy bằng quyền quản trị: sudo device-agent doctor."
_START = "Hãy chạy: sudo systemctl restart device-agent; nếu vẫn vậy, hãy xem: journalctl -u device-agent -n 50."
_HELD = "device-agent đang chạy và giữ phần này nên không thử ở đây; nếu hỏng, trang Cụm loa của đài ghi rõ."
_PINS = "Hãy kiểm tra dây và cài đặt DEVICE_AGENT_BUTTON, DEVICE_AGENT_BUTTON_PAGE."
_WIRE = "Hãy kiểm tra dây và cài đặt DEVICE_AGENT_MAINS."
_FIRST_REAL_YEAR_S = 1_704_067_200  # the first of January 2024: no box of this kind is older


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; `good` None is worth knowing and no fault."""

    good: bool | None
    text: str


def examine(
    settings: Settings,
    *,
    system_clock: SystemClock,
    is_running: bool | None = None,
    check_sound: Callable[[], str | None],
    check_ear: Callable[[], str | None] = lambda: None,
    check_power: Callable[[], str | None] = lambda: None,
    check_mains: Callable[[], str | None] = lambda: None,
    check_button: Callable[[], str | None] = lambda: None,
) -> tuple[Finding, ...]:
    """Return all findings, in a technician's order. The checks return what is wrong, or None.

    `is_running` is whether an agent works here now, which holds what only one can hold; None: nobody looked.
    """
    findings: list[Finding] = [*_data(settings)]
    try:
        me = identity.load(settings.data)
    except IdentityError as exc:
        findings.append(Finding(good=False, text=str(exc)))
    else:
        findings += [_identity(me), *_service(is_running)]
        findings.append(_broker(me.broker, client_id=f"{me.station}.{me.device}.doctor"))
    findings += [_clock(system_clock), _sound(settings, check_sound), *_ear(settings, check_ear)]
    held = is_running is True
    findings += [*_power(settings, check_power, is_held=held), *_mains(settings, check_mains, is_held=held)]
    return (*findings, *_button(settings, check_button, is_held=held))


def _data(settings: Settings) -> Iterator[Finding]:
    data = settings.data
    try:
        is_there = data.exists()
    except OSError as exc:
        yield Finding(good=False, text=f"Không xem được {data}: {in_words(exc)}. {_AS_ROOT}")
        return
    if not is_there:
        yield Finding(
            good=False, text=f"Chưa có thư mục dữ liệu {data}; nó được tạo khi ghép: hãy chạy device-agent enrol."
        )
        return
    if not os.access(data, os.W_OK | os.X_OK):
        yield Finding(
            good=False, text=f"Không ghi được vào {data}: hãy kiểm tra quyền, hoặc thẻ nhớ đã chuyển sang chỉ đọc."
        )
        return
    free = shutil.disk_usage(data).free
    text = f"Thẻ nhớ còn trống {free // (1024 * 1024)} MB"
    if free < max(_LOW_DISK_BYTES, 2 * settings.disk_reserve_bytes):
        advice = "Hãy xóa bớt tệp không cần đến, hoặc thay thẻ lớn hơn."
        yield Finding(good=False, text=f"{text}: quá ít, âm thanh mới sẽ không tải về được. {advice}")
    else:
        yield Finding(good=True, text=f"{text}.")


def _identity(me: Identity) -> Finding:
    return Finding(
        good=True, text=f"Đã ghép với đài {me.station}: cụm {me.cluster} ({me.hamlet}), mã thiết bị {me.device}."
    )


def _service(is_running: bool | None) -> Iterator[Finding]:
    if is_running is not None:
        text = "device-agent đang chạy." if is_running else f"device-agent đang KHÔNG chạy: loa không phát gì. {_START}"
        yield Finding(good=True if is_running else None, text=text)


def _broker(account: BrokerAccount, *, client_id: str) -> Finding:
    try:
        host, port, tls = address_of(account)
    except BadBrokerAddress as exc:
        return Finding(
            good=False, text=f"{exc}. Hãy báo cho đài sửa lại địa chỉ, rồi ghép lại: device-agent enrol --again."
        )
    try:
        with socket.create_connection((host, port), timeout=_CONNECT_TIMEOUT_S) as plain:
            if tls is not None:
                with tls.wrap_socket(plain, server_hostname=host):
                    pass
    except ssl.SSLError as exc:
        return Finding(
            good=False, text=f"Chứng thư TLS của {host}:{port} không được tin cậy ({exc.reason}); hãy báo cho đài."
        )
    except OSError as exc:
        text = f"Không kết nối được với máy chủ MQTT {host}:{port}: {in_words(exc)}. {_NO_LINE}"
        return Finding(good=False, text=text)
    return _account(account, f"{host}:{port}", client_id=client_id)


def _account(account: BrokerAccount, where: str, *, client_id: str) -> Finding:
    refusal = probe(account, client_id=client_id)
    if refusal is not None:
        text = f"Máy chủ MQTT {where} từ chối tài khoản của thiết bị ({refusal}); hãy ghép lại hoặc báo cho đài."
        return Finding(good=False, text=text)
    return Finding(good=True, text=f"Đăng nhập được vào máy chủ MQTT {where}.")


def _clock(clock: SystemClock) -> Finding:
    if clock.error_ms is not None:
        return Finding(good=True, text=f"Đồng hồ hệ thống đã đồng bộ (sai không quá {clock.error_ms:.0f} ms).")
    if clock.unix_s < _FIRST_REAL_YEAR_S:
        text = f"Đồng hồ hệ thống sai hẳn (trước năm 2024); thiết bị sẽ lấy giờ của đài khi có mạng. {_NO_TIME}"
        return Finding(good=None, text=text)
    return Finding(good=None, text=f"Đồng hồ hệ thống chưa đồng bộ; thiết bị sẽ lấy giờ của đài qua MQTT. {_NO_TIME}")


def _sound(settings: Settings, check_sound: Callable[[], str | None]) -> Finding:
    fault = check_sound()
    if fault is not None:
        advice = "" if "hãy" in fault else f" {_NO_SOUND}"
        return Finding(good=False, text=f"Âm thanh: {fault}.{advice}")
    if settings.player is PlayerKind.NULL:
        return Finding(good=None, text="Âm thanh: đang dùng trình phát rỗng, loa sẽ KHÔNG kêu.")
    return Finding(good=True, text=f"Âm thanh: trình phát {settings.player.value} sẵn sàng.")


def _ear(settings: Settings, check_ear: Callable[[], str | None]) -> Iterator[Finding]:
    """Say how the ear is where one was chosen; most boxes have none, which is no news."""
    if settings.ear in {None, "", "none"}:
        return
    fault = check_ear()
    if fault is not None:
        yield Finding(
            good=False,
            text=f"Tai nghe kiểm tra: {fault}. Loa vẫn phát, nhưng đài không biết có nghe thấy không. Hãy xem micrô đã "
            "cắm chưa (arecord -L, pactl list short sources) rồi sửa DEVICE_AGENT_EAR.",
        )
    else:
        yield Finding(good=True, text=f"Tai nghe kiểm tra ({settings.ear}) thu được tiếng.")


def _power(settings: Settings, check_power: Callable[[], str | None], *, is_held: bool) -> Iterator[Finding]:
    if settings.amplifier in {None, "", "none"}:
        return
    fault = check_power()
    if fault is not None:
        text = f"Rơ-le âm-ly: {fault}. Loa vẫn phát, nhưng âm-ly có thể đang tắt; hãy kiểm tra dây và cài đặt."
        yield Finding(good=False, text=text)
    elif is_held:
        yield Finding(good=None, text=f"Rơ-le âm-ly ({settings.amplifier}): {_HELD}")
    else:
        yield Finding(good=True, text=f"Rơ-le âm-ly ({settings.amplifier}) đóng cắt được.")


def _mains(settings: Settings, check_mains: Callable[[], str | None], *, is_held: bool) -> Iterator[Finding]:
    if settings.mains in {None, "", "none"}:
        return
    fault = check_mains()
    if fault is not None:
        yield Finding(good=False, text=f"Báo điện lưới: {fault}. Đài sẽ không biết khi nào mất điện. {_WIRE}")
    elif is_held and is_pin(settings.mains or ""):
        yield Finding(good=None, text=f"Báo điện lưới ({settings.mains}): {_HELD}")
    else:
        yield Finding(good=True, text=f"Đọc được trạng thái điện lưới ({settings.mains}).")


def _button(settings: Settings, check_button: Callable[[], str | None], *, is_held: bool) -> Iterator[Finding]:
    if {settings.button, settings.button_page} <= {None, "", "none"}:
        return
    fault = check_button()
    if fault is not None:
        yield Finding(good=False, text=f"Nút bấm báo động: {fault}. Người tại chỗ sẽ không bấm được. {_PINS}")
    elif is_held:
        yield Finding(good=None, text=f"Nút bấm báo động: {_HELD}")
    else:
        yield Finding(good=True, text="Nút bấm báo động: đọc được cài đặt và các chân; chỉ chạy khi đài cho phép.")
