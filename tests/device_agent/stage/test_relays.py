"""Relays and boxes in unison, from the plan to the sound and the report, with a real Icecast."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from device_agent.sound.null import NullPlayer
from tests.device_agent.sound.pulse import find
from tests.device_agent.stage.relays import (
    ALIKE,
    FILES,
    ITEM_S,
    LATE_ON_A_BUSY_MACHINE,
    MS,
    SECOND,
    alike,
    original,
    play,
    relay,
    stretches,
    unison,
    until_it_sounds,
    wav_players,
)
from tests.fakes.box_sim import alert, plan, recording
from tests.fakes.box_small import SmallBox
from tests.fixtures.radio import free_port
from tests.fixtures.skips import needs
from tests.sound import RATE, decoded
from wire.messages import AfterInterruption, Outcome, Reason

pytestmark = [pytest.mark.slow, pytest.mark.timing, needs("icecast2")]

Scene = Callable[[Path, str, Path], None]
SCENES: dict[str, Scene] = {}


def at_once(scene: Scene) -> Scene:
    """Have this be a test of its own: with a folder, the radio's address, and the folder of the sounds."""
    SCENES[scene.__name__] = scene
    return scene


@at_once
def relay_begins_at_its_instant_and_ends_to_the_sample(tmp_path: Path, radio: str, sounds: Path) -> None:
    planned = relay(radio)

    async def scene(box: SmallBox) -> None:
        box.plan = plan(planned)
        box.changed()
        await until_it_sounds(box)
        await asyncio.sleep(2.0)
        assert box.stage.source == radio
        (report,) = await box.until_reported(1)
        assert (report.outcome, report.reason, report.detail) == (Outcome.PLAYED, None, None)
        (stretch,) = report.stretches
        assert report.played_ms == pytest.approx((planned.start_at + 5 * SECOND - stretch.started_at) / MS, abs=30)
        assert (stretch.source, stretch.ended_by) == (radio, None)
        assert stretch.from_ms == pytest.approx(max(0.0, (stretch.started_at - planned.start_at) / MS), abs=1)
        assert abs(stretch.started_at - planned.start_at) < LATE_ON_A_BUSY_MACHINE
        assert abs(stretch.ended_at - planned.start_at - 5 * SECOND) < 0.03 * SECOND

    play(tmp_path, wav_players(tmp_path), scene, sounds=sounds)

    ((begun_at, sound),) = stretches(tmp_path)
    assert abs(begun_at - planned.start_at) < LATE_ON_A_BUSY_MACHINE
    ended_at = begun_at + timedelta(seconds=len(sound) / RATE)
    assert abs(ended_at - planned.start_at - 5 * SECOND) < 0.002 * SECOND
    assert np.abs(sound[-24:]).max() < 0.02
    assert alike(sound, "radio", sounds, at_s=1.0) > ALIKE
    assert alike(sound, "radio", sounds, at_s=4.0) > ALIKE


@at_once
def relay_goes_on_with_what_is_on_the_air_after_an_alert(tmp_path: Path, radio: str, sounds: Path) -> None:
    planned = relay(radio, in_s=4.0, seconds=11)
    warning = recording(FILES["siren"], duration_ms=2000)

    async def scene(box: SmallBox) -> None:
        box.plan = plan(planned)
        box.changed()
        await until_it_sounds(box)
        await asyncio.sleep(2.0)
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
        assert report.outcome is (Outcome.PLAYED if expected_ms >= 0.8 * 11_000 else Outcome.INTERRUPTED)

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
    assert abs(ended_at - planned.start_at - 11 * SECOND) < 0.003 * SECOND


@at_once
def relay_of_dead_sources_sounds_the_filler_and_is_not_called_played(tmp_path: Path, radio: str, sounds: Path) -> None:
    dead = f"http://127.0.0.1:{free_port()}/dai"
    planned = relay(dead, seconds=6)

    async def scene(box: SmallBox) -> None:
        box.plan = plan(planned)
        box.changed()
        await until_it_sounds(box)
        await asyncio.sleep(3.0)
        assert box.stage.active is not None
        assert box.stage.source is None
        (report,) = await box.until_reported(1)
        assert (report.outcome, report.reason) == (Outcome.FAILED, Reason.RELAY_DEAD)
        assert report.detail == f"nguồn {dead}: máy chủ từ chối kết nối"
        assert report.played_ms == 0
        assert {stretch.source for stretch in report.stretches} == {None}

    play(tmp_path, wav_players(tmp_path), scene, sounds=sounds)

    ((begun_at, sound),) = stretches(tmp_path)
    ended_at = begun_at + timedelta(seconds=len(sound) / RATE)
    assert abs(ended_at - planned.start_at - 6 * SECOND) < 0.01 * SECOND
    assert alike(sound, "filler", sounds, at_s=4.0) > ALIKE


