"""A bulletin from the empty form to the loudspeakers, and every page that it passes."""

from playwright.sync_api import expect

from tests.end_to_end.station import until
from tests.pictures.cast import BULLETIN, Cast


def play(cast: Cast) -> None:
    """Write, hear, return, approve and air a bulletin."""
    _written(cast)
    _approved(cast)
    _returned(cast)
    _aired(cast)
    cast.open(cast.editor, "/ban-tin", name="ban-tin")
    cast.open(cast.editor, "/tu-dien", name="tu-dien")


def _written(cast: Cast) -> None:
    page = cast.open(cast.editor, "/ban-tin/moi")
    page.get_by_label("Tiêu đề").fill("Tiêm phòng dại cho chó, mèo")
    page.get_by_label("Nội dung cần đọc").fill(BULLETIN)
    expect(page.locator("[data-spoken]")).to_contain_text("bảy giờ ba mươi phút")
    cast.camera.take(page, "soan-ban-tin")
    page.get_by_role("button", name="Lưu và đọc thử").click()
    cast.camera.take(page, "ban-tin-dang-doc")
    expect(page.get_by_role("button", name="Gửi duyệt")).to_be_visible(timeout=60_000)
    cast.camera.take(page, "ban-tin-nghe")
    page.get_by_role("button", name="Gửi duyệt").click()
    expect(page.get_by_role("status")).to_contain_text("Đã gửi duyệt")
    wrong = cast.open(cast.editor, "/ban-tin/moi")
    wrong.get_by_label("Nội dung cần đọc").fill("Mời bà con họp thôn.")
    wrong.locator("form[novalidate], main form").first.evaluate("form => form.noValidate = true")
    wrong.get_by_role("button", name="Lưu và đọc thử").click()
    cast.camera.take(wrong, "soan-ban-tin-loi")


def _approved(cast: Cast) -> None:
    page = cast.open(cast.approver, "/cho-duyet", name="cho-duyet")
    page.get_by_role("link", name="Nghe và duyệt").first.click()
    cast.camera.take(page, "duyet")
    page.get_by_role("button", name="Duyệt bản tin này").click()
    expect(page.get_by_role("status")).to_contain_text("Đã duyệt")
    cast.camera.take(page, "chon-gio-phat")


def _returned(cast: Cast) -> None:
    call = cast.station.call
    written = call("POST", "/bulletins", {"title": "Họp thôn Kép 1", "text": "Tối nay họp.", "audience": {"all": True}})
    path = f"/bulletins/{written['id']}"
    until(lambda: call("GET", path)["recording"], within_s=60)
    call("POST", f"{path}/submit")
    page = cast.open(cast.approver, f"/ban-tin/{written['id']}")
    page.get_by_label("Chưa đạt?").fill("Ghi thêm nội dung cuộc họp để bà con chuẩn bị.")
    page.get_by_role("button", name="Trả lại").click()
    cast.open(cast.editor, f"/ban-tin/{written['id']}", name="ban-tin-tra-lai")


def _aired(cast: Cast) -> None:
    station = cast.station
    airing = station.air(cast.bulletin("Lịch bơm nước", "Chiều nay trạm bơm thôn Ngọt bơm nước từ 14h đến 17h."))
    page = cast.open(cast.approver, f"/luot-phat/{airing['id']}")
    until(lambda: "playing" in station.outcomes(airing).values(), within_s=60)
    expect(page.get_by_text("Đang phát").first).to_be_visible()
    cast.camera.take(page, "luot-phat")
    cast.open(cast.editor, "/nghe", name="nghe")
    cast.open(cast.editor, "/", name="hom-nay")
    station.await_outcome(airing, "played", within_s=90)
    expect(page.get_by_text("Vì sao?").first).to_be_visible()
    cast.camera.take(page, "luot-phat-xong")
    cast.open(cast.editor, "/luot-phat", name="luot-phat-danh-sach")
