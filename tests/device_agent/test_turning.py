"""Many boxes' connections turned by one loop: what a thread of its own does for one box, it does for all."""

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from device_agent.link import Disconnected, Event, Link, Outgoing
from device_agent.turning import InLoop
from tests.device_agent.test_link import WILL, Ear, connected, message
from tests.fixtures.brokers import Mosquitto
from wire.enrolment import BrokerAccount


@asynccontextmanager
async def linked(account: BrokerAccount, *, name: str = "xa.loa") -> AsyncIterator[tuple[Link, Ear]]:
    ear = Ear()
    with ThreadPoolExecutor(2) as hands:
        link = Link(
            account, client_id=name, subscriptions=[("news", 1)], last_will=lambda: WILL, emit=ear.emit,
            turning=InLoop(hands),
        )  # fmt: skip
        running = asyncio.create_task(link.run())
        try:
            yield link, ear
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await asyncio.to_thread(link.close, Outgoing(topic="farewell", payload=b"goodbye", retain=True))


def disconnected(event: Event) -> bool:
    return isinstance(event, Disconnected)


def test_messages_go_both_ways_without_a_thread(embedded_broker: EmbeddedBroker) -> None:
    async def scene() -> None:
        async with linked(BrokerAccount(url=embedded_broker.url)) as (link, ear):
            await ear.hear(connected)
            assert link.publish(Outgoing(topic="news", payload=b"hello"))
            await ear.hear(message(b"hello"))
            assert not [thread for thread in threading.enumerate() if thread.name.startswith("paho")]

    asyncio.run(scene())


def test_farewell_is_said_before_the_end(embedded_broker: EmbeddedBroker) -> None:
    async def scene() -> None:
        account = BrokerAccount(url=embedded_broker.url)
        async with linked(account) as (_, ear):
            await ear.hear(connected)
        async with linked(account, name="watcher") as (watcher, seen):
            await seen.hear(connected)
            watcher.subscribe(["farewell"])
            await seen.hear(message(b"goodbye"))

    asyncio.run(scene())


def test_without_a_broker_it_says_so_and_keeps_trying(free_port: int) -> None:
    async def scene() -> None:
        async with linked(BrokerAccount(url=f"mqtt://127.0.0.1:{free_port}")) as (link, ear):
            await ear.hear(disconnected)
            ear.events.clear()
            await ear.hear(disconnected)
            assert not link.publish(Outgoing(topic="news", payload=b"lost"))

    asyncio.run(scene())


@pytest.mark.slow
def test_many_large_messages_at_once_come_through_tls(mosquitto_tls: Mosquitto) -> None:
    """What TLS has decrypted already makes no socket readable; it must be taken all the same."""

    async def scene() -> None:
        address = mosquitto_tls.address
        account = BrokerAccount(
            url=f"mqtts://127.0.0.1:{mosquitto_tls.port}", username=address.username, password=address.password,
            ca_pem=mosquitto_tls.ca_pem,
        )  # fmt: skip
        topics = [f"loa/v1/xa/audio/{number}" for number in range(40)]
        async with linked(account) as (link, ear):
            await ear.hear(connected)
            for topic in topics:
                link.publish(Outgoing(topic=topic, payload=topic.encode() * 2000, retain=True))
            link.subscribe(topics)
            for topic in topics:
                await ear.hear(message(topic.encode() * 2000))

    asyncio.run(scene())


@pytest.mark.slow
def test_it_comes_back_after_the_broker_was_gone(mosquitto_broker: Mosquitto) -> None:
    async def scene() -> None:
        async with linked(BrokerAccount(url=mosquitto_broker.url)) as (link, ear):
            await ear.hear(connected)
            await asyncio.to_thread(mosquitto_broker.kill)
            await ear.hear(disconnected)
            ear.events.clear()
            await asyncio.to_thread(mosquitto_broker.start)
            await ear.hear(connected, timeout_s=20)
            link.publish(Outgoing(topic="news", payload=b"again"))
            await ear.hear(message(b"again"))

    asyncio.run(scene())
