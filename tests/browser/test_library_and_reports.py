"""The library, the log and the report in a real browser: nothing hangs over, a repeat takes two presses."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from broadcaster.services.records import logbook, presence
from tests.browser.people import Running
from tests.fakes.sound_desk import approved_item, uploaded

pytestmark = pytest.mark.slow
LONG = "Thông báo về lịch tiêm chủng mở rộng, vệ sinh môi trường và phòng chống cháy rừng mùa hanh khô năm 2026"


def fill(running: Running) -> str:
    """Let something be aired that one cluster misses; return its id."""
    world = running.world
    airing = world.plan(world.approved(title=LONG))
    world.clock.now = airing.over_at + timedelta(minutes=5)
    logbook.write_up(world.office)
    presence.look(world.office)
    world.clock.advance(minutes=4)
    presence.look(world.office)
    approved_item(world, title=LONG, expires_on=world.clock.now.date())
    uploaded(world, b"x" * 90, title="W" * 120)
    return airing.id


def hangs_over(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_hangs_over_the_edge(running: Running, width: int) -> None:
    fill(running)
    page = running.person("dung", width=width)

    for path in ("/kho-am-thanh", "/kho-am-thanh/tai-len", "/bao-cao-thang", "/nhat-ky-phat?kiem=1", "/chua-nghe"):
        page.goto(f"{running.url}{path}")
        assert (path, hangs_over(page)) == (path, 0)
    page.goto(f"{running.url}/kho-am-thanh")
    page.get_by_role("link", name="W" * 120).click()
    assert hangs_over(page) == 0


def test_repeat_takes_two_presses_without_scripts(running: Running) -> None:
    fill(running)
    page = running.person("lan", scripts=False)
    page.goto(f"{running.url}/bao-cao-thang")

    page.get_by_role("link", name="Nơi chưa nghe", exact=True).click()
    page.get_by_role("button", name="Phát lại nơi chưa nghe").click()

    expect(page.get_by_role("status")).to_contain_text("Đã đặt phát lại")


def test_table_stands_beside_the_drawing(running: Running) -> None:
    fill(running)
    page = running.person("lan", width=390)
    page.goto(f"{running.url}/bao-cao-thang")

    expect(page.get_by_role("img", name="Số phút phát mỗi ngày")).to_be_visible()
    page.get_by_text("Xem bảng theo ngày").click()
    expect(page.get_by_role("table", name="Số phút phát mỗi ngày")).to_be_visible()
