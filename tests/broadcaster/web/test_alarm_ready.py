"""What is made ready before an alarm, what came of drills, and what came from outside, on their pages."""

from collections.abc import Callable
from datetime import timedelta

from broadcaster.store import alarm_settings, contacts, notices, prepared
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_alerts import AlertDesk
from tests.fakes.station_post import FakePost
from tests.fakes.station_world import World

Arrives = Callable[[str], Visitor]


def test_whom_to_call_is_kept_and_stands_beside_the_silent_hamlet(arrives: Arrives, sqlite_world: World) -> None:
    hamlet = sqlite_world.hamlets[0]
    dung = arrives("dung")
    dung.open("/tin-khan/danh-ba")
    page = dung.send("/tin-khan/danh-ba", {f"name-{hamlet}": "Ông Tư", f"phone-{hamlet}": "gọi loa"})
    assert (page.status_code, 'value="gọi loa"' in page.text) == (422, True)

    dung.send("/tin-khan/danh-ba", {f"phone-{hamlet}": "0912 345 678"})
    with sqlite_world.database.reading() as tx:
        kept = contacts.of_station(tx, sqlite_world.station)
    assert {h: (c.name, c.phone) for h, c in kept.items()} == {hamlet: ("Ông Tư", "0912 345 678")}
    alert = AlertDesk(world=sqlite_world).live()
    page = dung.open(f"/tin-khan/{alert.id}")
    assert 'href="tel:0912345678"' in page.text
    assert "Chưa ghi số điện thoại của thôn này" in page.text

    dung.open("/tin-khan/danh-ba")
    dung.send("/tin-khan/danh-ba", {f"phone-{hamlet}": ""})
    with sqlite_world.database.reading() as tx:
        assert contacts.of_station(tx, sqlite_world.station) == {}


def test_a_message_is_made_ready_put_on_the_button_and_taken_off(arrives: Arrives, sqlite_world: World) -> None:
    minh, hoa = arrives("minh"), arrives("hoa")
    minh.open("/tin-khan/lam-san")
    secret = minh.form("/dang-xuat").fields["csrf"]
    minh.page = minh.client.post("/tin-khan/lam-san", data={"csrf": secret, "template": "so-tan"})
    assert "Sơ tán ngay" in minh.page.text
    with sqlite_world.database.reading() as tx:
        (message,) = prepared.of_station(tx, sqlite_world.station)

    hoa.open("/tin-khan/lam-san")
    bad = hoa.send("/tin-khan/nut-thon", {"message": message.id, "pin": "12"})
    assert (bad.status_code, "4 đến 12 chữ số" in bad.text) == (422, True)
    hoa.send("/tin-khan/nut-thon", {"message": message.id, "pin": "1234", "minutes": "10"})
    with sqlite_world.database.reading() as tx:
        settings = alarm_settings.get(tx, sqlite_world.station)
    assert (settings.button, settings.least_interval_s) == ((message.id,), 600)
    assert settings.pin_scrypt
    hoa.send("/tin-khan/nut-thon", {})
    with sqlite_world.database.reading() as tx:
        assert alarm_settings.get(tx, sqlite_world.station).pin_scrypt == settings.pin_scrypt

    minh.open("/tin-khan/lam-san")
    minh.send(f"/tin-khan/lam-san/{message.id}/go")
    with sqlite_world.database.reading() as tx:
        assert prepared.of_station(tx, sqlite_world.station) == ()


def test_a_blank_that_is_missing_keeps_what_was_typed(arrives: Arrives) -> None:
    minh = arrives("minh")
    minh.open("/tin-khan/lam-san")
    secret = minh.form("/dang-xuat").fields["csrf"]
    body = {"csrf": secret, "template": "xa-lu", "blank-0": "hồ Cấm Sơn", "blank-1": ""}
    page = minh.client.post("/tin-khan/lam-san", data=body)
    assert (page.status_code, 'value="hồ Cấm Sơn"' in page.text) == (422, True)


def test_a_drill_is_put_off_begins_by_itself_and_is_scored(arrives: Arrives, sqlite_world: World) -> None:
    dung = arrives("dung")
    assert "chưa diễn tập lần nào" in dung.open("/tin-khan/ket-qua-dien-tap").text
    dung.open("/tin-khan/dien-tap")
    dung.send("/tin-khan/soan", {"template": "dien-tap", "everywhere": "1"})
    bad = dung.send("/tin-khan/soan", {"date": "2026-03-02"})
    assert bad.status_code == 422
    dung.send("/tin-khan/soan", {"time": "09:00"})
    page = dung.send(dung.page.url.path + "/phat")
    assert "tự bắt đầu đúng giờ" in page.text
    assert "Đã hẹn giờ" in dung.open("/tin-khan/ket-qua-dien-tap").text

    sqlite_world.clock.advance(hours=1)
    AlertDesk(world=sqlite_world).herald(FakePost()).turn([])
    page = dung.open("/tin-khan/ket-qua-dien-tap")
    assert "Vừa bắt đầu: 0/2 cụm loa" in page.text
    assert "chưa diễn tập lần nào" not in page.text
    sqlite_world.clock.advance(minutes=1)
    page = dung.open("/tin-khan/ket-qua-dien-tap")
    assert "0/100" in page.text
    assert "Không kêu: Cụm 1 (Thôn Kép), Cụm 2 (Thôn Ngọt)" in page.text
    assert dung.open("/tin-khan/ket-qua-dien-tap?thang=x").status_code == 422


def test_what_the_station_tells_stands_on_the_first_page_for_a_day(arrives: Arrives, sqlite_world: World) -> None:
    with sqlite_world.database.writing() as tx:
        notices.add(tx, sqlite_world.station, kind="button_pressed", subject="x", sentence="Có người bấm nút.",
                    now=sqlite_world.clock.now)  # fmt: skip
    assert "Có người bấm nút." in arrives("hoa").open("/").text
    sqlite_world.clock.now += timedelta(days=1, minutes=1)
    assert "Có người bấm nút." not in arrives("hoa").open("/").text


def test_what_came_from_outside_has_a_page(arrives: Arrives) -> None:
    page = arrives("lan").open("/tin-khan/tu-ngoai")
    assert "Không có cảnh báo nào từ bên ngoài đang chờ" in page.text
    assert "chưa theo dõi nguồn" in page.text
