"""`broadcaster agent-release` at the console: what it offers, and what it refuses."""

from pathlib import Path

import pytest

from broadcaster.__main__ import main
from broadcaster.store.migrate import bring_up_to_date
from tests.device_agent.updating.test_wheel import wheel_at


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOA_DATA", str(tmp_path / "station"))
    monkeypatch.setenv("LOA_AUDIO_CACHE", str(tmp_path / "cache"))
    (tmp_path / "station").mkdir()
    return tmp_path


def test_without_a_station_nothing_is_offered(console: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bring_up_to_date(f"sqlite:///{console / 'station' / 'station.db'}")

    assert main(["agent-release", str(wheel_at(console / "a.whl"))]) == 1
    assert "Không có đài nào" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["khac", ""])
def test_another_package_is_refused(name: str, console: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = wheel_at(console / "a.whl", Name=name) if name else console / "none.whl"
    assert main(["agent-release", str(file)]) == 1
    assert str(file) in capsys.readouterr().err


def test_a_file_or_the_withdrawal_is_needed(console: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agent-release"]) == 2
    assert main(["agent-release", "a.whl", "--withdraw"]) == 2
    assert "--withdraw" in capsys.readouterr().err
