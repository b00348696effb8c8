"""What else the signer signs, and what it never does."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.adapters.signing import requests
from tests.fakes.signer_room import Room
from wire import messages
from wire.seal import load_key, open_sealed

AUDIO = messages.AudioRef(sha256="0" * 64, size_bytes=10, chunks=1, duration_ms=1000)


def plan(room: Room, *, priority: messages.Priority = messages.Priority.ORDINARY) -> messages.Plan:
    airing = messages.PlannedAiring(
        airing_id="lp-1", start_at=room.now, not_after=room.now, priority=priority, recording=AUDIO
    )
    return messages.Plan(
        station=room.station, device="loa-1", revision=messages.Revision(epoch=1, seq=1), issued_at=room.now,
        airings=(airing,),
    )  # fmt: skip


def clock_reply(room: Room, *, off: timedelta = timedelta(0)) -> messages.ClockReply:
    return messages.ClockReply(
        station=room.station, device="loa-1", nonce="n" * 20, request_sent_at=room.now - timedelta(days=9),
        received_at=room.now, sent_at=room.now + off,
    )  # fmt: skip


def ack(room: Room) -> messages.Ack:
    return messages.Ack(station=room.station, device="loa-1", journal="j", up_to=1, issued_at=room.now)


def test_daily_work_is_signed_as_it_was_asked(room: Room) -> None:
    key = load_key(room.ask(requests.PublicPem(station=room.station)).text)
    for message in (plan(room), clock_reply(room), ack(room)):
        (sealed,) = room.seal(message).sealed
        assert open_sealed(sealed.encode(), key, type(message)) == message


def test_a_plan_with_an_emergency_is_not_signed(room: Room) -> None:
    assert room.seal(plan(room, priority=messages.Priority.EMERGENCY)).refused == "not_signed"


def test_one_bad_message_spoils_the_batch(room: Room) -> None:
    bad = plan(room, priority=messages.Priority.EMERGENCY)
    answer = room.ask(requests.Seal(station=room.station, messages=(ack(room), bad)))
    assert (answer.refused, answer.sealed) == ("not_signed", ())


@pytest.mark.parametrize("off", [timedelta(minutes=3), timedelta(minutes=-3), timedelta(days=-1)])
def test_boxes_are_not_told_a_wrong_time(room: Room, off: timedelta) -> None:
    assert room.seal(clock_reply(room, off=off)).refused == "not_signed"
    assert room.seal(room.alerts(issued_at=room.now + off)).refused == "not_signed"


@pytest.mark.parametrize("kind", ["status", "reports", "clock_request", "hello", None])
def test_what_is_no_message_of_ours_is_not_signed(room: Room, kind: str | None) -> None:
    frame = (
        f'{{"op":"seal","station":"{room.station}","messages":[{{"kind":"{kind}","v":1,"station":"{room.station}"}}]}}'
    )
    assert b"not_understood" in room.desk.answer(frame.encode())


def test_what_the_signer_does_not_know_of_is_not_signed_along(room: Room) -> None:
    body = ack(room).model_dump_json()[:-1] + ',"alerts":[{"headline":"x"}]}'
    frame = f'{{"op":"seal","station":"{room.station}","messages":[{body}]}}'
    sealed = requests.Answer.model_validate_json(room.desk.answer(frame.encode())).sealed
    assert sealed == room.seal(ack(room)).sealed


def test_a_station_without_a_key_is_told_so(room: Room) -> None:
    answer = room.ask(requests.PublicPem(station="xa-khac"))
    assert answer.refused == "key_missing"
    assert "bản sao lưu" in answer.why


@given(st.binary(max_size=2_000))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_rubbish_is_answered_with_a_refusal(room: Room, frame: bytes) -> None:
    assert requests.Answer.model_validate_json(room.desk.answer(frame)).refused == "not_understood"


def test_what_is_nested_without_end_is_refused(room: Room) -> None:
    for frame in (b"[" * 200_000, b'{"op":' * 50_000, b'{"op":"seal","messages":' + b"[" * 100_000):
        assert requests.Answer.model_validate_json(room.desk.answer(frame)).refused == "not_understood"


def test_a_content_of_any_shape_is_refused(room: Room) -> None:
    content = room.content()
    dossier = room.both(content)
    for name in list(dossier.content):
        for odd in (None, 7, "x", [], {}, [[1, 2]], {"all": 1}, "2026-01-01T00:00:00"):
            if dossier.content[name] == odd:
                continue
            broken = {**dossier.content, name: odd}
            changed = type(dossier)(alert=dossier.alert, content=broken, vouched=dossier.vouched)
            assert not room.sounds(content, changed), (name, odd)
    assert room.sounds(content, dossier)
