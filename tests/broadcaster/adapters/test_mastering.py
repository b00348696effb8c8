"""The finished recording, measured as a listener gets it: Opus decoded again."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from broadcaster.adapters import ffmpeg
from broadcaster.adapters.ffmpeg import FfmpegError, Levels, Loudness
from broadcaster.adapters.mastering import SpeechSilent, master
from broadcaster.adapters.voices.espeak import DIALECTS, EspeakVoice
from broadcaster.adapters.voices.sentences import CachedVoices, SpokenText
from tests.fakes.voices import tone

RATE = 22_050
SENTENCES = (
    "Ủy ban nhân dân xã thông báo.",
    "Sáng ngày mai, toàn xã tạm ngừng cung cấp điện để sửa chữa đường dây.",
    "Đề nghị bà con chuẩn bị nước sinh hoạt và không dùng máy bơm.",
    "Trạm y tế xã tổ chức tiêm chủng cho trẻ em dưới năm tuổi tại nhà văn hóa thôn.",
    "Xin trân trọng cảm ơn và kính mong bà con đón nghe.",
)


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CachedVoices]:
    """The real embedded voices."""
    made = CachedVoices({dialect.name: EspeakVoice(dialect) for dialect in DIALECTS}, tmp_path_factory.mktemp("voices"))
    yield made
    made.close()


def speech(voices: CachedVoices, count: int, voice: str = "espeak") -> SpokenText:
    """Return so many sentences spoken."""
    segments = [(SENTENCES[n % len(SENTENCES)], 400) for n in range(count)]
    return voices.speak(segments, [voice], lambda _done, _total: None)


def spoken_pcm(pcm: bytes, rate: int = RATE) -> SpokenText:
    """Return any sound as if a voice had spoken it."""
    return SpokenText(pcm=pcm, rate=rate, voice="fake", offsets_ms=(0,), failures=(), rendered=1, reused=0)


def decoded(opus: bytes) -> np.ndarray:
    """Return the samples of a file as a player gets them, at 48 kHz."""
    command = [ffmpeg.executable(), "-loglevel", "error", "-i", "pipe:0", "-f", "f32le", "pipe:1"]
    pcm = subprocess.run(command, input=opus, stdout=subprocess.PIPE, check=True, timeout=60).stdout
    return np.frombuffer(pcm, np.float32)


def loudness_of(samples: np.ndarray) -> Loudness:
    """Return the measure of samples at 48 kHz."""
    return ffmpeg.measure_pcm((samples * 32_767).clip(-32_768, 32_767).astype("<i2").tobytes(), 48_000)


@pytest.mark.parametrize("voice", [dialect.name for dialect in DIALECTS])
@pytest.mark.parametrize(("count", "chime", "twice"), [(1, True, False), (1, False, False), (5, True, True)])
def test_recording_has_the_stations_loudness(
    voices: CachedVoices, voice: str, count: int, chime: bool, twice: bool
) -> None:
    made = master(speech(voices, count, voice), chime=chime, read_twice=twice)

    heard = ffmpeg.measure_opus(made.audio)
    assert heard.integrated_lufs == pytest.approx(-16, abs=1.5)
    assert heard.true_peak_dbtp <= -1
    assert (made.loudness_lufs, made.true_peak_dbtp) == (heard.integrated_lufs, heard.true_peak_dbtp)


def test_bare_encoding_misses_the_stations_loudness(voices: CachedVoices) -> None:
    """Negative control: without mastering the same speech is neither loud enough nor alike from voice to voice."""
    pcm = speech(voices, 5).pcm

    bare = ffmpeg.measure_opus(ffmpeg.encode_opus(pcm, RATE, levels=Levels(gain_db=0, limit_dbfs=0)))

    assert abs(bare.integrated_lufs + 16) > 1.5


@pytest.mark.parametrize("amplitude", [0.003, 0.05, 0.99])
def test_faint_and_loud_speech_come_out_alike(amplitude: float) -> None:
    """Bursts of tone: the crest of a voice, at any level that a voice may have."""
    burst = tone(220, rate=RATE, amplitude=amplitude) + bytes(2 * RATE // 10)

    made = master(spoken_pcm(burst * 20))

    assert made.loudness_lufs == pytest.approx(-16, abs=1.5)
    assert made.true_peak_dbtp <= -1


def test_sharp_clicks_are_tamed() -> None:
    """The worst crest there is: full-scale clicks over a whisper."""
    samples = np.random.default_rng(7).normal(0, 300, 10 * RATE)
    samples[:: RATE // 2] = 32_000
    made = master(spoken_pcm(samples.astype("<i2").tobytes()))

    assert made.loudness_lufs == pytest.approx(-16, abs=1.5)
    assert made.true_peak_dbtp <= -1


def test_one_word_between_its_chimes_is_as_loud_as_a_long_text(voices: CachedVoices) -> None:
    word = voices.speak([("Chú ý!", 0)], ["espeak"], lambda _done, _total: None)
    made = master(word)

    start = made.offsets_ms[0]
    heard = decoded(made.audio)[start * 48 : (start + word.duration_ms) * 48]
    assert loudness_of(np.tile(heard, 4)).integrated_lufs == pytest.approx(-16, abs=2)
    assert made.loudness_lufs == pytest.approx(-16, abs=1.5)


def test_speech_itself_has_the_stations_loudness(voices: CachedVoices) -> None:
    spoken = speech(voices, 5)
    made = master(spoken)

    start = made.offsets_ms[0]
    heard = decoded(made.audio)[start * 48 : (start + spoken.duration_ms) * 48]
    assert loudness_of(heard).integrated_lufs == pytest.approx(-16, abs=1.5)


def test_duration_is_that_of_the_decoded_file(voices: CachedVoices) -> None:
    made = master(speech(voices, 3), read_twice=True)

    assert len(decoded(made.audio)) / 48 == pytest.approx(made.duration_ms, abs=2)


def test_recording_is_small_enough_for_mobile_data(voices: CachedVoices) -> None:
    made = master(speech(voices, 12))

    assert made.duration_ms > 50_000
    assert len(made.audio) / made.duration_ms * 60 <= 260


def test_recording_is_mono_opus(voices: CachedVoices) -> None:
    audio = master(speech(voices, 1)).audio

    head = audio.index(b"OpusHead")
    assert audio.startswith(b"OggS")
    assert audio[head + 9] == 1


def test_same_speech_gives_the_same_bytes(voices: CachedVoices) -> None:
    """An approval names the hash: a recording made again must be the one that was approved."""
    spoken = speech(voices, 3)

    first, second = master(spoken), master(spoken)

    assert first == second
    assert first.sha256 == hashlib.sha256(first.audio).hexdigest()


def test_ordinary_encoding_gives_other_bytes_each_time() -> None:
    """Negative control: ffmpeg left alone draws the stream's number by lot."""
    source = ["-f", "s16le", "-ar", "8000", "-ac", "1", "-i", "pipe:0", "-c:a", "libopus", "-f", "ogg", "pipe:1"]
    command = [ffmpeg.executable(), "-loglevel", "error", *source]

    files = {subprocess.run(command, input=tone(500), stdout=subprocess.PIPE, check=True).stdout for _ in range(3)}

    assert len(files) == 3


