"""The week's pages: from an empty station to a running week, sessions moved, rested and restored, and who did it."""

from datetime import UTC, datetime

import pytest

from broadcaster.domain.bulletin import Priority
from broadcaster.domain.programme import Section
from broadcaster.domain.week.requests import NextSession
from broadcaster.services.week import asking
from broadcaster.store import airings, programmes, requests
from tests.broadcaster.web.conftest import Arrives
from tests.broadcaster.web.visitor import Visitor, forms
from tests.fakes.station_world import World

RURAL = "/lich-tuan/mau/nong-thon-hai-buoi"
QUIET = "giờ yên lặng"


def with_week(arrives: Arrives, name: str = "lan") -> Visitor:
    """Return somebody whose station has just taken the rural template."""
    visitor = arrives(name)
    visitor.open(RURAL)
    visitor.send(RURAL, {"step": "save"})
    assert "Đã nhận mẫu" in visitor.page.text, visitor.page.text
    return visitor


def session_of(world: World, title: str, day: str = "2026-03-03") -> str:
    """Return the address of a session."""
    with world.database.reading() as tx:
        (found,) = [k.programme.id for k in programmes.of_station(tx, world.station) if k.programme.title == title]
    return f"/lich-tuan/buoi/{found}/{day}"


def test_empty_week_offers_a_template(arrives: Arrives) -> None:
    page = arrives("lan").open("/lich-tuan")

    assert "Đài chưa có chương trình" in page.text
    assert 'href="/lich-tuan/mau"' in page.text


@pytest.mark.parametrize(
    "name", ["nong-thon-hai-buoi", "nong-thon-ba-buoi", "phuong-noi-thi", "mien-nui-hai-tieng", "mua-lu"]
)
def test_every_template_can_be_taken(arrives: Arrives, name: str) -> None:
    visitor = arrives("lan")
    assert f"/lich-tuan/mau/{name}" in visitor.open("/lich-tuan/mau").text
    visitor.open(f"/lich-tuan/mau/{name}")
    visitor.send(f"/lich-tuan/mau/{name}", {"step": "save"})

    assert "Đã nhận mẫu" in visitor.page.text
    assert 'class="slot session' in visitor.page.text


