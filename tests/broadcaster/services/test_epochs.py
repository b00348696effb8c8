"""A server that finds higher numbers signed than its own goes on above them; a box that lies begins no epochs idly."""

from broadcaster.services import intake
from broadcaster.services.epochs import begin_anew, catch_up
from broadcaster.services.intake import EPOCHS_BEHIND
from broadcaster.store import audit, stations
from tests.fakes.station_world import World
from wire.messages import Revision


def epoch(world: World) -> int:
    with world.database.reading() as tx:
        found = stations.get(tx, world.station)
    assert found is not None
    return found.epoch


def test_a_server_behind_what_was_signed_goes_on_above_it(world: World) -> None:
    assert catch_up(world.office, newest=lambda _station: 1) == ()
    assert epoch(world) == 1

    assert catch_up(world.office, newest=lambda _station: 1_000_001) == (world.station,)
    assert epoch(world) == 1_000_002
    assert catch_up(world.office, newest=lambda _station: 1_000_001) == ()
    with world.database.reading() as tx:
        assert audit.latest(tx, world.station)[0].action == "station.epoch"


def test_what_was_restored_is_above_whatever_was_said_since_the_backup(world: World) -> None:
    """Boxes cannot tell it apart where their number and the one made anew are the same by chance."""
    world.reconcile()
    box = world.enrol(0)
    (before,) = world.reconcile()

    assert begin_anew(world.office) == (world.station,)

    (after,) = world.reconcile()
    assert after.device == box.id
    assert after.epoch > before.epoch + 1
    with world.database.reading() as tx:
        assert audit.latest(tx, world.station)[0].action == "station.epoch"


def test_a_lying_box_begins_no_epoch_before_the_last_one_was_used(world: World) -> None:
    """Else it would be beyond what the signer signs before anything is signed."""
    box = world.enrol(0)

    def lie(number: int) -> int:
        claimed = Revision(epoch=epoch(world) + EPOCHS_BEHIND, seq=1)
        intake.note(world.office, [box.status(number=number, alerts=claimed)])
        return epoch(world)

    assert [lie(number) for number in range(2, 6)] == [2 + EPOCHS_BEHIND] * 4
    with world.database.writing() as tx:
        stations.next_alerts_seq(tx, world.station)
    assert lie(6) == 3 + 2 * EPOCHS_BEHIND
