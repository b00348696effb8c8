"""What is over at the signer: called off by the station, or gone from its document; and what is only left out."""

from datetime import timedelta

from broadcaster.adapters.signing import requests
from broadcaster.domain.alert import MsgType
from broadcaster.domain.ids import AlertId
from tests.fakes.signer_room import Room
from wire import messages

BOXES = ("loa-1", "loa-2")


def test_a_cancelled_alert_does_not_come_back(room: Room) -> None:
    content = room.content()
    live = room.live(content)
    assert room.seal(room.alerts(live), room.both(content)).sealed
    room.seal(room.alerts())
    room.clock.advance(minutes=2)
    assert not room.seal(room.alerts(live), room.both(content)).sealed
    assert not room.sounds(content, name="kc-1.r1", devices=BOXES)


def test_what_the_station_called_off_is_not_signed_an_instant_later(room: Room) -> None:
    content = room.content()
    live = room.live(content)
    assert room.seal(room.alerts(live), room.both(content)).sealed

    assert room.call_off("kc-1").refused is None

    assert not room.seal(room.alerts(live), room.both(content)).sealed
    assert not room.sounds(content, version=2)
    assert not room.sounds(content, name="kc-1.r1", devices=BOXES)
    assert room.seal(room.alerts()).sealed


def test_what_was_called_off_stays_so_through_a_crash_and_a_clock_put_back(room: Room) -> None:
    content = room.content()
    dossier = room.both(content)
    assert room.sounds(content, dossier)
    room.call_off("kc-1")
    room.clock.advance(minutes=-3)
    room.open()
    assert not room.sounds(content, dossier)


def test_a_number_taken_in_advance_keeps_nothing_alive(room: Room) -> None:
    """Whoever had a document with a far higher number signed has the station's own come too late for the signer."""
    content = room.content()
    live = room.live(content)
    ahead = room.alerts(live, revision=messages.Revision(epoch=1, seq=1_000_000))
    assert room.seal(ahead, room.both(content)).sealed
    room.call_off("kc-1")
    assert room.seal(room.alerts()).sealed
    assert not room.seal(ahead.model_copy(update={"revision": messages.Revision(epoch=1, seq=1_000_001)})).sealed


def test_what_was_called_off_before_it_began_does_not_begin(room: Room) -> None:
    content = room.content(effective_at=room.now + timedelta(hours=1))
    lodged = requests.Lodge(station=room.station, dossier=room.both(content), everywhere=True)
    assert room.ask(lodged).refused is None
    room.call_off("kc-1")
    room.clock.advance(hours=2)
    assert not room.sounds(content)


def test_what_is_called_off_stands_in_the_log_once(room: Room) -> None:
    for _ in range(2):
        room.call_off("kc-1", "kc-2")
    said = [detail for _at, what, _station, detail in room.ledger.entries() if what == "called off"]
    assert said == [{"alerts": ["kc-1", "kc-2"]}]


def test_only_what_was_called_off_is_over(room: Room) -> None:
    first, other = room.content(), room.content(headline="Cháy rừng")
    assert room.sounds(first, room.both(first))
    second = room.content(msg_type=MsgType.UPDATE, references=AlertId("kc-1"), headline="Lũ đã tới")
    room.call_off("kc-1", station="xa-khac")
    room.call_off("kc-1", "kc-khac")
    assert room.sounds(second, room.both(second, alert="kc-2"), version=2)
    assert room.sounds(other, room.both(other, alert="kc-3"), name="kc-3")


def test_an_update_is_not_taken_back_by_the_version_before(room: Room) -> None:
    first = room.content()
    live = room.live(first)
    assert room.seal(room.alerts(live), room.both(first)).sealed
    second = room.content(msg_type=MsgType.UPDATE, references=AlertId("kc-1"), headline="Lũ đã tới")
    room.call_off("kc-1")
    assert room.sounds(second, room.both(second, alert="kc-2"), version=2)
    assert not room.seal(room.alerts(live)).sealed


def test_a_box_put_up_while_everybody_hears_a_repeat_is_told_too(room: Room) -> None:
    content = room.content()
    live = room.live(content, devices=BOXES)
    assert room.seal(room.alerts(live), room.both(content)).sealed
    again = room.live(content, name="kc-1.r1", devices=BOXES, effective_at=live.effective_at)
    for _ in range(4):
        assert room.seal(room.alerts(again)).sealed
        room.clock.advance(seconds=30)
    new = live.model_copy(update={"devices": ("bo-thu-moi",)})
    assert room.seal(room.alerts(new, again)).sealed


def test_an_alert_left_out_for_a_moment_comes_back(room: Room) -> None:
    content = room.content()
    live = room.live(content)
    assert room.seal(room.alerts(live), room.both(content)).sealed
    room.seal(room.alerts())
    room.clock.advance(seconds=20)
    assert room.seal(room.alerts(live)).sealed
    room.clock.advance(minutes=20)
    assert room.seal(room.alerts(live)).sealed


def test_an_older_document_that_comes_late_ends_nothing(room: Room) -> None:
    content = room.content()
    live, older = room.live(content), room.alerts()
    assert room.seal(room.alerts(live), room.both(content)).sealed
    assert room.seal(older).sealed
    room.clock.advance(minutes=2)
    assert room.seal(room.alerts(live)).sealed
