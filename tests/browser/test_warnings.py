"""Warnings from outside on an open page: what comes is there at once, and an administrator has a feed in a minute."""

import pytest
from playwright.sync_api import expect

from broadcaster.services.cap import polling
from broadcaster.services.cap.intake import Incoming, no_checker, receive
from broadcaster.services.cap.polling import Fetched, FetchFailed, Wanted
from tests.browser.people import Running
from tests.fakes.cap_documents import document
from tests.fixtures.skips import needs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), needs("chromium")]
HOME = "/tin-khan/tu-ngoai"
SOON_MS = 30_000


def silent(_wanted: Wanted) -> Fetched:
    """A server that is not there."""
    raise FetchFailed("unreachable", "Không kết nối được tới máy chủ nguồn.")


def test_warning_appears_on_the_open_page_and_leads_to_its_draft(running: Running) -> None:
    page = running.person("dung")
    page.goto(f"{running.url}{HOME}")
    expect(page.get_by_text("Không có cảnh báo nào từ bên ngoài đang chờ.")).to_be_visible()

    world = running.world
    incoming = Incoming(station=world.station, source="post", raw=document(headline="Lũ trên sông Thương"), via="thử")
    receive(world.office, incoming, check=no_checker)

    page.get_by_role("link", name="Xem và duyệt Lũ trên sông Thương").click(timeout=SOON_MS)
    expect(page.get_by_role("heading", level=1)).to_have_text("Lũ trên sông Thương")
    expect(page.get_by_text("Cảnh báo này đến từ bên ngoài")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_administrator_adds_a_source_and_its_feed_and_sees_it_fail(running: Running, scripts: bool) -> None:
    page = running.person("hoa", scripts=scripts, width=390)
    page.goto(f"{running.url}{HOME}")
    page.get_by_role("link", name="Xem quy tắc từng nguồn").click()
    page.get_by_role("link", name="Thêm nguồn được nhận").click()
    page.get_by_label("Tên nguồn").fill("Ban Chỉ huy tỉnh")
    page.get_by_role("button", name="Lưu quy tắc").click()
    page.goto(f"{running.url}{HOME}")
    page.get_by_role("link", name="Thêm nguồn để theo dõi").click()
    page.get_by_label("Địa chỉ", exact=True).fill("https://tin.example/cap.xml")
    page.get_by_label("Theo quy tắc của").select_option(label="Ban Chỉ huy tỉnh")
    page.get_by_role("button", name="Theo dõi nguồn này").click()
    expect(page.get_by_text("Chưa hỏi lần nào")).to_be_visible()

    polling.turn(running.world.office, fetch=silent, check=no_checker)

    if not scripts:
        page.reload()
    expect(page.get_by_text("Không kết nối được tới máy chủ nguồn.")).to_be_visible(timeout=SOON_MS)
    page.get_by_role("button", name="Hỏi ngay Ban Chỉ huy tỉnh").click()
    page.get_by_text("Bỏ theo dõi…").click()
    page.get_by_role("button", name="Bỏ theo dõi nguồn này").click()
    expect(page.get_by_role("status")).to_contain_text("Đã thôi theo dõi nguồn")
