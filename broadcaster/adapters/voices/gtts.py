"""An online voice: Google Translate's, through gTTS. It needs the Internet, and never keeps anybody waiting for it."""

from broadcaster.adapters import ffmpeg
from broadcaster.adapters.voices import mp3
from broadcaster.adapters.voices.plain import plain, whole
from broadcaster.adapters.voices.port import (
    Speech,
    VoiceBroken,
    VoiceError,
    VoiceRefused,
    VoiceStopped,
    VoiceTimedOut,
    VoiceUnreachable,
)
from broadcaster.adapters.voices.workers import Answer, WorkerDied, Workers, WorkerTimedOut

_WORKER = "broadcaster.adapters.voices.gtts_worker"
_RATE = 24_000
"""What Google sends; resampling would only cost."""
_AT_ONCE = 4
_CLEAN_END_S = 0.3
"""How much sooner than the kill gTTS itself gives up, so that a merely silent server costs no process."""


class GttsVoice:
    """Google's voice. `base_url` is Google's own but for tests; `deadline_s` covers look-up, connection and answer."""

    name = "gtts"
    title = "Google – giọng nữ (cần Internet)"
    version = "translate/vi/24000"

    def __init__(self, *, base_url: str = "https://translate.google.com", deadline_s: float = 4.5) -> None:
        self._base_url = base_url.rstrip("/")
        self._deadline_s = deadline_s
        self._workers = Workers(_WORKER, limit=_AT_ONCE)

    def speak(self, text: str) -> Speech:
        """Return the sound of `text`, all of it. Raises VoiceError, within little more than the deadline."""
        words = plain(text)
        audio = self._fetch(words)
        try:
            mp3.duration_ms(audio)
            pcm = ffmpeg.decode(audio, kind="mp3", rate=_RATE)
        except (mp3.Mp3Error, ffmpeg.FfmpegError) as exc:
            raise VoiceBroken(self.title, detail="tệp âm thanh bị hỏng hoặc bị cụt") from exc
        return whole(Speech(pcm=pcm, rate=_RATE), words, title=self.title)

    def close(self) -> None:
        """End the worker processes."""
        self._workers.close()

    def _fetch(self, words: str) -> bytes:
        answer = self._ask(words)
        if answer.header["error"]:
            raise self._error(answer)
        return answer.body

    def _ask(self, words: str) -> Answer:
        patience_s = max(0.1, self._deadline_s - _CLEAN_END_S)
        question = {"text": words, "base_url": self._base_url, "timeout_s": patience_s}
        try:
            return self._workers.ask(question, deadline_s=self._deadline_s)
        except WorkerTimedOut as exc:
            raise VoiceTimedOut(self.title, seconds=self._deadline_s) from exc
        except WorkerDied as exc:
            raise VoiceStopped(self.title) from exc

    def _error(self, answer: Answer) -> VoiceError:
        match answer.header["error"]:
            case "timed_out":
                return VoiceTimedOut(self.title, seconds=self._deadline_s)
            case "unreachable":
                return VoiceUnreachable(self.title)
            case "refused":
                return VoiceRefused(self.title, status=int(str(answer.header["status"])))
            case _:
                return VoiceBroken(self.title, detail="không có âm thanh trong câu trả lời")
