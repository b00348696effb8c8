"""How long a file sounds, read from its frame alone (Ogg Opus, RFC 7845; WAV): nothing is decoded."""

import struct
import wave
from pathlib import Path

from device_agent.os_words import in_words
from device_agent.sound.port import UnreadableSound

OPUS_RATE = 48_000
_PAGE = struct.Struct("<4sBBqIIIB")
_CONTINUED_NOWHERE = -1


class UnknownLengthError(UnreadableSound):
    """The file is neither a whole Ogg Opus nor a whole WAV."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"không giải mã được tệp âm thanh “{path}”: {why}")


def length_s(path: Path) -> float:
    """Return the seconds the file sounds. Raises UnknownLengthError."""
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise UnknownLengthError(path, in_words(exc)) from exc
    seconds = _wav_s(path) if content[:4] == b"RIFF" else _opus_s(path, content)
    if seconds <= 0:
        raise UnknownLengthError(path, "tệp không có âm thanh")
    return seconds


def _wav_s(path: Path) -> float:
    try:
        with wave.open(str(path), "rb") as sound:
            return sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError) as exc:
        raise UnknownLengthError(path, f"WAV hỏng ({exc})") from exc


def _opus_s(path: Path, content: bytes) -> float:
    """Return (last granule position - pre-skip) at 48 kHz, walking page by page (RFC 3533 section 6)."""
    granule, pre_skip, offset = 0, -1, 0
    while offset < len(content):
        if len(content) < offset + _PAGE.size:
            raise UnknownLengthError(path, "Ogg bị cắt cụt")
        magic, _, _, position, _, _, _, segments = _PAGE.unpack_from(content, offset)
        if magic != b"OggS":
            raise UnknownLengthError(path, "không phải Ogg")
        table_end = offset + _PAGE.size + segments
        body_end = table_end + sum(content[offset + _PAGE.size : table_end])
        if body_end > len(content):
            raise UnknownLengthError(path, "Ogg bị cắt cụt")
        if pre_skip < 0:
            pre_skip = _pre_skip(path, content[table_end:body_end])
        if position != _CONTINUED_NOWHERE:
            granule = position
        offset = body_end
    return (granule - max(0, pre_skip)) / OPUS_RATE


def _pre_skip(path: Path, head: bytes) -> int:
    if head[:8] != b"OpusHead" or len(head) < 19:
        raise UnknownLengthError(path, "không phải Opus")
    return int(struct.unpack_from("<H", head, 10)[0])
