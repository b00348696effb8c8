"""A whole text spoken by one voice, sentence by sentence; when a voice fails, the next one speaks all of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from broadcaster.adapters.segments import detect_leading_silence, mono
from broadcaster.adapters.voices.plain import plain
from broadcaster.adapters.voices.port import NothingToSay, Speech, Voice, VoiceBroken, VoiceError, VoiceMissing
from broadcaster.adapters.voices.sentence_files import SentenceFiles

Segment = tuple[str, int]
"""Words, and the pause after them in milliseconds."""
Progress = Callable[[int, int], None]
"""Is told how many of how many are done."""

_SILENCE_DBFS = -48.0
_EDGE_MS = 30
_EDGE_STEP_MS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceFailure:
    """Why a voice of the list did not speak, in Vietnamese."""

    voice: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenText:
    """The whole text as sound, pauses in: mono, signed 16 bit at `rate`, all by `voice`.

    `offsets_ms` says where each segment starts. `failures` are the voices tried before. `rendered` sentences were
    spoken just now, `reused` ones came from the cache.
    """

    pcm: bytes
    rate: int
    voice: str
    offsets_ms: tuple[int, ...]
    failures: tuple[VoiceFailure, ...]
    rendered: int
    reused: int

    @property
    def duration_ms(self) -> int:
        """Return how long it sounds."""
        return len(self.pcm) // 2 * 1000 // self.rate


class NoVoiceSpoke(VoiceError):  # noqa: N818 - a kind of VoiceError
    """Every voice of the station's list failed."""

    def __init__(self, failures: Sequence[VoiceFailure]) -> None:
        self.failures = tuple(failures)
        reasons = " ".join(failure.message for failure in self.failures)
        super().__init__(f"Không giọng đọc nào đọc được bản tin. {reasons}".strip())


class CachedVoices:
    """The server's voices with their sentences kept under `folder/sentences`. Safe for several threads."""

    def __init__(self, voices: Mapping[str, Voice], folder: Path) -> None:
        self._voices = dict(voices)
        self._files = SentenceFiles(folder / "sentences")

    def speak(self, segments: Sequence[Segment], order: Sequence[str], on_progress: Progress) -> SpokenText:
        """Return the text spoken by the first voice of `order` that can speak all of it.

        `on_progress` begins again at nought with each voice. Raises NothingToSay, or NoVoiceSpoke with every reason.
        """
        if not any(_has_words(words) for words, _ in segments):
            raise NothingToSay
        failures: list[VoiceFailure] = []
        for name in dict.fromkeys(order):
            try:
                return self._speak_all(segments, name, failures, on_progress)
            except VoiceError as exc:
                failures.append(VoiceFailure(voice=name, message=str(exc)))
        raise NoVoiceSpoke(failures)

    def prune(self, *, older_than: timedelta, now: datetime) -> int:
        """Forget the sentences that nobody used for so long; return how many went."""
        return self._files.prune(older_than=older_than, now=now)

    def close(self) -> None:
        """Close every voice."""
        for voice in self._voices.values():
            voice.close()

    def _speak_all(
        self, segments: Sequence[Segment], name: str, failures: Sequence[VoiceFailure], on_progress: Progress
    ) -> SpokenText:
        if name not in self._voices:
            raise VoiceMissing(name)
        voice = self._voices[name]
        speeches: list[Speech | None] = []
        rendered = 0
        on_progress(0, len(segments))
        for words, _ in segments:
            speech, fresh = self._sentence(voice, words) if _has_words(words) else (None, False)
            speeches.append(speech)
            rendered += fresh
            on_progress(len(speeches), len(segments))
        reused = sum(speech is not None for speech in speeches) - rendered
        rate = _one_rate(speeches, voice)
        pcm, offsets = _join(speeches, [pause for _, pause in segments], rate)
        return SpokenText(
            pcm=pcm, rate=rate, voice=name, offsets_ms=offsets, failures=tuple(failures), rendered=rendered,
            reused=reused,
        )  # fmt: skip

    def _sentence(self, voice: Voice, words: str) -> tuple[Speech, bool]:
        words = plain(words)
        key = "\0".join((voice.name, voice.version, words))
        if (kept := self._files.get(key)) is not None:
            return kept, False
        speech = _without_edges(voice.speak(words))
        self._files.put(key, speech)
        return speech, True


def _has_words(text: str) -> bool:
    try:
        plain(text)
    except NothingToSay:
        return False
    return True


def _without_edges(speech: Speech) -> Speech:
    """Return `speech` with at most 30 ms of silence at either end: the pauses are the text's, not the voice's."""
    sound = mono(speech.pcm, speech.rate)
    before = detect_leading_silence(sound, _SILENCE_DBFS, _EDGE_STEP_MS)
    after = detect_leading_silence(sound.reverse(), _SILENCE_DBFS, _EDGE_STEP_MS)
    kept = sound[max(0, before - _EDGE_MS) : len(sound) - max(0, after - _EDGE_MS)]
    return Speech(pcm=bytes(kept.raw_data), rate=speech.rate) if len(kept) else speech


def _one_rate(speeches: Sequence[Speech | None], voice: Voice) -> int:
    rates = {speech.rate for speech in speeches if speech is not None}
    if len(rates) != 1:
        raise VoiceBroken(voice.title, detail="các câu không cùng tần số lấy mẫu")
    return rates.pop()


def _join(speeches: Sequence[Speech | None], pauses_ms: Sequence[int], rate: int) -> tuple[bytes, tuple[int, ...]]:
    sound, offsets = bytearray(), []
    for speech, pause_ms in zip(speeches, pauses_ms, strict=True):
        offsets.append(len(sound) // 2 * 1000 // rate)
        sound += speech.pcm if speech is not None else b""
        sound += bytes(2 * (max(0, pause_ms) * rate // 1000))
    return bytes(sound), tuple(offsets)