def test_other_words_give_other_bytes(voices: CachedVoices) -> None:
    assert master(speech(voices, 2)).sha256 != master(speech(voices, 3)).sha256


def test_offsets_point_at_the_first_sound_of_each_segment(voices: CachedVoices) -> None:
    made = master(speech(voices, 4))

    heard = np.abs(decoded(made.audio))
    for offset in made.offsets_ms:
        before, after = heard[(offset - 120) * 48 : (offset - 20) * 48], heard[offset * 48 : (offset + 150) * 48]
        assert after.max() > 0.05
        assert before.max() < 0.02
    assert all(earlier < later for earlier, later in pairwise(made.offsets_ms))


def test_speech_read_twice_is_heard_twice(voices: CachedVoices) -> None:
    spoken = speech(voices, 2)
    once, twice = decoded(master(spoken).audio), master(spoken, read_twice=True)

    heard = decoded(twice.audio)
    start = twice.offsets_ms[0] * 48
    sample = heard[start : start + spoken.duration_ms * 48]
    rest = heard[start + spoken.duration_ms * 48 :]
    assert _best_correlation(rest, sample) > 0.9
    assert _best_correlation(once[start + spoken.duration_ms * 48 :], sample) < 0.3


def test_recording_begins_and_ends_with_bells(voices: CachedVoices) -> None:
    spoken = speech(voices, 1)
    bells, bare = master(spoken), master(spoken, chime=False)

    assert bells.offsets_ms[0] - bare.offsets_ms[0] == pytest.approx(3_050, abs=5)
    assert bells.duration_ms - bare.duration_ms == pytest.approx(3_050 + 1_800, abs=5)
    opening = decoded(bells.audio)[: (bells.offsets_ms[0] - 400) * 48]
    assert np.abs(opening).max() > 0.05


