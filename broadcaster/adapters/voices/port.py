"""What a voice is: words in, sound out, or a sentence for the officer that says why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Spoken sound: `pcm` is mono, signed 16 bit, little-endian, at `rate` frames a second."""

    pcm: bytes
    rate: int

    @property
    def duration_ms(self) -> int:
        """Return how long it sounds."""
        return len(self.pcm) // 2 * 1000 // self.rate


class VoiceError(Exception):
    """A voice did not speak. The message is Vietnamese and meant for the officer."""


class VoiceMissing(VoiceError):  # noqa: N818 - a kind of VoiceError
    """The station's list names a voice that this server does not have."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Máy chủ không có giọng đọc “{name}”.")


class VoiceUnreachable(VoiceError):  # noqa: N818 - a kind of VoiceError
    """An online voice could not be reached."""

    def __init__(self, title: str) -> None:
        super().__init__(f"Không kết nối được với giọng đọc {title}. Hãy kiểm tra đường truyền Internet của máy chủ.")


class VoiceTimedOut(VoiceError):  # noqa: N818 - a kind of VoiceError
    """The voice had not answered in full when its time was up."""

    def __init__(self, title: str, *, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"Giọng đọc {title} không trả lời trong {_decimal(seconds)} giây.")


class VoiceRefused(VoiceError):  # noqa: N818 - a kind of VoiceError
    """The service behind the voice answered with a refusal; `status` is its HTTP status."""

    def __init__(self, title: str, *, status: int) -> None:
        self.status = status
        why = "đã nhận quá nhiều yêu cầu" if status == 429 else f"mã lỗi {status}"
        super().__init__(f"Giọng đọc {title} từ chối phục vụ ({why}). Hãy thử lại sau ít phút.")


class VoiceBroken(VoiceError):  # noqa: N818 - a kind of VoiceError
    """What came back is no usable sound."""

    def __init__(self, title: str, *, detail: str) -> None:
        self.detail = detail
        super().__init__(f"Giọng đọc {title} trả về âm thanh không dùng được: {detail}.")


class VoiceTruncated(VoiceBroken):
    """The sound is too short to hold all the words."""

    def __init__(self, title: str, *, duration_ms: int, syllables: int) -> None:
        self.duration_ms, self.syllables = duration_ms, syllables
        super().__init__(title, detail=f"bị cụt, chỉ dài {_decimal(duration_ms / 1000)} giây cho {syllables} tiếng")


class VoiceStopped(VoiceError):  # noqa: N818 - a kind of VoiceError
    """The program that speaks died, and died again when it was started anew."""

    def __init__(self, title: str) -> None:
        super().__init__(f"Bộ đọc {title} dừng đột ngột. Hãy thử lại; nếu vẫn lỗi, báo cán bộ kỹ thuật.")


class WordsUnspeakable(VoiceError):  # noqa: N818 - a kind of VoiceError
    """The voice would leave out `words` in silence."""

    def __init__(self, title: str, *, words: Sequence[str]) -> None:
        self.words = tuple(words)
        named = ", ".join(f"“{word}”" for word in self.words[:5])
        super().__init__(f"Giọng đọc {title} không đọc được {named}. Hãy viết lại bằng chữ tiếng Việt.")


class NothingToSay(VoiceError):  # noqa: N818 - a kind of VoiceError
    """There is no word in the text."""

    def __init__(self) -> None:
        super().__init__("Không có chữ nào để đọc.")


class Voice(Protocol):
    """Speaks one sentence or clause of plain words. Safe to use from several threads."""

    @property
    def name(self) -> str:
        """Return the stable id that the database holds, like `espeak`."""

    @property
    def title(self) -> str:
        """Return the name that the page shows."""

    @property
    def version(self) -> str:
        """Return what the sound depends on besides the words; a new version is rendered anew."""

    def speak(self, text: str) -> Speech:
        """Return the sound of `text`, whole. Raises VoiceError."""

    def close(self) -> None:
        """End every process and connection of the voice. It may be closed twice."""


def _decimal(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".").replace(".", ",")
