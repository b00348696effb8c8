"""The first run: every page leads to the set-up, and it makes a station that works."""

from pathlib import Path

import pytest

from broadcaster.domain.permissions import Role
from broadcaster.store import accounts, stations
from broadcaster.store.engine import Database
from tests.broadcaster.web.client import TestClient
from tests.broadcaster.web.conftest import SET_UP_CODE, site_on
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_office import Clock
from tests.fakes.station_site import Stage

ENTERED = {
    "code": SET_UP_CODE, "name": "Xã Hồng Phong", "province": "Bắc Ninh", "hamlets": "Thôn Kép 1\n\n Thôn  Ngọt \n",
    "full_name_1": "Nguyễn Thị Lan", "username_1": "lan", "password_1": "mot cau de nho",
    "password_again_1": "mot cau de nho",
    "full_name_2": "Trần Văn Minh", "username_2": "minh", "password_2": "cau khac de nho",
    "password_again_2": "cau khac de nho",
}  # fmt: skip


@pytest.fixture
def visitor(stage: Stage, sqlite: Database, tmp_path: Path) -> Visitor:
    """A browser at an installation that nobody has set up."""
    return Visitor(TestClient(stage.show(site_on(sqlite, tmp_path, clock=Clock()))))


@pytest.mark.parametrize("path", ["/", "/ban-tin", "/dang-nhap", "/khong-co", "/ban-tin/bt-2222222222/sua"])
def test_every_page_leads_to_the_set_up(visitor: Visitor, path: str) -> None:
    assert visitor.open(path).url.path == "/thiet-lap"


def test_two_people_are_set_up_and_the_first_is_in(visitor: Visitor, sqlite: Database) -> None:
    visitor.open("/")

    page = visitor.send("/thiet-lap", ENTERED)

    assert page.url.path == "/"
    assert "Đài truyền thanh xã Hồng Phong" in page.text
    with sqlite.reading() as tx:
        station = stations.first(tx)
        assert station is not None
        assert [h.name for h in stations.hamlets_of(tx, station.id)] == ["Thôn Kép 1", "Thôn Ngọt"]
        assert not station.rules.self_approval
        roles = {a.username: a.person.roles for a in accounts.of_station(tx, station.id)}
    assert roles == {
        "lan": frozenset({Role.EDITOR, Role.TECHNICIAN, Role.ADMINISTRATOR}),
        "minh": frozenset({Role.APPROVER}),
    }


def test_single_officer_station_may_approve_its_own(visitor: Visitor, sqlite: Database) -> None:
    visitor.open("/thiet-lap")
    assert "Đài một người" in visitor.page.text

    page = visitor.send("/thiet-lap", ENTERED | {"people": "one", "username_2": "", "password_2": ""})

    assert page.url.path == "/"
    with sqlite.reading() as tx:
        station = stations.first(tx)
        assert station is not None
        assert station.rules.self_approval
        assert [a.person.roles for a in accounts.of_station(tx, station.id)] == [frozenset(Role)]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"code": "SAI"}, "Mã thiết lập không đúng"),
        ({"name": " "}, "Chưa có tên"),
        ({"hamlets": " \n "}, "Đài cần ít nhất một thôn"),
        ({"quiet_start": "25:00"}, "không phải là giờ trong ngày"),
        ({"quiet_start": "22:00", "quiet_end": "22:00"}, "bắt đầu và kết thúc cùng một lúc"),
        ({"username_1": "Lan Nguyễn"}, "Tên đăng nhập gồm 3 đến 32"),
        ({"password_1": "ngan", "password_again_1": "ngan"}, "Mật khẩu cần ít nhất 10 ký tự"),
        ({"password_again_2": "nham lan roi"}, "Hai lần nhập mật khẩu khác nhau"),
        ({"username_2": "lan"}, "đã có người dùng"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    visitor: Visitor, sqlite: Database, changed: dict[str, str], sentence: str
) -> None:
    visitor.open("/thiet-lap")

    page = visitor.send("/thiet-lap", ENTERED | changed)

    assert page.status_code in (409, 422)
    assert sentence in page.text
    again = visitor.form("/thiet-lap").fields
    for name, value in (ENTERED | changed).items():
        if not name.startswith("password"):
            assert again[name] == [value.strip() if name == "name" and not value.strip() else value] or again[name] == [
                value
            ]
    assert "mot cau de nho" not in page.text
    with sqlite.reading() as tx:
        assert stations.first(tx) is None


def test_station_is_set_up_once(visitor: Visitor) -> None:
    visitor.open("/thiet-lap")
    form = visitor.form("/thiet-lap").fields
    visitor.send("/thiet-lap", ENTERED)

    assert visitor.open("/thiet-lap").url.path == "/"
    visitor.client.cookies.set("loa_guest", form["csrf"][0])
    answer = visitor.client.post("/thiet-lap", data=form | ENTERED | {"name": "Xã Khác"}, follow_redirects=False)
    assert answer.status_code == 409
