"""`broadcaster say`: one text to a WAV of plain speech."""

import tempfile
from pathlib import Path

from broadcaster.adapters.voices import catalogue
from broadcaster.adapters.voices.port import VoiceError
from broadcaster.adapters.voices.sentences import CachedVoices
from broadcaster.adapters.wav import write_wav
from broadcaster.reading.reader import read


class SayFailed(Exception):  # noqa: N818 - reads as what happened
    """Nothing was written. The message is Vietnamese and says why."""


def say(text: str, path: Path, *, voice: str) -> None:
    """Write `text` as it is read aloud to `path`. Raises SayFailed."""
    reading = read(text, voice=voice)
    segments = [(segment.spoken, segment.pause_ms) for sentence in reading.sentences for segment in sentence.segments]
    with tempfile.TemporaryDirectory() as folder:
        voices = CachedVoices(catalogue.installed(), Path(folder))
        try:
            write_wav(voices.speak(segments, [voice], lambda _done, _total: None), path)
        except VoiceError as exc:
            raise SayFailed(str(exc)) from exc
        except OSError as exc:
            raise SayFailed(f"Không ghi được tệp {path}: {exc.strerror}.") from exc
        finally:
            voices.close()
