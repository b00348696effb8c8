"""The programme's form: faults beside their fields, nothing typed is lost, and what it does not show is kept."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.adapters import schedule_files
from broadcaster.domain.programme import Programme
from broadcaster.domain.week.programme_data import as_data, from_data
from broadcaster.services.week import programmes as use_cases
from broadcaster.store import programmes
from broadcaster.store.programmes import Kept
from broadcaster.web.forms import Entered
from broadcaster.web.programme_form import KINDS, NEW, data_of, entered_of, numbers, rearranged
from tests.broadcaster.domain.week_file.test_template import programmes as any_programme
from tests.broadcaster.web.conftest import Arrives
from tests.fakes.sound_desk import approved_item
from tests.fakes.station_world import World

NEW_PATH = "/chuong-trinh/moi"
EVERYTHING: dict[str, Any] = {
    "id": "du-thu", "title": "Đủ mọi thứ", "starts": "17:05", "minutes": 40, "seconds": 30,
    "days": "FREQ=MONTHLY;BYDAY=1SA", "lunar_days": ["15/*", "5/5"], "extra_days": ["2026-04-01", "2026-03-31"],
    "first_day": "2026-01-01", "last_day": "2027-01-01", "on_holidays": "skip", "holidays": ["tet", "labour"],
    "breaks": [{"first_day": "2026-05-20", "last_day": "2026-06-10", "reason": "Mùa gặt"}],
    "lunar_breaks": [{"first": "29/12", "last": "3/1", "reason": "Tết"}],
    "moves": [{"day": "2026-03-31", "starts": "18:00"}], "special": "Mừng ngày hội", "active": False,
    "audience": {"clusters": ["cum-1"]},
    "segments": [
        {"kind": "relay", "id": "dai", "title": "Đài tỉnh", "urls": ["http://a.vn/1", "http://b.vn/2"], "minutes": 15,
         "seconds": 20, "silence_seconds": 25, "filler": "dan-ca"},
        {"kind": "bulletins", "id": "tin", "title": "Bản tin", "minutes": 10, "sections": ["notices", "bulletins"]},
        {"kind": "filler", "id": "nhac", "title": "Dân ca", "minutes": 5, "sounds": ["hai", "mot"],
         "audience": {"all": True}},
    ],
}  # fmt: skip


def kept(world: World) -> tuple[Kept, ...]:
    with world.database.reading() as tx:
        return programmes.of_station(tx, world.station)


def take_template(world: World, name: str = "nong-thon-hai-buoi") -> None:
    use_cases.save(world.office, actor=world.person("lan"), edit=use_cases.from_template(world.office, name))


def test_every_programme_of_every_template_survives_its_form() -> None:
    for template in schedule_files.templates().values():
        for programme in template.programmes:
            data = as_data(programme)
            again = from_data(data_of(entered_of(data), before=data), name=programme.id)
            if "groups" not in str(data):  # a template's groups are bound to hamlets before anybody sees a form
                assert again == programme


def as_typed(value: object, key: str = "") -> object:
    """Return a programme's data as a person can type it: one line of text, without spaces around it; no groups."""
    if isinstance(value, dict):
        if "groups" in value:
            return {"hamlets": value["groups"]}
        return {name: as_typed(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_typed(inner, key) for inner in value]
    if isinstance(value, str):
        return " ".join(value.split()) or "x"
    return value


def unordered(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with what is ticked in boxes as sets: a box that is ticked has no place among others."""
    boxes = ("lunar_days", "holidays", "sounds", "sections", "hamlets", "clusters")
    return {
        key: frozenset(value) if key in boxes
        else unordered(value) if isinstance(value, dict)
        else [unordered(each) for each in value] if key == "segments"
        else value
        for key, value in data.items()
    }  # fmt: skip


@settings(max_examples=60)
@given(programme=any_programme)
def test_every_programme_survives_its_form_unchanged(programme: Programme) -> None:
    wanted = from_data(as_typed(as_data(programme)), name=programme.id)  # type: ignore[arg-type] # a mapping stays one
    data = as_data(wanted)

    assert from_data(data_of(entered_of(data), before=data), name=wanted.id) == wanted


@settings(max_examples=60)
@given(programme=any_programme)
def test_form_alone_says_all_of_a_programme(programme: Programme) -> None:
    """Nothing rides along from the programme as it was: the fields alone give it back."""
    wanted = from_data(as_typed(as_data(programme)), name=programme.id)  # type: ignore[arg-type] # a mapping stays one
    data = as_data(wanted)
    again = from_data({"id": wanted.id} | data_of(entered_of(data), before=None), name=wanted.id)

    assert unordered(as_data(again)) == unordered(data)


@given(field=st.sampled_from(["break_first", "lunar_other", "holiday", "special", "move_day", "extra_day", "cluster"]))
def test_form_that_forgets_a_field_is_found_out(field: str) -> None:
    """The negative control of the test above."""
    data = as_data(from_data(EVERYTHING))
    form = entered_of(data)
    forgetful = Entered(fields={name: [] if name == field else list(form.every(name)) for name in form.fields})
    left = data_of(forgetful, before=data)

    assert left != data_of(form, before=data)


def test_everything_a_programme_can_say_comes_back_from_its_page(arrives: Arrives, sqlite_world: World) -> None:
    clusters = sqlite_world.clusters
    wanted = EVERYTHING | {"audience": {"clusters": [clusters[0]]}}
    wanted["segments"][1]["audience"] = {"hamlets": [sqlite_world.hamlets[1]]}
    use_cases.save(sqlite_world.office, actor=sqlite_world.person("lan"), edit=use_cases.adding(wanted))
    before = kept(sqlite_world)[0]
    visitor = arrives("lan")
    visitor.open(f"/chuong-trinh/{before.programme.id}")
    visitor.send(f"/chuong-trinh/{before.programme.id}")
    assert "không có gì phải đổi" in visitor.page.text

    visitor.send(f"/chuong-trinh/{before.programme.id}", {"step": "edit"})
    visitor.send(f"/chuong-trinh/{before.programme.id}", {"title": "Tên khác"})
    visitor.send(f"/chuong-trinh/{before.programme.id}", {"step": "save"})

    after = kept(sqlite_world)[0].programme
    assert as_data(after) == as_data(before.programme) | {"title": "Tên khác"}


def test_days_of_rest_and_holidays_are_written_in_the_form(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("lan")
    visitor.open(NEW_PATH)
    visitor.send(
        NEW_PATH,
        {
            "title": "Buổi chiều", "on_holidays": "skip", "holiday": ["tet", "national_day"],
            "break_first": ["2026-05-20"], "break_last": ["2026-06-10"], "break_reason": ["Mùa gặt"], "do": "rows",
        },
    )  # fmt: skip
    assert visitor.page.text.count('name="break_first"') == 2  # what was written, and a line for more
    visitor.send(
        NEW_PATH,
        {
            "do": [], "break_first": ["2026-05-20", "2026-07-25"], "break_last": ["2026-06-10", "2026-07-26"],
            "break_reason": ["Mùa gặt", "Quốc tang"], "lunar_first": ["29/12"], "lunar_last": ["3/1"],
            "lunar_reason": ["Tết"], "lunar_day": ["15/*"], "lunar_other": "5/5",
        },
    )  # fmt: skip
    visitor.send(NEW_PATH, {"step": "save"})

    data = as_data(kept(sqlite_world)[0].programme)
    assert data["on_holidays"] == "skip"
    assert data["holidays"] == ["tet", "national_day"]
    assert data["breaks"] == [
        {"first_day": "2026-05-20", "last_day": "2026-06-10", "reason": "Mùa gặt"},
        {"first_day": "2026-07-25", "last_day": "2026-07-26", "reason": "Quốc tang"},
    ]
    assert data["lunar_breaks"] == [{"first": "29/12", "last": "3/1", "reason": "Tết"}]
    assert data["lunar_days"] == ["15/*", "5/5"]


@given(wishes=st.lists(st.sampled_from(["add", "drop-0", "drop-1", "up-1", "down-0", "up-9", "drop-x", "", "up--1"])))
def test_rearranging_never_loses_or_doubles_a_name(wishes: list[str]) -> None:
    form = Entered(fields={**NEW.fields, "new_kind": ["relay"], "title": ["Chương trình của tôi"]})
    for wish in wishes:
        form = rearranged(form, wish)
        names = [form.one(f"id-{n}") for n in numbers(form)]
        assert len(set(names)) == len(names)
    assert form.one("title") == "Chương trình của tôi"


def test_programme_is_written_previewed_and_saved(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("lan")
    visitor.open(NEW_PATH)
    visitor.send(NEW_PATH, {"title": "Bản tin chiều"})
    assert "Lưu thay đổi" in visitor.page.text
    assert kept(sqlite_world) == ()

    visitor.send(NEW_PATH, {"step": "save"})

    assert "Đã lưu chương trình" in visitor.page.text
    (one,) = kept(sqlite_world)
    assert one.programme.title == "Bản tin chiều"


def test_segments_are_added_and_moved_without_saving(arrives: Arrives, sqlite_world: World) -> None:
    item = approved_item(sqlite_world, title="Nhạc hiệu đài xã")
    visitor = arrives("lan")
    visitor.open(NEW_PATH)
    visitor.send(NEW_PATH, {"title": "Buổi chiều", "do": "add", "new_kind": "relay"})
    visitor.send(NEW_PATH, {"urls-1": "http://mot.vn/a\nhttp://hai.vn/b", "do": "add", "new_kind": "sign_off"})
    visitor.send(NEW_PATH, {"sound-2": item.id, "do": "up-1"})
    assert kept(sqlite_world) == ()
    visitor.send(NEW_PATH, {"do": []})
    visitor.send(NEW_PATH, {"step": "save"})

    (one,) = kept(sqlite_world)
    data = as_data(one.programme)
    assert [s["kind"] for s in data["segments"]] == ["relay", "bulletins", "sign_off"]
    assert data["segments"][0]["urls"] == ["http://mot.vn/a", "http://hai.vn/b"]
    assert data["segments"][2]["sound"] == item.id


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"title": ""}, "title", "Xin điền ô này"),
        ({"starts": "25:99"}, "starts", "Ô này ghi chưa đúng"),
        ({"minutes": "999"}, "minutes", "không quá 180 phút"),
        ({"minutes": "ba mươi"}, "minutes", "cần một số nguyên"),
        ({"minutes-0": "0"}, "minutes-0", "Thời lượng phải dài hơn 0"),
        ({"weekday": []}, "weekday", "không có ngày phát nào"),
        ({"first_day": "2026-03-09", "last_day": "2026-03-01"}, "last_day", "đứng trước ngày bắt đầu"),
        ({"break_first": ["2026-03-09"], "break_last": ["2026-03-01"]}, "break", "Dòng 1: Ngày kết thúc"),
        ({"break_last": ["2026-03-01"]}, "break", "không phải là một ngày"),
        ({"lunar_other": "32/13"}, "lunar_other", "không phải là ngày âm lịch"),
        ({"lunar_first": ["tết"], "lunar_last": ["3/1"]}, "lunar", "Dòng 1: “tết”"),
        ({"which_days": "month_days", "month_days": "1, 45"}, "month_days", "từ 1 đến 31"),
        ({"which_days": "rule", "rule": "FREQ=HOURLY"}, "rule", "không phải là quy tắc"),
        ({"move_day": ["2026-03-09"]}, "move", "Dòng 1: Xin điền ô này"),
        ({"hamlet": "a", "cluster": "b"}, "hamlet", "chỉ ghi theo một cách"),
    ],
)
def test_fault_stands_beside_its_field(arrives: Arrives, typed: dict[str, str], field: str, said: str) -> None:
    visitor = arrives("lan")
    visitor.open(NEW_PATH)
    visitor.send(NEW_PATH, {"title": "Buổi thử của xã", "title-0": "Tin của tôi", **typed})

    assert visitor.page.status_code == 422
    assert said in visitor.page.text.split(f'id="{field}-error"')[1].split("</p>")[0]
    assert "Tin của tôi" in visitor.page.text


def test_relay_without_a_source_is_said_beside_it(arrives: Arrives) -> None:
    visitor = arrives("lan")
    visitor.open(NEW_PATH)
    visitor.send(NEW_PATH, {"title": "Buổi chiều", "do": "add", "new_kind": "relay"})
    visitor.send(NEW_PATH, {"do": [], "urls-1": "vov.vn/khong-phai-dia-chi"})

    assert visitor.page.status_code == 422
    assert "không phải là địa chỉ nguồn" in visitor.page.text.split('id="urls-1-error"')[1]
    assert "vov.vn/khong-phai-dia-chi" in visitor.page.text


def test_two_people_at_one_programme_do_not_overwrite_each_other(arrives: Arrives, sqlite_world: World) -> None:
    take_template(sqlite_world)
    path = f"/chuong-trinh/{kept(sqlite_world)[0].programme.id}"
    one, other = arrives("lan"), arrives("minh")
    one.open(path)
    other.open(path)
    one.send(path, {"title": "Sáng của Lan"})
    one.send(path, {"step": "save"})
    other.send(path, {"title": "Sáng của Minh"})
    assert "đã được sửa và lưu trong lúc này" in other.page.text
    assert kept(sqlite_world)[0].programme.title == "Sáng của Lan"


def test_programme_over_the_cap_is_refused(arrives: Arrives, sqlite_world: World) -> None:
    take_template(sqlite_world, "phuong-noi-thi")
    path = f"/chuong-trinh/{kept(sqlite_world)[0].programme.id}"
    visitor = arrives("lan")
    visitor.open(path)
    visitor.send(path, {"minutes": "40"})

    assert visitor.page.status_code == 409
    assert "15 phút" in visitor.page.text
    visitor.send(path, {"step": "edit"})
    assert 'value="40"' in visitor.page.text


def test_programme_is_removed_and_comes_back_by_undo(arrives: Arrives, sqlite_world: World) -> None:
    take_template(sqlite_world)
    first = kept(sqlite_world)[0].programme
    visitor = arrives("lan")
    visitor.open(f"/chuong-trinh/{first.id}")
    visitor.send(f"/chuong-trinh/{first.id}/bo")
    visitor.send(f"/chuong-trinh/{first.id}/bo", {"step": "save"})
    assert "Đã bỏ chương trình" in visitor.page.text
    assert first.id not in {k.programme.id for k in kept(sqlite_world)}


def test_recording_is_named_once_for_every_programme(arrives: Arrives, sqlite_world: World) -> None:
    take_template(sqlite_world)
    item = approved_item(sqlite_world, title="Nhạc hiệu đài xã")
    visitor = arrives("lan")
    visitor.open("/chuong-trinh/ban-thu")
    visitor.send("/chuong-trinh/ban-thu", {"sound-nhac-hieu": item.id})

    assert "Đã lưu bản thu" in visitor.page.text
    with sqlite_world.database.reading() as tx:
        named = {str(n): s.item for n, s in programmes.sounds_of(tx, sqlite_world.station).items()}
    assert named["nhac-hieu"] == item.id
    assert named["ket-thuc"] is None


def test_every_kind_of_segment_has_a_form(arrives: Arrives) -> None:
    visitor = arrives("lan")
    visitor.open(NEW_PATH)
    for kind in KINDS:
        visitor.send(NEW_PATH, {"do": "add", "new_kind": kind})
        assert visitor.page.status_code == 200