def test_bells_sound_where_a_horn_can_sound(voices: CachedVoices) -> None:
    made = master(speech(voices, 1))
    opening = decoded(made.audio)[: (made.offsets_ms[0] - 400) * 48]

    power = np.abs(np.fft.rfft(opening)) ** 2
    hertz = np.fft.rfftfreq(len(opening), 1 / 48_000)
    assert power[(hertz >= 400) & (hertz <= 4_000)].sum() / power.sum() > 0.98


def test_progress_goes_from_nothing_to_all(voices: CachedVoices) -> None:
    seen: list[tuple[int, int]] = []

    master(speech(voices, 1), on_progress=lambda done, total: seen.append((done, total)))

    assert (seen[0], seen[-1]) == ((0, 3), (3, 3))
    assert seen == sorted(seen)


@pytest.mark.parametrize("frames", [0, 100, RATE])
def test_silence_is_refused(frames: int) -> None:
    with pytest.raises(SpeechSilent, match="không phát ra tiếng"):
        master(spoken_pcm(bytes(2 * frames)))


@pytest.mark.slow
@pytest.mark.parametrize("voice", [dialect.name for dialect in DIALECTS])
def test_five_minutes_have_the_stations_loudness(voices: CachedVoices, voice: str) -> None:
    made = master(speech(voices, 75, voice))

    assert made.duration_ms > 290_000
    assert made.loudness_lufs == pytest.approx(-16, abs=1.5)
    assert made.true_peak_dbtp <= -1
    assert len(made.audio) / made.duration_ms * 60 <= 260


def test_decoding_noise_is_an_error() -> None:
    with pytest.raises(FfmpegError):
        ffmpeg.decode(b"<html>no sound</html>" * 100, kind="ogg", rate=RATE)


def test_mastering_imports_without_a_warning_and_without_ffmpeg_on_the_path(tmp_path: Path) -> None:
    program = "import broadcaster.adapters.mastering, broadcaster.adapters.voices.catalogue"

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], env={"PATH": str(tmp_path)}, capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")


def _best_correlation(where: np.ndarray, sample: np.ndarray) -> float:
    """Return the best normalised correlation of `sample` at any place in `where`."""
    if len(where) < len(sample):
        where = np.pad(where, (0, len(sample)))
    size = len(where) + len(sample)
    products = np.fft.irfft(np.fft.rfft(where, size) * np.conj(np.fft.rfft(sample, size)), size)
    products = products[: len(where) - len(sample) + 1]
    energy = np.cumsum(np.concatenate([[0.0], where.astype(float) ** 2]))
    windows = energy[len(sample) :] - energy[: -len(sample)]
    return float((products / np.sqrt(windows * (sample.astype(float) ** 2).sum() + 1e-9)).max())
