"""What happens on open pages by itself takes nothing away: no press, no typed word; and no alert goes unnoticed."""

import pytest
from playwright.sync_api import Page, expect

from broadcaster.services import intake
from broadcaster.services.alarm import alerts as use_cases
from broadcaster.store import alerts
from tests.browser.people import Running
from tests.fixtures.skips import needs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), needs("chromium")]
SOON_MS = 30_000
"""Of two seconds that it takes; machines that test many things at once take longer for everything."""


def drafted(running: Running, *, width: int = 1280) -> Page:
    """Return the page of a draft to one hamlet, before somebody who may send it."""
    page = running.person("dung", width=width)
    page.get_by_role("checkbox", name="Thôn Kép", exact=True).check()
    page.get_by_role("button", name="Lũ quét").click()
    expect(page.get_by_role("button", name="PHÁT BÁO ĐỘNG THẬT")).to_be_visible()
    return page


def sent(running: Running, *, width: int = 1280) -> Page:
    """Return the page of a live alert."""
    page = drafted(running, width=width)
    page.get_by_role("button", name="PHÁT BÁO ĐỘNG THẬT").click()
    expect(page.get_by_role("status")).to_contain_text("Đã gửi đi")
    return page


def stop(running: Running) -> None:
    """Have somebody else stop everything."""
    use_cases.cancel_all(running.world.office, actor=running.world.person("minh"), reason="thử")


def live_alerts(running: Running) -> int:
    with running.world.database.reading() as tx:
        return len(alerts.live(tx, running.world.station))


def test_change_of_state_does_not_swallow_the_press_that_made_it(running: Running) -> None:
    """The alert is live before the browser has the answer to the press: its page must wait for that answer."""
    page = drafted(running)
    running.hold.ending, running.hold.seconds = "/phat", 3.0

    page.get_by_role("button", name="PHÁT BÁO ĐỘNG THẬT").click()

    expect(page.get_by_role("status")).to_contain_text("Đã gửi đi", timeout=SOON_MS)
    expect(page.locator("#alert-state")).to_contain_text("Đang phát")


def test_page_that_changed_keeps_what_is_being_typed(running: Running) -> None:
    page = sent(running)
    page.get_by_text("Dừng báo động…").click()
    page.get_by_label("Lý do, không bắt buộc").fill("Nước đã rút")

    stop(running)

    note = page.locator(".page-changed")
    expect(note).to_contain_text("Trang có thay đổi", timeout=SOON_MS)
    expect(page.locator(".strip")).to_have_count(0)  # what is live is told all the same
    expect(page.get_by_label("Lý do, không bắt buộc")).to_have_value("Nước đã rút")
    note.get_by_role("button", name="Tải lại").click()
    expect(page.locator("#alert-state")).to_contain_text("Đã dừng")


def test_page_that_changed_is_loaded_anew_where_nothing_was_typed(running: Running) -> None:
    """Control: without a word in it the page follows by itself."""
    page = sent(running)

    stop(running)

    expect(page.locator("#alert-state")).to_contain_text("Đã dừng", timeout=SOON_MS)


def test_part_that_is_renewed_keeps_what_was_typed_and_the_place_of_the_keyboard(running: Running) -> None:
    box = running.world.enrol()
    page = sent(running)
    expect(page.locator("#alert-calls")).to_contain_text("Mất liên lạc")
    page.get_by_text("Dừng báo động…").click()
    reason = page.get_by_label("Lý do, không bắt buộc")
    reason.press_sequentially("Nước đã")
    expect(page.locator("#alert-actions")).not_to_contain_text("Phát lại cho")

    known = intake.box(running.world.office, box.id)
    assert known is not None
    intake.note_status(running.world.office, known, box.status())

    expect(page.locator("#alert-actions")).to_contain_text("Phát lại cho", timeout=SOON_MS)
    page.keyboard.type(" rút")
    expect(reason).to_have_value("Nước đã rút")


def test_stop_appears_on_a_page_that_stood_open_and_stops_with_one_press(running: Running) -> None:
    page = running.person("dung")
    page.goto(f"{running.url}/ban-tin/moi")
    page.get_by_label("Tiêu đề").fill("Họp thôn")
    expect(page.locator(".strip")).to_have_count(0)

    sent(running)

    expect(page.locator(".strip.actual")).to_contain_text("ĐANG BÁO ĐỘNG THẬT", timeout=SOON_MS)
    expect(page.get_by_label("Tiêu đề")).to_have_value("Họp thôn")
    page.get_by_role("button", name="Dừng tất cả").click()
    expect(page.get_by_role("status")).to_contain_text("Đã dừng mọi tin khẩn")
    assert live_alerts(running) == 0


def test_strip_comes_and_goes_in_every_tab(running: Running) -> None:
    """More tabs than connections that a browser opens to one server: none of them waits for another."""
    first = running.person("minh")
    tabs = [first, *(first.context.new_page() for _ in range(8))]
    for tab in tabs:
        tab.goto(f"{running.url}/thiet-bi" if tab in tabs[:3] else f"{running.url}/ban-tin")

    sent(running)
    for tab in tabs:
        expect(tab.locator("#strip-place .strip")).to_be_visible(timeout=SOON_MS)

    stop(running)
    for tab in tabs:
        expect(tab.locator(".strip")).to_have_count(0, timeout=SOON_MS)


@pytest.mark.parametrize("width", [390, 1280])
def test_stop_stays_in_sight_however_far_the_page_is_scrolled(running: Running, width: int) -> None:
    page = sent(running, width=width)
    stop_button = page.get_by_role("button", name="Dừng tất cả")
    for path in ("", "/", "/dai-dien", "/ban-tin/moi"):
        if path:
            page.goto(f"{running.url}{path}")
        page.evaluate("window.scrollTo(0, document.querySelector('main').getBoundingClientRect().height / 3)")
        expect(stop_button).to_be_in_viewport(ratio=1)
        box = stop_button.bounding_box()
        assert box is not None
        assert box["height"] >= 60
        strip = page.locator(".strip").bounding_box()
        assert strip is not None
        assert strip["height"] <= 844 / 5, "a strip that covers the page is in the way"
