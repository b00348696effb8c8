"""At night only a live emergency sounds: a drill typed for three in the morning wakes nobody."""

from datetime import UTC, datetime

import pytest

from broadcaster.domain.alarm.rules import DrillInQuietHours
from broadcaster.domain.alert import AlertState, Status
from tests.fakes.station_alerts import AlertDesk
from tests.fakes.station_world import World

THREE_IN_THE_MORNING = datetime(2026, 3, 2, 20, tzinfo=UTC)
NINE_IN_THE_MORNING = datetime(2026, 3, 3, 2, tzinfo=UTC)


@pytest.fixture
def desk(world: World) -> AlertDesk:
    return AlertDesk(world=world)


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
def test_a_drill_for_the_night_is_refused_when_it_is_drafted(desk: AlertDesk, status: Status) -> None:
    with pytest.raises(DrillInQuietHours) as refused:
        desk.draft(status=status, effective_at=THREE_IN_THE_MORNING)

    assert refused.value.sentence() == (
        "Lúc 03:00:00 ngày 03/03/2026 là giờ yên lặng (22:00 đến 04:30): khi đó chỉ báo động thật mới được vang lên, "
        "diễn tập và thử loa thì không. Xin chọn giờ khác."
    )
    assert desk.draft(status=status, effective_at=NINE_IN_THE_MORNING).state is AlertState.DRAFT


def test_a_drill_for_at_once_is_refused_when_it_is_approved_at_night(world: World, desk: AlertDesk) -> None:
    world.clock.now = THREE_IN_THE_MORNING
    draft = desk.draft(status=Status.EXERCISE)

    with pytest.raises(DrillInQuietHours):
        desk.approve(draft)

    assert desk.find(draft.id).state is AlertState.DRAFT


def test_a_real_alarm_sounds_at_any_hour(world: World, desk: AlertDesk) -> None:
    world.clock.now = THREE_IN_THE_MORNING

    assert desk.live().state is AlertState.LIVE
