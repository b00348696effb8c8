"""The library, the log and the report in a real browser: nothing hangs over, a repeat takes two presses."""

import os
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from broadcaster.domain.alert import Status
from broadcaster.services import intake
from broadcaster.services.records import logbook, presence
from tests.browser.people import Running
from tests.fakes.sound_desk import approved_item, uploaded
from tests.fakes.station_alerts import AlertDesk
from wire.messages import Outcome, PlaybackReport

pytestmark = pytest.mark.slow
SHOTS = os.environ.get("LOA_SCREENSHOTS", "")
"""A folder to put screenshots of these pages in, if there is one."""
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
    sound_alerts(running)
    return airing.id


def sound_alerts(running: Running) -> None:
    """Let a drill and a real alert sound on one cluster; the other has no box."""
    world, desk = running.world, AlertDesk(world=running.world)
    box = world.enrol(0)
    known = intake.box(world.office, box.id)
    assert known is not None
    for number, (status, minutes) in enumerate(((Status.EXERCISE, 3), (Status.ACTUAL, 6)), start=1):
        alert = desk.live(status=status)
        begun = world.clock.advance(seconds=2)
        world.clock.advance(minutes=minutes)
        said = PlaybackReport(
            number=number, alert_id=alert.thread, alert_version=1, outcome=Outcome.PLAYED, start_at=begun,
            started_at=begun, ended_at=world.clock.now, played_ms=60_000,
        )  # fmt: skip
        intake.note_reports(world.office, known, box.reports(said))
        desk.cancel(alert)
        world.clock.advance(minutes=2)
        logbook.write_up(world.office)


def shoot(page: Page, name: str, width: int) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)


def hangs_over(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_hangs_over_the_edge(running: Running, width: int) -> None:
    fill(running)
    page = running.person("dung", width=width)

    pages = {
        "kho-am-thanh": "/kho-am-thanh", "kho-am-thanh-tai-len": "/kho-am-thanh/tai-len",
        "bao-cao-thang": "/bao-cao-thang", "nhat-ky-phat": "/nhat-ky-phat?kiem=1", "chua-nghe": "/chua-nghe",
        "luot-phat-danh-sach": "/luot-phat",
    }  # fmt: skip
    for name, path in pages.items():
        page.goto(f"{running.url}{path}")
        shoot(page, name, width)
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


def test_tables_of_the_report_are_read_on_a_phone_without_scrolling(running: Running) -> None:
    fill(running)
    page = running.person("lan", width=390)
    page.goto(f"{running.url}/bao-cao-thang")
    page.get_by_text("Xem bảng theo ngày").click()

    wider = "t => t.scrollWidth > t.clientWidth || t.getBoundingClientRect().right > innerWidth"
    tables = page.locator("table.figures")
    assert tables.count() >= 4
    assert [tables.nth(n).evaluate(wider) for n in range(tables.count())] == [False] * tables.count()
    first = page.get_by_role("table", name="Theo nguồn").locator("tbody tr").first
    expect(first).to_contain_text("Bản tin của đài")
    assert first.locator("td").first.evaluate("t => getComputedStyle(t, '::before').content") == '"Tin, bài"'


def test_alert_and_drill_stand_apart_in_the_log_and_the_report(running: Running) -> None:
    fill(running)
    page = running.person("lan", width=390)
    page.goto(f"{running.url}/nhat-ky-phat")
    expect(page.locator(".log-line").first).to_contain_text("Tin khẩn cấp")
    expect(page.locator(".log-line").first).to_contain_text("phát lệnh")
    page.goto(f"{running.url}/bao-cao-thang")

    told = page.get_by_role("region", name="Tin khẩn cấp, diễn tập, thử loa")
    expect(told).to_contain_text("Diễn tập")
    expect(told).to_contain_text("1 trên 2 cụm loa")
    expect(told).to_contain_text("(3 phút) không tính vào các con số khác")


def test_table_stands_beside_the_drawing(running: Running) -> None:
    fill(running)
    page = running.person("lan", width=390)
    page.goto(f"{running.url}/bao-cao-thang")

    expect(page.get_by_role("img", name="Số phút phát mỗi ngày")).to_be_visible()
    page.get_by_text("Xem bảng theo ngày").click()
    expect(page.get_by_role("table", name="Số phút phát mỗi ngày")).to_be_visible()
