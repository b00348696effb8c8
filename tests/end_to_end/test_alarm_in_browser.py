"""An officer under stress in Chromium, with real boxes: four actions to the siren, one to silence."""

import time
import wave
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.browsing import chromium, sign_in
from tests.end_to_end.station import Station, until
from tests.fixtures.skips import needs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420), needs("chromium")]


class Hand:
    """Presses and ticks, and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.actions = page, 0

    def press(self, name: str) -> None:
        self.actions += 1
        self.page.get_by_role("button", name=name).click()

    def tick(self, name: str) -> None:
        self.actions += 1
        self.page.get_by_role("checkbox", name=name, exact=True).check()


def test_an_alert_to_two_hamlets_takes_four_actions_and_silence_one(tmp_path: Path) -> None:
    with Station(tmp_path / "station", devices=3) as station, chromium() as browser:
        own = {
            "full_name": "Dũng",
            "username": "dung",
            "password": "mot cau ngan de nho",
            "again": "mot cau ngan de nho",
        }
        page = officer(station, browser, own)
        hamlets = [box["hamlet_name"] for box in station.boxes()]
        hand = Hand(page)

        hand.tick(hamlets[0])
        hand.tick(hamlets[1])
        hand.press("Lũ quét")
        expect(page.locator(".band.actual")).to_contain_text("BÁO ĐỘNG THẬT")
        expect(page.locator(".will")).to_contain_text("5 hồi, mỗi hồi 30 giây, nghỉ 5 giây")
        expect(page.locator(".will-say")).to_contain_text("rời nhà lên chỗ cao ngay bây giờ")
        hand.press("PHÁT BÁO ĐỘNG THẬT")
        sent_at = time.monotonic()
        assert hand.actions <= 4

        expect(page.locator("[data-hearing=sounding_siren]")).to_have_count(2, timeout=15_000)
        print(f"siren on the page after {time.monotonic() - sent_at:.1f} s")
        page.evaluate("window.stillTheSamePage = true")

        page.goto(f"{station.about['url']}/ban-tin")
        hand = Hand(page)
        hand.press("Dừng tất cả")
        assert hand.actions == 1
        expect(page.get_by_role("status")).to_contain_text("Đã dừng mọi tin khẩn")

        until(lambda: all(len(station.sounds(n)) == 1 for n in (0, 1)), within_s=10)
        for number in (0, 1):
            (siren,) = station.sounds(number)
            with wave.open(str(siren.path)) as sound:
                assert sound.getnframes() / sound.getframerate() < 20  # of a siren of nearly three minutes
        assert station.sounds(2) == []
        page.get_by_role("button", name="Phát đính chính").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Đính chính tin khẩn cấp")
        expect(page.locator("[data-hearing=sounding_speech]")).to_have_count(2, timeout=20_000)


def officer(station: Station, browser, own: dict[str, str]) -> Page:  # type: ignore[no-untyped-def] # Playwright's browser
    """Have the administrator give somebody both roles, and return that person's first page."""
    url = station.about["url"]
    admin = sign_in(browser, url, username="quan-tri", password=station.about["passwords"]["quan-tri"])
    admin.goto(f"{url}/nguoi-dung")
    form = admin.locator("form[action='/nguoi-dung']")
    for name, value in own.items():
        form.locator(f"[name={name}]").fill(value)
    for role in ("editor", "approver"):
        form.locator(f"[name=role][value={role}]").check()
    form.get_by_role("button").click()
    expect(admin.get_by_role("status")).to_contain_text("Đã thêm tài khoản")
    return sign_in(browser, url, username=own["username"], password=own["password"])
