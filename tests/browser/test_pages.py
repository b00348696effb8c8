"""The whole way by keyboard alone, without scripts, live, and on a phone's width."""

import pytest
from playwright.sync_api import Page, expect

from broadcaster.services import intake, lexicon
from broadcaster.services.cap import feeds as cap_feeds
from broadcaster.services.cap import intake as intake_cap
from broadcaster.services.cap.feeds import NewFeed
from broadcaster.services.cap.intake import Incoming, no_checker
from tests.browser.people import Running, tab_to
from tests.fakes.cap_documents import block, document
from tests.fakes.station_world import World
from tests.fixtures.skips import needs
from wire.messages import Playing

pytestmark = [pytest.mark.slow, needs("chromium")]
TEXT = "Mời bà con thôn Kép họp lúc 7h30 ngày 25/11 tại nhà văn hóa."


def test_whole_way_by_keyboard_alone(running: Running) -> None:
    editor = running.person("lan")
    tab_to(editor, editor.get_by_role("link", name="Soạn bản tin mới"))
    editor.keyboard.press("Enter")
    expect(editor.get_by_role("heading", level=1)).to_have_text("Soạn bản tin mới")
    tab_to(editor, editor.get_by_label("Tiêu đề"))
    editor.keyboard.type("Họp thôn")
    tab_to(editor, editor.get_by_label("Nội dung cần đọc"))
    editor.keyboard.type(TEXT)
    expect(editor.locator("[data-spoken]")).to_contain_text("bảy giờ ba mươi phút")
    tab_to(editor, editor.get_by_role("button", name="Lưu và đọc thử"))
    editor.keyboard.press("Enter")
    expect(editor.get_by_text("Máy đang đọc bản tin")).to_be_visible()
    running.record()
    submit = editor.get_by_role("button", name="Gửi duyệt")
    expect(submit).to_be_visible()
    tab_to(editor, submit)
    editor.keyboard.press("Enter")
    expect(editor.get_by_role("status")).to_contain_text("Đã gửi duyệt")

    approver = running.person("minh")
    tab_to(approver, approver.get_by_role("link", name="Nghe và duyệt"))
    approver.keyboard.press("Enter")
    tab_to(approver, approver.get_by_role("button", name="Duyệt bản tin này"))
    approver.keyboard.press("Enter")
    expect(approver.get_by_role("status")).to_contain_text("Đã duyệt bản tin")
    tab_to(approver, approver.get_by_role("button", name="Phát ngay"))
    approver.keyboard.press("Enter")
    expect(approver.locator("#airing-summary")).to_contain_text("Còn dưới 1 phút nữa phát")


def test_whole_way_without_scripts(running: Running) -> None:
    editor = running.person("lan", scripts=False)
    editor.get_by_role("link", name="Soạn bản tin mới").click()
    editor.get_by_label("Tiêu đề").fill("Họp thôn")
    editor.get_by_label("Nội dung cần đọc").fill(TEXT)
    editor.get_by_label("Chọn thôn").check()
    editor.get_by_role("checkbox", name="Thôn Kép", exact=True).check()
    editor.get_by_role("button", name="Lưu và đọc thử").click()
    expect(editor.get_by_text("Máy đang đọc bản tin")).to_be_visible()
    running.record()
    expect(editor.get_by_role("button", name="Gửi duyệt")).to_be_visible()  # the page reloads by itself
    token = editor.locator("details.token", has_text="bảy giờ ba mươi phút").first
    token.locator("summary").click()
    token.get_by_label("Cách đọc khác").fill("bảy rưỡi sáng")
    token.get_by_role("button", name="Dùng").click()
    running.record()
    editor.reload()
    expect(editor.locator(".chosen")).to_contain_text("đọc là “bảy rưỡi sáng”")
    editor.get_by_role("button", name="Gửi duyệt").click()

    approver = running.person("minh", scripts=False)
    approver.get_by_role("link", name="Nghe và duyệt").click()
    approver.get_by_role("button", name="Duyệt bản tin này").click()
    approver.get_by_role("button", name="Đặt giờ phát").click()
    expect(approver.locator(".lead")).to_contain_text("17:00, thứ Hai 02/03/2026 · Thôn Kép")


