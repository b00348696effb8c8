"""A relay as one unbroken sound of known length: a source, else the next, else the filler, else silence, until its end.

Whoever plays it takes what is there and never waits. Beside it a thread of its own opens and closes lines as the rule
in `playout.sources` says.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from device_agent.playout.sources import Line, Seen, SourceRule, Sources
from device_agent.sound import ramps
from device_agent.sound.decoder import BYTES_PER_FRAME, RATE
from device_agent.sound.echo import Echo
from device_agent.sound.port import RAMP_MS, Piece
from device_agent.sound.tap import Tap
from device_agent.sound.tap_words import Opening, shown

log = logging.getLogger(__name__)

TICK_S = 0.05
READY_WITH_S = 3.0
_RAMP_FRAMES = RATE * RAMP_MS // 1000
_FILLER = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be relayed: `filler` is a file that stands in, `gain_db` the whole gain of everything."""

    urls: tuple[str, ...]
    silence_ms: int
    filler: Path | None = None
    gain_db: float = 0.0


class RelayFeed:
    """`opening` makes the command of a line; `changed` is called, on a thread of ours, when another source sounds."""

    def __init__(self, wanted: Wanted, *, opening: Opening, changed: Callable[[], None]) -> None:
        self._wanted = wanted
        self._opening = opening
        self._changed = changed
        self._rule = SourceRule(
            sources=len(wanted.urls), silence_ms=wanted.silence_ms, has_filler=wanted.filler is not None
        )  # fmt: skip
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._sources = Sources()
        self._taps: dict[int, Tap] = {}
        self._faults: dict[str, str] = {}
        self._opened_at = time.monotonic()
        self._total: int | None = None
        self._given = 0
        self._quiet_frames = 0
        self._tail = b""
        self._label: str | None = None
        self._pieces: list[Piece] = []
        self._echo: Echo | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="relay")
        self._thread.start()

    # -- for the stage -----------------------------------------------------------------------------------------------

    @property
    def source(self) -> str | None:
        """The address of the source that sounds, None when the filler does or nothing."""
        return self._label if self._label != FILLER else None

    def is_ready(self) -> bool:
        """Return whether a source could begin now with enough in hand."""
        with self._lock:
            tap = self._taps.get(self._sources.on_air) if self._sources.on_air is not None else None
            return tap is not None and tap.buffered_s >= READY_WITH_S

    def lasts(self, seconds: float) -> None:
        """Set how long it sounds from its first sample; to be said before or soon after that."""
        with self._lock:
            self._total = max(0, round(seconds * RATE))

    def overheard(self) -> Echo:
        """Return what the player is given from now on, its gain in it; what it was given before reads as silence."""
        with self._lock:
            if self._echo is not None:
                self._echo.close()
            self._echo = Echo()
            return self._echo

    def pieces(self) -> tuple[Piece, ...]:
        """Return what sounded when, as far as it was taken."""
        with self._lock:
            return tuple(self._pieces)

    def faults(self) -> dict[str, str]:
        """Return by address what was wrong with each source that failed, in Vietnamese."""
        with self._lock:
            return dict(self._faults)

    # -- for the player ----------------------------------------------------------------------------------------------

    @property
    def length_s(self) -> float:
        """How long it sounds, infinity before that was said."""
        return float("inf") if self._total is None else self._total / RATE

    def read(self, frames: int) -> bytes:
        """Return that many frames at once, silence if there is nothing else; fewer at its end, none after it."""
        with self._lock:
            if self._total is not None:
                frames = min(frames, self._total - self._given)
            if frames <= 0 or self._closing.is_set():
                return b""
            if not self._given and self._sources.on_air is None:
                self._quiet_frames = round(RATE * (time.monotonic() - self._opened_at))
            pcm, label = self._next(frames)
            if label != self._label:
                pcm = ramps.mixed(ramps.risen(pcm, _RAMP_FRAMES), self._tail)
                self._tail = b""
                self._label = label
                self._changed()
            self._note(label, frames)
            pcm = ramps.ended(pcm, left=None if self._total is None else self._total - self._given, ramp=_RAMP_FRAMES)
            if self._echo is not None:
                self._echo.put(pcm, at=self._given)
            self._given += frames
            return pcm

    def failed(self) -> bool:
        """Return False: it ends when it shall, whatever its sources do."""
        return False

    def complaint(self) -> str:
        """Return nothing, for the same reason."""
        return ""

    def close(self) -> None:
        """Let go of every line, soon; harmless when repeated."""
        self._closing.set()
        if self._echo is not None:
            self._echo.close()

    def join(self) -> None:
        """Wait until every line is let go of, after `close`."""
        self._thread.join()

    # -- what is given -----------------------------------------------------------------------------------------------

    def _next(self, frames: int) -> tuple[bytes, str | None]:
        on_air = self._sources.on_air
        number = on_air if on_air is not None else _FILLER
        tap = self._taps.get(number) if on_air is not None or self._sources.fills else None
        pcm, loud = tap.take(frames) if tap is not None else (b"", False)
        self._quiet_frames = 0 if loud and on_air is not None else self._quiet_frames + frames
        if not pcm:
            return bytes(frames * BYTES_PER_FRAME), None
        if len(pcm) < frames * BYTES_PER_FRAME:
            pcm += bytes(frames * BYTES_PER_FRAME - len(pcm))
        return pcm, FILLER if number == _FILLER else shown(self._wanted.urls[number])

    def _note(self, label: str | None, frames: int) -> None:
        last = self._pieces[-1] if self._pieces else None
        if last is not None and last.source == label:
            self._pieces[-1] = Piece(source=label, from_frame=last.from_frame, to_frame=last.to_frame + frames)
        else:
            self._pieces.append(Piece(source=label, from_frame=self._given, to_frame=self._given + frames))

    def _take_back_dead_air(self) -> None:
        """What a source kept silent for until it was given up did not sound."""
        if not self._pieces or self._pieces[-1].source is None:
            return
        last = self._pieces.pop()
        sounded_to = max(last.from_frame, last.to_frame - self._quiet_frames)
        if sounded_to > last.from_frame:
            self._pieces.append(Piece(source=last.source, from_frame=last.from_frame, to_frame=sounded_to))
        if last.to_frame > sounded_to:
            self._pieces.append(Piece(source=None, from_frame=sounded_to, to_frame=last.to_frame))

    # -- the lines ---------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing.wait(TICK_S):
            self._tick()
        with self._lock:
            taps, self._taps = self._taps, {}
        for tap in taps.values():
            tap.close()

    def _tick(self) -> None:
        with self._lock:
            before, seen = self._sources, self._seen()
            self._sources = now = before.after(seen, self._rule)
            if now != before:
                self._note_change(before, now)
            wanted = {number for number in (now.on_air, now.trying) if number is not None}
            if now.trying is not None and seen.at_ms < now.try_at_ms:
                wanted.discard(now.trying)
            wanted |= {_FILLER} if now.fills else set()
            if before.fills and not now.fills and _FILLER in self._taps:
                self._tail = ramps.fallen(self._taps[_FILLER].take(_RAMP_FRAMES)[0], _RAMP_FRAMES)
            unwanted = [self._taps.pop(number) for number in list(self._taps) if number not in wanted]
            missing = wanted - self._taps.keys()
        for tap in unwanted:
            tap.close()
        for number in missing:
            self._open(number)

    def _seen(self) -> Seen:
        at_ms = round(1000 * (time.monotonic() - self._opened_at))
        on_air, trying = self._sources.on_air, self._sources.trying
        heard = self._taps.get(on_air) if on_air is not None else None
        tried = self._taps.get(trying) if trying is not None else None
        return Seen(
            at_ms=at_ms,
            quiet_ms=self._quiet_frames * 1000 // RATE if self._given or on_air is not None else at_ms,
            on_air=heard.as_heard() if heard is not None else Line.WAITING,
            tried=tried.as_tried() if tried is not None else Line.WAITING,
        )

    def _note_change(self, before: Sources, now: Sources) -> None:
        log.info("relay: %s", now)
        for number in {before.on_air, before.trying} - {now.on_air}:
            tap = self._taps.get(number) if number is not None else None
            if number is not None and tap is not None and now.failures > before.failures:
                self._faults[shown(self._wanted.urls[number])] = tap.why()
        if before.on_air is not None and now.on_air is None:
            self._take_back_dead_air()
        if before.on_air is None and now.on_air is not None:
            self._quiet_frames = 0

    def _open(self, number: int) -> None:
        origin = self._wanted.filler if number == _FILLER else self._wanted.urls[number]
        if origin is None:
            return
        gain_db = self._wanted.gain_db
        try:
            tap = Tap(
                lambda descriptor: self._opening(origin, gain_db, descriptor), gain_db=gain_db,
                silence_s=self._wanted.silence_ms / 1000,
            )  # fmt: skip
        except OSError as exc:
            log.warning("relay: no line can be opened: %s", exc)
            return
        with self._lock:
            self._taps[number] = tap


FILLER = "filler"
