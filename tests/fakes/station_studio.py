"""A studio that needs no voice: its sound is the words themselves, so the same words make the same recording."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from broadcaster.services.rendering import Made, Progress, Segments, StudioFailed

MS_A_LETTER = 60


@dataclass(kw_only=True)
class FakeStudio:
    """Keeps what it made in `files`. `failure` is raised instead; `meanwhile` is called while it works."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    broken_voices: frozenset[str] = frozenset()
    failure: Exception | None = None
    meanwhile: Callable[[], object] | None = None
    flavour: str = ""

    def __call__(self, segments: Segments, voices: Sequence[str], read_twice: bool, progress: Progress) -> Made:
        self.asked.append(tuple(words for words, _ in segments))
        progress(0, len(segments))
        if self.meanwhile is not None:
            self.meanwhile()
        if self.failure is not None:
            raise self.failure
        voice = next((name for name in voices if name not in self.broken_voices), None)
        if voice is None:
            raise StudioFailed("Không giọng nào đọc được.")
        progress(len(segments), len(segments))
        return self._kept(segments, voice=voice, wanted=voices[0], times=2 if read_twice else 1)

    def read(self, sha256: str) -> bytes:
        """Return a file that was made."""
        return self.files[sha256]

    def _kept(self, segments: Segments, *, voice: str, wanted: str, times: int) -> Made:
        words = [words for words, _ in segments]
        audio = f"{self.flavour}{voice} x{times}: {'|'.join(words)}".encode()
        sha256 = hashlib.sha256(audio).hexdigest()
        self.files[sha256] = audio
        starts = [MS_A_LETTER * sum(map(len, words[:n])) for n in range(len(words))]
        return Made(
            sha256=sha256,
            size_bytes=len(audio),
            duration_ms=MS_A_LETTER * sum(map(len, words)) * times,
            voice=voice,
            segment_offsets_ms=tuple(starts),
            remarks=() if voice == wanted else (f"Giọng {wanted} không đọc được.",),
        )
