"""From words to a recording in the cache: what every studio promises, and what the real one says when it fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.adapters.audio_cache import AudioCache, AudioCacheFull
from broadcaster.adapters.studio import studio
from broadcaster.adapters.voices.port import VoiceBroken
from broadcaster.adapters.voices.sentences import CachedVoices
from broadcaster.services.rendering import Made, Studio, StudioFailed
from tests.fakes.station_studio import FakeStudio
from tests.fakes.voices import FakeVoice

SEGMENTS = [("kính thưa bà con", 300), ("tối nay họp", 0)]


class FullCache(AudioCache):
    """A cache on a full disk."""

    def put(self, audio: bytes) -> str:
        raise AudioCacheFull(size_bytes=len(audio))


@pytest.fixture(params=["real", pytest.param("fake")])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Studio]:
    """Each of the two studios, with one voice that works and one that does not."""
    if request.param == "fake":
        yield FakeStudio(broken_voices=frozenset({"broken"}))
        return
    voices = voices_in(tmp_path)
    yield studio(voices, AudioCache(tmp_path / "recordings"), titles={})
    voices.close()


def voices_in(folder: Path) -> CachedVoices:
    """Return a voice that works and one that does not."""
    broken = FakeVoice("broken", failure=VoiceBroken("giọng thử", detail="không có tiếng"))
    return CachedVoices({"fake": FakeVoice("fake"), "broken": broken}, folder / "sentences")


def test_recording_tells_where_each_segment_starts(make: Studio) -> None:
    told: list[tuple[int, int]] = []
    made = make(SEGMENTS, ["fake"], False, lambda done, total: told.append((done, total)))

    assert (made.voice, made.remarks, len(made.segment_offsets_ms)) == ("fake", (), 2)
    assert 0 <= made.segment_offsets_ms[0] < made.segment_offsets_ms[1] < made.duration_ms
    assert made.size_bytes > 0
    assert told[-1] == (2, 2)


def test_same_words_make_the_same_recording(make: Studio) -> None:
    def once(read_twice: bool) -> Made:
        return make(SEGMENTS, ["fake"], read_twice, lambda _done, _total: None)

    assert once(False).sha256 == once(False).sha256
    assert once(True).sha256 != once(False).sha256
    assert once(True).duration_ms > once(False).duration_ms


def test_next_voice_takes_over_and_it_is_said(make: Studio) -> None:
    made = make(SEGMENTS, ["broken", "fake"], False, lambda _done, _total: None)

    assert made.voice == "fake"
    assert made.remarks


def test_no_voice_is_a_failure_in_words(make: Studio) -> None:
    with pytest.raises(StudioFailed, match="đọc"):
        make(SEGMENTS, ["broken"], False, lambda _done, _total: None)


def test_full_disk_is_a_failure_in_words(tmp_path: Path) -> None:
    voices = voices_in(tmp_path)
    make = studio(voices, FullCache(tmp_path / "recordings"), titles={})

    with pytest.raises(StudioFailed, match="đã đầy"):
        make(SEGMENTS, ["fake"], False, lambda _done, _total: None)
    voices.close()
