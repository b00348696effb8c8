"""The week in a real browser: a newcomer's path by template, moves that are refused, a clash that is settled."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from broadcaster.domain.bulletin import Priority
from broadcaster.domain.week.programme_data import as_data, from_data
from broadcaster.domain.week.requests import NextSession
from broadcaster.services.week import asking
from broadcaster.services.week import programmes as use_cases
from tests.browser.people import Running
from tests.fakes.station_world import World
from tests.fixtures.skips import needs

pytestmark = [pytest.mark.slow, needs("chromium")]
SHOTS = os.environ.get("WEEK_SHOTS")
"""A folder to put screenshots of these pages in, if there is one."""

LONG = "Tiêm phòng dại cho chó, mèo " + "Thôngbáodàikhôngcóchỗngắt" * 2
# It is for a special occasion so that no cap counts it, on whatever days the template's lunar sessions fall.
OWN = {
    "id": "ngot", "title": "Lịch bơm nước thôn Ngọt", "starts": "11:30", "minutes": 10,
    "days": "FREQ=WEEKLY;BYDAY=WE,FR", "special": "Mùa hạn",
    "segments": [{"kind": "relay", "id": "muc-1", "title": "Đài huyện", "urls": ["http://dai.vn/a"], "minutes": 8}],
}  # fmt: skip


@dataclass
class Counting:
    """Presses what a newcomer presses, and counts."""

    actions: int = 0

    def press(self, what: Locator) -> None:
        what.click()
        self.actions += 1


def take_template(world: World, name: str = "nong-thon-hai-buoi") -> None:
    use_cases.save(world.office, actor=world.person("lan"), edit=use_cases.from_template(world.office, name))


def shoot(page: Page, name: str, *, whole: bool = True) -> None:
    """Take the page at the width of a phone and of a desk, where somebody wants to see it."""
    if SHOTS is None:
        return
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=whole)


@pytest.mark.parametrize("scripts", [True, False])
def test_newcomer_comes_from_nothing_to_a_running_week(running: Running, scripts: bool) -> None:
    page, count = running.person("lan", scripts=scripts), Counting()

    count.press(page.get_by_role("navigation").get_by_role("link", name="Lịch tuần"))
    shoot(page, "lich-tuan-trong")
    page.set_viewport_size({"width": 1280, "height": 844})
    count.press(page.get_by_role("link", name="Bắt đầu từ mẫu"))
    shoot(page, "lich-tuan-mau")
    count.press(page.get_by_role("link", name="Xem trước: Xã nông thôn, hai buổi một ngày"))
    shoot(page, "lich-tuan-mau-mot")
    count.press(page.get_by_role("button", name="Dùng mẫu này"))

    expect(page.get_by_role("status")).to_contain_text("Đã nhận mẫu")
    expect(page.locator(".slot.session", has_text="Buổi phát thanh sáng").first).to_be_visible()
    expect(page.locator(".slot.session", has_text="Buổi phát thanh chiều")).to_have_count(7)
    assert count.actions <= 8
    shoot(page, "lich-tuan-bat-dau")


def test_session_is_not_moved_into_quiet_hours(running: Running) -> None:
    take_template(running.world)
    page = running.person("lan", scripts=False)
    open_session(page, running.url, "Buổi phát thanh chiều")
    shoot(page, "lich-tuan-buoi")

    page.get_by_label("Giờ", exact=True).fill("22:15")
    page.get_by_role("button", name="Xem trước khi dời").click()

    expect(page.get_by_role("alert")).to_contain_text("giờ yên lặng")
    expect(page.get_by_role("button", name="Lưu thay đổi")).to_have_count(0)
    shoot(page, "lich-tuan-khong-duoc")


def test_programme_is_not_made_longer_than_the_cap(running: Running) -> None:
    take_template(running.world, "phuong-noi-thi")
    page = running.person("lan")
    page.goto(f"{running.url}/chuong-trinh")
    page.get_by_role("main").locator(".rows a").first.click()
    shoot(page, "chuong-trinh-sua")

    page.get_by_label("Dài nhất (phút)").first.fill("40")
    page.get_by_role("button", name="Xem trước rồi lưu").first.click()

    expect(page.get_by_role("alert").first).to_contain_text("15 phút")
    expect(page.get_by_role("button", name="Lưu thay đổi")).to_have_count(0)
    page.get_by_role("button", name="Sửa tiếp").click()
    expect(page.get_by_label("Dài nhất (phút)").first).to_have_value("40")


def test_session_is_dragged_to_another_day(running: Running) -> None:
    take_template(running.world)
    page = running.person("lan")
    page.goto(f"{running.url}/lich-tuan?tuan=2026-03-09")
    source = page.locator('[data-day="2026-03-10"] .slot', has_text="Buổi phát thanh sáng")

    source.drag_to(page.locator('[data-day="2026-03-12"] .week-head'))

    expect(page.get_by_role("heading", level=1)).to_have_text("Đổi giờ một buổi")
    expect(page.locator(".lead")).to_contain_text("10/03/2026 sang 05:00 ngày 12/03/2026")


def test_session_is_carried_by_its_handle_with_a_finger(running: Running) -> None:
    """Beyond the edge of the screen too: the page rolls on under the finger. On the rest of a session it just rolls."""
    take_template(running.world)
    page = running.person("lan", width=390, touch=True)
    page.goto(f"{running.url}/lich-tuan?tuan=2026-03-09")
    finger = Finger(page)
    slot = page.locator('[data-day="2026-03-10"] .slot', has_text="Buổi phát thanh sáng")

    finger.take(slot.locator(".slot-title"))
    finger.pull(120, 300)
    finger.let_go()
    expect(page.locator(".carried")).to_have_count(0)
    assert page.url.endswith("?tuan=2026-03-09")

    finger.take(slot.locator(".grip"))
    finger.pull(150, 830)
    expect(page.locator('[data-day="2026-03-10"]')).not_to_be_in_viewport()
    finger.pull(150, 500)  # away from the edge nothing rolls any more
    day = page.locator(".week-day.drop").get_attribute("data-day")
    assert day is not None
    assert "2026-03-11" < day <= "2026-03-15"
    expect(page.locator(".carried")).to_contain_text("Buổi phát thanh sáng → ")
    finger.let_go()

    expect(page.get_by_role("heading", level=1)).to_have_text("Đổi giờ một buổi")
    expect(page.locator(".lead")).to_contain_text(f"10/03/2026 sang 05:00 ngày {day[8:]}/03/2026")
    expect(page.get_by_role("main")).to_contain_text("bớt đi một")


class Finger:
    """One finger on a page's glass."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._glass = page.context.new_cdp_session(page)
        self._at = (0.0, 0.0)

    def take(self, what: Locator) -> None:
        what.scroll_into_view_if_needed()
        box = what.bounding_box()
        assert box is not None
        self._touch("touchStart", box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def pull(self, x: float, y: float) -> None:
        (x0, y0), steps = self._at, 8
        for n in range(1, steps + 1):
            self._touch("touchMove", x0 + (x - x0) * n / steps, y0 + (y - y0) * n / steps)

    def let_go(self) -> None:
        self._glass.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def _touch(self, kind: str, x: float, y: float) -> None:
        self._at = x, y
        self._glass.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})


