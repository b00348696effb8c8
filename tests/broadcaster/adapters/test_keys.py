"""A station's key is made once, read by the server alone, and missed loudly."""

import stat
from pathlib import Path

import pytest

from broadcaster.adapters.keys import KeyMissing, KeyUnreadable, StationKeys
from tests.fakes.station_office import MORNING
from wire import messages, seal


def beat(station: str) -> messages.Alerts:
    """Return a document of that station."""
    return messages.Alerts(station=station, revision=messages.Revision(epoch=1, seq=1), issued_at=MORNING)


def test_key_signs_for_its_station_and_survives_a_restart(tmp_path: Path) -> None:
    keys = StationKeys(tmp_path / "keys")
    keys.make("xa-a")
    public = keys.public_pem("xa-a")
    again = StationKeys(tmp_path / "keys")
    again.make("xa-a")

    assert again.public_pem("xa-a") == public
    assert seal.open_sealed(again.seal("xa-a", beat("xa-a")), seal.load_key(public), messages.Alerts) == beat("xa-a")


def test_stations_have_keys_of_their_own(tmp_path: Path) -> None:
    keys = StationKeys(tmp_path)
    keys.make("xa-a")
    keys.make("xa-b")

    with pytest.raises(seal.SealError):
        seal.open_sealed(keys.seal("xa-b", beat("xa-b")), seal.load_key(keys.public_pem("xa-a")), messages.Alerts)


def test_only_the_server_reads_them(tmp_path: Path) -> None:
    StationKeys(tmp_path / "keys").make("xa-a")

    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys" / "xa-a.pem").stat().st_mode) == 0o600


def test_missing_key_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match="bản sao lưu"):
        StationKeys(tmp_path).seal("xa-a", beat("xa-a"))


def test_spoiled_key_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "xa-a.pem").write_bytes(b"\xff not a key")

    with pytest.raises(KeyUnreadable, match="bản sao lưu"):
        StationKeys(tmp_path).seal("xa-a", beat("xa-a"))
