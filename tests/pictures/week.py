"""The week of a station: from nothing by a template, changed, refused, printed; tonight; the month's records."""

import os
import signal
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.pictures.cast import Cast

SILENT_MS = 60_000
NEXT_WEEK = f"/lich-tuan?tuan={(datetime.now(UTC) + timedelta(days=7)).date()}"
"""In the week under way some sessions are over, or it is Sunday night."""


def play(cast: Cast) -> None:
    """Take a template, look at every page of the week, and ask about tonight."""
    _begun(cast)
    _looked_at(cast)
    _changed(cast)
    _unsent(cast)
    _tonight(cast)
    _records(cast)


def _begun(cast: Cast) -> None:
    page = cast.open(cast.editor, "/lich-tuan", name="lich-tuan-trong")
    page.get_by_role("link", name="Bắt đầu từ mẫu").click()
    cast.camera.take(page, "lich-tuan-mau")
    page.get_by_role("link", name="Xem trước: Xã nông thôn, hai buổi một ngày").click()
    cast.camera.take(page, "lich-tuan-mau-mot")
    page.get_by_role("button", name="Dùng mẫu này").click()
    expect(page.get_by_role("status")).to_contain_text("Đã nhận mẫu")
    cast.camera.take(page, "lich-tuan-bat-dau")


def _looked_at(cast: Cast) -> None:
    bulletin = cast.bulletin("Nước dâng trên báo động hai")
    cast.open(cast.approver, f"/ban-tin/{bulletin['id']}", name="ban-tin-xep-lich")
    page = cast.open(cast.editor, NEXT_WEEK, name="lich-tuan")
    cast.open(page, "/lich-tuan/ban-in", name="lich-tuan-ban-in")
    cast.open(page, "/lich-tuan/tranh-cho", name="lich-tuan-tranh-cho")
    cast.open(page, "/lich-tuan/dien-thoai", name="lich-tuan-dien-thoai")
    cast.open(page, "/lich-tuan/tep", name="lich-tuan-tep")
    cast.open(cast.admin, "/dai/dinh-muc", name="dai-dinh-muc")
    cast.open(page, "/chuong-trinh", name="chuong-trinh")
    cast.open(page, "/chuong-trinh/ban-thu", name="chuong-trinh-ban-thu")
    cast.open(page, "/chuong-trinh").get_by_role("main").locator(".rows a").first.click()
    cast.camera.take(page, "chuong-trinh-sua")


def _changed(cast: Cast) -> None:
    page = cast.open(cast.editor, NEXT_WEEK)
    page.get_by_role("link", name="Buổi phát thanh chiều").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Buổi phát thanh chiều")
    cast.camera.take(page, "lich-tuan-buoi")
    page.locator("#time").fill("22:15")
    page.get_by_role("button", name="Xem trước khi dời").click()
    cast.camera.take(page, "lich-tuan-khong-duoc")
    cast.open(page, "/lich-tuan/lich-su", name="lich-tuan-lich-su")


def _unsent(cast: Cast) -> None:
    """The session ends while somebody types."""
    page = cast.open(cast.editor, "/chuong-trinh/moi")
    page.get_by_label("Tên chương trình").fill("Bản tin mùa vụ")
    page.context.clear_cookies(name="loa_session")
    page.get_by_role("button", name="Xem trước rồi lưu").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Đăng nhập")
    cast.camera.take(page, "dang-nhap-het-phien")
    page.get_by_label("Tên đăng nhập").fill("bien-tap")
    page.get_by_label("Mật khẩu").fill(cast.station.about["passwords"]["bien-tap"])
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("button", name="Gửi tiếp")).to_be_visible()
    cast.camera.take(page, "gui-tiep")


def _tonight(cast: Cast) -> None:
    page = cast.open(cast.editor, "/toi-nay", name="toi-nay")
    identity = cast.station.folder / "boxes" / "0" / "identity.json"
    aside = identity.rename(identity.with_suffix(".aside"))
    os.kill(cast.station.box_pid(0), signal.SIGKILL)
    expect(page.get_by_text("mất liên lạc").first).to_be_visible(timeout=SILENT_MS)
    cast.camera.take(page, "toi-nay-do")
    aside.rename(identity)


def _records(cast: Cast) -> None:
    cast.open(cast.admin, "/nhat-ky-phat", name="nhat-ky-phat")
    cast.open(cast.admin, "/bao-cao-thang", name="bao-cao-thang")
    cast.open(cast.admin, "/chua-nghe", name="chua-nghe")
    cast.open(cast.editor, "/kho-am-thanh", name="kho-am-thanh")
    cast.open(cast.editor, "/kho-am-thanh/tai-len", name="kho-am-thanh-tai-len")
