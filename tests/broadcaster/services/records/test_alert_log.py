"""Alerts, drills and pressed buttons stand in the one log: what each box sounded of them, and why where it did not."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from broadcaster.domain.alert import Alert, Status
from broadcaster.domain.delivery import Outcome
from broadcaster.domain.records.logbook import Line, LogKind, Source, verify
from broadcaster.domain.records.report import Month, monthly
from broadcaster.services import devices, intake
from broadcaster.services.records import explaining, logbook
from broadcaster.store import logbook as rows
from broadcaster.store import stations
from tests.broadcaster.services.alarm.test_preparing import prepare
from tests.broadcaster.services.test_pressed_buttons import press
from tests.fakes.station_alerts import AlertDesk
from tests.fakes.station_box import FakeBox
from tests.fakes.station_world import World, open_neighbour
from wire.messages import Outcome as Said
from wire.messages import PlaybackReport, Reason, Stretch

SECOND = timedelta(seconds=1)


@pytest.fixture
def desk(world: World) -> AlertDesk:
    """Somebody who sends alerts; each of the two clusters is for itself."""
    return AlertDesk(world=world)


def tell(world: World, box: FakeBox, *said: PlaybackReport) -> None:
    known = intake.box(world.office, box.id)
    assert known is not None
    intake.note_reports(world.office, known, box.reports(*said))


def a_round(number: int, alert: Alert, world: World, *, seconds: int = 60, outcome: Said = Said.PLAYED,
            reason: Reason | None = None, wire_id: str | None = None) -> PlaybackReport:  # fmt: skip
    """Return the report of a round that began now and sounded so long, in two stretches with a pause between."""
    now = world.clock.now
    middle, end = now + seconds * SECOND / 2, now + (seconds + 10) * SECOND
    return PlaybackReport(
        number=number, alert_id=wire_id or alert.thread, alert_version=alert.version, start_at=now, started_at=now,
        ended_at=end, outcome=outcome, reason=reason, played_ms=seconds * 500,
        stretches=(
            Stretch(started_at=now, ended_at=middle), Stretch(started_at=middle + 10 * SECOND, ended_at=end),
        ),
    )  # fmt: skip


def written(world: World) -> list[Line]:
    with world.database.reading() as tx:
        return [line for line in rows.every(tx, world.station) if line]


def sentences(world: World, lines: Sequence[Line]) -> list[str]:
    with world.database.reading() as tx:
        station = stations.get(tx, world.station)
        assert station is not None
        told = explaining.of_lines(tx, station, lines)
    return [explaining.in_words(told[line.number]) for line in lines]


def end(world: World, desk: AlertDesk, alert: Alert) -> None:
    desk.cancel(alert)
    world.clock.advance(minutes=2)


def test_each_cluster_has_its_line_when_an_alert_is_over(world: World, desk: AlertDesk) -> None:
    box = world.enrol(0)
    alert = desk.live()
    world.clock.advance(seconds=1)
    begun = world.clock.now
    tell(world, box, a_round(1, alert, world))
    world.clock.advance(minutes=30)
    tell(world, box, a_round(2, alert, world, seconds=40))
    assert logbook.write_up(world.office) == 0, "it may sound again"
    end(world, desk, alert)

    assert logbook.write_up(world.office) == 2
    assert logbook.write_up(world.office) == 0
    here, there = (line.entry for line in written(world))
    assert (here.kind, here.source, here.priority) == (LogKind.ALERT, Source.ALERT, "emergency")
    assert (here.subject, here.item, here.title) == (alert.id, alert.thread, alert.content.headline)
    assert (here.planned_at, here.started_at, here.outcome) == (alert.live_at, begun, Outcome.PLAYED)
    assert here.sounded == 100 * SECOND, "two rounds, without the pauses within and between them"
    assert (there.outcome, there.reason, there.sounded) == (Outcome.MISSED, "not_installed", timedelta(0))
    with world.database.reading() as tx:
        assert logbook.check(tx, world.station).whole


@pytest.mark.parametrize(
    ("status", "source", "priority"),
    [(Status.EXERCISE, Source.EXERCISE, "exercise"), (Status.TEST, Source.TEST, "test")],
)
def test_drill_and_test_never_look_like_the_real_thing(
    sqlite_world: World, status: Status, source: Source, priority: str
) -> None:
    world, desk = sqlite_world, AlertDesk(world=sqlite_world)
    box = world.enrol(0)
    alert = desk.live(status=status)
    tell(world, box, a_round(1, alert, world))
    end(world, desk, alert)
    logbook.write_up(world.office)

    assert {(line.entry.source, line.entry.priority) for line in written(world)} == {(source, priority)}
    report = monthly(
        written(world), month=Month(year=2026, month=3), zone=ZoneInfo("Asia/Ho_Chi_Minh"), places=(), presence=(),
        log=verify([]), now=world.clock.now,
    )  # fmt: skip
    assert (report.totals.deliveries, report.practised.seconds) == (0, 60)


def test_repeat_for_those_that_missed_it_counts_with_its_alert(world: World, desk: AlertDesk) -> None:
    box = world.enrol(0)
    alert = desk.live()
    tell(world, box, a_round(1, alert, world, wire_id=f"{alert.thread}.r1"))
    end(world, desk, alert)
    logbook.write_up(world.office)

    assert [line.entry.outcome for line in written(world)] == [Outcome.PLAYED, Outcome.MISSED]


def test_each_version_has_its_own_rounds(world: World, desk: AlertDesk) -> None:
    box = world.enrol(0)
    first = desk.live()
    tell(world, box, a_round(1, first, world))
    world.clock.advance(minutes=10)
    second = desk.approve(desk.update(first, headline="Lũ đã tới cầu"))
    world.clock.advance(seconds=5)
    tell(world, box, a_round(2, second, world, seconds=20))
    end(world, desk, second)
    logbook.write_up(world.office)

    played = [line.entry for line in written(world) if line.entry.outcome is Outcome.PLAYED]
    assert [(entry.title, entry.sounded) for entry in played] == [
        (first.content.headline, 60 * SECOND), ("Lũ đã tới cầu", 20 * SECOND),
    ]  # fmt: skip


def test_late_report_corrects_and_the_passing_of_time_does_not(world: World, desk: AlertDesk) -> None:
    box = world.enrol(0)
    alert = desk.live()
    begun = a_round(1, alert, world)
    end(world, desk, alert)
    logbook.write_up(world.office)
    before = written(world)
    assert (before[0].entry.outcome, before[0].entry.reason) == (Outcome.UNKNOWN, "no_report_offline")
    known = intake.box(world.office, box.id)
    assert known is not None
    intake.note_status(world.office, known, box.status())
    assert logbook.write_up(world.office) == 0, "that the box is back says nothing of the alert"

    world.clock.advance(hours=5)
    tell(world, box, begun)
    assert logbook.write_up(world.office) == 1
    devices.retire(world.office, actor=world.person("hoa"), device=box.id)
    assert logbook.write_up(world.office) == 0

    line = written(world)[-1]
    assert (line.corrects, line.entry.outcome, line.entry.sounded) == (before[0].number, Outcome.PLAYED, 60 * SECOND)


def test_pressed_button_stands_in_the_log_of_its_cluster_alone(world: World) -> None:
    box, message = world.enrol(0), prepare(world)
    press(world, box, message.id)
    assert logbook.write_up(world.office) == 0, "more of it may come"
    world.clock.advance(minutes=2)

    assert logbook.write_up(world.office) == 1
    assert logbook.write_up(world.office) == 0
    (line,) = written(world)
    assert (line.entry.source, line.entry.title, line.entry.place.cluster) == (
        Source.BUTTON, message.headline, world.clusters[0],
    )  # fmt: skip
    assert line.entry.sounded == 9 * SECOND
    assert "báo động bấm tại chỗ" in sentences(world, [line])[0]


def test_every_line_answers_why(world: World, desk: AlertDesk) -> None:
    box = world.enrol(0)
    alert = desk.live()
    tell(world, box, a_round(1, alert, world, seconds=2, outcome=Said.INTERRUPTED, reason=Reason.POWER_LOST))
    end(world, desk, alert)
    logbook.write_up(world.office)

    here, there = sentences(world, written(world))
    assert "mất điện hoặc khởi động lại khi đang phát tin khẩn cấp “Lũ quét trên suối Ngọt”" in here
    assert "Loa kêu từ 08:00:00 đến 08:00:12, tổng cộng 2 giây." in here
    assert there.startswith("Cụm 2 (Thôn Ngọt) chưa lắp bộ thu")


def test_alerts_of_another_station_are_not_there(sqlite_world: World) -> None:
    neighbour = open_neighbour(sqlite_world)
    desk = AlertDesk(world=neighbour)
    end(neighbour, desk, desk.live())
    logbook.write_up(sqlite_world.office)

    assert written(sqlite_world) == []
    assert len(written(neighbour)) == 2


def test_bookkeeper_misses_nothing_however_often_it_looks(world: World, desk: AlertDesk) -> None:
    box, keeper = world.enrol(0), logbook.Bookkeeper(world.office)
    alert, airing = desk.live(), world.plan(world.approved(), world.clock.now + timedelta(hours=3))
    end(world, desk, alert)
    assert keeper.write_up() == 2
    world.clock.now = airing.over_at + timedelta(hours=1)
    assert keeper.write_up() == 2
    world.clock.advance(days=2)
    assert keeper.write_up() == 0
    late = a_round(1, alert, world)
    at = airing.start_at
    tell(
        world, box,
        late.model_copy(update={"start_at": alert.live_at, "started_at": alert.live_at, "stretches": ()}),
        PlaybackReport(number=2, airing_id=airing.id, outcome=Said.PLAYED, start_at=at, started_at=at, ended_at=at,
                       played_ms=0),
    )  # fmt: skip

    assert keeper.write_up() == 2
    assert {line.corrects for line in written(world)[4:]} == {1, 3}
