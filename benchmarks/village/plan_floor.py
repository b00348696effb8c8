"""The floor for plans: how long one publisher needs to bring bare MQTT subscribers a retained document each."""

import asyncio
import os
import socket
import ssl
import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from broadcaster.adapters.mqtt import BrokerAddress
from device_agent.turning import InLoop

FLOOR_ROUNDS = 5


async def floor_s(address: BrokerAddress, *, station: str, boxes: int, size_bytes: int) -> float:
    """Return how long one publisher needs to bring bare subscribers a retained document each; the middle of some."""
    hands = ThreadPoolExecutor(8)
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()
    missing: set[str] = set()

    def received(_client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        if message.payload:
            missing.discard(message.topic)
            if not missing:
                arrived.set()

    topics = [f"loa/v1/{station}/floor-{number}/plan" for number in range(boxes)]
    subscribed = [asyncio.Event() for _ in topics]
    clients = [
        (_client(address, topic, received, event), InLoop(hands))
        for topic, event in zip(topics, subscribed, strict=True)
    ]
    publisher = (_client(address, None, received, ready := asyncio.Event()), InLoop(hands))
    for client, turning in [*clients, publisher]:
        turning.begin(client)
    for event in [*subscribed, ready]:
        await asyncio.wait_for(event.wait(), 60)
    took = []
    for _ in range(FLOOR_ROUNDS):
        missing |= set(topics)
        arrived.clear()
        document, began = os.urandom(size_bytes), loop.time()
        for topic in topics:
            publisher[0].publish(topic, document, qos=1, retain=True)
        await asyncio.wait_for(arrived.wait(), 60)
        took.append(loop.time() - began)
    for topic in topics:
        publisher[0].publish(topic, b"", qos=1, retain=True)
    await asyncio.sleep(0.5)
    for client, turning in [*clients, publisher]:
        client.disconnect()
        await asyncio.to_thread(turning.end, client)
    return statistics.median(took)


def _client(
    address: BrokerAddress, topic: str | None, received: Callable[..., None], ready: asyncio.Event
) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(100)
    client.on_message = received
    client.on_subscribe = lambda *_: ready.set()
    client.on_connect = lambda c, *_: c.subscribe(topic, 1) if topic else ready.set()
    client.on_socket_open = lambda _c, _u, sock: sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # type: ignore[attr-defined] # paho calls any socket so
    if address.username:
        client.username_pw_set(address.username, address.password)
    if address.tls:
        client.tls_set_context(ssl.create_default_context(cadata=address.ca_pem))
    client.connect_async(address.host, address.port, keepalive=60)
    return client
