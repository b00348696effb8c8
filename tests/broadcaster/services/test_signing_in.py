"""Signing in is limited by name and place, and no stranger can lock an officer out of their own station."""

from datetime import timedelta

import pytest

from broadcaster.services import people, signing_in
from broadcaster.services.signing_in import (
    SESSION_LENGTH,
    TRIES,
    TRIES_OF_A_NAME,
    TRIES_OF_A_PLACE,
    TRIES_WITHIN,
    NobodyKnown,
    SignedIn,
    SignInFailed,
    TooManyTries,
)
from tests.fakes.station_office import FastPasswords
from tests.fakes.station_world import PASSWORD, World

OFFICE, STRANGER = "203.0.113.7", "198.51.100.1"


def sign_in(world: World, name: str = "lan", password: str = PASSWORD, address: str = OFFICE) -> SignedIn:
    """Sign in."""
    return signing_in.sign_in(
        world.office, FastPasswords(), username=world.username(name), password=password, address=address
    )  # fmt: skip


def test_nobody_at_the_next_desk_locks_an_officer_out_of_a_known_browser(sqlite_world: World) -> None:
    def with_browser(browser: str, password: str = PASSWORD) -> SignedIn:
        return signing_in.sign_in(
            sqlite_world.office, FastPasswords(), username=sqlite_world.username("lan"), password=password,
            address=OFFICE, browser=browser,
        )  # fmt: skip

    known = with_browser("").browser
    fail(sqlite_world, TRIES)

    assert with_browser(known).browser == known
    for unknown in ("", "made up", sign_in(sqlite_world, "minh").browser):
        with pytest.raises(TooManyTries):
            with_browser(unknown)
    for _ in range(TRIES):
        with pytest.raises(SignInFailed):
            with_browser(known, "wrong")
    with pytest.raises(TooManyTries):
        with_browser(known)


def fail(world: World, times: int, name: str = "lan", address: str = OFFICE) -> None:
    """Try a wrong password."""
    for _ in range(times):
        with pytest.raises(SignInFailed):
            sign_in(world, name, "wrong", address)


def test_session_knows_its_person(world: World) -> None:
    session = signing_in.who_is_signed_in(world.office, sign_in(world).secret)

    assert session.account.person == world.person("lan")
    assert len(session.csrf) >= 40


@pytest.mark.parametrize("typed", ["LAN.XA-HONG-PHONG", "  lan.xa-hong-phong\n"])
def test_name_is_taken_in_any_case(sqlite_world: World, typed: str) -> None:
    assert signing_in.sign_in(
        sqlite_world.office, FastPasswords(), username=typed, password=PASSWORD, address=OFFICE
    )  # fmt: skip


@pytest.mark.parametrize("name", ["", "nobody", "\0", "lan\0", "\ud800", "x" * 10_000, "' or 1=1 --", "* *"])
def test_unknown_name_is_refused_as_a_wrong_password_is(world: World, name: str) -> None:
    with pytest.raises(SignInFailed):
        signing_in.sign_in(world.office, FastPasswords(), username=name, password=PASSWORD, address="")


def test_forgetful_officer_waits_a_quarter_of_an_hour(world: World) -> None:
    fail(world, TRIES)
    with pytest.raises(TooManyTries, match="15 phút"):
        sign_in(world)

    world.clock.now += TRIES_WITHIN + timedelta(seconds=1)
    assert sign_in(world)


def test_success_takes_nothing_from_the_limit(world: World) -> None:
    """Only wrong passwords count, however often somebody signs in."""
    for _ in range(TRIES + 2):
        sign_in(world)
    fail(world, TRIES - 1)

    assert sign_in(world)


def test_forgetful_colleague_locks_nobody_else_out(sqlite_world: World) -> None:
    fail(sqlite_world, TRIES, "minh")

    assert sign_in(sqlite_world, "lan")


