"""An audio file as numbered chunks, and back, checked.

A chunk is 16 bytes of header and up to 64 KiB of the file. The CRC finds a bit that flipped on the way, so that one
chunk is asked for again; the SHA-256 in the signed plan finds malice, so that nothing of the file is used.
"""

import hashlib
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

CHUNK_BYTES = 64 * 1024
_HEADER = struct.Struct(">4sIII")  # magic, number, of how many, CRC-32 of number, count and body
_MAGIC = b"LOA1"


class ChunkError(Exception):
    """A chunk is damaged, or the chunks do not make up the file that was promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Chunk `number` (from 0) of `count`; `body` is its part of the file."""

    number: int
    count: int
    body: bytes


def count_for(size_bytes: int) -> int:
    """Return how many chunks a file of that size has."""
    return -(-size_bytes // CHUNK_BYTES)


def split(audio: bytes) -> tuple[bytes, ...]:
    """Return the file's chunks as they go over the wire, in order."""
    count = count_for(len(audio))
    return tuple(pack(Chunk(number=n, count=count, body=audio[n * CHUNK_BYTES : (n + 1) * CHUNK_BYTES]))
                 for n in range(count))  # fmt: skip


def pack(chunk: Chunk) -> bytes:
    """Return one chunk as it goes over the wire."""
    return (
        _HEADER.pack(_MAGIC, chunk.number, chunk.count, _checksum(chunk.number, chunk.count, chunk.body)) + chunk.body
    )


def unpack(payload: bytes) -> Chunk:
    """Return the chunk in `payload`. Raises ChunkError when it is damaged, oversized or not a chunk at all."""
    if len(payload) <= _HEADER.size or len(payload) > _HEADER.size + CHUNK_BYTES:
        raise ChunkError(f"{len(payload)} bytes cannot be a chunk")
    magic, number, count, checksum = _HEADER.unpack_from(payload)
    body = payload[_HEADER.size :]
    if magic != _MAGIC or checksum != _checksum(number, count, body) or number >= count:
        raise ChunkError("the chunk is damaged")
    return Chunk(number=number, count=count, body=body)


def join(bodies: Sequence[bytes], sha256: str) -> bytes:
    """Return the whole file. Raises ChunkError unless its SHA-256 is the promised one."""
    audio = b"".join(bodies)
    if hashlib.sha256(audio).hexdigest() != sha256:
        raise ChunkError("the file is not the one that was promised")
    return audio


def _checksum(number: int, count: int, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(struct.pack(">II", number, count)))
