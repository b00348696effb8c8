"""A finished recording from a spoken text: chimes around it, one loudness for every voice, Opus small enough for 4G.

The level is measured on the finished file, decoded again: what is reported here is what a loudspeaker gets.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass

from broadcaster.adapters import chimes, ffmpeg
from broadcaster.adapters.ffmpeg import Levels, Loudness
from broadcaster.adapters.segments import AudioSegment, detect_leading_silence, mono
from broadcaster.adapters.voices.sentences import SpokenText
from broadcaster.domain.sound_files import SHORTEST_S

TARGET_LUFS = -16.0
TOLERANCE_LU = 1.5
CEILING_DBTP = -1.0

_SPEECH_LUFS = -23.0
"""Of the speech while things are put together: room for any voice's peaks, and a little above the chimes."""
_LIMITS_DBFS = (-3.4, -4.2, -5.0, -6.0, -7.5)
"""Ceilings of the limiter, tried in turn: Opus adds about 1.5 dB to the peaks, and seldom more than 2."""
_SETTLING_ROUNDS = 4
_OVERSTEP = 1.6
"""Of a decibel more, about 0.6 arrives behind a limiter at work."""
_CLOSE_LU = 0.3
_MARGIN = 0.1
"""Our meter's own resolution."""
_LEAD_IN_MS = 150
"""Some amplifiers swallow the first moment after silence."""
_BREATH_MS = 450
_BETWEEN_READINGS_MS = 900
_MEASURABLE_MS = 1200
_SILENCE_DBFS = -55.0
"""Of a sound at the working loudness: what is below is the room, not the recording."""
_LOOK_MS = 10
_FADE_MS = 5
_EDGE_BEFORE_MS = 80
_EDGE_AFTER_MS = 60
"""Together so short that nobody hears a gap between a jingle and what follows it."""
_SHORTEST_MS = round(SHORTEST_S * 1000)

Progress = Callable[[int, int], None]
"""Is told how many of how many steps are done."""


class MasteringError(Exception):
    """No recording could be made. The message is Vietnamese and meant for the officer."""


class SpeechSilent(MasteringError):  # noqa: N818 - a kind of MasteringError
    """There is nothing to hear in the speech."""

    def __init__(self) -> None:
        super().__init__("Giọng đọc không phát ra tiếng, chưa tạo được bản thu.")


class LevelUnreached(MasteringError):  # noqa: N818 - a kind of MasteringError
    """The sound could not be brought to the station's loudness."""

    def __init__(self, reached: Loudness) -> None:
        self.reached = reached
        super().__init__(
            f"Không đưa được bản thu về độ lớn chuẩn (được {reached.integrated_lufs:.1f} LUFS, "
            f"đỉnh {reached.true_peak_dbtp:.1f} dBTP)."
        )


class SoundUnworkable(MasteringError):  # noqa: N818 - a kind of MasteringError
    """The program that works on sound failed."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"Không xử lý được âm thanh của bản tin: {detail}")


class SoundOver(MasteringError):  # noqa: N818 - a kind of MasteringError
    """Hardly anything is left of the sound once its silence is gone."""

    def __init__(self) -> None:
        super().__init__("Âm thanh quá ngắn sau khi bỏ khoảng lặng.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A recording: `audio` is Ogg Opus, mono; levels are those of the decoded file.

    `offsets_ms` says where each segment of the text starts, the opening chime counted (in the first reading).
    """

    audio: bytes
    sha256: str
    duration_ms: int
    loudness_lufs: float
    true_peak_dbtp: float
    offsets_ms: tuple[int, ...]


def master(
    spoken: SpokenText, *, read_twice: bool = False, chime: bool = True, on_progress: Progress | None = None
) -> Master:
    """Return the recording of `spoken`; the same input gives the same bytes. Raises MasteringError."""
    tell = on_progress or _nobody
    tell(0, 3)
    try:
        speech = _levelled(mono(spoken.pcm, spoken.rate))
        whole, start_ms = _assemble(speech, read_twice=read_twice, chime=chime)
        tell(1, 3)
        audio, loudness = _bring_to_level(bytes(whole.raw_data), spoken.rate, tell)
    except ffmpeg.FfmpegError as exc:
        raise SoundUnworkable(exc.detail) from exc
    tell(3, 3)
    return Master(
        audio=audio,
        sha256=hashlib.sha256(audio).hexdigest(),
        duration_ms=round(whole.frame_count() * 1000 / spoken.rate),
        loudness_lufs=loudness.integrated_lufs,
        true_peak_dbtp=loudness.true_peak_dbtp,
        offsets_ms=tuple(start_ms + offset for offset in spoken.offsets_ms),
    )


