"""The server's installer, its command, and what is backed up and comes back: run without touching the system."""

import os
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from broadcaster.domain.sound_files import UPLOAD_MAX_BYTES
from broadcaster.settings import Settings
from tests.fixtures.skips import needs

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "deploy" / "server"
FILES = {
    "etc/default/loa-server": 0o640,
    "etc/systemd/system/loa-backup.service": 0o644,
    "etc/systemd/system/loa-backup.timer": 0o644,
    "etc/systemd/system/loa-server.service": 0o644,
    "etc/systemd/system/loa-signer.service": 0o644,
    "usr/local/bin/broadcaster": 0o755,
    "usr/local/sbin/loa-backup": 0o755,
    "usr/local/sbin/loa-restore": 0o755,
}
SHA256 = "ab" * 32


def run(script: str, *arguments: str | Path, **variables: str | Path) -> subprocess.CompletedProcess[str]:
    """Run one of the scripts with these variables."""
    environment = os.environ | {name: str(value) for name, value in variables.items()}
    command = ["sh", str(SERVER / script), *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_puts_every_file_in_its_place(tmp_path: Path) -> None:
    done = run("install.sh", "--prefix", tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    written = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*") if path.is_file()}
    assert {name: path.stat().st_mode & 0o777 for name, path in written.items()} == FILES


def test_second_run_keeps_what_the_owner_set(tmp_path: Path) -> None:
    run("install.sh", "--prefix", tmp_path)
    settings = tmp_path / "etc/default/loa-server"
    settings.write_text("LOA_PUBLIC_URL=https://loa.example.vn\n")

    assert run("install.sh", "--prefix", tmp_path).returncode == 0
    assert settings.read_text() == "LOA_PUBLIC_URL=https://loa.example.vn\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--prefix"], "cần một thư mục"),
        (["--prefix", "/"], "khác thư mục gốc"),
        (["--sideways"], "không hiểu tùy chọn --sideways"),
        (["--prefix", "{tmp}", "{tmp}/none.whl"], "không có tệp"),
        (["--prefix", "{tmp}", "{tmp}"], "không phải tệp .whl hay thư mục mã nguồn"),
    ],
)
def test_wrong_use_is_refused_and_writes_nothing(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    done = run("install.sh", *(argument.format(tmp=tmp_path) for argument in arguments))

    assert done.returncode == 1
    assert complaint in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_setting_in_the_defaults_exists() -> None:
    lines = (SERVER / "loa-server.default").read_text(encoding="utf-8").splitlines()
    names = [line.lstrip("#").partition("=")[0] for line in lines if line.lstrip("#").startswith("LOA_")]

    assert len(names) >= 5
    assert {name.removeprefix("LOA_").lower() for name in names} <= set(Settings.model_fields)


def test_proxy_lets_the_largest_sound_through() -> None:
    limit = f"client_max_body_size {UPLOAD_MAX_BYTES // 1024 // 1024 + 2}m;"

    assert limit in (SERVER / "nginx.conf").read_text(encoding="utf-8")


@needs("shellcheck")
def test_scripts_pass_shellcheck() -> None:
    done = subprocess.run(["shellcheck", *SERVER.glob("*.sh")], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


@needs("systemd-analyze")
@pytest.mark.parametrize("name", ["loa-backup.service", "loa-backup.timer", "loa-server.service", "loa-signer.service"])
def test_units_are_understood_by_systemd(tmp_path: Path, name: str) -> None:
    for unit in (*SERVER.glob("*.service"), *SERVER.glob("*.timer")):
        # No program of ours need be installed here; every other line is checked as it stands.
        (tmp_path / unit.name).write_text(re.sub(r"(?m)^ExecStart=.*$", "ExecStart=/bin/true", unit.read_text()))

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / name], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


class Keeping:
    """A station's folders with one bulletin, one key and one recording, and where they are backed up to."""

    def __init__(self, folder: Path) -> None:
        self.data, self.signer, self.backups = folder / "loa", folder / "loa-signer", folder / "backups"
        self.audio, self.settings = self.data / "audio_cache", folder / "etc" / "loa-server"
        self.settings.parent.mkdir()
        self.settings.write_text("LOA_PUBLIC_URL=https://loa.example.vn\n")
        (self.signer / "keys").mkdir(parents=True)
        self.audio.mkdir(parents=True)
        (self.signer / "keys" / "xa.pem").write_text("key")
        (self.audio / SHA256).write_bytes(b"sound")
        (self.audio / "sentences").mkdir()
        self.write("một")
        self.open(self.signer / "register.db").close()
        self.command, self.told = folder / "broadcaster", folder / "told"
        self.command.write_text(f'#!/bin/sh\necho "$@" >>"{self.told}"\n')
        self.command.chmod(0o755)

    @property
    def variables(self) -> dict[str, str | Path]:
        """Where the scripts find everything; no settings of the machine."""
        return {
            "LOA_DATA": self.data, "LOA_SIGNER_DATA": self.signer, "LOA_AUDIO_CACHE": self.audio,
            "LOA_DATABASE_URL": "", "SETTINGS": self.settings, "BROADCASTER": self.command,
        }  # fmt: skip

    def open(self, path: Path) -> sqlite3.Connection:
        """Return a database as the server keeps it."""
        database = sqlite3.connect(path)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE IF NOT EXISTS bulletins (title)")
        database.commit()
        return database

    def write(self, title: str) -> None:
        """Add a bulletin."""
        database = self.open(self.data / "station.db")
        database.execute("INSERT INTO bulletins VALUES (?)", (title,))
        database.commit()
        database.close()

    def titles(self) -> list[str]:
        """Return every bulletin."""
        database = self.open(self.data / "station.db")
        found = [title for (title,) in database.execute("SELECT title FROM bulletins")]
        database.close()
        return found

    def back_up(self) -> Path:
        """Back up; return where to."""
        done = run("backup.sh", self.backups, **self.variables)
        assert (done.returncode, done.stderr) == (0, "")
        return Path(done.stdout.split()[-1])


@pytest.fixture
def keeping(tmp_path: Path) -> Keeping:
    """A station that somebody keeps."""
    return Keeping(tmp_path)


def test_what_is_lost_comes_back(keeping: Keeping, tmp_path: Path) -> None:
    backup = keeping.back_up()
    shutil.rmtree(keeping.data)
    shutil.rmtree(keeping.signer)
    keeping.settings.unlink()

    done = run("restore.sh", backup, **keeping.variables)

    assert (done.returncode, done.stderr) == (0, "")
    assert keeping.titles() == ["một"]
    assert (keeping.signer / "keys" / "xa.pem").read_text() == "key"
    assert (keeping.audio / SHA256).read_bytes() == b"sound"
    assert keeping.told.read_text() == "restored\n", "boxes may hold plans that are newer"
    assert keeping.settings.read_text() == "LOA_PUBLIC_URL=https://loa.example.vn\n"


def test_backup_is_whole_while_somebody_writes(keeping: Keeping) -> None:
    """What is committed lies in the -wal file: a plain copy of station.db would not have it."""
    database = keeping.open(keeping.data / "station.db")
    database.execute("INSERT INTO bulletins VALUES ('hai')")
    database.commit()
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT INTO bulletins VALUES ('dở dang')")

    backup = keeping.back_up()

    database.close()
    copy = sqlite3.connect(backup / "station.db")
    assert [title for (title,) in copy.execute("SELECT title FROM bulletins")] == ["một", "hai"]
    copy.close()


def test_restoring_does_not_mix_in_what_came_later(keeping: Keeping) -> None:
    backup = keeping.back_up()
    keeping.write("hai")
    later = keeping.open(keeping.data / "station.db")  # its -wal stays beside it, as after a crash
    later.execute("INSERT INTO bulletins VALUES ('ba')")
    later.commit()

    done = run("restore.sh", backup, **keeping.variables)

    later.close()
    assert done.returncode == 0
    assert keeping.titles() == ["một"]
    (aside,) = keeping.data.glob("truoc-phuc-hoi-*/station.db")
    old = sqlite3.connect(aside)
    assert [title for (title,) in old.execute("SELECT title FROM bulletins")][:2] == ["một", "hai"]
    old.close()


def test_backups_are_for_their_owner_and_the_oldest_go(keeping: Keeping) -> None:
    for day in range(1, 16):
        (keeping.backups / f"2026-01-{day:02}T023000").mkdir(parents=True)

    backup = keeping.back_up()

    kept = sorted(path.name for path in keeping.backups.iterdir() if path.name != "audio")
    assert kept == [*(f"2026-01-{day:02}T023000" for day in range(3, 16)), backup.name]
    assert backup.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in backup.rglob("*.db")} == {0}


def test_backup_that_cannot_be_made_leaves_none_that_looks_whole(keeping: Keeping) -> None:
    (keeping.signer / "register.db").unlink()
    (keeping.signer / "register.db").write_bytes(b"not a database at all, but long enough to be read as one" * 40)

    done = run("backup.sh", keeping.backups, **keeping.variables)

    assert done.returncode != 0
    assert [path.name for path in keeping.backups.iterdir() if not path.name.startswith(".")] == []


def test_folder_that_is_no_backup_is_refused_before_anything_is_touched(keeping: Keeping, tmp_path: Path) -> None:
    before = sorted(keeping.data.rglob("*"))

    done = run("restore.sh", tmp_path, **keeping.variables)

    assert done.returncode == 1
    assert "không phải bản sao lưu" in done.stderr
    assert sorted(keeping.data.rglob("*")) == before
