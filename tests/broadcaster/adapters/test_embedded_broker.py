"""The broker in the wheel: on loopback, quick, and gone with its parent."""

import hashlib
import socket
import subprocess
import sys
import time

import pytest

from broadcaster.adapters import embedded_broker as adapter
from broadcaster.adapters.embedded_broker import BrokerPortTaken, EmbeddedBroker
from broadcaster.adapters.mqtt import broker_address
from tests.fixtures.mqtt_probe import Probe
from wire import chunks, topics

pytestmark = pytest.mark.slow


def _accepts(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def test_broker_starts_within_two_seconds_on_the_given_port(free_port: int) -> None:
    broker = EmbeddedBroker(port=free_port)
    started = time.monotonic()
    broker.start()
    took_s = time.monotonic() - started
    try:
        assert broker.url == f"mqtt://127.0.0.1:{free_port}"
        assert broker.running
        assert took_s < 2
    finally:
        broker.stop()
    assert not broker.running
    assert not _accepts(free_port)


def test_broker_stops_twice_without_complaint(embedded_broker: EmbeddedBroker) -> None:
    embedded_broker.stop()
    embedded_broker.stop()

    assert not embedded_broker.running


def test_broker_listens_on_loopback_only(embedded_broker: EmbeddedBroker) -> None:
    """127.0.0.2 is this machine too, and would answer if the broker listened on every address."""
    assert _accepts(embedded_broker.port)
    assert not _accepts(embedded_broker.port, "127.0.0.2")


def test_two_hundred_retained_chunks_reach_a_late_subscriber(embedded_broker: EmbeddedBroker) -> None:
    audio = b"".join(hashlib.sha256(n.to_bytes(4, "big")).digest() * 2048 for n in range(200))
    sha256 = hashlib.sha256(audio).hexdigest()
    with Probe(broker_address(embedded_broker.url)) as server:
        for number, payload in enumerate(chunks.split(audio)):
            server.publish(topics.chunk("xa", sha256, number), payload, retain=True)

    got: dict[int, bytes] = {}
    with Probe(broker_address(embedded_broker.url)) as box:
        # One subscription a chunk, as the protocol says: a wildcard would bring the first hundred and no more.
        box.client.subscribe([(topics.chunk("xa", sha256, number), 1) for number in range(200)])
        while len(got) < 200 and (letter := box.receive()):
            chunk = chunks.unpack(letter[1])
            got[chunk.number] = chunk.body

    assert len(got) == 200
    assert chunks.join([got[number] for number in range(200)], sha256) == audio


def test_payload_beyond_the_limit_does_not_pass(embedded_broker: EmbeddedBroker) -> None:
    """The control of the test above: there is a limit, and it is the one that was asked for."""
    address = broker_address(embedded_broker.url)
    with Probe(address) as box, Probe(address) as server:
        box.subscribe("loa/v1/xa/alerts")
        server.client.publish("loa/v1/xa/alerts", bytes(adapter.PAYLOAD_MAX_BYTES + 1), qos=1)

        assert box.receive(within_s=1) is None


def test_taken_port_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "PORT_PATIENCE_S", 0.1)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(BrokerPortTaken, match=f"Cổng {port} đã có chương trình khác dùng"):
            EmbeddedBroker(port=port).start()


def test_broker_ends_with_its_parent_and_the_next_one_takes_the_port(free_port: int) -> None:
    program = (
        "import sys, time\n"
        "from broadcaster.adapters.embedded_broker import EmbeddedBroker\n"
        f"EmbeddedBroker(port={free_port}).start()\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    assert _accepts(free_port)

    parent.kill()
    parent.wait(timeout=60)
    parent.stdout.close()
    successor = EmbeddedBroker(port=free_port)
    successor.start()

    assert successor.running
    successor.stop()
