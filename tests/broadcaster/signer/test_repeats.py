"""An alert once more, for those who missed it: what the signer signs of it, and when it is over."""

from tests.fakes.signer_room import Room

BOXES = ("loa-1", "loa-2")


def test_a_repeat_for_those_who_missed_it_names_them(room: Room) -> None:
    content = room.content()
    live = room.live(content)
    assert room.seal(room.alerts(live), room.both(content)).sealed
    again = live.model_copy(update={"alert_id": "kc-1.r1", "devices": BOXES})
    assert room.seal(room.alerts(live, again)).sealed
    assert not room.seal(room.alerts(live, again.model_copy(update={"alert_id": "kc-1.r2", "devices": None}))).sealed


def test_a_repeat_asked_for_before_anything_was_signed_holds_nothing_up(room: Room) -> None:
    content = room.content()
    live = room.live(content)
    again = live.model_copy(update={"alert_id": "kc-1.r1", "devices": BOXES})
    assert room.seal(room.alerts(live, again), room.both(content)).sealed


def test_a_repeat_of_what_has_left_the_document_is_over(room: Room) -> None:
    content = room.content()
    assert room.sounds(content, room.both(content))
    room.open()
    assert room.seal(room.alerts()).sealed
    room.clock.advance(minutes=2)
    again = room.live(content).model_copy(update={"alert_id": "kc-1.r1", "devices": BOXES})
    assert not room.seal(room.alerts(again)).sealed
