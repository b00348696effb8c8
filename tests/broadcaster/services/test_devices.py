"""Boxes are taken in by one-time codes; a code works once, for a day, and guessing is limited."""

import threading
from datetime import timedelta

import pytest

from broadcaster.domain.ids import ClusterId, DeviceId
from broadcaster.domain.permissions import NotAllowed
from broadcaster.domain.station import NoSuchThing
from broadcaster.services import devices
from broadcaster.services.devices import CODE_FAILURES, CODE_LIFE, BadDeviceKey, CodeExpired, CodeRefused, CodeUsed
from broadcaster.services.signing_in import TRIES, TooManyTries
from broadcaster.store import devices as rows
from broadcaster.store import targets as target_rows
from tests.fakes.station_box import FakeBox
from tests.fakes.station_world import World, open_neighbour
from wire import enrolment, seal


def wrong(code: str) -> str:
    """Return a code with the same public name and another secret."""
    return code[:-1] + ("0" if code[-1] != "0" else "1")


def test_box_learns_who_it_is(world: World) -> None:
    code, box = world.code(1), FakeBox(now=world.clock)
    reply = box.accept(world.answer(box, code.code), code.code)

    assert (reply.station, reply.cluster, reply.hamlet) == (world.station, "Cụm 2", "Thôn Ngọt")
    assert reply.station_key_pem == seal.public_pem(world.keys[world.station])
    assert (reply.broker.username, reply.broker.password) == (f"{world.station}.{box.id}", "secret")
    with world.database.reading() as tx:
        found = rows.get(tx, box.id)
    assert found is not None
    assert (found.cluster, found.public_key_pem) == (world.clusters[1], seal.public_pem(box.key))


@pytest.mark.parametrize("typed", ["{}", " {} ", "{}\n"])
def test_code_is_typed_as_people_type(sqlite_world: World, typed: str) -> None:
    code, box = sqlite_world.code(), FakeBox(now=sqlite_world.clock)

    box.accept(sqlite_world.answer(box, typed.format(devices.shown_code(code).lower())), code.code)

    assert box.id


def test_code_works_once(world: World) -> None:
    code, box = world.code().code, FakeBox(now=world.clock)
    world.answer(box, code)

    for late in (box, FakeBox(now=world.clock)):
        with pytest.raises(CodeUsed):
            world.answer(late, code)
    with world.database.reading() as tx:
        assert len(rows.of_station(tx, world.station)) == 1
    assert len(world.accounts.live) == 1


