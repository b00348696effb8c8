"""What kind of sound file somebody sent, and whether all of it is there: read from its own structure, nothing decoded.

ffmpeg plays what is left of a file that was cut off and says nothing; a village would hear the middle of a sentence.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from broadcaster.domain.sound_files import SoundFileCutOff, SoundFormatUnknown

Bytes = bytes | memoryview


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """`kind` is ffmpeg's name of the format; `duration_s` what the file itself promises, None where it says nothing."""

    kind: str
    duration_s: float | None


def look_into(data: Bytes) -> Container:
    """Return what the file is. Raises SoundFormatUnknown or SoundFileCutOff."""
    head = bytes(data[:16])
    try:
        if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
            return _wav(data)
        if head[:4] == b"OggS":
            return _ogg(data)
        if head[4:8] == b"ftyp":
            return _mp4(data)
        if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0):
            return _mp3(data)
    except (struct.error, IndexError) as exc:
        raise SoundFileCutOff from exc
    raise SoundFormatUnknown


_UNKNOWN_SIZES = frozenset({0, 0xFFFFFFFF})
"""What a program writes into a WAV that it cannot go back in to fill in the length."""


def _wav(data: Bytes) -> Container:
    at, per_second = 12, 0
    while at + 8 <= len(data):
        name, size = bytes(data[at : at + 4]), struct.unpack_from("<I", data, at + 4)[0]
        if name == b"fmt ":
            per_second = struct.unpack_from("<I", data, at + 16)[0]
        if name == b"data":
            left = len(data) - at - 8
            if size not in _UNKNOWN_SIZES and size > left:
                raise SoundFileCutOff
            promised = left if size in _UNKNOWN_SIZES else size
            return Container(kind="wav", duration_s=promised / per_second if per_second else None)
        at += 8 + size + size % 2
    raise SoundFileCutOff


_LAST_PAGE = 0x04
_OGG_HEAD = struct.Struct("<4sBBqIIIB")


def _ogg(data: Bytes) -> Container:
    """Walk over every page: each is whole, and the last of each stream says that it is the last."""
    at, open_streams, opus, granule, rate = 0, set[int](), False, 0, 48_000
    first = True
    while at < len(data):
        magic, _, flags, position, serial, _, _, count = _OGG_HEAD.unpack_from(data, at)
        if magic != b"OggS":
            raise SoundFileCutOff
        body = at + _OGG_HEAD.size + count
        end = body + sum(data[at + _OGG_HEAD.size : body])
        if body > len(data) or end > len(data):
            raise SoundFileCutOff
        if first:
            opus, rate = _ogg_codec(bytes(data[body : body + 32]))
            first = False
        if flags & _LAST_PAGE:
            open_streams.discard(serial)
        else:
            open_streams.add(serial)
        granule = max(granule, position)
        at = end
    if open_streams or first:
        raise SoundFileCutOff
    return Container(kind="ogg", duration_s=granule / (48_000 if opus else rate))


def _ogg_codec(head: bytes) -> tuple[bool, int]:
    """Return (whether it is Opus, the clock of its positions). Raises SoundFormatUnknown for anything but sound."""
    if head[:8] == b"OpusHead":
        return True, 48_000
    if head[:7] == b"\x01vorbis":
        rate = int(struct.unpack_from("<I", head, 12)[0])
        if rate:
            return False, rate
    raise SoundFormatUnknown


def _mp4(data: Bytes) -> Container:
    boxes = dict(_boxes(data, 0, len(data)))
    if not {b"moov", b"mdat"} <= boxes.keys():
        raise SoundFileCutOff
    begin, end = boxes[b"moov"]
    inner = dict(_boxes(data, begin, end))
    if b"mvhd" not in inner:
        raise SoundFileCutOff
    at = inner[b"mvhd"][0]
    if data[at] == 1:
        scale, length = struct.unpack_from(">IQ", data, at + 20)
    else:
        scale, length = struct.unpack_from(">II", data, at + 12)
    return Container(kind="mov", duration_s=length / scale if scale else None)


