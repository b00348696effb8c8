"""The store of finished recordings: a name is a promise about the content, and power cuts leave no half files."""

import errno
import hashlib
import os
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.adapters.audio_cache import (
    AudioCache,
    AudioCacheFull,
    AudioCacheUnwritable,
    AudioDamaged,
    AudioMissing,
    AudioNameRefused,
)

SOUND = b"OggS" + bytes(range(256)) * 20
ABSENT = "0" * 64


@pytest.fixture
def cache(tmp_path: Path) -> AudioCache:
    """A store whose folder does not exist yet."""
    return AudioCache(tmp_path / "audio")


@contextmanager
def _no_file_larger_than(size_bytes: int) -> Iterator[None]:
    """Let the system itself refuse to write on, as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@given(st.binary(min_size=1, max_size=2_000))
def test_what_is_put_is_read(tmp_path_factory: pytest.TempPathFactory, audio: bytes) -> None:
    cache = AudioCache(tmp_path_factory.getbasetemp() / "audio")

    sha256 = cache.put(audio)

    assert sha256 == hashlib.sha256(audio).hexdigest()
    assert cache.read(sha256) == audio
    assert cache.path(sha256).name == sha256


def test_putting_twice_keeps_one_file(cache: AudioCache, tmp_path: Path) -> None:
    assert cache.put(SOUND) == cache.put(SOUND)
    assert len(list((tmp_path / "audio").iterdir())) == 1


def test_putting_repairs_a_damaged_file(cache: AudioCache) -> None:
    sha256 = cache.put(SOUND)
    cache.path(sha256).write_bytes(SOUND[:-1] + b"?")

    cache.put(SOUND)

    assert cache.read(sha256) == SOUND


def test_missing_file_is_named(cache: AudioCache) -> None:
    with pytest.raises(AudioMissing, match="Không tìm thấy tệp âm thanh 000000000000…"):
        cache.read(ABSENT)


@pytest.mark.parametrize("damaged", [SOUND[:-1], SOUND[:-1] + b"?", b""])
def test_damaged_file_is_never_read(cache: AudioCache, damaged: bytes) -> None:
    sha256 = cache.put(SOUND)
    cache.path(sha256).write_bytes(damaged)

    with pytest.raises(AudioDamaged, match="đã bị hỏng"):
        cache.read(sha256)


@pytest.mark.parametrize(
    "name", ["", "..", "../" + "0" * 61, "0" * 63, "0" * 65, "A" * 64, "g" * 64, "0" * 64 + "\n", "/" + "0" * 63]
)
def test_name_that_is_no_hash_is_refused_everywhere(cache: AudioCache, name: str) -> None:
    for ask in (cache.path, cache.read):
        with pytest.raises(AudioNameRefused):
            ask(name)


def test_full_disk_is_told_and_leaves_nothing(cache: AudioCache, tmp_path: Path) -> None:
    kept = cache.put(b"small")
    with _no_file_larger_than(1_000), pytest.raises(AudioCacheFull, match="Ổ đĩa của máy chủ đã đầy") as refusal:
        cache.put(SOUND)

    assert isinstance(refusal.value.__cause__, OSError)
    assert refusal.value.__cause__.errno == errno.EFBIG
    assert [path.name for path in (tmp_path / "audio").iterdir()] == [kept]
    assert cache.read(kept) == b"small"


def test_folder_that_takes_no_files_is_told(tmp_path: Path) -> None:
    (tmp_path / "audio").write_text("a file where the folder should be")

    with pytest.raises(AudioCacheUnwritable, match="Không ghi được"):
        AudioCache(tmp_path / "audio").put(SOUND)


def test_four_threads_put_the_same_file(cache: AudioCache, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        names = set(threads.map(cache.put, [SOUND] * 16))

    assert {path.name for path in (tmp_path / "audio").iterdir()} == names


def test_pruning_spares_the_kept_the_young_and_the_strangers(cache: AudioCache, tmp_path: Path) -> None:
    now = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
    kept, young, old = cache.put(b"kept"), cache.put(b"young"), cache.put(b"old")
    unfinished, readme = tmp_path / "audio" / ".unfinished-1", tmp_path / "audio" / "README.md"
    for path in (unfinished, readme):
        path.write_text("x")
    for path in (cache.path(kept), cache.path(old), unfinished, readme):
        _age(path, now - timedelta(days=8))
    _age(cache.path(young), now - timedelta(days=6))

    removed = cache.prune({kept}, older_than=timedelta(days=7), now=now)

    assert removed == (old,)
    assert {path.name for path in (tmp_path / "audio").iterdir()} == {kept, young, "README.md"}


def test_putting_makes_an_old_file_young_again(cache: AudioCache) -> None:
    sha256 = cache.put(SOUND)
    written = datetime.fromtimestamp(cache.path(sha256).stat().st_mtime, UTC)
    _age(cache.path(sha256), written - timedelta(days=30))

    cache.put(SOUND)

    assert cache.prune((), older_than=timedelta(days=7), now=written) == ()


def test_pruning_a_folder_that_is_not_there_removes_nothing(cache: AudioCache) -> None:
    assert cache.prune((), older_than=timedelta(0), now=datetime(2026, 1, 1, tzinfo=UTC)) == ()


def _age(path: Path, instant: datetime) -> None:
    os.utime(path, (instant.timestamp(), instant.timestamp()))
