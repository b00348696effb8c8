"""The server's own threads: one that fails ends the process, one that meets a full disk waits."""

import signal
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import OperationalError

from broadcaster.adapters import crew
from broadcaster.adapters.crew import Bell, Crew


@pytest.fixture
def terminated() -> Iterator[threading.Event]:
    """Set when the process is asked to end."""
    asked = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: asked.set())
    yield asked
    signal.signal(signal.SIGTERM, before)


def test_bell_wakes_once_for_all_that_was_rung() -> None:
    bell = Bell()
    for what in ("plan", "plan", "sweep"):
        bell.ring(what)

    assert bell.wait(60) == {"plan", "sweep"}
    assert bell.wait(0) == frozenset()


def test_bell_wakes_the_one_who_waits() -> None:
    bell, woken = Bell(), []
    waiter = threading.Thread(target=lambda: woken.append(bell.wait(60)))
    waiter.start()
    bell.ring("plan")
    waiter.join(60)

    assert woken == [{"plan"}]


def test_turn_is_repeated_until_the_crew_stops() -> None:
    working, turns = Crew(), threading.Semaphore(0)
    working.hire("worker", lambda: turns.release())
    for _ in range(3):
        assert turns.acquire(timeout=60)
    working.stop()

    assert not working.failed


def test_failure_ends_the_process(terminated: threading.Event, caplog: pytest.LogCaptureFixture) -> None:
    broken = Crew()

    def fail() -> None:
        raise ZeroDivisionError

    broken.hire("breaker", fail)

    assert terminated.wait(60)
    assert broken.failed
    assert "breaker has failed" in caplog.text
    broken.stop()


def test_full_disk_is_waited_for(
    terminated: threading.Event, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:  # fmt: skip
    monkeypatch.setattr(crew, "_PATIENCE_S", 0.0)
    patient, tries, done = Crew(), [], threading.Event()

    def turn() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))
        done.set()

    patient.hire("writer", turn)
    assert done.wait(60)
    patient.stop()

    assert (patient.failed, terminated.is_set()) == (False, False)
    assert "cannot be used now" in caplog.text
