"""An alert on the stage: over what sounds, words told ahead of the siren's end, and no waiting for the disk."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from device_agent.playout.values import Part, Prepare, Rank, Sound, SoundKey, Start, Stop
from device_agent.sound.port import SoundError
from device_agent.stage.decks import Phase
from device_agent.stage.stage import Stage
from device_agent.timekeeper import Sample
from tests.device_agent.stage.test_stage import Rig, now, sound_of, sound_of_alert, until
from tests.fakes.box_player import FakePlayer
from tests.fakes.box_sim import airing, alert, recording
from wire.messages import Burst, LiveAlert, Outcome, Reason

T = TypeVar("T")
SIREN = (Burst(on_ms=200, off_ms=100, times=1),)


class AlarmRig(Rig):
    """A stage with a player for the siren; `disk_delay_s` is how long each write takes."""

    def __init__(self, directory: Path, group: asyncio.TaskGroup) -> None:
        super().__init__(directory, group)
        self.siren = FakePlayer()
        self.alarms = 0
        self.disk_delay_s = 0.0
        self.stage = Stage(
            self.decks, books=self.books, timekeeper=self.timekeeper, path_of=lambda sha256: directory / sha256,
            is_intact=self._is_intact, changed=self.changed, spawn=self.spawn, siren=self.siren, alarmed=self.alarmed,
        )  # fmt: skip

    def alarmed(self) -> None:
        self.alarms += 1

    async def _on_disk(self, call: Callable[[], T], /) -> T:
        await asyncio.sleep(self.disk_delay_s)
        return await super()._on_disk(call)

    async def standing_by(self) -> None:
        checking = asyncio.ensure_future(self.stage.keep_checking())
        deck = self.stage.standby.deck
        assert deck is not None
        await until(lambda: deck.phase is Phase.STANDING_BY)
        checking.cancel()


def scene(directory: Path, play: Callable[[AlarmRig], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.TaskGroup() as group:
            rig = AlarmRig(directory, group)
            await play(rig)
            await rig.stage.silence(Reason.POWER_LOST)
            rig.journal.close()

    asyncio.run(whole())


def siren_of(live: LiveAlert) -> Sound:
    return Sound(
        key=SoundKey(f"alert/{live.alert_id}/1/0.s0"), rank=Rank.ALERT_ACTUAL, recording="", gain_db=0.0, alert=live,
        part=Part.SIREN, siren=live.bursts,
    )  # fmt: skip


def words_of(live: LiveAlert) -> Sound:
    return replace(
        siren_of(live), key=SoundKey(f"alert/{live.alert_id}/1/0.0"), part=Part.SPEECH, siren=(),
        recording=recording(9).sha256,
    )  # fmt: skip


def test_the_siren_stands_by_and_takes_the_pattern_of_the_document_at_once(tmp_path: Path) -> None:
    async def play(rig: AlarmRig) -> None:
        await rig.standing_by()
        sound = siren_of(alert("flood", now(), siren=SIREN))
        await rig.stage.perform([Prepare(sound=sound)])
        assert sound.key in rig.stage.held, "in the same breath"
        assert rig.siren.said[-1] == "relabel flood"

    scene(tmp_path, play)


def test_the_siren_begins_over_a_programme_and_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    async def play(rig: AlarmRig) -> None:
        await rig.standing_by()
        deck = await rig.sounding(sound_of(airing("a", now())))
        rig.disk_delay_s = 0.5
        sound = siren_of(alert("flood", now(), siren=SIREN))
        await rig.stage.perform([Prepare(sound=sound), Start(sound=sound, at=now(), over=Reason.ALERT)])
        async with asyncio.timeout(0.2):
            await until(lambda: rig.siren.began_at is not None)
        assert rig.alarms == 1
        assert deck.said[-1] == "stop"
        assert [run.sound.key for run in rig.stage.leaving] == ["airing/a/0"]
        await until(lambda: "a" in rig.books.ledger.suspended)
        assert rig.books.ledger.suspended["a"].reason is Reason.ALERT

    scene(tmp_path, play)


def test_words_told_ahead_begin_when_the_siren_ends_and_the_round_is_one_report(tmp_path: Path) -> None:
    async def play(rig: AlarmRig) -> None:
        await rig.standing_by()
        live = alert("flood", now(), siren=SIREN, times=1)
        siren, words = siren_of(live), words_of(live)
        await rig.stage.perform([Prepare(sound=siren), Start(sound=siren, at=now())])
        await until(lambda: rig.stage.active is not None and rig.stage.active.started_at is not None)
        await rig.held(words)
        await rig.stage.perform([Start(sound=words, at=now() + timedelta(seconds=0.1))])
        assert rig.stage.following is not None
        rig.siren.finish(200)
        await until(lambda: rig.stage.active is not None and rig.stage.active.sound is words)
        speaking = next(deck for deck in rig.decks if deck.cue is not None)
        await until(lambda: speaking.began_at is not None)
        assert rig.books.ledger.alerts["flood", 1].sirens == 1
        speaking.finish(10_000)
        await rig.silent()
        (report,) = rig.reports()
        assert (report.outcome, report.alert_version, report.played_ms) == (Outcome.PLAYED, 1, 10_000)
        assert [stretch.ended_by for stretch in report.stretches] == [None, None]
        assert report.started_at == report.stretches[0].started_at

    scene(tmp_path, play)


def test_stopping_the_siren_stops_the_words_that_were_to_follow(tmp_path: Path) -> None:
    async def play(rig: AlarmRig) -> None:
        await rig.standing_by()
        live = alert("flood", now(), siren=SIREN)
        siren, words = siren_of(live), words_of(live)
        await rig.stage.perform([Prepare(sound=siren), Start(sound=siren, at=now())])
        await until(lambda: rig.siren.began_at is not None)
        await rig.held(words)
        await rig.stage.perform([Start(sound=words, at=now() + timedelta(seconds=0.3))])
        await rig.stage.perform([Stop(key=siren.key, reason=Reason.WITHDRAWN)])
        await until(lambda: rig.stage.active is None and rig.stage.following is None)
        await asyncio.sleep(0.4)
        assert all("start" not in deck.said for deck in rig.decks)
        assert rig.outcomes() == [(Outcome.INTERRUPTED, Reason.WITHDRAWN)]

    scene(tmp_path, play)


def test_the_siren_stands_by_again_after_it_has_sounded(tmp_path: Path) -> None:
    async def play(rig: AlarmRig) -> None:
        await rig.standing_by()
        sound = siren_of(alert("flood", now(), siren=SIREN))
        await rig.stage.perform([Prepare(sound=sound), Start(sound=sound, at=now())])
        await until(lambda: rig.siren.began_at is not None)
        rig.siren.finish(200)
        deck = rig.stage.standby.deck
        assert deck is not None
        await until(lambda: deck.phase is Phase.STANDING_BY)

    scene(tmp_path, play)


def test_a_siren_sounds_on_another_deck_while_its_own_is_broken(tmp_path: Path) -> None:
    async def play(rig: AlarmRig) -> None:
        rig.siren.prepare_fault = SoundError("no card")
        checking = asyncio.ensure_future(rig.stage.keep_checking())
        await until(lambda: rig.stage.device_fault == "no card")
        sound = siren_of(alert("flood", now(), siren=SIREN))
        await rig.held(sound)
        await rig.stage.perform([Start(sound=sound, at=now())])
        await until(lambda: any(deck.began_at is not None for deck in rig.decks))
        checking.cancel()

    scene(tmp_path, play)


def test_a_siren_that_cannot_start_is_a_failure_at_once(tmp_path: Path) -> None:
    async def play(rig: AlarmRig) -> None:
        await rig.standing_by()
        rig.siren.start_fault = SoundError("no card")
        sound = siren_of(alert("flood", now(), siren=SIREN))
        await rig.stage.perform([Prepare(sound=sound), Start(sound=sound, at=now())])
        await rig.silent()
        assert rig.stage.failures[sound.key].reason is Reason.SOUND_DEVICE
        assert rig.journal.recover(detail="x") == 0, "the start was taken back"

    scene(tmp_path, play)


def test_a_drill_has_no_siren_to_take() -> None:
    live = alert("drill", now(), status="Exercise", siren=SIREN)
    assert siren_of(live).siren == ()


def test_an_alert_that_sounds_while_the_time_becomes_known_is_dated_by_it(tmp_path: Path) -> None:
    async def play(rig: AlarmRig) -> None:
        began_at = now() + timedelta(hours=1)
        live = alert("flood", began_at, times=1)
        deck = await rig.sounding(sound_of_alert(live))
        hour_ahead = Sample(offset_s=time.time() + 3600 - time.monotonic(), error_ms=0.5, at_monotonic=time.monotonic())
        rig.timekeeper.remember(hour_ahead)
        assert rig.stage.active is not None
        assert rig.stage.active.started_at is not None
        assert abs(rig.stage.active.started_at - began_at) < timedelta(minutes=1)
        deck.finish(10_000)
        await rig.silent()
        (report,) = rig.reports()
        (stretch,) = report.stretches
        assert report.started_at == stretch.started_at
        assert report.started_at is not None
        assert report.ended_at is not None
        assert abs(report.started_at - began_at) < timedelta(minutes=1)
        assert report.started_at < report.ended_at < now() + timedelta(hours=2)
        assert report.start_error_ms is not None
        assert abs(report.start_error_ms) < 60_000

    scene(tmp_path, play)
