"""Any audio file as PCM through ffmpeg: 48 kHz, mono, signed 16 bit, as a stream that is read as it is needed."""

import shutil
import subprocess
import threading

from device_agent.children import tied
from device_agent.sound.port import Cue, SoundError, UnreadableSound

RATE = 48_000
BYTES_PER_FRAME = 2
_PROBE_FRAMES = RATE // 10
_KILL_AFTER_S = 2.0


def ffmpeg_path() -> str:
    """Return the ffmpeg to use: the wheel's own, else the system's. Raises SoundError when there is none."""
    try:  # the box may do without the wheel; then the system's own is used
        import imageio_ffmpeg
    except ImportError:
        found = shutil.which("ffmpeg")
    else:
        found = str(imageio_ffmpeg.get_ffmpeg_exe())
    if found is None:
        raise SoundError("không tìm thấy ffmpeg: hãy cài gói ffmpeg của hệ thống hoặc imageio-ffmpeg")
    return found


class Decoder:
    """One file being decoded; `read` blocks, so it belongs in a thread."""

    def __init__(self, cue: Cue) -> None:
        """Start decoding. Raises UnreadableSound when not even the beginning can be decoded."""
        self._process = subprocess.Popen(  # noqa: S603 - a fixed command; the path is ours
            tied(_command(cue)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._complaints: list[bytes] = []
        self._listener = threading.Thread(target=self._listen, daemon=True, name="ffmpeg-stderr")
        self._listener.start()
        self._ahead = self._read_exactly(_PROBE_FRAMES * BYTES_PER_FRAME)
        if not self._ahead:
            self.close()
            raise UnreadableSound(
                f"không giải mã được {cue.path.name[:16]}: {self.complaint() or 'tệp không có âm thanh'}"
            )

    def read(self, frames: int) -> bytes:
        """Return that many frames, fewer at the end of the file, none after it."""
        wanted = frames * BYTES_PER_FRAME
        block, self._ahead = self._ahead[:wanted], self._ahead[wanted:]
        return block + self._read_exactly(wanted - len(block))

    def complaint(self) -> str:
        """Return the last line of what ffmpeg had to say, after the end of the stream; empty when all went well."""
        self._listener.join(_KILL_AFTER_S)
        lines = b"".join(self._complaints).decode(errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else ""

    def failed(self) -> bool:
        """Return whether ffmpeg ended with an error; call it after the end of the stream."""
        try:
            return self._process.wait(_KILL_AFTER_S) != 0
        except subprocess.TimeoutExpired:
            return True

    def close(self) -> None:
        """End ffmpeg. Harmless when it has ended."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._listener.join(_KILL_AFTER_S)
        if self._process.stderr is not None:
            self._process.stderr.close()

    def _read_exactly(self, wanted: int) -> bytes:
        stdout = self._process.stdout
        return stdout.read(wanted) if stdout is not None and wanted > 0 else b""

    def _listen(self) -> None:
        stderr = self._process.stderr
        while stderr is not None and (line := stderr.readline()):
            self._complaints = [*self._complaints[-9:], line]


def _command(cue: Cue) -> list[str]:
    seek = ["-ss", f"{cue.from_ms / 1000:.3f}"] if cue.from_ms else []
    gain = ["-af", f"volume={cue.gain_db:.2f}dB"] if cue.gain_db else []
    return [
        ffmpeg_path(), "-v", "error", "-nostdin", "-xerror", *seek, "-i", str(cue.path), "-vn", *gain,
        "-f", "s16le", "-ac", "1", "-ar", str(RATE), "-",
    ]  # fmt: skip
