"""Warnings from outside in a whole station: kept, judged, drafted once, followed in any order, and never sounding."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from broadcaster.domain.alert import Alert, AlertState, MsgType, Severity, Status
from broadcaster.domain.audience import EVERYBODY
from broadcaster.domain.cap.parsing import CapOtherVersion
from broadcaster.domain.cap.profile import ByItself, Profile, Source
from broadcaster.domain.cap.reasons import Why
from broadcaster.domain.cap.verdict import Decision, Signature
from broadcaster.services.cap import drafts as cap_drafts
from broadcaster.services.cap import intake as cap_intake
from broadcaster.services.cap.intake import Incoming, NoSuchSource, TooManyWarnings, no_checker, receive
from broadcaster.store import alerts, audit, cap_received, notices
from broadcaster.store.cap_received import Received
from tests.fakes.cap_documents import document, raw_file, reference
from tests.fakes.station_office import MORNING
from tests.fakes.station_world import World, open_neighbour


def come(world: World, raw: bytes, *, source: str = "post", signature: Signature = Signature.NONE) -> Received:
    """Let a document come in."""

    def check(given: bytes, _certificates: Sequence[str], _now: datetime) -> tuple[Signature, bytes]:
        return signature, given

    incoming = Incoming(station=world.station, source=source, raw=raw, via="thử")
    return receive(world.office, incoming, check=check)


def alert_of(world: World, received: Received) -> Alert:
    """Return the alert that was made of a message."""
    assert received.alert is not None
    with world.database.reading() as tx:
        found = alerts.get(tx, world.station, received.alert)
    assert found is not None
    return found


def drafts(world: World) -> list[Alert]:
    with world.database.reading() as tx:
        return list(alerts.of_station(tx, world.station, states=(AlertState.DRAFT,)))


def told(world: World, kind: str) -> list[str]:
    with world.database.reading() as tx:
        return [notice.sentence for notice in notices.latest(tx, world.station) if notice.kind == kind]


def settle(world: World, *sources: Source) -> None:
    """Give the station rules."""
    with world.database.writing() as tx:
        profile = Profile(sources=sources)
        cap_received.set_profile(tx, world.station, profile, by=world.person("hoa").id, now=world.clock.now)


def make_live(world: World, alert: Alert) -> None:
    """Put an alert where two people would have put it."""
    with world.database.writing() as tx:
        alerts.save(tx, replace(alert, state=AlertState.LIVE, live_at=world.clock.now))


def test_warning_becomes_a_draft_without_an_author_and_people_are_told(world: World) -> None:
    received = come(world, raw_file("vn-flood.xml"))
    alert = alert_of(world, received)

    assert (received.decision, received.reason.why) == (Decision.WAITS, Why.WAITS_FOR_A_PERSON)
    assert (alert.state, alert.author, alert.source) == (AlertState.DRAFT, None, "cap:pctt@bacninh.example")
    assert alert.content.headline == "Lũ trên sông vượt báo động 2"
    assert (alert.content.status, alert.content.severity) == (Status.ACTUAL, Severity.SEVERE)
    assert told(world, "cap_waits") == ["Cảnh báo từ pctt@bacninh.example chờ duyệt: “Lũ trên sông vượt báo động 2”."]


def test_draft_is_in_the_audit_trail_with_its_message(sqlite_world: World) -> None:
    received = come(sqlite_world, document())
    with sqlite_world.database.reading() as tx:
        (entry, *_) = audit.latest(tx, sqlite_world.station, subject=received.alert)

    assert (entry.action, entry.who, entry.detail["message"]) == ("alert.draft", None, received.id)


def test_nothing_from_outside_is_live_without_people_or_the_signer(sqlite_world: World) -> None:
    """Even a signed message of a source that may play by itself is a draft where no signer believes it too."""
    settle(sqlite_world, Source(name="post", certificates=("pem",), by_itself=ByItself.SIGNED))

    received = come(sqlite_world, document(), signature=Signature.GOOD)

    assert (received.decision, [remark.why for remark in received.remarks]) == (Decision.WAITS, [Why.SIGNER_DECLINES])
    assert alert_of(sqlite_world, received).state is AlertState.DRAFT
    assert len(told(sqlite_world, "cap_waits")) == 1


def test_message_that_comes_twice_makes_one_draft(world: World) -> None:
    first, second = come(world, document()), come(world, document())

    assert (second.id, second.alert, second.times) == (first.id, first.alert, 2)
    assert len(drafts(world)) == 1


def test_same_message_by_another_way_makes_no_second_draft(sqlite_world: World) -> None:
    settle(sqlite_world, Source(name="post"), Source(name="tinh"))
    come(sqlite_world, document())

    assert come(sqlite_world, document(), source="tinh").reason.why is Why.CAME_ANOTHER_WAY
    assert len(drafts(sqlite_world)) == 1


def test_other_words_under_the_same_name_are_not_used(sqlite_world: World) -> None:
    come(sqlite_world, document())

    forged = come(sqlite_world, document(headline="Không có gì"))

    assert (forged.decision, forged.reason.why) == (Decision.DROPPED, Why.SAME_NAME_OTHER_CONTENT)
    assert [alert.content.headline for alert in drafts(sqlite_world)] == ["Lũ quét sắp về"]


@pytest.mark.parametrize("forgery", [Signature.NONE, Signature.WRONG])
def test_a_forged_message_does_not_keep_the_name_from_the_genuine_one(sqlite_world: World, forgery: Signature) -> None:
    """Whoever guessed the next number could have had the real warning thrown away as "other content"."""
    settle(sqlite_world, Source(name="post", certificates=("pem",), signature_required=True))
    first = come(sqlite_world, document(headline="Không có gì"), signature=forgery)
    assert first.decision is Decision.DROPPED

    genuine = come(sqlite_world, document(), signature=Signature.GOOD)
    late = come(sqlite_world, document(headline="Không có gì"), signature=forgery)

    assert genuine.decision is Decision.WAITS
    assert [alert.content.headline for alert in drafts(sqlite_world)] == ["Lũ quét sắp về"]
    assert late.reason.why is Why.SAME_NAME_OTHER_CONTENT
    with sqlite_world.database.reading() as tx:
        assert len(cap_received.latest(tx, sqlite_world.station)) == 3


def test_the_same_message_with_and_without_its_signature_is_one(sqlite_world: World) -> None:
    signed = document().replace(b"</alert>", b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></alert>')

    first, second = come(sqlite_world, document()), come(sqlite_world, signed, signature=Signature.UNCHECKED)

    assert (second.id, second.times) == (first.id, 2)


def test_drafts_that_nobody_approved_in_time_are_gone_and_make_room(world: World) -> None:
    """Thirty of last week's warnings, which nobody may approve any more, kept every new one out."""
    past = MORNING + timedelta(minutes=10)
    old = come(world, document(expires=past))
    lasting = come(world, document(identifier="B"))

    world.clock.now = past
    assert cap_drafts.discard_outdated(world.office) == 1

    assert alert_of(world, old).state is AlertState.DISCARDED
    assert alert_of(world, old).end_reason == cap_drafts.OUTDATED
    assert [alert.id for alert in drafts(world)] == [lasting.alert]
    assert cap_drafts.discard_outdated(world.office) == 0


