"""The server's connection to its broker, and the promises that the broker in memory of the tests makes as well."""

import queue
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from broadcaster.adapters.mqtt import BrokerAddress, Letter, Letters, MqttLink, broker_address
from broadcaster.services.publishing import Post
from tests.fakes.station_post import FakePost
from tests.fixtures.brokers import Mosquitto


def eventually(holds: Callable[[], bool], *, within_s: float = 10.0) -> bool:
    """Return whether it holds in time."""
    end = time.monotonic() + within_s
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://127.0.0.1", ("127.0.0.1", 1883, False, None, None)),
        ("mqtts://loa.example.vn", ("loa.example.vn", 8883, True, None, None)),
        ("mqtt://dai:a%40b%2F%3A@[::1]:2000", ("::1", 2000, False, "dai", "a@b/:")),
    ],
)
def test_address_is_read(url: str, expected: tuple[object, ...]) -> None:
    found = broker_address(url)

    assert (found.host, found.port, found.tls, found.username, found.password) == expected


@pytest.mark.parametrize("url", ["", "http://x", "mqtt://", "mqtt:///x", "mqtt://x:99999", "mqtt://x:y"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"broker|[Pp]ort"):
        broker_address(url)


def test_letters_that_wait_are_limited_by_their_bytes() -> None:
    def letter(size: int) -> Letter:
        return Letter(topic="loa/v1/x", payload=bytes(size), received_at=datetime.now(UTC))

    waiting = Letters(maxsize=3_000_000)
    for _ in range(3):
        waiting.put_nowait(letter(1_000_000))
    with pytest.raises(queue.Full):
        waiting.put_nowait(letter(10))
    assert len(waiting.get_nowait().payload) == 1_000_000
    waiting.put_nowait(letter(10))
    assert [len(waiting.get_nowait().payload) for _ in range(3)] == [1_000_000, 1_000_000, 10]
    with pytest.raises(queue.Empty):
        waiting.get_nowait()


def test_link_that_was_not_started_is_not_alive() -> None:
    link = MqttLink(
        BrokerAddress(host="127.0.0.1", port=1, tls=False), client_id="station-test", now=lambda: datetime.now(UTC)
    )  # fmt: skip

    assert (link.alive, link.connected, link.session) == (False, False, 0)


def link_to(url: str) -> MqttLink:
    """Return a link that is connected."""
    link = MqttLink(broker_address(url), client_id="station-test", now=lambda: datetime.now(UTC))
    link.start(lambda: None)
    assert eventually(lambda: link.connected and link.session == 1)
    return link


@pytest.fixture(params=["fake", pytest.param("embedded", marks=pytest.mark.slow),
                        pytest.param("mosquitto", marks=pytest.mark.slow)])  # fmt: skip
def post(request: pytest.FixtureRequest) -> Iterator[Post]:
    """Each broker in turn, connected."""
    if request.param == "fake":
        yield FakePost()
        return
    broker = request.getfixturevalue(f"{request.param}_broker")
    link = link_to(broker.url)
    yield link
    link.stop()
    assert eventually(lambda: not link.alive)


def test_post_takes_every_document(post: Post) -> None:
    assert post.connected
    assert post.session == 1
    post.plan("xa-a", "loa-1", b"plan")
    post.alerts("xa-a", b"alerts")
    post.chunk("xa-a", "0" * 64, 0, b"chunk")
    post.chunk("xa-a", "0" * 64, 0, b"")


@pytest.mark.slow
def test_what_boxes_say_arrives_with_its_time(embedded_broker: EmbeddedBroker) -> None:
    link = link_to(embedded_broker.url)
    for topic in ("status", "report", "clock"):
        link.publish(f"loa/v1/xa-a/loa-1/{topic}", topic.encode(), retain=False)
    letters = [link.inbox.get(timeout=60) for _ in range(3)]
    link.stop()

    assert {(letter.topic.rpartition("/")[2], letter.payload) for letter in letters} == {
        ("status", b"status"), ("report", b"report"), ("clock", b"clock"),
    }  # fmt: skip
    assert all(letter.received_at.tzinfo is UTC for letter in letters)


@pytest.mark.slow
def test_every_connection_is_a_new_session(mosquitto_broker: Mosquitto) -> None:
    link = link_to(mosquitto_broker.url)
    mosquitto_broker.kill()
    assert eventually(lambda: not link.connected)
    assert link.alive
    link.alerts("xa-a", b"said while nobody listened")
    mosquitto_broker.start()

    assert eventually(lambda: link.connected and link.session == 2, within_s=20)
    link.stop()
