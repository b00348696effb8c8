"""`broadcaster rehearse`: an exit code for a monitor, JSON for programs, sentences for people."""

import json
from pathlib import Path

import pytest

from broadcaster.__main__ import main
from broadcaster.rehearse import rehearse
from broadcaster.store.engine import open_database
from broadcaster.store.migrate import bring_up_to_date
from tests.fakes.station_office import Clock
from tests.fakes.station_world import open_world


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOA_DATA", str(tmp_path))
    return tmp_path


def set_up(data: Path) -> None:
    url = f"sqlite:///{data / 'station.db'}"
    bring_up_to_date(url)
    database = open_database(url)
    open_world(database, clock=Clock())
    database.close()


def test_without_a_station_it_cannot_tell_and_makes_none(data: Path) -> None:
    told = rehearse()

    assert (told.code, told.sheets) == (2, ())
    assert "không có tệp" in told.lines[0]
    assert list(data.iterdir()) == []


def test_station_with_nothing_planned_cannot_be_told(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(data)

    code = main(["rehearse", "--json"])

    printed = capsys.readouterr()
    assert code == 2
    assert json.loads(printed.out)["stations"][0]["verdict"] == "nothing_planned"
    assert "Chưa có gì phát trong 24 giờ tới." in printed.err


def test_people_read_sentences(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(data)

    main(["rehearse"])

    assert capsys.readouterr().out == "xa-hong-phong: Chưa có gì phát trong 24 giờ tới.\n"