def test_a_name_taken_at_one_source_does_not_keep_the_genuine_message_of_another_out(sqlite_world: World) -> None:
    settle(sqlite_world, Source(name="post"), Source(name="tinh"))
    come(sqlite_world, document(headline="Kẻ khác nói trước"))

    assert come(sqlite_world, document(), source="tinh").decision is Decision.WAITS


def test_cancel_discards_the_draft(world: World) -> None:
    first = come(world, document(identifier="A"))

    gone = come(world, document(identifier="B", msg_type="Cancel", references=reference("A")))

    assert gone.decision is Decision.CALLS_OFF
    assert alert_of(world, first).state is AlertState.DISCARDED
    assert drafts(world) == []


def test_cancel_of_a_live_alert_asks_people_once_and_silences_nothing(sqlite_world: World) -> None:
    first = come(sqlite_world, document(identifier="A"))
    make_live(sqlite_world, alert_of(sqlite_world, first))
    cancel = document(identifier="B", msg_type="Cancel", references=reference("A"))

    come(sqlite_world, cancel)
    come(sqlite_world, cancel)

    assert alert_of(sqlite_world, first).state is AlertState.LIVE
    assert told(sqlite_world, "cap_called_off") == [
        "Nơi gửi đã hủy cảnh báo “Lũ quét sắp về” mà đài đang phát. Xin xem và dừng nếu đúng."
    ]


def test_original_that_comes_after_its_cancel_makes_no_draft(world: World) -> None:
    first = come(world, document(identifier="B", msg_type="Cancel", references=reference("A"), infos=""))
    late = come(world, document(identifier="A"))

    assert first.reason.why is Why.CALLS_OFF_UNKNOWN
    assert (late.decision, late.reason.why) == (Decision.DROPPED, Why.SUPERSEDED)
    assert drafts(world) == []


