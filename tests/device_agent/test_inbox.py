"""What arrives is told apart and checked; what is refused is counted and remembered, and our own echo is neither."""

from datetime import UTC, datetime

import pytest
from pydantic import BaseModel

from device_agent.inbox import ChunkArrived, Inbox, SealedAlerts, SealedPlan
from wire import seal, topics
from wire.messages import Ack, ClockReply, ClockRequest

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
STATION, BOX = seal.new_key(), seal.new_key()
OURS = {"station": "xa", "device": "loa"}


def inbox() -> Inbox:
    return Inbox(station="xa", device="loa", station_key=STATION)


def topic(name: topics.DeviceTopic, device: str = "loa") -> str:
    return topics.of_device("xa", device, name)


def ack(**fields: object) -> Ack:
    return Ack(**{**OURS, "journal": "j", "up_to": 3, "issued_at": NOW, **fields})  # type: ignore[arg-type]  # the test's own fields


def clock_reply() -> ClockReply:
    return ClockReply(**OURS, nonce="n" * 16, request_sent_at=NOW, received_at=NOW, sent_at=NOW)


@pytest.mark.parametrize(
    ("at", "payload", "arrival"),
    [
        (topics.alerts("xa"), b"x", SealedAlerts(sealed=b"x")),
        (topic(topics.DeviceTopic.PLAN), b"x", SealedPlan(sealed=b"x")),
        (topics.chunk("xa", "a" * 64, 7), b"x", ChunkArrived(sha256="a" * 64, number=7, payload=b"x")),
        (topic(topics.DeviceTopic.ACK), seal.seal(ack(), STATION), ack()),
        (topic(topics.DeviceTopic.CLOCK), seal.seal(clock_reply(), STATION), clock_reply()),
    ],
)
def test_each_topic_brings_its_own(at: str, payload: bytes, arrival: object) -> None:
    box = inbox()
    assert box.open(at, payload) == arrival
    assert box.refused == 0


@pytest.mark.parametrize(
    ("at", "message", "key"),
    [
        (topic(topics.DeviceTopic.ACK), ack(), BOX),
        (topic(topics.DeviceTopic.ACK), ack(device="loa-khac"), STATION),
        (topic(topics.DeviceTopic.ACK), ack(station="xa-khac"), STATION),
        (topic(topics.DeviceTopic.ACK), clock_reply(), STATION),
        (topic(topics.DeviceTopic.CLOCK), clock_reply(), BOX),
        (topic(topics.DeviceTopic.CLOCK), ack(), STATION),
        (topic(topics.DeviceTopic.ACK, "loa-khac"), ack(), STATION),
        (topic(topics.DeviceTopic.STATUS), ack(), STATION),
        (topics.alerts("xa-khac"), ack(), STATION),
        ("loa/v1/xa/loa/commands", ack(), STATION),
    ],
)
def test_what_is_not_the_stations_word_to_us_is_refused_and_counted(at: str, message: BaseModel, key: object) -> None:
    box = inbox()
    assert box.open(at, seal.seal(message, key)) is None  # type: ignore[arg-type]  # a private key
    assert box.refused == 1
    assert box.last_refusal


@pytest.mark.parametrize("payload", [b"", b".", b"\xff\xfe", b"e30.e30.e30", b"W10.x.y", b"a" * 100_000])
def test_rubbish_is_refused_and_does_no_harm(payload: bytes) -> None:
    box = inbox()
    assert box.open(topic(topics.DeviceTopic.CLOCK), payload) is None
    assert box.refused == 1


def test_our_own_echo_is_no_refusal() -> None:
    box = inbox()
    request = ClockRequest(**OURS, nonce="n" * 16, sent_at=NOW)
    assert box.open(topic(topics.DeviceTopic.CLOCK), seal.seal(request, BOX)) is None
    assert box.refused == 0


def test_flood_is_counted_and_hardly_written_down(caplog: pytest.LogCaptureFixture) -> None:
    now = [10.0]
    box = Inbox(station="xa", device="loa", station_key=STATION, monotonic=lambda: now[0])
    for _ in range(500):
        box.open(topic(topics.DeviceTopic.ACK), b"forged")
    now[0] += 2
    box.open(topic(topics.DeviceTopic.ACK), b"forged")

    said = [record.getMessage() for record in caplog.records]
    assert (box.refused, len(said)) == (501, 2)
    assert "(501 so far)" in said[-1]
