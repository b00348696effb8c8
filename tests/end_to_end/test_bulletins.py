"""The whole main job as people do it: typed in a browser, heard, approved, aired; and the sound itself compared."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.browsing import chromium, sign_in
from tests.end_to_end.station import Station
from tests.fixtures.brokers import Mosquitto
from tests.fixtures.skips import needs
from tests.sound import decoded, heard, likeness, milliseconds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), needs("chromium")]

BULLETINS = sorted((Path(__file__).parent / "bulletins").glob("*.txt"))
FOR_EVERYBODY = (
    3  # the storm warning goes to every hamlet; each other one to one hamlet, so that boxes play in parallel
)


@dataclass(frozen=True)
class Aired:
    """A bulletin that went its whole way: its airing, and the boxes (by number) that it was meant for."""

    title: str
    bulletin_id: str
    airing_url: str
    airing_id: str
    boxes: tuple[int, ...]


@pytest.fixture(params=["embedded", "mosquitto"])
def station(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Station]:
    with Station(tmp_path / "station", devices=3, broker_arguments=broker(request, tmp_path)) as running:
        yield running


def broker(request: pytest.FixtureRequest, folder: Path) -> tuple[str, ...]:
    """Return the arguments for the embedded broker, or for mosquitto over TLS with an account for each box."""
    if request.param == "embedded":
        return ()
    mosquitto: Mosquitto = request.getfixturevalue("mosquitto_tls")
    authority = folder / "ca.pem"
    authority.write_text(mosquitto.ca_pem or "")
    return ("--broker", mosquitto.url, "--broker-ca", str(authority))


def test_every_bulletin_typed_by_an_officer_is_heard_where_it_was_meant_and_nowhere_else(station: Station) -> None:
    passwords, url = station.about["passwords"], station.about["url"]
    with chromium() as browser:
        officer = sign_in(browser, url, username="bien-tap", password=passwords["bien-tap"])
        approver = sign_in(browser, url, username="duyet", password=passwords["duyet"], width=390)

        aired = [carry_through(officer, approver, station, number) for number in range(len(BULLETINS))]

        for each in aired:
            assert_heard(station, each)
            assert_shown_as_heard(officer, station, each)
        for number in range(3):
            meant = {each.airing_id for each in aired if number in each.boxes}
            assert {stretch.about["airing_id"] for stretch in station.sounds(number)} == meant


def carry_through(officer: Page, approver: Page, station: Station, number: int) -> Aired:
    """Take one bulletin from the form to its airing."""
    title, text = BULLETINS[number].read_text(encoding="utf-8").split("\n", 1)
    boxes = (0, 1, 2) if number == FOR_EVERYBODY else (number % 3,)
    url = station.about["url"]

    officer.goto(f"{url}/ban-tin/moi")
    officer.get_by_label("Tiêu đề").fill(title)
    officer.get_by_label("Nội dung cần đọc").fill(text.strip())
    if len(boxes) == 1:
        officer.get_by_label("Chọn thôn").check()
        officer.locator(f"input[name=hamlet][value={station.boxes()[boxes[0]]['hamlet']}]").check()
    officer.get_by_role("button", name="Lưu và đọc thử").click()
    assert_can_be_heard(officer)
    officer.get_by_role("button", name="Gửi duyệt").click()

    approver.goto(f"{url}/cho-duyet")
    approver.get_by_role("link", name=re.compile("Nghe và duyệt")).click()
    assert_can_be_heard(approver)
    approver.get_by_role("button", name="Duyệt bản tin này").click()
    expect(approver.get_by_text("Đã duyệt").first).to_be_visible()

    bulletin_id = officer.url.rsplit("/", 1)[1].split("?")[0]
    # Nobody reloads: the officer's page follows by itself.
    officer.get_by_role("button", name="Phát ngay").click()
    officer.wait_for_url(re.compile(r"/luot-phat/"))
    airing_id = officer.url.rsplit("/", 1)[1].split("?")[0]
    return Aired(title=title, bulletin_id=bulletin_id, airing_url=officer.url, airing_id=airing_id, boxes=boxes)


def assert_can_be_heard(page: Page) -> None:
    """The player on the page has loaded the real recording."""
    player = page.locator("audio").first
    expect(player).to_be_visible(timeout=60_000)
    player.evaluate(
        "audio => audio.readyState >= 1 || new Promise(done => audio.addEventListener('loadedmetadata', done))"
    )
    assert player.evaluate("audio => audio.duration") > 3


def assert_heard(station: Station, each: Aired) -> None:
    """Each box that it was meant for wrote the approved recording, whole."""
    airing: dict[str, Any] = station.call("GET", f"/airings/{each.airing_id}")
    station.await_outcome(airing, "played", within_s=600)
    sound = decoded(station.recording(station.call("GET", f"/bulletins/{each.bulletin_id}")))
    for number in each.boxes:
        (stretch,) = station.sounds_of(airing, number)
        written = heard(stretch.path)
        assert likeness(written, sound) >= 0.95, each.title
        assert abs(milliseconds(written) - milliseconds(sound)) <= 50, each.title
    for delivery in station.call("GET", f"/airings/{each.airing_id}")["deliveries"]:
        assert abs(delivery["start_error_ms"]) <= 50, delivery


def assert_shown_as_heard(page: Page, station: Station, each: Aired) -> None:
    """The airing's page says it, cluster by cluster."""
    page.goto(each.airing_url)
    expect(page.locator("#airing-now, [data-live]").get_by_text("Đã phát").first).to_be_visible()
    clusters = {box["cluster_name"] for number, box in enumerate(station.boxes()) if number in each.boxes}
    for name in clusters:
        expect(page.get_by_text(name).first).to_be_visible()
