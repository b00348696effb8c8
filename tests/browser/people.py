"""People at their browsers: each with a context of their own, some with the keyboard alone, some without scripts."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.fakes.station_world import PASSWORD, World

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--mute-audio",
)  # fmt: skip

PATIENCE_MS = 60_000
"""How long anything on a page may take where other tests keep both cores busy."""


@dataclass(kw_only=True)
class HoldBack:
    """Which answers come late: those to addresses that end so, by so many seconds."""

    ending: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Running:
    """A station that is served, and the browser to look at it."""

    world: World
    url: str
    chromium: Browser
    folder: Path
    hold: HoldBack

    def person(self, name: str, *, scripts: bool = True, width: int = 1280, touch: bool = False) -> Page:
        """Return the page of somebody who has just signed in; with "" nobody has."""
        context = self.chromium.new_context(
            viewport={"width": width, "height": 844},
            locale="vi-VN",
            java_script_enabled=scripts,
            has_touch=touch,
            is_mobile=touch,
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{self.url}/dang-nhap")
        if name:
            page.get_by_label("Tên đăng nhập").fill(self.world.username(name))
            page.get_by_label("Mật khẩu").fill(PASSWORD)
            page.get_by_role("button", name="Đăng nhập").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Hôm nay")
        return page

    def record(self) -> None:
        """Make every recording that waits, and put it where the site looks."""
        self.world.render()
        for sha256, sound in self.world.studio.files.items():
            (self.folder / sha256).write_bytes(sound)


def tab_to(page: Page, wanted: Locator, *, limit: int = 120) -> None:
    """Press the tabulator until `wanted` has the focus, as somebody without a mouse does."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")
