"""Makes a relay ready: its lines opened, its filler looked at, and a moment given for something to be in hand."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from device_agent.playout.values import Sound
from device_agent.sound.port import Cue, Feed, SoundError
from device_agent.sound.relay_feed import Wanted

READY_WITHIN_S = 2.2
"""Within PREPARE_LEAD: a relay is held in time whether or not its sources have come by then."""
_LOOK_EVERY_S = 0.02

OpenFeed = Callable[[Wanted, Callable[[], None]], Feed]
"""Opens a feed; the callable it is given may be called on any thread, whenever another source sounds."""


def no_streams(_wanted: Wanted, _changed: Callable[[], None]) -> Feed:
    """A box that was put together without anything that receives streams."""
    raise SoundError("bộ thu này không có phần nhận luồng tiếp sóng")


class Relays:
    """`is_intact` checks a file's hash once more, and drops it when it is another."""

    def __init__(
        self,
        open_feed: OpenFeed,
        *,
        path_of: Callable[[str], Path],
        is_intact: Callable[[str], Awaitable[bool]],
        changed: Callable[[], None],
    ) -> None:
        self._open_feed = open_feed
        self._path_of = path_of
        self._is_intact = is_intact
        self._changed = changed

    async def open(self, sound: Sound) -> Feed:
        """Return the relay's feed, with lines opening. Raises SoundError."""
        relay = sound.airing.relay if sound.airing is not None else None
        if relay is None:
            raise SoundError("không phải chương trình tiếp sóng")
        has_filler = bool(sound.recording) and await self._is_intact(sound.recording)
        wanted = Wanted(
            urls=relay.urls, silence_ms=relay.silence_ms, gain_db=sound.gain_db,
            filler=self._path_of(sound.recording) if has_filler else None,
        )  # fmt: skip
        return self._open_feed(wanted, self._tell_from_anywhere(asyncio.get_running_loop()))

    async def settled(self, feed: Feed) -> None:
        """Return as soon as a source has enough in hand, or when it is time to be held without."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_WITHIN_S):
                while not feed.is_ready():
                    await asyncio.sleep(_LOOK_EVERY_S)

    def _tell_from_anywhere(self, loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
                loop.call_soon_threadsafe(self._changed)

        return tell


def cue_of_relay(sound: Sound, feed: Feed) -> Cue:
    """Return what a player is to prepare: the feed, with its gain in it already."""
    airing_id = sound.airing.airing_id if sound.airing is not None else None
    return Cue(path=Path(f"{airing_id}.relay"), airing_id=airing_id, feed=feed)
