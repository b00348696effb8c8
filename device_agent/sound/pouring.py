"""A feed poured into a named pipe, from which mpv plays it like a file that has no end until the feed ends."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import threading
from pathlib import Path

from device_agent.sound.decoder import BYTES_PER_FRAME, RATE
from device_agent.sound.port import Feed

POURED = {
    "demuxer": "rawaudio", "demuxer-rawaudio-rate": str(RATE), "demuxer-rawaudio-channels": "mono",
    "demuxer-rawaudio-format": "s16le", "demuxer-readahead-secs": "0.2", "cache": "no",
}  # fmt: skip
"""How mpv is to read it: no guessing, and no more ahead than its own output needs."""
BLOCK_FRAMES = RATE // 50
_PACKET_BYTES = RATE // 8 * BYTES_PER_FRAME
"""What mpv's raw reader takes at a time. Of a last one that is not whole it plays the rest from the one before."""
PREFIX = "device-agent-"
"""Of every folder that is made for a moment; what a killed agent left of them is known by it."""
_PIPE_BYTES = 16_384
"""A sixth of a second: what lies in the pipe was decided on before it sounds."""


def clear(runtime: Path) -> None:
    """Make the folder where pipes lie, and take away what a killed predecessor left there. Raises OSError."""
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in runtime.glob(f"{PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)


class Pouring:
    """Writes as fast as the reader takes it; when the reader dies, the next one gets what comes then."""

    def __init__(self, feed: Feed, *, runtime: Path | None = None) -> None:
        """Make the pipe below `runtime`, by default where the system keeps what lasts a moment. Raises OSError."""
        self._feed = feed
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=runtime))
        self.path = self._folder / "relay.pcm"
        os.mkfifo(self.path, 0o600)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._pour, daemon=True, name="pouring")
        self._thread.start()

    def close(self) -> None:
        """Pour no more and take the pipe away; the feed itself is its owner's to close. Blocks for a moment."""
        self._closed.set()
        reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)  # for whom the thread may be waiting
        while self._thread.is_alive():
            with contextlib.suppress(BlockingIOError):
                os.read(reader, _PIPE_BYTES)
            self._thread.join(0.005)
        os.close(reader)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _pour(self) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(BrokenPipeError), self.path.open("wb", buffering=0) as pipe:
                with contextlib.suppress(OSError):  # a system may not allow it; then a little more lies in the pipe
                    fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
                poured = 0
                while not self._closed.is_set():
                    block = self._feed.read(BLOCK_FRAMES)
                    poured += len(block)
                    view = memoryview(block or bytes(-poured % _PACKET_BYTES))
                    while view:
                        view = view[pipe.write(view) :]
                    if not block:
                        return
