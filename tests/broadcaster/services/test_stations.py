"""A station is set up once; its rules and places are its own."""

from dataclasses import replace
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.ids import HamletId
from broadcaster.domain.permissions import NotAllowed, Role
from broadcaster.domain.station import (
    AlreadySetUp,
    NameTaken,
    NoHamlets,
    NoSuchThing,
    QuietHours,
    Rules,
    UnknownVoice,
    WrongSetUpCode,
)
from broadcaster.services import bulletins, stations
from broadcaster.services.people import LastAdministrator, NewPerson, UsernameTaken
from broadcaster.services.stations import NewStation, check_set_up_code, slug
from broadcaster.store import stations as rows
from broadcaster.store.engine import Database
from tests.fakes.station_office import Clock, FastPasswords, Rung, office_of
from tests.fakes.station_world import PASSWORD, VOICES, World, new_people, open_neighbour, open_world
from wire import topics
from wire.topics import DeviceTopic


def test_station_is_set_up_as_entered(world: World) -> None:
    with world.database.reading() as tx:
        station = rows.first(tx)
        hamlets = rows.hamlets_of(tx, world.station)
    assert station is not None
    assert (station.id, station.name, station.epoch) == ("xa-hong-phong", "Xã Hồng Phong", 1)
    assert station.rules == Rules()
    assert [h.name for h in hamlets] == ["Thôn Kép", "Thôn Ngọt"]


def test_station_is_set_up_once(world: World) -> None:
    with pytest.raises(AlreadySetUp):
        open_world(world.database, name="Xã Khác")


def test_set_up_that_fails_leaves_nothing(database: Database) -> None:
    hoa = NewPerson(username="hoa", full_name="Hoa", password=PASSWORD, roles=frozenset({Role.ADMINISTRATOR}))
    new = NewStation(name="Xã A", province="B", hamlets=("Thôn",), people=(hoa, hoa), rules=Rules())

    with pytest.raises(UsernameTaken):
        stations.set_up(office_of(database, Clock(), Rung()), FastPasswords(), new=new, make_key=lambda _: None)
    with database.reading() as tx:
        assert rows.first(tx) is None


def test_set_up_wants_hamlets_and_an_administrator(sqlite_world: World) -> None:
    people = new_people(sqlite_world)
    for new, kind in (
        (NewStation(name="A", province="B", hamlets=(" ", ""), people=people, rules=Rules()), NoHamlets),
        (NewStation(name="A", province="B", hamlets=("T",), people=people[:2], rules=Rules()), LastAdministrator),
    ):
        with pytest.raises(kind):
            stations.set_up(sqlite_world.office, FastPasswords(), new=new, make_key=lambda _: None)
    assert Role.ADMINISTRATOR not in people[0].roles | people[1].roles


@pytest.mark.parametrize("entered", ["abcd1234", " ABCD1234 "])
def test_set_up_code_is_checked(entered: str) -> None:
    check_set_up_code(entered, expected="ABCD1234")
    for wrong in ("", "ABCD123", "đúng"):
        with pytest.raises(WrongSetUpCode):
            check_set_up_code(wrong, expected="ABCD1234")


def test_rules_are_kept_whole(world: World) -> None:
    siesta = (QuietHours(start=time(11, 30), end=time(13)), QuietHours(start=time(22), end=time(5)))
    rules = Rules(quiet_hours=siesta, self_approval=True, voices=("gtts", "espeak"))
    stations.change_rules(world.office, actor=world.person("hoa"), rules=rules, voices=VOICES)

    with world.database.reading() as tx:
        assert rows.get(tx, world.station).rules == rules  # type: ignore[union-attr] # it is there
    with pytest.raises(UnknownVoice):
        stations.change_rules(
            world.office, actor=world.person("hoa"), rules=replace(rules, voices=("piper",)), voices=VOICES
        )  # fmt: skip
    with pytest.raises(NotAllowed):
        stations.change_rules(world.office, actor=world.person("minh"), rules=rules, voices=VOICES)


def test_names_are_taken_once_however_they_are_typed(world: World) -> None:
    hoa, kep = world.person("hoa"), world.hamlets[0]
    for twin in ("Thôn Kép", " Thôn  Ke\u0301p\u200b"):
        with pytest.raises(NameTaken):
            stations.add_hamlet(world.office, actor=hoa, name=twin)
    with pytest.raises(NameTaken):
        stations.add_cluster(world.office, actor=hoa, hamlet=kep, name="Cụm 1")

    assert stations.add_hamlet(world.office, actor=hoa, name="Thôn Xa").name == "Thôn Xa"
    with world.database.reading() as tx:
        assert [h.name for h in rows.hamlets_of(tx, world.station)] == ["Thôn Kép", "Thôn Ngọt", "Thôn Xa"]


def test_neighbours_places_are_unknown(world: World) -> None:
    neighbour = open_neighbour(world)

    for hamlet in (neighbour.hamlets[0], HamletId("th-nowhere")):
        with pytest.raises(NoSuchThing):
            stations.add_cluster(world.office, actor=world.person("hoa"), hamlet=hamlet, name="Cụm 9")


def test_neighbours_bulletins_are_unknown(world: World) -> None:
    neighbour = open_neighbour(world)
    theirs = neighbour.approved()

    for step in (
        lambda: world.find(theirs),
        lambda: world.rewrite(theirs),
        lambda: world.plan(theirs),
        lambda: bulletins.submit(world.office, actor=world.person("lan"), bulletin=theirs.id),
        lambda: bulletins.withdraw(world.office, actor=world.person("lan"), bulletin=theirs.id),
        lambda: bulletins.send_back(world.office, actor=world.person("minh"), bulletin=theirs.id, note="x"),
        lambda: bulletins.approve(
            world.office, actor=world.person("minh"), bulletin=theirs.id,
            text_sha256=theirs.text_sha256, recording_sha256=str(theirs.recording_sha256),
        ),
    ):  # fmt: skip
        with pytest.raises(NoSuchThing):
            step()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Xã Hồng Phong", "xa-hong-phong"), ("Đặc khu Phú Quý", "dac-khu-phu-quy"), ("!!!", "dai"), ("村", "dai"),
     ("a" * 80, "a" * 38), ("x" * 37 + " y", "x" * 37), ("İstanbul", "istanbul")],
)  # fmt: skip
def test_slug_is_read_by_people(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(st.text(max_size=80))
def test_slug_may_always_stand_in_a_topic(name: str) -> None:
    assert topics.of_device(slug(name), "loa-1", DeviceTopic.PLAN)
