"""The server's side of the signer's socket: whoever asks waits a bounded time, a dead signer is known at once."""

import logging
import queue
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from broadcaster.adapters.signing import frames, requests
from broadcaster.adapters.signing.paths import address_of
from broadcaster.domain.alarm.vouching import Dossier
from broadcaster.domain.errors import N_, Conflict, Unavailable, refusal
from wire.messages import Alerts, Value

log = logging.getLogger(__name__)

WITHIN_S = 3.0
PASSWORD_WITHIN_S = 20.0
"""A password takes a tenth of a second, and a whole office may sign in at once."""
REST_S = 0.5
"""After a failure nobody waits again for so long: letters must not pile up behind a dead signer."""
BATCH_BYTES = frames.FRAME_MAX_BYTES // 2


@refusal
class SignerGone(Unavailable):
    why: str
    message = N_(
        "Bộ ký của đài không trả lời ({why}). Lịch đã nhận vẫn phát; tin mới chưa ký được. Xin báo kỹ thuật viên."
    )


@refusal
class SignerRefuses(Conflict):
    """The signer's own sentence, the code of its refusal, and which live alert it is about."""

    why: str
    reason: str
    about: str
    message = "{why}"

    @property
    def code(self) -> str:
        """Return the stable name that the signer itself gave its refusal."""
        return self.reason


class SignerClient:
    """Asks the signer; safe to use from several threads, each of which gets a connection of its own."""

    def __init__(
        self,
        path: Path,
        *,
        within_s: float = WITHIN_S,
        monotonic: Callable[[], float] = time.monotonic,
        on_back: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_back` is called when the signer answers after it did not."""
        self._path, self._within_s, self._monotonic, self._on_back = path, within_s, monotonic, on_back
        self._idle: queue.LifoQueue[socket.socket] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._rests_until = 0.0
        self.answers = False

    def ask(self, asked: requests.Asked, *, within_s: float | None = None) -> requests.Answer:
        """Return the signer's answer. Raises SignerGone, SignerRefuses."""
        return self._asked(asked.model_dump_json().encode(), within_s=within_s or self._within_s, op=asked.op)

    def make_key(self, station: str) -> None:
        """Give a station its key; one that it has already stays."""
        self.ask(requests.MakeKey(station=station))

    def public_pem(self, station: str) -> str:
        """Return what a box checks the station's signatures with."""
        return self.ask(requests.PublicPem(station=station)).text

    def seal(self, station: str, message: Value, dossiers: Sequence[Dossier] = ()) -> bytes:
        """Return `message` signed by the station."""
        (sealed,) = self.seal_many(station, [message], dossiers)
        return sealed

    def seal_alerts(self, document: Alerts, dossiers: Sequence[Dossier] = ()) -> bytes:
        """Return a document of alerts signed. Raises SignerRefuses when one of them is not covered."""
        return self.seal(document.station, document, dossiers)

    def seal_many(self, station: str, documents: Sequence[Value], dossiers: Sequence[Dossier] = ()) -> list[bytes]:
        """Return documents signed, in their order; asked for in as few requests as fit."""
        sealed: list[bytes] = []
        shelf: list[bytes] = []
        size = 0
        for document in documents:
            body = document.model_dump_json(exclude_none=True).encode()
            if shelf and (size + len(body) > BATCH_BYTES or len(shelf) >= 1000):
                sealed += self._sealed(station, shelf, dossiers)
                shelf, size = [], 0
            shelf.append(body)
            size += len(body)
        return sealed + (self._sealed(station, shelf, dossiers) if shelf else [])

    def _sealed(self, station: str, bodies: Sequence[bytes], dossiers: Sequence[Dossier]) -> list[bytes]:
        head = requests.SealHead(station=station, dossiers=tuple(dossiers)).model_dump_json().encode()
        frame = head[:-1] + b',"messages":[' + b",".join(bodies) + b"]}"
        answer = self._asked(frame, within_s=self._within_s + len(bodies) * 0.005, op="seal")
        return [sealed.encode("ascii") for sealed in answer.sealed]

    def _asked(self, frame: bytes, *, within_s: float, op: str) -> requests.Answer:
        if len(frame) > frames.FRAME_MAX_BYTES:
            raise SignerRefuses(why=f"{op}: {len(frame)} bytes", reason="too_large", about="")
        if self._monotonic() < self._rests_until:
            raise SignerGone(why="đang chờ khởi động lại")
        try:
            answer = requests.Answer.model_validate_json(self._exchange(frame, within_s=within_s))
        except (frames.FrameError, OSError, ValueError) as exc:
            self._gone(exc)
            raise SignerGone(why=str(exc)[:200]) from exc
        self._back()
        if answer.refused is not None:
            raise SignerRefuses(why=answer.why, reason=answer.refused, about=answer.about)
        return answer

    def _exchange(self, frame: bytes, *, within_s: float) -> bytes:
        """Return the answer to a frame, over a connection that waited or, when that one was hung up on, a new one."""
        with suppress(queue.Empty):
            connection = self._idle.get_nowait()
            try:
                return self._over(connection, frame, within_s=within_s)
            except (frames.Closed, ConnectionError, BrokenPipeError):
                self._drop_idle()
        return self._over(self._connected(), frame, within_s=within_s)

    def _over(self, connection: socket.socket, frame: bytes, *, within_s: float) -> bytes:
        try:
            frames.send(connection, frame, within_s=within_s)
            answer = frames.receive(connection, limit=frames.REPLY_MAX_BYTES, idle_s=within_s, within_s=within_s)
        except BaseException:
            connection.close()
            raise
        self._idle.put(connection)
        return answer

    def _connected(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(self._within_s)
        try:
            with address_of(self._path) as address:
                connection.connect(address)
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Hang up every connection."""
        self._drop_idle()

    def _drop_idle(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _gone(self, why: Exception) -> None:
        with self._lock:
            self._rests_until = self._monotonic() + REST_S
            if self.answers:
                log.error("the signer does not answer: %s", why)
            self.answers = False
        self._drop_idle()

    def _back(self) -> None:
        if not self.answers:
            with self._lock:
                self.answers = True
            log.info("the signer answers")
            self._on_back()