def test_chosen_reading_is_kept_while_typing_goes_on(running: Running) -> None:
    editor = running.person("lan")
    editor.goto(f"{running.url}/ban-tin/moi")
    editor.get_by_label("Nội dung cần đọc").fill(TEXT)
    token = editor.locator("details.token", has_text="bảy giờ ba mươi phút").first
    token.locator("summary").click()
    token.get_by_label("Cách đọc khác").fill("bảy rưỡi sáng")
    token.get_by_role("button", name="Dùng").click()
    expect(editor.locator(".said")).to_contain_text("bảy rưỡi sáng")

    editor.get_by_label("Nội dung cần đọc").press_sequentially(" Xin cảm ơn.")

    expect(editor.locator(".said")).to_contain_text("Xin cảm ơn")
    expect(editor.locator(".said")).to_contain_text("bảy rưỡi sáng")


def test_unsure_place_is_settled_for_good_without_scripts(running: Running) -> None:
    bulletin = running.world.write(text="Ban XYZQ mời bà con họp.")
    running.record()
    editor = running.person("lan", scripts=False)
    editor.goto(f"{running.url}/ban-tin/{bulletin.id}")
    token = editor.locator("details.token.unsure")
    token.locator("summary").click()
    token.get_by_role("button", name="Luôn đọc như vậy ở đài này").click()

    expect(editor.get_by_role("status")).to_contain_text("Đã ghi vào từ điển của đài")
    expect(editor.locator("details.token.changed")).to_contain_text("ích y dét quy")
    expect(editor.locator("details.token.unsure")).to_have_count(0)
    editor.goto(f"{running.url}/tu-dien")
    expect(editor.locator(".rows .row")).to_contain_text(["XYZQ"])


def test_airing_page_follows_the_boxes_without_reloading(running: Running) -> None:
    world = running.world
    box = world.enrol()
    airing = world.plan(world.approved())
    page = running.person("lan")
    page.goto(f"{running.url}/luot-phat/{airing.id}")
    page.evaluate("window.stillTheSamePage = true")
    page.get_by_text("Hủy lượt phát…").click()
    expect(page.locator("#airing-summary")).to_contain_text("0/2 cụm loa đã sẵn sàng")

    known = intake.box(world.office, box.id)
    assert known is not None
    playing = Playing(airing_id=airing.id, started_at=airing.start_at, start_error_ms=12.0)
    intake.note_status(world.office, known, box.status(playing=playing))

    expect(page.locator(f"#kq-{world.clusters[0]}")).to_contain_text("lệch 12 ms")
    expect(page.locator("#airing-summary")).to_contain_text("Đang phát trên 1/2 cụm loa.")
    expect(page.get_by_role("button", name="Hủy lượt phát này")).to_be_visible()
    assert page.evaluate("window.stillTheSamePage")


def test_chosen_time_is_said_in_words_beside_the_fields(running: Running) -> None:
    bulletin = running.world.approved()
    page = running.person("lan")
    page.goto(f"{running.url}/ban-tin/{bulletin.id}")
    expect(page.locator(".when")).to_have_text("17:00, thứ Hai 02/03/2026")

    page.get_by_label("Ngày").fill("2026-03-08")
    page.get_by_label("Giờ", exact=True).fill("05:30")

    expect(page.locator(".when")).to_have_text("05:30, Chủ nhật 08/03/2026")


