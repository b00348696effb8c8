"""The use cases and the signer's register: what changes in the one changes in the other, or in neither."""

from dataclasses import replace
from pathlib import Path

import pytest

from broadcaster.adapters.session_keys import act_with
from broadcaster.adapters.signing.client import SignerRefuses
from broadcaster.adapters.signing.registrar import SignerRegistrar
from broadcaster.adapters.signing.requests import Answer, Asked
from broadcaster.domain.acting import SignAct
from broadcaster.domain.permissions import Role
from broadcaster.services import people, signing_in
from broadcaster.services.office import Office, fingerprint
from broadcaster.services.people import NewPerson, hand_over
from broadcaster.services.registrar import NobodySigns
from broadcaster.services.signing_in import SignedIn, sign_in
from broadcaster.signer.people import Speaker
from broadcaster.store import accounts
from tests.fakes.signer_room import Room
from tests.fakes.station_office import FastPasswords
from tests.fakes.station_world import PASSWORD, World

NEW = NewPerson(username="nam.moi", full_name="Nam", password="mật khẩu của nam", roles=frozenset({Role.APPROVER}))


class Line:
    """Asks the room's desk as the client asks the socket."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def ask(self, asked: Asked, *, within_s: float | None = None) -> Answer:
        answer = self._room.ask(asked)
        if answer.refused is not None:
            raise SignerRefuses(why=answer.why, reason=answer.refused, about=answer.about)
        return answer


class Joined:
    """A station whose people the signer has taken over."""

    def __init__(self, world: World, room: Room) -> None:
        self.world, self.room = world, room
        room.clock = world.clock
        room.clock.advance(days=2)
        room.open()
        registrar = SignerRegistrar(Line(room), now=world.clock)  # type: ignore[arg-type] # asks as the client does
        self.office: Office = replace(world.office, registrar=registrar)
        hand_over(self.office)

    def enters(self, name: str, password: str = PASSWORD) -> SignedIn:
        return sign_in(
            self.office, FastPasswords(), username=self.world.username(name), password=password, address="192.0.2.1"
        )

    def signs(self, name: str) -> SignAct:
        return act_with(self.enters(name).secret)

    def speaker(self, secret: str) -> Speaker | None:
        return self.room.people.speaker(self.office.registrar.key_of(secret))


@pytest.fixture
def joined(sqlite_world: World, tmp_path: Path) -> Joined:
    """A station and its signer."""
    world = sqlite_world
    room = Room(folder=tmp_path, station=world.station)
    with room.book.writing() as tx:
        tx.execute("DELETE FROM keys")
        tx.execute("DELETE FROM persons")
    return Joined(world, room)


def test_a_station_is_handed_over_once(joined: Joined) -> None:
    known = {known.id: known.roles for known in joined.room.people.of_station(joined.world.station)}
    people_here = [joined.world.person(name) for name in ("lan", "minh", "hoa", "dung")]
    assert known == {person.id: person.roles for person in people_here}
    assert hand_over(joined.office) == ()


def test_whoever_signs_in_is_known_to_the_signer(joined: Joined) -> None:
    speaker = joined.speaker(joined.enters("minh").secret)
    assert speaker is not None
    assert speaker.person.id == joined.world.person("minh").id


def test_whoever_signs_out_speaks_no_more(joined: Joined) -> None:
    secret = joined.enters("minh").secret
    signing_in.sign_out(joined.office, secret)
    speaker = joined.speaker(secret)
    assert speaker is not None
    assert speaker.ends_at <= joined.world.clock.now


def test_a_session_in_use_goes_on_being_known(joined: Joined) -> None:
    secret = joined.enters("minh").secret
    for _ in range(4):
        joined.world.clock.advance(hours=6)
        signing_in.who_is_signed_in(joined.office, secret)
    speaker = joined.speaker(secret)
    assert speaker is not None
    assert speaker.ends_at > joined.world.clock.now


def test_a_new_person_is_known_to_both(joined: Joined) -> None:
    person = people.add_person(
        joined.office, FastPasswords(), actor=joined.world.person("hoa"), new=NEW, sign=joined.signs("hoa")
    )
    assert joined.room.people.get(person.id).roles == person.roles


def test_nobody_is_added_whom_the_signer_refuses(joined: Joined) -> None:
    with pytest.raises(SignerRefuses):
        people.add_person(
            joined.office, FastPasswords(), actor=joined.world.person("hoa"), new=NEW, sign=joined.signs("lan")
        )
    with joined.world.database.reading() as tx:
        assert accounts.by_username(tx, NEW.username) is None


def test_nobody_is_added_without_a_signature(joined: Joined) -> None:
    with pytest.raises(NobodySigns):
        people.add_person(joined.office, FastPasswords(), actor=joined.world.person("hoa"), new=NEW)


def test_a_closed_account_is_closed_in_both(joined: Joined) -> None:
    secret, minh = joined.enters("minh").secret, joined.world.person("minh")
    people.change_person(
        joined.office, actor=joined.world.person("hoa"), user=minh.id, roles=minh.roles, disabled=True,
        full_name=minh.name, sign=joined.signs("hoa"),
    )  # fmt: skip
    assert joined.speaker(secret) is None


def test_ones_own_new_password_opens_both(joined: Joined) -> None:
    minh = joined.world.person("minh")
    people.set_password(
        joined.office, FastPasswords(), actor=minh, user=minh.id, password="một câu hoàn toàn mới", old=PASSWORD
    )
    assert joined.speaker(joined.enters("minh", "một câu hoàn toàn mới").secret) is not None


def test_a_given_password_opens_both(joined: Joined) -> None:
    minh = joined.world.person("minh")
    people.set_password(
        joined.office, FastPasswords(), actor=joined.world.person("hoa"), user=minh.id,
        password="một câu hoàn toàn mới", sign=joined.signs("hoa"),
    )  # fmt: skip
    speaker = joined.speaker(joined.enters("minh", "một câu hoàn toàn mới").secret)
    assert speaker is not None
    assert speaker.counts_from > joined.world.clock.now


def test_a_token_is_known_until_it_is_revoked(joined: Joined) -> None:
    hoa, minh = joined.world.person("hoa"), joined.world.person("minh")
    secret = people.issue_token(joined.office, actor=hoa, user=minh.id, name="máy", sign=joined.signs("hoa"))
    assert joined.speaker(secret) is not None
    with joined.world.database.reading() as tx:
        (token,) = [t for t in accounts.tokens_of(tx, hoa.station) if t.name == "máy"]
    people.revoke_token(joined.office, actor=hoa, token_id=token.id)
    joined.world.clock.advance(minutes=31)
    assert joined.speaker(secret) is None


def test_somebody_whom_a_restored_register_lacks_becomes_known_again(joined: Joined) -> None:
    minh = joined.world.person("minh")
    with joined.room.book.writing() as tx:
        tx.execute("DELETE FROM persons WHERE id = ?", (minh.id,))
    people.change_person(
        joined.office, actor=joined.world.person("hoa"), user=minh.id, roles=minh.roles, disabled=False,
        full_name=minh.name, sign=joined.signs("hoa"),
    )  # fmt: skip
    assert joined.room.people.get(minh.id).counts_from > joined.world.clock.now


def test_a_signer_that_refuses_a_session_keeps_nobody_out(joined: Joined) -> None:
    with joined.room.book.writing() as tx:
        tx.execute("DELETE FROM persons")
    secret = joined.enters("minh").secret
    assert signing_in.who_is_signed_in(joined.office, secret)
    assert joined.speaker(secret) is None


def test_a_session_is_never_told_by_its_secret(joined: Joined) -> None:
    """What the signer keeps is the public key and the fingerprint: its file lets nobody in anywhere."""
    secret = joined.enters("minh").secret
    with joined.room.book.reading() as tx:
        kept = [tuple(row) for row in tx.execute("SELECT public_key, name FROM keys")]
    assert kept == [(joined.office.registrar.key_of(secret), fingerprint(secret))]
