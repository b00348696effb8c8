"""Writing a bulletin: what is typed is kept, what is wrong is said, and the words to say are shown."""

from collections.abc import Callable

import pytest

from broadcaster.domain.audience import of_hamlets
from broadcaster.reading.reading import Choice
from broadcaster.store import bulletins
from broadcaster.web.forms import choice_json
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_world import World

Arrives = Callable[[str], Visitor]
ENTERED = {"title": "Họp thôn", "text": "Mời bà con họp lúc 7h30 ngày 25/11.", "where": "all", "priority": "priority"}


@pytest.fixture
def writer(arrives: Arrives) -> Visitor:
    """Lan, before an empty form."""
    visitor = arrives("lan")
    visitor.open("/ban-tin/moi")
    return visitor


def test_bulletin_is_kept_as_it_was_entered(writer: Visitor, sqlite_world: World) -> None:
    more = {"where": "hamlets", "voice": "gtts", "read_twice": "1"}
    entered: dict[str, str | list[str]] = {**ENTERED, **more, "hamlet": list(sqlite_world.hamlets)}
    assert "repeat_key_fact" not in writer.form("/ban-tin").fields

    page = writer.send("/ban-tin", entered)

    assert page.status_code == 200
    kept = sqlite_world.find(page.url.path.rsplit("/", 1)[1])  # type: ignore[arg-type] # an id as the address has it
    assert (kept.title, kept.text, kept.voice, kept.read_twice) == ("Họp thôn", ENTERED["text"], "gtts", True)
    assert kept.audience == of_hamlets(sqlite_world.hamlets)
    assert kept.priority == "priority"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"title": " "}, "Bản tin chưa có tiêu đề"),
        ({"title": "x" * 201}, "Tiêu đề dài 201 ký tự"),
        ({"title": "Họp\x07thôn"}, "là ký tự điều khiển"),
        ({"text": "\n \n"}, "Bản tin chưa có nội dung"),
        ({"text": "a " * 5_001}, "nhiều nhất là 10000"),
        ({"text": "Kính thưa\x00bà con"}, "Ký tự thứ 10 là ký tự điều khiển"),
        ({"text": "--- *** ..."}, "không có từ nào đọc được"),
        ({"where": []}, "Chưa chọn nơi phát"),
        ({"where": "hamlets"}, "Chưa chọn nơi phát"),
        ({"where": "moi-noi"}, "Chưa chọn nơi phát"),
        ({"where": "hamlets", "hamlet": "th-2222222222"}, "Không có thôn hay cụm loa nào"),
        ({"where": "clusters", "cluster": "' OR 1=1 --"}, "Không có thôn hay cụm loa nào"),
        ({"voice": "khong-co"}, "Đài không có giọng đọc"),
        ({"choice": "{khong phai json"}, "Một cách đọc đã chọn không hợp lệ"),
        ({"choice": '{"written": "7h30", "occurrence": -1, "spoken": "x"}'}, "Một cách đọc đã chọn không hợp lệ"),
        ({"choice": '{"written": 1}'}, "Một cách đọc đã chọn không hợp lệ"),
        ({"choice": "[" * 5_000}, "Một cách đọc đã chọn không hợp lệ"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_nothing_typed_is_lost(
    writer: Visitor, sqlite_world: World, changed: dict[str, str | list[str]], sentence: str
) -> None:
    entered = ENTERED | {"read_twice": "1"} | changed

    page = writer.send("/ban-tin", entered)

    assert page.status_code == 422
    assert sentence in page.text
    again = writer.form("/ban-tin").fields
    for name in ("title", "text", "priority", "read_twice"):
        assert [v.lstrip("\n") for v in again[name]] == [str(entered[name]).replace("\x00", "\ufffd").lstrip("\n")] or (
            "\x00" in str(entered[name])
        )
    with sqlite_world.database.reading() as tx:
        assert bulletins.of_station(tx, sqlite_world.station) == ()


def test_every_wrong_field_is_said_at_once(writer: Visitor) -> None:
    page = writer.send("/ban-tin", {"title": "", "text": "", "where": []})

    assert page.text.count('class="field-error"') == 3


def test_words_to_say_are_a_fragment_with_what_was_changed(writer: Visitor) -> None:
    secret = writer.form("/ban-tin").fields["csrf"]

    answer = writer.client.post("/ban-tin/doc-la", data={"csrf": secret, "text": ENTERED["text"], "voice": "espeak"})

    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "bảy giờ ba mươi phút" in answer.text
    assert "data-choice" in answer.text


def test_words_to_say_survive_any_text(writer: Visitor) -> None:
    secret = writer.form("/ban-tin").fields["csrf"]

    for text in ("", "\x00", "<b>" * 1000, "7h30 " * 3000, "KV"):
        answer = writer.client.post("/ban-tin/doc-la", data={"csrf": secret, "text": text})
        assert answer.status_code == 200


def test_text_in_an_old_encoding_is_named(writer: Visitor, sqlite_world: World) -> None:
    page = writer.send("/ban-tin", ENTERED | {"text": "KÝnh mêi bµ con trong th«n ®Õn häp ®óng giê t¹i nhµ v¨n hãa."})

    assert "TCVN3" in page.text
    assert "Kính mời bà con" in page.text or "kính mời bà con" in page.text


def test_chosen_reading_is_kept_shown_and_can_be_dropped(writer: Visitor, sqlite_world: World) -> None:
    choice = choice_json(Choice(written="7h30", occurrence=0, spoken="bảy rưỡi"))

    page = writer.send("/ban-tin", ENTERED | {"choice": choice})
    path = page.url.path
    assert "bảy rưỡi" in page.text

    writer.open(f"{path}/sua")
    assert writer.form(f"{path}/sua").fields["choice"] == [choice]

    page = writer.send(f"{path}/sua", {"choice": []})
    assert "bảy rưỡi" not in page.text


def test_key_fact_is_repeated_when_asked_and_stays_so(writer: Visitor, sqlite_world: World) -> None:
    page = writer.send("/ban-tin", ENTERED | {"repeat_key_fact": "1"})
    path = page.url.path

    assert "xin nhắc lại" in page.text
    assert "Nhắc lại giờ và nơi" in page.text
    writer.open(f"{path}/sua")
    assert writer.form(f"{path}/sua").fields["repeat_key_fact"] == ["1"]
    writer.send(f"{path}/sua", {"title": "Họp thôn, sửa"})
    action = f"{path}/cach-doc"
    stretch = choice_json(Choice(written="7h30", occurrence=0, spoken="bảy giờ ba mươi phút"))
    writer.send(action, {"stretch": stretch, "own": "bảy rưỡi"})
    sqlite_world.render()
    assert [words for words in sqlite_world.studio.asked[-1] if "bảy rưỡi" in words] != []
    assert "xin nhắc lại" in sqlite_world.studio.asked[-1]

    writer.open(f"{path}/sua")
    page = writer.send(f"{path}/sua", {"repeat_key_fact": []})
    assert "xin nhắc lại" not in page.text
    assert "Không nhắc lại" in page.text


def test_words_to_say_show_the_repetition(writer: Visitor) -> None:
    asked = {"csrf": writer.form("/ban-tin").fields["csrf"], "text": ENTERED["text"]}

    assert "xin nhắc lại" not in writer.client.post("/ban-tin/doc-la", data=asked).text
    assert "xin nhắc lại" in writer.client.post("/ban-tin/doc-la", data=asked | {"repeat_key_fact": "1"}).text


def test_reading_is_chosen_on_the_page_without_scripts(writer: Visitor, sqlite_world: World) -> None:
    path = writer.send("/ban-tin", ENTERED).url.path
    action = f"{path}/cach-doc"
    secret = writer.form(action).fields["csrf"]
    stretch = choice_json(Choice(written="7h30", occurrence=0, spoken="bảy giờ ba mươi phút"))

    writer.client.post(action, data={"csrf": secret, "stretch": stretch, "own": "bảy rưỡi sáng"})
    page = writer.open(path)
    assert "đọc là “bảy rưỡi sáng”" in page.text

    dropped = choice_json(Choice(written="7h30", occurrence=0, spoken="bảy rưỡi sáng"))
    writer.client.post(action, data={"csrf": secret, "drop": dropped})
    assert "bảy rưỡi sáng" not in writer.open(path).text


def test_list_shows_states_and_filters(arrives: Arrives, sqlite_world: World) -> None:
    sqlite_world.write(title="Tin nháp")
    sqlite_world.approved(title="Tin duyệt rồi")
    visitor = arrives("lan")

    assert {t for t in ("Tin nháp", "Tin duyệt rồi") if t in visitor.open("/ban-tin").text} == {
        "Tin nháp",
        "Tin duyệt rồi",
    }
    assert "Tin nháp" not in visitor.open("/ban-tin?loc=da-duyet").text


def test_editing_an_approved_bulletin_warns_and_makes_it_a_draft(arrives: Arrives, sqlite_world: World) -> None:
    bulletin = sqlite_world.approved()
    visitor = arrives("lan")
    assert "phải được duyệt lại" in visitor.open(f"/ban-tin/{bulletin.id}/sua").text

    visitor.send(f"/ban-tin/{bulletin.id}/sua", {"text": "Nội dung khác hẳn."})

    assert sqlite_world.find(bulletin).state == "draft"