def test_template_says_which_hamlets_are_in_a_group(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("lan")
    path = "/lich-tuan/mau/mien-nui-hai-tieng"
    visitor.open(path)
    visitor.send(path, {"step": "save", "group-mong": sqlite_world.hamlets[0], "group-thai": sqlite_world.hamlets[1]})

    with sqlite_world.database.reading() as tx:
        heard = {
            s.audience.hamlets
            for k in programmes.of_station(tx, sqlite_world.station)
            for s in k.programme.segments
            if s.audience is not None
        }
    assert heard == {(sqlite_world.hamlets[0],), (sqlite_world.hamlets[1],)}


def test_week_shows_each_day_and_what_is_in_it(arrives: Arrives) -> None:
    visitor = with_week(arrives)
    page = visitor.open("/lich-tuan?tuan=2026-03-03").text

    assert page.count('class="slot session') >= 14 - 2
    assert "05:00–05:45" in page
    assert "Tiếp sóng VOV1: thời sự sáng" in page
    assert visitor.open("/lich-tuan?tuan=khong-phai-ngay").status_code == 200


def test_session_says_why_each_item_stands_there(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    bulletin = sqlite_world.approved()
    visitor.open(f"/ban-tin/{bulletin.id}")
    visitor.send(f"/ban-tin/{bulletin.id}/xep-lich")

    assert "Đã xếp" in visitor.page.text
    page = visitor.open(session_of(sqlite_world, "Buổi phát thanh chiều", "2026-03-02")).text
    assert "Họp thôn" in page
    assert "được xếp" in page or "sẽ phát" in page
    assert "buổi nào cũng phát" in page
    assert "Lan: Bắt đầu từ mẫu" in page


def test_session_is_moved_after_a_preview(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    path = session_of(sqlite_world, "Buổi phát thanh chiều")
    visitor.open(path)
    visitor.send(f"{path}/doi", {"time": "17:10"})
    assert "Không vướng" in visitor.page.text
    assert "17:00–" in visitor.client.get(path).text  # nothing was saved by looking

    visitor.send(f"{path}/doi", {"step": "save"})

    assert "Đã dời buổi phát" in visitor.page.text
    assert "17:10–" in visitor.page.text
    assert "Đổi giờ một buổi" in visitor.page.text


def test_session_is_moved_to_another_day(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    visitor.open(RURAL)
    path = session_of(sqlite_world, "Buổi phát thanh chiều")
    visitor.open(path)
    visitor.send(f"{path}/nghi", {"reason": "Sửa loa"})
    visitor.send(f"{path}/nghi", {"step": "save"})
    other = session_of(sqlite_world, "Buổi phát thanh chiều", "2026-03-04")
    visitor.open(other)
    visitor.send(f"{other}/doi", {"date": "2026-03-03", "time": "17:10"})
    visitor.send(f"{other}/doi", {"step": "save"})

    assert "17:10–" in visitor.page.text
    assert "Nghỉ: Dời sang 17:10" in visitor.open("/lich-tuan").text


def test_move_into_quiet_hours_is_refused_with_its_sentence(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    path = session_of(sqlite_world, "Buổi phát thanh chiều")
    visitor.open(path)
    visitor.send(f"{path}/doi", {"time": "22:30"})

    assert visitor.page.status_code == 409
    assert QUIET in visitor.page.text
    assert 'value="save"' not in visitor.page.text


def test_saving_past_the_preview_is_refused_too(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    path = session_of(sqlite_world, "Buổi phát thanh chiều")
    visitor.open(path)
    visitor.send(f"{path}/doi", {"time": "22:30", "step": "save"})

    assert visitor.page.status_code == 409
    assert QUIET in visitor.page.text
    assert "17:00–" in visitor.open(path).text


def test_unusual_time_wants_its_words(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    path = session_of(sqlite_world, "Buổi phát thanh chiều")
    visitor.open(path)
    visitor.send(f"{path}/doi", {"time": "20:15"})
    said = "tám giờ mười lăm phút tối"
    assert said in visitor.page.text

    visitor.send(f"{path}/doi", {"step": "save", "confirmed": "vâng"})
    assert visitor.page.status_code == 409
    assert 'value="vâng"' in visitor.page.text

    visitor.send(f"{path}/doi", {"step": "save", "confirmed": said})
    assert "Đã dời buổi phát" in visitor.page.text


def test_session_rests_and_comes_back(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    path = session_of(sqlite_world, "Buổi phát thanh chiều")
    visitor.open(path)
    visitor.send(f"{path}/nghi", {"reason": "Đám hiếu thôn Kép"})
    visitor.send(f"{path}/nghi", {"step": "save"})
    assert "Đã cho nghỉ buổi ấy" in visitor.page.text
    assert "Nghỉ: Đám hiếu thôn Kép" in visitor.open("/lich-tuan").text

    visitor.open(path)
    assert "Buổi này nghỉ: Đám hiếu thôn Kép" in visitor.page.text
    visitor.send(f"{path}/nhu-cu")
    visitor.send(f"{path}/nhu-cu", {"step": "save"})

    assert "như thường lệ" in visitor.page.text
    assert "17:00–" in visitor.open(path).text


def test_change_is_undone_by_another_person(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    path = session_of(sqlite_world, "Buổi phát thanh chiều")
    visitor.open(path)
    visitor.send(f"{path}/nghi", {"step": "save"})
    other = arrives("minh")
    page = other.open("/lich-tuan/lich-su")
    assert "Nghỉ một buổi" in page.text
    (first, *_rest) = [f.action for f in forms(page) if f.action.endswith("/hoan-tac")]
    other.send(first)
    other.send(first, {"step": "save"})

    assert "Đã hoàn tác" in other.page.text
    assert "đã hoàn tác" in other.page.text
    assert "17:00–" in other.open(path).text


def test_week_is_copied(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    path = session_of(sqlite_world, "Buổi phát thanh chiều")
    visitor.open(path)
    visitor.send(f"{path}/nghi", {"step": "save"})
    visitor.open("/lich-tuan?tuan=2026-03-02")
    visitor.send("/lich-tuan/chep", {"target": "2026-03-11"})
    visitor.send("/lich-tuan/chep", {"step": "save"})

    assert "Đã chép tuần" in visitor.page.text
    assert "Buổi này nghỉ" in visitor.open(session_of(sqlite_world, "Buổi phát thanh chiều", "2026-03-10")).text


def test_unclear_dates_are_said(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    visitor.open("/lich-tuan")
    visitor.send("/lich-tuan/chep", {"target": "hôm nào đó"})
    assert visitor.page.status_code == 422
    assert "không phải là một ngày" in visitor.page.text
    path = session_of(sqlite_world, "Buổi phát thanh chiều")
    visitor.open(path)
    visitor.send(f"{path}/doi", {"time": "xx"})
    assert visitor.page.status_code == 422


def test_sheet_for_the_notice_board_names_every_session(arrives: Arrives) -> None:
    visitor = with_week(arrives)
    page = visitor.open("/lich-tuan/ban-in").text

    assert page.count("17:00–17:45") == 7
    assert "Bản tin của xã" in page


def test_calendar_is_read_without_signing_in_until_it_is_revoked(arrives: Arrives) -> None:
    visitor = with_week(arrives)
    visitor.open("/lich-tuan/dien-thoai")
    visitor.send("/lich-tuan/dien-thoai")
    address = visitor.page.text.split('<pre class="command">')[1].split("</pre>")[0]
    path = address.removeprefix("http://loa.example:8080")
    guest = arrives("")

    calendar = guest.open(path)

    assert calendar.headers["content-type"].startswith("text/calendar")
    assert "BEGIN:VEVENT" in calendar.text
    assert "Buổi phát thanh sáng" in calendar.text
    assert guest.open(path.replace("/lich/", "/lich/x")).status_code == 404
    visitor.send("/lich-tuan/dien-thoai/thu-hoi")
    assert guest.open(path).status_code == 404


def test_two_urgent_items_are_ordered_by_a_person(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    names = clash(sqlite_world)
    page = visitor.open("/lich-tuan/tranh-cho")
    assert all(name in page.text for name in names)
    assert "tranh nhau" in visitor.open("/lich-tuan").text
    visitor.open("/lich-tuan/tranh-cho")

    visitor.send("/lich-tuan/tranh-cho")

    assert "Đã ghi thứ tự" in visitor.page.text
    assert "Không có bản tin nào tranh chỗ" in visitor.page.text


def clash(world: World) -> list[str]:
    """Let two urgent bulletins ask for the next session, which has room for one of them."""
    names = ["Đê xung yếu", "Nước dâng"]
    for name in names:
        bulletin = world.approved(title=name, priority=Priority.PRIORITY, text="nghe " * 1900)
        asking.ask(world.office, actor=world.person("lan"), bulletin=bulletin.id, wish=NextSession())
    return names


def test_bulletin_asks_for_days_running_and_takes_it_back(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    bulletin = sqlite_world.approved()
    visitor.open(f"/ban-tin/{bulletin.id}")
    visitor.page = visitor.client.post(
        f"/ban-tin/{bulletin.id}/xep-lich",
        data={
            "csrf": visitor.form(f"/ban-tin/{bulletin.id}/xep-lich").fields["csrf"][0],
            "wish": "days", "days": "3", "first_day": "2026-03-02", "programme": "",
        },
    )  # fmt: skip
    assert "3 ngày liền từ 02/03/2026" in visitor.page.text
    visitor.send(f"/ban-tin/{bulletin.id}/rut-yeu-cau")

    assert "Đã rút yêu cầu" in visitor.page.text


@pytest.mark.parametrize(("days", "first"), [("0", "2026-03-02"), ("ba", "2026-03-02"), ("3", "mai")])
def test_bad_days_are_refused_beside_the_form(arrives: Arrives, sqlite_world: World, days: str, first: str) -> None:
    visitor = with_week(arrives)
    bulletin = sqlite_world.approved()
    visitor.open(f"/ban-tin/{bulletin.id}")
    visitor.send(f"/ban-tin/{bulletin.id}/xep-lich", {"wish": "days", "days": days, "first_day": first})

    assert visitor.page.status_code == 422
    assert 'id="ask-error"' in visitor.page.text
    assert f'value="{first}"' in visitor.page.text


def test_nobody_reaches_another_stations_sessions(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)

    assert visitor.open("/lich-tuan/buoi/ct-khong/2026-03-03").status_code == 404
    assert visitor.open("/lich-tuan/buoi/ct-khong/hom-nay").status_code == 404
    assert arrives("").open("/lich-tuan").url.path == "/dang-nhap"


def test_audit_trail_says_it_in_words(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    path = session_of(sqlite_world, "Buổi phát thanh chiều")
    visitor.open(path)
    visitor.send(f"{path}/nghi", {"step": "save"})
    bulletin = sqlite_world.approved()
    asking.ask(sqlite_world.office, actor=sqlite_world.person("lan"), bulletin=bulletin.id, wish=NextSession())

    page = arrives("hoa").open("/nhat-ky").text

    assert "Lan cho nghỉ một buổi của “Buổi phát thanh chiều”." in page
    assert "Lan yêu cầu phát bản tin “Họp thôn”." in page
    assert "timetable." not in page


def test_whole_station_rests_for_some_days_and_comes_back(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    visitor.open("/lich-tuan")
    visitor.send("/lich-tuan/nghi-dot", {"first_day": "2026-03-04", "last_day": "2026-03-05", "reason": "Quốc tang"})
    assert "Sẽ thay đổi" in visitor.page.text
    assert "Buổi phát thanh chiều" in visitor.page.text
    visitor.send("/lich-tuan/nghi-dot", {"step": "save"})
    assert "Đã cho nghỉ" in visitor.page.text

    days = {
        day: visitor.page.text.split(f'data-day="{day}"')[1].split("</section>")[0]
        for day in ("2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06")
    }
    assert ["slot session" in each for each in days.values()] == [True, False, False, True]

    visitor.open("/lich-tuan/lich-su")
    action = next(f.action for f in forms(visitor.page) if f.action.endswith("/hoan-tac"))
    visitor.send(action)
    visitor.send(action, {"step": "save"})
    assert visitor.open("/lich-tuan").text.count("slot session") > 12


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"first_day": "2026-03-05", "last_day": "2026-03-04"}, "đứng trước ngày bắt đầu"),
        ({"first_day": "hôm qua"}, "không phải là một ngày"),
    ],
)
def test_days_of_rest_that_make_no_sense_are_refused(arrives: Arrives, typed: dict[str, str], said: str) -> None:
    visitor = with_week(arrives)
    visitor.open("/lich-tuan")
    visitor.send("/lich-tuan/nghi-dot", typed)

    assert said in visitor.page.text
    assert "Lưu thay đổi" not in visitor.page.text


def test_bulletin_is_asked_into_the_notices_until_a_day(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    bulletin = sqlite_world.approved()
    path = f"/ban-tin/{bulletin.id}"
    visitor.open(path)
    visitor.send(f"{path}/xep-lich", {"section": "notices", "until": "2026-03-01"})
    assert "Hạn cuối 01/03/2026 đã qua" in visitor.page.text

    visitor.send(f"{path}/xep-lich", {"section": "notices", "until": "2026-03-04"})

    with sqlite_world.database.reading() as tx:
        (asked,) = requests.of_bulletin(tx, sqlite_world.station, bulletin.id)
        (airing,) = airings.of_bulletin(tx, sqlite_world.station, bulletin.id)
    assert asked.section is Section.NOTICES
    assert asked.expires_at == datetime(2026, 3, 4, 17, tzinfo=UTC)
    assert airing.segment == "thong-bao"
