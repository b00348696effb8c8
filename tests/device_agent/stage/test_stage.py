"""The stage does what playout decided and books what really happened, also when player or disk fail."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from device_agent.booking import Books
from device_agent.journal.journal import Journal
from device_agent.journal.rows import JournalError
from device_agent.playout.conclusions import Final
from device_agent.playout.values import Conclude, Prepare, Rank, Release, Sound, SoundKey, Start, Stop
from device_agent.sound.port import EndedWhy, SoundError, UnreadableSound
from device_agent.stage.stage import Stage
from device_agent.timekeeper import SystemClock, Timekeeper
from tests.fakes.box_player import FakePlayer
from tests.fakes.box_sim import airing, alert, recording
from wire.messages import LiveAlert, Outcome, PlannedAiring, PlaybackReport, Reason, Stretch

T = TypeVar("T")


class Rig:
    """A stage with two fake decks and a real journal; the system clock is the station's."""

    def __init__(self, directory: Path, group: asyncio.TaskGroup) -> None:
        self.journal = Journal(directory / "journal.db")
        self.disk_fault: JournalError | None = None
        self.changes = 0
        self.spoilt: set[str] = set()
        clock = SystemClock(unix_s=0, error_ms=1.0)
        self.timekeeper = Timekeeper(
            monotonic=time.monotonic, system=lambda: SystemClock(unix_s=time.time(), error_ms=clock.error_ms)
        )
        self.books = Books(self.journal, on_disk=self._on_disk, reported=lambda: None)
        self.decks = (FakePlayer(), FakePlayer())
        self.spawn: Callable[[Coroutine[None, None, None]], asyncio.Task[None]] = group.create_task
        self.stage = Stage(
            self.decks, books=self.books, timekeeper=self.timekeeper, path_of=lambda sha256: directory / sha256,
            is_intact=self._is_intact, changed=self.changed, spawn=self.spawn,
        )  # fmt: skip

    def changed(self) -> None:
        self.changes += 1

    async def _is_intact(self, sha256: str) -> bool:
        return sha256 not in self.spoilt

    async def _on_disk(self, call: Callable[[], T], /) -> T:
        await asyncio.sleep(0)
        if self.disk_fault is not None:
            raise self.disk_fault
        return call()

    def reports(self) -> list[PlaybackReport]:
        return list(self.journal.unacknowledged())

    def outcomes(self) -> list[tuple[Outcome, Reason | None]]:
        return [(report.outcome, report.reason) for report in self.reports()]

    async def held(self, sound: Sound) -> None:
        await self.stage.perform([Prepare(sound=sound)])
        await until(lambda: sound.key in self.stage.held)

    async def sounding(self, sound: Sound) -> FakePlayer:
        await self.held(sound)
        await self.stage.perform([Start(sound=sound, at=now())])
        await until(lambda: self.stage.active is not None and self.stage.active.started_at is not None)
        return next(deck for deck in self.decks if deck.began_at is not None)

    async def silent(self) -> None:
        await until(lambda: self.stage.active is None)


def now() -> datetime:
    return datetime.now(UTC)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


def sound_of(planned: PlannedAiring) -> Sound:
    return Sound(
        key=SoundKey(f"airing/{planned.airing_id}/0"), rank=Rank.ORDINARY, recording=planned.recording.sha256,
        gain_db=0, airing=planned,
    )  # fmt: skip


def sound_of_alert(live: LiveAlert, play: int = 0) -> Sound:
    return Sound(
        key=SoundKey(f"alert/{live.alert_id}/1/0.{play}"), rank=Rank.ALERT_ACTUAL, recording=recording(9).sha256,
        gain_db=0, alert=live,
    )  # fmt: skip


