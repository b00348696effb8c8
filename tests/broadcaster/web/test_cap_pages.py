"""Warnings from outside in the pages: rules in plain words, feeds with their state, what came and why, nothing lost."""

from collections.abc import Callable

import pytest

from broadcaster.domain.alert import Severity
from broadcaster.domain.cap.profile import ByItself, Profile, Source, Treatment, UnknownArea
from broadcaster.services.cap import polling, silence
from broadcaster.services.cap.intake import Incoming, no_checker, receive
from broadcaster.store import audit, cap_feeds, cap_received
from broadcaster.web.cap_forms import short_name
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.cap_authority import Authority
from tests.fakes.cap_documents import document
from tests.fakes.cap_web import FakeWeb
from tests.fakes.station_world import World

Arrives = Callable[[str], Visitor]
HOME = "/tin-khan/tu-ngoai"
RULES = f"{HOME}/quy-tac"
FEEDS = f"{HOME}/nguon"
URL = "https://tin.example/cap/feed.xml"


def profile(world: World) -> Profile:
    with world.database.reading() as tx:
        return cap_received.profile_of(tx, world.station)


def feeds(world: World) -> tuple[cap_feeds.Feed, ...]:
    with world.database.reading() as tx:
        return cap_feeds.of_station(tx, world.station)


def come(world: World, raw: bytes, *, source: str = "post") -> cap_received.Received:
    incoming = Incoming(station=world.station, source=source, raw=raw, via="API – tỉnh")
    return receive(world.office, incoming, check=no_checker)


@pytest.fixture
def hoa(arrives: Arrives) -> Visitor:
    """Hoa, who administers the station."""
    return arrives("hoa")


def with_source(hoa: Visitor, **more: str | list[str]) -> None:
    """Let Hoa add a source through its form."""
    hoa.open(f"{HOME}/quy-tac-moi")
    hoa.send(f"{HOME}/quy-tac-moi", {"title": "Ban Chỉ huy tỉnh", **more})
    assert hoa.page.url.path == RULES, hoa.page.text


def test_a_new_source_waits_for_people_and_plays_nothing_by_itself(hoa: Visitor, sqlite_world: World) -> None:
    with_source(hoa)

    source = profile(sqlite_world).source("ban-chi-huy-tinh")
    assert source == Source(name="ban-chi-huy-tinh", title="Ban Chỉ huy tỉnh")
    assert (source.by_itself, source.exercises, source.tests) == (ByItself.NEVER, Treatment.WAIT, Treatment.NOTE)
    for words in ("Ban Chỉ huy tỉnh", "không bao giờ", "báo động thật; tin diễn tập", "tin gửi đã quá 24 giờ"):
        assert words in hoa.page.text


def test_every_rule_can_be_changed_and_is_shown_again(hoa: Visitor, sqlite_world: World) -> None:
    with_source(hoa)
    authority = Authority()
    wanted: dict[str, str | list[str]] = {
        "title": "Ban Chỉ huy PTDS tỉnh", "senders": "pctt@tinh.example\n  kttv@tinh.example ", "max_age_h": "6",
        "unwanted_events": "nắng nóng", "unknown_area": "drop", "exercises": "note", "tests": "wait",
        "least_severity": "Severe", "life_min": "60", "pem": authority.pem, "signature_required": "1",
        "by_itself": "signed",
    }  # fmt: skip
    hoa.open(f"{RULES}/ban-chi-huy-tinh")

    page = hoa.send(f"{RULES}/ban-chi-huy-tinh", wanted)

    assert profile(sqlite_world).source("ban-chi-huy-tinh") == Source(
        name="ban-chi-huy-tinh", title="Ban Chỉ huy PTDS tỉnh", senders=("pctt@tinh.example", "kttv@tinh.example"),
        certificates=(authority.pem.strip(),), signature_required=True, by_itself=ByItself.SIGNED,
        exercises=Treatment.NOTE, tests=Treatment.WAIT, unknown_area=UnknownArea.DROP,
        least_severity=Severity.SEVERE, unwanted_events=("nắng nóng",), max_age_h=6,
        life_min=60,
    )  # fmt: skip
    assert "khi người giữ máy chủ cũng đã giao tin nguồn này" in page.text
    assert "CN=Ban Chỉ huy" in page.text
    shown = hoa.open(f"{RULES}/ban-chi-huy-tinh")
    again = hoa.form(f"{RULES}/ban-chi-huy-tinh").fields
    assert {name: again[name] for name in ("max_age_h", "life_min", "by_itself", "unknown_area", "least_severity")} == {
        "max_age_h": ["6"], "life_min": ["60"], "by_itself": ["signed"], "unknown_area": ["drop"],
        "least_severity": ["Severe"],
    }  # fmt: skip
    assert "SHA-256" in shown.text


