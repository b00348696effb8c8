"""The steps of a bulletin on its page: heard, submitted, approved by hash, returned, withdrawn, aired."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from broadcaster.domain.bulletin import Priority
from broadcaster.domain.ids import BulletinId
from broadcaster.services import stations as station_cases
from broadcaster.services.rendering import StudioFailed
from broadcaster.store import airings
from broadcaster.store import stations as station_rows
from tests.broadcaster.web.visitor import Visitor, forms
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


def test_unusual_hour_is_taken_only_from_who_writes_it_in_words(arrives: Arrives, sqlite_world: World) -> None:
    bulletin = sqlite_world.approved()
    visitor, action = arrives("lan"), f"/ban-tin/{bulletin.id}/luot-phat"
    visitor.open(f"/ban-tin/{bulletin.id}")
    early = {"when": "at", "date": "2026-03-03", "time": "04:45"}

    asked = visitor.send(action, early)

    assert asked.status_code == 409
    assert "bốn giờ bốn mươi lăm phút sáng" in asked.text
    assert visitor.form(action).fields["time"] == ["04:45"]
    assert visitor.send(action, early | {"confirmed": "năm giờ"}).status_code == 409
    taken = visitor.send(action, early | {"confirmed": "Bốn giờ bốn mươi lăm phút sáng"})
    assert "04:45, thứ Ba 03/03/2026" in taken.text


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


def test_second_bulletin_at_a_minute_says_where_it_went_and_why(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("lan")
    for bulletin in (sqlite_world.approved(title="Tin trước"), sqlite_world.approved(title="Tin sau")):
        visitor.open(f"/ban-tin/{bulletin.id}")
        page = visitor.send(f"/ban-tin/{bulletin.id}/luot-phat", {"when": "at"})
        sqlite_world.clock.advance(seconds=1)

    assert page.url.path == f"/ban-tin/{bulletin.id}"
    assert "“Tin sau” được dời tới 17:00" in page.text
    assert "loa đang bận phát “Tin trước”" in page.text


def urgent(visitor: Visitor, world: World, *titles: str) -> list[BulletinId]:
    """Ask for the same minute for several urgent bulletins, each on its own page."""
    found = []
    for title in titles:
        bulletin = world.approved(title=title, priority=Priority.PRIORITY)
        visitor.open(f"/ban-tin/{bulletin.id}")
        visitor.send(f"/ban-tin/{bulletin.id}/luot-phat", {"when": "at"})
        found.append(bulletin.id)
    return found


def coming(world: World) -> list[tuple[str, str]]:
    with world.database.reading() as tx:
        found = airings.between(tx, world.station, start=world.clock.now, end=world.clock.now + timedelta(days=2))
    return [(each.title, f"{each.start_at.astimezone(ZoneInfo('Asia/Ho_Chi_Minh')):%H:%M}") for each in found]


def test_two_urgent_bulletins_at_one_minute_wait_for_a_person(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("lan")
    _, second = urgent(visitor, sqlite_world, "Bão", "Lũ")

    assert visitor.page.url.path == "/lich-tuan/tranh-cho"
    assert "đã có một tin ưu tiên khác" in visitor.page.text
    assert coming(sqlite_world) == []
    page = visitor.open(f"/ban-tin/{second}").text
    assert "Tranh chỗ" in page
    home = visitor.open("/").text
    assert "đang chờ một người xếp thứ tự" in home
    assert "đã duyệt nhưng chưa có giờ phát" not in home
    assert "Tranh chỗ: " in home

    page = visitor.open("/lich-tuan/tranh-cho").text
    order = page.split("Cho “Lũ” phát trước")[0].rpartition('name="order" value="')[2].partition('"')[0]
    csrf = forms(visitor.page)[-1].fields["csrf"]
    visitor.page = visitor.client.post("/lich-tuan/tranh-cho", data={"csrf": csrf, "order": order})
    assert [title for title, _ in coming(sqlite_world)] == ["Lũ", "Bão"]
    assert "Không có bản tin nào tranh chỗ nhau" in visitor.page.text


def test_urgent_bulletin_that_collides_is_given_another_time(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("lan")
    urgent(visitor, sqlite_world, "Bão", "Lũ")
    form = next(f for f in forms(visitor.page) if f.action.endswith("gio-khac"))
    data = form.fields | {"time": ["23:30"]}
    refused = visitor.client.post(form.action, data=data)
    assert refused.status_code == 422
    assert "giờ yên lặng" in refused.text
    assert 'value="23:30"' in refused.text

    visitor.page = visitor.client.post(form.action, data=form.fields | {"time": ["18:30"]})

    assert "Đã đổi giờ" in visitor.page.text
    assert sorted(clock for _, clock in coming(sqlite_world)) == ["17:00", "18:30"]


def test_now_in_quiet_hours_is_refused_at_once(arrives: Arrives, sqlite_world: World) -> None:
    sqlite_world.clock.now = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
    bulletin = sqlite_world.approved()
    visitor = arrives("lan")
    visitor.open(f"/ban-tin/{bulletin.id}")
    page = visitor.send(f"/ban-tin/{bulletin.id}/luot-phat", {"when": "now"})

    assert page.status_code == 422
    assert "giờ yên lặng" in page.text
    assert coming(sqlite_world) == []


def test_every_role_sees_one_thing_to_do(arrives: Arrives, sqlite_world: World) -> None:
    assert arrives("lan").page.text.count('class="card next"') == 1
    assert "Không có bản tin nào chờ duyệt" in arrives("minh").page.text
    bulletin = sqlite_world.approved()

    assert "chưa có giờ phát" in arrives("minh").page.text
    assert f'href="/ban-tin/{bulletin.id}"' in arrives("lan").page.text
