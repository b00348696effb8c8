"""A box with an ear tells whether it is heard, and an ear of any kind never changes what sounds or when."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from device_agent.hearing.choose import NO_NUMPY
from device_agent.hearing.listener import Listener
from device_agent.hearing.nothing import NoEar
from device_agent.hearing.verdict import Hearing, Verdict
from device_agent.playout.values import Sound, Start, Stop
from device_agent.stage.witness import Witness
from tests.device_agent.stage.test_stage import Rig, now, scene, sound_of, sound_of_alert, until
from tests.fakes.box_sim import airing, alert, recording
from tests.fakes.ears import FakeEar
from tests.fakes.listeners import DeafError, FakeListener, hearing, last_word
from wire.messages import Outcome, PlaybackReport, Reason

HEARD, NOT_HEARD, UNSURE = hearing(Verdict.HEARD), hearing(Verdict.NOT_HEARD), hearing(Verdict.UNSURE)


@pytest.fixture
def sound() -> Sound:
    return sound_of(airing("a", now(), recording=recording(1, duration_ms=10_000)))


def with_ear(rig: Rig, listener: FakeListener | Listener | NoEar) -> Rig:
    """Give the stage an ear."""
    rig.stage.witness = Witness(
        listener,  # type: ignore[arg-type]  # the fake listens like the real one
        changed=rig.changed, spawn=rig.spawn,
    )  # fmt: skip
    return rig


def verdict(rig: Rig) -> str | None:
    return rig.stage.witness.heard.verdict if rig.stage.witness.heard is not None else None


async def played(rig: Rig, sound: Sound, *, when: Callable[[], object] = lambda: True) -> PlaybackReport:
    """Let it sound until `when`, then to its end; return the newest report."""
    deck = await rig.sounding(sound)
    await until(when)
    deck.finish(10_000)
    await rig.silent()
    return rig.reports()[-1]


def on_stage(tmp_path: Path, listener: FakeListener | NoEar, play: Callable[[Rig], Awaitable[None]]) -> None:
    scene(tmp_path, lambda rig: play(with_ear(rig, listener)))


@pytest.mark.parametrize("said", [HEARD, NOT_HEARD])
def test_the_verdict_is_told_while_it_sounds_and_stands_in_the_report(
    tmp_path: Path, sound: Sound, said: Hearing
) -> None:
    listener = FakeListener(said)

    async def play(rig: Rig) -> None:
        deck = await rig.sounding(sound)
        changes = rig.changes
        await until(lambda: verdict(rig) is not None)
        assert rig.changes >= changes
        assert verdict(rig) == said.verdict
        deck.finish(10_000)
        await rig.silent()
        (report,) = rig.reports()
        assert report.outcome is Outcome.PLAYED
        assert report.heard is not None
        assert report.heard.verdict == said.verdict
        assert verdict(rig) is None, "nothing sounds any more"

    on_stage(tmp_path, listener, play)
    (asked,) = listener.asked
    assert (asked.path, asked.duration_s, asked.from_ms) == (tmp_path / sound.recording, 10.0, 0)


def test_the_report_tells_of_the_whole_and_the_status_of_the_moment(tmp_path: Path, sound: Sound) -> None:
    died = hearing(Verdict.NOT_HEARD, whole=Verdict.HEARD)

    async def play(rig: Rig) -> None:
        report = await played(rig, sound, when=lambda: verdict(rig) == "not_heard")
        assert report.heard is not None
        assert report.heard.verdict == "heard"

    on_stage(tmp_path, FakeListener(HEARD, died), play)


def test_the_first_seconds_are_not_called_unsure(tmp_path: Path, sound: Sound) -> None:
    late = replace(UNSURE, at_s=11.0)
    listener = FakeListener(replace(UNSURE, at_s=1.0), failure=None)

    async def play(rig: Rig) -> None:
        await rig.sounding(sound)
        await until(lambda: listener.is_listening)
        await asyncio.sleep(0.02)
        assert verdict(rig) is None

    async def play_late(rig: Rig) -> None:
        report = await played(rig, sound, when=lambda: verdict(rig) == "unsure")
        assert report.heard is not None
        assert report.heard.verdict == "unsure"

    on_stage(tmp_path, listener, play)
    (tmp_path / "late").mkdir()
    on_stage(tmp_path / "late", FakeListener(late), play_late)


@pytest.mark.parametrize("failure", [DeafError(), RuntimeError("a bug")])
def test_an_ear_that_fails_is_told_and_claims_nothing(tmp_path: Path, sound: Sound, failure: Exception) -> None:
    async def play(rig: Rig) -> None:
        report = await played(rig, sound, when=lambda: rig.stage.witness.fault is not None)
        assert (report.outcome, report.heard) == (Outcome.PLAYED, None)
        assert str(failure) in (rig.stage.witness.fault or "")
        assert verdict(rig) is None

    on_stage(tmp_path, FakeListener(HEARD, failure=failure), play)


def test_an_ear_that_hears_again_is_no_longer_at_fault(tmp_path: Path, sound: Sound) -> None:
    async def play(rig: Rig) -> None:
        rig.stage.witness.fault = "micrô bị rút"
        await played(rig, sound, when=lambda: verdict(rig) == "heard")
        assert rig.stage.witness.fault is None

    on_stage(tmp_path, FakeListener(HEARD), play)


@pytest.mark.parametrize("said", [(), (HEARD,)])
def test_an_ear_that_hangs_delays_neither_the_report_nor_the_next_sound(
    tmp_path: Path, sound: Sound, said: tuple[Hearing, ...]
) -> None:
    listener = FakeListener(*said, hangs=True)

    async def play(rig: Rig) -> None:
        after = sound_of(airing("b", now(), recording=recording(2, duration_ms=10_000)))
        async with asyncio.timeout(1):
            report = await played(rig, sound, when=lambda: listener.is_listening)
            assert report.outcome is Outcome.PLAYED
            assert (await played(rig, after)).airing_id == "b"
        assert len(listener.asked) == 1, "the second waits for the ear, and its sound does not"

    on_stage(tmp_path, listener, play)
    assert not listener.is_listening


def test_an_alert_cuts_in_at_once_though_the_ear_hangs(tmp_path: Path, sound: Sound) -> None:
    live = alert("flood", now(), times=1)

    async def play(rig: Rig) -> None:
        await rig.sounding(sound)
        await rig.held(sound_of_alert(live))
        async with asyncio.timeout(0.5):
            await rig.stage.perform([Stop(key=sound.key, reason=Reason.ALERT)])
            await rig.silent()
            await rig.stage.perform([Start(sound=sound_of_alert(live), at=now())])
            await until(lambda: rig.stage.active is not None and rig.stage.active.started_at is not None)

    on_stage(tmp_path, FakeListener(HEARD, hangs=True), play)


def test_the_next_sound_is_judged_by_how_loud_the_last_was_heard(tmp_path: Path, sound: Sound) -> None:
    listener = FakeListener(HEARD, last=last_word(Verdict.HEARD, gain_db=-30.0))
    louder = replace(sound_of(airing("b", now(), recording=recording(2, duration_ms=10_000))), gain_db=6.0)

    async def play(rig: Rig) -> None:
        await played(rig, sound, when=lambda: verdict(rig) == "heard")
        await until(lambda: not listener.is_listening)
        await played(rig, louder, when=lambda: verdict(rig) == "heard")

    on_stage(tmp_path, listener, play)
    assert [asked.usual_gain_db for asked in listener.asked] == [None, -24.0]


@pytest.mark.parametrize("ear", [NoEar(), NoEar(NO_NUMPY, is_fault=True)])
def test_a_box_without_an_ear_says_nothing(tmp_path: Path, sound: Sound, ear: NoEar) -> None:
    async def play(rig: Rig) -> None:
        report = await played(rig, sound)
        assert (report.outcome, report.heard) == (Outcome.PLAYED, None)
        assert rig.stage.witness.fault == (NO_NUMPY if ear.is_fault else None)

    on_stage(tmp_path, ear, play)


def test_the_real_listener_fails_on_a_file_that_is_not_there_and_the_sound_goes_on(
    tmp_path: Path, sound: Sound
) -> None:
    listener = Listener(FakeEar([], rate=8_000), ffmpeg=lambda: "/nowhere/ffmpeg")

    async def play(rig: Rig) -> None:
        with_ear(rig, listener)
        report = await played(rig, sound, when=lambda: rig.stage.witness.fault is not None)
        assert (report.outcome, report.heard) == (Outcome.PLAYED, None)
        assert "không giải mã được" in (rig.stage.witness.fault or "")

    scene(tmp_path, play)
