"""Takes in sound files that people upload: looked into, decoded in a cage, trimmed, levelled, kept by hash."""

import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from broadcaster.adapters import ffmpeg
from broadcaster.adapters.audio_cache import AudioCache, AudioCacheError
from broadcaster.adapters.mastering import (
    LevelUnreached,
    Master,
    MasteringError,
    SoundOver,
    SpeechSilent,
    master_sound,
)
from broadcaster.adapters.sound_containers import Container, look_into
from broadcaster.domain.sound_files import (
    LONGEST_S,
    UPLOAD_MAX_BYTES,
    NoSoundFile,
    SoundDeskBusy,
    SoundFileBroken,
    SoundFileTooBig,
    SoundNotKept,
    SoundNotLevelled,
    SoundSilent,
    SoundTooLong,
    SoundTooShort,
)
from broadcaster.services.library import TakenIn

RATE = 24_000
"""What is encoded in the end: levelled with highs that the encoder drops, a sound would come out too quiet."""
_PIECE = 1024 * 1024
_WITHIN_S = 120.0
_WAIT_S = 60.0
_MEMORY_BYTES = 256 * 1024 * 1024
_CODECS = (
    "mp3,mp3float,mp2,mp2float,mp1,mp1float,aac,aac_latm,alac,opus,libopus,vorbis,"
    "pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_f64le,pcm_alaw,pcm_mulaw"
)
"""What MP3, WAV, M4A and Ogg files hold. Everything else that ffmpeg can decode stays shut."""
_STILL = 16
"""No sample of a sound that can be heard is everywhere below this."""
_MISSING_S = 1.0
_MISSING_SHARE = 0.05


class SoundDesk:
    """Takes one file at a time, so that no upload takes the machine from the voice and the broker.

    `folder` is where an upload lies while it is worked on; nothing stays there.
    """

    def __init__(self, cache: AudioCache, folder: Path) -> None:
        self._cache, self._folder = cache, folder
        self._turn = threading.Lock()

    def take_in(self, file: BinaryIO) -> TakenIn:
        """Return the sound, kept in the cache. Raises the refusals of `domain.sound_files`."""
        if not self._turn.acquire(timeout=_WAIT_S):
            raise SoundDeskBusy
        try:
            return self._kept(self._mastered(self._decoded(file)))
        finally:
            self._turn.release()

    def _decoded(self, file: BinaryIO) -> bytes:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix="upload-", dir=self._folder) as own:
                path = Path(own) / "sound"
                container = look_into(_written(file, path))
                return decoded(path, container)
        except OSError as exc:
            raise SoundNotKept(why=exc.strerror or str(exc)) from exc

    def _mastered(self, pcm: bytes) -> Master:
        try:
            return master_sound(pcm, RATE)
        except SpeechSilent as exc:
            raise SoundSilent from exc
        except SoundOver as exc:
            raise SoundTooShort from exc
        except LevelUnreached as exc:
            raise SoundNotLevelled from exc
        except MasteringError as exc:
            raise SoundFileBroken from exc

    def _kept(self, made: Master) -> TakenIn:
        try:
            sha256 = self._cache.put(made.audio)
        except AudioCacheError as exc:
            raise SoundNotKept(why=str(exc)) from exc
        return TakenIn(sha256=sha256, size_bytes=len(made.audio), duration_ms=made.duration_ms)


def decoded(path: Path, container: Container) -> bytes:
    """Return the file's sound as mono, signed 16 bit at RATE. Raises SoundTooLong, SoundFileBroken.

    Where the channels cancel each other out, as those of a cable with two wires changed over, it is the first of them.
    """
    if container.duration_s is not None and container.duration_s > LONGEST_S:
        raise SoundTooLong(minutes=LONGEST_S // 60)
    pcm = _pcm(path, container, "-ac", "1")
    if pcm and _is_still(pcm):
        pcm = _pcm(path, container, "-af", "pan=mono|c0=c0")
    length_s = len(pcm) / 2 / RATE
    if length_s > LONGEST_S:
        raise SoundTooLong(minutes=LONGEST_S // 60)
    if not pcm or _falls_short(length_s, container.duration_s):
        raise SoundFileBroken
    return pcm


def _pcm(path: Path, container: Container, *mixed: str) -> bytes:
    return _run(
        [
            "-max_alloc", str(_MEMORY_BYTES), "-threads", "1",
            "-protocol_whitelist", "file", "-codec_whitelist", _CODECS, "-format_whitelist", "mp3,wav,mov,ogg",
            "-f", container.kind, "-i", f"file:{path}",
            "-map", "0:a:0", "-vn", "-sn", "-dn", "-t", str(LONGEST_S + 1),
            *mixed, "-ar", str(RATE), "-f", "s16le", "pipe:1",
        ]
    )  # fmt: skip


def _is_still(pcm: bytes) -> bool:
    samples = memoryview(pcm).cast("h")
    return max(max(samples), -min(samples)) < _STILL


def _falls_short(length_s: float, promised_s: float | None) -> bool:
    return promised_s is not None and length_s < promised_s - max(_MISSING_S, promised_s * _MISSING_SHARE)


def _written(file: BinaryIO, path: Path) -> bytes:
    """Return what was uploaded, and write it where ffmpeg reads it. Raises NoSoundFile, SoundFileTooBig."""
    pieces, size = [], 0
    while piece := file.read(_PIECE):
        size += len(piece)
        if size > UPLOAD_MAX_BYTES:
            raise SoundFileTooBig(limit_mb=UPLOAD_MAX_BYTES // 1024 // 1024)
        pieces.append(piece)
    if not pieces:
        raise NoSoundFile
    data = b"".join(pieces)
    path.write_bytes(data)
    return data


def _run(options: Sequence[str]) -> bytes:
    command = [ffmpeg.executable(), "-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", *options]
    try:
        done = subprocess.run(  # noqa: S603 - the bundled binary, no shell, options of our own
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise SoundFileBroken from exc
    if done.returncode != 0:
        raise SoundFileBroken
    return done.stdout
