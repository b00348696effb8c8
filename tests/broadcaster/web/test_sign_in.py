"""Signing in and out: nobody stays in who should not, and nobody is led elsewhere."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI

from broadcaster.services.people import change_person
from broadcaster.web.forms import local_path
from tests.broadcaster.web.client import TestClient
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_world import PASSWORD, World

Arrives = Callable[[str], Visitor]


def test_sign_in_shows_today_with_name_and_role(arrives: Arrives) -> None:
    page = arrives("lan").page

    assert page.url.path == "/"
    assert "Lan" in page.text
    assert "Người soạn" in page.text


def test_wrong_password_brings_the_form_back_with_the_name(arrives: Arrives) -> None:
    visitor = arrives("")
    visitor.open("/dang-nhap")

    page = visitor.send("/dang-nhap", {"username": "lan", "password": "sai rồi sai rồi"})

    assert page.status_code == 401
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in page.text
    assert 'value="lan"' in page.text
    assert "sai rồi" not in page.text


def test_guessing_is_limited_even_with_the_right_password(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("")
    visitor.open("/dang-nhap")
    for _ in range(10):
        visitor.send("/dang-nhap", {"username": sqlite_world.username("lan"), "password": "sai"})

    page = visitor.send("/dang-nhap", {"username": sqlite_world.username("lan"), "password": PASSWORD})

    assert page.status_code == 429
    assert "Đã thử sai quá nhiều lần" in page.text


def test_page_that_needs_somebody_leads_to_sign_in_and_back(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("")
    page = visitor.open("/luot-phat?x=1")
    assert page.url.path == "/dang-nhap"

    page = visitor.send("/dang-nhap", {"username": sqlite_world.username("lan"), "password": PASSWORD})

    assert page.url.raw_path == b"/luot-phat?x=1"


@pytest.mark.parametrize(
    "target",
    [
        "https://xau.example/", "//xau.example", "/\\xau.example", "\\\\xau.example", "javascript:alert(1)",
        "/\t/xau.example", "/\n//xau.example", "http:xau.example", "", "xau", "///xau.example",
    ],
)  # fmt: skip
def test_nobody_is_led_to_another_site(arrives: Arrives, sqlite_world: World, target: str) -> None:
    assert local_path(target) == "/"
    visitor = arrives("")
    visitor.open("/dang-nhap")

    page = visitor.send("/dang-nhap", {"username": sqlite_world.username("lan"), "password": PASSWORD, "next": target})

    assert (page.url.host, page.url.path) == ("testserver", "/")


def test_session_is_new_after_sign_in(app: FastAPI, sqlite_world: World) -> None:
    visitor = Visitor(TestClient(app, cookies={"loa_session": "chosen-by-somebody-else"}))
    visitor.sign_in(sqlite_world.username("lan"))

    stolen = TestClient(app, cookies={"loa_session": "chosen-by-somebody-else"})

    assert visitor.open("/").url.path == "/"
    assert stolen.get("/").url.path == "/dang-nhap"


def test_copied_cookie_is_worthless_after_sign_out(app: FastAPI, arrives: Arrives) -> None:
    visitor = arrives("lan")
    copy = TestClient(app, cookies={"loa_session": visitor.client.cookies["loa_session"]})
    assert copy.get("/").url.path == "/"

    visitor.send("/dang-xuat")

    assert copy.get("/").url.path == "/dang-nhap"
    assert visitor.open("/").url.path == "/dang-nhap"


def test_signing_in_again_ends_the_session_before(app: FastAPI, arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("lan")
    before = visitor.client.cookies["loa_session"]
    other = Visitor(TestClient(app, cookies={"loa_session": before}))
    other.client.cookies.set("loa_guest", "a-guest")

    answer = other.client.post(
        "/dang-nhap",
        data={"csrf": "a-guest", "username": sqlite_world.username("minh"), "password": PASSWORD},
        follow_redirects=False,
    )

    assert answer.status_code == 303
    assert TestClient(app, cookies={"loa_session": before}).get("/").url.path == "/dang-nhap"


def test_session_cookie_is_out_of_reach_of_scripts_and_other_sites(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("")
    visitor.open("/dang-nhap")
    fields = visitor.form("/dang-nhap").fields

    answer = visitor.client.post(
        "/dang-nhap",
        data=fields | {"username": sqlite_world.username("lan"), "password": PASSWORD},
        follow_redirects=False,
    )

    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("loa_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


def test_disabled_person_is_out_at_once(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("lan")
    lan = sqlite_world.person("lan")

    change_person(
        sqlite_world.office, actor=sqlite_world.person("hoa"), user=lan.id, roles=lan.roles, disabled=True,
        full_name=lan.name,
    )  # fmt: skip

    assert visitor.open("/").url.path == "/dang-nhap"


def test_session_ends_after_hours_without_use(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("lan")

    sqlite_world.clock.advance(hours=13)

    assert visitor.open("/ban-tin").url.path == "/dang-nhap"


def test_text_typed_into_an_ended_session_is_given_back(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("lan")
    visitor.open("/ban-tin/moi")
    sqlite_world.clock.advance(hours=13)

    page = visitor.send("/ban-tin", {"title": "Họp thôn", "text": "Kính mời bà con <b>tối nay</b>."})

    assert page.status_code == 401
    assert "Kính mời bà con &lt;b&gt;tối nay&lt;/b&gt;." in page.text


def test_language_is_kept_with_the_person_and_for_the_guest(arrives: Arrives) -> None:
    visitor = arrives("lan")

    page = visitor.send("/ngon-ngu", {"language": "en"})
    assert '<html lang="en">' in page.text
    assert "Write a new bulletin" in page.text

    visitor.send("/dang-xuat")
    assert "Username" in visitor.open("/dang-nhap").text


def test_unknown_language_is_vietnamese(arrives: Arrives) -> None:
    page = arrives("lan").send("/ngon-ngu", {"language": "../../etc"})

    assert '<html lang="vi">' in page.text


def test_own_password_needs_the_present_one(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("lan")
    visitor.open("/tai-khoan")
    new = {"new": "mat khau moi tinh", "again": "mat khau moi tinh"}

    refused = visitor.send("/tai-khoan/mat-khau", {"current": "khong phai", **new})
    assert refused.status_code == 422
    assert "Mật khẩu hiện tại không đúng" in refused.text

    assert visitor.send("/tai-khoan/mat-khau", {"current": PASSWORD, **new}).url.path == "/"
    arrives("").sign_in(sqlite_world.username("lan"), "mat khau moi tinh")