def test_two_boxes_that_race_for_one_code_leave_one(world: World) -> None:
    code = world.code().code
    both_have_accounts, refused = threading.Barrier(2, timeout=60), []
    create = world.accounts.create

    def create_together(station: str, device: str) -> tuple[str | None, str | None]:
        account = create(station, device)
        both_have_accounts.wait()
        return account

    world.accounts.create = create_together  # type: ignore[method-assign] # for this race

    def race() -> None:
        try:
            world.answer(FakeBox(now=world.clock), code)
        except CodeUsed as exc:
            refused.append(exc)

    racers = [threading.Thread(target=race) for _ in range(2)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    with world.database.reading() as tx:
        (won,) = rows.of_station(tx, world.station)
    assert len(refused) == 1
    assert world.accounts.live == {(world.station, won.id)}


def test_code_dies_after_a_day(world: World) -> None:
    code = world.code().code
    world.clock.now += CODE_LIFE

    with pytest.raises(CodeExpired):
        world.answer(FakeBox(now=world.clock), code)


def test_new_code_voids_the_old_one(world: World) -> None:
    old, new = world.code(), world.code()

    with pytest.raises(CodeRefused):
        world.answer(FakeBox(now=world.clock), old.code)
    with world.database.reading() as tx:
        assert rows.open_code_of(tx, world.clusters[0], now=world.clock.now) == new


def test_guessing_the_secret_ends_the_code(world: World) -> None:
    code = world.code().code
    for guess in range(CODE_FAILURES):
        with pytest.raises(CodeRefused):
            world.answer(FakeBox(now=world.clock), wrong(code), address=f"192.0.2.{guess}")

    with pytest.raises(CodeExpired):
        world.answer(FakeBox(now=world.clock), code, address="192.0.2.99")


def test_guessing_names_is_limited_by_address(world: World) -> None:
    code = world.code().code
    for n in range(TRIES):
        with pytest.raises(CodeRefused):
            world.answer(FakeBox(now=world.clock), f"ZZZ{n}" + "0" * 12)

    with pytest.raises(TooManyTries):
        world.answer(FakeBox(now=world.clock), code)
    assert world.answer(FakeBox(now=world.clock), code, address="192.0.2.2")


@pytest.mark.parametrize("name", ["", "AB", "ABCDE", "\0\0\0\0", "\ud800ABC", "abcd", "'; --"])
def test_nonsense_is_a_wrong_code(world: World, name: str) -> None:
    with pytest.raises(CodeRefused):
        devices.enrol(
            world.office, sealed=enrolment.Sealed.model_construct(code_name=name, sealed="x" * 100), address="",
            station_key_pem=str, broker=enrolment.BrokerAccount(url="mqtt://x"), broker_accounts=world.accounts,
        )  # fmt: skip
    assert world.accounts.live == set()


def test_sealed_nonsense_counts_as_a_guess(world: World) -> None:
    code = world.code()
    sealed = enrolment.Sealed(code_name=code.name, sealed="eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA")

    with pytest.raises(CodeRefused):
        devices.enrol(
            world.office, sealed=sealed, address="", station_key_pem=str,
            broker=enrolment.BrokerAccount(url="mqtt://x"), broker_accounts=world.accounts,
        )  # fmt: skip
    with world.database.reading() as tx:
        found = rows.code_named(tx, code.name)
    assert found is not None
    assert found.failures == 1


def test_key_that_is_none_is_refused_and_the_code_lives(sqlite_world: World) -> None:
    world, code = sqlite_world, sqlite_world.code().code
    bad = enrolment.EnrolRequest(public_key_pem="-----BEGIN nothing", agent_version="0")

    with pytest.raises(BadDeviceKey):
        devices.enrol(
            world.office, sealed=enrolment.seal_with_code(bad, code), address="", station_key_pem=str,
            broker=enrolment.BrokerAccount(url="mqtt://x"), broker_accounts=world.accounts,
        )  # fmt: skip
    assert world.answer(FakeBox(now=world.clock), code)


def test_private_half_of_a_careless_box_is_not_kept(sqlite_world: World) -> None:
    world, code, key = sqlite_world, sqlite_world.code().code, seal.new_key()
    careless = enrolment.EnrolRequest(public_key_pem=seal.private_pem(key), agent_version="0")
    devices.enrol(
        world.office, sealed=enrolment.seal_with_code(careless, code), address="",
        station_key_pem=lambda _: "", broker=enrolment.BrokerAccount(url="mqtt://x"), broker_accounts=world.accounts,
    )  # fmt: skip

    with world.database.reading() as tx:
        (box,) = rows.of_station(tx, world.station)
    assert box.public_key_pem == seal.public_pem(key)


def test_new_box_takes_the_place_and_the_airings_of_the_old(world: World) -> None:
    old = world.enrol()
    airing = world.plan(world.approved(), world.clock.now + timedelta(hours=1))
    new = world.enrol()

    with world.database.reading() as tx:
        assert rows.by_cluster(tx, world.station) == {world.clusters[0]: new.id}
        assert target_rows.of_airings(tx, [airing.id])[airing.id][0].device == new.id
        assert rows.get(tx, old.id).retired_at == world.clock.now  # type: ignore[union-attr] # it is there


def test_retired_box_leaves_its_cluster_without_one(world: World) -> None:
    box = world.enrol()
    airing = world.plan(world.approved(), world.clock.now + timedelta(hours=1))
    devices.retire(world.office, actor=world.person("hoa"), device=box.id)

    with world.database.reading() as tx:
        assert target_rows.of_airings(tx, [airing.id])[airing.id][0].device is None
    with pytest.raises(NoSuchThing):
        devices.retire(world.office, actor=world.person("hoa"), device=box.id)


def test_only_technicians_and_administrators_keep_boxes(sqlite_world: World) -> None:
    box = sqlite_world.enrol()
    for name in ("lan", "minh"):
        with pytest.raises(NotAllowed):
            devices.issue_code(sqlite_world.office, actor=sqlite_world.person(name), cluster=sqlite_world.clusters[0])
        with pytest.raises(NotAllowed):
            devices.retire(sqlite_world.office, actor=sqlite_world.person(name), device=box.id)


def test_places_of_others_are_unknown(world: World) -> None:
    neighbour = open_neighbour(world)
    theirs, hoa = neighbour.enrol(), world.person("hoa")

    with pytest.raises(NoSuchThing):
        devices.retire(world.office, actor=hoa, device=theirs.id)
    for cluster in (neighbour.clusters[0], ClusterId("cl-nowhere")):
        with pytest.raises(NoSuchThing):
            devices.issue_code(world.office, actor=hoa, cluster=cluster)
    with pytest.raises(NoSuchThing):
        devices.retire(world.office, actor=hoa, device=DeviceId("loa-nobody"))
