"""What every Player must do. A test module subclasses `PlayerContract` and says how its player is made."""

import asyncio
import contextlib
import math
import subprocess
import time
import wave
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import imageio_ffmpeg
import pytest

from device_agent.sound.port import Cue, Ended, EndedWhy, Player, SoundError, UnreadableSound

RATE = 48_000


def write_wav(path: Path, samples: "array[int]") -> Path:
    """Write mono samples of 16 bit at 48 kHz."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())
    return path


def tone(path: Path, *, seconds: float, hertz: float = 440.0) -> Path:
    """Write a steady tone, as Ogg Opus when the name says so, else as WAV."""
    count = round(seconds * RATE)
    samples = array("h", (round(9_000 * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(count)))
    source = write_wav(path.with_suffix(".source.wav") if path.suffix == ".opus" else path, samples)
    if path.suffix == ".opus":
        ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
        options = ["-c:a", "libopus", "-b:a", "32k", "-y"]
        subprocess.run([ffmpeg, "-v", "error", "-i", str(source), *options, str(path)], check=True)
    return path


class PlayerContract:
    """Real time passes in these tests. `start_tolerance_s` and `length_tolerance_s` are the adapter's own promise."""

    start_tolerance_s = 0.05
    length_tolerance_s = 0.1
    stop_deadline_s = 0.7

    @pytest.fixture
    def make_player(self, tmp_path: Path) -> Callable[[], Player]:
        raise NotImplementedError

    @pytest.fixture(params=["opus", "wav"])
    def sound(self, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
        """A file of 1.2 seconds."""
        return tone(tmp_path / f"tone.{request.param}", seconds=1.2)

    def test_plays_whole_file_at_its_instant(self, make_player: Callable[[], Player], sound: Path) -> None:
        async def scene(player: Player) -> None:
            await player.prepare(Cue(path=sound, airing_id="a1"))
            planned_at = time.monotonic() + 0.4
            assert player.position_ms() is None

            started = await player.start(planned_at)

            assert started.at_monotonic == pytest.approx(planned_at, abs=self.start_tolerance_s)
            ended = await asyncio.wait_for(player.wait(), 5)
            self._assert_lasted(ended, 1.2, since=started.at_monotonic)
            assert (ended.why, ended.detail) == (EndedWhy.FINISHED, None)
            assert player.position_ms() is None
            assert await player.wait() == ended

        run(make_player, scene)

    def test_instant_in_the_past_begins_at_once(self, make_player: Callable[[], Player], sound: Path) -> None:
        async def scene(player: Player) -> None:
            await player.prepare(Cue(path=sound))
            asked_at = time.monotonic()

            started = await player.start(asked_at - 60)

            assert asked_at <= started.at_monotonic <= asked_at + 0.2

        run(make_player, scene)

    def test_begins_within_the_file(self, make_player: Callable[[], Player], sound: Path) -> None:
        async def scene(player: Player) -> None:
            await player.prepare(Cue(path=sound, from_ms=700))

            started = await player.start(time.monotonic())

            position = player.position_ms()
            assert position is not None
            assert position >= 700
            self._assert_lasted(await asyncio.wait_for(player.wait(), 5), 0.5, since=started.at_monotonic)

        run(make_player, scene)

    def test_stop_ends_the_sound_and_says_how_much_sounded(
        self, make_player: Callable[[], Player], sound: Path
    ) -> None:
        async def scene(player: Player) -> None:
            await player.prepare(Cue(path=sound))
            started = await player.start(time.monotonic() + 0.1)
            await asyncio.sleep(0.3)

            asked_at = time.monotonic()
            await player.stop()
            silent_at = time.monotonic()

            ended = await asyncio.wait_for(player.wait(), 0.1)
            assert silent_at - asked_at <= self.stop_deadline_s
            assert ended.why == EndedWhy.STOPPED
            assert (silent_at - started.at_monotonic) * 1000 == pytest.approx(ended.played_ms, abs=150)
            assert player.position_ms() is None

        run(make_player, scene)

    def test_stop_before_the_instant_leaves_silence(self, make_player: Callable[[], Player], sound: Path) -> None:
        async def scene(player: Player) -> None:
            await player.prepare(Cue(path=sound))
            starting = asyncio.create_task(player.start(time.monotonic() + 0.5))
            await asyncio.sleep(0.1)

            await player.stop()

            with pytest.raises(SoundError):
                await asyncio.wait_for(starting, 1)
            await asyncio.sleep(0.6)
            assert player.position_ms() is None

        run(make_player, scene)

    def test_cancelled_start_leaves_silence(self, make_player: Callable[[], Player], sound: Path) -> None:
        async def scene(player: Player) -> None:
            await player.prepare(Cue(path=sound))
            starting = asyncio.create_task(player.start(time.monotonic() + 0.3))
            await asyncio.sleep(0.1)

            starting.cancel()

            with pytest.raises(asyncio.CancelledError):
                await starting
            await asyncio.sleep(0.4)
            assert player.position_ms() is None

        run(make_player, scene)

    def test_next_cue_plays_after_each_kind_of_end(self, make_player: Callable[[], Player], sound: Path) -> None:
        async def scene(player: Player) -> None:
            for end_it in (player.wait, player.stop):
                await player.prepare(Cue(path=sound, from_ms=600))
                await player.start(time.monotonic())
                await end_it()
            await player.prepare(Cue(path=sound))
            await player.prepare(Cue(path=sound, from_ms=900))  # replaces what was prepared

            started = await player.start(time.monotonic())

            self._assert_lasted(await asyncio.wait_for(player.wait(), 5), 0.3, since=started.at_monotonic)

        run(make_player, scene)

    def test_start_without_prepare_is_refused(self, make_player: Callable[[], Player]) -> None:
        async def scene(player: Player) -> None:
            with pytest.raises(SoundError):
                await player.start(time.monotonic())

        run(make_player, scene)

    def test_stop_and_close_are_harmless_when_idle(self, make_player: Callable[[], Player], sound: Path) -> None:
        async def scene(player: Player) -> None:
            await player.stop()
            await player.prepare(Cue(path=sound))
            await player.stop()
            with pytest.raises(SoundError):
                await player.start(time.monotonic())
            await player.close()
            await player.close()

        run(make_player, scene)

    @pytest.mark.parametrize("content", [b"", b"not a sound" * 500, None], ids=["empty", "text", "missing"])
    def test_unreadable_file_is_refused_and_the_next_one_plays(
        self, make_player: Callable[[], Player], sound: Path, tmp_path: Path, content: bytes | None
    ) -> None:
        broken = tmp_path / "broken.opus"
        if content is not None:
            broken.write_bytes(content)

        async def scene(player: Player) -> None:
            with pytest.raises(UnreadableSound):
                await player.prepare(Cue(path=broken))
            await player.prepare(Cue(path=sound, from_ms=1000))
            await player.start(time.monotonic())
            assert (await asyncio.wait_for(player.wait(), 5)).why == EndedWhy.FINISHED

        run(make_player, scene)

    def _assert_lasted(self, ended: Ended, seconds: float, *, since: float) -> None:
        assert ended.played_ms == pytest.approx(1000 * seconds, abs=1000 * self.length_tolerance_s)
        assert ended.at_monotonic - since == pytest.approx(seconds, abs=self.length_tolerance_s)


def run(make_player: Callable[[], Player], scene: Callable[[Player], Awaitable[None]]) -> None:
    """Play a scene with a new player in a loop of its own, and close the player whatever happened."""

    async def whole() -> None:
        async with _closing(make_player()) as player:
            await scene(player)

    asyncio.run(whole())


@contextlib.asynccontextmanager
async def _closing(player: Player) -> AsyncIterator[Player]:
    try:
        yield player
    finally:
        await player.close()
