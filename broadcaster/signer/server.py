"""The signer's socket: who may connect, how many, how large and how slow; what they ask goes to the desk."""

import grp
import logging
import os
import pwd
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from broadcaster.adapters.signing import frames
from broadcaster.adapters.signing.paths import address_of

log = logging.getLogger(__name__)

CONNECTIONS_MAX = 64
IDLE_S = 120.0
FRAME_WITHIN_S = 5.0
LEAVES_WITHIN_S = 1.0
_PEER = struct.Struct("3i")


class SocketServer:
    """Serves one socket with a thread for each connection. `answer` takes a frame and returns one."""

    def __init__(
        self, path: Path, answer: Callable[[bytes], bytes], *, client: str = "", idle_s: float = IDLE_S,
        frame_within_s: float = FRAME_WITHIN_S,
    ) -> None:  # fmt: skip
        """`client` is the user that may connect besides our own."""
        self._path, self._answer = path, answer
        self._idle_s, self._frame_within_s = idle_s, frame_within_s
        self._users = {os.getuid()} | ({pwd.getpwnam(client).pw_uid} if client else set())
        self._group = pwd.getpwnam(client).pw_gid if client else None
        self._seats = threading.BoundedSemaphore(CONNECTIONS_MAX)
        self._open: dict[socket.socket, None] = {}
        self._silent: dict[socket.socket, None] = {}
        self._lock = threading.Lock()
        self._door: socket.socket | None = None

    def start(self) -> None:
        """Listen; a socket that a predecessor left is removed. Connections are served from now on."""
        with suppress(FileNotFoundError):
            self._path.unlink()
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            with address_of(self._path) as address:
                door.bind(address)
        finally:
            os.umask(before)
        if self._group is not None:
            os.chown(self._path, -1, self._group)
            log.info("the group %s may connect", grp.getgrgid(self._group).gr_name)
        self._path.chmod(0o660)
        door.listen(CONNECTIONS_MAX)
        self._door = door
        threading.Thread(target=self._welcome, args=(door,), name="door", daemon=True).start()

    def stop(self) -> None:
        """Take no more requests and hang up."""
        if self._door is not None:
            with suppress(OSError):
                self._door.shutdown(socket.SHUT_RDWR)
            self._door.close()
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _welcome(self, door: socket.socket) -> None:
        while True:
            try:
                connection, _ = door.accept()
            except OSError:
                return  # the door was closed
            if not self._is_welcome(connection) or not self._has_seat():
                connection.close()
                continue
            threading.Thread(target=self._serve, args=(connection,), name="guest", daemon=True).start()

    def _has_seat(self) -> bool:
        """Take a seat. Where all are taken, whoever has been silent longest leaves: sitting there keeps nobody out."""
        if self._seats.acquire(blocking=False):
            return True
        with self._lock:
            longest = next(iter(self._silent), None)
        if longest is not None:
            with suppress(OSError):
                longest.shutdown(socket.SHUT_RDWR)
        return self._seats.acquire(timeout=LEAVES_WITHIN_S)

    def _is_welcome(self, connection: socket.socket) -> bool:
        """Return whether the kernel says that a user connects who may."""
        peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
        pid, user, _group = _PEER.unpack(peer)
        if user not in self._users:
            log.warning("process %d of user %d may not connect", pid, user)
            return False
        return True

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, self._noted(connection, among=self._open):
                self._converse(connection)
        except (frames.Closed, frames.Silent):
            pass
        except (frames.FrameError, OSError) as exc:
            log.warning("a connection is given up: %s", exc)
        except Exception:
            # The root of a connection: whatever one request met, the others go on, and this one is told by the end.
            log.exception("a request could not be answered")
        finally:
            self._seats.release()

    def _converse(self, connection: socket.socket) -> None:
        while True:
            with self._noted(connection, among=self._silent):
                frame = frames.receive(
                    connection, limit=frames.FRAME_MAX_BYTES, idle_s=self._idle_s, within_s=self._frame_within_s
                )
            frames.send(connection, self._answer(frame), within_s=self._frame_within_s)

    @contextmanager
    def _noted(self, connection: socket.socket, *, among: dict[socket.socket, None]) -> Iterator[None]:
        with self._lock:
            among[connection] = None
        try:
            yield
        finally:
            with self._lock:
                among.pop(connection, None)
