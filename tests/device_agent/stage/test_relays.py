"""Relays and boxes in unison, from the plan to the sound and the report, with real players and a real Icecast."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from device_agent.sound.mpv import MpvPlayer
from device_agent.sound.mpv_launch import MpvSettings
from device_agent.sound.null import NullPlayer
from device_agent.sound.port import Player
from device_agent.sound.tap_words import by_ffmpeg, by_mpv
from device_agent.sound.wav import WavPlayer
from tests.device_agent.sound.pulse import PulseServer, Recording, find
from tests.fakes.box_sim import airing, alert, plan, recording
from tests.fakes.box_small import SmallBox
from tests.fixtures.radio import Icecast, Studio, ffmpeg, free_port
from tests.fixtures.skips import needs
from tests.sound import RATE, Sound, decoded, heard
from wire.messages import AfterInterruption, Outcome, PlannedAiring, Reason, Relay, Together

pytestmark = [pytest.mark.slow, needs("icecast2", "mpv", "pulseaudio", "parec")]

ALIKE = 0.6
"""A lossy form keeps the shape to 0.9, less across the seam of a loop; another noise has hardly a tenth of it."""
SECOND = timedelta(seconds=1)
FILES = {"item": 1, "filler": 2, "siren": 9}
Play = Callable[[SmallBox], Coroutine[None, None, None]]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    folder.chmod(0o777)
    for seed, (name, seconds) in enumerate((("radio", 20), ("item", 12), ("filler", 3), ("siren", 2)), start=1):
        source = f"anoisesrc=d={seconds}:c=pink:a=0.5:seed={seed}:r=48000,highpass=300,lowpass=6000"
        ffmpeg("-f", "lavfi", "-i", source, "-ac", "1", str(folder / f"{name}.wav"))
    return folder


@pytest.fixture(scope="module")
def radio(sounds: Path) -> Iterator[str]:
    """The address of a radio that has been on the air for a while."""
    with Icecast() as icecast, Studio(icecast, "song", sounds / "radio.wav"):
        time.sleep(4)
        yield icecast.url("song")


def audio(sounds: Path) -> dict[str, Path]:
    return {recording(number).sha256: sounds / f"{name}.wav" for name, number in FILES.items()}


def station_time(at_monotonic: float) -> datetime:
    return datetime.fromtimestamp(time.time() + at_monotonic - time.monotonic(), UTC)


def play(directory: Path, players: tuple[Player, ...], scene: Play, *, sounds: Path, by: str = "ffmpeg") -> None:
    opening = by_mpv("mpv") if by == "mpv" else by_ffmpeg(imageio_ffmpeg.get_ffmpeg_exe())

    async def whole() -> None:
        async with SmallBox(directory, players, audio=audio(sounds), opening=opening).running() as box:
            await scene(box)

    asyncio.run(whole())


def wav_players(directory: Path) -> tuple[Player, ...]:
    return tuple(WavPlayer(directory, station_time=station_time) for _ in range(2))


def stretches(directory: Path) -> list[tuple[datetime, Sound]]:
    """What the WAV player wrote, oldest first: the instant of the first sample, and the samples."""
    found = [(json.loads(path.with_suffix(".json").read_text()), path) for path in sorted(directory.glob("*Z.wav"))]
    return [(datetime.fromisoformat(meta["first_frame_at"]), heard(path)) for meta, path in found]


def original(sounds: Path, name: str) -> Sound:
    once = decoded((sounds / f"{name}.wav").read_bytes())
    return np.concatenate([once, once])


def alike(sound: Sound, name: str, sounds: Path, *, at_s: float) -> float:
    return find(sound[round(at_s * RATE) : round((at_s + 0.5) * RATE)], original(sounds, name))[1]


def relay(*urls: str, in_s: float = 3.5, seconds: float = 5.0, **fields: object) -> PlannedAiring:
    filler = recording(FILES["filler"], duration_ms=3000)
    stream = Relay(urls=urls, duration_ms=round(seconds * 1000), silence_ms=2_000, filler=filler)
    return airing("tiep-song", datetime.now(UTC) + in_s * SECOND, recording=None, relay=stream, **fields)


def test_relay_begins_at_its_instant_and_ends_to_the_sample(tmp_path: Path, radio: str, sounds: Path) -> None:
    planned = relay(radio)

    async def scene(box: SmallBox) -> None:
        box.plan = plan(planned)
        box.changed()
        await asyncio.sleep(5)
        assert box.stage.source == radio
        (report,) = await box.until_reported(1)
        assert (report.outcome, report.reason, report.detail) == (Outcome.PLAYED, None, None)
        assert report.played_ms == pytest.approx(5_000, abs=30)
        (stretch,) = report.stretches
        assert (stretch.source, stretch.ended_by) == (radio, None)
        assert stretch.from_ms == pytest.approx((stretch.started_at - planned.start_at) / SECOND * 1000, abs=1)
        assert abs(stretch.started_at - planned.start_at) < 0.02 * SECOND
        assert abs(stretch.ended_at - planned.start_at - 5 * SECOND) < 0.03 * SECOND

    play(tmp_path, wav_players(tmp_path), scene, sounds=sounds)

    ((begun_at, sound),) = stretches(tmp_path)
    assert abs(begun_at - planned.start_at) < 0.02 * SECOND
    ended_at = begun_at + timedelta(seconds=len(sound) / RATE)
    assert abs(ended_at - planned.start_at - 5 * SECOND) < 0.002 * SECOND
    assert np.abs(sound[-24:]).max() < 0.02
    assert alike(sound, "radio", sounds, at_s=0.3) > ALIKE
    assert alike(sound, "radio", sounds, at_s=4.3) > ALIKE


def test_relay_goes_on_with_what_is_on_the_air_after_an_alert(tmp_path: Path, radio: str, sounds: Path) -> None:
    planned = relay(radio, in_s=3.2, seconds=12)
    warning = recording(FILES["siren"], duration_ms=2000)

    async def scene(box: SmallBox) -> None:
        box.plan = plan(planned)
        box.changed()
        await asyncio.sleep(5.2)
        box.alerts = (alert("lu", datetime.now(UTC), recording=warning, times=1),)
        box.changed()
        reports = await box.until_reported(2)
        (report,) = [r for r in reports if r.airing_id is not None]
        first, second = report.stretches
        assert (first.ended_by, second.ended_by) == (Reason.ALERT, None)
        assert (first.source, second.source) == (radio, radio)
        assert second.from_ms == pytest.approx((second.started_at - planned.start_at) / SECOND * 1000, abs=2)
        assert report.interruptions == 1
        expected_ms = sum((s.ended_at - s.started_at) / SECOND * 1000 for s in report.stretches)
        assert report.played_ms == pytest.approx(expected_ms, abs=30)
        assert report.outcome is (Outcome.PLAYED if expected_ms >= 0.8 * 12_000 else Outcome.INTERRUPTED)

    play(tmp_path, wav_players(tmp_path), scene, sounds=sounds)

    (begun_at, before), (_, between), (again_at, after) = stretches(tmp_path)
    assert alike(between, "siren", sounds, at_s=0.5) > ALIKE
    at_first, at_last = (
        find(sound[round(s * RATE) : round((s + 0.5) * RATE)], original(sounds, "radio"))[0]
        for sound, s in ((before, 0.5), (after, 0.5))
    )
    passed_s = (again_at - begun_at) / SECOND
    drifted_s = (at_last - at_first - passed_s + 10) % 20 - 10
    assert abs(drifted_s) < 5, "it did not come in with what is on the air"
    ended_at = again_at + timedelta(seconds=len(after) / RATE)
    assert abs(ended_at - planned.start_at - 12 * SECOND) < 0.003 * SECOND


def test_relay_of_dead_sources_sounds_the_filler_and_is_not_called_played(tmp_path: Path, sounds: Path) -> None:
    dead = f"http://127.0.0.1:{free_port()}/dai"
    planned = relay(dead, seconds=6)

    async def scene(box: SmallBox) -> None:
        box.plan = plan(planned)
        box.changed()
        await asyncio.sleep(7)
        assert box.stage.active is not None
        assert box.stage.source is None
        (report,) = await box.until_reported(1)
        assert (report.outcome, report.reason) == (Outcome.FAILED, Reason.RELAY_DEAD)
        assert report.detail == f"nguồn {dead}: máy chủ từ chối kết nối"
        assert report.played_ms == 0
        assert {stretch.source for stretch in report.stretches} == {None}

    play(tmp_path, wav_players(tmp_path), scene, sounds=sounds)

    ((_, sound),) = stretches(tmp_path)
    assert len(sound) / RATE == pytest.approx(6, abs=0.01)
    assert alike(sound, "filler", sounds, at_s=4.0) > ALIKE


def test_silent_player_tells_the_same_story(tmp_path: Path, radio: str, sounds: Path) -> None:
    planned = relay(f"http://127.0.0.1:{free_port()}/dai", radio, seconds=4)

    async def scene(box: SmallBox) -> None:
        box.plan = plan(planned)
        box.changed()
        (report,) = await box.until_reported(1)
        assert report.outcome is Outcome.PLAYED
        assert "từ chối kết nối" in (report.detail or "")
        assert [stretch.source for stretch in report.stretches] == [radio]
        assert report.played_ms == pytest.approx(4_000, abs=120)

    play(tmp_path, (NullPlayer(), NullPlayer()), scene, sounds=sounds)


def unison(*, began_s_ago: float, **fields: object) -> PlannedAiring:
    return airing(
        "cung-luc", datetime.now(UTC) - began_s_ago * SECOND, recording=recording(FILES["item"], duration_ms=12_000),
        together=Together.UNISON, **fields,
    )  # fmt: skip


@pytest.mark.parametrize("slow_writes", [0, 1])
def test_late_box_in_unison_joins_at_the_right_sample(tmp_path: Path, sounds: Path, slow_writes: int) -> None:
    planned = unison(began_s_ago=2.3)

    async def scene(box: SmallBox) -> None:
        box.slow_writes = slow_writes
        box.plan = plan(planned)
        box.changed()
        (report,) = await box.until_reported(1)
        assert report.outcome is Outcome.PLAYED
        (stretch,) = report.stretches
        assert (stretch.started_at - planned.start_at) / SECOND * 1000 == pytest.approx(stretch.from_ms, abs=2)

    play(tmp_path, wav_players(tmp_path), scene, sounds=sounds)

    ((begun_at, sound),) = stretches(tmp_path)
    at_s, likeness = find(sound[:RATE], decoded((sounds / "item.wav").read_bytes()))
    assert likeness > 0.99
    assert abs(at_s - (begun_at - planned.start_at) / SECOND) < 0.0005


def test_box_whose_card_is_always_slow_is_not_silent_for_it(tmp_path: Path, sounds: Path) -> None:
    planned = unison(began_s_ago=0.5)

    async def scene(box: SmallBox) -> None:
        box.slow_writes = 100
        box.plan = plan(planned)
        box.changed()
        await box.until_reported(1)

    play(tmp_path, wav_players(tmp_path), scene, sounds=sounds)

    assert len(stretches(tmp_path)) == 1


def test_box_in_unison_joins_in_step_after_an_alert(tmp_path: Path, sounds: Path) -> None:
    planned = unison(began_s_ago=-0.8, after_interruption=AfterInterruption.RESTART)
    warning = recording(FILES["siren"], duration_ms=2000)

    async def scene(box: SmallBox) -> None:
        box.plan = plan(planned)
        box.changed()
        await asyncio.sleep(2.5)
        box.alerts = (alert("lu", datetime.now(UTC), recording=warning, times=1),)
        box.changed()
        reports = await box.until_reported(2)
        (report,) = [r for r in reports if r.airing_id is not None]
        assert (report.outcome, report.interruptions) == (Outcome.PLAYED, 1)
        assert [stretch.ended_by for stretch in report.stretches] == [Reason.ALERT, None]

    play(tmp_path, wav_players(tmp_path), scene, sounds=sounds)

    (first_at, first), _, (last_at, last) = stretches(tmp_path)
    for begun_at, sound in ((first_at, first), (last_at, last)):
        at_s, likeness = find(sound[: RATE // 2], decoded((sounds / "item.wav").read_bytes()))
        assert likeness > 0.99
        assert abs(at_s - (begun_at - planned.start_at) / SECOND) < 0.02


# -- through a real sink -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PulseServer, Recording]]:
    with PulseServer(tmp_path_factory.mktemp("pulse")) as server, Recording(server) as tape:
        yield server, tape


def mpv_players(server: PulseServer) -> tuple[Player, ...]:
    settings = MpvSettings(device="pulse/sink", pulse_server=server.address)
    return tuple(MpvPlayer(settings, name=f"mpv-{n}") for n in (1, 2))


def monotonic_of(instant: datetime) -> float:
    return time.monotonic() + instant.timestamp() - time.time()


def test_mpv_in_unison_joins_within_ten_milliseconds(
    tmp_path: Path, sounds: Path, sink: tuple[PulseServer, Recording]
) -> None:
    server, tape = sink
    players = mpv_players(server)
    planned = unison(began_s_ago=1.6)

    async def scene(box: SmallBox) -> None:
        await asyncio.gather(*(player.check() for player in players))  # as in a box that has been up for a while
        box.plan = plan(planned)
        box.changed()
        await box.until_reported(1)

    play(tmp_path, players, scene, sounds=sounds)

    began = monotonic_of(planned.start_at)
    sound = tape.between(began + 8.0, began + 9.0)
    at_s, likeness = find(sound, decoded((sounds / "item.wav").read_bytes()))
    assert likeness > 0.9
    assert abs(at_s - 8.0) < 0.010


@pytest.mark.parametrize("by", ["ffmpeg", "mpv"])
def test_relay_through_mpv_sounds_for_its_slot(
    by: str, tmp_path: Path, radio: str, sounds: Path, sink: tuple[PulseServer, Recording]
) -> None:
    server, tape = sink
    players = mpv_players(server)
    planned: list[PlannedAiring] = []

    async def scene(box: SmallBox) -> None:
        await asyncio.gather(*(player.check() for player in players))
        planned.append(relay(radio, seconds=4))
        box.plan = plan(*planned)
        box.changed()
        (report,) = await box.until_reported(1)
        assert report.outcome is Outcome.PLAYED
        assert abs(report.start_error_ms or 0.0) < 100  # how exact a start is, the benchmark measures in peace

    play(tmp_path, players, scene, sounds=sounds, by=by)

    began = monotonic_of(planned[0].start_at)
    sound = tape.between(began - 0.5, began + 5.0)
    loud = np.abs(sound) > 0.005
    assert not loud[: round(0.45 * RATE)].any()
    assert loud[round(0.5 * RATE) : round(0.7 * RATE)].any()
    assert alike(sound, "radio", sounds, at_s=1.0) > ALIKE
    assert alike(sound, "radio", sounds, at_s=3.9) > ALIKE
    assert not loud[round(4.75 * RATE) :].any()


def test_relay_through_mpv_gives_way_to_an_alert_and_comes_back(
    tmp_path: Path, radio: str, sounds: Path, sink: tuple[PulseServer, Recording]
) -> None:
    server, tape = sink
    players = mpv_players(server)
    warning = recording(FILES["siren"], duration_ms=2000)
    alerted_at: list[float] = []

    async def scene(box: SmallBox) -> None:
        await asyncio.gather(*(player.check() for player in players))
        planned = relay(radio, in_s=3.2, seconds=14)
        box.plan = plan(planned)
        box.changed()
        await asyncio.sleep(5.5)
        alerted_at.append(time.monotonic())
        box.alerts = (alert("lu", datetime.now(UTC), recording=warning, times=1),)
        box.changed()
        reports = await box.until_reported(2)
        (report,) = [r for r in reports if r.airing_id is not None]
        assert [s.ended_by for s in report.stretches] == [Reason.ALERT, None]
        assert abs(report.stretches[-1].ended_at - planned.start_at - 14 * SECOND) < 0.1 * SECOND

    play(tmp_path, players, scene, sounds=sounds, by="mpv")

    during = tape.between(alerted_at[0] + 1.0, alerted_at[0] + 1.6)
    assert find(during, original(sounds, "siren"))[1] > ALIKE
    after = tape.between(alerted_at[0] + 7.5, alerted_at[0] + 8.1)
    assert find(after, original(sounds, "radio"))[1] > ALIKE


def test_everything_is_given_back(tmp_path: Path, radio: str, sounds: Path) -> None:
    async def scene(box: SmallBox) -> None:
        box.plan = plan(relay(radio, seconds=3))
        box.changed()
        await box.until_reported(1)

    play(tmp_path, wav_players(tmp_path), scene, sounds=sounds)

    assert not {thread.name for thread in threading.enumerate()} & {"relay", "tap", "tap-words", "pouring", "wav"}
    assert not list(tmp_path.glob("*.part"))
