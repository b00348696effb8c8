"""Lanes on shared threads: their calls in order, one at a time, errors where they belong."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from device_agent.lanes import Lane, own_thread


@pytest.fixture(params=["own thread", "lane"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    """Both kinds keep the same promises."""
    with ThreadPoolExecutor(4) as threads:
        yield own_thread("test") if request.param == "own thread" else Lane(threads)


def test_calls_are_made_in_order_and_never_two_at_once(executor: Executor) -> None:
    busy, seen, done = threading.Lock(), [], []

    def call(number: int) -> int:
        assert busy.acquire(blocking=False), "two at once"
        time.sleep(0.0005)
        done.append(number)
        busy.release()
        return number

    seen = [future.result(5) for future in [executor.submit(call, number) for number in range(60)]]
    executor.shutdown()

    assert seen == done == list(range(60))


def test_shared_threads_alone_do_not_keep_the_order() -> None:
    """The negative control: without lanes the same calls do run at once."""
    meeting = threading.Barrier(2)
    with ThreadPoolExecutor(2) as threads:
        assert sorted(f.result(5) for f in [threads.submit(meeting.wait, 5) for _ in range(2)]) == [0, 1]


def test_error_goes_to_who_asked_and_the_next_call_is_made(executor: Executor) -> None:
    failed, fine = executor.submit(lambda: 1 // 0), executor.submit(lambda: "fine")

    assert fine.result(5) == "fine"
    with pytest.raises(ZeroDivisionError):
        failed.result(5)
    executor.shutdown()


def test_shutting_down_waits_for_what_was_taken_and_takes_no_more(executor: Executor) -> None:
    done: list[int] = []
    for number in range(5):
        executor.submit(lambda number=number: (time.sleep(0.01), done.append(number)))  # type: ignore[misc] # bound now
    executor.shutdown()

    assert done == [0, 1, 2, 3, 4]
    with pytest.raises(RuntimeError):
        executor.submit(print)


def test_one_lane_does_not_wait_for_another() -> None:
    release = threading.Event()
    with ThreadPoolExecutor(2) as threads:
        slow, quick = Lane(threads), Lane(threads)
        waiting = slow.submit(release.wait, 5)

        assert quick.submit(lambda: "through").result(5) == "through"
        release.set()
        assert waiting.result(5) is True