@pytest.mark.parametrize(
    ("key", "lands"),
    [("Shift+ArrowRight", "05:00 ngày 11/03/2026"), ("Shift+ArrowDown", "05:15 ngày 10/03/2026")],
)
def test_session_is_moved_with_the_keyboard(running: Running, key: str, lands: str) -> None:
    take_template(running.world)
    page = running.person("lan")
    page.goto(f"{running.url}/lich-tuan?tuan=2026-03-09")
    page.locator('[data-day="2026-03-10"] .slot a', has_text="Buổi phát thanh sáng").focus()

    page.keyboard.press(key)

    expect(page.get_by_role("heading", level=1)).to_have_text("Đổi giờ một buổi")
    expect(page.locator(".lead")).to_contain_text(f"10/03/2026 sang {lands}")


def test_day_stands_in_the_order_of_the_clock_on_a_phone(running: Running) -> None:
    world = running.world
    take_template(world)
    own = as_data(from_data(OWN | {"audience": {"hamlets": [world.hamlets[1]]}}))
    use_cases.save(world.office, actor=world.person("lan"), edit=use_cases.adding(own))
    page = running.person("lan", width=390)
    page.goto(f"{running.url}/lich-tuan")

    tops = {
        clock: page.locator('[data-day="2026-03-04"] .slot', has_text=clock).bounding_box()
        for clock in ("05:00", "11:30", "17:00")
    }

    heights = [box["y"] for box in tops.values() if box is not None]
    assert len(heights) == 3
    assert heights == sorted(heights)


