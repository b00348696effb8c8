"""The studio: segments of words in, a recording in the audio cache out: voices, mastering and cache together."""

from collections.abc import Callable, Mapping, Sequence

from broadcaster.adapters.audio_cache import AudioCache, AudioCacheError
from broadcaster.adapters.mastering import MasteringError, master
from broadcaster.adapters.voices.port import VoiceError
from broadcaster.adapters.voices.sentences import CachedVoices, Segment, SpokenText
from broadcaster.services.rendering import Made, Studio, StudioFailed


def studio(voices: CachedVoices, cache: AudioCache, *, titles: Mapping[str, str]) -> Studio:
    """Return the studio that speaks with `voices`, called by `titles`, and keeps what it makes in `cache`."""

    def make(
        segments: Sequence[Segment], order: Sequence[str], read_twice: bool, on_progress: Callable[[int, int], None]
    ) -> Made:
        try:
            spoken = voices.speak(segments, order, on_progress)
            mastered = master(spoken, read_twice=read_twice)
            sha256 = cache.put(mastered.audio)
        except (VoiceError, MasteringError, AudioCacheError) as exc:
            raise StudioFailed(str(exc)) from exc
        return Made(
            sha256=sha256,
            size_bytes=len(mastered.audio),
            duration_ms=mastered.duration_ms,
            voice=spoken.voice,
            segment_offsets_ms=mastered.offsets_ms,
            remarks=_remarks(spoken, titles),
        )

    return make


def _remarks(spoken: SpokenText, titles: Mapping[str, str]) -> tuple[str, ...]:
    if not spoken.failures:
        return ()
    return (
        *(failure.message for failure in spoken.failures),
        f"Bản thu này do giọng “{titles.get(spoken.voice, spoken.voice)}” đọc thay.",
    )
