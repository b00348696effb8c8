"""Relays and boxes in unison through mpv and a real sink: what is recorded there is what was planned and told."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from device_agent.sound.mpv import MpvPlayer
from device_agent.sound.mpv_launch import MpvSettings
from device_agent.sound.port import Player
from tests.device_agent.sound.pulse import PulseServer, Recording, find
from tests.device_agent.stage.relays import (
    ALIKE,
    FILES,
    LATE_ON_A_BUSY_MACHINE,
    SECOND,
    original,
    play,
    relay,
    unison,
    until_it_sounds,
)
from tests.fakes.box_sim import alert, plan, recording
from tests.fakes.box_small import SmallBox
from tests.fixtures.skips import needs
from tests.sound import decoded
from wire.messages import PlaybackReport, Reason

pytestmark = [pytest.mark.slow, pytest.mark.timing, needs("icecast2", "mpv", "pulseaudio", "parec")]


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
    told: list[PlaybackReport] = []

    async def scene(box: SmallBox) -> None:
        await asyncio.gather(*(player.check() for player in players))  # as in a box that has been up for a while
        box.plan = plan(unison(began_s_ago=1.6))
        box.changed()
        told.extend(await box.until_reported(1))

    play(tmp_path, players, scene, sounds=sounds)

    (stretch,) = told[0].stretches
    began = monotonic_of(stretch.started_at)
    at_s, likeness = find(tape.between(began + 1.0, began + 1.5), decoded((sounds / "item.wav").read_bytes()))
    assert likeness > ALIKE
    # What it told of its own lateness on a busy machine is no error of where it is.
    assert abs(at_s - 1.0 - stretch.from_ms / 1000) < 0.010
    assert told[0].start_at is not None
    late = stretch.started_at - told[0].start_at - timedelta(milliseconds=stretch.from_ms)
    assert abs(late) < LATE_ON_A_BUSY_MACHINE


@pytest.mark.parametrize("by", ["ffmpeg", "mpv"])
def test_relay_through_mpv_sounds_for_its_slot(
    by: str, tmp_path: Path, radio: str, sounds: Path, sink: tuple[PulseServer, Recording]
) -> None:
    server, tape = sink
    players = mpv_players(server)
    told: list[PlaybackReport] = []

    async def scene(box: SmallBox) -> None:
        await asyncio.gather(*(player.check() for player in players))
        box.plan = plan(relay(radio, in_s=4.5, seconds=6))
        box.changed()
        told.extend(await box.until_reported(1))

    play(tmp_path, players, scene, sounds=sounds, by=by)

    (report,) = told
    assert report.start_at is not None
    # How exact a start is, and how soon a source comes, the benchmarks measure in peace; here the box's word counts.
    (stretch,) = report.stretches
    assert timedelta(0) <= stretch.started_at - report.start_at + LATE_ON_A_BUSY_MACHINE < 3 * SECOND
    slot, came = monotonic_of(report.start_at), monotonic_of(stretch.started_at)
    assert not (np.abs(tape.between(slot - 1.0, slot - 0.3)) > 0.005).any()
    assert (np.abs(tape.between(came, came + 0.5)) > 0.005).any()
    for at in (came + 0.5, slot + 5.3):
        assert find(tape.between(at, at + 0.5), original(sounds, "radio"))[1] > ALIKE
    assert not (np.abs(tape.between(slot + 6.5, slot + 7.0)) > 0.005).any()


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
        await until_it_sounds(box)
        await asyncio.sleep(2.0)
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
