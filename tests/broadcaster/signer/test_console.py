"""The consoles: whoever holds the machine lets people count, gives passwords and reads the log."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.__main__ import main
from broadcaster.adapters.passwords import Argon2Passwords
from broadcaster.domain.ids import StationId, UserId
from broadcaster.domain.permissions import Role
from broadcaster.settings import Settings
from broadcaster.signer.people import Known, People
from broadcaster.signer.running import open_book

STATION = StationId("xa-hong-phong")
PASSWORD = "một câu ngắn dễ nhớ"


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    """A register in which `minh` does not count yet."""
    monkeypatch.setenv("LOA_DATA", str(tmp_path))
    (tmp_path / "signer").mkdir()
    book = open_book(Settings())
    register = People(book, now=lambda: datetime.now(UTC))
    minh = Known(
        id=UserId("nd-minh"), station=STATION, username="minh", roles=frozenset({Role.APPROVER}),
        verifier=Argon2Passwords().hash("cũ"), counts_from=datetime.now(UTC) + timedelta(hours=20), disabled=False,
    )  # fmt: skip
    register.found(STATION, [minh])
    yield register
    book.close()


def test_the_console_lets_somebody_count_at_once(people: People, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["signer", "admit", "minh"]) == 0
    assert people.get(UserId("nd-minh")).counts_from <= datetime.now(UTC)
    assert "minh" in capsys.readouterr().out


def test_the_console_gives_a_password(
    people: People, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "typed").write_text(PASSWORD + "\n")
    with (tmp_path / "typed").open() as typed:
        monkeypatch.setattr("sys.stdin", typed)
        assert main(["signer", "password", "minh"]) == 0
    assert Argon2Passwords().verify(PASSWORD, people.get(UserId("nd-minh")).verifier)


@pytest.mark.parametrize("action", ["admit", "password"])
def test_nobody_of_that_name_is_said_so(
    people: People, action: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "typed").write_text(PASSWORD + "\n")
    with (tmp_path / "typed").open() as typed:
        monkeypatch.setattr("sys.stdin", typed)
        assert main(["signer", action, "ai"]) == 1
    assert "“ai”" in capsys.readouterr().err


def test_the_console_prints_the_log(people: People, capsys: pytest.CaptureFixture[str]) -> None:
    main(["signer", "admit", "minh"])
    capsys.readouterr()
    assert main(["signer", "log"]) == 0
    assert "console.admit xa-hong-phong" in capsys.readouterr().out


def test_a_folder_without_a_register_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOA_DATA", str(tmp_path))
    assert main(["signer", "log"]) == 1
    assert "LOA_SIGNER_DATA" in capsys.readouterr().err