def master_sound(pcm: bytes, rate: int) -> Master:
    """Return the recording of a sound that is finished as it is: silence trimmed at both ends, no chimes, levelled.

    The same input gives the same bytes. Raises MasteringError, SoundOver for what is too short once it is trimmed.
    """
    try:
        sound = _trimmed(_levelled(mono(pcm, rate)))
        if len(sound) < _SHORTEST_MS:
            raise SoundOver
        before, after = (AudioSegment.silent(ms, rate) for ms in (_EDGE_BEFORE_MS, _EDGE_AFTER_MS))
        whole = before + sound.fade_in(_FADE_MS).fade_out(_FADE_MS) + after
        audio, loudness = _bring_to_level(bytes(whole.raw_data), rate, _nobody)
    except ffmpeg.FfmpegError as exc:
        raise SoundUnworkable(exc.detail) from exc
    return Master(
        audio=audio,
        sha256=hashlib.sha256(audio).hexdigest(),
        duration_ms=round(whole.frame_count() * 1000 / rate),
        loudness_lufs=loudness.integrated_lufs,
        true_peak_dbtp=loudness.true_peak_dbtp,
        offsets_ms=(),
    )


def _trimmed(sound: AudioSegment) -> AudioSegment:
    """Return a levelled sound from its first to its last audible moment."""
    begin = detect_leading_silence(sound, silence_threshold=_SILENCE_DBFS, chunk_size=_LOOK_MS)
    end = detect_leading_silence(sound.reverse(), silence_threshold=_SILENCE_DBFS, chunk_size=_LOOK_MS)
    return sound[max(0, begin - _LOOK_MS) : max(begin, len(sound) - end + _LOOK_MS)]


def _levelled(speech: AudioSegment) -> AudioSegment:
    """Return `speech` at the working loudness. Padded for measuring: R 128 hears nothing shorter than 400 ms."""
    rate = speech.frame_rate
    padding = AudioSegment.silent(max(0, _MEASURABLE_MS - len(speech)) // 2, rate)
    measured = ffmpeg.measure_pcm(bytes((padding + speech + padding).raw_data), rate)
    if not math.isfinite(measured.integrated_lufs) or measured.integrated_lufs <= -70.0:
        raise SpeechSilent
    return speech.apply_gain(_SPEECH_LUFS - measured.integrated_lufs)


def _assemble(speech: AudioSegment, *, read_twice: bool, chime: bool) -> tuple[AudioSegment, int]:
    """Return everything in its order, and where in it the (first) speech starts, in milliseconds."""
    rate = speech.frame_rate
    opening, again, closing = (_bell(kind, rate) for kind in (chimes.OPENING, chimes.AGAIN, chimes.CLOSING))
    breath = AudioSegment.silent(_BREATH_MS, rate)
    before = AudioSegment.silent(_LEAD_IN_MS, rate)
    if chime:
        before += opening + breath
    whole = before + speech
    if read_twice:
        gap = AudioSegment.silent(_BETWEEN_READINGS_MS, rate)
        whole += gap + again + breath + speech
    whole += breath
    return (whole + closing if chime else whole), round(before.frame_count() * 1000 / rate)


def _bell(kind: chimes.Chime, rate: int) -> AudioSegment:
    return mono(chimes.ring(kind, rate), rate)


def _bring_to_level(pcm: bytes, rate: int, tell: Progress) -> tuple[bytes, Loudness]:
    """Return `pcm` as Opus at the target, and what the decoded file measures. Raises LevelUnreached."""
    levels = Levels(gain_db=TARGET_LUFS - _SPEECH_LUFS, limit_dbfs=0.0)
    for limit_dbfs in _LIMITS_DBFS:
        levels = _settled(pcm, rate, Levels(gain_db=levels.gain_db, limit_dbfs=limit_dbfs))
        audio = ffmpeg.encode_opus(pcm, rate, levels=levels)
        tell(2, 3)
        reached = ffmpeg.measure_opus(audio)
        if _fits(reached):
            return audio, reached
    raise LevelUnreached(reached)


def _settled(pcm: bytes, rate: int, levels: Levels) -> Levels:
    """Return `levels` with the gain that gives the target: the limiter takes away an amount that must be tried."""
    for _ in range(_SETTLING_ROUNDS):
        missing_lu = TARGET_LUFS - ffmpeg.measure_levelled(pcm, rate, levels=levels)
        if abs(missing_lu) <= _CLOSE_LU:
            break
        levels = Levels(gain_db=levels.gain_db + _OVERSTEP * missing_lu, limit_dbfs=levels.limit_dbfs)
    return levels


def _fits(reached: Loudness) -> bool:
    close = abs(reached.integrated_lufs - TARGET_LUFS) <= TOLERANCE_LU - _MARGIN
    return close and reached.true_peak_dbtp <= CEILING_DBTP - _MARGIN


def _nobody(_done: int, _total: int) -> None: ...
