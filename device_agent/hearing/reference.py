"""What an airing sends, at the band's rate and as it is needed: a file through ffmpeg, or what a feed gives."""

import subprocess
from pathlib import Path

import numpy as np

from device_agent.children import tied
from device_agent.hearing.band import SPEECH, Band, Decimator, Samples, samples
from device_agent.hearing.port import EarError, Pcm
from device_agent.os_words import in_words

_BYTES_PER_FRAME = 2
_FORGOTTEN_S = 2.0


class ReferenceUnreadableError(EarError):
    """What is sent cannot be decoded, so nothing can be compared with it."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"không giải mã được tệp đang phát “{path.name[:16]}” để so sánh: {why}")


class FileReference:
    """An audio file from `from_ms` on. `read` blocks, so it belongs in a thread; `close` ends a read that hangs."""

    def __init__(self, path: Path, *, ffmpeg: str, from_ms: int = 0, band: Band = SPEECH) -> None:
        """Start decoding. The pipe holds some seconds; ffmpeg waits until they are wanted.

        Raises ReferenceUnreadableError when ffmpeg cannot be run.
        """
        seek = ["-ss", f"{from_ms / 1000:.3f}"] if from_ms else []
        argv = [ffmpeg, "-v", "quiet", "-nostdin", "-threads", "1", *seek, "-i", str(path), "-vn"]
        argv += ["-f", "s16le", "-ac", "1", "-ar", str(band.rate), "-"]
        self._path = path
        self._is_closed = False
        self._is_empty = True
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed command; the path is ours
                tied(argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError as exc:
            raise ReferenceUnreadableError(path, in_words(exc)) from exc

    def read(self, count: int) -> Samples:
        """Return the next `count` samples, fewer at the end. Raises ReferenceUnreadableError when there are none."""
        stdout = self._process.stdout
        pcm = stdout.read(count * _BYTES_PER_FRAME) if stdout is not None else b""
        self._is_empty = self._is_empty and not pcm
        if self._is_empty and count and not self._is_closed:
            raise ReferenceUnreadableError(self._path, "tệp không có âm thanh")
        return samples(pcm)

    def close(self) -> None:
        """End ffmpeg. Harmless when repeated."""
        self._is_closed = True
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(_FORGOTTEN_S)
        if self._process.stdout is not None:
            self._process.stdout.close()


class PcmReference:
    """What a feed gives, brought to the band's rate. `read` may wait a moment, so it belongs in a thread."""

    def __init__(self, pcm: Pcm, *, band: Band = SPEECH) -> None:
        """Raises UnusableRateError."""
        self._pcm = pcm
        self._step = pcm.rate // band.rate
        self._decimator = Decimator(pcm.rate, band=band)
        self._ready = np.zeros(0, dtype=np.float32)

    def read(self, count: int) -> Samples:
        """Return the next `count` samples, fewer at the end."""
        while len(self._ready) < count:
            pcm = self._pcm.read((count - len(self._ready)) * self._step)
            if not pcm:
                break
            self._ready = np.concatenate([self._ready, self._decimator.feed(samples(pcm))])
        piece, self._ready = self._ready[:count], self._ready[count:].copy()
        return piece

    def close(self) -> None:
        """Read no more."""
        self._pcm.close()
