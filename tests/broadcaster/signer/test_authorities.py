"""What the signer believes on an authority's XML signature alone: nothing by default, and then only its very words."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.adapters import cap_signatures
from broadcaster.adapters.keys import StationKeys
from broadcaster.adapters.signing import requests
from broadcaster.adapters.signing.requests import Answer
from broadcaster.domain.alarm.vouching import Dossier
from broadcaster.domain.alert import (
    Alert,
    AlertState,
    Certainty,
    Content,
    MsgType,
    Severity,
    Status,
    Stroke,
    Urgency,
    as_plain,
)
from broadcaster.domain.audience import EVERYBODY
from broadcaster.domain.cap import parsing as cap_xml
from broadcaster.domain.cap.authority import alert_id_of
from broadcaster.domain.cap.profile import ByItself, Profile, Source
from broadcaster.domain.cap.reasons import Why
from broadcaster.domain.cap.verdict import Decision
from broadcaster.domain.errors import Conflict, refusal
from broadcaster.domain.ids import AlertId
from broadcaster.services.cap.intake import Incoming, receive
from broadcaster.services.registrar import NoRegistrar
from broadcaster.signer.desk import Desk
from broadcaster.store import alerts, audit, cap_received
from tests.fakes.cap_authority import Authority
from tests.fakes.cap_documents import SENDER, document, reference
from tests.fakes.signer_room import Room
from tests.fakes.station_office import FastPasswords
from tests.fakes.station_world import World

TRUSTED = f"""
[[authority]]
name = "Ban Chỉ huy phòng chống thiên tai tỉnh"
senders = ["{SENDER}"]
certificates = ["tinh.pem"]
"""


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def stranger() -> Authority:
    return Authority()


@pytest.fixture
def room(tmp_path: Path, authority: Authority) -> Iterator[Room]:
    """A signer whose operator trusts the authority."""
    found = Room(folder=tmp_path)
    folder = tmp_path / "authorities"
    folder.mkdir()
    (folder / "tinh.pem").write_text(authority.pem)
    (folder / f"{found.station}.toml").write_text(TRUSTED)
    found.desk = Desk(
        found.book, StationKeys(tmp_path / "keys"), found.people, passwords=FastPasswords(), now=found.clock,
        authorities=folder,
    )  # fmt: skip
    yield found
    found.book.close()


def raw_of(room: Room, **more: object) -> bytes:
    """Return a document of a minute ago."""
    sent, expires = room.clock.now - timedelta(minutes=1), room.clock.now + timedelta(hours=5)
    return document(**{"sent": sent, "expires": expires, **more})  # type: ignore[arg-type] # passed on by name


def content_of(room: Room, **changes: object) -> Content:
    """Return just what that document says."""
    return room.content(
        **{
            "event": "lũ quét", "headline": "Lũ quét sắp về", "text": "Nước suối đang lên nhanh.",
            "instruction": "Bà con lên chỗ cao.", "severity": Severity.SEVERE, "certainty": Certainty.LIKELY,
            "expires_at": room.clock.now + timedelta(hours=5), **changes,
        }
    )  # fmt: skip


def believe(room: Room, signed: bytes, content: Content | None = None, *, alert: AlertId | None = None) -> Answer:
    """Ask the signer to believe a document."""
    message = cap_xml.read(signed)
    dossier = Dossier(
        alert=alert or alert_id_of(room.station, message.name),
        content=as_plain(content or content_of(room)),
        vouched=(),
    )

    return room.ask(requests.Believe(station=room.station, dossier=dossier, document=base64.b64encode(signed)))


def test_words_of_a_trusted_authority_are_enough_for_all(room: Room, authority: Authority) -> None:
    raw = authority.sign(raw_of(room))

    assert believe(room, raw).refused is None
    (found,) = room.ledger.found(room.station, alert_id_of(room.station, cap_xml.read(raw).name))
    assert (found.for_all, found.by_glass) == (True, False)


def test_what_is_believed_is_signed_for_the_boxes_and_nothing_else_is(room: Room, authority: Authority) -> None:
    raw = authority.sign(raw_of(room))
    content, name = content_of(room), alert_id_of(room.station, cap_xml.read(raw).name)
    assert not room.sounds(content, room.dossier(content, (), alert=name), name=name)

    believe(room, raw)

    assert room.sounds(content, room.dossier(content, (), alert=name), name=name)
    assert not room.sounds(content, name=name, headline="Bà con nộp tiền")
    assert not room.sounds(content, name="kc-2")


def test_what_was_believed_and_is_over_does_not_sound_again(room: Room, authority: Authority) -> None:
    raw = authority.sign(raw_of(room))
    content, name = content_of(room), alert_id_of(room.station, cap_xml.read(raw).name)
    believe(room, raw)
    assert room.sounds(content, name=name)
    live = room.live(content, name=name)
    room.seal(room.alerts())
    room.clock.advance(minutes=2)

    assert believe(room, raw, content).refused is None
    assert room.seal(room.alerts(live)).refused == "alert_not_covered"


def test_without_the_operator_s_word_nobody_is_believed(room: Room, authority: Authority) -> None:
    """The control, and the default: the same document at a signer that was told of nobody."""
    raw = authority.sign(raw_of(room))
    (room.folder / "authorities" / f"{room.station}.toml").unlink()
    assert believe(room, raw).refused == "authority_unknown"

    room.open()
    assert believe(room, raw).refused == "authority_unknown"


@pytest.mark.parametrize("text", ["x", "[[authority]]", "authority = 1", TRUSTED.replace("tinh.pem", "../tinh.key")])
def test_a_wrong_file_trusts_nobody(room: Room, authority: Authority, text: str) -> None:
    (room.folder / "authorities" / f"{room.station}.toml").write_text(text)

    assert believe(room, authority.sign(raw_of(room))).refused == "authority_unknown"


def test_strangers_and_unsigned_words_are_not_believed(room: Room, stranger: Authority) -> None:
    assert believe(room, raw_of(room)).refused == "authority_unknown"
    assert believe(room, stranger.sign(raw_of(room))).refused == "authority_unknown"


def test_hostile_document_is_refused_and_the_signer_lives(room: Room, authority: Authority) -> None:
    good = authority.sign(raw_of(room))
    bomb = b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" + good.split(b"?>", 1)[1].lstrip()
    dossier = Dossier(alert=AlertId("kc-1"), content=as_plain(content_of(room)), vouched=())

    answer = room.ask(requests.Believe(station=room.station, dossier=dossier, document=base64.b64encode(bomb)))

    assert answer.refused == "xml_with_doctype"
    assert believe(room, good).refused is None


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"headline": "Bà con nộp tiền"}, "words"),
        ({"text": "Khác"}, "words"),
        ({"instruction": ""}, "words"),
        ({"event": "bão"}, "words"),
        ({"urgency": Urgency.PAST}, "words"),
        ({"status": Status.EXERCISE}, "status"),
        ({"msg_type": MsgType.UPDATE, "references": AlertId("kc-0")}, "msg_type"),
        ({"times": 20}, "times"),
        ({"repeat_every_s": 60}, "repeat"),
        ({"siren": (Stroke(on_ms=600_000, off_ms=0, times=1),)}, "siren"),
    ],
)
def test_a_hostile_server_puts_nothing_else_under_the_signature(
    room: Room, authority: Authority, changes: dict[str, object], part: str
) -> None:
    answer = believe(room, authority.sign(raw_of(room)), content_of(room, **changes))

    assert answer.refused == "not_as_signed"
    assert f"“{part}”" in answer.why


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ({"status": "Exercise"}, "status"),
        ({"status": "Test"}, "status"),
        ({"scope": "Restricted"}, "scope"),
        ({"msg_type": "Cancel"}, "msg_type"),
        ({"msg_type": "Ack"}, "msg_type"),
        ({"sender": "ke-la"}, "sender"),
        ({"language": "en"}, "words"),
        ({"severity": "Minor"}, "words"),
    ],
)
def test_not_everything_signed_may_sound(room: Room, authority: Authority, more: dict[str, str], part: str) -> None:
    content = content_of(room, severity=Severity(more.get("severity", "Severe")))
    answer = believe(room, authority.sign(raw_of(room, **more)), content)

    assert answer.refused == "not_as_signed"
    assert f"“{part}”" in answer.why


def test_longer_than_signed_is_not_as_signed(room: Room, authority: Authority) -> None:
    longer = content_of(room, expires_at=room.clock.now + timedelta(hours=5, seconds=1))

    assert believe(room, authority.sign(raw_of(room)), longer).refused == "not_as_signed"


@pytest.mark.parametrize("minutes", [31, -3])
def test_old_messages_played_again_are_worth_nothing(room: Room, authority: Authority, minutes: int) -> None:
    raw = authority.sign(raw_of(room, sent=room.clock.now - timedelta(minutes=minutes)))

    assert "“sent”" in believe(room, raw).why


def test_one_message_is_good_for_one_alert(room: Room, authority: Authority) -> None:
    """Else a cancelled warning would sound again under another name while it is fresh."""
    assert "“alert”" in believe(room, authority.sign(raw_of(room)), alert=AlertId("kc-2")).why


def test_authority_of_one_place_does_not_speak_for_another(room: Room, authority: Authority) -> None:
    path = room.folder / "authorities" / f"{room.station}.toml"
    path.write_text(TRUSTED + 'names = ["Xã Khác"]\n')
    assert "“words”" in believe(room, authority.sign(raw_of(room))).why

    path.write_text(TRUSTED + 'names = ["xã Hồng Phong"]\n')
    assert believe(room, authority.sign(raw_of(room))).refused is None


def test_update_of_what_was_never_believed_is_refused(room: Room, authority: Authority) -> None:
    raw = authority.sign(raw_of(room, msg_type="Update", references=reference("A")))
    update = content_of(room, msg_type=MsgType.UPDATE, references=AlertId("kc-0"))

    assert believe(room, raw, update).refused == "alert_unknown"
    assert believe(room, raw).refused is None


@refusal
class Declined(Conflict):
    why: str
    message = "{why}"


class RoomRegistrar(NoRegistrar):
    """Asks the room's signer, as the server's own registrar does over its socket."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def believe(self, dossier: Dossier, document: bytes) -> None:

        answer = self._room.ask(
            requests.Believe(station=self._room.station, dossier=dossier, document=base64.b64encode(document))
        )
        if answer.refused:
            raise Declined(why=answer.why)


