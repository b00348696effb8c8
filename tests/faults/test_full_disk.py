"""A disk that fills up: the officer is told in a plain sentence, nothing is lost, nothing dies."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.end_to_end.station import Refused, Station, until
from tests.faults.test_killed import TEXT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(180),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small file system"),
]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 48 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all the room that is left, to the last byte."""
    filler = folder / "filler"
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(b"\0" * 65536)
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(b"\0" * 64)
    return filler


def test_full_disk_is_said_in_a_sentence_and_nothing_is_lost(small_disk: Path) -> None:
    with Station(small_disk / "station", devices=1) as station:
        kept = station.approved("Họp thôn", TEXT, {"all": True})
        filler = fill(small_disk)

        refused = until(lambda: refusal_of(station), within_s=30)
        assert refused.status == 503
        assert "đầy" in refused.error["message"]
        assert station.call("GET", "/health")["version"]

        filler.unlink()
        airing = until(lambda: _aired(station, kept), within_s=30)
        station.await_outcome(airing, "played", within_s=60)
        assert station.process is not None
        assert station.process.poll() is None


def refusal_of(station: Station) -> Refused | None:
    """Return how the station turns a new bulletin down; None while it still finds room for it."""
    try:
        station.call("POST", "/bulletins", {"title": "Bản tin", "text": TEXT * 20, "audience": {"all": True}})
    except Refused as refused:
        return refused
    return None


def _aired(station: Station, bulletin: dict[str, object]) -> dict[str, object] | None:
    """Return the airing once the station can write again."""
    with suppress(Refused):
        return station.air(bulletin)
    return None
