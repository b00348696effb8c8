"""What a feed gives its player, once more, for whoever compares it with what is heard. Nothing of it is kept."""

import threading
import time
from collections import deque

from device_agent.sound.decoder import BYTES_PER_FRAME, RATE

KEPT_S = 10.0
"""A player takes a second ahead at most; what nobody has read by then is dropped and read as silence."""
PATIENCE_S = 1.5
"""What has not come by then will not be in step: the player stands still, and what is missing is read as silence."""


class Echo:
    """Frames by their number, the feed's first being 0. `put` never waits; `read` goes on where it was, and silence
    stands where nothing was put."""

    rate, gain_db = RATE, 0.0

    def __init__(self) -> None:
        self._blocks: deque[tuple[int, bytes]] = deque()
        self._put_to = 0
        self._read_to = 0
        self._is_closed = False
        self._changed = threading.Condition()

    def put(self, pcm: bytes, *, at: int) -> None:
        """Take a block whose first frame has the number `at`; blocks come in their order."""
        with self._changed:
            if self._is_closed:
                return
            self._blocks.append((at, pcm))
            self._put_to = at + len(pcm) // BYTES_PER_FRAME
            while len(self._blocks) > 1 and self._put_to - self._blocks[0][0] > KEPT_S * RATE:
                self._blocks.popleft()
            self._changed.notify_all()

    def read(self, frames: int) -> bytes:
        """Return the next frames; fewer at the end, none after it. May wait for what is about to be put."""
        with self._changed:
            until = self._read_to + frames
            deadline = time.monotonic() + PATIENCE_S
            while self._put_to < until and not self._is_closed and (left_s := deadline - time.monotonic()) > 0:
                self._changed.wait(left_s)
            if self._is_closed:
                until = min(until, self._put_to)
            return self._taken(until)

    def close(self) -> None:
        """Take no more; harmless when repeated."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _taken(self, until: int) -> bytes:
        taken = bytearray()
        while self._blocks and self._blocks[0][0] < until:
            at, pcm = self._blocks.popleft()
            taken += bytes(max(0, at - self._read_to) * BYTES_PER_FRAME)
            self._read_to = max(self._read_to, at)
            begin, end = (self._read_to - at) * BYTES_PER_FRAME, (until - at) * BYTES_PER_FRAME
            taken += pcm[begin:end]
            self._read_to = max(self._read_to, min(until, at + len(pcm) // BYTES_PER_FRAME))
            if len(pcm) > end:
                self._blocks.appendleft((until, pcm[end:]))
        taken += bytes(max(0, until - self._read_to) * BYTES_PER_FRAME)
        self._read_to = max(self._read_to, until)
        return bytes(taken)
