"""Audio files on the box's disk: whole and verified under their SHA-256, or in parts that a power cut cannot spoil.

A part file has a map beside it, one byte a chunk. The chunk is on the disk before its byte is set, so a broken-off
download goes on at the next chunk and a byte in the map never promises too much.
"""

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from device_agent import durable
from wire.chunks import CHUNK_BYTES, Chunk
from wire.messages import FileRef

KEPT_UNNEEDED_S = 7 * 24 * 3600.0
_READ_BYTES = 1024 * 1024


class AudioStore:
    """Methods that write raise OSError when the disk refuses; what stood before stands."""

    def __init__(self, directory: Path, *, reserve_bytes: int, free_bytes: Callable[[Path], int] | None = None) -> None:
        self._directory = directory
        self._parts = directory / "parts"
        self._reserve_bytes = reserve_bytes
        self._free_bytes = free_bytes or _free_bytes
        self._maps: dict[str, bytearray] = {}
        self._parts.mkdir(parents=True, exist_ok=True)
        self.held: frozenset[str] = frozenset(path.name for path in directory.iterdir() if _is_hash(path.name))

    def path_of(self, sha256: str) -> Path:
        """Return where the verified file is."""
        return self._directory / sha256

    def missing(self, ref: FileRef) -> tuple[int, ...]:
        """Return the numbers of the chunks that are not on the disk; none when the file is whole and verified."""
        if ref.sha256 in self.held:
            return ()
        absent = tuple(number for number, held in enumerate(self._map(ref)) if not held)
        # All there and not verified: the power failed in between, or nobody wanted it just then. With its last chunk
        # once more it becomes whole; nothing else would ever make it so.
        return absent or (ref.chunks - 1,)

    def write(self, ref: FileRef, chunk: Chunk) -> None:
        """Put a chunk on the disk."""
        if self._free_bytes(self._directory) - len(chunk.body) < self._reserve_bytes:
            raise OSError(errno.ENOSPC, "the space left is kept for the journal")
        part = self._part(ref)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            _write_all(descriptor, chunk.body, offset=chunk.number * CHUNK_BYTES)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        held = self._map(ref)
        held[chunk.number] = 1
        self._part(ref, "map").write_bytes(held)

    def finish(self, ref: FileRef) -> bool:
        """Verify the whole file and take it into use; False, and everything dropped, when its hash is another."""
        part = self._part(ref)
        if part.stat().st_size != ref.size_bytes or _sha256(part) != ref.sha256:
            self._drop_part(ref.sha256)
            return False
        durable.publish(part, self.path_of(ref.sha256))
        self._drop_part(ref.sha256)
        self.held |= {ref.sha256}
        return True

    def is_intact(self, sha256: str) -> bool:
        """Return whether a file in use still has its hash: a worn card changes bits. A damaged one is dropped."""
        try:
            intact = _sha256(self.path_of(sha256)) == sha256
        except OSError:
            intact = False
        if not intact:
            with contextlib.suppress(OSError):  # of a card that takes nothing more it is dropped in name only
                self._drop(sha256)
        return intact

    def touch(self, needed: Iterable[str]) -> None:
        """Note that these files are needed today."""
        for sha256 in self.held & frozenset(needed):
            self.path_of(sha256).touch()

    def evict(self, needed: frozenset[str], *, budget_bytes: int, unix_s: float) -> tuple[str, ...]:
        """Remove what nothing needs: parts at once, files after a week, or sooner, oldest first, to meet the budget."""
        for path in self._parts.iterdir():
            if path.name.partition(".")[0] not in needed:
                self._drop_part(path.name.partition(".")[0])
        sizes = {sha256: self.path_of(sha256).stat() for sha256 in self.held}
        total_bytes = sum(stat.st_size for stat in sizes.values())
        gone = []
        for sha256 in sorted(self.held - needed, key=lambda name: sizes[name].st_mtime):
            is_old = unix_s - sizes[sha256].st_mtime > KEPT_UNNEEDED_S
            if is_old or total_bytes > budget_bytes or self._is_tight():
                self._drop(sha256)
                total_bytes -= sizes[sha256].st_size
                gone.append(sha256)
        return tuple(gone)

    def _is_tight(self) -> bool:
        return self._free_bytes(self._directory) < 2 * self._reserve_bytes

    def _map(self, ref: FileRef) -> bytearray:
        """Return the map of the file's parts; one that does not fit the file starts afresh."""
        if ref.sha256 not in self._maps:
            path = self._part(ref, "map")
            try:
                stored = path.read_bytes() if self._part(ref).exists() else b""
            except OSError:
                stored = b""
            fits = len(stored) == ref.chunks and set(stored) <= {0, 1}
            self._maps[ref.sha256] = bytearray(stored if fits else bytes(ref.chunks))
        return self._maps[ref.sha256]

    def _part(self, ref: FileRef, suffix: str = "part") -> Path:
        return self._parts / f"{ref.sha256}.{suffix}"

    def _drop(self, sha256: str) -> None:
        self.held -= {sha256}
        self.path_of(sha256).unlink(missing_ok=True)

    def _drop_part(self, sha256: str) -> None:
        self._maps.pop(sha256, None)
        for suffix in ("map", "part"):
            (self._parts / f"{sha256}.{suffix}").unlink(missing_ok=True)


def fits(chunk: Chunk, ref: FileRef) -> bool:
    """Return whether the chunk can be a part of the file: its number, its count and its length."""
    last_bytes = ref.size_bytes - (ref.chunks - 1) * CHUNK_BYTES
    wanted_bytes = CHUNK_BYTES if chunk.number < ref.chunks - 1 else last_bytes
    return chunk.count == ref.chunks and len(chunk.body) == wanted_bytes


def _write_all(descriptor: int, body: bytes, *, offset: int) -> None:
    view = memoryview(body)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _is_hash(name: str) -> bool:
    return len(name) == 64 and all(letter in "0123456789abcdef" for letter in name)


def _free_bytes(directory: Path) -> int:
    return shutil.disk_usage(directory).free
