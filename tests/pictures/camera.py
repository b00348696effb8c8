"""Takes a page as it looks on a phone and on a desk."""

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

WIDTHS = (390, 1280)
HEIGHT = 844


@dataclass(frozen=True)
class Camera:
    """Puts pictures into a folder, each under the name of what it shows and its width in pixels."""

    folder: Path

    def take(self, page: Page, name: str) -> None:
        """Take the whole page at each width, and leave it as wide as it was."""
        before = page.viewport_size
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.wait_for_timeout(150)  # a picture of a moving page is blurred
            page.screenshot(path=self.folder / f"{name}-{width}.png", full_page=True, animations="disabled")
        if before:
            page.set_viewport_size(before)
