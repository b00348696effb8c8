"""What boxes say: statuses in their order, reports once, and a restored database that makes itself heard again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import null, select

from broadcaster.domain.delivery import Outcome
from broadcaster.domain.ids import DeviceId
from broadcaster.services import airings, devices, intake
from broadcaster.services.intake import EPOCHS_BEHIND, StaleStatus, end_of_first_run
from broadcaster.store import audit, documents
from broadcaster.store import stations as station_rows
from broadcaster.store.devices import Device
from broadcaster.store.tables import reports
from tests.fakes.station_box import FakeBox, played
from tests.fakes.station_world import World
from wire.messages import ClockBelief, Heard, PlaybackReport, Playing, Reason, Revision, Status
from wire.messages import Outcome as Said


def known(world: World, box: FakeBox) -> Device:
    """Return what is known of a box."""
    found = intake.box(world.office, box.id)
    assert found is not None
    return found


def says(world: World, box: FakeBox, status: Status) -> Device:
    """Let the server take a status in; return what is known then."""
    intake.note_status(world.office, known(world, box), status)
    return known(world, box)


def outcomes(world: World, airing_id: str) -> list[tuple[Outcome, str | None]]:
    """Return what is known of an airing, cluster by cluster."""
    from broadcaster.domain.ids import AiringId
    from broadcaster.store import airings as rows

    with world.database.reading() as tx:
        airing = rows.get(tx, world.station, AiringId(airing_id))
        assert airing is not None
        return [(d.outcome, d.reason) for d in airings.deliveries(tx, airing, now=world.clock.now)]


def test_newer_status_is_kept(world: World) -> None:
    box = world.enrol()
    first = says(world, box, box.status())
    world.clock.advance(seconds=60)
    second = says(world, box, box.status(plan=Revision(epoch=0, seq=1)))

    assert (first.status_number, second.status_number, second.last_seen_at) == (1, 2, world.clock.now)
    assert second.state.plan == (0, 1)


def test_statuses_held_back_do_not_make_a_box_that_is_gone_look_alive(world: World) -> None:
    box = world.enrol()
    sure = ClockBelief(trusted=True, source="samples", error_ms=5)
    says(world, box, box.status(clock=sure))
    spoke_at, held_back = world.clock.now, box.status(clock=sure)
    world.clock.advance(seconds=3600)

    seen = says(world, box, held_back)

    assert (seen.last_seen_at, seen.state.reachable(world.clock.now)) == (spoke_at, False)


def test_box_that_does_not_know_the_time_is_seen_when_its_status_comes(world: World) -> None:
    box = world.enrol()
    seen = says(world, box, box.status(at=world.clock.now - timedelta(days=20_000)))

    assert seen.state.reachable(world.clock.now)


def test_replayed_and_overtaken_statuses_are_refused(world: World) -> None:
    box = world.enrol()
    first, second = box.status(), box.status()
    says(world, box, second)

    for old in (first, second):
        with pytest.raises(StaleStatus):
            says(world, box, old)


def test_new_start_counts_from_one_again(world: World) -> None:
    box = world.enrol()
    old = [box.status() for _ in range(3)]
    says(world, box, old[2])
    box.session, box.number = "00000002-000000000000", 0

    assert says(world, box, box.status()).session == "00000002-000000000000"
    with pytest.raises(StaleStatus):
        says(world, box, old[2].model_copy(update={"number": 99}))


def test_tenth_start_is_newer_than_the_ninth(world: World) -> None:
    box = world.enrol()
    box.session = "00000009-ffffffffffff"
    says(world, box, box.status())
    box.session, box.number = "00000010-000000000000", 0

    assert says(world, box, box.status()).online


def test_last_will_of_this_session_puts_the_box_offline(world: World) -> None:
    box = world.enrol()
    will = box.status(online=False)
    before = says(world, box, box.status(plan=Revision(epoch=0, seq=7)))
    after = says(world, box, will)

    assert (before.online, after.online) == (True, False)
    assert after.state.plan == (0, 7)
    assert says(world, box, box.status()).online


def test_last_will_of_an_earlier_session_is_stale(world: World) -> None:
    box = world.enrol()
    will = box.status(online=False)
    box.session = "00000002-000000000000"
    says(world, box, box.status())

    with pytest.raises(StaleStatus):
        says(world, box, will)
    assert known(world, box).online


def test_box_whose_session_was_never_seen_may_already_be_gone(world: World) -> None:
    box = world.enrol()

    assert not says(world, box, box.status(online=False)).online
    assert says(world, box, box.status()).online


def test_reports_are_kept_once_and_acknowledged(world: World) -> None:
    box, airing = world.enrol(), world.plan(world.approved())
    batch = box.reports(played(1, airing.id, at=airing.start_at))

    acks = [intake.note_reports(world.office, known(world, box), batch) for _ in range(2)]

    assert [ack.up_to for ack in acks] == [1, 1]
    assert outcomes(world, airing.id)[0] == (Outcome.PLAYED, None)


def test_what_the_ear_said_is_kept_whole_with_the_report(world: World) -> None:
    box, airing = world.enrol(), world.plan(world.approved())
    ear = Heard(verdict="not_heard", score=0.01, gain_db=-70.5, share=0.0)
    intake.note_reports(world.office, known(world, box), box.reports(
        played(1, airing.id, at=airing.start_at, heard=ear), played(2, "lp-other", at=airing.start_at)
    ))  # fmt: skip

    with world.database.reading() as tx:
        kept = {row.number: row.heard for row in tx.execute(select(reports.c.number, reports.c.heard))}
        nothing = tx.execute(select(reports.c.number).where(reports.c.heard.is_(null()))).scalars().all()
        (here, *_) = airings.deliveries(tx, airing, now=world.clock.now)
    assert kept == {1: ear.model_dump(mode="json"), 2: None}
    assert nothing == [2]
    assert here.heard == "not_heard"


def test_what_the_ear_says_while_it_sounds_is_known(world: World) -> None:
    box, airing = world.enrol(), world.plan(world.approved())
    playing = Playing(airing_id=airing.id, started_at=airing.start_at, start_error_ms=0.0)

    before = says(world, box, box.status(playing=playing))
    after = says(world, box, box.status(playing=playing.model_copy(
        update={"heard": Heard(verdict="heard", score=0.4)}
    )))  # fmt: skip

    assert (before.state.playing_heard, after.state.playing_heard) == (None, "heard")


def test_first_report_of_an_airing_stands(world: World) -> None:
    box, airing = world.enrol(), world.plan(world.approved())
    world.clock.advance(minutes=5)
    intake.note_reports(world.office, known(world, box), box.reports(
        played(1, airing.id, at=airing.start_at),
        played(2, airing.id, at=airing.start_at, outcome=Said.FAILED, reason=Reason.SOUND_DEVICE),
    ))  # fmt: skip
    world.clock.advance(minutes=5)
    intake.note_reports(world.office, known(world, box), box.reports(
        played(1, airing.id, at=airing.start_at, outcome=Said.MISSED, reason=Reason.BOX_OFF), journal="f" * 32
    ))  # fmt: skip

    assert outcomes(world, airing.id)[0] == (Outcome.PLAYED, None)


def test_two_reports_under_one_number_do_no_harm(world: World) -> None:
    box, airing = world.enrol(), world.plan(world.approved())
    twice = [played(1, airing.id, at=airing.start_at), played(1, "lp-other", at=airing.start_at)]

    assert intake.note_reports(world.office, known(world, box), box.reports(*twice)).up_to == 1
    assert outcomes(world, airing.id)[0] == (Outcome.PLAYED, None)


def test_what_no_database_could_keep_does_no_harm(world: World) -> None:
    """Whatever a signed report holds, it is kept as far as it can be and acknowledged, or it would come for ever."""
    box = world.enrol()
    odd = PlaybackReport(
        number=2**53 - 1, airing_id="x" * 63 + "\0", alert_id="a\0b", outcome=Said.FAILED, detail="a\0b",
        played_ms=2**53 - 1, start_error_ms=1e300, reason=Reason.SOUND_DEVICE,
    )  # fmt: skip

    ack = intake.note_reports(world.office, known(world, box), box.reports(odd, journal="j\0j"))

    assert (ack.up_to, ack.journal) == (2**53 - 1, "j\0j")


def test_status_with_odd_texts_and_numbers_is_kept(world: World) -> None:
    box = world.enrol()
    status = box.status(number=2**53 - 1, session="9\0" * 20, plan=Revision(epoch=0, seq=2**53 - 1))

    assert says(world, box, status).status_number == 2**53 - 1


def test_report_of_a_neighbours_airing_changes_nothing(world: World) -> None:
    here, there = world.enrol(0), world.enrol(1)
    airing = world.plan(world.approved(), audience=world.approved().audience.__class__(clusters=(world.clusters[0],)))
    intake.note_reports(world.office, known(world, there), there.reports(played(1, airing.id, at=airing.start_at)))

    assert here.id != there.id
    assert outcomes(world, airing.id) == [(Outcome.PLANNED, "waiting_for_box")]


def test_reports_of_a_replaced_box_still_count(world: World) -> None:
    """It played before it was taken down; what it played is told when it next reaches the broker."""
    old = world.enrol(0)
    over, coming = world.plan(world.approved()), world.plan(world.approved(), world.clock.now + timedelta(hours=3))
    world.clock.now = over.over_at + timedelta(minutes=2)
    new = world.enrol(0)
    assert outcomes(world, over.id)[0] == (Outcome.UNKNOWN, "box_retired")

    intake.note_reports(world.office, known(world, old), old.reports(played(1, over.id, at=over.start_at)))

    assert outcomes(world, over.id)[0] == (Outcome.PLAYED, None)
    assert outcomes(world, coming.id)[0] == (Outcome.PLANNED, "waiting_for_box")
    assert new.id != old.id


def test_replaced_box_says_nothing_of_itself_any_more(world: World) -> None:
    old = world.enrol(0)
    world.enrol(0)

    assert not says(world, old, old.status()).online


def test_box_whose_account_has_ended_is_nobody(world: World) -> None:
    from broadcaster.store import devices as rows

    box = world.enrol()
    devices.retire(world.office, actor=world.person("hoa"), device=box.id)
    with world.database.writing() as tx:
        rows.note_account_ended(tx, box.id, now=world.clock.now)

    assert intake.box(world.office, box.id) is None
    assert intake.box(world.office, DeviceId("loa-nobody")) is None


def epoch(world: World) -> int:
    """Return the station's epoch."""
    with world.database.reading() as tx:
        found = station_rows.get(tx, world.station)
    assert found is not None
    return found.epoch


