"""The watchdog is fed only while everything moves."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from device_agent.vitality import (
    DEAF_AFTER_S,
    PLAYOUT_SLEEPS_S,
    STALLED_AFTER_S,
    STUCK_AFTER_S,
    Notifier,
    Vitality,
    Vitals,
    feed_every_s,
)

WELL = Vitals(connected_since=0.0, heard_at=0.0, decided_at=0.0, sound=None, position_ms=None, preparing=False)


def test_a_box_without_a_network_lives() -> None:
    assert Vitality(0).fault(replace(WELL, connected_since=None, decided_at=10_000), 10_000) is None


def test_a_connected_box_that_hears_nothing_is_deaf() -> None:
    vitality, vitals = Vitality(0), replace(WELL, decided_at=DEAF_AFTER_S)
    assert vitality.fault(vitals, DEAF_AFTER_S - 1) is None
    assert vitality.fault(vitals, DEAF_AFTER_S + 1) == "the connection is deaf"
    assert vitality.fault(replace(vitals, heard_at=DEAF_AFTER_S), DEAF_AFTER_S + 1) is None


def test_a_connection_is_given_time_to_speak() -> None:
    fresh = replace(WELL, connected_since=1000.0, decided_at=1000.0)
    assert Vitality(0).fault(fresh, 1001.0) is None


def test_a_sound_that_moves_lives_and_one_that_stands_still_does_not() -> None:
    vitality = Vitality(0)
    for second in range(60):
        assert vitality.fault(replace(WELL, sound="a", position_ms=second * 1000, decided_at=second), second) is None
    stuck = replace(WELL, sound="a", position_ms=59_000, decided_at=60)
    assert vitality.fault(stuck, 59 + STALLED_AFTER_S - 1) is None
    assert vitality.fault(stuck, 59 + STALLED_AFTER_S + 1) == "the sound stands still"


def test_sounds_that_follow_the_beat_of_the_looks_live() -> None:
    vitality = Vitality(0)
    for second in range(0, 100, 10):
        vitals = replace(WELL, sound=f"airing/{second}", position_ms=335, decided_at=second)
        assert vitality.fault(vitals, second) is None


def test_silence_is_not_a_stalled_sound() -> None:
    vitality = Vitality(0)
    for second in range(0, 100, 10):
        assert vitality.fault(replace(WELL, decided_at=second), second) is None


def test_a_sound_that_never_becomes_ready_is_a_fault() -> None:
    vitality, preparing = Vitality(0), replace(WELL, preparing=True)
    assert vitality.fault(preparing, STUCK_AFTER_S - 1) is None
    assert vitality.fault(preparing, STUCK_AFTER_S + 1) == "a sound never becomes ready"


def test_playout_that_is_not_asked_any_more_is_a_fault() -> None:
    assert Vitality(0).fault(WELL, PLAYOUT_SLEEPS_S + 1) == "playout is not asked any more"


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_is_told(tmp_path: Path, abstract: bool) -> None:
    address = f"@loa-test-{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("\0" + address[1:] if abstract else address)
        ear.settimeout(1)
        Notifier(address).tell("WATCHDOG=1")
        assert ear.recv(100) == b"WATCHDOG=1"


def test_without_systemd_nothing_happens(tmp_path: Path) -> None:
    Notifier(None).tell("READY=1")
    Notifier(str(tmp_path / "nobody")).tell("READY=1")


def test_the_watchdog_is_fed_twice_as_often_as_it_must() -> None:
    assert (feed_every_s(None), feed_every_s(6_000_000), feed_every_s(120_000_000)) == (10.0, 3.0, 10.0)
