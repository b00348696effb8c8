"""What an officer settles on the page is what is heard: by a click for one bulletin, by one more for every bulletin."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.end_to_end.browsing import chromium, sign_in
from tests.end_to_end.station import Station, until, with_recording
from tests.fixtures.skips import needs
from tests.sound import RATE, Sound, decoded, likeness, milliseconds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), needs("chromium")]

TEXT = "Kính thưa bà con. Tổ 3/4 họp tại nhà văn hóa. Xin mời bà con đến đông đủ."
CHOSEN = "ngày mồng ba tháng tư"
GREETING, CLOSING = RATE, 3 * RATE // 2
"""Samples at the beginning and at the end that hold nothing but the first and the last sentence."""
UNKNOWN = "Ban XYZQ mời bà con ra quân dọn vệ sinh."
SPELT = "ích y dét quy"
FULL = "xây dựng quê hương"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with Station(tmp_path / "station", devices=1) as running:
        yield running


@pytest.fixture
def officer(station: Station) -> Iterator[Page]:
    with chromium() as browser:
        password = station.about["passwords"]["bien-tap"]
        yield sign_in(browser, station.about["url"], username="bien-tap", password=password)


def test_unsure_token_is_settled_by_a_click_and_the_changed_recording_is_heard(station: Station, officer: Page) -> None:
    unsettled = saved(officer, station, title="Chưa chọn", text=TEXT)
    again = saved(officer, station, title="Chưa chọn, lần nữa", text=TEXT)

    compose(officer, station, title="Đã chọn", text=TEXT)
    token = officer.locator("details.token.unsure")
    expect(token).to_have_count(1)
    expect(officer.get_by_text("1 chỗ máy chưa chắc cách đọc")).to_be_visible()
    token.locator("summary").click()
    token.get_by_role("button", name=CHOSEN, exact=True).click()
    expect(officer.locator("details.token summary")).to_have_text(CHOSEN)
    expect(officer.locator("details.token.unsure")).to_have_count(0)
    settled = save(officer, station)

    assert heard_on(officer) == settled["recording"]["sha256"]
    assert settled["recording"]["sha256"] != unsettled["recording"]["sha256"]
    assert settled["text_sha256"] != unsettled["text_sha256"]
    assert_only_the_settled_part_sounds_otherwise(station, unsettled, settled)
    # Negative control: without a choice the same text makes the same approval's text and the same sound.
    assert again["text_sha256"] == unsettled["text_sha256"]
    assert likeness(sound_of(station, again), sound_of(station, unsettled)) > 0.99
    assert_choice_is_part_of_what_is_approved(station, settled, other=unsettled["text_sha256"])


def test_reading_added_to_the_lexicon_by_one_click_is_heard_in_the_next_bulletin(
    station: Station, officer: Page
) -> None:
    before = saved(officer, station, title="Trước", text=UNKNOWN)
    compose(officer, station, title="Bỏ dở", text=UNKNOWN)
    token = officer.locator("details.token", has_text=SPELT)
    token.locator("summary").click()
    token.get_by_label("Cách đọc khác").fill(FULL)
    token.get_by_role("button", name="Luôn đọc như vậy ở đài này").click()
    expect(officer.locator(".said")).to_contain_text(FULL)

    after = saved(officer, station, title="Sau", text=UNKNOWN)

    expect(officer.locator(".said")).to_contain_text(FULL)
    assert after["recording"]["sha256"] != before["recording"]["sha256"]
    assert abs(milliseconds(sound_of(station, after)) - milliseconds(sound_of(station, before))) > 50
    # The bulletin that waited unapproved is read anew: with the same words it has the same sound.
    renewed = until(lambda: renewed_of(station, before), within_s=60)
    assert likeness(sound_of(station, renewed), sound_of(station, after)) > 0.99
    officer.goto(f"{station.about['url']}/tu-dien")
    expect(officer.locator(".rows .row")).to_contain_text(["XYZQ"])


def compose(page: Page, station: Station, *, title: str, text: str) -> None:
    """Type a bulletin and wait until its words are shown."""
    page.goto(f"{station.about['url']}/ban-tin/moi")
    page.get_by_label("Tiêu đề").fill(title)
    page.get_by_label("Nội dung cần đọc").fill(text)
    expect(page.locator(".said")).to_contain_text("bà con")


def save(page: Page, station: Station) -> dict[str, Any]:
    """Save what is typed and return the bulletin once it is read aloud."""
    page.get_by_role("button", name="Lưu và đọc thử").click()
    page.wait_for_url(re.compile(r"/ban-tin/bt-"))
    path = f"/bulletins/{page.url.rsplit('/', 1)[1].split('?')[0]}"
    return until(lambda: with_recording(station.call("GET", path)), within_s=60)


def saved(page: Page, station: Station, *, title: str, text: str) -> dict[str, Any]:
    """Return a bulletin that was typed and saved as it is."""
    compose(page, station, title=title, text=text)
    return save(page, station)


def heard_on(page: Page) -> str:
    """Play the recording on the page and return its hash, which is the last part of its address."""
    player: Locator = page.locator("audio")
    expect(player).to_be_visible()
    player.evaluate("audio => audio.play()")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.5")
    source: str = player.evaluate("audio => audio.src")
    return source.rsplit("/", 1)[1]


def sound_of(station: Station, bulletin: dict[str, Any]) -> Sound:
    """Return a bulletin's recording as samples."""
    return decoded(bytes(station.call("GET", f"/recordings/{bulletin['recording']['sha256']}")))


def assert_only_the_settled_part_sounds_otherwise(station: Station, one: dict[str, Any], other: dict[str, Any]) -> None:
    """Both begin and end with the same sentences; what stands between sounds otherwise and lasts longer or shorter."""
    before, after = (sound_of(station, bulletin) for bulletin in (one, other))

    assert likeness(before[:GREETING], after[:GREETING]) > 0.9
    assert likeness(before[-CLOSING:], after[-CLOSING:]) > 0.9
    assert likeness(before[GREETING:-CLOSING], after[GREETING:-CLOSING]) < 0.8
    assert abs(milliseconds(before) - milliseconds(after)) > 100


def assert_choice_is_part_of_what_is_approved(station: Station, bulletin: dict[str, Any], *, other: str) -> None:
    """The text without the choice is not what can be approved; the text with it is."""
    path = f"/bulletins/{bulletin['id']}"
    station.call("POST", f"{path}/submit")
    recording = bulletin["recording"]["sha256"]
    with pytest.raises(AssertionError, match="409"):
        station.call("POST", f"{path}/approve", {"text_sha256": other, "recording_sha256": recording}, role="approver")

    hashes = {"text_sha256": bulletin["text_sha256"], "recording_sha256": recording}
    approved = station.call("POST", f"{path}/approve", hashes, role="approver")

    assert approved["state"] == "approved"
    assert f"Tổ {CHOSEN} họp" in approved["spoken"]


def renewed_of(station: Station, before: dict[str, Any]) -> dict[str, Any] | None:
    """Return a bulletin once it has another recording than before."""
    now = with_recording(station.call("GET", f"/bulletins/{before['id']}"))
    return now if now and now["recording"]["sha256"] != before["recording"]["sha256"] else None
