"""The steps of a bulletin on its page: heard, submitted, approved by hash, returned, withdrawn, aired."""

from collections.abc import Callable
from dataclasses import replace

from broadcaster.services import stations as station_cases
from broadcaster.services.rendering import StudioFailed
from broadcaster.store import airings
from broadcaster.store import stations as station_rows
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_world import World

Arrives = Callable[[str], Visitor]


def test_submit_is_offered_only_when_there_is_something_to_hear(arrives: Arrives, sqlite_world: World) -> None:
    bulletin = sqlite_world.write()
    visitor, path = arrives("lan"), f"/ban-tin/{bulletin.id}"
    page = visitor.open(path)
    assert "<audio" not in page.text
    assert f'action="{path}/gui-duyet"' not in page.text
    assert '<meta http-equiv="refresh" content="3">' in page.text

    sqlite_world.render()

    page = visitor.open(path)
    assert f'src="/ban-thu/{sqlite_world.find(bulletin).recording_sha256}"' in page.text
    assert f'action="{path}/gui-duyet"' in page.text


def test_failed_reading_says_why_and_can_be_tried_again(arrives: Arrives, sqlite_world: World) -> None:
    sqlite_world.studio.failure = StudioFailed("Ổ đĩa của máy chủ đã đầy.")
    bulletin = sqlite_world.write()
    sqlite_world.render()
    visitor, path = arrives("lan"), f"/ban-tin/{bulletin.id}"
    assert "Ổ đĩa của máy chủ đã đầy." in visitor.open(path).text

    sqlite_world.studio.failure = None
    visitor.send(f"{path}/doc-lai")
    sqlite_world.render()

    assert "<audio" in visitor.open(path).text


def test_voice_that_took_anothers_place_is_named(arrives: Arrives, sqlite_world: World) -> None:
    sqlite_world.studio.broken_voices = frozenset({"gtts"})
    bulletin = sqlite_world.write(voice="gtts")
    sqlite_world.render()

    page = arrives("lan").open(f"/ban-tin/{bulletin.id}")

    assert "Giọng đã chọn là Google, nhưng bản thu dùng eSpeak – giọng Bắc." in page.text
    assert "Giọng gtts không đọc được." in page.text


def test_bulletin_goes_from_author_to_approver_to_the_air(arrives: Arrives, sqlite_world: World) -> None:
    bulletin = sqlite_world.write()
    sqlite_world.render()
    editor, approver, path = arrives("lan"), arrives("minh"), f"/ban-tin/{bulletin.id}"
    editor.open(path)
    assert "Đã gửi duyệt" in editor.send(f"{path}/gui-duyet").text
    assert bulletin.title in approver.open("/cho-duyet").text
    approver.open(path)

    assert "Đã duyệt bản tin" in approver.send(f"{path}/duyet").text
    editor.open(path)
    page = editor.send(f"{path}/luot-phat", {"when": "now"})

    assert page.url.path.startswith("/luot-phat/lp-")
    assert "0/2 cụm loa đã sẵn sàng" in page.text


def test_approval_of_what_has_changed_meanwhile_is_refused(arrives: Arrives, sqlite_world: World) -> None:
    bulletin = sqlite_world.write()
    sqlite_world.render()
    editor, approver, path = arrives("lan"), arrives("minh"), f"/ban-tin/{bulletin.id}"
    editor.open(path)
    editor.send(f"{path}/gui-duyet")
    approver.open(path)
    seen = approver.form(f"{path}/duyet").fields
    sqlite_world.rewrite(bulletin, text="Nội dung đã đổi sau khi nghe.")
    sqlite_world.render()
    editor.open(path)
    editor.send(f"{path}/gui-duyet")

    answer = approver.client.post(f"{path}/duyet", data=seen)

    assert answer.status_code == 409
    assert "đã thay đổi sau khi bạn nghe" in answer.text
    assert sqlite_world.find(bulletin).state == "submitted"


def test_author_is_told_to_ask_another_and_cannot_approve(arrives: Arrives, sqlite_world: World) -> None:
    bulletin = sqlite_world.write(actor="dung")
    sqlite_world.render()
    visitor, path = arrives("dung"), f"/ban-tin/{bulletin.id}"
    visitor.open(path)
    page = visitor.send(f"{path}/gui-duyet")
    assert "Bạn là người soạn nên không tự duyệt" in page.text
    assert f'action="{path}/duyet"' not in page.text

    seen = sqlite_world.find(bulletin)
    answer = visitor.client.post(
        f"{path}/duyet",
        data={
            "csrf": visitor.form("/dang-xuat").fields["csrf"],
            "text_sha256": seen.text_sha256,
            "recording_sha256": seen.recording_sha256 or "",
        },
    )
    assert answer.status_code == 403
    assert "Người soạn không tự duyệt bản tin của mình" in answer.text


def test_single_officer_approves_their_own(arrives: Arrives, sqlite_world: World) -> None:
    with sqlite_world.database.reading() as tx:
        station = station_rows.get(tx, sqlite_world.station)
    assert station is not None
    station_cases.change_rules(
        sqlite_world.office, actor=sqlite_world.person("hoa"), rules=replace(station.rules, self_approval=True),
        voices=("espeak",),
    )  # fmt: skip
    bulletin = sqlite_world.write(actor="dung")
    sqlite_world.render()
    visitor, path = arrives("dung"), f"/ban-tin/{bulletin.id}"
    visitor.open(path)
    visitor.send(f"{path}/gui-duyet")

    assert "Đã duyệt bản tin" in visitor.send(f"{path}/duyet").text


