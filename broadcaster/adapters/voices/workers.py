"""Programs of our own that speak, kept running, each behind a hard deadline: one that hangs is killed, one that died is
started anew. A request is a line of JSON; an answer is a line of JSON whose `bytes` says how much sound follows.
"""

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

_PIECE_BYTES = 256 * 1024
_HEADER_MAX_BYTES = 64 * 1024


class WorkerDied(Exception):  # noqa: N818 - says what became of the worker
    """The program ended, or spoke nonsense, before its answer was whole."""


class WorkerTimedOut(Exception):  # noqa: N818 - says what became of the worker
    """The answer was not whole at the deadline; the program has been killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A worker's answer: `header` is its JSON line, `body` the bytes after it."""

    header: Mapping[str, object]
    body: bytes


class Worker:
    """One running program. One question at a time."""

    def __init__(self, module: str) -> None:
        # -m with this very interpreter: the worker is found wherever we were found ourselves.
        self._program = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        assert self._program.stdin is not None  # noqa: S101 - both are pipes, by the call above
        assert self._program.stdout is not None  # noqa: S101 - as above
        self._to, self._from = self._program.stdin, self._program.stdout
        os.set_blocking(self._to.fileno(), False)
        os.set_blocking(self._from.fileno(), False)

    @property
    def pid(self) -> int:
        """Return the program's process id."""
        return self._program.pid

    def ask(self, question: Mapping[str, object], *, until: float) -> Answer:
        """Return the answer; `until` is on the monotonic clock. Raises WorkerDied or WorkerTimedOut, ended."""
        answered = False
        try:
            self._send(json.dumps(question).encode() + b"\n", until)
            answer = self._receive(until)
            answered = True
            return answer
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise WorkerDied(f"{type(exc).__name__}: {exc}") from exc
        finally:
            if not answered:
                self.kill()  # half an answer may still come, and would be taken for the next one

    def kill(self) -> None:
        """End the program now."""
        self._program.kill()
        self._to.close()
        self._from.close()
        self._program.wait()

    def _send(self, question: bytes, until: float) -> None:
        left = memoryview(question)
        while left:
            _await(self._to.fileno(), selectors.EVENT_WRITE, until)
            left = left[os.write(self._to.fileno(), left) :]

    def _receive(self, until: float) -> Answer:
        received = bytearray()
        while (end := received.find(b"\n")) < 0:
            if len(received) > _HEADER_MAX_BYTES:
                raise WorkerDied("no header")
            received += self._read(until)
        header = json.loads(received[:end])
        body = received[end + 1 :]
        while len(body) < int(header["bytes"]):
            body += self._read(until)
        return Answer(header=header, body=bytes(body))

    def _read(self, until: float) -> bytes:
        _await(self._from.fileno(), selectors.EVENT_READ, until)
        piece = os.read(self._from.fileno(), _PIECE_BYTES)
        if not piece:
            raise WorkerDied("it ended")
        return piece


class Workers:
    """Up to `limit` programs of one kind, started when they are first needed."""

    def __init__(self, module: str, *, limit: int) -> None:
        self._module = module
        self._seats = threading.BoundedSemaphore(limit)
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._closed = False

    def ask(self, question: Mapping[str, object], *, deadline_s: float) -> Answer:
        """Return the answer of whichever worker is free; waiting for one is not part of the deadline.

        A worker found dead is replaced once. Raises WorkerDied or WorkerTimedOut.
        """
        with self._seats:
            until = time.monotonic() + deadline_s
            worker = self._take()
            if worker is not None:
                try:
                    return self._return(worker, worker.ask(question, until=until))
                except WorkerDied:
                    pass  # it was killed or crashed since its last answer, which is no fault of this question
            worker = self._start()
            return self._return(worker, worker.ask(question, until=until))

    def pids(self) -> tuple[int, ...]:
        """Return the process ids of the workers that wait for a question."""
        with self._lock:
            return tuple(worker.pid for worker in self._idle)

    def close(self) -> None:
        """End the idle workers, and each busy one when its answer is there."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.kill()

    def _start(self) -> Worker:
        try:
            return Worker(self._module)
        except OSError as exc:  # no memory, or no process left to have
            raise WorkerDied(str(exc)) from exc

    def _take(self) -> Worker | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _return(self, worker: Worker, answer: Answer) -> Answer:
        with self._lock:
            if not self._closed:
                self._idle.append(worker)
                return answer
        worker.kill()
        return answer


def _await(channel: int, event: int, until: float) -> None:
    with selectors.DefaultSelector() as waiting:
        waiting.register(channel, event)
        if not waiting.select(max(0.0, until - time.monotonic())):
            raise WorkerTimedOut
