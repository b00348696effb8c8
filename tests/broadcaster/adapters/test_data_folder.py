"""One server at a time works in a folder, and whoever starts a second one is told so."""

from pathlib import Path

import pytest

from broadcaster.adapters.data_folder import DataFolder, DataFolderInUse, DataFolderUnusable


def test_second_server_is_turned_away_until_the_first_has_gone(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path / "station"), DataFolder(tmp_path / "station")
    first.claim()

    with pytest.raises(DataFolderInUse, match="đang được một máy chủ khác"):
        second.claim(patience_s=0)

    first.release()
    second.claim(patience_s=0)
    second.release()


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(DataFolderUnusable, match="/file"):
        DataFolder(tmp_path / "file").claim()


def test_release_may_come_twice(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.claim()
    folder.release()
    folder.release()


def test_new_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "station")
    folder.claim()
    folder.release()

    assert (tmp_path / "station").stat().st_mode & 0o777 == 0o700
