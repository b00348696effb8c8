"""The station's lexicon at its page and from a bulletin: added with one press, read so from then on, removed."""

from collections.abc import Callable

import pytest
from httpx import Response

from broadcaster.reading.reading import Choice
from broadcaster.services import people
from broadcaster.store import bulletins, lexicon
from broadcaster.web.forms import choice_json
from tests.broadcaster.web.visitor import Visitor, forms
from tests.fakes.station_office import FastPasswords
from tests.fakes.station_world import World

Arrives = Callable[[str], Visitor]
TEXT = "Ban XYZQ mời bà con họp tại nhà văn hóa."
SPELT = "ích y dét quy"
SAID = "xây dựng quê hương"


@pytest.fixture
def editor(arrives: Arrives) -> Visitor:
    """Lan, signed in."""
    return arrives("lan")


def _entries(world: World) -> list[tuple[str, str]]:
    with world.database.reading() as tx:
        return [(entry.written, entry.spoken) for entry in lexicon.listed(tx, world.station)]


def test_entry_is_added_listed_with_its_author_and_removed(editor: Visitor, sqlite_world: World) -> None:
    editor.open("/tu-dien")

    page = editor.send("/tu-dien", {"written": " XYZQ ", "spoken": SAID})
    for words in ("Đã ghi vào từ điển của đài", "XYZQ", f"đọc là “{SAID}”", "Lan · "):
        assert words in page.text
    assert _entries(sqlite_world) == [("XYZQ", SAID)]

    assert "chưa có mục nào" in editor.send("/tu-dien/bo").text
    assert _entries(sqlite_world) == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"written": " "}, "Xin ghi cả chữ viết và cách đọc"),
        ({"spoken": ""}, "Xin ghi cả chữ viết và cách đọc"),
        ({"spoken": "họp lúc 7h"}, "không có chữ số hay ký hiệu"),
        ({"spoken": "<b>"}, "không có chữ số hay ký hiệu"),
        ({"written": "x" * 101}, "Chữ viết dài nhất 100"),
        ({"written": "X\x07Y"}, "là ký tự điều khiển"),
    ],
)
def test_bad_entry_comes_back_as_it_was_typed(
    editor: Visitor, sqlite_world: World, changed: dict[str, str], sentence: str
) -> None:
    editor.open("/tu-dien")
    entered = {"written": "XYZQ", "spoken": SAID} | changed

    page = editor.send("/tu-dien", entered)

    assert page.status_code == 422
    assert sentence in page.text
    assert editor.form("/tu-dien").fields["spoken"] == [entered["spoken"]]
    assert _entries(sqlite_world) == []


def test_decomposed_letters_are_the_same_entry(editor: Visitor, sqlite_world: World) -> None:
    editor.open("/tu-dien")

    editor.send("/tu-dien", {"written": "Đ\u1ed5", "spoken": "đo\u0302\u0309"})

    assert _entries(sqlite_world) == [("Đổ", "đổ")]


def test_every_reading_on_the_pages_is_the_stations(editor: Visitor, sqlite_world: World) -> None:
    bulletin = sqlite_world.write(text=TEXT)
    secret = editor.open("/ban-tin/moi").text.split('name="csrf" value="')[1].split('"')[0]
    asked = {"csrf": secret, "text": TEXT}
    assert SPELT in editor.open(f"/ban-tin/{bulletin.id}").text
    assert SPELT in editor.client.post("/ban-tin/doc-la", data=asked).text

    editor.open("/tu-dien")
    editor.send("/tu-dien", {"written": "XYZQ", "spoken": SAID})

    for path in (f"/ban-tin/{bulletin.id}", f"/ban-tin/{bulletin.id}/sua"):
        words = _said(editor.open(path).text)
        assert SAID in words
        assert SPELT not in words
    assert SAID in _said(editor.client.post("/ban-tin/doc-la", data=asked).text)
    sqlite_world.render()
    assert any(SAID in words for words in sqlite_world.studio.asked[-1])


def test_unsure_place_of_a_bulletin_is_settled_for_good_with_one_press(editor: Visitor, sqlite_world: World) -> None:
    bulletin = sqlite_world.write(text=TEXT)
    editor.open(f"/ban-tin/{bulletin.id}")
    assert 'formaction="/tu-dien"' in editor.page.text

    page = _press_always(editor, bulletin.id, own=SAID)

    assert page.url.path == f"/ban-tin/{bulletin.id}"
    assert "Đã ghi vào từ điển của đài" in page.text
    assert SAID in _said(page.text)
    assert _entries(sqlite_world) == [("XYZQ", SAID)]


def test_without_own_words_the_present_reading_is_kept_for_good(editor: Visitor, sqlite_world: World) -> None:
    bulletin = sqlite_world.write(text=TEXT)
    editor.open(f"/ban-tin/{bulletin.id}")

    _press_always(editor, bulletin.id, own="")

    assert _entries(sqlite_world) == [("XYZQ", SPELT)]


