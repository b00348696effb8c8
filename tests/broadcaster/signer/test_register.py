"""Whom the signer believes: a taken-over server, even with an administrator's session, makes no two people of one."""

from datetime import timedelta

import pytest

from broadcaster.adapters.session_keys import act_with, public_key_of
from broadcaster.adapters.signing import requests
from broadcaster.domain.acting import Act, ActKind
from broadcaster.domain.alarm.vouching import Part
from broadcaster.domain.ids import UserId
from broadcaster.domain.permissions import Role
from broadcaster.services.office import fingerprint
from broadcaster.signer.proofs import TRIES
from tests.fakes.signer_room import Room

APPROVER = frozenset({Role.APPROVER})
EDITOR = frozenset({Role.EDITOR})


def alarms(room: Room, author: str, approver: str, *, number: int = 1, approver_secret: str | None = None) -> bool:
    """Return whether these two make a real alert for everybody sound."""
    name = f"kc-{number}-{author}-{approver}"
    content = room.content()
    both = [
        room.says(author, content, Part.AUTHOR, alert=name),
        room.says(approver, content, Part.APPROVER, alert=name, secret=approver_secret),
    ]
    return room.sounds(content, room.dossier(content, both, alert=name), name=name)


def test_an_approver_whom_an_administrator_brings_in_waits_a_day(room: Room) -> None:
    assert room.admit("nam", APPROVER).refused is None
    room.sign_in("nam")
    assert not alarms(room, "lan", "nam", number=1)
    room.clock.advance(hours=24, seconds=1)
    for name in ("lan", "nam"):
        room.sign_in(name)
    assert alarms(room, "lan", "nam", number=2)


def test_an_author_whom_an_administrator_brings_in_waits_too(room: Room) -> None:
    room.admit("nam", EDITOR)
    room.sign_in("nam")
    assert not alarms(room, "nam", "minh")


def test_whoever_waits_is_told_until_when(room: Room) -> None:
    room.admit("nam", APPROVER)
    room.sign_in("nam")
    content = room.content()
    both = [room.says("lan", content, Part.AUTHOR), room.says("nam", content, Part.APPROVER)]
    ask = requests.Lodge(station=room.station, dossier=room.dossier(content, both), everywhere=True)
    assert room.ask(ask).refused == "still_new"


def test_whom_the_console_admits_counts_at_once(room: Room) -> None:
    room.admit("nam", APPROVER)
    room.sign_in("nam")
    room.people.trust_now(room.people.named("nam")[0].id)
    assert alarms(room, "lan", "nam")


def test_on_a_stations_first_day_everybody_counts_at_once(room: Room) -> None:
    room.station = "xa-moi"  # type: ignore[assignment] # a station's name
    room.ask(requests.MakeKey(station=room.station))
    founder = requests.Founder(
        person="nd-sep", username="sep", roles=frozenset({Role.ADMINISTRATOR}), verifier=room.hashed("sep")
    )
    room.ask(requests.Found(station=room.station, people=(founder,)))
    room.sign_in("sep")
    for name, roles in (("an", EDITOR), ("binh", APPROVER)):
        assert room.act(
            ActKind.ADMIT, name, by="sep", username=name, roles=roles, verifier=room.hashed(name)
        ).refused is None  # fmt: skip
        room.sign_in(name)
    assert alarms(room, "an", "binh")


def test_a_new_role_makes_somebody_new(room: Room) -> None:
    room.act(ActKind.CHANGE, "lan", roles=EDITOR | APPROVER)
    assert not alarms(room, "minh", "lan")


def test_a_role_that_does_not_alert_changes_nothing(room: Room) -> None:
    room.act(ActKind.CHANGE, "minh", roles=APPROVER | {Role.TECHNICIAN})
    assert alarms(room, "lan", "minh")


def test_an_account_opened_again_is_new(room: Room) -> None:
    room.act(ActKind.CHANGE, "minh", roles=APPROVER, disabled=True)
    assert room.sign_in("minh").refused == "password_unknown"
    room.act(ActKind.CHANGE, "minh", roles=APPROVER)
    room.sign_in("minh")
    assert not alarms(room, "lan", "minh")


def test_a_password_that_an_administrator_gave_makes_its_owner_new(room: Room) -> None:
    room.act(ActKind.GIVE_PASSWORD, "minh", verifier=room.hashed("stolen"))
    assert not alarms(room, "lan", "minh", number=1)
    room.sign_in("minh", secret="thief", password="stolen")
    assert not alarms(room, "lan", "minh", number=2, approver_secret="thief")


def test_ones_own_new_password_ends_ones_sessions_and_no_more(room: Room) -> None:
    ask = requests.ChangePassword(person="nd-minh", old="minh", verifier=room.hashed("new"))
    assert room.ask(ask).refused is None
    assert not alarms(room, "lan", "minh", number=1)
    assert room.sign_in("minh", password="new").refused is None
    assert alarms(room, "lan", "minh", number=2)


def test_a_password_is_not_changed_without_the_old_one(room: Room) -> None:
    ask = requests.ChangePassword(person="nd-minh", old="guess", verifier=room.hashed("new"))
    assert room.ask(ask).refused == "password_unknown"
    assert alarms(room, "lan", "minh")


def test_a_token_that_an_administrator_gave_another_waits_a_day(room: Room) -> None:
    given = room.act(ActKind.GIVE_KEY, "minh", key=public_key_of("token"), key_name=fingerprint("token"))
    assert given.refused is None
    assert not alarms(room, "lan", "minh", number=1, approver_secret="token")
    room.clock.advance(hours=24, seconds=1)
    room.sign_in("lan")
    assert alarms(room, "lan", "minh", number=2, approver_secret="token")


