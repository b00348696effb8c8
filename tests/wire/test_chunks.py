"""Chunks: a file survives the way in pieces, and no damage to a piece goes unseen."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire import chunks
from wire.chunks import CHUNK_BYTES, Chunk, ChunkError

HEADER_BYTES = 16
sizes = st.one_of(
    st.integers(1, 300), st.sampled_from([CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
)
files = st.builds(lambda size, seed: (seed * (size // len(seed) + 1))[:size], sizes, st.binary(min_size=1, max_size=64))


def _sha256(audio: bytes) -> str:
    return hashlib.sha256(audio).hexdigest()


@given(files)
def test_split_joins_to_the_same_file(audio: bytes) -> None:
    parts = [chunks.unpack(payload) for payload in chunks.split(audio)]

    assert [part.number for part in parts] == list(range(chunks.count_for(len(audio))))
    assert {part.count for part in parts} == {chunks.count_for(len(audio))}
    assert chunks.join([part.body for part in parts], _sha256(audio)) == audio


@given(st.integers(1, 10_000_000))
def test_count_for_is_just_enough(size: int) -> None:
    count = chunks.count_for(size)

    assert (count - 1) * CHUNK_BYTES < size <= count * CHUNK_BYTES


@given(st.binary(min_size=1, max_size=300), st.integers(0, 4000), st.integers(1, 100), st.data())
def test_unpack_refuses_any_flipped_bit(body: bytes, number: int, more: int, data: st.DataObject) -> None:
    payload = bytearray(chunks.pack(Chunk(number=number, count=number + more, body=body)))
    position = data.draw(st.integers(0, len(payload) - 1))
    payload[position] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(ChunkError):
        chunks.unpack(bytes(payload))


@given(st.binary(min_size=1, max_size=300), st.data())
def test_unpack_refuses_a_cut_chunk(body: bytes, data: st.DataObject) -> None:
    payload = chunks.pack(Chunk(number=0, count=1, body=body))

    with pytest.raises(ChunkError):
        chunks.unpack(payload[: data.draw(st.integers(0, len(payload) - 1))])


@given(st.binary(max_size=200))
def test_unpack_refuses_junk(junk: bytes) -> None:
    with pytest.raises(ChunkError):
        chunks.unpack(junk)


def test_unpack_refuses_an_oversized_chunk() -> None:
    with pytest.raises(ChunkError, match="cannot be a chunk"):
        chunks.unpack(chunks.pack(Chunk(number=0, count=1, body=bytes(CHUNK_BYTES + 1))))


@pytest.mark.parametrize(("number", "count"), [(1, 1), (5, 3), (0, 0)])
def test_unpack_refuses_a_number_beyond_the_count(number: int, count: int) -> None:
    with pytest.raises(ChunkError):
        chunks.unpack(chunks.pack(Chunk(number=number, count=count, body=b"x")))


def test_pack_covers_number_and_count_by_the_checksum() -> None:
    payload = chunks.pack(Chunk(number=1, count=3, body=b"x"))
    relabelled = payload[:4] + (2).to_bytes(4, "big") + payload[8:]

    with pytest.raises(ChunkError):
        chunks.unpack(relabelled)


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=2, max_size=5, unique=True), st.data())
def test_join_refuses_reordered_missing_doubled_and_changed_bodies(bodies: list[bytes], data: st.DataObject) -> None:
    promised = _sha256(b"".join(bodies))
    victim = data.draw(st.integers(0, len(bodies) - 1))
    missing = bodies[:victim] + bodies[victim + 1 :]
    doubled = [*bodies, bodies[victim]]
    changed = [*bodies[:victim], bytes([bodies[victim][0] ^ 1]) + bodies[victim][1:], *bodies[victim + 1 :]]
    reordered = data.draw(st.permutations(bodies))

    for wrong in (missing, doubled, changed):
        with pytest.raises(ChunkError, match="promised"):
            chunks.join(wrong, promised)
    if b"".join(reordered) != b"".join(bodies):
        with pytest.raises(ChunkError, match="promised"):
            chunks.join(reordered, promised)


def test_a_chunk_is_a_value() -> None:
    assert replace(Chunk(number=0, count=2, body=b"x"), number=1) == Chunk(number=1, count=2, body=b"x")
