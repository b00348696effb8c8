"""Clusters, people, tokens, rules, the log and the recordings, as those who look after the station use them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from broadcaster.services import intake
from broadcaster.services.signing_in import NobodyKnown, who_bears
from broadcaster.store import stations
from broadcaster.store.devices import open_code_of
from broadcaster.web.site import Site
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_world import PASSWORD, World
from wire.messages import ClockBelief, Health

Arrives = Callable[[str], Visitor]


@pytest.fixture
def admin(arrives: Arrives) -> Visitor:
    """Hoa, signed in."""
    return arrives("hoa")


def test_cluster_is_added_and_gets_its_code_as_text_and_picture(admin: Visitor, sqlite_world: World) -> None:
    admin.open("/cum-loa/moi")
    page = admin.send("/cum-loa", {"hamlet": sqlite_world.hamlets[1], "name": "Cổng chợ"})
    path = page.url.path

    page = admin.send(f"{path}/ma")

    with sqlite_world.database.reading() as tx:
        code = open_code_of(tx, path.rsplit("/", 1)[1], now=sqlite_world.clock.now)  # type: ignore[arg-type] # an id from the address
    assert code is not None
    grouped = "-".join(code.code[i : i + 4] for i in range(0, 16, 4))
    assert f"device-agent enrol http://loa.example:8080 {grouped}" in page.text
    picture = admin.client.get(f"{path}/ma.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["cache-control"] == "no-store"


def test_code_is_shown_only_to_those_who_may_give_it_out(arrives: Arrives, sqlite_world: World) -> None:
    code = sqlite_world.code().code
    path = f"/cum-loa/{sqlite_world.clusters[0]}"

    page = arrives("lan").open(path)

    assert page.status_code == 200
    assert code[4:8] not in page.text
    assert arrives("lan").open(f"{path}/ma.svg").status_code == 403


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": " "}, "Chưa có tên"),
        ({"name": "x" * 81}, "Tên dài quá 80"),
        ({"name": "Cụm 1"}, "Đã có “Cụm 1”"),
        ({"hamlet": "th-2222222222"}, "Không tìm thấy"),
    ],
)
def test_bad_cluster_comes_back(admin: Visitor, changed: dict[str, str], sentence: str) -> None:
    admin.open("/cum-loa/moi")

    page = admin.send("/cum-loa", {"name": "Cụm mới"} | changed)

    assert page.status_code in (404, 409, 422)
    assert sentence in page.text
    assert admin.form("/cum-loa").fields["name"] == [({"name": "Cụm mới"} | changed)["name"]]


def test_box_is_described_and_retired_after_asking(admin: Visitor, sqlite_world: World) -> None:
    box = sqlite_world.enrol()
    known = intake.box(sqlite_world.office, box.id)
    assert known is not None
    status = box.status(
        clock=ClockBelief(trusted=True, source="samples", error_ms=3.2),
        health=Health(agent_version="0.1.0", disk_free_bytes=12_300_000_000, under_voltage=True),
    )
    intake.note_status(sqlite_world.office, known, status)
    sqlite_world.clock.advance(minutes=2)

    page = admin.open(f"/cum-loa/{sqlite_world.clusters[0]}")
    for words in ("2 phút trước", "Sai nhiều nhất 3 ms", "12,3 GB", "Nguồn điện yếu", box.id):
        assert words in page.text

    admin.open(f"/bo-thu/{box.id}/go")
    admin.send(f"/bo-thu/{box.id}/go")
    assert box.id not in admin.open("/thiet-bi").text


def test_person_is_added_and_signs_in(admin: Visitor, arrives: Arrives) -> None:
    admin.open("/nguoi-dung")

    admin.send(
        "/nguoi-dung",
        {
            "full_name": "Bùi An",
            "username": "binh.an",
            "password": "mot cau dai",
            "again": "mot cau dai",
            "role": "editor",
        },
    )

    assert "Bùi An" in arrives("").sign_in("binh.an", "mot cau dai").page.text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"full_name": ""}, "Chưa có tên"),
        ({"username": "có dấu"}, "Tên đăng nhập gồm"),
        ({"password": "ngan", "again": "ngan"}, "ít nhất 10 ký tự"),
        ({"again": "khac han roi"}, "Hai lần nhập mật khẩu khác nhau"),
        ({"role": []}, "Chưa chọn vai trò"),
        ({"role": "vua"}, "Chưa chọn vai trò"),
        ({"username": "lan.xa-hong-phong"}, "đã có người dùng"),
    ],
)
def test_bad_person_comes_back(admin: Visitor, changed: dict[str, str | list[str]], sentence: str) -> None:
    admin.open("/nguoi-dung")
    entered = {
        "full_name": "Bùi An",
        "username": "binh.an",
        "password": "mot cau dai",
        "again": "mot cau dai",
        "role": "editor",
    } | changed

    page = admin.send("/nguoi-dung", entered)

    assert page.status_code in (409, 422)
    assert sentence in page.text
    assert admin.form("/nguoi-dung").fields["username"] == [entered["username"]]
    assert "mot cau dai" not in page.text


def test_last_administrator_stays(admin: Visitor, sqlite_world: World) -> None:
    action = f"/nguoi-dung/{sqlite_world.person('hoa').id}"
    admin.open(action)

    page = admin.send(action, {"role": "editor"})

    assert page.status_code == 409
    assert "ít nhất một người quản trị" in page.text


def test_new_password_of_somebody_ends_their_session(admin: Visitor, arrives: Arrives, sqlite_world: World) -> None:
    lan = arrives("lan")
    action = f"/nguoi-dung/{sqlite_world.person('lan').id}"
    admin.open(action)

    admin.send(f"{action}/mat-khau", {"password": "cau moi hoan toan", "again": "cau moi hoan toan"})

    assert lan.open("/").url.path == "/dang-nhap"
    arrives("").sign_in(sqlite_world.username("lan"), "cau moi hoan toan")
    assert PASSWORD != "cau moi hoan toan"


def test_token_is_shown_once_works_and_is_revoked(admin: Visitor, site: Site, sqlite_world: World) -> None:
    admin.open("/ma-truy-cap")
    page = admin.send("/ma-truy-cap", {"name": "Văn bản", "user": sqlite_world.person("lan").id})
    secret = page.text.split('<pre class="command"><code>')[1].split("</code>")[0]
    assert who_bears(site.office, secret).person == sqlite_world.person("lan")

    page = admin.open("/ma-truy-cap")
    assert secret not in page.text
    action = next(f for f in page.text.split('action="') if "/thu-hoi" in f).partition('"')[0]
    admin.send(action)

    with pytest.raises(NobodyKnown):
        who_bears(site.office, secret)


def test_rules_are_changed_and_told_in_the_log(admin: Visitor, sqlite_world: World) -> None:
    admin.open("/dai")
    admin.send(
        "/dai",
        {"quiet_start": ["21:30", "12:00"], "quiet_end": ["05:00", "13:00"], "self_approval": "1", "voice": ["gtts"]},
    )

    with sqlite_world.database.reading() as tx:
        station = stations.get(tx, sqlite_world.station)
    assert station is not None
    assert station.rules.self_approval
    assert station.rules.voices == ("gtts",)
    assert len(station.rules.quiet_hours) == 2
    assert "giờ yên lặng 21:30–05:00, 12:00–13:00; cho phép tự duyệt; giọng đọc Google" in admin.open("/nhat-ky").text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"quiet_start": "24:00", "quiet_end": "05:00"}, "không phải là giờ trong ngày"),
        ({"quiet_start": "05:00", "quiet_end": "05:00"}, "cùng một lúc"),
        ({"quiet_start": "05:00", "quiet_end": ""}, "không phải là giờ trong ngày"),
        ({"voice": "khong-co"}, "Đài không có giọng đọc"),
    ],
)
def test_bad_rules_come_back(admin: Visitor, changed: dict[str, str], sentence: str) -> None:
    admin.open("/dai")

    page = admin.send("/dai", changed)

    assert page.status_code == 422
    assert sentence in page.text


def test_hamlet_is_added_once(admin: Visitor) -> None:
    admin.open("/dai")
    assert "Xóm Mới" in admin.send("/dai/thon", {"name": "Xóm Mới"}).text

    page = admin.send("/dai/thon", {"name": "Xóm Mới"})

    assert page.status_code == 409
    assert "Đã có “Xóm Mới”" in page.text


def test_log_tells_who_did_what_in_sentences(admin: Visitor, sqlite_world: World) -> None:
    bulletin = sqlite_world.approved(title="Tin điện")
    sqlite_world.plan(bulletin)

    page = admin.open("/nhat-ky")

    for sentence in ("Lan soạn bản tin “Tin điện”.", "Minh duyệt bản tin “Tin điện”.", "Lan đặt giờ phát cho"):
        assert sentence in page.text
    assert admin.open("/nhat-ky?trang=2").status_code == 200
    assert admin.open("/nhat-ky?trang=-1;drop").status_code == 200


def test_recording_is_given_out_by_byte_range(arrives: Arrives, sqlite_world: World, tmp_path: Path) -> None:
    sha256 = sqlite_world.approved().recording_sha256 or ""
    (tmp_path / sha256).write_bytes(bytes(range(200)))
    client = arrives("minh").client

    whole, part = client.get(f"/ban-thu/{sha256}"), client.get(f"/ban-thu/{sha256}", headers={"Range": "bytes=10-19"})

    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, bytes(range(200)), "audio/ogg")
    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
    assert part.headers["content-range"] == "bytes 10-19/200"
    assert client.get(f"/ban-thu/{sha256}", headers={"Range": "bytes=900-"}).status_code == 416


@pytest.mark.parametrize("name", ["0" * 64, "..%2f..%2fetc%2fpasswd", "x"])
def test_no_other_file_is_given_out_as_a_recording(arrives: Arrives, name: str) -> None:
    assert arrives("lan").client.get(f"/ban-thu/{name}").status_code == 404


def test_recording_that_is_gone_from_the_disk_is_said(arrives: Arrives, sqlite_world: World) -> None:
    page = arrives("lan").open(f"/ban-thu/{sqlite_world.approved().recording_sha256}")

    assert page.status_code == 404
    assert "không còn trên máy chủ" in page.text
