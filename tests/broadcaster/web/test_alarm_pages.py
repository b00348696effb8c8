"""The alarm's pages: who may do what, two people, one click to stop, and nothing typed is lost."""

import re
from collections.abc import Callable

import pytest
from httpx import Response

from broadcaster.domain.alert import Alert, AlertState
from broadcaster.store import alerts
from broadcaster.web.pages.alarm import SHOWN_MOST
from tests.broadcaster.web.visitor import Visitor, forms
from tests.fakes.station_alerts import AlertDesk
from tests.fakes.station_world import World

Arrives = Callable[[str], Visitor]


def every(world: World) -> tuple[Alert, ...]:
    with world.database.reading() as tx:
        return alerts.of_station(tx, world.station)


def states(world: World) -> list[AlertState]:
    return [alert.state for alert in every(world)]


def choose(visitor: Visitor, template: str = "lu-quet", **where: object) -> Response:
    """Press a template's button on the first page."""
    visitor.open("/")
    visitor.page = visitor.send("/tin-khan/soan", {"template": template, **where})  # type: ignore[dict-item] # as given
    return visitor.page


def draft_of(visitor: Visitor) -> str:
    assert visitor.page.status_code == 200, visitor.page.text
    found = re.fullmatch(r"/tin-khan/(kc-\w+)", visitor.page.url.path)
    assert found, visitor.page.url
    return found[1]


@pytest.fixture
def near(arrives: Arrives, sqlite_world: World) -> tuple[Visitor, str]:
    """Dung, who writes and approves, before a draft for one hamlet of two."""
    dung = arrives("dung")
    choose(dung, hamlet=sqlite_world.hamlets[0])
    return dung, draft_of(dung)


@pytest.fixture
def wide(arrives: Arrives, sqlite_world: World) -> tuple[Visitor, str]:
    """Dung before a draft for the whole commune."""
    dung = arrives("dung")
    choose(dung, everywhere="1")
    return dung, draft_of(dung)


def test_a_template_is_seen_whole_before_one_press_sends_it(near: tuple[Visitor, str], sqlite_world: World) -> None:
    dung, draft = near
    assert states(sqlite_world) == [AlertState.DRAFT]
    for words in ("BÁO ĐỘNG THẬT", "Thôn Kép", "5 hồi, mỗi hồi 30 giây, nghỉ 5 giây", "Nguy cơ lũ quét rất cao",
                  "báo động thật lũ quét thôn kép"):  # fmt: skip
        assert words in dung.page.text

    page = dung.send(f"/tin-khan/{draft}/phat")

    assert states(sqlite_world) == [AlertState.LIVE]
    assert "Đã gửi đi" in page.text


def test_one_press_stops_everything_from_any_page_and_one_more_corrects(
    near: tuple[Visitor, str], sqlite_world: World
) -> None:
    dung, draft = near
    dung.send(f"/tin-khan/{draft}/phat")
    for path in ("/", "/ban-tin", "/luot-phat", "/tin-khan", f"/tin-khan/{draft}", "/khong-co"):
        dung.open(path)
        assert dung.form("/tin-khan/dung-tat-ca").fields.keys() == {"csrf"}

    page = dung.send("/tin-khan/dung-tat-ca")
    assert states(sqlite_world) == [AlertState.CANCELLED]
    assert "Đã dừng mọi tin khẩn" in page.text

    dung.send(f"/tin-khan/{draft}/dinh-chinh")
    (newest,) = (alert for alert in every(sqlite_world) if alert.state is AlertState.LIVE)
    assert newest.content.event == "đính chính"
    assert newest.content.audience.hamlets == (sqlite_world.hamlets[0],)


def test_a_second_press_of_each_button_does_nothing_more(near: tuple[Visitor, str], sqlite_world: World) -> None:
    dung, draft = near
    seen, hamlet = dung.page, sqlite_world.hamlets[0]
    choose(dung, hamlet=hamlet)
    assert draft_of(dung) == draft
    for _ in range(2):
        dung.page = seen
        dung.send(f"/tin-khan/{draft}/phat")
    live = dung.page
    for _ in range(2):
        dung.page = live
        dung.send("/tin-khan/dung-tat-ca")
    assert states(sqlite_world) == [AlertState.CANCELLED]
    stopped = dung.open(f"/tin-khan/{draft}")
    for _ in range(2):
        dung.page = stopped
        dung.send(f"/tin-khan/{draft}/dinh-chinh")
    assert states(sqlite_world).count(AlertState.LIVE) == 1
    assert len(every(sqlite_world)) == 2