def test_certificate_is_trusted_until_its_tick_is_taken_away(hoa: Visitor, sqlite_world: World) -> None:
    first, second = Authority(), Authority(curve=True)
    with_source(hoa, pem=first.pem + "\n" + second.pem)
    hoa.open(f"{RULES}/ban-chi-huy-tinh")
    ticks = hoa.form(f"{RULES}/ban-chi-huy-tinh").fields["keep"]
    assert len(ticks) == 2

    hoa.send(f"{RULES}/ban-chi-huy-tinh", {"keep": ticks[1:]})

    source = profile(sqlite_world).source("ban-chi-huy-tinh")
    assert source is not None
    assert [pem.strip() for pem in source.certificates] == [second.pem.strip()]


@pytest.mark.parametrize(
    ("entered", "beside", "said"),
    [
        ({"title": " "}, "title-error", "Xin ghi tên nguồn"),
        ({"name": "a b"}, "name-error", "Mã ngắn chỉ gồm"),
        ({"name": "post"}, "name-error", "Đài đã có nguồn mang mã “post”"),
        ({"pem": "không phải chứng thư"}, "certificates-error", "không đọc được hoặc quá yếu"),
        ({"by_itself": "signed"}, "certificates-error", "xin dán chứng thư của nguồn trước"),
        ({"signature_required": "1"}, "certificates-error", "xin dán chứng thư của nguồn trước"),
        ({"senders": "x" * 301}, "senders-error", "Mỗi dòng một nơi gửi"),
        ({"max_age_h": "0"}, "max_age_h-error", "Xin chọn lại phần này"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(
    hoa: Visitor, sqlite_world: World, entered: dict[str, str], beside: str, said: str
) -> None:
    hoa.open(f"{HOME}/quy-tac-moi")
    wanted = {"title": "Tỉnh", "unwanted_events": "nắng nóng", **entered}

    page = hoa.send(f"{HOME}/quy-tac-moi", wanted)

    assert page.status_code in (409, 422)
    assert f'id="{beside}"' in page.text
    assert said in page.text
    again = hoa.form(f"{HOME}/quy-tac-moi").fields
    assert {name: again[name][-1].strip() for name in wanted if name != "max_age_h"} == {
        name: value.strip() for name, value in wanted.items() if name != "max_age_h"
    }
    assert profile(sqlite_world) == Profile()


def test_a_source_is_removed_only_when_no_feed_needs_it(hoa: Visitor, sqlite_world: World) -> None:
    with_source(hoa)
    hoa.open(FEEDS)
    hoa.send(FEEDS, {"source": "ban-chi-huy-tinh", "url": URL})
    hoa.open(RULES)

    page = hoa.send(f"{RULES}/ban-chi-huy-tinh/bo")
    assert page.status_code == 409
    assert "Xin bỏ nguồn cấp tin đó trước" in page.text

    (feed,) = feeds(sqlite_world)
    hoa.open(HOME)
    hoa.send(f"{FEEDS}/{feed.id}/bo")
    hoa.open(RULES)
    hoa.send(f"{RULES}/ban-chi-huy-tinh/bo")
    assert profile(sqlite_world) == Profile()


def test_where_the_station_lies_is_written_line_by_line(hoa: Visitor, sqlite_world: World) -> None:
    first, second = sqlite_world.hamlets[0], sqlite_world.hamlets[1]
    place = f"{HOME}/dia-ban"
    hoa.open(place)

    page = hoa.send(place, {"names": "Việt Yên", f"points-{second}": "21.27, 106.19\nđâu đó"})
    assert page.status_code == 422
    assert f'id="points-{second}-error"' in page.text
    assert hoa.form(place).fields[f"points-{second}"] == ["21.27, 106.19\nđâu đó"]

    hoa.send(place, {"geocodes": "VN-HC = 07441", f"points-{second}": "21.27, 106.19", "margin_km": "2,5"})
    told = profile(sqlite_world).place
    assert (told.names, told.margin_km) == (("Việt Yên",), 2.5)
    assert [(code.name, code.value) for code in told.geocodes] == [("VN-HC", "07441")]
    assert [(h.hamlet, [(p.latitude, p.longitude) for p in h.points]) for h in told.hamlets] == [
        (first, []), (second, [(21.27, 106.19)]),
    ]  # fmt: skip
    hoa.open(place)
    assert hoa.form(place).fields["margin_km"] == ["2.5"]


def test_feed_is_added_shown_asked_and_removed(hoa: Visitor, sqlite_world: World) -> None:
    with_source(hoa)
    hoa.open(FEEDS)
    page = hoa.send(FEEDS, {"source": "ban-chi-huy-tinh", "url": URL, "every_s": "300"})
    assert "Chưa hỏi lần nào" in page.text
    web = FakeWeb()
    web.list("A")
    polling.turn(sqlite_world.office, fetch=web, check=no_checker)
    (feed,) = feeds(sqlite_world)

    page = hoa.open(HOME)
    for words in ("Đang hoạt động", URL, "trả lời gần nhất: vừa xong", "Ban Chỉ huy tỉnh"):
        assert words in page.text
    assert feed.next_at > sqlite_world.clock.now
    hoa.send(f"{FEEDS}/{feed.id}/hoi")
    assert feeds(sqlite_world)[0].next_at == sqlite_world.clock.now

    hoa.send(f"{FEEDS}/{feed.id}/bo")
    assert feeds(sqlite_world) == ()


def test_feed_rests_with_a_reason_and_is_watched_again(hoa: Visitor, sqlite_world: World) -> None:
    with_source(hoa)
    hoa.open(FEEDS)
    hoa.send(FEEDS, {"source": "ban-chi-huy-tinh", "url": URL})
    (feed,) = feeds(sqlite_world)
    hoa.open(HOME)
    path = f"{FEEDS}/{feed.id}"

    assert "Xin ghi vì sao" in hoa.send(f"{path}/dung", {"why": "  "}).text
    hoa.open(HOME)
    page = hoa.send(f"{path}/dung", {"why": "Tỉnh đổi <b>máy chủ</b>"})
    for words in ("Tạm dừng", "tạm dừng từ 08:00", "Lý do: Tỉnh đổi &lt;b&gt;", "Theo dõi lại"):
        assert words in page.text
    assert "Hỏi ngay" not in page.text
    assert "tạm dừng theo dõi nguồn cảnh báo" in hoa.open("/nhat-ky").text

    hoa.open(HOME)
    page = hoa.send(f"{path}/lai")
    assert "Hỏi ngay" in page.text
    assert feeds(sqlite_world)[0].pause is None
    assert hoa.open(f"{path}/lai").status_code == 200


def test_silent_feed_says_since_when_and_why(hoa: Visitor, sqlite_world: World) -> None:
    with_source(hoa)
    hoa.open(FEEDS)
    hoa.send(FEEDS, {"source": "ban-chi-huy-tinh", "url": URL})
    web = FakeWeb(down=True)
    for _ in range(2):
        polling.turn(sqlite_world.office, fetch=web, check=no_checker)
        sqlite_world.clock.advance(hours=1)

    page = hoa.open(HOME)

    for words in ("Mất nguồn", "Im lặng từ 08:00", "Không kết nối được tới máy chủ nguồn.", "hỏi 2 lần liền"):
        assert words in page.text


def test_what_was_changed_stands_in_the_journal_in_words(hoa: Visitor, sqlite_world: World) -> None:
    with_source(hoa)
    hoa.open(FEEDS)
    hoa.send(FEEDS, {"source": "ban-chi-huy-tinh", "url": URL})
    sqlite_world.clock.advance(hours=1)
    silence.watch(sqlite_world.office)
    with sqlite_world.database.writing() as tx:
        audit.record(tx, sqlite_world.station, user=None, action="messenger.add", subject="nn-1",
                     now=sqlite_world.clock.now, name="Nhóm trực", address="tgram://…")  # fmt: skip

    page = hoa.open("/nhat-ky")

    for words in ("sửa quy tắc nhận cảnh báo từ ngoài", f"theo dõi nguồn cảnh báo {URL}", f"mất nguồn cảnh báo {URL}",
                  "“Nhóm trực” (tgram://…)"):  # fmt: skip
        assert words in page.text


@pytest.mark.parametrize(
    ("entered", "beside"),
    [
        ({"url": "ftp://tin.example"}, "url-error"),
        ({"url": URL, "every_s": "900", "dead_after_s": "120"}, "dead_after_s-error"),
        ({"url": URL, "every_s": "x"}, "dead_after_s-error"),
        ({"url": URL, "source": "chua-co"}, "source-error"),
    ],
)
def test_wrong_feed_is_said_beside_its_field(hoa: Visitor, entered: dict[str, str], beside: str) -> None:
    hoa.open(FEEDS)

    page = hoa.send(FEEDS, {"other_hosts": "tep.example", **entered})

    assert page.status_code in (404, 422)
    assert f'id="{beside}"' in page.text
    assert hoa.form(FEEDS).fields["other_hosts"] == ["tep.example"]
    assert hoa.form(FEEDS).fields["url"] == [entered["url"]]


def test_what_came_stands_with_its_reason_and_leads_to_its_draft(arrives: Arrives, sqlite_world: World) -> None:
    waiting = come(sqlite_world, document(identifier="A", headline="Lũ trên sông"))
    dropped = come(sqlite_world, document(identifier="B", headline="Tin nội bộ", scope="Restricted"))
    lan = arrives("lan")

    page = lan.open(HOME)
    assert page.text.index("Chờ người duyệt") < page.text.index("Lũ trên sông") < page.text.index("Tin nội bộ")
    assert f'href="/tin-khan/{waiting.alert}"' in page.text
    assert "Tin chỉ dành cho một số người (Restricted)" in page.text
    one = lan.open(f"{HOME}/tin/{waiting.id}")
    for words in ("Đã thành bản nháp tin khẩn cấp", "API – tỉnh", "Actual · Alert · Public"):
        assert words in one.text
    raw = lan.open(f"{HOME}/tin/{dropped.id}/tep")
    assert raw.headers["content-disposition"].startswith("attachment")
    assert raw.headers["content-type"] == "application/octet-stream"
    assert b"Restricted" in raw.content
    assert lan.open(f"{HOME}/tin/khong-co").status_code == 404
    assert f"{HOME}/tin/{waiting.id}" in lan.open(f"/tin-khan/{waiting.alert}").text


def test_draft_from_outside_stands_in_the_alarm_s_list_under_its_sender_s_name(
    arrives: Arrives, sqlite_world: World
) -> None:
    incoming = Incoming(station=sqlite_world.station, source="post", raw=document(), via="thử")
    receive(sqlite_world.office, incoming, check=no_checker)

    page = arrives("dung").open("/tin-khan").text

    assert "pctt@tinh.example" in page
    assert "cap:" not in page


def test_rules_are_an_administrator_s_and_readable_for_all_who_send(arrives: Arrives, sqlite_world: World) -> None:
    lan = arrives("lan")
    assert "không bao giờ" in lan.open(RULES).text
    assert "quy-tac-moi" not in lan.page.text
    for path in (FEEDS, f"{HOME}/quy-tac-moi", f"{RULES}/post", f"{HOME}/dia-ban"):
        assert lan.open(path).status_code == 403
    lan.open("/ban-tin")
    csrf = {"csrf": lan.form("/dang-xuat").fields["csrf"][0]}
    for path in (FEEDS, f"{FEEDS}/x/hoi", f"{FEEDS}/x/bo", f"{HOME}/quy-tac-moi", f"{RULES}/post", f"{RULES}/post/bo",
                 f"{HOME}/dia-ban"):  # fmt: skip
        form = {**csrf, "title": "x", "max_age_h": "1", "life_min": "60", "least_severity": "Unknown", "margin_km": "1"}
        assert lan.client.post(path, data=form).status_code == 403, path
    assert profile(sqlite_world) == Profile()


def test_forms_need_our_own_page(hoa: Visitor, sqlite_world: World) -> None:
    for path in (FEEDS, f"{HOME}/quy-tac-moi", f"{RULES}/post", f"{RULES}/post/bo", f"{HOME}/dia-ban"):
        assert hoa.client.post(path, data={"title": "x", "csrf": "sai"}).status_code == 403, path
    assert profile(sqlite_world) == Profile()


def test_title_makes_a_short_name() -> None:
    assert short_name("  Đài Khí tượng thủy văn  tỉnh, số 2") == "dai-khi-tuong-thuy-van-tinh-so-2"
    assert short_name("Ủy ban") == "uy-ban"
    assert short_name("…") == ""