def _boxes(data: Bytes, begin: int, end: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Yield (name, (begin, end) of the content) of each box in [begin, end). Raises SoundFileCutOff."""
    at = begin
    while at < end:
        size, name = struct.unpack_from(">I4s", data, at)
        header = 8
        if size == 1:
            size, header = struct.unpack_from(">Q", data, at + 8)[0], 16
        elif size == 0:
            size = end - at
        if size < header or at + size > end:
            raise SoundFileCutOff
        yield name, (at + header, at + size)
        at += size


_BITRATES = {
    (3, 3): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (3, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (3, 1): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 3): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 1): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""kbit/s by (MPEG version 1 or 2, layer bits of the header): ISO/IEC 11172-3 and 13818-3."""
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_LAYER_3 = 1
_JUNK_MAX = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    size: int
    samples: int
    rate: int


def _mp3(data: Bytes) -> Container:
    """Walk from frame to frame: the last one is whole, and there are as many as the first one promises."""
    at, end = _behind_id3(data), _before_tags(data)
    frames, seconds, junk, promised = 0, 0.0, 0, None
    while at < end:
        frame = _frame(data, at)
        if frame is None:
            at, junk = at + 1, junk + 1
            if junk > _JUNK_MAX:
                raise SoundFormatUnknown
            continue
        if at + frame.size > end:
            raise SoundFileCutOff
        tag = (
            _promised_frames(bytes(data[at : at + min(frame.size, 256)])) if frames == 0 and promised is None else None
        )
        if tag is not None:
            promised = tag
        else:
            frames, seconds = frames + 1, seconds + frame.samples / frame.rate
        at += frame.size
    if frames == 0:
        raise SoundFormatUnknown
    if promised is not None and frames < promised - max(2, promised // 100):
        raise SoundFileCutOff
    return Container(kind="mp3", duration_s=seconds)


def _behind_id3(data: Bytes) -> int:
    if bytes(data[:3]) != b"ID3":
        return 0
    a, b, c, d = data[6], data[7], data[8], data[9]
    size = (a & 127) << 21 | (b & 127) << 14 | (c & 127) << 7 | (d & 127)
    behind = 10 + size + (10 if data[5] & 0x10 else 0)
    if behind >= len(data):
        raise SoundFileCutOff
    return behind


def _before_tags(data: Bytes) -> int:
    end = len(data)
    if end >= 128 and bytes(data[end - 128 : end - 125]) == b"TAG":
        end -= 128
    if end >= 32 and bytes(data[end - 32 : end - 24]) == b"APETAGEX":
        size = int(struct.unpack_from("<I", data, end - 20)[0])
        end -= min(size + 32, end)
    return end


def _frame(data: Bytes, at: int) -> _Frame | None:
    """Return the frame that begins there, or None where none does."""
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return None
    version, layer = data[at + 1] >> 3 & 3, data[at + 1] >> 1 & 3
    bitrate_index, rate_index, padding = data[at + 2] >> 4, data[at + 2] >> 2 & 3, data[at + 2] >> 1 & 1
    if version == 1 or layer == 0 or bitrate_index in (0, 15) or rate_index == 3:
        return None
    bitrate = _BITRATES[(3 if version == 3 else 2, layer)][bitrate_index] * 1000
    rate = _RATES[version][rate_index]
    if layer == 3:
        return _Frame(size=(12 * bitrate // rate + padding) * 4, samples=384, rate=rate)
    samples = 576 if layer == _LAYER_3 and version != 3 else 1152
    return _Frame(size=samples // 8 * bitrate // rate + padding, samples=samples, rate=rate)


def _promised_frames(frame: bytes) -> int | None:
    """Return how many frames the first one says that follow (`Xing` or `Info`), None where it is sound itself."""
    for mark in (b"Xing", b"Info"):
        at = frame.find(mark)
        if at < 0:
            continue
        flags, count = struct.unpack_from(">II", frame, at + 4)
        return int(count) if flags & 1 else 0
    return None
