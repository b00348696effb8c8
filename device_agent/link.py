"""The box's MQTT connection. Only this module knows MQTT.

Callbacks of the network thread enqueue to the loop and do nothing else: an exception in one would kill the thread while
the client still calls itself connected.
"""

import asyncio
import contextlib
import logging
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from device_agent.turning import OwnThread, Turning
from wire.enrolment import BrokerAccount

log = logging.getLogger(__name__)

KEEPALIVE_S = 20
FAREWELL_S = 2.0
_THREAD_LOOK_S = 1.0
SUBSCRIBED_WITHIN_S = 10.0
"""A broker that has not confirmed by then may never have been asked: connected, and deaf."""


class LinkError(Exception):
    """The connection cannot be kept up, and nothing here can mend that."""


class BadBrokerAddress(LinkError):  # noqa: N818 - a kind of LinkError
    """The identity names a broker address that cannot be used."""

    def __init__(self, url: str) -> None:
        super().__init__(f"Địa chỉ máy chủ MQTT {url!r} không hợp lệ: cần dạng mqtt://… hoặc mqtts://…")


class NetworkThreadDied(LinkError):  # noqa: N818 - a kind of LinkError
    """The network thread ended by itself: the client would stay "connected" and deaf."""

    def __init__(self) -> None:
        super().__init__("the MQTT network thread died")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The broker took us; the fixed topics are subscribed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """The connection is gone or was refused; it is tried again by itself."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message, and when it came in by the monotonic clock."""

    topic: str
    payload: bytes
    at_monotonic: float


Event = Connected | Disconnected | Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to publish."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False


class Link:
    """`subscriptions` are (topic, QoS) made anew at every connection; `last_will` is asked for before each.

    The session is clean. Everything that must survive is retained or sent again until acknowledged, so a persistent
    session has nothing to keep; and some brokers (rumqttd) do not send retained messages again to a session that
    they know, so that a box would come back without its plan.
    """

    def __init__(
        self,
        account: BrokerAccount,
        *,
        client_id: str,
        subscriptions: Sequence[tuple[str, int]],
        last_will: Callable[[], Outgoing],
        emit: Callable[[Event], None],
        turning: Turning | None = None,
    ) -> None:
        self._account = account
        self._subscriptions = list(subscriptions)
        self._last_will = last_will
        self._emit = emit
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loops_thread: int | None = None
        self._turning = turning or OwnThread()
        self.is_connected = False
        self._asked: tuple[int | None, float] | None = None
        self._client = self._new_client(client_id)

    async def run(self) -> None:
        """Keep the connection until cancelled. Raises NetworkThreadDied."""
        self._loop, self._loops_thread = asyncio.get_running_loop(), threading.get_ident()
        self._start()
        try:
            while self._turning.is_alive():
                self._drop_deaf_connection()
                await asyncio.sleep(_THREAD_LOOK_S)
            raise NetworkThreadDied
        finally:
            self._loop = None

    def publish(self, message: Outgoing) -> bool:
        """Send the message; False, and it is dropped, while there is no broker: state is published anew on connect."""
        if not self.is_connected:
            return False
        self._client.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)
        return True

    def subscribe(self, topics: Sequence[str]) -> None:
        """Subscribe for this connection only, QoS 1: the broker answers with what it holds retained."""
        if topics and self.is_connected:
            self._client.subscribe([(topic, 1) for topic in topics])

    def unsubscribe(self, topics: Sequence[str]) -> None:
        """Take subscriptions back."""
        if topics and self.is_connected:
            self._client.unsubscribe(list(topics))

    def close(self, farewell: Outgoing | None) -> None:
        """Say goodbye in order, within `FAREWELL_S`, and end the network thread. May block that long."""
        if farewell is not None and self.is_connected:
            info = self._client.publish(farewell.topic, farewell.payload, qos=farewell.qos, retain=farewell.retain)
            try:
                info.wait_for_publish(FAREWELL_S)
            except (RuntimeError, ValueError) as exc:
                log.info("the farewell was not taken: %s", exc)
        self._client.disconnect()
        self._turning.end(self._client)

    def _drop_deaf_connection(self) -> None:
        """Break the connection when the fixed subscriptions stay unconfirmed; it is made anew by itself."""
        asked, sock = self._asked, self._client.socket()
        if asked is not None and isinstance(sock, socket.socket) and time.monotonic() - asked[1] > SUBSCRIBED_WITHIN_S:
            log.warning("the broker has not confirmed the subscriptions; connecting again")
            self._asked = None
            with contextlib.suppress(OSError):  # it is gone already
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _new_client(self, client_id: str) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True, protocol=MQTTProtocolVersion.MQTTv311
        )
        client.on_pre_connect = self._on_pre_connect
        client.on_socket_open = _on_socket_open
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_connect_fail = self._on_connect_fail
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        # Each box draws its own delays, so that a village does not come back in one instant after a broker's restart.
        client.reconnect_delay_set(min_delay=random.uniform(1.0, 2.0), max_delay=random.uniform(20.0, 30.0))  # type: ignore[arg-type]  # paho only compares and doubles them
        if self._account.username is not None:
            client.username_pw_set(self._account.username, self._account.password)
        return client

    def _start(self) -> None:
        host, port, tls = address_of(self._account)
        if tls is not None:
            self._client.tls_set_context(tls)
        self._client.connect_async(host, port, keepalive=KEEPALIVE_S)
        self._turning.begin(self._client)

    def _tell(self, event: Event) -> None:
        """Hand an event to the loop, from whichever thread."""
        loop = self._loop
        if loop is None:
            return
        is_here = threading.get_ident() == self._loops_thread  # then there is nobody to wake
        try:
            (loop.call_soon if is_here else loop.call_soon_threadsafe)(self._receive, event)
        except RuntimeError:
            log.debug("the loop is closing; %s is dropped", type(event).__name__)

    def _receive(self, event: Event) -> None:
        if isinstance(event, Connected):
            self.is_connected = True
        elif isinstance(event, Disconnected):
            self.is_connected = False
        self._emit(event)

    def _on_pre_connect(self, client: Client, _userdata: Any) -> None:
        will = self._last_will()
        client.will_set(will.topic, will.payload, qos=will.qos, retain=will.retain)

    def _on_connect(
        self, client: Client, _userdata: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._tell(Disconnected(reason=str(reason)))
            return
        if self._subscriptions:
            self._asked = client.subscribe(self._subscriptions)[1], time.monotonic()
        self._tell(Connected())

    def _on_subscribe(self, _client: Client, _userdata: Any, number: int | None, *_how: Any) -> None:
        asked = self._asked
        if asked is not None and asked[0] == number:
            self._asked = None

    def _on_disconnect(
        self, _client: Client, _userdata: Any, _flags: DisconnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        self._tell(Disconnected(reason=str(reason)))

    def _on_connect_fail(self, _client: Client, _userdata: Any) -> None:
        self._tell(Disconnected(reason="unreachable"))

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        self._tell(Message(topic=message.topic, payload=bytes(message.payload), at_monotonic=time.monotonic()))


def address_of(account: BrokerAccount) -> tuple[str, int, ssl.SSLContext | None]:
    """Return the broker's host, port and TLS context (None for plain TCP). Raises BadBrokerAddress."""
    parts = urlsplit(account.url)
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
        raise BadBrokerAddress(account.url)
    try:
        port = parts.port
        tls = ssl.create_default_context(cadata=account.ca_pem) if parts.scheme == "mqtts" else None
    except ValueError as exc:
        raise BadBrokerAddress(account.url) from exc
    return parts.hostname, port or (1883 if tls is None else 8883), tls


def probe(account: BrokerAccount, *, client_id: str, timeout_s: float = 5.0) -> str | None:
    """Sign in once and leave; return why the broker would not have us, None when it does.

    `client_id` must not be the running agent's: a broker throws out the first of two with one name.
    """
    host, port, tls = address_of(account)
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv311)
    answers: list[ReasonCode] = []
    answered = threading.Event()

    def on_connect(_client: Client, _userdata: Any, _flags: ConnectFlags, reason: ReasonCode, _p: Any) -> None:
        answers.append(reason)
        answered.set()

    client.on_connect = on_connect
    if account.username is not None:
        client.username_pw_set(account.username, account.password)
    if tls is not None:
        client.tls_set_context(tls)
    try:
        client.connect(host, port)
    except OSError as exc:
        return str(exc.strerror or exc)
    client.loop_start()
    answered.wait(timeout_s)
    client.disconnect()
    client.loop_stop()
    if not answers:
        return "no answer"
    return str(answers[0]) if answers[0].is_failure else None


def _on_socket_open(_client: Client, _userdata: Any, opened: Any) -> None:
    """Send small messages at once: without this a report can wait 40 ms for the acknowledgement of the one before."""
    try:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        log.debug("TCP_NODELAY is not to be had on this socket")
