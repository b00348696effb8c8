"""How long a minute of speech takes beyond the voice's own time: cached sentences, chimes, loudness and Opus.

The budget is 20 % of the voice's time and two seconds; the floor is a bare Opus encoding of the same speech.
"""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from broadcaster.adapters import ffmpeg
from broadcaster.adapters.mastering import master
from broadcaster.adapters.voices.espeak import EspeakVoice
from broadcaster.adapters.voices.sentences import CachedVoices, SpokenText

SENTENCES = (
    "Ủy ban nhân dân xã thông báo lịch tiêm chủng tháng mười một tại trạm y tế.",
    "Sáng thứ tư, toàn thôn tạm ngừng cung cấp điện để sửa chữa đường dây.",
    "Đề nghị bà con chuẩn bị nước sinh hoạt và không dùng máy bơm trong thời gian trên.",
)
SEGMENTS = [(f"{SENTENCES[n % 3]} Thông báo số {word}.", 400) for n, word in enumerate(
    ("một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười")
)]  # fmt: skip
ROUNDS = 3
T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return how many seconds `work` took, and what it returned."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def speak_alone(voice: EspeakVoice) -> None:
    """Speak every sentence and keep nothing: the voice's own time."""
    for words, _ in SEGMENTS:
        voice.speak(words)


def speak_and_master(voice: EspeakVoice) -> SpokenText:
    """Go the whole way with an empty cache."""
    with tempfile.TemporaryDirectory() as folder:
        spoken = CachedVoices({voice.name: voice}, Path(folder)).speak(SEGMENTS, [voice.name], lambda _d, _t: None)
        master(spoken)
        return spoken


def encode_barely(spoken: SpokenText) -> None:
    """Encode the speech with the same codec and nothing else: no bulletin can take less."""
    source = ["-f", "s16le", "-ar", str(spoken.rate), "-ac", "1", "-i", "pipe:0"]
    codec = ["-c:a", "libopus", "-b:a", "32k", "-f", "ogg", "pipe:1"]
    command = [ffmpeg.executable(), "-loglevel", "error", *source, *codec]
    subprocess.run(command, input=spoken.pcm, stdout=subprocess.DEVNULL, check=True)


def main() -> None:
    """Print the figures, each the best of three, per minute of speech."""
    voice = EspeakVoice()
    voice.speak("Xin chào")  # the worker is running on any server that has spoken once
    wholes = [timed(lambda: speak_and_master(voice)) for _ in range(ROUNDS)]
    spoken = wholes[0][1]
    minutes = spoken.duration_ms / 60_000
    voice_s = min(timed(lambda: speak_alone(voice))[0] for _ in range(ROUNDS)) / minutes
    floor_s = min(timed(lambda: encode_barely(spoken))[0] for _ in range(ROUNDS)) / minutes
    over_s = min(seconds for seconds, _ in wholes) / minutes - voice_s
    voice.close()
    figures = {
        "benchmark": "mastering",
        "speech_s": round(spoken.duration_ms / 1000, 1),
        "voice_s_per_minute": round(voice_s, 3),
        "over_s_per_minute": round(over_s, 3),
        "budget_s_per_minute": round(0.2 * voice_s + 2, 3),
        "floor_s_per_minute": round(floor_s, 3),
        "ratio": round(over_s / floor_s, 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
