"""Warnings made beforehand: spoken once, held by every box, started by whom the station lets."""

import hashlib

import pytest

from broadcaster.domain.alarm.drills import MonthScore
from broadcaster.domain.alarm.templates import BlankMissing
from broadcaster.domain.alert import Status
from broadcaster.domain.audience import of_clusters
from broadcaster.domain.permissions import NotAllowed
from broadcaster.domain.station import NoSuchThing
from broadcaster.services import intake
from broadcaster.services.alarm import alerts as alarm_cases
from broadcaster.services.alarm import drilling, preparing
from broadcaster.services.alarm.contents import from_template
from broadcaster.services.rendering import StudioFailed
from broadcaster.store import documents, prepared, stations
from broadcaster.store.prepared import Prepared
from tests.fakes.station_alerts import FLOOD, AlertDesk, vouch_as
from tests.fakes.station_box import FakeBox
from tests.fakes.station_world import VOICES, World
from wire import messages, seal


def prepare(world: World, name: str = "lu-quet", actor: str = "minh", **blanks: str) -> Prepared:
    """Prepare a template and have it spoken."""
    made = preparing.prepare(world.office, actor=world.person(actor), name=name, blanks=blanks)
    while preparing.speak_next(world.office, world.studio, voices=VOICES):
        pass
    return made


def plan_of(world: World, box: FakeBox) -> messages.Plan:
    """Return the box's plan as it would receive it."""
    world.reconcile()
    with world.database.reading() as tx:
        sealed = documents.get(tx, box.id)
    assert sealed is not None
    return seal.open_sealed(sealed.sealed, world.keys[world.station], messages.Plan)


def test_prepared_message_is_in_every_plan_with_its_sound(world: World) -> None:
    box = world.enrol()
    made = prepare(world)

    (held,) = plan_of(world, box).prepared

    assert (held.message_id, held.headline, held.times) == (made.id, "Nguy cơ lũ quét rất cao", 2)
    assert held.recording.sha256 in world.studio.files
    assert plan_of(world, box).button is None
    assert world.reconcile() == ()


def test_button_starts_what_the_administrator_chose(world: World) -> None:
    box, made = world.enrol(), prepare(world)
    admin = world.person("hoa")
    preparing.set_button(world.office, actor=admin, wanted=[made.id], pin="2468", least_interval_s=600)

    button = plan_of(world, box).button

    assert button is not None
    assert (button.messages, button.least_interval_s) == ((made.id,), 600)
    salt, key = str(button.pin_scrypt).split("$")
    expected = hashlib.scrypt(b"2468", salt=bytes.fromhex(salt), n=16384, r=8, p=1, dklen=32)
    assert bytes.fromhex(key) == expected

    preparing.set_button(world.office, actor=admin, wanted=[made.id], pin=None)
    kept = plan_of(world, box).button
    assert kept is not None
    assert kept.pin_scrypt == button.pin_scrypt
    preparing.retire(world.office, actor=world.person("minh"), message=made.id)
    gone = plan_of(world, box)
    assert (gone.prepared, gone.button) == ((), None)


def test_who_may_prepare_and_what(sqlite_world: World) -> None:
    world = sqlite_world
    with pytest.raises(NotAllowed):
        prepare(world, actor="lan")
    with pytest.raises(NotAllowed):
        preparing.set_button(world.office, actor=world.person("minh"), wanted=[], pin="")
    with pytest.raises(BlankMissing):
        prepare(world, "lu")
    with pytest.raises(preparing.NotARealWarning):
        prepare(world, "dien-tap")
    with pytest.raises(NoSuchThing):
        preparing.set_button(world.office, actor=world.person("hoa"), wanted=["ms-nowhere"], pin="")
    for pin in ("12", "abcd", "1" * 13, "١٢٣٤"):
        with pytest.raises(preparing.BadPin):
            preparing.set_button(world.office, actor=world.person("hoa"), wanted=[], pin=pin)


def test_alert_in_prepared_words_has_its_speech_at_once(sqlite_world: World) -> None:
    world, desk = sqlite_world, AlertDesk(world=sqlite_world)
    prepare(world)
    asked = len(world.studio.asked)
    wanted = from_template("lu-quet", {}, wanted=FLOOD, now=world.clock.now)

    live = desk.live(
        event=wanted.event, headline="Nguy cơ lũ quét rất cao", template="lu-quet",
        text="Mưa rất to ở đầu nguồn, nguy cơ xảy ra lũ quét rất cao.",
        instruction="Bà con ven suối và chân đồi rời nhà lên chỗ cao ngay bây giờ, không quay lại lấy đồ.",
    )  # fmt: skip

    assert live.recording_sha256 in world.studio.files
    assert len(world.studio.asked) == asked


