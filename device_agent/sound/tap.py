"""One stream, or one file over and over, being turned into PCM by a process of its own, a few seconds ahead.

Whatever a server does (endless headers, one byte a second, nothing at all) happens in that process; what counts here
is only whether sound comes out of it, soon enough, and enough of it.
"""

import array
import contextlib
import logging
import math
import operator
import os
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import IO

from device_agent.children import tied
from device_agent.playout.sources import Line
from device_agent.sound import ramps
from device_agent.sound.decoder import BYTES_PER_FRAME, RATE
from device_agent.sound.port import RAMP_MS
from device_agent.sound.tap_words import why

log = logging.getLogger(__name__)

BLOCK_FRAMES = RATE // 10
FIRST_SOUND_S = 8.0
"""So long a source may take from the first packet of its name's lookup to the first sample."""
BEGIN_WITH_S = 1.5
HOLD_S = 8.0
STARVED_MAX_S = 5.0
"""So much may be missing, less a quarter of what came since, before a source counts as too slow for its own sound."""
LOUD_DBFS = -50.0
"""Below this, over a tenth of a second, is dead air: a studio's noise floor lies lower, the softest speech higher."""
PAUSE_S = 2.0
"""Whoever was silent for longer just now is not taken on the air."""
RAMP_FRAMES = RATE * RAMP_MS // 1000
_RECOVERY = 0.25
_THINNED_BY = 4
_COMPLAINT_BYTES = 2_000


class Tap:
    """`argv` returns the command that writes PCM (48 kHz, mono, signed 16 bit) to the file descriptor it is given."""

    def __init__(self, argv: Callable[[int], Sequence[str]], *, gain_db: float = 0.0, silence_s: float) -> None:
        """Start the process. Raises OSError when it cannot be started."""
        self._loud_power = max(0.5, 32_768 * 10 ** ((LOUD_DBFS + gain_db) / 20)) ** 2
        self._silence_s = silence_s
        self._changed = threading.Condition()
        self._blocks: deque[tuple[memoryview, bool]] = deque()
        self._frames = 0
        self._quiet_s = 0.0
        self._has_sounded = self._over = self._rebuffering = self._closed = False
        self._starved_s = 0.0
        self._complaint = b""
        self._opened_at = time.monotonic()
        read_end, write_end = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed command; the address is the station's own
                tied(argv(write_end)), pass_fds=(write_end,), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        except OSError:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
        self._threads = (
            threading.Thread(target=self._fill, args=(os.fdopen(read_end, "rb"),), daemon=True, name="tap"),
            threading.Thread(target=self._listen, daemon=True, name="tap-words"),
        )
        for thread in self._threads:
            thread.start()

    @property
    def buffered_s(self) -> float:
        """How much lies ready."""
        return self._frames / RATE

    def as_tried(self) -> Line:
        """Return how it stands with a source that is not on the air."""
        with self._changed:
            if self._has_sounded and self._quiet_s < PAUSE_S and (self.buffered_s >= BEGIN_WITH_S or self._over):
                return Line.SOUNDING if self._frames else Line.DEAD
            late = self._frames == 0 and time.monotonic() - self._opened_at > FIRST_SOUND_S
            slow = time.monotonic() - self._opened_at > max(FIRST_SOUND_S, self._silence_s)
            return Line.DEAD if self._over or late or slow else Line.WAITING

    def as_heard(self) -> Line:
        """Return how it stands with the source that is on the air: dead when it has ended, or cannot keep up."""
        with self._changed:
            ended = self._over and self._frames == 0
            return Line.DEAD if ended or self._starved_s > STARVED_MAX_S else Line.SOUNDING

    def take(self, frames: int) -> tuple[bytes, bool]:
        """Return that many frames and whether there is sound in them; fewer at the end, none while it must catch up."""
        with self._changed:
            if not self._over and self._must_wait(frames):
                self._starved_s += frames / RATE
                return b"", False
            is_last = self._rebuffering or (self._over and self._frames <= frames)
            taken, loud = bytearray(), False
            while len(taken) < frames * BYTES_PER_FRAME and self._blocks:
                block, is_loud = self._blocks.popleft()
                room = frames * BYTES_PER_FRAME - len(taken)
                taken += block[:room]
                loud = loud or is_loud
                if len(block) > room:
                    self._blocks.appendleft((block[room:], is_loud))
            self._frames -= len(taken) // BYTES_PER_FRAME
            self._starved_s = max(0.0, self._starved_s - _RECOVERY * len(taken) / BYTES_PER_FRAME / RATE)
            self._changed.notify_all()
            return ramps.fallen(bytes(taken), RAMP_FRAMES) if is_last else bytes(taken), loud

    def why(self) -> str:
        """Return in Vietnamese what is wrong with it, as far as can be told."""
        with self._changed:
            if self._starved_s > STARVED_MAX_S:
                return "đường truyền quá chậm"
            if self._has_sounded:
                return "luồng bị ngắt" if self._over else "im lặng quá lâu"
            if self._over:
                return why(self._complaint.decode(errors="replace"))
            return "im lặng" if self._frames else f"không có âm thanh trong {FIRST_SOUND_S:g} giây"

    def close(self) -> None:
        """End the process and give everything back; harmless when repeated."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()

    def _must_wait(self, frames: int) -> bool:
        """Once it has run dry, it shall not stutter: it comes back with a little in hand. The last bit fades out."""
        if self._rebuffering:
            self._rebuffering = self.buffered_s < BEGIN_WITH_S
            return self._rebuffering
        self._rebuffering = self._frames < frames + RAMP_FRAMES
        return self._rebuffering and self._frames == 0

    def _fill(self, pcm: IO[bytes]) -> None:
        was_loud = False
        with pcm:
            while block := pcm.read(BLOCK_FRAMES * BYTES_PER_FRAME):
                block = block[: len(block) // BYTES_PER_FRAME * BYTES_PER_FRAME]
                is_loud = self._power(block) > self._loud_power
                if not self._put(block, loud=is_loud and was_loud):  # a lone click is no sound
                    break
                was_loud = is_loud
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _put(self, block: bytes, *, loud: bool) -> bool:
        """Keep a block; wait while there is enough. False: it is wanted no more."""
        with self._changed:
            self._has_sounded = self._has_sounded or loud
            self._quiet_s = 0.0 if loud else self._quiet_s + len(block) / BYTES_PER_FRAME / RATE
            self._blocks.append((memoryview(block), loud))
            self._frames += len(block) // BYTES_PER_FRAME
            self._changed.notify_all()
            while self.buffered_s > HOLD_S and not self._closed:
                self._changed.wait()
            return not self._closed

    def _power(self, block: bytes) -> float:
        """Return the mean square without the constant part: a converter's offset is dead air too."""
        samples = array.array("h", block)[::_THINNED_BY]
        if not samples:
            return 0.0
        mean = math.fsum(samples) / len(samples)
        power: float = math.fsum(map(operator.mul, samples, samples)) / len(samples)
        return power - mean**2

    def _listen(self) -> None:
        words = self._process.stdout
        assert words is not None  # noqa: S101 - asked for above; tells the type checker
        with words:
            while text := os.read(words.fileno(), 4096):
                self._complaint = (self._complaint + text)[-_COMPLAINT_BYTES:]
