"""`broadcaster schedule import` and `export`: a station's week goes into a file and comes back as it was."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.__main__ import main
from broadcaster.adapters.schedule_files import folder
from broadcaster.store.engine import open_database
from broadcaster.store.migrate import bring_up_to_date
from tests.fakes.station_office import Clock
from tests.fakes.station_world import open_world

RURAL = folder() / "nong-thon-hai-buoi.toml"


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for files, beside a station with no programme."""
    monkeypatch.setenv("LOA_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    url = f"sqlite:///{tmp_path / 'data' / 'station.db'}"
    bring_up_to_date(url)
    database = open_database(url)
    open_world(database, clock=Clock())
    yield tmp_path
    database.close()


def exported(capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(["schedule", "export"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", ["nong-thon-hai-buoi", "nong-thon-ba-buoi", "mien-nui-hai-tieng", "mua-lu"])
def test_what_was_exported_comes_in_again_and_changes_nothing(
    station: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["schedule", "import", str(folder() / f"{name}.toml")]) == 0
    assert "Đã ghi lịch mới." in capsys.readouterr().out
    file = station / "lich.toml"
    assert main(["schedule", "export", str(file)]) == 0

    assert main(["schedule", "import", str(file)]) == 0

    assert "không có gì phải đổi" in capsys.readouterr().out
    assert exported(capsys) == file.read_text(encoding="utf-8")


def test_dry_run_says_what_would_change_and_writes_nothing(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = exported(capsys)

    assert main(["schedule", "import", str(RURAL), "--dry-run"]) == 0

    told = capsys.readouterr().out
    assert "Thêm hoặc sửa: Buổi phát thanh sáng" in told
    assert told.endswith("Chưa ghi gì.\n")
    assert exported(capsys) == before


def test_hour_that_nobody_meant_is_not_written(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = exported(capsys)
    wrong = station / "lich.toml"
    wrong.write_text(RURAL.read_text(encoding="utf-8").replace('"05:00"', '"03:15"'), encoding="utf-8")

    assert main(["schedule", "import", str(wrong)]) == 1

    told = capsys.readouterr().out
    assert "Sai quy định" in told
    assert told.endswith("Chưa ghi gì.\n")
    assert exported(capsys) == before


def test_unusual_hour_is_written_once_its_words_are_given(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    late = station / "lich.toml"
    late.write_text(RURAL.read_text(encoding="utf-8").replace('"17:00"', '"20:30"'), encoding="utf-8")

    assert main(["schedule", "import", str(late)]) == 1
    told = capsys.readouterr().out
    assert told.endswith("Chưa ghi gì.\n")
    (words,) = set(re.findall("--confirm “(.+?)”", told))

    assert main(["schedule", "import", str(late), "--confirm", words.upper()]) == 0
    assert "Đã ghi lịch mới." in capsys.readouterr().out


def test_fault_in_the_file_names_its_line(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = station / "lich.toml"
    wrong.write_text(RURAL.read_text(encoding="utf-8").replace('"05:00"', '"5 giờ"'), encoding="utf-8")

    assert main(["schedule", "import", str(wrong)]) == 1

    assert "Dòng " in capsys.readouterr().err
