"""The bells ring by themselves, and stop."""

import threading

import pytest

from broadcaster.adapters.jobs import Bells


@pytest.mark.slow
def test_bells_ring_again_and_again_until_they_stop() -> None:
    rung = threading.Semaphore(0)
    bells = Bells({lambda: rung.release(): 0.05})
    bells.start()
    for _ in range(3):
        assert rung.acquire(timeout=60)
    bells.stop()
    bells.stop()
