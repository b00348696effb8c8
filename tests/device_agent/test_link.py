"""The box's connection on real brokers: it comes back by itself, leaves a last will, and never stays deaf."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from device_agent.link import (
    BadBrokerAddress,
    Connected,
    Disconnected,
    Event,
    Link,
    Message,
    NetworkThreadDied,
    Outgoing,
    address_of,
)
from tests.fixtures.brokers import Mosquitto
from wire.enrolment import BrokerAccount

WILL = Outgoing(topic="loa/v1/xa/loa/status", payload=b"gone", retain=True)


class Ear:
    """Keeps the events of a link, and waits for one."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._news = asyncio.Event()

    def emit(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    async def hear(self, wanted: Callable[[Event], bool], *, timeout_s: float = 10) -> Event:
        async with asyncio.timeout(timeout_s):
            while True:
                for event in self.events:
                    if wanted(event):
                        return event
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def linked(
    account: BrokerAccount, *, name: str = "xa.loa", will: Outgoing = WILL
) -> AsyncIterator[tuple[Link, Ear]]:
    ear = Ear()
    link = Link(account, client_id=name, subscriptions=[("news", 1)], last_will=lambda: will, emit=ear.emit)
    running = asyncio.create_task(link.run())
    try:
        yield link, ear
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await asyncio.to_thread(link.close, None)


def connected(event: Event) -> bool:
    return isinstance(event, Connected)


def message(payload: bytes) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, Message) and event.payload == payload


def test_messages_go_both_ways_and_chunks_are_asked_for(embedded_broker: EmbeddedBroker) -> None:
    async def scene() -> None:
        async with linked(BrokerAccount(url=embedded_broker.url)) as (link, ear):
            await ear.hear(connected)
            assert link.publish(Outgoing(topic="news", payload=b"hello"))
            await ear.hear(message(b"hello"))
            link.publish(Outgoing(topic="chunk/1", payload=b"kept", retain=True))
            link.subscribe(["chunk/1"])
            await ear.hear(message(b"kept"))
            ear.events.clear()
            link.unsubscribe(["chunk/1"])
            link.subscribe(["chunk/1"])
            await ear.hear(message(b"kept"))

    asyncio.run(scene())


def test_without_a_broker_nothing_is_queued_and_it_keeps_trying(free_port: int) -> None:
    async def scene() -> None:
        async with linked(BrokerAccount(url=f"mqtt://127.0.0.1:{free_port}")) as (link, ear):
            await ear.hear(lambda event: isinstance(event, Disconnected))
            assert not link.publish(Outgoing(topic="news", payload=b"lost"))

    asyncio.run(scene())


def test_a_dead_network_thread_ends_the_link(embedded_broker: EmbeddedBroker) -> None:
    async def scene() -> None:
        def bad_will() -> Outgoing:
            raise ValueError("a fault in a callback")

        link = Link(
            BrokerAccount(url=embedded_broker.url), client_id="x", subscriptions=[], last_will=bad_will, emit=print
        )
        with pytest.raises(NetworkThreadDied):
            await asyncio.wait_for(link.run(), 10)

    silent = threading.excepthook
    threading.excepthook = lambda _: None
    try:
        asyncio.run(scene())
    finally:
        threading.excepthook = silent


@pytest.mark.slow
def test_the_broker_tells_the_last_will_of_a_box_that_fell_silent(mosquitto_broker: Mosquitto) -> None:
    async def scene() -> None:
        account = BrokerAccount(url=mosquitto_broker.url)
        async with linked(account, name="watcher") as (watcher, seen):
            await seen.hear(connected)
            watcher.subscribe([WILL.topic])
            async with linked(account) as (_, ear):
                await ear.hear(connected)
                usurper = Client(CallbackAPIVersion.VERSION2, client_id="xa.loa")  # the broker throws the first out
                usurper.connect("127.0.0.1", mosquitto_broker.port)
                usurper.loop_start()
                await seen.hear(message(b"gone"))
                usurper.disconnect()
                usurper.loop_stop()

    asyncio.run(scene())


@pytest.mark.slow
def test_a_farewell_replaces_the_last_will(mosquitto_broker: Mosquitto) -> None:
    async def scene() -> None:
        account = BrokerAccount(url=mosquitto_broker.url)
        ear = Ear()
        link = Link(account, client_id="xa.loa", subscriptions=[], last_will=lambda: WILL, emit=ear.emit)
        running = asyncio.create_task(link.run())
        await ear.hear(connected)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await asyncio.to_thread(link.close, Outgoing(topic=WILL.topic, payload=b"goodbye", retain=True))
        async with linked(account, name="later") as (later, seen):
            await seen.hear(connected)
            later.subscribe([WILL.topic])
            await seen.hear(message(b"goodbye"))

    asyncio.run(scene())


@pytest.mark.slow
def test_it_comes_back_and_subscribes_again_after_the_broker_was_killed(mosquitto_broker: Mosquitto) -> None:
    async def scene() -> None:
        async with linked(BrokerAccount(url=mosquitto_broker.url)) as (link, ear):
            await ear.hear(connected)
            mosquitto_broker.kill()
            await ear.hear(lambda event: isinstance(event, Disconnected))
            assert not link.is_connected
            ear.events.clear()
            mosquitto_broker.start()
            await ear.hear(connected, timeout_s=15)
            link.publish(Outgoing(topic="news", payload=b"again"))
            await ear.hear(message(b"again"))

    asyncio.run(scene())


# paho leaves the socket of a failed handshake to the garbage collector, which is asked to come by within the test.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.slow
def test_tls_with_the_stations_own_authority_and_an_account(mosquitto_tls: Mosquitto) -> None:
    parts = urlsplit(mosquitto_tls.url)
    url = f"mqtts://{parts.hostname}:{parts.port}"

    async def scene(account: BrokerAccount, wanted: Callable[[Event], bool]) -> Event:
        async with linked(account) as (_, ear):
            return await ear.hear(wanted)

    good = BrokerAccount(url=url, username=parts.username, password=parts.password, ca_pem=mosquitto_tls.ca_pem)
    asyncio.run(scene(good, connected))
    wrong = good.model_copy(update={"password": "wrong"})
    refused = asyncio.run(scene(wrong, lambda event: isinstance(event, Disconnected)))
    assert isinstance(refused, Disconnected)
    assert "uthori" in refused.reason or "password" in refused.reason
    strangers = good.model_copy(update={"ca_pem": None})
    asyncio.run(scene(strangers, lambda event: isinstance(event, Disconnected)))
    gc.collect()


@pytest.mark.parametrize("url", ["http://broker", "mqtt://", "mqtt://host:port", "broker:1883"])
def test_an_address_that_cannot_be_used_is_named(url: str) -> None:
    with pytest.raises(BadBrokerAddress):
        address_of(BrokerAccount(url=url))


def test_the_usual_ports_are_taken_for_granted() -> None:
    assert address_of(BrokerAccount(url="mqtt://loa.vn"))[:2] == ("loa.vn", 1883)
    assert address_of(BrokerAccount(url="mqtts://loa.vn"))[:2] == ("loa.vn", 8883)
