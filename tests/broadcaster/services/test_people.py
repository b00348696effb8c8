"""Accounts: names and passwords as entered, roles as given, and always an administrator."""

import pytest

from broadcaster.domain.ids import UserId
from broadcaster.domain.permissions import NotAllowed, Role
from broadcaster.domain.station import NameMissing, NoSuchThing
from broadcaster.services import people, signing_in
from broadcaster.services.people import (
    BadUsername,
    LastAdministrator,
    NewPerson,
    NoRole,
    PasswordTooLong,
    PasswordTooShort,
    UsernameTaken,
)
from broadcaster.store import accounts
from tests.fakes.station_office import FastPasswords
from tests.fakes.station_world import PASSWORD, World, open_neighbour

NEW = NewPerson(username="Thu.Ha", full_name=" Thu  Hà ", password=PASSWORD, roles=frozenset({Role.EDITOR}))


def add(world: World, new: NewPerson = NEW, actor: str = "hoa"):  # type: ignore[no-untyped-def] # add_person's own
    """Add a person."""
    return people.add_person(world.office, FastPasswords(), actor=world.person(actor), new=new)


def change(world: World, user: UserId, *, roles: set[Role], disabled: bool = False, actor: str = "hoa") -> None:
    """Change a person."""
    people.change_person(
        world.office, actor=world.person(actor), user=user, roles=frozenset(roles), disabled=disabled, full_name="X"
    )  # fmt: skip


def test_new_person_can_sign_in(world: World) -> None:
    person = add(world)

    assert (person.name, person.station) == ("Thu Hà", world.station)
    assert signing_in.sign_in(
        world.office, FastPasswords(), username="thu.ha", password=PASSWORD, address="192.0.2.1"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("username", "ab", BadUsername), ("username", "hà", BadUsername), ("username", "a" * 33, BadUsername),
        ("username", "-abc", BadUsername), ("username", "a\0bc", BadUsername), ("full_name", " ", NameMissing),
        ("password", "ngan", PasswordTooShort), ("password", "x" * 201, PasswordTooLong),
        ("roles", frozenset(), NoRole),
    ],
)  # fmt: skip
def test_bad_entries_are_refused(sqlite_world: World, field: str, value: object, kind: type[Exception]) -> None:
    from dataclasses import replace

    with pytest.raises(kind):
        add(sqlite_world, replace(NEW, **{field: value}))


def test_username_is_the_installations(world: World) -> None:
    add(world)
    neighbour = open_neighbour(world)

    for station in (world, neighbour):
        with pytest.raises(UsernameTaken):
            add(station)


def test_last_administrator_stays(world: World) -> None:
    hoa = world.person("hoa")
    for roles, disabled in (({Role.EDITOR}, False), ({Role.ADMINISTRATOR}, True)):
        with pytest.raises(LastAdministrator):
            change(world, hoa.id, roles=roles, disabled=disabled)
    assert world.person("hoa") == hoa

    change(world, world.person("lan").id, roles={Role.ADMINISTRATOR})
    change(world, hoa.id, roles={Role.EDITOR})
    assert world.person("hoa").roles == {Role.EDITOR}


def test_disabled_administrator_does_not_count(world: World) -> None:
    lan = world.person("lan").id
    change(world, lan, roles={Role.ADMINISTRATOR}, disabled=True)

    with pytest.raises(LastAdministrator):
        change(world, world.person("hoa").id, roles={Role.EDITOR})


def test_neighbours_administrator_does_not_count(world: World) -> None:
    open_neighbour(world)

    with pytest.raises(LastAdministrator):
        change(world, world.person("hoa").id, roles={Role.EDITOR})


def test_password_is_ones_own_or_the_administrators_to_set(world: World) -> None:
    lan, minh = world.person("lan"), world.person("minh")

    def sets(actor: str, user: UserId) -> None:
        people.set_password(
            world.office, FastPasswords(), actor=world.person(actor), user=user, password="mot cau khac han"
        )  # fmt: skip

    sets("lan", lan.id)
    sets("hoa", minh.id)
    with pytest.raises(NotAllowed):
        sets("lan", minh.id)


def test_new_password_ends_every_sign_in(world: World) -> None:
    entry = signing_in.sign_in(
        world.office, FastPasswords(), username=world.username("lan"), password=PASSWORD, address=""
    )
    people.set_password(
        world.office, FastPasswords(), actor=world.person("lan"), user=world.person("lan").id, password="x" * 12
    )

    with pytest.raises(signing_in.NobodyKnown):
        signing_in.who_is_signed_in(world.office, entry.secret)


def test_language_is_one_that_there_is(sqlite_world: World) -> None:
    for wanted, kept in (("en", "en"), ("xx", "vi")):
        people.set_language(sqlite_world.office, actor=sqlite_world.person("lan"), language=wanted)
        with sqlite_world.database.reading() as tx:
            assert accounts.by_username(tx, sqlite_world.username("lan")).language == kept  # type: ignore[union-attr] # it is there


@pytest.mark.parametrize("actor", ["lan", "minh", "dung"])
def test_only_administrators_administer(sqlite_world: World, actor: str) -> None:
    who, lan = sqlite_world.person(actor), sqlite_world.person("lan").id
    with pytest.raises(NotAllowed):
        add(sqlite_world, actor=actor)
    with pytest.raises(NotAllowed):
        change(sqlite_world, lan, roles={Role.ADMINISTRATOR}, actor=actor)
    with pytest.raises(NotAllowed):
        people.issue_token(sqlite_world.office, actor=who, user=lan, name="x")
    with pytest.raises(NotAllowed):
        people.revoke_token(sqlite_world.office, actor=who, token_id="x")


def test_people_and_tokens_of_others_are_unknown(world: World) -> None:
    neighbour = open_neighbour(world)
    theirs, hoa = neighbour.person("lan").id, world.person("hoa")
    people.issue_token(world.office, actor=neighbour.person("hoa"), user=theirs, name="máy in")
    with world.database.reading() as tx:
        (token,) = accounts.tokens_of(tx, neighbour.station)
        assert accounts.tokens_of(tx, world.station) == ()

    with pytest.raises(NoSuchThing):
        change(world, theirs, roles={Role.EDITOR})
    with pytest.raises(NoSuchThing):
        people.set_password(world.office, FastPasswords(), actor=hoa, user=theirs, password="x" * 12)
    with pytest.raises(NoSuchThing):
        people.issue_token(world.office, actor=hoa, user=theirs, name="x")
    with pytest.raises(NoSuchThing):
        people.revoke_token(world.office, actor=hoa, token_id=token.id)