def scene(directory: Path, play: Callable[[Rig], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.TaskGroup() as group:
            rig = Rig(directory, group)
            await play(rig)
            await rig.stage.silence(Reason.POWER_LOST)
            rig.journal.close()

    asyncio.run(whole())


@pytest.fixture
def planned() -> PlannedAiring:
    return airing("a", now(), recording=recording(1, duration_ms=10_000))


Scene = Callable[[Rig], Coroutine[None, None, None]]


def test_a_sound_that_ends_by_itself_was_played(tmp_path: Path, planned: PlannedAiring) -> None:
    async def play(rig: Rig) -> None:
        deck = await rig.sounding(sound_of(planned))
        deck.finish(10_000)
        await rig.silent()
        (report,) = rig.reports()
        assert (report.outcome, report.played_ms, report.airing_id) == (Outcome.PLAYED, 10_000, "a")
        assert report.start_error_ms is not None
        assert report.started_at is not None

    scene(tmp_path, play)


def test_a_sound_that_ends_far_too_early_was_not_played(tmp_path: Path, planned: PlannedAiring) -> None:
    async def play(rig: Rig) -> None:
        deck = await rig.sounding(sound_of(planned))
        deck.finish(3_000)
        await rig.silent()
        assert rig.outcomes() == [(Outcome.FAILED, Reason.AUDIO_BROKEN)]

    scene(tmp_path, play)


def test_the_start_is_in_the_journal_before_the_first_sample(tmp_path: Path, planned: PlannedAiring) -> None:
    async def play(rig: Rig) -> None:
        await rig.held(sound_of(planned))
        await rig.stage.perform([Start(sound=sound_of(planned), at=now() + timedelta(milliseconds=200))])
        await until(lambda: Journal(tmp_path / "journal.db").recover(detail="") == 1)
        assert all(deck.began_at is None for deck in rig.decks)

    scene(tmp_path, play)


@pytest.mark.parametrize(
    ("why", "reason"), [(EndedWhy.FAILED, Reason.SOUND_DEVICE), (EndedWhy.BROKEN, Reason.AUDIO_BROKEN)]
)
def test_what_fails_under_way_fails_the_airing_with_its_reason(
    tmp_path: Path, planned: PlannedAiring, why: EndedWhy, reason: Reason
) -> None:
    async def play(rig: Rig) -> None:
        deck = await rig.sounding(sound_of(planned))
        deck.fail("it is gone", why=why)
        await rig.silent()
        (report,) = rig.reports()
        assert (report.outcome, report.reason, report.detail) == (Outcome.FAILED, reason, "it is gone")

    scene(tmp_path, play)


def test_a_device_that_is_away_is_tried_again_and_an_unreadable_file_is_not(
    tmp_path: Path, planned: PlannedAiring
) -> None:
    async def play(rig: Rig) -> None:
        sound = sound_of(planned)
        for fault, retried in ((SoundError("no card"), True), (UnreadableSound("no audio"), False)):
            rig.decks[0].prepare_fault = fault
            await rig.stage.perform([Prepare(sound=sound)])
            await until(lambda: sound.key in rig.stage.failures and not rig.stage.preparing)
            assert (rig.stage.failures.pop(sound.key).retry_at is not None) is retried
        assert rig.reports() == []

    scene(tmp_path, play)


def test_a_start_that_failed_leaves_the_airing_free_to_be_tried_again(tmp_path: Path, planned: PlannedAiring) -> None:
    async def play(rig: Rig) -> None:
        await rig.held(sound_of(planned))
        rig.decks[0].start_fault = SoundError("busy")
        await rig.stage.perform([Start(sound=sound_of(planned), at=now())])
        await until(lambda: rig.stage.failures)
        await rig.silent()
        assert rig.journal.recover(detail="") == 0
        deck = await rig.sounding(sound_of(planned))
        deck.finish(10_000)
        await rig.silent()
        assert rig.outcomes() == [(Outcome.PLAYED, None)]

    scene(tmp_path, play)


def test_a_withdrawn_sound_that_had_not_begun_leaves_no_trace(tmp_path: Path, planned: PlannedAiring) -> None:
    async def play(rig: Rig) -> None:
        sound = sound_of(planned)
        await rig.held(sound)
        await rig.stage.perform([Start(sound=sound, at=now() + timedelta(seconds=5))])
        await asyncio.sleep(0.05)
        await rig.stage.perform([Stop(key=sound.key, reason=Reason.WITHDRAWN)])
        await rig.silent()
        assert rig.reports() == []
        assert rig.journal.recover(detail="") == 0

    scene(tmp_path, play)


def test_an_interrupted_sound_is_suspended_and_may_go_on(tmp_path: Path, planned: PlannedAiring) -> None:
    async def play(rig: Rig) -> None:
        sound = sound_of(planned)
        await rig.sounding(sound)
        await rig.stage.perform([Stop(key=sound.key, reason=Reason.ALERT)])
        await rig.silent()
        assert rig.journal.ledger.suspended["a"].position_ms == 100
        deck = await rig.sounding(sound)
        deck.finish(10_000)
        await rig.silent()
        (report,) = rig.reports()
        assert (report.outcome, report.interruptions) == (Outcome.PLAYED, 1)

    scene(tmp_path, play)


def test_what_is_released_while_it_is_being_prepared_frees_its_deck(tmp_path: Path, planned: PlannedAiring) -> None:
    async def play(rig: Rig) -> None:
        sound = sound_of(planned)
        rig.decks[0].ready.clear()
        await rig.stage.perform([Prepare(sound=sound)])
        assert rig.stage.preparing == {sound.key}
        await rig.stage.perform([Release(key=sound.key)])
        await until(lambda: "stop" in rig.decks[0].said)
        rig.decks[0].ready.set()
        await rig.held(sound)

    scene(tmp_path, play)


def test_the_next_sound_is_held_on_the_other_deck(tmp_path: Path, planned: PlannedAiring) -> None:
    async def play(rig: Rig) -> None:
        await rig.sounding(sound_of(planned))
        after = sound_of(airing("b", now()))
        await rig.held(after)
        await rig.stage.perform([Start(sound=after, at=now())])
        assert rig.stage.active is not None
        assert rig.stage.active.sound.airing == planned, "two sounds never overlap"

    scene(tmp_path, play)


def test_a_start_that_came_too_late_for_its_airing_is_given_up(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        over = airing("a", now() - timedelta(seconds=10), late_s=5)
        await rig.held(sound_of(over))
        await rig.stage.perform([Start(sound=sound_of(over), at=now())])
        await rig.silent()
        assert "start" not in rig.decks[0].said
        assert rig.stage.busy_until is None, "nothing had sounded"
        assert [failure.reason for failure in rig.stage.failures.values()] == [Reason.DISK]

    scene(tmp_path, play)


def test_an_airing_whose_start_cannot_be_written_down_does_not_begin(tmp_path: Path, planned: PlannedAiring) -> None:
    async def play(rig: Rig) -> None:
        await rig.held(sound_of(planned))
        rig.disk_fault = JournalError("the card is read-only")
        await rig.stage.perform([Start(sound=sound_of(planned), at=now())])
        await rig.silent()
        assert "start" not in rig.decks[0].said
        assert [failure.reason for failure in rig.stage.failures.values()] == [Reason.DISK]
        rig.disk_fault = None

    scene(tmp_path, play)


def test_an_alert_sounds_even_when_nothing_can_be_written_down_and_is_booked_later(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        live = alert("flood", now(), times=1)
        rig.disk_fault = JournalError("the card is read-only")
        deck = await rig.sounding(sound_of_alert(live))
        deck.finish(10_000)
        await rig.silent()
        assert rig.books.ledger.alerts["flood", 1].rounds == 1, "it must not sound for ever"
        assert rig.books.is_behind
        rig.disk_fault = None
        await rig.books.catch_up()
        assert rig.outcomes() == [(Outcome.PLAYED, None)]
        assert not rig.books.is_behind

    scene(tmp_path, play)


def test_an_airing_whose_first_sample_could_not_be_written_down_is_reported_with_its_time(
    tmp_path: Path, planned: PlannedAiring
) -> None:
    async def play(rig: Rig) -> None:
        sound = sound_of(planned)
        sounded = Stretch(started_at=now(), ended_at=now() + timedelta(seconds=10))
        await rig.books.begin(sound, now=now())
        await rig.books.ended(
            sound, Final(outcome=Outcome.PLAYED), ended_at=sounded.ended_at, position_ms=10_000, stretches=(sounded,)
        )
        (report,) = rig.reports()
        assert report.started_at == sounded.started_at
        assert report.start_error_ms is not None

    scene(tmp_path, play)


def test_an_airing_that_ended_while_the_disk_refused_counts_at_once(tmp_path: Path, planned: PlannedAiring) -> None:
    async def play(rig: Rig) -> None:
        deck = await rig.sounding(sound_of(planned))
        rig.disk_fault = JournalError("the card is read-only")
        deck.finish(10_000)
        await rig.silent()
        assert rig.books.ledger.final == {"a"}
        rig.disk_fault = None
        await rig.books.catch_up()
        assert rig.outcomes() == [(Outcome.PLAYED, None)]

    scene(tmp_path, play)


def test_an_alert_is_reported_when_its_round_is_whole(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        live = alert("flood", now(), times=2)
        for number in range(2):
            deck = await rig.sounding(sound_of_alert(live, number))
            assert rig.reports() == []
            deck.finish(10_000)
            await rig.silent()
        (report,) = rig.reports()
        assert (report.alert_id, report.outcome, report.played_ms) == ("flood", Outcome.PLAYED, 20_000)

    scene(tmp_path, play)


def test_what_never_sounded_is_concluded_once(tmp_path: Path, planned: PlannedAiring) -> None:
    async def play(rig: Rig) -> None:
        missed = Conclude(airing=planned, outcome=Outcome.MISSED, reason=Reason.BUSY)
        await rig.stage.perform([missed, missed])
        assert rig.outcomes() == [(Outcome.MISSED, Reason.BUSY)]

    scene(tmp_path, play)


def test_silence_books_what_it_cut(tmp_path: Path, planned: PlannedAiring) -> None:
    async def play(rig: Rig) -> None:
        await rig.sounding(sound_of(planned))
        await rig.stage.silence(Reason.POWER_LOST)
        (report,) = rig.reports()
        assert (report.outcome, report.reason, report.played_ms) == (Outcome.INTERRUPTED, Reason.POWER_LOST, 100)

    scene(tmp_path, play)


def test_a_device_that_is_away_is_known_before_anything_must_sound_and_forgotten_once_it_sounds(
    tmp_path: Path, planned: PlannedAiring
) -> None:
    async def play(rig: Rig) -> None:
        rig.decks[0].check_fault = SoundError("no card")
        checking = asyncio.create_task(rig.stage.keep_checking())
        await until(lambda: "check" in rig.decks[1].said and not rig.stage.preparing)
        assert rig.stage.device_fault == "no card"
        checking.cancel()
        deck = await rig.sounding(sound_of(planned))
        assert rig.stage.device_fault is None
        deck.finish(10_000)
        await rig.silent()

    scene(tmp_path, play)


def test_a_file_that_the_card_has_spoilt_does_not_sound(tmp_path: Path, planned: PlannedAiring) -> None:
    async def play(rig: Rig) -> None:
        rig.spoilt.add(planned.recording.sha256)
        await rig.stage.perform([Prepare(sound=sound_of(planned))])
        await until(lambda: rig.changes and not rig.stage.preparing)
        assert rig.stage.held == frozenset()
        assert rig.decks[0].said == []

    scene(tmp_path, play)