def test_a_token_proven_by_its_owner_counts_at_once(room: Room) -> None:
    ask = requests.OpenSession(
        person="nd-minh", password="minh", key=public_key_of("token"), key_name=fingerprint("token"), lasting=True
    )
    assert room.ask(ask).refused is None
    assert alarms(room, "lan", "minh", approver_secret="token")


def test_a_key_of_somebody_cannot_become_anothers(room: Room) -> None:
    ask = requests.OpenSession(
        person="nd-lan", password="lan", key=public_key_of(room.secret("minh")), key_name=fingerprint("x")
    )
    assert room.ask(ask).refused == "unknown_session"
    assert alarms(room, "lan", "minh")


@pytest.mark.parametrize("by", ["lan", "minh", "dung"])
@pytest.mark.parametrize("kind", [ActKind.ADMIT, ActKind.CHANGE, ActKind.GIVE_PASSWORD, ActKind.GIVE_KEY])
def test_only_an_administrator_changes_the_register(room: Room, by: str, kind: ActKind) -> None:
    answer = room.act(kind, by, by=by, roles=APPROVER | EDITOR, verifier=room.hashed("x"), key=public_key_of("k"))
    assert answer.refused == "only_administrators"


def test_an_act_is_not_done_in_anothers_name(room: Room) -> None:
    answer = room.act(ActKind.CHANGE, "lan", roles=APPROVER, by="hoa", secret=room.secret("lan"))
    assert answer.refused == "act_refused"


def test_an_act_is_done_once(room: Room) -> None:
    room.act(ActKind.CHANGE, "lan", roles=EDITOR | APPROVER)
    room.act(ActKind.CHANGE, "lan", roles=EDITOR)
    room.nonces = 0
    assert room.act(ActKind.CHANGE, "lan", roles=EDITOR | APPROVER).refused == "act_refused"
    room.open()
    room.nonces = 0
    assert room.act(ActKind.CHANGE, "lan", roles=EDITOR | APPROVER).refused == "act_refused"


@pytest.mark.parametrize("apart", [timedelta(minutes=3), timedelta(minutes=-3)])
def test_an_act_of_another_time_is_not_done(room: Room, apart: timedelta) -> None:
    act = Act(
        kind=ActKind.CHANGE, station=room.station, actor=UserId("nd-hoa"), subject=UserId("nd-lan"), roles=APPROVER,
        nonce="a nonce long enough", at=room.now + apart,
    )  # fmt: skip
    assert room.ask(requests.Obey(signed=act_with(room.secret("hoa"))(act))).refused == "act_refused"


def test_an_administrator_of_one_station_has_no_say_in_another(room: Room) -> None:
    stranger = requests.Founder(
        person="nd-xa", username="xa", roles=frozenset({Role.ADMINISTRATOR, Role.APPROVER}), verifier=room.hashed("xa")
    )
    room.ask(requests.MakeKey(station="xa-khac"))
    room.ask(requests.Found(station="xa-khac", people=(stranger,)))
    room.sign_in("xa")
    home, room.station = room.station, "xa-khac"  # type: ignore[assignment] # a station's name
    assert room.act(ActKind.CHANGE, "minh", by="xa", roles=EDITOR).refused == "person_unknown"
    room.station = home
    assert room.act(ActKind.CHANGE, "minh", by="xa", roles=EDITOR).refused == "act_refused"
    assert not alarms(room, "lan", "xa")


def test_people_are_taken_over_once(room: Room) -> None:
    founder = requests.Founder(person="nd-x", username="x", roles=APPROVER, verifier=room.hashed("x"))
    assert room.ask(requests.Found(station=room.station, people=(founder,))).refused == "already_founded"
    assert room.sign_in("x").refused == "person_unknown"


def test_nobody_is_taken_in_twice(room: Room) -> None:
    assert room.admit("minh", APPROVER).refused == "person_known"
    assert alarms(room, "lan", "minh")


def test_a_wrong_password_opens_nothing(room: Room) -> None:
    assert room.sign_in("minh", secret="s", password="wrong").refused == "password_unknown"
    assert not alarms(room, "lan", "minh", approver_secret="s")


def test_passwords_are_not_guessed_for_long(room: Room) -> None:
    answers = [room.sign_in("minh", secret="s", password=f"guess {n}").refused for n in range(TRIES + 1)]
    assert answers == ["password_unknown"] * TRIES + ["too_many_proofs"]
    assert room.sign_in("minh", secret="s").refused == "too_many_proofs"
    room.clock.advance(minutes=16)
    assert room.sign_in("minh", secret="s").refused is None


def test_what_the_register_learns_stands_in_the_log(room: Room) -> None:
    room.admit("nam", APPROVER)
    room.act(ActKind.GIVE_PASSWORD, "minh", verifier=room.hashed("x"))
    assert [what for _at, what, _station, _detail in room.ledger.entries()] == ["founded", "admit", "give_password"]


def test_the_log_is_neither_changed_nor_cut(room: Room) -> None:
    replace = "INSERT OR REPLACE INTO log SELECT id, at, 'nothing', station, detail FROM log"
    for sql in ("DELETE FROM log", "UPDATE log SET what = 'nothing'", replace):
        with pytest.raises(Exception, match="the log is not"), room.book.writing() as tx:
            tx.execute(sql)


def test_a_flood_of_refusals_does_not_fill_the_disk(room: Room) -> None:
    for _ in range(1_000):
        room.desk.answer(b"rubbish")
    assert len(room.refusals()) == 60
    room.clock.advance(minutes=1)
    room.desk.answer(b"rubbish")
    missed = [d["not_logged"] for _at, _what, _station, d in room.ledger.entries() if "not_logged" in d]
    assert missed == [940]
