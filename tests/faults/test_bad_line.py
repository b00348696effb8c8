"""A line as bad as the field has it: a fifth of the packets lost, or 64 kbit/s; what was planned sounds, once."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.station import Station, until
from tests.faults.test_killed import TEXT, assert_sounded_once, in_seconds
from tests.fixtures import bad_line
from tests.fixtures.skips import needs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), needs("ip", "nft")]


@pytest.fixture
def line() -> Iterator[str]:
    with bad_line.namespace(f"loa-{os.getpid()}") as name:
        yield name


def broker_port(station: Station) -> int:
    port = urlsplit(station.about["broker"]).port
    assert port is not None
    return port


def have_fetched(station: Station, bulletin: dict[str, Any]) -> bool:
    """Return whether every box holds the whole recording on its disk."""
    boxes = station.folder / "boxes"
    held = list(boxes.glob(f"*/audio/{bulletin['recording']['sha256']}"))
    return len(held) == len(station.boxes())


def play_over(line: str, folder: Path, *, spoil: str) -> None:
    """Plan, fetch, play and report with the line spoilt all the while."""
    with Station(folder, devices=2) as station:
        port = broker_port(station)
        if spoil == "loss":
            bad_line.lose(line, port=port, percent=20)
        else:
            bad_line.narrow(line, port=port, kbit=64)
        bulletin = station.approved("Họp thôn", TEXT, {"all": True})
        until(lambda: have_fetched(station, bulletin), within_s=120)  # what is approved is fetched at once
        airing = station.air(bulletin, in_seconds(25))
        station.await_outcome(airing, "ready", within_s=25)
        station.await_outcome(airing, "played", within_s=120)
        assert_sounded_once(station, airing, bulletin)


def test_a_fifth_of_the_packets_lost_it_plays_once_and_is_reported_once(line: str, tmp_path: Path) -> None:
    bad_line.inside(line, lambda: play_over(line, tmp_path, spoil="loss"))

    assert bad_line.dropped(line) > 20


def test_at_64_kilobits_a_second_it_plays_once_and_is_reported_once(line: str, tmp_path: Path) -> None:
    bad_line.inside(line, lambda: play_over(line, tmp_path, spoil="narrow"))

    assert bad_line.dropped(line) > 20
