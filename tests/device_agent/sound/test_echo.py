"""What a feed gave is read again frame by frame, and silence stands where nothing was, or nobody read in time."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.sound import echo
from device_agent.sound.decoder import RATE
from device_agent.sound.echo import KEPT_S, Echo


def frames(first: int, count: int) -> bytes:
    """Return frames that tell their own number."""
    return (np.arange(first, first + count) % 30_000 + 1).astype("<i2").tobytes()


def numbers(pcm: bytes) -> list[int]:
    return [int(n) for n in np.frombuffer(pcm, dtype="<i2")]


@given(puts=st.lists(st.integers(1, 400), max_size=12), reads=st.lists(st.integers(1, 700), min_size=1, max_size=12))
def test_what_was_put_is_read_however_it_is_cut(puts: list[int], reads: list[int]) -> None:
    overheard = Echo()
    at = 0
    for count in puts:
        overheard.put(frames(at, count), at=at)
        at += count
    overheard.close()

    assert b"".join(overheard.read(count) for count in reads) == frames(0, min(sum(puts), sum(reads)))


def test_what_was_given_before_it_listened_is_silence() -> None:
    overheard = Echo()
    overheard.put(frames(100, 50), at=100)
    overheard.close()

    assert numbers(overheard.read(120)) == [0] * 100 + numbers(frames(100, 20))
    assert numbers(overheard.read(120)) == numbers(frames(120, 30))
    assert overheard.read(120) == b""


def test_it_waits_for_what_is_about_to_come() -> None:
    overheard = Echo()
    late = threading.Timer(0.1, lambda: overheard.put(frames(0, 50), at=0))
    late.start()

    assert overheard.read(50) == frames(0, 50)
    late.join()


def test_what_does_not_come_is_silence_and_what_comes_later_stays_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echo, "PATIENCE_S", 0.01)
    overheard = Echo()
    overheard.put(frames(0, 10), at=0)

    assert numbers(overheard.read(30)) == numbers(frames(0, 10)) + [0] * 20
    overheard.put(frames(10, 40), at=10)
    assert numbers(overheard.read(20)) == numbers(frames(30, 20))


def test_nobody_who_forgets_to_read_fills_the_memory() -> None:
    overheard = Echo()
    for second in range(60):
        overheard.put(bytes(2 * RATE), at=second * RATE)

    assert sum(len(pcm) for _, pcm in overheard._blocks) <= 2 * RATE * KEPT_S


def test_a_closed_one_takes_nothing_more_and_lets_who_waits_go() -> None:
    overheard = Echo()
    closing = threading.Timer(0.05, overheard.close)
    closing.start()

    assert overheard.read(50) == b""
    overheard.put(frames(0, 50), at=0)
    assert overheard.read(50) == b""
    closing.join()