def test_returning_needs_a_note_that_the_author_reads(arrives: Arrives, sqlite_world: World) -> None:
    bulletin = sqlite_world.write()
    sqlite_world.render()
    editor, approver, path = arrives("lan"), arrives("minh"), f"/ban-tin/{bulletin.id}"
    editor.open(path)
    editor.send(f"{path}/gui-duyet")
    approver.open(path)

    refused = approver.send(f"{path}/tra-lai")
    assert refused.status_code == 422
    assert "Xin ghi lý do trả lại" in refused.text
    too_long = approver.send(f"{path}/tra-lai", {"note": "dài " * 300})
    assert too_long.status_code == 422
    assert "dài dài dài" in too_long.text
    approver.send(f"{path}/tra-lai", {"note": "Ghi rõ giờ họp."})

    assert "Ghi rõ giờ họp." in editor.open(path).text
    assert "bị trả lại, cần sửa" in editor.open("/").text


def test_withdrawing_cancels_what_is_to_come(arrives: Arrives, sqlite_world: World) -> None:
    bulletin = sqlite_world.approved()
    airing = sqlite_world.plan(bulletin)
    visitor, path = arrives("lan"), f"/ban-tin/{bulletin.id}"
    visitor.open(path)

    visitor.send(f"{path}/rut")

    assert "Lượt phát đã bị hủy" in visitor.open(f"/luot-phat/{airing.id}").text


def test_airing_form_sent_twice_plans_once(arrives: Arrives, sqlite_world: World) -> None:
    bulletin = sqlite_world.approved()
    visitor, action = arrives("lan"), f"/ban-tin/{bulletin.id}/luot-phat"
    visitor.open(f"/ban-tin/{bulletin.id}")
    fields = visitor.form(action).fields | {"when": ["at"]}

    first, second = (visitor.client.post(action, data=fields, follow_redirects=False) for _ in range(2))

    assert first.headers["location"] == second.headers["location"]
    with sqlite_world.database.reading() as tx:
        assert len(airings.of_bulletin(tx, sqlite_world.station, bulletin.id)) == 1


def test_suggested_time_is_the_next_usual_hour_and_is_taken(arrives: Arrives, sqlite_world: World) -> None:
    bulletin = sqlite_world.approved()
    visitor, action = arrives("lan"), f"/ban-tin/{bulletin.id}/luot-phat"
    visitor.open(f"/ban-tin/{bulletin.id}")
    form = visitor.form(action)
    assert (form.fields["date"], form.fields["time"]) == (["2026-03-02"], ["17:00"])

    assert "17:00, thứ Hai 02/03/2026" in visitor.send(action, {"when": "at"}).text


def test_bad_times_come_back_with_what_was_typed_and_why(arrives: Arrives, sqlite_world: World) -> None:
    bulletin = sqlite_world.approved()
    visitor, action = arrives("lan"), f"/ban-tin/{bulletin.id}/luot-phat"
    visitor.open(f"/ban-tin/{bulletin.id}")
    wrong = {
        ("2026-03-02", "23:00"): "rơi vào giờ yên lặng (22:00 đến 04:30)",
        ("2026-03-02", "07:00"): "đã qua",
        ("2027-03-02", "07:00"): "còn xa hơn 60 ngày",
        ("hôm nay", "07:00"): "không phải là ngày giờ",
        ("2026-03-02", ""): "không phải là ngày giờ",
        ("0001-01-01", "00:00"): "đã qua",
        ("9999-12-31", "23:59"): "còn xa hơn",
    }

    for (date, time), sentence in wrong.items():
        page = visitor.send(action, {"when": "at", "date": date, "time": time})
        assert page.status_code == 422, (date, time)
        assert sentence in page.text, (date, time)
        assert visitor.form(action).fields["date"] == [date]
        assert visitor.form(action).fields["time"] == [time]
    assert visitor.open(f"{action}").url.path == f"/ban-tin/{bulletin.id}"


def test_clash_names_the_other_and_the_next_free_time(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("lan")
    for bulletin in (sqlite_world.approved(title="Tin trước"), sqlite_world.approved(title="Tin sau")):
        visitor.open(f"/ban-tin/{bulletin.id}")
        page = visitor.send(f"/ban-tin/{bulletin.id}/luot-phat", {"when": "at"})

    assert page.status_code == 409
    assert "trùng với “Tin trước”" in page.text
    assert "Giờ trống gần nhất" in page.text


def test_every_role_sees_one_thing_to_do(arrives: Arrives, sqlite_world: World) -> None:
    assert arrives("lan").page.text.count('class="card next"') == 1
    assert "Không có bản tin nào chờ duyệt" in arrives("minh").page.text
    bulletin = sqlite_world.approved()

    assert "chưa có giờ phát" in arrives("minh").page.text
    assert f'href="/ban-tin/{bulletin.id}"' in arrives("lan").page.text
