"""Speech as a WAV file, for the command line and for people who want to listen to a voice by itself."""

import io
import wave
from pathlib import Path

from broadcaster.adapters.durable import write_durably
from broadcaster.adapters.voices.sentences import SpokenText


def write_wav(spoken: SpokenText, path: Path) -> None:
    """Write the plain speech, without chimes and at the voice's own level. Raises OSError; never leaves half a file."""
    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(spoken.rate)
        file.writeframes(spoken.pcm)
    write_durably(path, whole.getvalue())