def test_update_takes_the_place_of_a_draft(world: World) -> None:
    come(world, document(identifier="A"))

    come(world, document(identifier="B", msg_type="Update", references=reference("A"), headline="Lũ lên nữa"))

    assert [alert.content.headline for alert in drafts(world)] == ["Lũ lên nữa"]


def test_update_of_a_live_alert_is_the_next_version_of_its_chain(world: World) -> None:
    first = alert_of(world, come(world, document(identifier="A")))
    make_live(world, first)

    second = alert_of(world, come(world, document(identifier="B", msg_type="Update", references=reference("A"))))

    assert (second.thread, second.version, second.state) == (first.id, 2, AlertState.DRAFT)
    assert (second.content.msg_type, second.content.references) == (MsgType.UPDATE, first.id)


@pytest.mark.parametrize("msg_type", ["Cancel", "Update"])
def test_who_names_only_the_first_of_a_chain_means_what_became_of_it(world: World, msg_type: str) -> None:
    """A draft of the first update stayed and waited after the sender had taken the whole matter back."""
    come(world, document(identifier="A"))
    come(world, document(identifier="B", msg_type="Update", references=reference("A"), headline="Hai"))
    come(world, document(identifier="C", msg_type="Update", references=reference("B"), headline="Ba"))

    come(world, document(identifier="D", msg_type=msg_type, references=reference("A"), headline="Bốn"))

    assert [alert.content.headline for alert in drafts(world)] == (["Bốn"] if msg_type == "Update" else [])


def test_updates_in_the_wrong_order_leave_only_the_newest(sqlite_world: World) -> None:
    second = reference("B", sent=sqlite_world.clock.now - timedelta(minutes=4))
    come(sqlite_world, document(identifier="C", msg_type="Update", references=f"{reference('A')} {second}"))
    moved = sqlite_world.clock.now - timedelta(minutes=4)
    come(sqlite_world, document(identifier="B", msg_type="Update", references=reference("A"), sent=moved))
    come(sqlite_world, document(identifier="A"))

    with sqlite_world.database.reading() as tx:
        kept = {r.name.identifier: r.reason.why for r in cap_received.latest(tx, sqlite_world.station) if r.name}
    assert kept == {"C": Why.WAITS_FOR_A_PERSON, "B": Why.SUPERSEDED, "A": Why.SUPERSEDED}
    assert len(drafts(sqlite_world)) == 1


def test_a_drill_s_cancel_takes_back_nothing_real(sqlite_world: World) -> None:
    """Hawaii the other way round: the end of an exercise must not be the end of an alarm."""
    real = come(sqlite_world, document(identifier="A"))
    end = document(
        identifier="B", status="Exercise", msg_type="Cancel", references=f"{reference('A')} {reference('L')}"
    )

    assert come(sqlite_world, end).reason.why is Why.CALLS_OFF_UNKNOWN
    assert alert_of(sqlite_world, real).state is AlertState.DRAFT
    assert come(sqlite_world, document(identifier="L")).decision is Decision.WAITS


def test_another_source_or_sender_takes_nothing_back(sqlite_world: World) -> None:
    settle(sqlite_world, Source(name="post"), Source(name="tinh"))
    real = come(sqlite_world, document(identifier="A"), source="tinh")

    come(sqlite_world, document(identifier="B", msg_type="Cancel", references=reference("A")))
    foreign = document(identifier="C", sender="ke-la", msg_type="Cancel", references=reference("A"))
    come(sqlite_world, foreign, source="tinh")

    assert alert_of(sqlite_world, real).state is AlertState.DRAFT


def test_unreadable_document_is_refused_and_kept_in_the_list(world: World) -> None:
    with pytest.raises(CapOtherVersion):
        come(world, document(namespace="urn:oasis:names:tc:emergency:cap:1.1"))

    with world.database.reading() as tx:
        (kept,) = cap_received.latest(tx, world.station)
        raw = cap_received.raw_of(tx, world.station, kept.id)
    assert (kept.decision, kept.name, kept.reason.why) == (Decision.DROPPED, None, Why.UNREADABLE)
    assert "1.1" in kept.reason.sentence()
    assert raw == document(namespace="urn:oasis:names:tc:emergency:cap:1.1")