def test_what_was_chosen_otherwise_gives_way(editor: Visitor, sqlite_world: World) -> None:
    other = Choice(written="XYZQ", occurrence=0, spoken="ban quản lý")
    kept = Choice(written="nhà", occurrence=0, spoken="nhà")
    bulletin = sqlite_world.write(text=TEXT, choices=(other, kept), repeat_key_fact=True)
    editor.open(f"/ban-tin/{bulletin.id}")

    page = _press_always(editor, bulletin.id, own=SAID)

    with sqlite_world.database.reading() as tx:
        assert bulletins.choices_of(tx, bulletin.id) == (kept,)
    assert SAID in _said(page.text)
    assert sqlite_world.find(bulletin).repeat_key_fact


def test_script_is_answered_in_plain_words(editor: Visitor, sqlite_world: World) -> None:
    secret = editor.open("/ban-tin/moi").text.split('name="csrf" value="')[1].split('"')[0]
    stretch = choice_json(Choice(written="XYZQ", occurrence=0, spoken=SPELT))
    asked = {"csrf": secret, "stretch": stretch}

    refused = editor.client.post("/tu-dien", data=asked | {"own": "số 1"}, headers={"Accept": "text/plain"})
    taken = editor.client.post("/tu-dien", data=asked | {"own": SAID}, headers={"Accept": "text/plain"})
    broken = editor.client.post("/tu-dien", data={"csrf": secret, "stretch": "[1"}, headers={"Accept": "text/plain"})

    assert (refused.status_code, refused.headers["content-type"]) == (422, "text/plain; charset=utf-8")
    assert refused.text.startswith("Cách đọc chỉ gồm chữ")
    assert (taken.status_code, taken.text) == (204, "")
    assert broken.status_code == 422
    assert _entries(sqlite_world) == [("XYZQ", SAID)]


def test_only_editors_change_it_and_administrators_see_it(arrives: Arrives, sqlite_world: World) -> None:
    lan, hoa, minh = arrives("lan"), arrives("hoa"), arrives("minh")
    lan.open("/tu-dien")
    lan.send("/tu-dien", {"written": "XYZQ", "spoken": SAID})

    page = hoa.open("/tu-dien")
    assert SAID in page.text
    assert 'action="/tu-dien' not in page.text
    secret = page.text.split('name="csrf" value="')[1].split('"')[0]
    for path in ("/tu-dien", "/tu-dien/bo"):
        asked = {"csrf": secret, "written": "XYZQ", "spoken": "khác"}
        assert hoa.client.post(path, data=asked).status_code == 403
    assert minh.open("/tu-dien").status_code == 403
    assert _entries(sqlite_world) == [("XYZQ", SAID)]


def test_it_is_found_from_where_people_look(arrives: Arrives) -> None:
    for name, path in (("lan", "/ban-tin"), ("lan", "/ban-tin/moi"), ("hoa", "/dai")):
        assert 'href="/tu-dien"' in arrives(name).open(path).text


def test_what_is_typed_is_shown_as_text(editor: Visitor) -> None:
    editor.open("/tu-dien")

    page = editor.send("/tu-dien", {"written": "<script>alert(1)</script>", "spoken": "chữ"})

    assert "<script>alert" not in page.text


def test_approved_bulletin_shows_the_words_that_were_approved(editor: Visitor, sqlite_world: World) -> None:
    bulletin = sqlite_world.approved(text=TEXT)
    editor.open("/tu-dien")

    editor.send("/tu-dien", {"written": "XYZQ", "spoken": SAID})

    page = editor.open(f"/ban-tin/{bulletin.id}").text
    assert "Cách đọc của đài đã đổi sau khi thu" in page
    assert SPELT in page
    assert SAID not in page
    assert sqlite_world.find(bulletin).recording_sha256 == bulletin.recording_sha256


def test_log_tells_of_the_lexicon_and_of_a_reset_password(
    editor: Visitor, arrives: Arrives, sqlite_world: World
) -> None:
    editor.open("/tu-dien")
    editor.send("/tu-dien", {"written": "bt-1", "spoken": SAID})
    editor.send("/tu-dien/bo")

    people.reset_password(
        sqlite_world.office, FastPasswords(), username=sqlite_world.username("minh"), password="mot cau moi hon"
    )

    page = arrives("hoa").open("/nhat-ky")

    assert "Mật khẩu của “Minh” được đặt lại tại máy chủ." in page.text
    assert f"Lan ghi vào từ điển của đài: “bt-1” đọc là “{SAID}”." in page.text
    assert "Lan bỏ “bt-1” khỏi từ điển của đài." in page.text
    assert 'href="/ban-tin/bt-1"' not in page.text


def _said(page: str) -> str:
    """Return what stands under `Đọc là`, the menus with the other readings left out."""
    said = page.split('<div class="said">')[1]
    parts = said.split('<div class="token-menu">')
    return parts[0] + "".join(part.partition("</details>")[2] for part in parts[1:])


def _press_always(visitor: Visitor, bulletin: str, *, own: str) -> Response:
    """Press `Luôn đọc như vậy ở đài này` in the menu of the first token, as a browser without scripts does."""
    action = f"/ban-tin/{bulletin}/cach-doc"
    form = next(f for f in _forms_to(visitor, action) if "stretch" in f)
    visitor.page = visitor.client.post("/tu-dien", data=form | {"own": own})
    return visitor.page


def _forms_to(visitor: Visitor, action: str) -> list[dict[str, str]]:
    return [
        {name: values[0] for name, values in form.fields.items()}
        for form in forms(visitor.page)
        if form.action == action
    ]
