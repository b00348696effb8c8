"""A voice for tests: a tone as long as its words, at once and always the same; or a refusal."""

import sys
import threading
from array import array
from math import pi, sin

from broadcaster.adapters.voices.plain import plain, syllables
from broadcaster.adapters.voices.port import Speech, VoiceError

SYLLABLE_MS = 220


class FakeVoice:
    """Speaks a tone of 220 ms a syllable, and keeps what it was asked to say in `said`.

    With `failure` it refuses everything, or, with `failing_on`, only the sentences that hold those words.
    """

    def __init__(
        self, name: str = "fake", *, rate: int = 8_000, hertz: float = 500.0, version: str = "1",
        failure: VoiceError | None = None, failing_on: str = "",
    ) -> None:  # fmt: skip
        self.name = name
        self.title = f"Giọng thử {name}"
        self.version = version
        self.said: list[str] = []
        self.closed = False
        self._rate, self._hertz = rate, hertz
        self._failure, self._failing_on = failure, failing_on
        self._lock = threading.Lock()

    def speak(self, text: str) -> Speech:
        """Return the tone."""
        words = plain(text)
        with self._lock:
            self.said.append(words)
        if self._failure is not None and self._failing_on in words:
            raise self._failure
        return Speech(pcm=tone(syllables(words) * SYLLABLE_MS, rate=self._rate, hertz=self._hertz), rate=self._rate)

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


def tone(duration_ms: int, *, rate: int = 8_000, hertz: float = 500.0, amplitude: float = 0.3) -> bytes:
    """Return a sine as mono, signed 16 bit, little-endian."""
    frames = duration_ms * rate // 1000
    samples = array("h", (round(32_767 * amplitude * sin(2 * pi * hertz * n / rate)) for n in range(frames)))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
