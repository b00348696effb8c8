"""The server's connection to the broker. Callbacks only note and enqueue; a dead network thread is seen by `alive`."""

import contextlib
import logging
import queue
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from wire import topics
from wire.topics import DeviceTopic

log = logging.getLogger(__name__)

KEEPALIVE_S = 20
WAITING_MAX_BYTES = 64 * 1024 * 1024
"""Of letters not read yet. Two thousand boxes that come back at once with a batch of reports each fit well."""
_ENVELOPE_BYTES = 500
LETTERS_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """Where the broker is. `mqtts` means TLS, checked against `ca_pem` or the system's authorities."""

    host: str
    port: int
    tls: bool
    username: str | None = None
    password: str | None = None
    ca_pem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message as it came, and the instant at which it did."""

    topic: str
    payload: bytes
    received_at: datetime


class Letters(queue.Queue[Letter]):
    """A queue that is full by the bytes in it, not by the number of letters: one letter may be a megabyte."""

    def _init(self, maxsize: int) -> None:
        super()._init(maxsize)
        self._bytes = 0

    def _qsize(self) -> int:
        return self._bytes

    def _put(self, item: Letter) -> None:
        super()._put(item)
        self._bytes += _ENVELOPE_BYTES + len(item.payload)

    def _get(self) -> Letter:
        letter: Letter = super()._get()
        self._bytes -= _ENVELOPE_BYTES + len(letter.payload)
        return letter


def broker_address(url: str, *, ca_pem: str | None = None) -> BrokerAddress:
    """Return the address in `mqtt://user:password@host:port` or `mqtts://…`. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        raise ValueError(f"not a broker's address: {url!r} (mqtt://host:port or mqtts://host:port)")
    tls = parts.scheme == "mqtts"
    return BrokerAddress(
        host=parts.hostname,
        port=parts.port or (8883 if tls else 1883),
        tls=tls,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        ca_pem=ca_pem,
    )


def without_account(url: str) -> str:
    """Return a broker's address without the account in it: what may be told to others."""
    scheme, rest = url.split("://", 1)
    return f"{scheme}://{rest.rpartition('@')[2]}"


class MqttLink:
    """Publishes documents and receives what the boxes say. `session` grows with every connection.

    One that does not listen is for what must never wait behind anything else.
    """

    def __init__(
        self, address: BrokerAddress, *, client_id: str, now: Callable[[], datetime], listens: bool = True
    ) -> None:
        self._listens = listens
        self.inbox: queue.Queue[Letter] = Letters(maxsize=WAITING_MAX_BYTES)
        self.session = 0
        self._address, self._now = address, now
        self._on_session: Callable[[], None] = _nothing
        self._client = _client(address, client_id)
        self._thread = f"paho-mqtt-client-{client_id}"  # as the library names it
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._received

    def start(self, on_session: Callable[[], None]) -> None:
        """Begin connecting, and go on for ever; `on_session` is called at each new connection."""
        self._on_session = on_session
        self._client.connect_async(self._address.host, self._address.port, keepalive=KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """Take leave of the broker and end the network thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def letters(self, timeout_s: float, *, most: int = LETTERS_AT_ONCE) -> list[Letter]:
        """Return the letters that wait, as soon as there is one; nothing when the time is up."""
        found: list[Letter] = []
        with contextlib.suppress(queue.Empty):
            found.append(self.inbox.get(timeout=timeout_s))
            while len(found) < most:
                found.append(self.inbox.get_nowait())
        return found

    @property
    def connected(self) -> bool:
        return bool(self._client.is_connected())

    @property
    def alive(self) -> bool:
        """Whether the network thread still runs: paho stays “connected” and deaf when it has died."""
        return any(thread.name == self._thread for thread in threading.enumerate())

    def publish(self, topic: str, payload: bytes, *, retain: bool, qos: int = 1) -> None:
        """Hand a message to the client, which sends it now or after the next connection."""
        self._client.publish(topic, payload, qos=qos, retain=retain)

    def plan(self, station: str, device: str, sealed: bytes) -> None:
        """Publish a box's plan; empty clears it."""
        self.publish(topics.of_device(station, device, DeviceTopic.PLAN), sealed, retain=True)

    def alerts(self, station: str, sealed: bytes) -> None:
        """Publish the station's live alerts and heartbeat."""
        self.publish(topics.alerts(station), sealed, retain=True)

    def chunk(self, station: str, sha256: str, number: int, payload: bytes) -> None:
        """Publish one chunk of an audio file; empty clears it."""
        self.publish(topics.chunk(station, sha256, number), payload, retain=True)

    def ack(self, station: str, device: str, sealed: bytes) -> None:
        """Publish an acknowledgement of reports."""
        self.publish(topics.of_device(station, device, DeviceTopic.ACK), sealed, retain=False)

    def clock(self, station: str, device: str, sealed: bytes) -> None:
        """Answer a box that asks for the time; worthless when late, so it is sent once."""
        self.publish(topics.of_device(station, device, DeviceTopic.CLOCK), sealed, retain=False, qos=0)

    def _connected(self, client: paho.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            log.error("the broker at %s:%s refuses us: %s", self._address.host, self._address.port, reason)
            return
        if self._listens:
            client.subscribe(
                [
                    (topics.of_every_device(DeviceTopic.STATUS), 1),
                    (topics.of_every_device(DeviceTopic.REPORT), 1),
                    (topics.of_every_device(DeviceTopic.CLOCK), 0),
                ]
            )
        self.session += 1
        log.info("connected to the broker at %s:%s", self._address.host, self._address.port)
        self._on_session()

    def _disconnected(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        log.warning("the connection to the broker is gone: %s", reason)

    def _received(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        letter = Letter(topic=message.topic, payload=bytes(message.payload), received_at=self._now())
        try:
            self.inbox.put_nowait(letter)
        except queue.Full:
            log.error("too many messages wait; one on %s is dropped, its box will send it again", message.topic)


def _client(address: BrokerAddress, client_id: str) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False)
    client.reconnect_delay_set(min_delay=1, max_delay=5)
    client.max_inflight_messages_set(100)
    if address.username:
        client.username_pw_set(address.username, address.password)
    if address.tls:
        client.tls_set_context(ssl.create_default_context(cadata=address.ca_pem))
    return client


def _nothing() -> None:
    """Nobody waits for a new connection."""