def test_an_editor_drafts_and_an_approver_is_named(arrives: Arrives, sqlite_world: World) -> None:
    lan = arrives("lan")
    choose(lan, hamlet=sqlite_world.hamlets[0])
    draft = draft_of(lan)

    assert "Cần một người duyệt" in lan.page.text
    assert "Minh" in lan.page.text
    assert f"/tin-khan/{draft}/phat" not in [form.action for form in forms(lan.page)]
    secret = lan.form("/dang-xuat").fields["csrf"]
    alert = every(sqlite_world)[0]
    forced = lan.client.post(
        f"/tin-khan/{draft}/phat",
        data={"csrf": secret, "content_sha256": alert.content_sha256, "phrase": "báo động thật lũ quét thôn kép"},
    )
    assert forced.status_code == 403
    assert lan.client.post("/tin-khan/dung-tat-ca", data={"csrf": secret}).status_code == 403
    assert states(sqlite_world) == [AlertState.DRAFT]


def test_the_whole_area_wants_a_second_person_who_types_the_phrase(
    wide: tuple[Visitor, str], arrives: Arrives, sqlite_world: World
) -> None:
    dung, draft = wide
    assert "Cần thêm một người" in dung.page.text
    minh = arrives("minh")
    page = minh.open(f"/tin-khan/{draft}")
    assert "Bạn là người thứ hai" in page.text
    assert "5 hồi, mỗi hồi 30 giây" in page.text

    page = minh.send(f"/tin-khan/{draft}/phat", {"phrase": "báo động thật lũ lụt"})
    assert page.status_code == 422
    assert "Câu xác nhận chưa đúng" in page.text
    assert 'value="báo động thật lũ lụt"' in page.text
    assert states(sqlite_world) == [AlertState.DRAFT]

    minh.send(f"/tin-khan/{draft}/phat", {"phrase": "bao dong that LU QUET toan xa"})
    assert states(sqlite_world) == [AlertState.LIVE]


def test_whoever_must_listen_first_hears_the_words_before_the_button(
    arrives: Arrives, wide: tuple[Visitor, str], near: tuple[Visitor, str]
) -> None:
    alone, quick = wide[0].page.text, near[0].page.text
    second = arrives("minh").open(f"/tin-khan/{wide[1]}").text

    for page in (alone, second):
        assert page.index("Loa sẽ phát đúng như sau") < page.index('id="alert-speech"') < page.index('name="phrase"')
    assert quick.index('class="button send') < quick.index('id="alert-speech"'), "one press is not pushed down"
    assert all(page.count('id="alert-now"') == 1 for page in (alone, second, quick))


def test_drafts_push_nothing_off_the_screen_and_old_ones_stand_apart(arrives: Arrives, sqlite_world: World) -> None:
    desk = AlertDesk(world=sqlite_world)
    desk.draft(headline="Tin để lâu")
    sqlite_world.clock.advance(minutes=31)
    for number in range(SHOWN_MOST + 1):
        desk.draft(headline=f"Bản nháp {number}")
        sqlite_world.clock.advance(seconds=1)
    page = arrives("minh").open("/tin-khan").text
    above, below = page.split('id="choose-title"')

    assert above.count("Bản nháp ") == SHOWN_MOST
    assert "Bản nháp 0" not in above
    assert "2 bản nháp khác, cũ hơn" in below
    assert "Tin để lâu" in below


def test_each_cluster_says_in_a_sentence_why_it_is_silent(near: tuple[Visitor, str]) -> None:
    dung, draft = near
    page = dung.send(f"/tin-khan/{draft}/phat")
    assert "Cụm loa này chưa có bộ thu nào được lắp." in page.text

    dung.send(f"/tin-khan/{draft}/dung")
    page = dung.open(f"/tin-khan/{draft}")
    assert re.search(
        r"chưa lắp bộ thu nên tin khẩn cấp “Nguy cơ lũ quét rất cao” \(phát lệnh .*\) không vang", page.text
    )


def test_one_person_breaks_the_glass_with_a_reason_and_only_so_often(
    wide: tuple[Visitor, str], arrives: Arrives, sqlite_world: World
) -> None:
    dung, draft = wide
    assert "còn 2 trên 2 lần" in dung.page.text
    phrase = "báo động thật lũ quét toàn xã"
    page = dung.send(f"/tin-khan/{draft}/phat", {"phrase": phrase, "reason": " "})
    assert page.status_code in (403, 422)
    assert f'value="{phrase}"' in page.text

    page = dung.send(f"/tin-khan/{draft}/phat", {"phrase": phrase, "reason": "mất liên lạc"})
    assert states(sqlite_world) == [AlertState.LIVE]
    assert "một mình phát" in page.text
    assert "mất liên lạc" in arrives("minh").open("/").text


