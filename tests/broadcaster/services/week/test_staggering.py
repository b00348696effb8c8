"""Starts as one, or apart from hamlet to hamlet; never into the quiet hours for it."""

from datetime import time, timedelta

import pytest

from broadcaster.domain.station import BadStagger, QuietHours, Rules
from broadcaster.services import stations
from broadcaster.services.week.staggering import MOST, staggered
from tests.broadcaster.web.test_self_test_rule import VOICES, plan_of
from tests.fakes.station_office import MORNING
from tests.fakes.station_world import World
from wire.messages import AudioRef, PlannedAiring

SOUND = AudioRef(sha256="a" * 64, size_bytes=1, chunks=1, duration_ms=60_000)


def planned() -> PlannedAiring:
    return PlannedAiring(airing_id="a", start_at=MORNING, not_after=MORNING + timedelta(seconds=1), recording=SOUND)


def test_all_boxes_begin_as_one_unless_the_station_wants_them_apart(world: World) -> None:
    boxes = [world.enrol(number) for number in (0, 1)]
    airing = world.plan(world.approved())
    world.reconcile()
    assert [plan_of(world, box.id).airings[0].start_at for box in boxes] == [airing.start_at] * 2

    rules = Rules(stagger_ms=700)
    stations.change_rules(world.office, actor=world.person("hoa"), rules=rules, voices=VOICES)
    world.reconcile()

    told = [plan_of(world, box.id).airings[0] for box in boxes]
    assert [each.start_at - airing.start_at for each in told] == [timedelta(0), timedelta(milliseconds=700)]
    assert [each.stagger_ms for each in told] == [0, 700]
    assert all(each.start_at <= each.not_after for each in told)


def test_nothing_moves_into_the_quiet_hours() -> None:
    ends_at = (planned().start_at + timedelta(minutes=1)).astimezone(Rules().zone).time()
    quiet = Rules(quiet_hours=(QuietHours(start=ends_at, end=time(ends_at.hour + 1, 0)),))

    assert staggered([planned()], timedelta(seconds=2), rules=quiet) == (planned(),)
    assert staggered([planned()], timedelta(seconds=2), rules=Rules(quiet_hours=()))[0].stagger_ms == 2000


def test_what_was_planned_late_still_may_begin() -> None:
    (moved,) = staggered([planned()], MOST, rules=Rules(quiet_hours=()))

    assert moved.start_at == moved.not_after == MORNING + MOST


@pytest.mark.parametrize("stagger_ms", [-1, 5_001])
def test_too_much_is_refused(stagger_ms: int) -> None:
    with pytest.raises(BadStagger, match="giây"):
        Rules(stagger_ms=stagger_ms)
