"""What each box shall do, as a signed document that changes only when what it says does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import event

from broadcaster.domain.audience import of_hamlets
from broadcaster.domain.delivery import Outcome
from broadcaster.domain.ids import DeviceId
from broadcaster.domain.station import Rules
from broadcaster.services import airings, devices, planning, stations
from broadcaster.store import documents
from broadcaster.store import stations as station_rows
from broadcaster.store import targets as target_rows
from tests.fakes.station_world import VOICES, World, open_neighbour
from wire import messages, seal


def plan_of(world: World, device: DeviceId) -> messages.Plan:
    """Return the plan that a box shall hold, its signature checked."""
    with world.database.reading() as tx:
        kept = documents.get(tx, device)
    assert kept is not None
    return seal.open_sealed(kept.sealed, world.keys[world.station], messages.Plan)


@contextmanager
def statements_of(world: World, seen: list[str]) -> Iterator[None]:
    """Note every statement that is sent to the database."""

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(world.database.write_engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(world.database.write_engine, "before_cursor_execute", note)


def test_reconciling_twice_changes_nothing(world: World) -> None:
    world.enrol(0)
    world.enrol(1)
    world.plan(world.approved())

    assert len(world.reconcile()) == 2
    assert world.reconcile() == ()
    world.clock.advance(minutes=3)
    assert world.reconcile() == ()


def test_plan_names_the_airings_of_its_box_alone(world: World) -> None:
    here, there = world.enrol(0), world.enrol(1)
    approved = world.approved(audience=of_hamlets([world.hamlets[0]]))
    airing = world.plan(approved)
    world.reconcile()

    (planned,) = plan_of(world, here.id).airings
    assert (planned.airing_id, planned.start_at, planned.not_after) == (airing.id, airing.start_at, airing.not_after)
    assert planned.recording.sha256 == approved.recording_sha256
    assert plan_of(world, there.id).airings == ()
    assert [ref.sha256 for ref in plan_of(world, there.id).keep] == [approved.recording_sha256]


def test_approved_recording_is_held_before_it_is_aired(world: World) -> None:
    box, approved = world.enrol(), world.approved()
    world.reconcile()

    assert [ref.sha256 for ref in plan_of(world, box.id).keep] == [approved.recording_sha256]


def test_every_change_has_a_higher_number(world: World) -> None:
    box, approved = world.enrol(), world.approved()
    numbers = []
    for step in (lambda: None, lambda: world.plan(approved), lambda: world.rewrite(approved)):
        step()
        world.reconcile()
        numbers.append(plan_of(world, box.id).revision)

    assert numbers == sorted(numbers, key=lambda r: (r.epoch, r.seq))
    assert len({r.seq for r in numbers}) == 3


def test_cancelled_airing_leaves_the_plan(world: World) -> None:
    box, airing = world.enrol(), world.plan(world.approved())
    world.reconcile()
    airings.cancel(world.office, actor=world.person("lan"), airing=airing.id)
    (changed,) = world.reconcile()

    assert changed.device == box.id
    assert plan_of(world, box.id).airings == ()


def test_quiet_hours_reach_the_box(sqlite_world: World) -> None:
    box = sqlite_world.enrol()
    sqlite_world.reconcile()
    before = plan_of(sqlite_world, box.id).quiet_hours
    stations.change_rules(
        sqlite_world.office, actor=sqlite_world.person("hoa"), rules=Rules(quiet_hours=()), voices=VOICES
    )  # fmt: skip
    sqlite_world.reconcile()

    assert before == (messages.QuietHours(start="22:00", end="04:30"),)
    assert plan_of(sqlite_world, box.id).quiet_hours == ()


def test_airing_leaves_the_plan_a_day_after_it_began(sqlite_world: World) -> None:
    box = sqlite_world.enrol()
    sqlite_world.plan(sqlite_world.approved())
    sqlite_world.reconcile()
    sqlite_world.clock.advance(hours=23)
    assert sqlite_world.reconcile() == ()

    sqlite_world.clock.advance(hours=2)
    sqlite_world.reconcile()
    assert plan_of(sqlite_world, box.id).airings == ()


def test_airing_far_ahead_enters_the_plan_a_week_before(sqlite_world: World) -> None:
    box, approved = sqlite_world.enrol(), sqlite_world.approved()
    sqlite_world.plan(approved, sqlite_world.clock.now + timedelta(days=10))
    sqlite_world.reconcile()
    assert plan_of(sqlite_world, box.id).airings == ()

    sqlite_world.clock.advance(days=4)
    sqlite_world.reconcile()
    assert len(plan_of(sqlite_world, box.id).airings) == 1


def test_box_is_ready_once_it_holds_plan_and_audio(world: World) -> None:
    box, airing = world.enrol(), world.plan(world.approved())
    world.reconcile()
    from broadcaster.services import intake

    def outcome() -> tuple[Outcome, str | None]:
        with world.database.reading() as tx:
            found = airings.deliveries(tx, airing, now=world.clock.now)[0]
        return found.outcome, found.reason

    def says(**status: object) -> tuple[Outcome, str | None]:
        known = intake.box(world.office, box.id)
        assert known is not None
        intake.note_status(world.office, known, box.status(**status))
        return outcome()

    held = plan_of(world, box.id).revision
    missing = messages.AudioProgress(sha256=airing.recording_sha256, chunks_held=0, chunks=1)
    assert outcome() == (Outcome.PLANNED, "waiting_for_box")
    assert says() == (Outcome.PLANNED, "waiting_for_plan")
    assert says(plan=held, audio_missing=(missing,)) == (Outcome.PLANNED, "waiting_for_audio")
    assert says(plan=held) == (Outcome.READY, None)
    playing = messages.Playing(airing_id=airing.id, started_at=airing.start_at, start_error_ms=0.2)
    assert says(plan=held, playing=playing) == (Outcome.PLAYING, None)


def test_later_plan_does_not_unsay_that_the_box_was_told(world: World) -> None:
    """The first plan that named an airing counts: a box that holds a newer or the same one knows of it."""
    box, approved = world.enrol(), world.approved()
    first = world.plan(approved)
    world.reconcile()
    told = plan_of(world, box.id).revision
    world.plan(approved, world.clock.now + timedelta(hours=2))
    world.reconcile()

    with world.database.reading() as tx:
        target = target_rows.of_airings(tx, [first.id])[first.id][0]
    assert target.told_in == (told.epoch, told.seq)


def test_new_cluster_joins_what_is_for_everybody(world: World) -> None:
    airing = world.plan(world.approved(), world.clock.now + timedelta(hours=1))
    stations.add_cluster(world.office, actor=world.person("hoa"), hamlet=world.hamlets[0], name="Cụm mới")
    world.reconcile()

    with world.database.reading() as tx:
        assert len(target_rows.of_airings(tx, [airing.id])[airing.id]) == 3


def test_retired_box_is_told_to_play_nothing_once(world: World) -> None:
    box = world.enrol()
    world.plan(world.approved(), world.clock.now + timedelta(hours=1))
    world.reconcile()
    before = plan_of(world, box.id)
    devices.retire(world.office, actor=world.person("hoa"), device=box.id)
    (changed,) = world.reconcile()
    after = plan_of(world, box.id)

    assert (changed.device, after.airings, after.keep) == (box.id, (), ())
    assert before.revision < after.revision
    assert world.reconcile() == ()


def test_new_epoch_makes_every_plan_anew(world: World) -> None:
    box = world.enrol()
    world.reconcile()
    with world.database.writing() as tx:
        station_rows.begin_epoch(tx, world.station, 5)
    world.reconcile()

    assert plan_of(world, box.id).revision == messages.Revision(epoch=5, seq=2)
    assert world.reconcile() == ()


def test_heartbeat_counts_and_is_signed(world: World) -> None:
    def beat() -> messages.Alerts:
        sealed = planning.heartbeat(world.office, station=world.station, seal=world.seal_alerts)
        return seal.open_sealed(sealed, world.keys[world.station], messages.Alerts)

    first, second = beat(), beat()

    assert (first.revision, second.revision) == (
        messages.Revision(epoch=1, seq=1), messages.Revision(epoch=1, seq=2),
    )  # fmt: skip
    assert first.issued_at == world.clock.now


def test_each_station_signs_for_itself(world: World) -> None:
    neighbour = open_neighbour(world)
    mine, theirs = world.enrol(), neighbour.enrol()
    world.plan(world.approved())
    world.reconcile()

    assert len(plan_of(world, mine.id).airings) == 1
    assert plan_of(neighbour, theirs.id).airings == ()
    assert plan_of(neighbour, theirs.id).station == neighbour.station


def test_more_boxes_make_no_more_questions(sqlite_world: World) -> None:
    """A hundred clusters must not cost a hundred times the queries of one."""

    def asked() -> int:
        sqlite_world.plan(approved, sqlite_world.clock.now + timedelta(hours=1 + len(hours)))
        hours.append(1)
        before = len(counted)
        assert sqlite_world.reconcile()
        return len(counted) - before

    counted: list[str] = []
    hours: list[int] = []
    approved = sqlite_world.approved()
    sqlite_world.enrol(0)
    sqlite_world.reconcile()
    with statements_of(sqlite_world, counted):
        with_one = asked()
        for number in range(8):
            place = sqlite_world.hamlets[number % 2]
            actor = sqlite_world.person("hoa")
            cluster = stations.add_cluster(sqlite_world.office, actor=actor, hamlet=place, name=f"Cụm thêm {number}")
            sqlite_world.clusters += (cluster.id,)
            sqlite_world.enrol(len(sqlite_world.clusters) - 1)
        sqlite_world.reconcile()
        with_nine = asked()

    assert with_nine == with_one
