"""The library in the browser: a file goes up, is heard, approved or returned, and what is refused says why."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from broadcaster.store import library
from broadcaster.web.site import Site
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.sound_desk import BROKEN, FakeSoundDesk, approved_item, uploaded
from tests.fakes.station_world import World, open_neighbour

Arrives = Callable[[str], Visitor]
FIELDS = {
    "title": "Nhạc hiệu sáng", "kind": "jingle", "language": "zxx", "rights_holder": "Đài tự thu",
    "rights_source": "", "expires_on": "2026-12-31",
}  # fmt: skip


@pytest.fixture
def site(site: Site) -> Site:
    """The site with a sound desk."""
    return replace(site, take_in_sound=FakeSoundDesk().take_in)


def send_up(visitor: Visitor, sound: bytes = b"ding dong", **changes: str) -> Visitor:
    """Fill in the form that is really there, with a file."""
    visitor.open("/kho-am-thanh/tai-len")
    secret = visitor.form("/kho-am-thanh").fields["csrf"][0]
    files = {"file": ("nhac <hieu>.mp3", sound, "audio/mpeg")}
    visitor.page = visitor.client.post("/kho-am-thanh", data={"csrf": secret} | FIELDS | changes, files=files)
    return visitor


def test_from_the_upload_to_the_approval(arrives: Arrives, sqlite_world: World) -> None:
    editor, approver = send_up(arrives("lan")), arrives("minh")
    path = editor.page.url.path
    assert "Đã nhận âm thanh." in editor.page.text
    assert "nhac &lt;hieu&gt;.mp3" in editor.page.text
    assert 'src="/ban-thu/' in editor.page.text

    assert "Đang chờ người duyệt nghe và duyệt." in editor.send(f"{path}/gui-duyet").text
    queue = approver.open("/cho-duyet").text
    assert f'href="{path}"' in queue
    approver.open(path)
    assert "Đã duyệt âm thanh." in approver.send(f"{path}/duyet").text
    assert "Đã duyệt" in editor.open("/kho-am-thanh?loai=jingle").text
    assert "Chưa có âm thanh nào ở mục này." in editor.open("/kho-am-thanh?loai=song").text


def test_broken_file_is_refused_beside_the_field_and_what_was_typed_stays(arrives: Arrives) -> None:
    visitor = send_up(arrives("lan"), BROKEN)

    assert visitor.page.status_code == 422
    assert "Tệp âm thanh bị hỏng" in visitor.page.text
    assert visitor.form("/kho-am-thanh").fields["title"] == ["Nhạc hiệu sáng"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": ""}, "chưa có tên"),
        ({"rights_holder": " "}, "Xin ghi ai giữ quyền"),
        ({"expires_on": "mai"}, "“mai” không phải là ngày"),
    ],
)
def test_what_is_wrong_is_said(arrives: Arrives, changes: dict[str, str], said: str) -> None:
    page = send_up(arrives("lan"), **changes).page

    assert (page.status_code, said in page.text) == (422, True)


def test_no_file_is_said(arrives: Arrives) -> None:
    visitor = arrives("lan")
    visitor.open("/kho-am-thanh/tai-len")
    secret = visitor.form("/kho-am-thanh").fields["csrf"][0]

    for sent in ({"files": {"file": ("", b"", "application/octet-stream")}}, {}):
        page = visitor.client.post("/kho-am-thanh", data={"csrf": secret} | FIELDS, **sent)  # type: ignore[arg-type] # with or without a file
        assert (page.status_code, "Chưa chọn tệp âm thanh, hoặc tệp rỗng." in page.text) == (422, True)


def test_upload_takes_the_forms_secret_and_the_right_to_write(arrives: Arrives) -> None:
    visitor, files = arrives("lan"), {"file": ("x.mp3", b"ding", "audio/mpeg")}
    assert visitor.client.post("/kho-am-thanh", data=FIELDS | {"csrf": "x"}, files=files).status_code == 403
    assert arrives("minh").open("/kho-am-thanh/tai-len").status_code == 403
    nobody = arrives("").client.post("/kho-am-thanh", data=FIELDS, files=files)
    assert nobody.status_code == 401


def test_nobody_makes_the_server_read_a_large_body(arrives: Arrives) -> None:
    big = {"title": "x" * (2 * 1024 * 1024)}

    assert arrives("lan").client.post("/kho-am-thanh", data=big).status_code == 413


def test_returned_with_a_reason(arrives: Arrives, sqlite_world: World) -> None:
    path = send_up(arrives("lan")).page.url.path
    item = path.rpartition("/")[2]
    editor = arrives("lan")
    editor.open(path)
    editor.send(f"{path}/gui-duyet")
    approver = arrives("minh")
    approver.open(path)
    assert "Xin ghi lý do trả lại" in approver.send(f"{path}/tra-lai", {"note": ""}).text
    approver.send(f"{path}/tra-lai", {"note": "Tiếng rè <b>"})

    assert "Tiếng rè &lt;b&gt;" in editor.open(path).text
    with sqlite_world.database.reading() as tx:
        found = library.of_station(tx, sqlite_world.station)[0]
    assert (found.id, found.note) == (item, "Tiếng rè <b>")


def test_changed_details_send_it_back_to_draft(arrives: Arrives, sqlite_world: World) -> None:
    item, visitor = approved_item(sqlite_world), arrives("lan")
    visitor.open(f"/kho-am-thanh/{item.id}/sua")

    page = visitor.send(f"/kho-am-thanh/{item.id}/sua", {"title": "Tên khác"})

    assert "Âm thanh cần được duyệt lại." in page.text
    assert "Bản nháp" in page.text


def test_expired_rights_are_shown(arrives: Arrives, sqlite_world: World) -> None:
    item = approved_item(sqlite_world, expires_on=sqlite_world.clock.now.date())
    sqlite_world.clock.advance(hours=17)

    page = arrives("lan").open(f"/kho-am-thanh/{item.id}").text

    assert "Hết hạn từ sau ngày 02/03/2026, không được phát." in page


def test_items_of_another_station_are_not_there(arrives: Arrives, sqlite_world: World) -> None:
    item = uploaded(open_neighbour(sqlite_world), title="Của xã bên")

    for page in (f"/kho-am-thanh/{item.id}", f"/kho-am-thanh/{item.id}/sua", f"/ban-thu/{item.recording_sha256}"):
        assert arrives("dung").open(page).status_code == 404
    assert "Của xã bên" not in arrives("dung").open("/kho-am-thanh").text


def test_sound_is_listened_to_in_the_page(arrives: Arrives, sqlite_world: World, tmp_path: Path) -> None:
    item = uploaded(sqlite_world)
    (tmp_path / item.recording_sha256).write_bytes(b"ding dong")

    assert arrives("minh").open(f"/ban-thu/{item.recording_sha256}").content == b"ding dong"


def test_an_approved_recording_is_aired_from_its_page(arrives: Arrives, sqlite_world: World) -> None:
    item = approved_item(sqlite_world)
    lan, path = arrives("lan"), f"/kho-am-thanh/{item.id}"
    lan.open(path)

    page = lan.send(f"{path}/luot-phat", {"when": "now"})

    assert page.url.path.startswith("/luot-phat/lp-")
    assert item.details.title in page.text


def test_an_airing_nowhere_or_at_no_time_is_refused_and_what_was_typed_stays(
    arrives: Arrives, sqlite_world: World
) -> None:
    item = approved_item(sqlite_world)
    lan, path = arrives("lan"), f"/kho-am-thanh/{item.id}"
    lan.open(path)

    page = lan.send(f"{path}/luot-phat", {"when": "at", "date": "2026-03-05", "time": "", "everywhere": "1"})

    assert page.status_code == 422
    assert 'value="2026-03-05"' in page.text
    assert lan.send(f"{path}/luot-phat", {"when": "now", "everywhere": []}).status_code == 422


def test_a_draft_offers_no_airing(arrives: Arrives, sqlite_world: World) -> None:
    item = uploaded(sqlite_world)

    assert "Phát âm thanh này" not in arrives("lan").open(f"/kho-am-thanh/{item.id}").text