def test_clash_is_settled_by_a_person(running: Running) -> None:
    take_template(running.world)
    for name in ("Đê xung yếu đoạn thôn Kép", "Nước dâng trên báo động hai"):
        bulletin = running.world.approved(title=name, priority=Priority.PRIORITY, text="nghe " * 1900)
        asking.ask(running.world.office, actor=running.world.person("lan"), bulletin=bulletin.id, wish=NextSession())
    page = running.person("minh")
    page.goto(f"{running.url}/lich-tuan")
    page.get_by_role("link", name="Xếp thứ tự").click()
    shoot(page, "lich-tuan-tranh-cho")

    page.get_by_role("button", name="Cho “Nước dâng trên báo động hai” phát trước").click()

    expect(page.get_by_role("main")).to_contain_text("Không có bản tin nào tranh chỗ nhau")
    page.goto(f"{running.url}/ban-tin/{bulletin.id}")
    expect(page.locator("[aria-labelledby=asked-title]")).to_contain_text("Đã xếp")
    shoot(page, "ban-tin-xep-lich", whole=False)


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_hangs_over_the_edge_and_targets_are_large(running: Running, width: int) -> None:
    world = running.world
    take_template(world)
    own = as_data(from_data(OWN | {"audience": {"hamlets": [world.hamlets[1]]}}))
    use_cases.save(world.office, actor=world.person("lan"), edit=use_cases.adding(own))
    bulletin = world.approved(title=LONG)
    asking.ask(world.office, actor=world.person("lan"), bulletin=bulletin.id, wish=NextSession())
    page = running.person("lan", width=width)
    open_session(page, running.url, "Buổi phát thanh chiều")
    session = page.url.removeprefix(running.url)
    paths = [
        "/lich-tuan", session, "/lich-tuan/mau", "/lich-tuan/mau/mien-nui-hai-tieng", "/lich-tuan/lich-su",
        "/lich-tuan/dien-thoai", "/lich-tuan/ban-in", "/lich-tuan/tranh-cho", "/chuong-trinh", "/chuong-trinh/moi",
        "/chuong-trinh/ban-thu", f"/ban-tin/{bulletin.id}", "/lich-tuan/tep",
    ]  # fmt: skip
    names = {
        "/lich-tuan": "lich-tuan", "/lich-tuan/ban-in": "lich-tuan-ban-in", "/lich-tuan/lich-su": "lich-tuan-lich-su",
        "/chuong-trinh/ban-thu": "chuong-trinh-ban-thu", "/chuong-trinh": "chuong-trinh",
    }  # fmt: skip
    for path in paths:
        page.goto(f"{running.url}{path}")
        assert (path, faults(page)) == (path, [])
        if width == 1280 and path in names:
            shoot(page, names[path])
            page.set_viewport_size({"width": width, "height": 844})


def test_sheet_for_the_notice_board_is_one_page_without_the_sites_frame(running: Running) -> None:
    world = running.world
    take_template(world)
    own = as_data(from_data(OWN | {"audience": {"hamlets": [world.hamlets[1]]}}))
    use_cases.save(world.office, actor=world.person("lan"), edit=use_cases.adding(own))
    page = running.person("lan")
    page.goto(f"{running.url}/lich-tuan/ban-in")

    printed = page.pdf(format="A4", path=f"{SHOTS}/ban-in.pdf" if SHOTS else None)
    page.emulate_media(media="print")

    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Lịch bơm nước thôn Ngọt").first).to_be_visible()
    for hidden in (
        page.get_by_role("navigation"),
        page.get_by_role("button"),
        page.locator(".crumb"),
        page.locator("footer"),
    ):
        for n in range(hidden.count()):
            expect(hidden.nth(n)).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1280])
