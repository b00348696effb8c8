"""A new station on an empty disk: set up in the browser by the printed code, then a box put in by its own code."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from broadcaster.adapters.ports import free_port
from tests.end_to_end.browsing import chromium
from tests.end_to_end.station import until
from tests.fixtures.skips import needs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180), needs("chromium")]

PASSWORD = "loa-xa-hong-phong-2026"


@dataclass(frozen=True)
class Serving:
    """`broadcaster serve` on an empty folder."""

    url: str
    set_up_code: str


@contextmanager
def serving(folder: Path) -> Iterator[Serving]:
    """Run the server with nothing but its environment, and end it."""
    port, log = free_port(), folder / "server.log"
    settings = {
        "LOA_DATA": str(folder / "data"),
        "LOA_AUDIO_CACHE": str(folder / "audio"),
        "LOA_PORT": str(port),
        "LOA_BROKER_PORT": str(free_port()),
    }
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "broadcaster", "serve"], env=os.environ | settings, stderr=output, stdout=output
        )
    try:
        found = until(lambda: re.search(r"mã (\w{4}-\w{4}-\w{4})", log.read_text()), within_s=30, or_say=log.read_text)
        yield Serving(url=f"http://127.0.0.1:{port}", set_up_code=found[1])
    finally:
        server.terminate()
        assert server.wait(60) == 0


def agent(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run one command of the box."""
    command = [sys.executable, "-m", "device_agent", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_station_is_set_up_and_a_box_is_enrolled_by_code(tmp_path: Path) -> None:
    with serving(tmp_path) as station, chromium() as browser:
        page = browser.new_context(locale="vi-VN").new_page()
        page.goto(station.url)
        set_up(page, code="AAAA-BBBB-CCCC")
        expect(page.get_by_text("Mã thiết lập không đúng")).to_be_visible()
        set_up(page, code=station.set_up_code)
        sign_in(page, station.url)

        url, code = add_cluster(page, station.url)
        enrolled = agent("enrol", url, code.lower(), "--data", str(tmp_path / "box"))
        assert enrolled.returncode == 0, enrolled.stderr
        again = agent("enrol", url, code, "--data", str(tmp_path / "thief"))
        assert again.returncode != 0
        assert "đã được dùng" in again.stderr
        wrong = agent("enrol", url, "ZZZZ-ZZZZ-ZZZZ-ZZZZ", "--data", str(tmp_path / "guess"))
        assert "Mã lắp đặt không đúng" in wrong.stderr

        assert_box_comes_alive(page, station.url, tmp_path)


def set_up(page: Page, *, code: str) -> None:
    """Fill the first page in as one officer alone, whose rule is then self-approval."""
    page.locator("#code").fill(code)
    page.locator("#name").fill("Xã Hồng Phong")
    page.locator("#province").fill("Bắc Ninh")
    page.locator("#hamlets").fill("Thôn Kép 1\nThôn Ngọt")
    page.locator("#people-one").check()
    for person in page.locator("[id^=full_name_]").all():
        if person.is_visible():
            number = (person.get_attribute("id") or "").rsplit("_", 1)[1]
            page.locator(f"#full_name_{number}").fill("Nguyễn Thị Lan")
            page.locator(f"#username_{number}").fill("lan")
            page.locator(f"#password_{number}").fill(PASSWORD)
            page.locator(f"#password_again_{number}").fill(PASSWORD)
    page.locator("main form button[type=submit]").last.click()


def sign_in(page: Page, url: str) -> None:
    """Sign in where the set-up leads."""
    if "/dang-nhap" not in page.url:
        page.goto(f"{url}/dang-nhap")
    if page.locator("#username").count():
        page.locator("#username").fill("lan")
        page.locator("#password").fill(PASSWORD)
        page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()


def add_cluster(page: Page, url: str) -> tuple[str, str]:
    """Add a cluster; return the address and the code of the command that the page shows."""
    page.goto(f"{url}/cum-loa/moi")
    page.locator("select").first.select_option(label="Thôn Ngọt")
    page.locator("main input[type=text], main input:not([type])").first.fill("Cụm nhà văn hóa")
    page.get_by_role("button", name="Thêm cụm loa").click()
    if not page.locator("pre.command").count():
        page.get_by_role("button", name=re.compile("Lấy mã")).click()
    expect(page.locator("img[alt], svg[role=img], .qr").first).to_be_visible()
    program, verb, address, code = shlex.split(page.locator("pre.command").inner_text())
    assert (program, verb) == ("device-agent", "enrol")
    return address, code


def assert_box_comes_alive(page: Page, url: str, folder: Path) -> None:
    """The enrolled box runs and the page of boxes says so."""
    with (folder / "box.log").open("wb") as log:
        box = subprocess.Popen(
            [sys.executable, "-m", "device_agent", "run", "--data", str(folder / "box"), "--player", "null"], stderr=log
        )
    try:
        page.goto(f"{url}/thiet-bi")
        expect(page.get_by_text("Đang kết nối").first).to_be_visible(timeout=60_000)
    finally:
        box.terminate()
        assert box.wait(60) == 0
