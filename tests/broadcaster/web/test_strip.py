"""The strip that open pages ask for: nothing while nothing is live, a few bytes while nothing changes."""

from datetime import timedelta

from broadcaster.domain.alert import AlertState
from broadcaster.services.office import fingerprint
from broadcaster.store import accounts
from broadcaster.web.session import SESSION_COOKIE
from tests.broadcaster.web.test_alarm_pages import Arrives, choose, draft_of, states
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_world import World

STRIP = "/tin-khan/dang-phat"


def send_one(visitor: Visitor, world: World) -> None:
    choose(visitor, hamlet=world.hamlets[0])
    visitor.send(f"/tin-khan/{draft_of(visitor)}/phat")
    assert states(world) == [AlertState.LIVE]


def test_strip_is_empty_then_there_then_empty_again(arrives: Arrives, sqlite_world: World) -> None:
    dung, minh = arrives("dung"), arrives("minh")
    assert minh.client.get(STRIP).text == ""

    send_one(dung, sqlite_world)
    minh.page = minh.client.get(STRIP)
    assert "ĐANG BÁO ĐỘNG THẬT" in minh.page.text
    minh.send("/tin-khan/dung-tat-ca")

    assert states(sqlite_world) == [AlertState.CANCELLED]
    assert minh.client.get(STRIP).text == ""


def test_what_has_not_changed_costs_no_body_and_what_has_is_sent(arrives: Arrives, sqlite_world: World) -> None:
    minh = arrives("minh")
    quiet = minh.client.get(STRIP)
    again = minh.client.get(STRIP, headers={"If-None-Match": quiet.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")

    send_one(arrives("dung"), sqlite_world)

    changed = minh.client.get(STRIP, headers={"If-None-Match": quiet.headers["etag"]})
    assert (changed.status_code, "Dừng tất cả" in changed.text) == (200, True)
    assert minh.client.get(STRIP, headers={"If-None-Match": changed.headers["etag"]}).status_code == 304


def test_strip_has_the_stop_only_for_those_who_may_stop_and_is_another_for_each(
    arrives: Arrives, sqlite_world: World
) -> None:
    send_one(arrives("dung"), sqlite_world)
    lan, minh = arrives("lan").client.get(STRIP), arrives("minh").client.get(STRIP)

    assert "ĐANG BÁO ĐỘNG THẬT" in lan.text
    assert "Dừng tất cả" not in lan.text
    assert lan.headers["etag"] != minh.headers["etag"]


def test_nobody_is_led_to_the_sign_in(arrives: Arrives) -> None:
    answer = arrives("").client.get(STRIP, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/dang-nhap")


def test_page_that_asks_by_itself_keeps_nobody_signed_in(arrives: Arrives, sqlite_world: World) -> None:
    minh = arrives("minh")
    token = fingerprint(minh.client.cookies[SESSION_COOKIE])

    def ends_at() -> object:
        with sqlite_world.database.reading() as tx:
            session = accounts.session(tx, token, now=sqlite_world.clock.now)
        return session and session.expires_at

    before = ends_at()
    sqlite_world.clock.now += timedelta(minutes=30)
    minh.client.get(STRIP)
    assert ends_at() == before

    minh.open("/ban-tin")  # control: what a person opens does prolong it
    assert ends_at() != before


def test_every_page_of_somebody_signed_in_has_a_place_for_it(arrives: Arrives) -> None:
    dung = arrives("dung")
    for path in ("/ban-tin", "/luot-phat", "/thiet-bi", "/lich-tuan", "/tin-khan", "/tai-khoan", "/khong-co"):
        assert f'data-strip="{STRIP}"' in dung.open(path).text, path
    assert "data-strip" not in arrives("").open("/dang-nhap").text
