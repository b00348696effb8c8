"""People at their browsers: the system's Chromium, one context for each, driven as they would press."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio",
)  # fmt: skip

PATIENCE_MS = 60_000
"""How long anything on a page may take where other tests keep both cores busy; what is quick is measured elsewhere."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium for as long as the context lasts."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        expect.set_options(timeout=PATIENCE_MS)
        yield browser
        browser.close()


def sign_in(browser: Browser, url: str, *, username: str, password: str, width: int = 1280) -> Page:
    """Return a page of a person who has just signed in, in a browser context of their own."""
    page = browser.new_context(viewport={"width": width, "height": 900}, locale="vi-VN").new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{url}/dang-nhap")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page).not_to_have_url(f"{url}/dang-nhap")
    return page
