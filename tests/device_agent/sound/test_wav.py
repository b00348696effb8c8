"""The WAV player keeps the contract, and its files say exactly what sounded, when, and for the sake of what."""

import asyncio
import itertools
import json
import subprocess
import time
import wave
from array import array
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import imageio_ffmpeg
import pytest

from device_agent.sound import wav, wavfile
from device_agent.sound.port import Cue, EndedWhy, Player
from device_agent.sound.wav import WavPlayer
from tests.device_agent.sound.contract import PlayerContract, run, tone

RATE = 48_000
EPOCH = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def station_time(monotonic_s: float) -> datetime:
    return EPOCH + timedelta(seconds=monotonic_s)


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    directory = tmp_path / "sounds"
    directory.mkdir()
    return directory


@pytest.mark.slow
class TestWavPlayer(PlayerContract):
    start_tolerance_s = 0.05
    length_tolerance_s = 0.05

    @pytest.fixture
    def make_player(self, sounds: Path) -> Iterator[Callable[[], Player]]:
        yield lambda: WavPlayer(sounds, station_time=station_time)  # noqa: PT022 - the contract's own shape


def play(sounds: Path, cue: Cue, *, stop_after_s: float | None = None) -> float:
    """Play one cue; return the instant of its first frame."""
    began: list[float] = []

    async def scene(player: Player) -> None:
        await player.prepare(cue)
        began.append((await player.start(time.monotonic() + 0.05)).at_monotonic)
        if stop_after_s is not None:
            await asyncio.sleep(stop_after_s)
            await player.stop()
        await player.wait()

    run(lambda: WavPlayer(sounds, station_time=station_time), scene)
    return began[0]


def samples(path: Path) -> "array[int]":
    with wave.open(str(path), "rb") as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (RATE, 1, 2)
        return array("h", sound.readframes(sound.getnframes()))


def test_a_stretch_is_named_by_its_first_frame_and_described_beside_it(sounds: Path, tmp_path: Path) -> None:
    began = play(sounds, Cue(path=tone(tmp_path / "t.wav", seconds=0.3), airing_id="a1"))
    (path,) = sounds.glob("*.wav")
    first_frame_at = station_time(began)
    assert path.name == first_frame_at.strftime("%Y%m%dT%H%M%S.%fZ.wav")
    assert json.loads(path.with_suffix(".json").read_text()) == {
        "airing_id": "a1", "first_frame_at": first_frame_at.isoformat().replace("+00:00", "Z"),
        "frames": 14_400, "rate": RATE,
    }  # fmt: skip
    assert len(list(sounds.iterdir())) == 2


def test_the_file_holds_the_very_samples(sounds: Path, tmp_path: Path) -> None:
    source = tone(tmp_path / "t.wav", seconds=0.3)
    play(sounds, Cue(path=source, alert_id="flood"))
    (path,) = sounds.glob("*.wav")
    assert samples(path) == samples(source)
    assert json.loads(path.with_suffix(".json").read_text())["alert_id"] == "flood"


def test_the_gain_is_in_the_samples(sounds: Path, tmp_path: Path) -> None:
    source = tone(tmp_path / "t.wav", seconds=0.2)
    play(sounds, Cue(path=source, airing_id="a", gain_db=-6.0206))
    (path,) = sounds.glob("*.wav")
    assert max(samples(path)) == pytest.approx(max(samples(source)) / 2, abs=20)


def test_a_stopped_sound_fades_and_does_not_click(sounds: Path, tmp_path: Path) -> None:
    source = tone(tmp_path / "t.wav", seconds=3)
    play(sounds, Cue(path=source, airing_id="a"), stop_after_s=0.2)
    (path,) = sounds.glob("*.wav")
    written, original = samples(path), samples(source)
    assert 0.15 * RATE < len(written) < 0.5 * RATE
    largest = max(abs(b - a) for a, b in itertools.pairwise(original))
    assert abs(written[-1]) <= largest
    assert max(abs(b - a) for a, b in itertools.pairwise(written)) <= largest + 20
    assert written[: len(written) - 1440] == original[: len(written) - 1440]


