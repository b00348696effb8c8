"""The command line: `read` and `say` do what they say, and what is not understood is refused."""

import io
import json
import sys
import wave
from pathlib import Path

import pytest

from broadcaster.__main__ import main


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