def test_rules_and_every_part_of_the_form_fit_on_a_phone(running: Running, width: int) -> None:
    world = running.world
    take_template(world)
    page = running.person("lan", width=width)
    page.goto(f"{running.url}/chuong-trinh")
    page.get_by_role("main").locator(".rows a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sửa chương trình")
    assert faults(page) == []
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert faults(page) == []
    shoot_now(page, f"chuong-trinh-mo-{width}")
    admin = running.person("hoa", width=width)
    admin.goto(f"{running.url}/dai/dinh-muc")
    assert faults(admin) == []
    shoot_now(admin, f"dinh-muc-{width}")
    admin.get_by_label("Hà Nội, địa bàn nội thành").check()
    admin.get_by_role("button", name="Xem trước rồi lưu").click()
    expect(admin.get_by_role("alert").first).to_contain_text("15 phút")
    assert faults(admin) == []
    shoot_now(admin, f"dinh-muc-luu-{width}")


def test_urgent_bulletins_at_one_minute_are_settled_on_the_page(running: Running) -> None:
    page = running.person("minh", width=390)
    for name in ("Đê xung yếu đoạn thôn Kép", "Nước dâng trên báo động hai"):
        bulletin = running.world.approved(title=name, priority=Priority.PRIORITY)
        page.goto(f"{running.url}/ban-tin/{bulletin.id}")
        page.get_by_role("button", name="Đặt giờ phát").click()
    expect(page.get_by_role("status")).to_contain_text("đã có một tin ưu tiên khác")
    shoot_now(page, "tranh-cho-phut-390")

    page.get_by_text("Cho phát giờ khác").first.click()
    assert faults(page) == []
    page.get_by_role("button", name="Đặt giờ này").first.click()

    expect(page.get_by_role("status")).to_contain_text("Đã đổi giờ")
    expect(page.get_by_role("main")).to_contain_text("Không có bản tin nào tranh chỗ nhau")


def test_week_as_a_file_is_downloaded_and_taken_again(running: Running, tmp_path: Path) -> None:
    take_template(running.world)
    page = running.person("lan", width=390)
    page.goto(f"{running.url}/lich-tuan/tep")
    shoot_now(page, "tep-390")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Tải tệp lịch").click()
    text = downloading.value.path().read_text()
    (tmp_path / "sai.toml").write_text(text.replace('starts = "17:00"', 'starts = "17h"'))
    page.get_by_label("Tệp lịch").set_input_files(tmp_path / "sai.toml")
    page.get_by_role("button", name="Kiểm tra và xem trước").click()
    expect(page.get_by_role("alert")).to_contain_text("Dòng ")
    assert faults(page) == []
    shoot_now(page, "tep-sai-390")

    mended = text.replace("Buổi phát thanh chiều", "Buổi chiều của xã")
    page.get_by_label("Nội dung tệp").fill(mended)
    page.get_by_role("button", name="Kiểm tra lại").click()
    expect(page.get_by_role("main")).to_contain_text("Sẽ thay đổi")
    shoot_now(page, "tep-xem-390")
    page.get_by_role("button", name="Lưu thay đổi").click()

    expect(page.get_by_role("status")).to_contain_text("Đã nhận lịch từ tệp")
    expect(page.locator(".slot.session", has_text="Buổi chiều của xã").first).to_be_visible()


def shoot_now(page: Page, name: str) -> None:
    """Take the page as it is, where somebody wants to see it."""
    if SHOTS is not None:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def open_session(page: Page, url: str, title: str) -> None:
    page.goto(f"{url}/lich-tuan")
    page.locator('[data-day="2026-03-05"]').get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def faults(page: Page) -> list[str]:
    page.wait_for_load_state("load")  # while a page gives way to the next there is no document
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
