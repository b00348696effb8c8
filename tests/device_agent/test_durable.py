"""Files are whole after a power cut: shown on a disk that forgets everything that was not synced."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from device_agent import durable

Step = tuple[str, str]


class ForgetfulDisk:
    """Notes what is synced and renamed in which order, and says what a power cut after each step would leave.

    Pessimistic as POSIX allows: a file's bytes count once it was synced, a name once its directory was.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps: list[Step] = []
        really_sync, really_rename = os.fsync, Path.replace

        def sync(descriptor: int) -> None:
            really_sync(descriptor)
            self.steps.append(("sync", Path(f"/proc/self/fd/{descriptor}").readlink().name))

        def rename(source: Path, target: Path) -> Path:
            self.steps.append(("rename", f"{source.name}>{target.name}"))
            return really_rename(source, target)

        monkeypatch.setattr(os, "fsync", sync)
        monkeypatch.setattr(Path, "replace", rename)

    def left(self, directory: Path, name: str) -> list[str]:
        """Return what `name` may hold after a power cut following each step: old, new or torn."""
        synced: set[str] = set()
        pending: str | None = None
        now, states = "old", []
        for kind, what in self.steps:
            if kind == "sync" and what == directory.name and pending is not None:
                now = "new" if pending in synced else "torn"
            elif kind == "sync":
                synced.add(what)
            elif what.endswith(f">{name}"):
                pending = what.partition(">")[0]
                now = "old or new" if pending in synced else "torn"
            states.append(now)
        return states


def test_a_file_is_old_or_new_and_new_when_the_call_returned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = ForgetfulDisk(monkeypatch)
    durable.write(tmp_path / "plan", b"new")
    assert disk.left(tmp_path, "plan") == ["old", "old or new", "new"]
    assert (tmp_path / "plan").read_bytes() == b"new"


def test_a_finished_download_is_published_the_same_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = ForgetfulDisk(monkeypatch)
    (tmp_path / "part").write_bytes(b"audio")
    durable.publish(tmp_path / "part", tmp_path / "whole")
    assert disk.left(tmp_path, "whole") == ["old", "old or new", "new"]


def _without_any_sync(path: Path, content: bytes) -> None:
    path.with_name("tmp").write_bytes(content)
    path.with_name("tmp").replace(path)


def _without_the_directory(path: Path, content: bytes) -> None:
    descriptor = os.open(path.with_name("tmp"), os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(descriptor, content)
    os.fsync(descriptor)
    os.close(descriptor)
    path.with_name("tmp").replace(path)


@pytest.mark.parametrize("careless", [_without_any_sync, _without_the_directory])
def test_the_forgetful_disk_catches_a_careless_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, careless: Callable[[Path, bytes], None]
) -> None:
    disk = ForgetfulDisk(monkeypatch)
    careless(tmp_path / "plan", b"new")
    assert disk.left(tmp_path, "plan")[-1] != "new"


def test_a_refused_write_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plan").write_bytes(b"old")

    def refuse(_: int) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="full"):
        durable.write(tmp_path / "plan", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("plan", b"old")]


def test_a_ballast_that_the_disk_does_not_let_go_of_is_none(tmp_path: Path) -> None:
    """As on a card that went read-only: whoever asks for room is told that there is none."""
    (tmp_path / "ballast").mkdir()
    ballast = durable.Ballast(tmp_path / "ballast", size_bytes=5000)

    assert (ballast.take(), ballast.give_up()) == (False, False)


def test_a_secret_is_for_its_owner_alone_from_the_first_byte(tmp_path: Path) -> None:
    durable.write(tmp_path / "key", b"secret", mode=0o600)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
