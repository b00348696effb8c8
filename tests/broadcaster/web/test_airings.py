"""An airing's page says what is known on each cluster, and says it again whenever it changes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from broadcaster.services import intake
from broadcaster.web.live import event, events
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_box import FakeBox, played
from tests.fakes.station_world import World
from wire.messages import Heard, Outcome, Playing, Reason

Arrives = Callable[[str], Visitor]


def test_page_shows_each_cluster_with_outcome_reason_and_error(arrives: Arrives, sqlite_world: World) -> None:
    first, second = sqlite_world.enrol(0), sqlite_world.enrol(1)
    airing = sqlite_world.plan(sqlite_world.approved())
    visitor, path = arrives("lan"), f"/luot-phat/{airing.id}"
    assert "mất liên lạc trước khi nhận đủ những gì cần để phát “Họp thôn”" in visitor.open(path).text

    sqlite_world.clock.now = airing.start_at
    playing = Playing(airing_id=airing.id, started_at=airing.start_at, start_error_ms=12.4)
    _status(sqlite_world, first, playing=playing)
    page = visitor.open(path)
    assert "Đang phát trên 1/2 cụm loa." in page.text
    assert "lệch 12 ms" in page.text
    assert "Dừng lượt phát…" in page.text

    sqlite_world.clock.now = airing.end_at
    _report(sqlite_world, first, played(1, airing.id, at=airing.start_at))
    _report(
        sqlite_world, second,
        played(1, airing.id, at=airing.start_at, outcome=Outcome.MISSED, reason=Reason.AUDIO_MISSING),
    )  # fmt: skip
    page = visitor.open(path)
    assert "Đã phát trên 1/2 cụm loa. 1 cụm loa không phát được." in page.text
    assert "vẫn chưa tải xong bản thu của “Họp thôn”" in page.text
    assert f'action="{path}/huy"' not in page.text


def test_silence_is_never_shown_as_sound(arrives: Arrives, sqlite_world: World) -> None:
    airing = sqlite_world.plan(sqlite_world.approved())

    sqlite_world.clock.now = airing.not_after
    sqlite_world.clock.advance(hours=1)

    assert "Đã phát trên 0/2 cụm loa." in arrives("lan").open(f"/luot-phat/{airing.id}").text


def _heard(verdict: Literal["heard", "not_heard", "unsure"]) -> Heard:
    return Heard(verdict=verdict, score=0.3)


def test_an_airing_that_plays_unheard_is_shown_as_wrong(arrives: Arrives, sqlite_world: World) -> None:
    first, second = sqlite_world.enrol(0), sqlite_world.enrol(1)
    airing = sqlite_world.plan(sqlite_world.approved())
    visitor, path = arrives("lan"), f"/luot-phat/{airing.id}"
    sqlite_world.clock.now = airing.start_at
    playing = Playing(airing_id=airing.id, started_at=airing.start_at, start_error_ms=1.0)
    _status(sqlite_world, first, playing=playing.model_copy(update={"heard": _heard("not_heard")}))
    _status(sqlite_world, second, playing=playing)

    page = visitor.open(path).text
    assert "Đang phát trên 1/2 cụm loa. 1 cụm loa phát nhưng không nghe thấy tiếng." in page
    assert 'id="airing-summary" class="summary bad"' in page

    sqlite_world.clock.now = airing.end_at
    _report(sqlite_world, first, played(1, airing.id, at=airing.start_at, heard=_heard("not_heard")))
    _report(sqlite_world, second, played(1, airing.id, at=airing.start_at))
    page = visitor.open(path).text
    assert "Đã phát trên 1/2 cụm loa. 1 cụm loa phát nhưng không nghe thấy tiếng." in page
    assert 'id="airing-summary" class="summary bad"' in page
    assert page.count("Không nghe thấy</span>") == 1
    assert "Xin kiểm tra tăng âm, dây loa và loa." in page
    assert "1 cụm loa phát nhưng không nghe thấy tiếng." in visitor.open("/luot-phat").text


def test_what_the_ear_says_stands_beside_the_outcome(arrives: Arrives, sqlite_world: World) -> None:
    boxes = [sqlite_world.enrol(0), sqlite_world.enrol(1)]
    airing = sqlite_world.plan(sqlite_world.approved())
    sqlite_world.clock.now = airing.end_at
    for box, ear in zip(boxes, (_heard("heard"), _heard("unsure")), strict=True):
        _report(sqlite_world, box, played(1, airing.id, at=airing.start_at, heard=ear))

    page = arrives("lan").open(f"/luot-phat/{airing.id}").text

    assert "Đã phát trên 2/2 cụm loa." in page
    assert "Nghe thấy ngoài trời" in page
    assert "Chưa chắc nghe thấy" in page
    assert "Xin kiểm tra tăng âm" not in page


def test_a_box_without_an_ear_shows_nothing_of_hearing(arrives: Arrives, sqlite_world: World) -> None:
    box = sqlite_world.enrol(0)
    airing = sqlite_world.plan(sqlite_world.approved())
    sqlite_world.clock.now = airing.end_at
    _report(sqlite_world, box, played(1, airing.id, at=airing.start_at))

    assert "nghe thấy" not in arrives("lan").open(f"/luot-phat/{airing.id}").text.lower()


def test_airing_is_cancelled_once(arrives: Arrives, sqlite_world: World) -> None:
    airing = sqlite_world.plan(sqlite_world.approved())
    visitor, action = arrives("lan"), f"/luot-phat/{airing.id}/huy"
    visitor.open(f"/luot-phat/{airing.id}")
    fields = visitor.form(action).fields
    assert "Lượt phát đã bị hủy." in visitor.send(action).text

    again = visitor.client.post(action, data=fields)

    assert again.status_code == 409
    assert "không hủy được nữa" in again.text


def test_list_groups_by_day_and_keeps_the_cancelled(arrives: Arrives, sqlite_world: World) -> None:
    airing = sqlite_world.plan(sqlite_world.approved(title="Tin chiều"))

    page = arrives("lan").open("/luot-phat")

    assert "thứ Hai 02/03/2026" in page.text
    assert f'href="/luot-phat/{airing.id}"' in page.text


def test_home_says_what_is_on_and_which_boxes_are_silent(arrives: Arrives, sqlite_world: World) -> None:
    box = sqlite_world.enrol(0)
    sqlite_world.enrol(1)
    _status(sqlite_world, box)
    airing = sqlite_world.plan(sqlite_world.approved())
    sqlite_world.clock.now = airing.start_at

    page = arrives("lan").open("/")

    assert "1 trên 2 bộ thu mất liên lạc:" in page.text
    assert f'href="/luot-phat/{airing.id}"' in page.text


@dataclass
class Fragments:
    """Returns one after the other, the last for ever; counts how often it was asked."""

    found: list[str | None]
    asked: list[int] = field(default_factory=list)

    def __call__(self) -> str | None:
        self.asked.append(1)
        return self.found.pop(0) if len(self.found) > 1 else self.found[0]


def _received(fragments: Fragments, *, heartbeat_every_s: float = 1000.0) -> list[str]:
    async def collect() -> list[str]:
        return [e async for e in events(fragments, look_every_s=0.0, heartbeat_every_s=heartbeat_every_s)]

    return asyncio.run(collect())


def test_event_is_sent_when_the_fragment_changes_and_only_then() -> None:
    received = _received(Fragments(["a", "a", "b\nc", "b\nc", None]))

    assert received == [
        "retry: 2000\n\n",
        "event: fragment\ndata: a\n\n",
        "event: fragment\ndata: b\ndata: c\n\n",
        "event: over\ndata: \n\n",
    ]


def test_quiet_page_still_gets_a_heartbeat() -> None:
    received = _received(Fragments(["a", "a", "a", None]), heartbeat_every_s=0.0)

    assert [e for e in received if e.startswith(":")] == [": còn đây\n\n"] * 2


def test_fragment_cannot_forge_an_event() -> None:
    assert event("fragment", "x\r\ndata: y\revent: over\u2028z") == (
        "event: fragment\ndata: x\ndata: data: y\ndata: event: over\ndata: z\n\n"
    )


def test_stream_ends_when_the_viewer_is_signed_out(arrives: Arrives, sqlite_world: World) -> None:
    airing = sqlite_world.plan(sqlite_world.approved())
    visitor = arrives("lan")
    sqlite_world.clock.advance(hours=13)

    answer = visitor.client.get(f"/luot-phat/{airing.id}/dien-bien", follow_redirects=False)

    assert answer.status_code == 303


def _status(world: World, box: FakeBox, **values: object) -> None:
    known = intake.box(world.office, box.id)
    assert known is not None
    intake.note_status(world.office, known, box.status(**values))


def _report(world: World, box: FakeBox, report: object) -> None:
    known = intake.box(world.office, box.id)
    assert known is not None
    intake.note_reports(world.office, known, box.reports(report))  # type: ignore[arg-type] # a report
