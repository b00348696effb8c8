"""The programme's form: faults beside their fields, nothing typed is lost, and what it does not show is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.adapters import schedule_files
from broadcaster.domain.week.programme_data import as_data, from_data
from broadcaster.services.week import programmes as use_cases
from broadcaster.store import programmes
from broadcaster.store.programmes import Kept
from broadcaster.web.forms import Entered
from broadcaster.web.programme_form import KINDS, NEW, data_of, entered_of, numbers, rearranged
from tests.broadcaster.web.conftest import Arrives
from tests.fakes.sound_desk import approved_item
from tests.fakes.station_world import World

NEW_PATH = "/chuong-trinh/moi"


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
    assert "đã được người khác sửa" in other.page.text
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