@pytest.mark.parametrize("document", ["plan", "alerts"])
def test_restored_database_begins_an_epoch_that_every_box_believes(world: World, document: str) -> None:
    box = world.enrol()
    world.reconcile()
    before = world.rung.planner
    says(world, box, box.status(**{document: Revision(epoch=1, seq=500)}))

    assert (epoch(world), world.rung.planner) == (2, before + 1)
    (renewed,) = world.reconcile()
    assert (renewed.epoch, renewed.device) == (2, box.id)
    with world.database.reading() as tx:
        assert audit.latest(tx, world.station)[0].action == "station.epoch"


def test_second_box_from_before_the_restore_changes_nothing_more(world: World) -> None:
    here, there = world.enrol(0), world.enrol(1)
    world.reconcile()
    ahead = Revision(epoch=1, seq=500)
    says(world, here, here.status(plan=ahead, alerts=ahead))
    says(world, there, there.status(plan=ahead, alerts=ahead))

    assert epoch(world) == 2


def test_box_that_obeys_what_we_said_is_no_reason_for_a_new_epoch(world: World) -> None:
    box = world.enrol()
    (plan,) = world.reconcile()
    with world.database.writing() as tx:
        beat = station_rows.next_alerts_seq(tx, world.station)
    held = Revision(epoch=plan.epoch, seq=plan.seq)
    says(world, box, box.status(plan=held, alerts=Revision(epoch=1, seq=beat)))

    assert epoch(world) == 1


def test_lying_box_cannot_use_the_epochs_up(world: World) -> None:
    """Else one stolen key could push the epoch to its end, and no document would ever be new again."""
    box = world.enrol()
    world.reconcile()
    says(world, box, box.status(plan=Revision(epoch=2**53 - 1, seq=1)))
    assert epoch(world) == 1

    says(world, box, box.status(plan=Revision(epoch=1 + EPOCHS_BEHIND, seq=1)))
    assert epoch(world) == 2 + EPOCHS_BEHIND
    with world.database.reading() as tx:
        assert documents.get(tx, box.id)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_acknowledged_run_has_no_gap(numbers: list[int]) -> None:
    end = end_of_first_run(numbers)

    assert set(range(min(numbers), end + 1)) <= set(numbers)
    assert end + 1 not in numbers
