"""What turns an MQTT client's network loop: a thread of its own, or the one loop that many boxes of a process share.

Together with `link` this is all of the box that knows MQTT.
"""

import asyncio
import contextlib
import logging
import random
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Protocol

from paho.mqtt.client import Client

log = logging.getLogger(__name__)

_MISC_EVERY_S = 4.0
"""A fifth of the keepalive: no broker waits in vain for a sign of life, and a village is not woken for nothing."""
_FIRST_DELAYS_S = (1.0, 2.0)
_LONGEST_DELAYS_S = (20.0, 30.0)
_GONE_WITHIN_S = 1.0


class Turning(Protocol):
    """`begin` connects and goes on, connecting again whenever the connection breaks; `end` may block for a moment."""

    def begin(self, client: Client) -> None:
        """Connect to where `connect_async` pointed; returns at once."""

    def is_alive(self) -> bool:
        """Return whether the network still turns."""

    def end(self, client: Client) -> None:
        """Send what waits, a DISCONNECT above all, and stop turning. Not to be called from the loop's own thread."""


class OwnThread:
    """The library's own thread, which sleeps in the kernel: for the box on a pole."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def begin(self, client: Client) -> None:
        before = set(threading.enumerate())
        client.loop_start()
        self._thread = next((thread for thread in threading.enumerate() if thread not in before), None)

    def is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def end(self, client: Client) -> None:
        client.loop_stop()


class InLoop:
    """Turned by the running asyncio loop: no thread, and no select(), which knows no file beyond the 1,024th.

    Connecting blocks (name, TCP, TLS), so it is done on one of the `hands`.
    """

    def __init__(self, hands: Executor) -> None:
        self._hands = hands
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        self._task: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()

    def begin(self, client: Client) -> None:
        client.on_socket_register_write = lambda c, _userdata, _sock: self._soon(self._write_when_possible, c)
        client.on_socket_unregister_write = lambda _c, _userdata, sock: self._forget_writer(sock)
        client.on_socket_close = lambda _c, _userdata, sock: self._forget(sock)
        self._task = self._loop.create_task(self._keep(client))

    def is_alive(self) -> bool:
        return self._task is not None and not self._task.done()

    def end(self, client: Client) -> None:
        asyncio.run_coroutine_threadsafe(self._end(client), self._loop).result()

    async def _end(self, client: Client) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GONE_WITHIN_S):
                while client.socket() is not None:
                    await asyncio.sleep(0.01)
        if self._task is not None:
            self._task.cancel()
        if (sock := client.socket()) is not None:
            self._forget(sock)

    async def _keep(self, client: Client) -> None:
        """Connect, and connect again: at ever longer intervals, other ones for each box."""
        tries = 0
        while True:
            if await self._connect(client):
                tries = 0
                await self._until_lost(client)
            elif client.on_connect_fail is not None:
                client.on_connect_fail(client, None)
            delay_s = random.uniform(*_FIRST_DELAYS_S) * 2**tries
            tries = min(tries + 1, 10)
            await asyncio.sleep(min(delay_s, random.uniform(*_LONGEST_DELAYS_S)))

    async def _connect(self, client: Client) -> bool:
        self._lost.clear()
        try:
            await self._loop.run_in_executor(self._hands, client.reconnect)
        except OSError as exc:
            log.debug("not connected: %s", exc)
            return False
        sock = client.socket()
        if sock is None:
            return False
        self._loop.add_reader(sock.fileno(), self._read, client)
        self._write_when_possible(client)
        return True

    async def _until_lost(self, client: Client) -> None:
        while client.socket() is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_MISC_EVERY_S):
                    await self._lost.wait()
            client.loop_misc()

    def _read(self, client: Client) -> None:
        """Take every packet that is there: what TLS has decrypted already makes no socket readable."""
        while client.loop_read() == 0:
            sock = client.socket()
            if not isinstance(sock, ssl.SSLSocket) or not sock.pending():
                return

    def _write_when_possible(self, client: Client) -> None:
        client.loop_write()
        if (sock := client.socket()) is not None and client.want_write():
            self._loop.add_writer(sock.fileno(), client.loop_write)

    def _forget_writer(self, sock: Any) -> None:
        if sock.fileno() >= 0:
            self._loop.remove_writer(sock.fileno())

    def _forget(self, sock: Any) -> None:
        self._forget_writer(sock)
        if sock.fileno() >= 0:
            self._loop.remove_reader(sock.fileno())
        self._lost.set()

    def _soon(self, call: Callable[[Client], None], client: Client) -> None:
        """Messages are queued by whichever thread; the loop alone writes, and need not be woken by itself."""
        is_here = threading.get_ident() == self._thread
        with contextlib.suppress(RuntimeError):  # the loop is closed: nothing is sent any more
            (self._loop.call_soon if is_here else self._loop.call_soon_threadsafe)(call, client)
