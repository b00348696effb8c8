"""Moving a session, as somebody does who errs: what was chosen stays, and what is easily missed is said first."""

import re

import pytest

from broadcaster.services.week import programmes as use_cases
from tests.broadcaster.web.conftest import Arrives
from tests.broadcaster.web.test_week import session_of, with_week
from tests.fakes.station_world import World

AFTERNOON = "Buổi phát thanh chiều"


def test_refused_time_is_mended_where_it_was_refused(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    path = session_of(sqlite_world, AFTERNOON)
    visitor.open(path)
    visitor.send(f"{path}/doi", {"time": "22:30"})
    assert 'name="time" type="time" value="22:30"' in visitor.page.text

    visitor.send(f"{path}/doi", {"time": "17:10"})
    assert "Không vướng" in visitor.page.text
    visitor.send(f"{path}/doi", {"step": "save"})

    assert "17:10–" in visitor.page.text


@pytest.mark.parametrize(("field", "typed"), [("time", "25:99"), ("date", "30/2"), ("date", "2026-02-30")])
def test_unclear_time_is_said_beside_its_field(arrives: Arrives, sqlite_world: World, field: str, typed: str) -> None:
    visitor = with_week(arrives)
    path = session_of(sqlite_world, AFTERNOON)
    visitor.open(path)

    visitor.send(f"{path}/doi", {field: typed})

    assert visitor.page.status_code == 422
    assert f'id="{field}-error"' in visitor.page.text
    assert f'value="{typed}"' in visitor.page.text


def test_of_two_days_the_one_that_is_none_is_named(arrives: Arrives) -> None:
    visitor = with_week(arrives)
    visitor.open("/lich-tuan")

    visitor.send("/lich-tuan/nghi-dot", {"first_day": "2026-03-04", "last_day": "mai", "reason": "Mùa gặt"})

    assert 'id="last_day-error"' in visitor.page.text
    assert 'id="first_day-error"' not in visitor.page.text
    assert 'value="Mùa gặt"' in visitor.page.text
    visitor.send("/lich-tuan/nghi-dot", {"last_day": "2026-03-05"})
    assert "Sẽ thay đổi" in visitor.page.text


def test_session_is_not_moved_to_a_time_that_is_over(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    path = session_of(sqlite_world, AFTERNOON, "2026-03-02")
    visitor.open(path)

    visitor.send(f"{path}/doi", {"time": "06:00", "step": "save"})

    assert visitor.page.status_code == 422
    assert "06:00 ngày 02/03/2026 đã qua" in visitor.page.text
    assert "17:00–" in visitor.open(path).text


def test_two_sessions_that_would_become_one_are_said_before_saving(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    path = session_of(sqlite_world, AFTERNOON)
    visitor.open(path)

    visitor.send(f"{path}/doi", {"date": "2026-03-05"})

    assert "bớt đi một: ngày 03/03/2026 không còn buổi nào" in visitor.page.text
    assert "Không vướng" not in visitor.page.text
    assert 'value="save"' in visitor.page.text


def test_sessions_are_carried_by_a_handle_only_where_they_may_be_moved(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    page = visitor.open("/lich-tuan").text
    assert f'class="grip" href="{session_of(sqlite_world, AFTERNOON)}#move-title"' in page

    assert 'class="grip"' not in visitor.open("/lich-tuan?tuan=2026-02-23").text


@pytest.mark.parametrize("number", ["abc", "9" * 30, "-1", "٣"])
def test_change_that_there_is_not_is_a_page_of_ours(arrives: Arrives, number: str) -> None:
    visitor = arrives("lan")
    secret = visitor.form("/dang-xuat").fields["csrf"]

    answer = visitor.client.post(f"/lich-tuan/lich-su/{number}/hoan-tac", data={"csrf": secret})

    assert (answer.status_code, "Không tìm thấy" in answer.text) == (404, True)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"minutes": ""}, 'id="minutes-error"'),
        ({"minutes": "-1"}, "không quá 180 phút"),
        ({"extra_day": "hôm nay"}, "không phải là một ngày. Xin chọn ngày trên lịch."),
    ],
)
def test_fault_of_a_programme_is_said_beside_its_field_in_its_words(
    arrives: Arrives, typed: dict[str, str], said: str
) -> None:
    visitor = arrives("lan")
    visitor.open("/chuong-trinh/moi")

    page = visitor.send("/chuong-trinh/moi", {"title": "Thử", **{k: [v] for k, v in typed.items()}})

    assert (page.status_code, said in page.text) == (422, True)


def test_session_given_another_hour_stays_the_same_entry_of_the_calendar(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    visitor.open("/lich-tuan/dien-thoai")
    visitor.send("/lich-tuan/dien-thoai")
    feed = (
        visitor.page.text.split('<pre class="command">')[1].split("</pre>")[0].removeprefix("http://loa.example:8080")
    )
    before = starts_by_name(visitor.client.get(feed).text)
    path = session_of(sqlite_world, AFTERNOON)
    visitor.open(path)
    visitor.send(f"{path}/doi", {"time": "17:10"})
    visitor.send(f"{path}/doi", {"step": "save"})

    after = starts_by_name(visitor.client.get(feed).text)

    assert before.keys() == after.keys()
    (changed,) = [name for name in before if before[name] != after[name]]
    assert (before[changed], after[changed]) == ("20260303T100000Z", "20260303T101000Z")


def starts_by_name(calendar: str) -> dict[str, str]:
    """Return when each entry begins, by its UID; no two may have the same."""
    unfolded = calendar.replace("\r\n ", "")
    names, starts = (re.findall(rf"^{key}:(.*?)\r$", unfolded, re.MULTILINE) for key in ("UID", "DTSTART"))
    assert len(set(names)) == len(names) == len(starts) > 20
    return dict(zip(names, starts, strict=True))


def test_session_of_two_hamlets_stands_in_both_rows_and_once_on_a_phone(arrives: Arrives, sqlite_world: World) -> None:
    box = {"kind": "bulletins", "id": "tin", "title": "Bản tin", "minutes": 10}
    data = {"title": "Hai thôn", "starts": "11:30", "minutes": 15, "days": "FREQ=WEEKLY;BYDAY=WE", "segments": [box],
            "audience": {"hamlets": list(sqlite_world.hamlets)}}  # fmt: skip
    use_cases.save(sqlite_world.office, actor=sqlite_world.person("lan"), edit=use_cases.adding(data))

    page = arrives("lan").open("/lich-tuan").text

    told = [slot.split(">")[0] for slot in page.split("<article ")[1:] if "Hai thôn" in slot.split("</article>")[0]]
    assert [" again" in slot for slot in told] == [False, True]