def test_frames_are_written_no_sooner_than_they_sound(sounds: Path, tmp_path: Path) -> None:
    source = tone(tmp_path / "t.wav", seconds=0.6)

    async def scene(player: Player) -> None:
        await player.prepare(Cue(path=source, airing_id="a"))
        began = await player.start(time.monotonic())
        await asyncio.sleep(0.3)
        frames = ((sounds / wavfile.LIVE).stat().st_size - 44) / 2
        ahead_s = frames / RATE - (time.monotonic() - began.at_monotonic)
        assert -0.2 < ahead_s <= 0.021
        assert (sounds / wavfile.LIVE).read_bytes()[40:44] == b"\xff\xff\xff\xff"
        await player.wait()

    run(lambda: WavPlayer(sounds, station_time=station_time), scene)


def test_what_a_killed_player_left_is_finished_with_the_frames_there_are(sounds: Path) -> None:
    live = wavfile.LiveFile(sounds)
    live.name(wavfile.Label(airing_id="a"), EPOCH)
    live.write(b"\x01\x00" * 1000 + b"\x02")  # the last frame was cut in the middle
    live.close()
    path = wav.recover(sounds)
    assert path == sounds / "20261122T050000.000000Z.wav"
    assert list(samples(path)) == [1] * 1000
    assert json.loads(path.with_suffix(".json").read_text())["frames"] == 1000
    assert not (sounds / wavfile.LIVE).exists()
    assert wav.recover(sounds) is None


def test_what_never_sounded_leaves_no_file(sounds: Path) -> None:
    wavfile.LiveFile(sounds).close()
    assert wav.recover(sounds) is None
    assert list(sounds.iterdir()) == []


def test_a_file_damaged_in_its_middle_is_no_fault_of_the_device(sounds: Path, tmp_path: Path) -> None:
    whole = tmp_path / "tone.flac"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(tone(tmp_path / "t.wav", seconds=2.0))]
    subprocess.run([*command, str(whole)], check=True)
    damaged = bytearray(whole.read_bytes())
    middle = slice(len(damaged) // 3, len(damaged) * 2 // 3)
    damaged[middle] = bytes(n * 7919 % 251 for n in range(middle.stop - middle.start))
    whole.write_bytes(damaged)

    async def scene(player: Player) -> None:
        await player.prepare(Cue(path=whole, airing_id="a"))
        await player.start(time.monotonic())
        assert (await asyncio.wait_for(player.wait(), 5)).why is EndedWhy.BROKEN

    run(lambda: WavPlayer(sounds, station_time=station_time), scene)


def test_a_stopped_sound_ends_with_its_last_frame(sounds: Path, tmp_path: Path) -> None:
    source = tone(tmp_path / "t.wav", seconds=2.0)

    async def scene(player: Player) -> None:
        await player.prepare(Cue(path=source, airing_id="a"))
        began = await player.start(time.monotonic())
        await asyncio.sleep(0.1)
        await player.stop()
        ended = await player.wait()
        frames = json.loads(next(sounds.glob("*.json")).read_text())["frames"]
        assert ended.at_monotonic == pytest.approx(began.at_monotonic + frames / RATE, abs=1e-6)

    run(lambda: WavPlayer(sounds, station_time=station_time), scene)


def test_a_disk_that_refuses_is_a_failed_sound_and_no_dead_player(sounds: Path, tmp_path: Path) -> None:
    source = tone(tmp_path / "t.wav", seconds=0.2)
    missing = sounds / "gone"

    async def scene(player: Player) -> None:
        await player.prepare(Cue(path=source, airing_id="a"))
        with pytest.raises(wav.SoundError, match="WAV"):
            await player.start(time.monotonic())
        missing.mkdir()
        await player.prepare(Cue(path=source, airing_id="a"))
        await player.start(time.monotonic())
        assert (await player.wait()).why is EndedWhy.FINISHED

    run(lambda: WavPlayer(missing, station_time=station_time), scene)


@pytest.mark.slow
def test_twenty_starts_are_within_ten_milliseconds(sounds: Path, tmp_path: Path) -> None:
    source = tone(tmp_path / "t.wav", seconds=0.05)
    errors_ms: list[float] = []

    async def scene(player: Player) -> None:
        for _ in range(20):
            await player.prepare(Cue(path=source, airing_id="a"))
            at = time.monotonic() + 0.1
            errors_ms.append(((await player.start(at)).at_monotonic - at) * 1000)
            await player.wait()

    run(lambda: WavPlayer(sounds, station_time=station_time), scene)
    assert sorted(errors_ms)[-2] < 10