def at_the_station(world: World, room: Room, authority: Authority, raw: bytes) -> tuple[cap_received.Received, Alert]:
    """Let a document come in at a station whose rules let this authority play by itself, with that signer."""
    room.clock.now = world.clock.now
    source = Source(name="tinh", certificates=(authority.pem,), by_itself=ByItself.SIGNED)
    with world.database.writing() as tx:
        cap_received.set_profile(
            tx, world.station, Profile(sources=(source,)), by=world.person("hoa").id, now=world.clock.now
        )
    office = replace(world.office, registrar=RoomRegistrar(room))
    incoming = Incoming(station=world.station, source="tinh", raw=raw, via="thử")
    received = receive(office, incoming, check=cap_signatures.check)
    with world.database.reading() as tx:
        alert = alerts.get(tx, world.station, received.alert or AlertId(""))
    assert alert is not None
    return received, alert


def test_station_plays_by_itself_what_its_signer_believes(
    sqlite_world: World, room: Room, authority: Authority
) -> None:
    received, alert = at_the_station(sqlite_world, room, authority, authority.sign(document()))

    assert (received.decision, received.reason.why, alert.state) == (Decision.PLAYS, Why.MAY_PLAY, AlertState.LIVE)
    assert (alert.content.audience, alert.author) == (EVERYBODY, None)
    assert sqlite_world.rung.alarms == [sqlite_world.station]
    with sqlite_world.database.reading() as tx:
        assert "alert.by_itself" in [entry.action for entry in audit.latest(tx, sqlite_world.station, subject=alert.id)]


def test_station_waits_for_a_person_where_its_signer_does_not_believe(
    sqlite_world: World, room: Room, stranger: Authority
) -> None:
    """The station's own rules trust the stranger; somebody who took over the web process could have written them."""
    received, alert = at_the_station(sqlite_world, room, stranger, stranger.sign(document()))

    assert (received.decision, alert.state) == (Decision.WAITS, AlertState.DRAFT)
    assert [remark.why for remark in received.remarks] == [Why.SIGNER_DECLINES]
