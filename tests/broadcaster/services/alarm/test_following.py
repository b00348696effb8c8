"""What people are told of poles that fail: enough to act on, and never a flood."""

import pytest

from broadcaster.services.alarm import following as alert_following
from broadcaster.store import alert_soundings, notices
from tests.fakes.station_alerts import AlertDesk
from tests.fakes.station_world import World


def test_failures_are_told_of_once_each_and_a_flood_of_them_in_one_sentence(world: World) -> None:
    """Hundreds of poles that fail must not send hundreds of messages to one telephone, nor one pole every round's."""
    with world.database.writing() as tx:
        for number in [0, 0, 1, 2, 3, 4, 5, 6]:
            sentence = f"Cụm {number} không phát được."
            alert_following.tell_of_failure(tx, world.station, "kc-1", sentence, now=world.clock.now)
        told = notices.sentences(tx, world.station, kind="alert_failed", subject="kc-1")

    assert told == (*(f"Cụm {number} không phát được." for number in range(5)), alert_following.MANY_FAIL)


def test_a_repeat_gives_boxes_their_time_and_pressing_twice_is_pressing_once(sqlite_world: World) -> None:
    """A repeat asked for in the same second took the alert away from boxes that had just begun to sound it."""
    world, desk = sqlite_world, AlertDesk(world=sqlite_world)
    box, minh = world.enrol(0), sqlite_world.person("minh")
    live = desk.live()
    with pytest.raises(alert_following.TooSoonToRepeat):
        alert_following.repeat(world.office, actor=minh, alert=live.id)

    world.clock.advance(seconds=10)
    pressed = [alert_following.repeat(world.office, actor=minh, alert=live.id) for _ in range(3)]

    assert pressed == [(box.id,)] * 3
    with world.database.reading() as tx:
        assert len(alert_soundings.repeats_of(tx, [live.id])[live.id]) == 1
