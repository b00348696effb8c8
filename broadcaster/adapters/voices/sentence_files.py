"""Spoken sentences on disk, each under a hash of who said what: changing one sentence renders one sentence."""

import errno
import hashlib
import logging
import os
import re
import struct
from datetime import datetime, timedelta
from pathlib import Path

from broadcaster.adapters.durable import TEMPORARY_PREFIX, write_durably
from broadcaster.adapters.voices.port import Speech

_log = logging.getLogger(__name__)
_HEADER = struct.Struct(">4sI32s")  # magic, rate, SHA-256 of the sound
_MAGIC = b"LOS1"
_NAME = re.compile(r"[0-9a-f]{64}")


class SentenceFiles:
    """A store that may forget: a lost, damaged or unwritable file costs one rendering and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> Speech | None:
        """Return the sentence kept under `key`, or None. A damaged file is reported and counts as absent."""
        path = self._path(key)
        try:
            content = path.read_bytes()
            os.utime(path)
        except FileNotFoundError:
            return None
        except OSError as exc:
            _log.warning("sentence unreadable path=%s error=%s", path, exc)
            return None
        speech = _unpack(content)
        if speech is None:
            _log.warning("sentence damaged, rendering it anew path=%s", path)
        return speech

    def put(self, key: str, speech: Speech) -> None:
        """Keep the sentence. A full disk is reported, not raised: the sound is in memory and the show goes on."""
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, _HEADER.pack(_MAGIC, speech.rate, _digest(speech.pcm)) + speech.pcm)
        except OSError as exc:
            reason = errno.errorcode.get(exc.errno or 0, "?")
            _log.warning("sentence not kept path=%s reason=%s", path, reason)

    def prune(self, *, older_than: timedelta, now: datetime) -> int:
        """Remove what was not used for so long; return how many sentences went."""
        if not self._folder.is_dir():
            return 0
        before, removed = (now - older_than).timestamp(), 0
        for path in self._folder.iterdir():
            ours = _NAME.fullmatch(path.name) or path.name.startswith(TEMPORARY_PREFIX)
            if ours and path.is_file() and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def _path(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _unpack(content: bytes) -> Speech | None:
    if len(content) < _HEADER.size:
        return None
    magic, rate, digest = _HEADER.unpack_from(content)
    pcm = content[_HEADER.size :]
    return Speech(pcm=pcm, rate=rate) if magic == _MAGIC and rate > 0 and digest == _digest(pcm) else None


def _digest(pcm: bytes) -> bytes:
    return hashlib.sha256(pcm).digest()
