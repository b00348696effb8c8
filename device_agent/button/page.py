"""The one page of the box, in Vietnamese: big buttons that an old phone can show, no script."""

from collections.abc import Iterable
from html import escape

from device_agent.playout.pressed import Refusal
from wire.messages import PreparedMessage

SAID = {
    Refusal.OFF: "Đài chưa cho phép dùng nút bấm ở cụm loa này.",
    Refusal.UNKNOWN: "Không có tin này. Xin tải lại trang và chọn lại.",
    Refusal.SOUNDING: "Loa đang phát tin vừa bấm. Muốn dừng, hãy bấm “Dừng phát”.",
    Refusal.TOO_SOON: "Vừa có người bấm cách đây ít phút. Xin chờ rồi bấm lại.",
    Refusal.NO_AUDIO: "Thiết bị chưa tải xong tin này nên chưa phát được. Xin báo cho đài.",
}
STARTED = "Loa bắt đầu phát. Xin gọi điện báo ngay cho đài."
STOPPED = "Đã dừng phát."
NOTHING_SOUNDS = "Loa không phát tin nào do bấm nút."
NOTHING_CHOSEN = "Chưa chọn tin. Xin nhập mã số rồi bấm vào tin cần phát."
WRONG_PIN = "Mã số không đúng. Xin nhập lại."
TOO_MANY_PINS = "Đã nhập sai nhiều lần. Xin chờ 10 phút rồi thử lại, hoặc gọi cho đài."
OFF = "Trang này đang tắt: đài chưa cho phép dùng nút bấm, hoặc chưa đặt mã số."
NOT_SERVED = "Không phục vụ yêu cầu này."
OTHER_NAME = "Xin mở trang này bằng địa chỉ http://{own}"

_STYLE = (
    "body{margin:0;padding:12px;font:20px sans-serif;background:#fff;color:#111;max-width:640px}"
    "h1{font-size:26px;margin:8px 0}p.noi{border:3px solid #111;padding:10px;font-weight:bold}"
    "input{font-size:28px;padding:10px;width:100%;box-sizing:border-box;border:2px solid #111}"
    "button{display:block;width:100%;margin:14px 0;padding:22px 10px;font-size:26px;font-weight:bold;"
    "color:#fff;background:#b00020;border:0;border-radius:8px}button.dung{background:#222}"
    "button.an{position:absolute;left:-9999px;width:1px;height:1px;overflow:hidden}small{color:#333}"
)


def page(offered: Iterable[tuple[int, PreparedMessage]], *, place: str, said: str = "") -> str:
    """Return the page of the box at `place`, with what came of the last press above the buttons."""
    # A phone's “Go” key sends the form as if its first button had been pressed: that one must start nothing.
    buttons = "".join(
        f'<button name="tin" value="{number}">{escape(message.event)}<br><small style="color:#fff">'
        f"{escape(message.headline)}</small></button>"
        for number, message in offered
    )
    form = (
        '<form method="post" action="/" autocomplete="off"><button class="an" name="tin" value="0" tabindex="-1">'
        'Chưa chọn</button><label for="ma">Mã số</label><input id="ma" name="ma" type="password" inputmode="numeric" '
        f'pattern="[0-9]*" maxlength="12" required>{buttons}'
        '<button class="dung" name="tin" value="dung">Dừng phát</button></form>'
    )
    note = "<p><small>Chỉ bấm khi có nguy hiểm thật. Đài sẽ được báo mỗi lần bấm.</small></p>"
    return _whole(f"<h1>Báo động tại {escape(place)}</h1>{_box(said)}{form}{note}")


def notice(said: str) -> str:
    """Return a page that says one thing and offers nothing."""
    return _whole(f"<h1>Loa truyền thanh</h1>{_box(said)}")


def _box(said: str) -> str:
    return f'<p class="noi" role="status">{escape(said)}</p>' if said else ""


def _whole(body: str) -> str:
    return (
        '<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>Báo động tại chỗ</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )
