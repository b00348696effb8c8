"""Boxes' own accounts at mosquitto, through its dynamic security plugin over MQTT itself; no file, no restart.

Each box has one client and one role of the same name, whose access list is exactly the topics that the box needs.
"""

import json
import queue
import secrets
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from broadcaster.adapters.mqtt import BrokerAddress
from broadcaster.domain.errors import N_, Unavailable, refusal
from wire import topics
from wire.topics import DOWNWARD, UPWARD

CONTROL = "$CONTROL/dynamic-security/v1"
TIMEOUT_S = 5.0
_ABSENT = {"Client not found", "Role not found"}  # the plugin's own words

Command = dict[str, Any]


@refusal
class BrokerUnreachable(Unavailable):
    host: str
    why: str
    message = N_("Không kết nối được với máy chủ MQTT {host}: {why}. Xin kiểm tra địa chỉ, chứng chỉ và mạng.")


@refusal
class BrokerRefusesUs(Unavailable):
    host: str
    why: str
    message = N_("Máy chủ MQTT {host} từ chối tài khoản của đài ({why}). Xin kiểm tra LOA_BROKER_URL.")


@refusal
class BrokerSilent(Unavailable):
    host: str
    message = N_(
        "Máy chủ MQTT {host} không trả lời yêu cầu về tài khoản bộ thu. "
        "Xin kiểm tra phần mở rộng dynamic security và quyền của tài khoản đài."
    )


@refusal
class AccountNotMade(Unavailable):
    username: str
    why: str
    message = N_("Máy chủ MQTT không nhận thay đổi cho tài khoản {username}: {why}.")


class MosquittoAccounts:
    """Speaks to the plugin as the station's own account, over a connection of its own for each change."""

    def __init__(self, address: BrokerAddress, *, timeout_s: float = TIMEOUT_S) -> None:
        self._address, self._timeout_s = address, timeout_s

    def create(self, station: str, device: str) -> tuple[str, str]:
        """Return the box's username and its fresh password; an account it had before is replaced."""
        username, password = topics.client_id(station, device), secrets.token_urlsafe(24)
        removal = _removal(username)
        role = {"command": "createRole", "rolename": username, "acls": access_list(station, device)}
        client = {
            "command": "createClient",
            "username": username,
            "password": password,
            "clientid": username,  # no box can take over the session of another, or the station's
            "roles": [{"rolename": username}],
        }
        self._change(username, [*removal, role, client], may_fail=len(removal))
        return username, password

    def remove(self, station: str, device: str) -> None:
        """End the box's account and its connection; nothing happens if it has none."""
        username = topics.client_id(station, device)
        self._change(username, _removal(username))

    def _change(self, username: str, commands: list[Command], *, may_fail: int = 0) -> None:
        numbered = [command | {"correlationData": secrets.token_hex(8)} for command in commands]
        answers = self._ask(numbered)
        for command in numbered[may_fail:]:
            error = answers[command["correlationData"]].get("error")
            if error and error not in _ABSENT:
                raise AccountNotMade(username=username, why=str(error))

    def _ask(self, commands: list[Command]) -> dict[str, Command]:
        """Return the plugin's answer to each command, by its correlation data."""
        wanted = {command["correlationData"] for command in commands}
        with self._connected() as (client, inbox):
            client.subscribe(f"{CONTROL}/response", qos=1)
            self._next(inbox, "subscribed")
            client.publish(CONTROL, json.dumps({"commands": commands}), qos=1)
            answers: dict[str, Command] = {}
            while not wanted <= answers.keys():
                answers |= _answers(self._next(inbox, "message"))
            return answers

    @contextmanager
    def _connected(self) -> Iterator[tuple[paho.Client, "queue.Queue[tuple[str, Any]]"]]:
        inbox: queue.Queue[tuple[str, Any]] = queue.Queue()
        try:
            client = _client(self._address, inbox.put, timeout_s=self._timeout_s)
            client.connect(self._address.host, self._address.port)
        except OSError as exc:  # a refused connection, an unknown name, a certificate that does not fit
            raise BrokerUnreachable(host=self._address.host, why=str(exc)) from exc
        client.loop_start()
        try:
            reason = self._next(inbox, "connected")
            if reason.is_failure:
                raise BrokerRefusesUs(host=self._address.host, why=str(reason))
            yield client, inbox
        finally:
            client.disconnect()
            client.loop_stop()

    def _next(self, inbox: "queue.Queue[tuple[str, Any]]", wanted: str) -> Any:
        """Return the next thing of that kind that the network thread put in."""
        while True:
            try:
                kind, content = inbox.get(timeout=self._timeout_s)
            except queue.Empty:
                raise BrokerSilent(host=self._address.host) from None
            if kind == wanted:
                return content


def access_list(station: str, device: str) -> list[Command]:
    """Return the plugin's rules for one box: its own topics, its station's alerts and audio, and nothing else."""
    audio = topics.every_chunk(station)
    down = [topics.of_device(station, device, topic) for topic in sorted(DOWNWARD)] + [topics.alerts(station)]
    up = [topics.of_device(station, device, topic) for topic in sorted(UPWARD)]
    return [
        *(_allow("publishClientSend", topic) for topic in up),
        *(_allow("publishClientReceive", topic) for topic in (*down, audio)),
        *(_allow("subscribeLiteral", topic) for topic in down),
        _allow("subscribePattern", audio),
    ]


def _allow(kind: str, topic: str) -> Command:
    return {"acltype": kind, "topic": topic, "allow": True}


def _removal(username: str) -> list[Command]:
    return [{"command": "deleteClient", "username": username}, {"command": "deleteRole", "rolename": username}]


def _answers(payload: bytes) -> dict[str, Command]:
    return {answer.get("correlationData", ""): answer for answer in json.loads(payload)["responses"]}


def _client(address: BrokerAddress, put: Callable[[tuple[str, Any]], None], *, timeout_s: float) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"loa-accounts-{secrets.token_hex(6)}")
    client.connect_timeout = timeout_s
    client.on_connect = lambda _c, _u, _f, reason, _p: put(("connected", reason))
    client.on_subscribe = lambda _c, _u, _mid, reasons, _p: put(("subscribed", reasons))
    client.on_message = lambda _c, _u, message: put(("message", message.payload))
    if address.username:
        client.username_pw_set(address.username, address.password)
    if address.tls:
        client.tls_set_context(ssl.create_default_context(cadata=address.ca_pem))
    return client