def test_failed_speech_is_tried_again(sqlite_world: World) -> None:
    world = sqlite_world
    world.studio.failure = StudioFailed("Không giọng nào đọc được.")
    made = prepare(world)
    with world.database.reading() as tx:
        (kept,) = prepared.of_station(tx, world.station)
    assert (kept.id, kept.failure, kept.tries) == (made.id, "Không giọng nào đọc được.", 1)

    world.studio.failure = None
    world.clock.advance(minutes=2)
    assert preparing.speak_next(world.office, world.studio, voices=VOICES)
    with world.database.reading() as tx:
        assert prepared.of_station(tx, world.station)[0].recording_sha256 is not None


def test_month_of_drills(sqlite_world: World) -> None:
    world, desk = sqlite_world, AlertDesk(world=sqlite_world)
    world.enrol(0)
    desk.live(status=Status.EXERCISE)
    desk.live(status=Status.ACTUAL)
    world.clock.advance(seconds=60)
    with world.database.reading() as tx:
        station = stations.get(tx, world.station)
        assert station is not None
        scored, reports = drilling.month(tx, station, wanted="2026-03", now=world.clock.now)
        assert drilling.month(tx, station, wanted="2026-04", now=world.clock.now)[0].points is None
        for bad in ("", "2026", "2026-13", "0000-01", "x-y", "9999-12"):
            with pytest.raises(drilling.NoSuchMonth):
                drilling.month(tx, station, wanted=bad, now=world.clock.now)

    assert (scored.drills, scored.meant, scored.sounded, scored.points) == (1, 2, 0, 0)
    assert len(reports) == 1


def month_of(world: World) -> tuple[MonthScore, int]:
    """Return the score of the present month, and how many drills are shown."""
    with world.database.reading() as tx:
        station = stations.get(tx, world.station)
        assert station is not None
        scored, reports = drilling.month(tx, station, wanted="2026-03", now=world.clock.now)
    return scored, len(reports)


def test_a_drill_that_has_just_begun_is_shown_and_not_scored(sqlite_world: World) -> None:
    world, desk = sqlite_world, AlertDesk(world=sqlite_world)
    desk.live(status=Status.EXERCISE)
    world.clock.advance(seconds=59)
    assert (month_of(world)[0].points, month_of(world)[1]) == (None, 1)

    world.clock.advance(seconds=1)
    assert month_of(world)[0].points == 0


def test_a_correction_of_a_drill_is_no_drill(sqlite_world: World) -> None:
    """Whoever stopped a drill and corrected it had two drills in the books, one of them nobody ever asked for."""
    world, desk = sqlite_world, AlertDesk(world=sqlite_world)
    drill = desk.live(status=Status.EXERCISE)
    alarm_cases.cancel(world.office, actor=world.person("minh"), alert=drill.id)
    alarm_cases.correct(world.office, actor=world.person("minh"), alert=drill.id, vouch=vouch_as("minh"))
    world.clock.advance(minutes=5)

    scored, shown = month_of(world)
    assert (scored.drills, shown) == (1, 1)


@pytest.mark.parametrize("ended_by_us", [True, False])
def test_what_the_station_itself_cut_short_is_no_pole_s_fault(sqlite_world: World, ended_by_us: bool) -> None:
    """Whoever stopped a drill that was heard everywhere read "0 of 2 sounded" and went to look at sound poles."""
    world, desk = sqlite_world, AlertDesk(world=sqlite_world)
    box = world.enrol(0)
    intake.note(world.office, [box.status()])
    drill = desk.live(status=Status.EXERCISE, audience=of_clusters([world.clusters[0]]))
    began = world.clock.now
    world.clock.advance(seconds=2)
    if ended_by_us:
        alarm_cases.cancel(world.office, actor=world.person("minh"), alert=drill.id)
    cut = messages.PlaybackReport(
        number=1, alert_id=drill.thread, alert_version=1, outcome=messages.Outcome.INTERRUPTED, started_at=began,
        ended_at=world.clock.now, played_ms=2000,
    )  # fmt: skip
    intake.note(world.office, [box.reports(cut), box.status()])
    world.clock.advance(minutes=5)

    assert (month_of(world)[0].meant, month_of(world)[0].sounded) == (1, int(ended_by_us))
