"""The embedded voice: espeak-ng. Robotic, but always there, with no network and nothing to install."""

import re
from dataclasses import dataclass
from importlib.metadata import version as installed_version

from broadcaster.adapters.voices.plain import plain, whole
from broadcaster.adapters.voices.port import Speech, VoiceStopped, VoiceTimedOut, WordsUnspeakable
from broadcaster.adapters.voices.workers import Answer, WorkerDied, Workers, WorkerTimedOut

_WORKER = "broadcaster.adapters.voices.espeak_worker"
_SPEED_WPM = 150
"""About four syllables a second. Horns on poles echo over a village; a newsreader's five would blur."""
_VOLUME = 60
"""Of 100: from 80 on the loudest vowels clip inside espeak-ng. Mastering brings the level up."""
_AT_ONCE = 2
_HYPHEN_AT_A_SIGN = re.compile(r"(?<=[^\w\s]|_)-")
"""As in `:-D` or `(-a`: espeak-ng 1.52 dies of it, in every voice. Between letters or alone it does no harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One of espeak-ng's Vietnamese voices, under our name. `pitch` is espeak's, 0 to 100."""

    name: str
    title: str
    voice: str
    pitch: int = 50


NORTHERN = Dialect(name="espeak", title="eSpeak – giọng Bắc", voice="vi")
CENTRAL = Dialect(name="espeak-trung", title="eSpeak – giọng Trung", voice="vi-vn-x-central", pitch=60)
SOUTHERN = Dialect(name="espeak-nam", title="eSpeak – giọng Nam", voice="vi-vn-x-south", pitch=60)
DIALECTS = (NORTHERN, CENTRAL, SOUTHERN)


class EspeakVoice:
    """espeak-ng in worker processes. A worker that dies is replaced; one that hangs is killed at the deadline."""

    def __init__(self, dialect: Dialect = NORTHERN, *, deadline_s: float = 20.0) -> None:
        self._dialect = dialect
        self._deadline_s = deadline_s
        self._workers = Workers(_WORKER, limit=_AT_ONCE)
        library = installed_version("espeakng-loader")
        self._version = f"{library}/{dialect.voice}/{_SPEED_WPM}/{dialect.pitch}/{_VOLUME}"

    @property
    def name(self) -> str:
        """Return the stable id."""
        return self._dialect.name

    @property
    def title(self) -> str:
        """Return the name for the page."""
        return self._dialect.title

    @property
    def version(self) -> str:
        """Return the library's version and the manner of speaking."""
        return self._version

    def speak(self, text: str) -> Speech:
        """Return the sound of `text`. Raises VoiceError, WordsUnspeakable when a word would be left out."""
        words = plain(text)
        answer = self._ask(_HYPHEN_AT_A_SIGN.sub(" ", words))
        silent = answer.header["silent"]
        if silent and isinstance(silent, list):
            raise WordsUnspeakable(self.title, words=silent)
        speech = Speech(pcm=answer.body, rate=int(str(answer.header["rate"])))
        return whole(speech, words, title=self.title)

    def worker_pids(self) -> tuple[int, ...]:
        """Return the process ids of the idle workers, for whoever watches over them."""
        return self._workers.pids()

    def close(self) -> None:
        """End the worker processes."""
        self._workers.close()

    def _ask(self, words: str) -> Answer:
        manner = {"speed_wpm": _SPEED_WPM, "pitch": self._dialect.pitch, "volume": _VOLUME}
        try:
            return self._workers.ask(
                {"voice": self._dialect.voice, "text": words, **manner}, deadline_s=self._deadline_s
            )
        except WorkerTimedOut as exc:
            raise VoiceTimedOut(self.title, seconds=self._deadline_s) from exc
        except WorkerDied as exc:
            raise VoiceStopped(self.title) from exc
