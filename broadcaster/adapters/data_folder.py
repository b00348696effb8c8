"""The server's folder, which one server at a time may use: two of them would publish against each other."""

import fcntl
import os
import time
from pathlib import Path

_PATIENCE_S = 5.0  # a predecessor that was told to end, or killed, needs a moment until it is gone


class DataFolderError(Exception):
    """The server cannot use its folder. The message is Vietnamese and meant for whoever starts the server."""


class DataFolderUnusable(DataFolderError):  # noqa: N818 - a kind of DataFolderError
    """It cannot be made, or takes no files."""

    def __init__(self, path: Path, *, why: str) -> None:
        super().__init__(
            f"Không dùng được thư mục dữ liệu {path} ({why}). Xin chọn thư mục khác (LOA_DATA, hoặc --data của bản "
            "trình diễn) hoặc sửa quyền của thư mục này."
        )


class DataFolderInUse(DataFolderError):  # noqa: N818 - a kind of DataFolderError
    """Another server works in it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"Thư mục dữ liệu {path} đang được một máy chủ khác của đài sử dụng. Xin dừng máy chủ kia trước, "
            "hoặc chọn thư mục khác."
        )


class DataFolder:
    """Claimed by one process until `release`, or until that process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: int | None = None

    def claim(self, *, patience_s: float = _PATIENCE_S) -> None:
        """Make the folder if it is missing and take it. Raises DataFolderUnusable, or DataFolderInUse in the end."""
        try:
            self._path.mkdir(parents=True, exist_ok=True, mode=0o700)  # what is in it is nobody else's to read
            self._lock = os.open(self._path / "in-use.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as exc:
            raise DataFolderUnusable(self._path, why=exc.strerror or str(exc)) from exc
        deadline = time.monotonic() + patience_s
        while not _locked(self._lock):
            if time.monotonic() > deadline:
                self.release()
                raise DataFolderInUse(self._path)
            time.sleep(0.05)

    def release(self) -> None:
        """Let the next server have it; safe to call twice."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
