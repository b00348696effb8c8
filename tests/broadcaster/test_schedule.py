"""`broadcaster schedule check`: what a person with a file in hand is told."""

from datetime import date
from pathlib import Path

import pytest

from broadcaster.__main__ import main
from broadcaster.adapters.schedule_files import folder
from broadcaster.schedule import check

TODAY = date(2026, 3, 2)
RURAL = folder() / "nong-thon-hai-buoi.toml"


@pytest.mark.parametrize("file", sorted(folder().glob("*.toml")), ids=lambda file: file.stem)
@pytest.mark.parametrize("today", [TODAY, date(2026, 9, 1)])
def test_shipped_templates_are_usable(file: Path, today: date) -> None:
    checked = check(file, today=today)

    assert checked.is_usable
    assert len(checked.lines) == 1
    assert "dùng được" in checked.lines[0]


def test_fault_names_file_and_line(tmp_path: Path) -> None:
    wrong = tmp_path / "lich.toml"
    wrong.write_text(RURAL.read_text(encoding="utf-8").replace('"05:00"', '"5 giờ"'), encoding="utf-8")

    checked = check(wrong, today=TODAY)

    line = RURAL.read_text(encoding="utf-8").split("\n").index('starts = "05:00"') + 1
    assert not checked.is_usable
    assert checked.lines[0].startswith(f"{wrong}: Dòng {line}: Mục “starts”")


def test_breach_of_the_rules_names_the_line_of_the_session(tmp_path: Path) -> None:
    wrong = tmp_path / "lich.toml"
    wrong.write_text(RURAL.read_text(encoding="utf-8").replace('"05:00"', '"03:15"'), encoding="utf-8")

    checked = check(wrong, today=TODAY)

    line = RURAL.read_text(encoding="utf-8").split("\n").index('starts = "05:00"') + 1
    assert not checked.is_usable
    assert checked.lines[0].startswith(f"{wrong}: Dòng {line}: Sai quy định: Buổi 03:15")
    assert "ba giờ mười lăm phút sáng" in checked.lines[1]


def test_other_profile_may_be_asked_for() -> None:
    checked = check(RURAL, today=TODAY, profile="ha-noi-noi-thanh")

    assert not checked.is_usable
    assert any("còn 15 phút" in line for line in checked.lines)


def test_unknown_profile_and_missing_file_are_said(tmp_path: Path) -> None:
    assert "Không có định mức “sao-hoa”" in check(RURAL, today=TODAY, profile="sao-hoa").lines[0]
    assert "không có tệp này" in check(tmp_path / "x.toml", today=TODAY).lines[0]


def test_file_that_is_not_utf8_names_its_line(tmp_path: Path) -> None:
    wrong = tmp_path / "lich.toml"
    wrong.write_bytes(b'[station]\nname = "X\xe3"\n')

    assert check(wrong, today=TODAY).lines == (
        f"{wrong}: Dòng 2: chữ không theo bảng mã UTF-8. Xin lưu lại bằng UTF-8.",
    )


def test_command_has_an_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schedule", "check", str(RURAL)]) == 0
    assert "dùng được" in capsys.readouterr().out

    assert main(["schedule", "check", str(RURAL), str(tmp_path / "x.toml")]) == 1
    assert "không có tệp này" in capsys.readouterr().err