@at_once
def silent_player_tells_the_same_story(tmp_path: Path, radio: str, sounds: Path) -> None:
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


@at_once
def late_box_in_unison_joins_at_the_right_sample(tmp_path: Path, radio: str, sounds: Path) -> None:
    join_late(tmp_path, sounds, slow_writes=0)


@at_once
def late_box_with_a_slow_card_joins_at_the_right_sample(tmp_path: Path, radio: str, sounds: Path) -> None:
    join_late(tmp_path, sounds, slow_writes=1)


def join_late(tmp_path: Path, sounds: Path, *, slow_writes: int) -> None:
    planned = unison(began_s_ago=2.3)

    async def scene(box: SmallBox) -> None:
        box.slow_writes = slow_writes
        box.plan = plan(planned)
        box.changed()
        (report,) = await box.until_reported(1)
        assert report.outcome is Outcome.PLAYED
        (stretch,) = report.stretches
        assert report.played_ms == pytest.approx(1000 * ITEM_S - stretch.from_ms, abs=120)
        assert (stretch.started_at - planned.start_at) / SECOND * 1000 == pytest.approx(stretch.from_ms, abs=2)

    play(tmp_path, wav_players(tmp_path), scene, sounds=sounds)

    ((begun_at, sound),) = stretches(tmp_path)
    at_s, likeness = find(sound[:RATE], decoded((sounds / "item.wav").read_bytes()))
    assert likeness > 0.99
    assert abs(at_s - (begun_at - planned.start_at) / SECOND) < 0.0005


@at_once
def box_whose_card_is_always_slow_is_not_silent_for_it(tmp_path: Path, radio: str, sounds: Path) -> None:
    planned = unison(began_s_ago=0.5)

    async def scene(box: SmallBox) -> None:
        box.slow_writes = 100
        box.plan = plan(planned)
        box.changed()
        await box.until_reported(1)

    play(tmp_path, wav_players(tmp_path), scene, sounds=sounds)

    assert len(stretches(tmp_path)) == 1


@at_once
def box_in_unison_joins_in_step_after_an_alert(tmp_path: Path, radio: str, sounds: Path) -> None:
    planned = unison(began_s_ago=-0.8, after_interruption=AfterInterruption.RESTART)
    warning = recording(FILES["siren"], duration_ms=2000)

    async def scene(box: SmallBox) -> None:
        box.plan = plan(planned)
        box.changed()
        await until_it_sounds(box)
        await asyncio.sleep(1.5)
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


# -- all of these at once ----------------------------------------------------------------------------------------------

Evening = dict[str, "Future[None]"]


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory, radio: str, sounds: Path) -> Iterator[Evening]:
    """Play every scene above at the same time, each in a box of its own: they wait most of the while."""
    with ThreadPoolExecutor(len(SCENES)) as hands:
        yield {
            name: hands.submit(scene, tmp_path_factory.mktemp("scene"), radio, sounds)
            for name, scene in SCENES.items()
        }  # fmt: skip


@pytest.mark.parametrize("scene", SCENES)
def test_box(scene: str, evening: Evening) -> None:
    evening[scene].result()


def test_everything_is_given_back(tmp_path: Path, radio: str, sounds: Path, evening: Evening) -> None:
    wait(evening.values())

    async def scene(box: SmallBox) -> None:
        box.plan = plan(relay(radio, seconds=3))
        box.changed()
        await box.until_reported(1)

    play(tmp_path, wav_players(tmp_path), scene, sounds=sounds)

    assert not {thread.name for thread in threading.enumerate()} & {"relay", "tap", "tap-words", "pouring", "wav"}
    assert not list(tmp_path.glob("*.part"))
