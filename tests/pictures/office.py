"""The station's own affairs: its rules, people, boxes, tokens and records; and the doors to it."""

import re

from playwright.sync_api import Page

from tests.end_to_end.test_first_run import serving
from tests.pictures.cast import Cast


def play(cast: Cast) -> None:
    """Look at every page of those who keep the station."""
    for path, name in (
        ("/dai", "dai"), ("/nguoi-dung", "nguoi-dung"), ("/ma-truy-cap", "ma-truy-cap"), ("/nhat-ky", "nhat-ky"),
        ("/noi-nhan-tin", "noi-nhan-tin"), ("/tai-khoan", "tai-khoan"), ("/thiet-bi", "thiet-bi"),
        ("/cum-loa/moi", "cum-loa-moi"), ("/api/docs", "api-docs"), ("/khong-co", "loi"),
    ):  # fmt: skip
        cast.open(cast.admin, path, name=name)
    box = cast.station.boxes()[-1]
    cast.open(cast.admin, f"/cum-loa/{box['cluster']}", name="cum-loa")
    cast.open(cast.admin, f"/bo-thu/{box['id']}/go", name="go-bo-thu")
    cast.open(cast.admin, "/nguoi-dung").locator("main a[href^='/nguoi-dung/']").first.click()
    cast.camera.take(cast.admin, "nguoi-dung-mot")


def doors(cast: Cast) -> None:
    """The page to sign in, and the first page of a server on an empty disk."""
    guest: Page = cast.browser.new_context(locale="vi-VN").new_page()
    cast.open(guest, "/dang-nhap", name="dang-nhap")
    empty = cast.station.folder / "empty"
    empty.mkdir()
    with serving(empty) as server:
        guest.goto(server.url)
        assert re.search("thiet-lap", guest.url)
        cast.camera.take(guest, "thiet-lap")
