"""Tối nay as a person sees it: the answer in words and colour, each problem with what to do; and for programs."""

from datetime import timedelta

from broadcaster.services import intake
from broadcaster.services.week import programmes
from broadcaster.store import documents
from tests.broadcaster.web.conftest import Arrives
from tests.fakes.station_box import FakeBox
from tests.fakes.station_world import World
from wire.messages import ClockBelief, Revision


def says(world: World, box: FakeBox) -> None:
    with world.database.reading() as tx:
        plan = documents.get(tx, box.id)
    known = intake.box(world.office, box.id)
    assert known is not None
    assert plan is not None
    trusted = ClockBelief(trusted=True, source="samples", error_ms=2.0)
    intake.note_status(
        world.office, known, box.status(plan=Revision(epoch=plan.epoch, seq=plan.seq), clock=trusted)
    )  # fmt: skip


def planned(world: World) -> tuple[FakeBox, FakeBox]:
    boxes = world.enrol(0), world.enrol(1)
    world.plan(world.approved(), world.clock.now + timedelta(hours=2))
    world.reconcile()
    for box in boxes:
        says(world, box)
    return boxes


def test_page_says_that_all_is_ready(sqlite_world: World, arrives: Arrives) -> None:
    planned(sqlite_world)

    page = arrives("lan").open("/toi-nay").text

    assert "Sẵn sàng: 1 lượt phát trên 2 cụm loa." in page
    assert 'data-verdict="ready"' in page
    assert "Họp thôn" in page


def test_page_names_the_box_that_is_gone_and_what_to_do(sqlite_world: World, arrives: Arrives) -> None:
    _, second = planned(sqlite_world)
    sqlite_world.clock.advance(minutes=5)
    says(sqlite_world, second)

    page = arrives("lan").open("/toi-nay").text

    assert "1/2 cụm loa sẽ không phát nếu không xử lý." in page
    assert "Bộ thu mất liên lạc từ 08:00 ngày 02/03/2026" in page
    assert "Xin kiểm tra điện, rồi mạng tại cột loa." in page


def test_page_says_when_nothing_is_planned(sqlite_world: World, arrives: Arrives) -> None:
    sqlite_world.enrol(0)

    assert "Chưa có gì phát trong 24 giờ tới." in arrives("lan").open("/toi-nay").text


def test_what_can_be_done_on_a_page_is_one_press_away(sqlite_world: World, arrives: Arrives) -> None:
    jingle = {"kind": "jingle", "id": "nhac", "title": "Nhạc hiệu", "sound": "nhac-hieu"}
    box = {"kind": "bulletins", "id": "tin", "title": "Bản tin", "minutes": 10}
    data = {"title": "Buổi trưa", "starts": "11:00", "minutes": 15, "days": "FREQ=DAILY", "segments": [jingle, box]}
    programmes.save(sqlite_world.office, actor=sqlite_world.person("lan"), edit=programmes.adding(data))

    page = arrives("lan").open("/toi-nay").text

    assert "“Buổi trưa” không có gì để phát" in page
    assert '<a href="/ban-tin">Mở bản tin</a>' in page
    assert '<a href="/chuong-trinh/ban-thu">Chọn bản thu</a>' in page


def test_home_leads_to_tonight(sqlite_world: World, arrives: Arrives) -> None:
    assert 'href="/toi-nay"' in arrives("lan").open("/").text


def test_nobody_sees_it_without_signing_in(sqlite_world: World, arrives: Arrives) -> None:
    answer = arrives("").open("/toi-nay")

    assert "Mật khẩu" in answer.text