def test_of_a_long_message_only_the_beginning_is_kept(sqlite_world: World) -> None:
    received = come(sqlite_world, document(description="Nước lên. " * 50_000))

    with sqlite_world.database.reading() as tx:
        raw = cap_received.raw_of(tx, sqlite_world.station, received.id)
    assert raw is not None
    assert len(raw) == cap_received.RAW_KEPT_BYTES < received.raw_bytes
    assert [remark.why for remark in received.remarks] == [Why.SHORTENED]
    assert alert_of(sqlite_world, received).content.text.endswith(" …")


def test_unknown_source_is_refused(sqlite_world: World) -> None:
    with pytest.raises(NoSuchSource):
        come(sqlite_world, document(), source="la")


def test_a_source_that_floods_does_not_drown_another(sqlite_world: World) -> None:
    settle(sqlite_world, Source(name="post"), Source(name="tinh"))
    for number in range(cap_intake.MOST_A_MINUTE):
        come(sqlite_world, document(identifier=f"F{number}"))

    with pytest.raises(TooManyWarnings):
        come(sqlite_world, document(identifier="F"))
    assert len(drafts(sqlite_world)) == cap_drafts.MOST_WAITING
    assert come(sqlite_world, document(identifier="G"), source="tinh").alert is not None


def test_what_found_no_place_is_taken_up_when_there_is_one(sqlite_world: World) -> None:
    for number in range(cap_drafts.MOST_WAITING + 1):
        last = come(sqlite_world, document(identifier=f"F{number}"))
    assert (last.alert, last.reason.why) == (None, Why.NOT_DRAFTED)
    for _ in range(3):
        assert cap_intake.take_up_left_over(sqlite_world.office, check=no_checker) == 0
    with sqlite_world.database.reading() as tx:
        kept = cap_received.get(tx, sqlite_world.station, last.id)
    assert kept is not None
    assert kept.times == 1

    come(sqlite_world, document(identifier="X", msg_type="Cancel", references=reference("F0")))

    assert cap_intake.take_up_left_over(sqlite_world.office, check=no_checker) == 1
    assert len(told(sqlite_world, "cap_not_drafted")) == 1


def test_what_was_dropped_is_judged_anew_when_it_comes_again_under_new_rules(sqlite_world: World) -> None:
    settle(sqlite_world, Source(name="post", senders=("ai-khac",)))
    assert come(sqlite_world, document()).reason.why is Why.UNKNOWN_SENDER

    settle(sqlite_world, Source(name="post"))

    assert come(sqlite_world, document()).alert is not None


def test_what_nobody_sees_is_not_kept_of_a_headline(sqlite_world: World) -> None:
    assert come(sqlite_world, document(headline="Lũ\u202e\u200b quét")).headline == "Lũ quét"


def test_stray_control_characters_keep_no_warning_from_people(sqlite_world: World) -> None:
    received = come(sqlite_world, document(headline="Lũ \x85 về"))

    assert alert_of(sqlite_world, received).content.headline in ("Lũ về", "Lũ … về")


def test_neighbour_sees_nothing_of_it(sqlite_world: World) -> None:
    neighbour = open_neighbour(sqlite_world)
    received = come(sqlite_world, document())

    with sqlite_world.database.reading() as tx:
        assert cap_received.latest(tx, neighbour.station) == ()
        assert cap_received.get(tx, neighbour.station, received.id) is None
        assert cap_received.raw_of(tx, neighbour.station, received.id) is None
    assert come(neighbour, document()).alert is not None


def test_old_messages_are_forgotten_but_those_that_became_alerts(sqlite_world: World) -> None:
    kept = come(sqlite_world, document(identifier="A"))
    come(sqlite_world, document(identifier="B", status="System", references=reference("A")))
    sqlite_world.clock.advance(days=91)

    come(sqlite_world, document(identifier="C", sent=sqlite_world.clock.now, status="System"))

    with sqlite_world.database.reading() as tx:
        names = [r.name.identifier for r in cap_received.latest(tx, sqlite_world.station) if r.name]
    assert names == ["C", "A"]
    assert kept.alert is not None


def test_house_rules_name_the_station_s_own_places(world: World) -> None:
    with world.database.reading() as tx:
        place = cap_intake.place_of(tx, world.station, Profile())

    assert place.names == ("Xã Hồng Phong",)
    assert [hamlet.names for hamlet in place.hamlets] == [("Thôn Kép",), ("Thôn Ngọt",)]
    assert alert_of(world, come(world, document())).content.audience == EVERYBODY


def test_without_anything_to_check_signatures_with_none_is_believed() -> None:
    assert no_checker(b"", ["pem"], MORNING)[0] is Signature.WRONG
    assert no_checker(b"", [], MORNING)[0] is Signature.NONE
