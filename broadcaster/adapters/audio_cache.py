"""Finished recordings by content: the name of a file is the SHA-256 of what is in it, so a name is a promise."""

import errno
import hashlib
import os
import re
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from broadcaster.adapters.durable import TEMPORARY_PREFIX, write_durably

_SHA256 = re.compile(r"[0-9a-f]{64}")
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class AudioCacheError(Exception):
    """The store cannot do what was asked. The message is Vietnamese and meant for the officer."""


class AudioNameRefused(AudioCacheError):  # noqa: N818 - a kind of AudioCacheError
    """That is no SHA-256 in 64 small hexadecimal digits."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Mã tệp âm thanh không hợp lệ: {name[:80]!r}.")


class AudioMissing(AudioCacheError):  # noqa: N818 - a kind of AudioCacheError
    """There is no such recording."""

    def __init__(self, sha256: str) -> None:
        self.sha256 = sha256
        super().__init__(f"Không tìm thấy tệp âm thanh {sha256[:12]}… trên máy chủ. Hãy tạo lại bản thu.")


class AudioDamaged(AudioCacheError):  # noqa: N818 - a kind of AudioCacheError
    """The file is there, but its content is not what its name promises."""

    def __init__(self, sha256: str) -> None:
        self.sha256 = sha256
        super().__init__(f"Tệp âm thanh {sha256[:12]}… trên máy chủ đã bị hỏng. Hãy tạo lại bản thu.")


class AudioCacheFull(AudioCacheError):  # noqa: N818 - a kind of AudioCacheError
    """The disk has no room for another recording."""

    def __init__(self, *, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        super().__init__(
            f"Ổ đĩa của máy chủ đã đầy, không lưu được tệp âm thanh ({size_bytes // 1024 + 1} KB). "
            "Nội dung bản tin không bị mất; hãy báo cán bộ kỹ thuật dọn ổ đĩa rồi thử lại."
        )


class AudioCacheUnwritable(AudioCacheError):  # noqa: N818 - a kind of AudioCacheError
    """The folder does not take files: it is read-only, or belongs to somebody else."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"Không ghi được vào thư mục tệp âm thanh ({detail}). Hãy báo cán bộ kỹ thuật.")


class AudioCache:
    """Recordings in `folder`, which is made if it is missing. Safe for several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, audio: bytes) -> str:
        """Keep `audio` and return its SHA-256; on return it survives a power cut.

        Raises AudioCacheFull or AudioCacheUnwritable.
        """
        sha256 = hashlib.sha256(audio).hexdigest()
        path = self.path(sha256)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._holds(path, audio):
                os.utime(path)  # young again, so that no pruning takes it before it is referred to
            else:
                write_durably(path, audio)
        except OSError as exc:
            if exc.errno in NO_ROOM:
                raise AudioCacheFull(size_bytes=len(audio)) from exc
            raise AudioCacheUnwritable(exc.strerror or str(exc)) from exc
        return sha256

    def path(self, sha256: str) -> Path:
        """Return where the recording is or would be. Raises AudioNameRefused."""
        if not _SHA256.fullmatch(sha256):
            raise AudioNameRefused(sha256)
        return self._folder / sha256

    def read(self, sha256: str) -> bytes:
        """Return the recording, its hash checked. Raises AudioNameRefused, AudioMissing or AudioDamaged."""
        try:
            audio = self.path(sha256).read_bytes()
        except (FileNotFoundError, IsADirectoryError) as exc:
            raise AudioMissing(sha256) from exc
        if hashlib.sha256(audio).hexdigest() != sha256:
            raise AudioDamaged(sha256)
        return audio

    def prune(self, keep: Collection[str], *, older_than: timedelta, now: datetime) -> tuple[str, ...]:
        """Remove the recordings that are neither in `keep` nor younger than `older_than`; return their names.

        What a power cut left unfinished goes too. Everything else in the folder is left alone.
        """
        if not self._folder.is_dir():
            return ()
        before = (now - older_than).timestamp()
        kept, removed = frozenset(keep), []
        for path in sorted(self._folder.iterdir()):
            ours = _SHA256.fullmatch(path.name) or path.name.startswith(TEMPORARY_PREFIX)
            if ours and path.name not in kept and path.is_file() and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                removed.append(path.name)
        return tuple(name for name in removed if _SHA256.fullmatch(name))

    def _holds(self, path: Path, audio: bytes) -> bool:
        return path.is_file() and path.stat().st_size == len(audio) and path.read_bytes() == audio
