"""A session that ends in the middle of typing: what was typed is sent after signing in again, if its writer wants."""

import json

import pytest
from sqlalchemy import text

from broadcaster.domain.programme import Programme
from broadcaster.store import programmes
from broadcaster.web.unsent import unsent_from
from tests.broadcaster.web.conftest import Arrives
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_world import PASSWORD, World

OURS = {"sec-fetch-site": "same-origin"}
TYPED = {"title": "Chương trình gõ dở", "starts": "17:05", "minutes": "20", "title-0": "Tin của thôn"}


def end_sessions(world: World) -> None:
    with world.database.writing() as tx:
        tx.execute(text("DELETE FROM sessions"))


def kept(world: World) -> list[Programme]:
    with world.database.reading() as tx:
        return [each.programme for each in programmes.of_station(tx, world.station)]


def expired(arrives: Arrives, world: World) -> Visitor:
    """Return somebody who sent a programme when their session was over."""
    visitor = arrives("lan")
    visitor.client.headers.update(OURS)
    visitor.open("/chuong-trinh/moi")
    end_sessions(world)
    visitor.send("/chuong-trinh/moi", TYPED)
    return visitor


def test_everything_typed_is_sent_after_signing_in_again(arrives: Arrives, sqlite_world: World) -> None:
    visitor = expired(arrives, sqlite_world)
    assert visitor.page.status_code == 401
    assert "vẫn được giữ" in visitor.page.text

    visitor.send("/dang-nhap", {"username": sqlite_world.username("lan"), "password": PASSWORD})
    assert "Gửi tiếp" in visitor.page.text
    assert kept(sqlite_world) == []
    visitor.send("/chuong-trinh/moi")
    assert "“Chương trình gõ dở”, bắt đầu lúc 17:05" in visitor.page.text
    visitor.send("/chuong-trinh/moi", {"step": "save"})

    (made,) = kept(sqlite_world)
    assert (made.title, made.segments[0].title) == ("Chương trình gõ dở", "Tin của thôn")


def test_wrong_password_in_between_loses_nothing(arrives: Arrives, sqlite_world: World) -> None:
    visitor = expired(arrives, sqlite_world)
    visitor.send("/dang-nhap", {"username": sqlite_world.username("lan"), "password": "sai"})
    visitor.send("/dang-nhap", {"username": sqlite_world.username("lan"), "password": PASSWORD})

    assert 'value="Chương trình gõ dở"' in visitor.page.text


def test_form_of_another_session_is_offered_again(arrives: Arrives, sqlite_world: World) -> None:
    """Signed in again in another tab: the first tab's form has the old session's secret."""
    visitor = arrives("lan")
    visitor.client.headers.update(OURS)
    visitor.open("/chuong-trinh/moi")
    typed = visitor.page
    end_sessions(sqlite_world)
    visitor.sign_in(sqlite_world.username("lan"))
    visitor.page = typed

    visitor.send("/chuong-trinh/moi", TYPED)
    assert visitor.page.status_code == 403
    visitor.send("/chuong-trinh/moi")

    assert "“Chương trình gõ dở”" in visitor.page.text


def test_nothing_is_offered_again_that_another_site_may_have_sent(arrives: Arrives) -> None:
    visitor = arrives("lan")

    answer = visitor.client.post("/chuong-trinh/moi", data=TYPED)

    assert answer.status_code == 403
    assert "Gửi tiếp" not in answer.text
    foreign = visitor.client.post("/chuong-trinh/moi", data=TYPED, headers={"origin": "https://xau.example"})
    assert "Gửi tiếp" not in foreign.text


@pytest.mark.parametrize("path", ["/tai-khoan", "/tin-khan/phat", "/dang-xuat", "//xau.example", "https://xau.example"])
def test_passwords_alerts_and_strange_places_are_never_kept(path: str) -> None:
    assert unsent_from(json.dumps([path, [["title", "x"]]])) is None


@pytest.mark.parametrize(
    "written", ["", "null", "[", "[1,2]", '["/a", [["b"]]]', '["/a", [["b", 1]]]', '["/a", []]', "[" * 100_000]
)
def test_what_nobody_of_ours_wrote_is_no_form(written: str) -> None:
    assert unsent_from(written) is None