def test_what_changed_after_it_was_read_is_not_approved(
    wide: tuple[Visitor, str], arrives: Arrives, sqlite_world: World
) -> None:
    _, draft = wide
    minh, lan = arrives("minh"), arrives("lan")
    read = minh.open(f"/tin-khan/{draft}")
    lan.open(f"/tin-khan/{draft}/sua")
    lan.send(f"/tin-khan/{draft}/sua", {"text": "Nước rút rồi."})

    minh.page = read
    page = minh.send(f"/tin-khan/{draft}/phat", {"phrase": "báo động thật lũ quét toàn xã"})

    assert page.status_code == 409
    assert "đã thay đổi" in page.text
    assert "Nước rút rồi." in page.text
    assert states(sqlite_world) == [AlertState.DRAFT]


def test_a_stale_draft_is_saved_once_more_and_then_sent(near: tuple[Visitor, str], sqlite_world: World) -> None:
    dung, draft = near
    sqlite_world.clock.advance(minutes=31)
    dung.open(f"/tin-khan/{draft}")
    assert "không duyệt được nữa" in dung.page.text

    dung.send(f"/tin-khan/{draft}/luu-lai")
    dung.send(f"/tin-khan/{draft}/phat")

    assert states(sqlite_world) == [AlertState.LIVE]
    assert every(sqlite_world)[0].content.siren


def test_nowhere_ticked_and_both_ticked_are_refused_and_nothing_is_lost(arrives: Arrives, sqlite_world: World) -> None:
    dung = arrives("dung")
    page = choose(dung)
    assert (page.status_code, "Chưa chọn nơi phát" in page.text) == (422, True)
    assert "Lũ quét" in page.text
    page = choose(dung, hamlet=sqlite_world.hamlets[0], everywhere="1")
    assert page.status_code == 422
    assert every(sqlite_world) == ()

    choose(dung, "xa-lu", hamlet=sqlite_world.hamlets[1])
    page = dung.send("/tin-khan/soan", {"blank-0": "hồ Cấm Sơn", "blank-1": "25:99"})
    assert page.status_code == 422
    assert 'value="hồ Cấm Sơn"' in page.text
    dung.send("/tin-khan/soan", {"blank-1": "14:30"})
    assert every(sqlite_world)[0].content.headline == "Hồ Cấm Sơn xả lũ lúc 14:30"


def test_a_drill_looks_and_speaks_otherwise(arrives: Arrives, sqlite_world: World) -> None:
    dung = arrives("dung")
    dung.open("/tin-khan/dien-tap")
    assert "BÁO ĐỘNG THẬT" not in dung.page.text
    dung.send("/tin-khan/soan", {"template": "lu-quet", "everywhere": "1"})
    page = dung.send("/tin-khan/soan", {})
    draft = draft_of(dung)
    assert "BÁO ĐỘNG THẬT" not in page.text
    for words in ("DIỄN TẬP", "Đây là diễn tập.", "Không hú còi", "Bắt đầu diễn tập", 'class="band exercise"'):
        assert words in page.text

    dung.send(f"/tin-khan/{draft}/phat")
    live = every(sqlite_world)[0]
    assert (live.state, live.content.status, live.content.siren) == (AlertState.LIVE, "Exercise", ())


def test_a_live_alert_gets_new_words_and_repeats_for_those_who_missed_it(
    near: tuple[Visitor, str], sqlite_world: World
) -> None:
    dung, draft = near
    sqlite_world.enrol(0)
    dung.send(f"/tin-khan/{draft}/phat")
    assert "Phát lại cho 1 nơi" in dung.page.text
    sqlite_world.clock.advance(seconds=10)
    assert "Đang phát lại" in dung.send(f"/tin-khan/{draft}/phat-lai").text
    dung.open(f"/tin-khan/{draft}/cap-nhat")
    dung.send(f"/tin-khan/{draft}/cap-nhat", {"text": "Nước đã rút.", "life": "1"})
    update = draft_of(dung)
    assert "thay tin đang phát" in dung.page.text
    dung.send(f"/tin-khan/{update}/phat")

    assert states(sqlite_world) == [AlertState.LIVE, AlertState.UPDATED]


def test_the_alarm_is_not_for_everybody(arrives: Arrives, sqlite_world: World) -> None:
    hoa = arrives("hoa")
    assert "/tin-khan/soan" not in hoa.page.text
    page = hoa.open("/tin-khan")
    assert "/tin-khan/soan" not in page.text
    secret = hoa.form("/dang-xuat").fields["csrf"]
    body = {"csrf": secret, "status": "Actual", "template": "lu-quet", "everywhere": "1"}
    assert hoa.client.post("/tin-khan/soan", data=body).status_code == 403
    assert every(sqlite_world) == ()


@pytest.mark.parametrize("body", [{"status": "System"}, {"status": "Actual", "template": "khong-co"}, {}])
def test_what_no_page_offers_is_not_there(arrives: Arrives, body: dict[str, str]) -> None:
    dung = arrives("dung")
    secret = dung.form("/dang-xuat").fields["csrf"]
    assert dung.client.post("/tin-khan/soan", data={"csrf": secret, "template": "so-tan", **body}).status_code == 404
