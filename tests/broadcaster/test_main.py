"""The command line: `read` and `say` do what they say, and what is not understood is refused."""

import io
import json
import os
import shutil
import subprocess
import sys
import wave
from importlib.metadata import version
from pathlib import Path

import pytest

from broadcaster.__main__ import main
from broadcaster.store import stations
from broadcaster.store.engine import open_database
from tests.fakes.station_world import open_world


def read(monkeypatch: pytest.MonkeyPatch, written: bytes, *options: str) -> list[str]:
    """Return the lines that `broadcaster read` prints."""
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(written), encoding="ascii"))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, encoding="ascii", write_through=True))

    assert main(["read", *options]) == 0
    return output.getvalue().decode().splitlines()


def test_read_gives_a_line_for_each_line(monkeypatch: pytest.MonkeyPatch) -> None:
    said = read(monkeypatch, "Họp lúc 7h30.\n\nGặp ông Ba\r\n".encode())

    assert len(said) == 3
    assert "bảy giờ" in said[0]
    assert (said[1], said[2].lower()) == ("", "gặp ông ba")


def test_read_json_shows_every_span(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = read(monkeypatch, "Ngày 5/3 họp.".encode(), "--json")
    shown = json.loads(line)

    assert shown.keys() >= {"written", "spoken", "spans", "notices"}
    assert all(shown["written"][s["start"] : s["end"]] == s["written"] and "unsure" in s for s in shown["spans"])


@pytest.mark.parametrize("written", [b"\xff\xfe\x00abc\n", b"a\x00b\x07\n", "\ufeffChào\n".encode(), b"\r\n", b""])
def test_read_survives_any_bytes(monkeypatch: pytest.MonkeyPatch, written: bytes) -> None:
    assert len(read(monkeypatch, written)) == len(written.splitlines())


@pytest.mark.slow
def test_say_writes_a_wav(tmp_path: Path) -> None:
    path = tmp_path / "loi.wav"

    assert main(["say", "Kính thưa bà con.", "-o", str(path)]) == 0
    with wave.open(str(path)) as sound:
        assert sound.getnchannels() == 1
        assert sound.getnframes() / sound.getframerate() > 0.5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "name", "more"), [("...", "x.wav", []), ("Chào.", "no/x.wav", []), ("Chào.", "x.wav", ["--voice", "ai"])]
)
def test_say_tells_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, name: str, more: list[str]
) -> None:  # fmt: skip
    assert main(["say", text, "-o", str(tmp_path / name), *more]) == 1
    told = capsys.readouterr().err
    assert told.strip()
    assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["sing"], ["say", "x"], ["demo", "--port", "x"]])
def test_what_is_not_understood_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)

    assert end.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [["password", "quan-tri"], ["schedule", "export"], ["agent-release", "--withdraw"], ["rehearse"]]
)
@pytest.mark.parametrize(
    ("url", "said"),
    [("so-do-dai", "Không dùng được cơ sở dữ liệu"), ("oraclee://dai:bi-mat@may/dai", "chưa cài chương trình"),
     ("postgresql+psycopg://dai:bi-mat@127.0.0.1:1/dai", "Không dùng được cơ sở dữ liệu")],
)  # fmt: skip
def test_unusable_database_is_said_in_a_sentence_without_its_password(
    command: list[str], url: str, said: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("LOA_DATA", str(tmp_path / "station"))
    monkeypatch.setenv("LOA_DATABASE_URL", url)

    code = main(command)

    told = capsys.readouterr().err
    assert code == (2 if command == ["rehearse"] else 1)
    assert said in told
    assert "bi-mat" not in told


@pytest.mark.parametrize("command", [["password", "quan-tri"], ["schedule", "export"], ["agent-release", "--withdraw"]])
def test_commands_beside_the_server_leave_no_empty_database(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOA_DATA", str(tmp_path))

    assert main(command) == 1
    assert f"không có tệp {tmp_path / 'station.db'}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_server_that_cannot_start_says_why_in_one_line(tmp_path: Path) -> None:
    environment = os.environ | {"LOA_DATA": str(tmp_path), "LOA_DATABASE_URL": "so-do-dai", "LOA_LOG_LEVEL": "WARNING"}

    done = subprocess.run(
        [sys.executable, "-m", "broadcaster", "serve"], env=environment, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 1
    assert done.stderr.startswith("Không dùng được cơ sở dữ liệu của đài: ")
    assert len(done.stderr.splitlines()) == 1


def test_restored_backup_is_taken_up_where_there_is_one(
    tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOA_DATA", str(tmp_path))
    assert main(["restored"]) == 1
    shutil.copy(migrated_sqlite, tmp_path / "station.db")
    database = open_database(f"sqlite:///{tmp_path / 'station.db'}")
    world = open_world(database)

    assert main(["restored"]) == 0

    assert "cho 1 đài" in capsys.readouterr().out
    with database.reading() as tx:
        found = stations.get(tx, world.station)
    database.close()
    assert found is not None
    assert found.epoch > 1


def test_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])

    assert end.value.code == 0
    assert capsys.readouterr().out == f"{version('commune-broadcaster')}\n"
