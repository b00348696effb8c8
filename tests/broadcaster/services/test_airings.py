"""An approved bulletin is aired, placed later, or refused with the reason; planned once however often it is sent."""

from datetime import datetime, timedelta

import pytest

from broadcaster.domain.audience import UnknownAudience, of_clusters, of_hamlets
from broadcaster.domain.bulletin import WrongState
from broadcaster.domain.delivery import Outcome
from broadcaster.domain.ids import AiringId
from broadcaster.domain.permissions import NotAllowed
from broadcaster.domain.station import NoSuchThing, Rules
from broadcaster.domain.timetable import LEAD, AiringOver, Clash, InQuietHours, NobodyToHear, TimeInThePast
from broadcaster.services import airings, stations
from broadcaster.services.airings import AiringIdTaken
from broadcaster.store import airings as rows
from tests.fakes.station_world import VOICES, World, open_neighbour

TEN = timedelta(hours=10)


def test_now_is_planned_for_every_cluster(world: World) -> None:
    airing = world.plan(world.approved())

    assert airing.start_at == world.clock.now + LEAD
    with world.database.reading() as tx:
        found = airings.deliveries(tx, airing, now=world.clock.now)
    assert [(d.target.cluster, d.outcome, d.reason) for d in found] == [
        (world.clusters[0], Outcome.PLANNED, "not_installed"), (world.clusters[1], Outcome.PLANNED, "not_installed"),
    ]  # fmt: skip


def test_queue_of_two_waits_its_turn(world: World) -> None:
    approved = world.approved()
    first, second = world.plan(approved), world.plan(approved)

    assert second.start_at >= first.end_at


def test_clash_is_refused_with_a_start_that_is_free(world: World) -> None:
    approved = world.approved()
    at = world.clock.now + timedelta(hours=2)
    world.plan(approved, at)

    with pytest.raises(Clash) as clash:
        world.plan(approved, at)
    assert world.plan(approved, clash.value.free_at).start_at == clash.value.free_at


def test_other_hamlets_do_not_clash(world: World) -> None:
    approved, at = world.approved(), world.clock.now + timedelta(hours=2)
    world.plan(approved, at, audience=of_hamlets([world.hamlets[0]]))

    assert world.plan(approved, at, audience=of_clusters([world.clusters[1]])).start_at == at


def test_cancelled_airing_leaves_its_time(world: World) -> None:
    approved, at = world.approved(), world.clock.now + timedelta(hours=2)
    airings.cancel(world.office, actor=world.person("minh"), airing=world.plan(approved, at).id)

    assert world.plan(approved, at).start_at == at


@pytest.mark.parametrize(
    ("ahead", "kind"), [(timedelta(seconds=-1), TimeInThePast), (timedelta(hours=15), InQuietHours)]
)
def test_bad_times_are_refused(sqlite_world: World, ahead: timedelta, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        sqlite_world.plan(sqlite_world.approved(), sqlite_world.clock.now + ahead)


def test_only_what_is_approved_is_aired(sqlite_world: World) -> None:
    draft = sqlite_world.write()
    sqlite_world.render()

    with pytest.raises(WrongState):
        sqlite_world.plan(draft)


def test_only_those_who_may_plan_do(sqlite_world: World) -> None:
    approved = sqlite_world.approved()

    with pytest.raises(NotAllowed):
        sqlite_world.plan(approved, actor="hoa")
    with pytest.raises(NotAllowed):
        airings.cancel(sqlite_world.office, actor=sqlite_world.person("hoa"), airing=sqlite_world.plan(approved).id)


def test_unknown_audience_and_empty_hamlet_are_refused(sqlite_world: World) -> None:
    approved = sqlite_world.approved()
    lonely = stations.add_hamlet(sqlite_world.office, actor=sqlite_world.person("hoa"), name="Thôn Mới")

    with pytest.raises(UnknownAudience):
        sqlite_world.plan(approved, audience=of_hamlets(["th-nowhere"]))
    with pytest.raises(NobodyToHear):
        sqlite_world.plan(approved, audience=of_hamlets([lonely.id]))


def test_form_sent_twice_plans_once(world: World) -> None:
    approved, name = world.approved(), AiringId("lp-2345678abc")

    first, again = (world.plan(approved, airing_id=name) for _ in range(2))

    assert first == again
    with world.database.reading() as tx:
        assert [a.id for a in rows.of_bulletin(tx, world.station, approved.id)] == [name]


@pytest.mark.parametrize("name", ["", "x" * 41, "lp-\0", "lp/+/#", "lp-é", "\ud800"])
def test_id_that_no_plan_could_carry_is_refused(world: World, name: str) -> None:
    approved = world.approved()
    if not name:
        assert world.plan(approved, airing_id=AiringId(name)).id.startswith("lp-")
        return

    with pytest.raises(AiringIdTaken):
        world.plan(approved, airing_id=AiringId(name))


def test_id_of_anothers_airing_is_refused(world: World) -> None:
    neighbour = open_neighbour(world)
    theirs = neighbour.plan(neighbour.approved())
    with pytest.raises(NoSuchThing):
        airings.cancel(world.office, actor=world.person("lan"), airing=theirs.id)
    mine, other = world.approved(), world.approved(text="Bản tin khác.")
    of_mine = world.plan(mine)

    for name in (theirs.id, of_mine.id):
        with pytest.raises(AiringIdTaken):
            world.plan(other, airing_id=name)


def test_airing_keeps_the_recording_that_was_approved(world: World) -> None:
    approved = world.approved()
    airing = world.plan(approved)

    assert airing.recording_sha256 == approved.recording_sha256


def test_cancelling_is_possible_until_the_last_late_box_has_ended(world: World) -> None:
    airing = world.plan(world.approved())
    world.clock.now = airing.over_at - timedelta(seconds=1)

    cancelled = airings.cancel(world.office, actor=world.person("lan"), airing=airing.id)

    assert cancelled.cancelled_at == world.clock.now
    with pytest.raises(AiringOver):
        airings.cancel(world.office, actor=world.person("lan"), airing=airing.id)


def test_what_is_over_is_not_cancelled(world: World) -> None:
    airing = world.plan(world.approved())
    world.clock.now = airing.over_at

    with pytest.raises(AiringOver):
        airings.cancel(world.office, actor=world.person("lan"), airing=airing.id)
    with pytest.raises(NoSuchThing):
        airings.cancel(world.office, actor=world.person("lan"), airing=AiringId("lp-nowhere"))


def test_late_start_ends_before_the_night(sqlite_world: World) -> None:
    world = sqlite_world
    approved = world.approved()
    night = datetime(2026, 3, 2, 15, tzinfo=world.clock.now.tzinfo)  # 22:00 there
    airing = world.plan(approved, night - timedelta(seconds=10))

    assert airing.not_after + airing.duration <= night


def test_new_rules_hold_for_new_airings(sqlite_world: World) -> None:
    world = sqlite_world
    approved = world.approved()
    stations.change_rules(world.office, actor=world.person("hoa"), rules=Rules(quiet_hours=()), voices=VOICES)

    assert world.plan(approved, world.clock.now + timedelta(hours=15))