def test_text_typed_before_the_session_ended_comes_back(running: Running) -> None:
    editor = running.person("lan")
    editor.goto(f"{running.url}/ban-tin/moi")
    editor.get_by_label("Nội dung cần đọc").fill(TEXT)
    editor.context.clear_cookies()
    editor.get_by_label("Tiêu đề").fill("Họp thôn")
    editor.get_by_role("button", name="Lưu và đọc thử").click()
    expect(editor.get_by_text("Những gì bạn vừa nhập vẫn được giữ")).to_be_visible()

    editor.get_by_label("Tên đăng nhập").fill(running.world.username("lan"))
    editor.get_by_label("Mật khẩu").fill("mot cau ngan de nho")
    editor.get_by_role("button", name="Đăng nhập").click()
    editor.get_by_role("button", name="Gửi tiếp").click()
    expect(editor.get_by_role("status")).to_contain_text("Đã lưu bản tin")
    editor.goto(f"{running.url}/ban-tin/moi")
    expect(editor.get_by_label("Nội dung cần đọc")).to_have_value("")


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_screen_or_full_of_small_targets(running: Running, width: int) -> None:
    paths = _every_page(running.world)
    guest = running.person("", width=width)
    assert _faults(guest) == []
    for name in ("hoa", "dung"):
        page = running.person(name, width=width)
        for path in paths:
            page.goto(f"{running.url}{path}")
            assert _faults(page) == [], path


def test_pages_complain_of_nothing_in_the_console(running: Running) -> None:
    page = running.person("dung")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))

    for path in ("/", "/ban-tin/moi", "/nghe", "/luot-phat", "/thiet-bi"):
        page.goto(f"{running.url}{path}")
        page.wait_for_timeout(300)

    assert said == []


def _every_page(world: World) -> list[str]:
    long_word = "Thôngbáodàikhôngcóchỗngắt" * 4
    bulletin = world.approved(title=long_word, text=f"{TEXT} {'x' * 120}.")
    airing = world.plan(bulletin)
    world.code()
    lexicon.add_entry(world.office, actor=world.person("lan"), written="X" * 100, spoken="đọc" * 90)
    raw = document(infos=block(headline="Nước lũ " + long_word, description="x" * 150))
    came = intake_cap.receive(
        world.office,
        Incoming(station=world.station, source="post", raw=raw, via="API – " + "x" * 150),
        check=no_checker,
    )
    feed = NewFeed(source="post", url="https://" + "canhbao-" * 7 + ".example/" + "x" * 300)
    cap_feeds.add(world.office, actor=world.person("hoa"), new=feed)
    outside = "/tin-khan/tu-ngoai"
    return [
        outside, f"{outside}/tin/{came.id}", f"{outside}/nguon", f"{outside}/quy-tac", f"{outside}/quy-tac/post",
        f"{outside}/quy-tac-moi", f"{outside}/dia-ban", f"/tin-khan/{came.alert}", "/tin-khan", "/tin-khan/dien-tap",
        "/", "/ban-tin", "/ban-tin/moi", f"/ban-tin/{bulletin.id}", f"/ban-tin/{bulletin.id}/sua", "/cho-duyet",
        "/luot-phat", f"/luot-phat/{airing.id}", "/thiet-bi", "/cum-loa/moi", f"/cum-loa/{world.clusters[0]}", "/dai",
        "/tu-dien", "/nguoi-dung", f"/nguoi-dung/{world.person('lan').id}", "/ma-truy-cap", "/nhat-ky", "/nghe",
        "/tai-khoan", "/api/docs", "/khong-co",
    ]  # fmt: skip


def _faults(page: Page) -> list[str]:
    """Return what is too wide, and which buttons and fields are smaller than a fingertip (44 px)."""
    found: list[str] = page.evaluate(
        """() => {
          const faults = [];
          const root = document.documentElement;
          if (root.scrollWidth > root.clientWidth) faults.push(`wide: ${root.scrollWidth}`);
          for (const element of document.querySelectorAll("button, .button, select, textarea, label.choice")) {
            const box = element.getBoundingClientRect();
            if (box.height > 0 && box.height < 44) faults.push(`small: ${element.outerHTML.slice(0, 90)}`);
          }
          for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
            if (field.labels.length === 0) faults.push(`no label: ${field.outerHTML.slice(0, 90)}`);
          return faults;
        }"""
    )
    return found
