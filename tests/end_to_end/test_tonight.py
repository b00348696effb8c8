"""Tối nay with a whole station: red when a box is stopped, green again when it is back; and the same as a program."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.end_to_end.browsing import chromium, sign_in
from tests.end_to_end.station import Station, until
from tests.fixtures.skips import needs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), needs("chromium")]

SHOTS = os.environ.get("SHOTS")
"""A folder to put screenshots of these pages in, if there is one."""


@contextmanager
def stopped(station: Station, number: int) -> Iterator[None]:
    """Kill a box and keep its supervisor from starting it again: without its identity it does not know of it."""
    identity = station.folder / "boxes" / str(number) / "identity.json"
    aside = identity.with_suffix(".aside")
    identity.rename(aside)
    os.kill(station.box_pid(number), signal.SIGKILL)
    try:
        yield
    finally:
        aside.rename(identity)


def rehearse(station: Station) -> tuple[int, dict[str, object]]:
    """Run `broadcaster rehearse --json` beside the server; return its exit code and what it printed."""
    environment = os.environ | {"LOA_DATA": str(station.folder / "station")}
    done = subprocess.run(
        [sys.executable, "-m", "broadcaster", "rehearse", "--json"],
        capture_output=True, env=environment, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout)["stations"][0]


def test_tonight_turns_red_when_a_box_is_stopped_and_green_when_it_is_back(tmp_path: Path) -> None:
    with Station(tmp_path / "demo", devices=2) as station, chromium() as browser:
        bulletin = station.approved("Lịch tiêm phòng", "Sáng mai trạm y tế tiêm phòng cho trẻ em.", {"all": True})
        airing = station.air(bulletin, datetime.now(UTC) + timedelta(minutes=30))
        page = sign_in(
            browser,
            station.about["url"],
            username="bien-tap",
            password=station.about["passwords"]["bien-tap"],
            width=390,
        )
        page.goto(f"{station.about['url']}/toi-nay")
        answer = page.locator("#tonight-answer")
        expect(answer).to_have_attribute("data-verdict", "ready", timeout=30_000)
        page.evaluate("window.stillTheSamePage = true")
        shoot(page, "toi-nay")

        with stopped(station, 0):
            expect(answer).to_have_attribute("data-verdict", "silent", timeout=30_000)
            expect(answer).to_contain_text("1/2 cụm loa sẽ không phát nếu không xử lý.")
            row = page.locator(f"#toi-{station.boxes()[0]['cluster']}")
            expect(row).to_contain_text("Bộ thu mất liên lạc từ")
            expect(row).to_contain_text("Xin kiểm tra điện")
            shoot(page, "toi-nay-do")
            code, told = rehearse(station)
            assert (code, told["verdict"]) == (1, "silent")

        expect(answer).to_have_attribute("data-verdict", "ready", timeout=40_000)
        assert page.evaluate("window.stillTheSamePage") is True
        code, told = rehearse(station)
        assert (code, told["verdict"]) == (0, "ready"), told
        notices_of_the_bell(station, airing)


def notices_of_the_bell(station: Station, airing: dict[str, object]) -> None:
    """The bell looks once a minute and is sure at the second look: it need not have rung, and must not be wrong."""
    whys = until(lambda: [d["why"] for d in station.call("GET", f"/airings/{airing['id']}")["deliveries"]], within_s=5)
    assert all("Nguyễn Thị Lan đặt giờ" in why for why in whys)
    assert len(set(whys)) == 2


def shoot(page: object, name: str) -> None:
    """Take the page at the width of a phone and of a desk, where somebody wants to see it."""
    if SHOTS is None:
        return
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})  # type: ignore[attr-defined] # Playwright's page
        page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)  # type: ignore[attr-defined] # as above