def test_stranger_locks_nobody_out(sqlite_world: World) -> None:
    """However many addresses the stranger has: where the officer has signed in lately, the officer comes in."""
    sign_in(sqlite_world)
    sqlite_world.clock.advance(days=20)
    for n in range(TRIES_OF_A_NAME // TRIES):
        fail(sqlite_world, TRIES, address=f"198.51.100.{n}")

    with pytest.raises(TooManyTries):
        sign_in(sqlite_world, address="198.51.100.200")
    assert sign_in(sqlite_world)


def test_one_place_cannot_try_name_after_name(sqlite_world: World) -> None:
    for n in range(TRIES_OF_A_PLACE):
        fail(sqlite_world, 1, f"name{n}", STRANGER)

    with pytest.raises(TooManyTries):
        sign_in(sqlite_world, address=STRANGER)
    assert sign_in(sqlite_world, address=OFFICE)


def test_subscriber_with_countless_addresses_is_one_place(sqlite_world: World) -> None:
    for n in range(TRIES):
        fail(sqlite_world, 1, address=f"2001:db8:1:2::{n:x}")

    with pytest.raises(TooManyTries):
        sign_in(sqlite_world, address="2001:db8:1:2:ffff::1")
    assert sign_in(sqlite_world, address="2001:db8:1:3::1")


def test_try_counts_before_the_password_is_looked_at(sqlite_world: World) -> None:
    """Else a hundred requests at once would all pass the limit before the first of them has failed."""
    fail(sqlite_world, TRIES - 1)
    met: list[str] = []

    class Curious(FastPasswords):
        def verify(self, password: str, hash: str) -> bool:
            try:
                sign_in(sqlite_world)
            except TooManyTries as exc:
                met.append(exc.code)
            return False

    with pytest.raises(SignInFailed):
        signing_in.sign_in(
            sqlite_world.office, Curious(), username=sqlite_world.username("lan"), password="x", address=OFFICE
        )
    assert met == ["too_many_tries"]


def test_old_tries_are_forgotten(sqlite_world: World) -> None:
    from broadcaster.store import accounts

    sign_in(sqlite_world)
    fail(sqlite_world, 1)
    for days, left in ((2, (0, 1)), (31, (0, 0))):
        sqlite_world.clock.advance(days=days)
        with sqlite_world.database.writing() as tx:
            signing_in.forget_tries(tx, now=sqlite_world.clock.now)
            since, who = sqlite_world.clock.now - timedelta(days=99), f"{sqlite_world.username('lan')} {OFFICE}"
            assert (
                accounts.attempts_since(tx, "sign_in", who=who, since=since),
                accounts.attempts_since(tx, "signed_in", who=who, since=since),
            ) == left


def test_session_ends_by_itself_and_is_pushed_on_by_use(world: World) -> None:
    secret = sign_in(world).secret
    world.clock.now += SESSION_LENGTH - timedelta(minutes=1)
    signing_in.who_is_signed_in(world.office, secret)
    world.clock.now += SESSION_LENGTH - timedelta(minutes=1)
    signing_in.who_is_signed_in(world.office, secret)
    world.clock.now += SESSION_LENGTH

    with pytest.raises(NobodyKnown):
        signing_in.who_is_signed_in(world.office, secret)


def test_copied_cookie_is_worthless_after_signing_out(world: World) -> None:
    mine, other = sign_in(world).secret, sign_in(world).secret
    signing_in.sign_out(world.office, mine)

    with pytest.raises(NobodyKnown):
        signing_in.who_is_signed_in(world.office, mine)
    assert signing_in.who_is_signed_in(world.office, other)


@pytest.mark.parametrize("secret", ["", "x", "\u20ac" * 1000])
def test_unknown_secrets_are_nobody(world: World, secret: str) -> None:
    with pytest.raises(NobodyKnown):
        signing_in.who_is_signed_in(world.office, secret)
    with pytest.raises(NobodyKnown):
        signing_in.who_bears(world.office, secret)


def test_token_bears_its_person_until_it_is_revoked(world: World) -> None:
    from broadcaster.store import accounts

    secret = people.issue_token(
        world.office, actor=world.person("hoa"), user=world.person("lan").id, name="máy in"
    )  # fmt: skip
    assert signing_in.who_bears(world.office, secret).person == world.person("lan")

    with world.database.reading() as tx:
        (token,) = accounts.tokens_of(tx, world.station)
    people.revoke_token(world.office, actor=world.person("hoa"), token_id=token.id)
    with pytest.raises(NobodyKnown):
        signing_in.who_bears(world.office, secret)


def test_disabled_person_is_out_at_once(world: World) -> None:
    hoa, lan = world.person("hoa"), world.person("lan")
    secret = sign_in(world).secret
    token = people.issue_token(world.office, actor=hoa, user=lan.id, name="máy in")
    people.change_person(
        world.office, actor=hoa, user=lan.id, roles=lan.roles, disabled=True, full_name="Lan"
    )  # fmt: skip

    with pytest.raises(NobodyKnown):
        signing_in.who_is_signed_in(world.office, secret)
    with pytest.raises(NobodyKnown):
        signing_in.who_bears(world.office, token)
    with pytest.raises(SignInFailed):
        sign_in(world)
