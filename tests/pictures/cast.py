"""Who walks through the station while pictures are taken: its people, each at a browser of their own."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from tests.end_to_end.browsing import sign_in
from tests.end_to_end.station import Station
from tests.pictures.camera import Camera

BULLETIN = """ỦY BAN NHÂN DÂN XÃ HỒNG PHONG
Số: 27/TB-UBND
THÔNG BÁO
Về việc tiêm phòng dại cho chó, mèo đợt 2 năm 2026
Đúng 7h30 ngày 28/11/2026, trạm thú y xã tổ chức tiêm phòng tại nhà văn hóa các thôn.
Mỗi hộ có chó, mèo từ 2 tháng tuổi trở lên đưa vật nuôi đến tiêm; phí 25.000 đ/con.
Hộ nào vắng xin gọi trạm thú y, số 0912 345 678."""


@dataclass(frozen=True, kw_only=True)
class Cast:
    """The people of a demonstration station, signed in, and the camera."""

    station: Station
    camera: Camera
    browser: Browser
    editor: Page
    approver: Page
    admin: Page

    def open(self, page: Page, path: str, *, name: str = "") -> Page:
        """Go to a page, and take it where it has a name."""
        page.goto(f"{self.station.about['url']}{path}")
        if name:
            self.camera.take(page, name)
        return page

    def sign_in(self, username: str, password: str) -> Page:
        """Return the page of somebody else who has just signed in."""
        return sign_in(self.browser, self.station.about["url"], username=username, password=password)

    def bulletin(self, title: str, text: str = BULLETIN, *, audience: object = None) -> dict[str, Any]:
        """Return an approved bulletin."""
        return self.station.approved(title, text, audience or {"all": True})


def called(station: Station, browser: Browser, camera: Camera) -> Cast:
    """Return the people of a station once all have signed in."""
    url, passwords = station.about["url"], station.about["passwords"]
    pages = {name: sign_in(browser, url, username=name, password=passwords[name]) for name in passwords}
    return Cast(
        station=station, camera=camera, browser=browser,
        editor=pages["bien-tap"], approver=pages["duyet"], admin=pages["quan-tri"],
    )  # fmt: skip
