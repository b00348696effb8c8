"""Executors that make one call at a time: a thread each for the box on a pole, shared ones for a village of boxes."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def own_thread(name: str) -> Executor:
    """Return an executor with a thread of its own."""
    return ThreadPoolExecutor(1, thread_name_prefix=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    future: "Future[Any]"
    make: Callable[[], Any]

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self.make())
        except BaseException as exc:
            # Whatever it is belongs to who asked for the call, as with any executor.
            self.future.set_exception(exc)


class Lane(Executor):
    """Calls in their order, never two at once, on threads that many lanes share. Shutting it down leaves those be."""

    def __init__(self, threads: Executor) -> None:
        self._threads = threads
        self._changed = threading.Condition()
        self._calls: deque[_Call] = deque()
        self._busy = self._closed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        call = _Call(future=Future(), make=lambda: fn(*args, **kwargs))
        with self._changed:
            if self._closed:
                raise RuntimeError("the lane is closed")
            self._calls.append(call)
            if self._busy:
                return call.future
            self._busy = True
        self._threads.submit(self._run)
        return call.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls; wait until those taken are done."""
        with self._changed:
            self._closed = True
            while cancel_futures and self._calls:
                self._calls.pop().future.cancel()
            if wait:
                self._changed.wait_for(lambda: not self._busy)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._calls:
                    self._busy = False
                    self._changed.notify_all()
                    return
                call = self._calls.popleft()
            call.run()
