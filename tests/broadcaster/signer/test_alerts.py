"""What the signer signs for two people, and everything that it does not: whoever asks may lie in every field."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from broadcaster.adapters.signing import requests
from broadcaster.domain.acting import ActKind
from broadcaster.domain.alarm.speech import correction_of
from broadcaster.domain.alarm.vouching import Part
from broadcaster.domain.alert import MsgType, Scope, Status, Stroke
from broadcaster.domain.audience import of_hamlets
from broadcaster.domain.ids import AlertId
from broadcaster.domain.permissions import Role
from broadcaster.services.office import fingerprint
from tests.fakes.signer_room import Room
from wire import messages
from wire.seal import load_key, open_sealed

BOXES = ("loa-1", "loa-2")


def test_two_people_make_an_alert_sound(room: Room) -> None:
    content = room.content()
    answer = room.seal(room.alerts(room.live(content)), room.both(content))
    key = load_key(room.ask(requests.PublicPem(station=room.station)).text)
    opened = open_sealed(answer.sealed[0].encode(), key, messages.Alerts)
    assert [alert.headline for alert in opened.alerts] == [content.headline]


def test_a_verified_dossier_need_not_be_shown_again(room: Room) -> None:
    content = room.content()
    begun = room.live(content)
    assert room.seal(room.alerts(begun), room.both(content)).sealed
    room.clock.advance(hours=2)
    room.open()
    assert room.seal(room.alerts(begun)).sealed


def test_a_heartbeat_without_alerts_needs_nobody(room: Room) -> None:
    assert room.seal(room.alerts()).sealed


def test_nobody_makes_no_alert_sound(room: Room) -> None:
    content = room.content()
    assert not room.sounds(content)
    assert not room.sounds(content, room.dossier(content, []))


@pytest.mark.parametrize(
    ("name", "part"), [("lan", Part.AUTHOR), ("minh", Part.APPROVER), ("dung", Part.APPROVER), ("dung", Part.AUTHOR)]
)
def test_one_person_is_not_enough(room: Room, name: str, part: Part) -> None:
    content = room.content()
    assert not room.sounds(content, room.dossier(content, [room.says(name, content, part)]))


def test_the_same_person_twice_is_one_person(room: Room) -> None:
    content = room.content()
    both = [room.says("dung", content, Part.AUTHOR), room.says("dung", content, Part.APPROVER)]
    assert not room.sounds(content, room.dossier(content, both))


def test_the_same_person_in_two_sessions_is_one_person(room: Room) -> None:
    content = room.content()
    room.sign_in("dung", secret="another browser")
    both = [
        room.says("dung", content, Part.AUTHOR),
        room.says("dung", content, Part.APPROVER, secret="another browser"),
    ]
    assert not room.sounds(content, room.dossier(content, both))


def test_a_session_speaks_for_nobody_else(room: Room) -> None:
    content = room.content()
    forged = room.says("minh", content, Part.APPROVER, secret=room.secret("lan"))
    assert not room.sounds(content, room.dossier(content, [room.says("lan", content, Part.AUTHOR), forged]))


def test_an_editor_does_not_approve(room: Room) -> None:
    content = room.content()
    both = [room.says("dung", content, Part.AUTHOR), room.says("lan", content, Part.APPROVER)]
    assert not room.sounds(content, room.dossier(content, both))


def test_an_administrator_neither_writes_nor_approves(room: Room) -> None:
    content = room.content()
    for part in (Part.AUTHOR, Part.APPROVER):
        others = [room.says("minh", content, Part.APPROVER)] if part is Part.AUTHOR else []
        assert not room.sounds(content, room.dossier(content, [*others, room.says("hoa", content, part)]))


def test_an_unknown_key_is_nobody(room: Room) -> None:
    content = room.content()
    stranger = room.says("minh", content, Part.APPROVER, secret="made up")
    assert not room.sounds(content, room.dossier(content, [room.says("lan", content, Part.AUTHOR), stranger]))


@pytest.mark.parametrize(
    "change",
    [
        {"headline": "Khác"}, {"text": "Khác"}, {"siren": (Stroke(on_ms=60_000, off_ms=1, times=9),)}, {"times": 9},
        {"repeat_every_s": 60}, {"event": "bão"}, {"audience": of_hamlets(["th-1"])}, {"status": Status.EXERCISE},
    ],
)  # fmt: skip
def test_a_changed_content_has_nobody(room: Room, change: dict[str, object]) -> None:
    content = room.content()
    vouched = room.both(content).vouched
    other = replace(content, **change)  # type: ignore[arg-type] # fields by their names
    assert not room.sounds(other, room.dossier(other, vouched))


@pytest.mark.parametrize(
    "change",
    [
        {"headline": "Khác"}, {"event": "bão"}, {"status": messages.AlertStatus.TEST}, {"times": 3},
        {"siren": (messages.Burst(on_ms=60_000, off_ms=1, times=9),)}, {"repeat_every_s": 60}, {"on_the_hour": True},
        {"scope": messages.AlertScope.PRIVATE}, {"alert_id": "kc-2"},
    ],
)  # fmt: skip
def test_what_is_live_says_what_was_approved(room: Room, change: dict[str, object]) -> None:
    content = room.content()
    assert not room.sounds(content, room.both(content), **change)


def test_what_is_live_ends_when_it_was_approved_to(room: Room) -> None:
    content = room.content()
    longer = content.expires_at + timedelta(seconds=1)
    assert not room.sounds(content, room.both(content), expires_at=longer)


def test_a_statement_on_another_alert_is_not_heard(room: Room) -> None:
    content = room.content()
    old = room.both(content, alert="kc-0").vouched
    assert not room.sounds(content, room.dossier(content, old))


def test_a_statement_of_another_station_is_not_heard(room: Room) -> None:
    room.ask(requests.MakeKey(station="xa-khac"))
    content = room.content(station="xa-khac")
    document = room.alerts(room.live(content), station="xa-khac")
    assert not room.seal(document, room.both(content), station="xa-khac").sealed


def test_a_document_of_another_station_is_not_signed(room: Room) -> None:
    room.ask(requests.MakeKey(station="xa-khac"))
    assert room.seal(room.alerts(), station="xa-khac").refused == "not_signed"


def test_an_old_approval_is_worth_nothing(room: Room) -> None:
    content = room.content()
    dossier = room.both(content)
    room.clock.advance(minutes=31)
    assert not room.sounds(content, dossier)


def test_an_approval_of_tomorrow_is_worth_nothing(room: Room) -> None:
    content = room.content()
    later = room.now + timedelta(minutes=5)
    both = [room.says("lan", content, Part.AUTHOR), room.says("minh", content, Part.APPROVER, at=later)]
    assert not room.sounds(content, room.dossier(content, both))


def test_an_expired_session_speaks_no_more(room: Room) -> None:
    room.clock.advance(hours=12, seconds=1)
    content = room.content()
    assert not room.sounds(content, room.both(content))


def test_a_session_that_was_prolonged_speaks(room: Room) -> None:
    room.clock.advance(hours=11)
    for name in ("lan", "minh"):
        assert room.act(ActKind.PROLONG, name, by=name).refused is None
    room.clock.advance(hours=11)
    content = room.content()
    assert room.sounds(content, room.both(content))


def test_a_session_lasts_a_week_at_most(room: Room) -> None:
    for _ in range(20):
        room.clock.advance(hours=10)
        room.act(ActKind.PROLONG, "minh", by="minh")
    room.sign_in("lan")
    content = room.content()
    assert not room.sounds(content, room.both(content))


def test_who_signs_out_has_still_said_what_they_said(room: Room) -> None:
    content = room.content()
    dossier = room.both(content)
    room.clock.advance(seconds=1)
    room.ask(requests.CloseSession(key_name=fingerprint(room.secret("lan"))))
    assert room.sounds(content, dossier)


def test_who_signed_out_says_nothing_more(room: Room) -> None:
    room.ask(requests.CloseSession(key_name=fingerprint(room.secret("minh"))))
    room.clock.advance(seconds=1)
    content = room.content()
    assert not room.sounds(content, room.both(content))


def test_whose_account_is_closed_is_not_heard(room: Room) -> None:
    content = room.content()
    dossier = room.both(content)
    room.act(ActKind.CHANGE, "minh", roles=frozenset({Role.APPROVER}), disabled=True)
    assert not room.sounds(content, dossier)


def test_who_lost_the_role_is_not_heard(room: Room) -> None:
    content = room.content()
    dossier = room.both(content)
    room.act(ActKind.CHANGE, "minh", roles=frozenset({Role.EDITOR}))
    assert not room.sounds(content, dossier)


def test_a_wrong_phrase_approves_nothing(room: Room) -> None:
    content = room.content()
    for phrase in ("", "diễn tập lũ quét toàn xã", "báo động thật bão toàn xã", "báo động thật lũ quét"):
        both = [room.says("lan", content, Part.AUTHOR), room.says("minh", content, Part.APPROVER, phrase=phrase)]
        assert not room.sounds(content, room.dossier(content, both)), phrase


@pytest.mark.parametrize("status", [Status.SYSTEM, Status.DRAFT])
def test_a_status_that_nobody_may_hear_does_not_sound(room: Room, status: Status) -> None:
    content = room.content(status=status)
    assert not room.sounds(room.content(), room.both(content))


@pytest.mark.parametrize("scope", [Scope.PRIVATE, Scope.RESTRICTED])
def test_a_scope_that_is_not_public_does_not_sound(room: Room, scope: Scope) -> None:
    content = room.content(scope=scope)
    assert not room.sounds(content, room.both(content), scope=messages.AlertScope(scope.value))


def test_one_approver_is_enough_for_a_hamlet(room: Room) -> None:
    content = room.content(audience=of_hamlets(["th-1"]))
    one = room.dossier(content, [room.says("minh", content, Part.APPROVER)])
    assert room.sounds(content, one, devices=BOXES)


def test_what_one_person_approved_for_a_hamlet_does_not_go_to_every_box(room: Room) -> None:
    content = room.content(audience=of_hamlets(["th-1"]))
    one = room.dossier(content, [room.says("minh", content, Part.APPROVER)])
    assert not room.sounds(content, one)
    assert room.sounds(content, one, devices=BOXES)
    assert not room.sounds(content, one)


def test_who_waits_for_a_second_person_is_not_enough_for_a_list_of_all_hamlets(room: Room) -> None:
    """A warning from outside has no author: the first approver's word waits in the database for the second's."""
    content = room.content(audience=of_hamlets(["th-1", "th-2"]))
    first = room.says("minh", content, Part.ONE_OF_TWO)
    assert not room.sounds(content, room.dossier(content, [first]), devices=BOXES)
    second = room.says("dung", content, Part.ONE_OF_TWO)
    assert room.sounds(content, room.dossier(content, [first, second]), devices=BOXES)


def test_a_drill_for_everybody_wants_one_approver(room: Room) -> None:
    content = room.content(status=Status.EXERCISE)
    assert room.sounds(content, room.dossier(content, [room.says("minh", content, Part.APPROVER)]))


def test_a_drill_does_not_become_real(room: Room) -> None:
    content = room.content(status=Status.EXERCISE)
    one = room.dossier(content, [room.says("minh", content, Part.APPROVER)])
    assert not room.sounds(content, one, status=messages.AlertStatus.ACTUAL)


def test_one_alert_stands_once_in_a_document(room: Room) -> None:
    content = room.content()
    live = room.live(content)
    assert not room.seal(room.alerts(live, live.model_copy(update={"version": 2})), room.both(content)).sealed


def test_the_siren_is_not_begun_again_under_another_version(room: Room) -> None:
    content = room.content()
    assert room.sounds(content, room.both(content))
    assert not room.sounds(content, version=2)
    assert not room.sounds(content, effective_at=room.now - timedelta(hours=1))


def test_no_volume_but_the_usual_is_signed(room: Room) -> None:
    content = room.content()
    assert not room.sounds(content, room.both(content), gain_db=6.0)
    assert room.sounds(content)


def test_an_update_follows_its_chain(room: Room) -> None:
    first = room.content()
    assert room.sounds(first, room.both(first))
    second = room.content(msg_type=MsgType.UPDATE, references=AlertId("kc-1"), headline="Lũ đã tới")
    assert room.sounds(second, room.both(second, alert="kc-2"), version=2)
    third = room.content(msg_type=MsgType.UPDATE, references=AlertId("kc-2"), headline="Lũ đang rút")
    assert room.sounds(third, room.both(third, alert="kc-3"), version=3)


def test_an_update_of_nothing_does_not_sound(room: Room) -> None:
    second = room.content(msg_type=MsgType.UPDATE, references=AlertId("kc-1"))
    assert not room.sounds(second, room.both(second, alert="kc-2"), version=2)


def test_one_person_corrects_what_was_cancelled(room: Room) -> None:
    wrong = room.content()
    room.sounds(wrong, room.both(wrong))
    content = correction_of(wrong, AlertId("kc-1"), now=room.now)
    one = [room.says("minh", content, Part.APPROVER, alert="kc-9")]
    assert room.sounds(content, room.dossier(content, one, alert="kc-9"), name="kc-9")


def test_one_person_corrects_nothing_that_never_was(room: Room) -> None:
    content = correction_of(room.content(), AlertId("kc-1"), now=room.now)
    one = [room.says("minh", content, Part.APPROVER, alert="kc-9")]
    assert not room.sounds(content, room.dossier(content, one, alert="kc-9"), name="kc-9")


def test_a_scheduled_alert_is_lodged_when_it_is_approved(room: Room) -> None:
    at = room.now + timedelta(hours=3)
    content = room.content(effective_at=at)
    lodged = room.ask(requests.Lodge(station=room.station, dossier=room.both(content), everywhere=True))
    assert lodged.refused is None
    assert not room.sounds(content, effective_at=room.now)
    room.clock.advance(hours=3)
    assert room.sounds(content)


def test_lodging_says_what_is_missing(room: Room) -> None:
    content = room.content(audience=of_hamlets(["th-1", "th-2"]))
    one = room.dossier(content, [room.says("minh", content, Part.APPROVER)])
    asked = requests.Lodge(station=room.station, dossier=one, everywhere=True)
    assert room.ask(asked).refused == "second_person_missing"
    assert room.ask(asked.model_copy(update={"everywhere": False})).refused is None


def test_a_broken_glass_lets_one_person_go_twice_an_hour(room: Room) -> None:
    def alone(number: int) -> bool:
        content = room.content(headline=f"Lũ {number}")
        name = f"kc-{number}"
        glass = room.says("minh", content, Part.BREAK_GLASS, alert=name, reason="không gọi được ai")
        return room.sounds(content, room.dossier(content, [glass], alert=name), name=name)

    assert [alone(number) for number in range(4)] == [True, True, False, False]
    room.clock.advance(minutes=61)
    assert alone(9)


def test_many_glasses_broken_at_the_same_time_are_two(room: Room) -> None:
    asks = []
    for number in range(12):
        content, name = room.content(headline=f"Lũ {number}"), f"kc-{number}"
        glass = room.says("minh", content, Part.BREAK_GLASS, alert=name, reason="không gọi được ai")
        dossier = room.dossier(content, [glass], alert=name)
        asks.append(requests.Lodge(station=room.station, dossier=dossier, everywhere=True))
    with ThreadPoolExecutor(12) as guests:
        answers = list(guests.map(room.ask, asks))
    assert sum(answer.refused is None for answer in answers) == 2


def test_a_glass_is_not_broken_without_a_reason(room: Room) -> None:
    content = room.content()
    assert not room.sounds(content, room.dossier(content, [room.says("minh", content, Part.BREAK_GLASS)]))


def test_what_is_refused_stands_in_the_log(room: Room) -> None:
    room.sounds(room.content())
    assert room.refusals() == ["alert_not_covered"]


def test_what_is_signed_stands_in_the_log(room: Room) -> None:
    content = room.content()
    room.sounds(content, room.both(content))
    (signed,) = [detail for _at, what, _station, detail in room.ledger.entries() if what == "signed"]
    assert signed["alerts"] == ["kc-1.1"]
