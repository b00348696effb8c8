"""What somebody on the spot has started: kept once, told once, listed with its hamlet."""

from datetime import timedelta

from broadcaster.services import intake
from broadcaster.store import notices, reports
from tests.broadcaster.services.alarm.test_preparing import prepare
from tests.fakes.station_box import FakeBox
from tests.fakes.station_world import World
from wire import messages


def press(world: World, box: FakeBox, message: str) -> None:
    known = intake.box(world.office, box.id)
    assert known is not None
    now = world.office.now()
    report = messages.PlaybackReport(
        number=1, alert_id="nut-0011", alert_version=1, pressed=message, start_at=now, started_at=now,
        ended_at=now + timedelta(seconds=9), outcome=messages.Outcome.PLAYED, played_ms=9000,
    )  # fmt: skip
    batch = messages.Reports(station=known.station, device=known.id, journal="j", reports=(report,))
    intake.note_reports(world.office, known, batch)


def test_a_press_is_kept_and_told_once_with_its_hamlet(world: World) -> None:
    box, message = world.enrol(), prepare(world)
    press(world, box, message.id)
    press(world, box, message.id)

    with world.database.reading() as tx:
        (found,) = reports.pressed(tx, world.station)
        told = [n for n in notices.latest(tx, world.station) if n.kind == "button_pressed"]
    assert (found.message, found.headline, found.alert) == (message.id, message.headline, "nut-0011")
    (notice,) = told
    assert notice.sentence.startswith(f"{found.hamlet_name} đã bấm nút báo động tại {found.cluster_name}")
    assert message.headline in notice.sentence
