"""What becomes of an airing that gives way when, at that very moment, it or what it gives way to is taken back."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from device_agent.audio_store import AudioStore
from device_agent.documents import Documents
from device_agent.inbox import Inbox, SealedPlan
from device_agent.obedience import Obedience
from device_agent.playout.decide import decide
from device_agent.playout.values import Prepare, Rank, Start
from tests.device_agent.playout.test_decide import at, box, heard
from tests.device_agent.stage.test_alarm import SIREN, AlarmRig, scene, siren_of
from tests.device_agent.stage.test_stage import now, sound_of, until
from tests.fakes.box_sim import airing, alert, plan
from wire import seal
from wire.messages import AfterInterruption, Outcome, PlannedAiring, Priority, Reason, Revision

T = TypeVar("T")
KEY = seal.new_key()


@pytest.mark.parametrize("trusted", [True, False])
def test_an_airing_withdrawn_while_it_fades_under_an_alert_is_reported_withdrawn(trusted: bool) -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10)), airing("b", at(12))))
    sim.advance(13)
    sim.alerts = (alert("flood", sim.now),)
    sim.advance(0.1)
    assert [run.sound.key for run in sim.moment().leaving] == ["airing/a/0/000000000000/+0.0"]
    sim.obey(plan(airing("b", at(12)), issued_at=sim.now))
    assert sim.final == {}
    sim.trust(trusted=trusted)
    sim.advance(1)
    assert sim.final == {"a": [(Outcome.INTERRUPTED, Reason.WITHDRAWN)]}
    assert sim.suspended == {}


def test_an_airing_withdrawn_while_it_fades_is_reported_though_another_plan_comes_at_once() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10))))
    sim.advance(13)
    sim.alerts = (alert("flood", sim.now),)
    for _ in range(3):
        sim.advance(0.05)
        sim.obey(plan(issued_at=sim.now))
    sim.advance(60)
    assert sim.final == {"a": [(Outcome.INTERRUPTED, Reason.WITHDRAWN)]}
    sim.obey(plan(issued_at=sim.now))
    assert sim.withdrawn == (), "forgotten when it is reported"


def test_an_airing_withdrawn_while_it_fades_goes_on_when_it_is_planned_again() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10))))
    sim.advance(13)
    sim.alerts = (alert("flood", sim.now, times=1),)
    sim.advance(0.1)
    sim.obey(plan(issued_at=sim.now))
    sim.obey(plan(airing("a", at(10)), issued_at=sim.now))
    sim.advance(60)
    assert heard(sim) == [("a", 10, 13), ("flood", 13, 23), ("a", 24, 34)]
    assert sim.final == {"a": [(Outcome.PLAYED, None)]}


def test_an_airing_goes_on_when_the_alert_it_gave_way_to_is_cancelled_before_its_first_sample() -> None:
    sim = box()
    sim.obey(plan(airing("a", at(10), after_interruption=AfterInterruption.RESUME)))
    sim.advance(13)
    sim.hear_of(alert("flood", sim.now))
    sim.hear_of()
    sim.advance(30)
    assert heard(sim) == [("a", 10, 13), ("a", 14.3, 24.3)]
    assert sim.heard[0].gave_way_to is Rank.ALERT_ACTUAL
    assert sim.final == {"a": [(Outcome.PLAYED, None)]}
    assert sim.alert_reports == []


def test_an_airing_goes_on_when_the_higher_one_is_withdrawn_before_its_first_sample() -> None:
    sim = box()
    low = airing("low", at(10), after_interruption=AfterInterruption.RESUME)
    sim.obey(plan(low, airing("high", at(15), priority=Priority.EMERGENCY)))
    sim.advance(14.9)
    assert sim.heard[0].until is not None, "it has made room"
    sim.obey(plan(low, issued_at=sim.now))
    sim.advance(30)
    assert [name for name, *_ in heard(sim)] == ["low", "low"]
    assert sim.heard[0].gave_way_to is Rank.EMERGENCY
    assert sim.final == {"low": [(Outcome.PLAYED, None)]}


def sealed(seq: int, *airings: PlannedAiring) -> SealedPlan:
    named = plan(*airings, issued_at=now(), revision=Revision(epoch=1, seq=seq))
    return SealedPlan(sealed=seal.seal(named, KEY))


async def _at_once(call: Callable[[], T], /) -> T:
    return call()


def obedience(rig: AlarmRig, directory: Path) -> Obedience:
    documents = Documents(directory, station="xa", device="loa", station_key=KEY)
    return Obedience(
        documents, inbox=Inbox(station="xa", device="loa", station_key=KEY), books=rig.books, stage=rig.stage,
        timekeeper=rig.timekeeper, store=AudioStore(directory / "audio", reserve_bytes=0), broken=frozenset,
        device="loa", up_since=time.monotonic(), on_disk=_at_once,
    )  # fmt: skip


def test_the_agent_reports_an_airing_that_a_plan_withdraws_while_its_end_is_being_booked(tmp_path: Path) -> None:
    async def play(rig: AlarmRig) -> None:
        await rig.standing_by()
        obeys, planned = obedience(rig, tmp_path), airing("a", now())
        await obeys.obey(sealed(1, planned), at_monotonic=time.monotonic())
        await rig.sounding(sound_of(planned))
        rig.disk_delay_s = 0.2
        siren = siren_of(alert("flood", now(), siren=SIREN))
        await rig.stage.perform([Prepare(sound=siren), Start(sound=siren, at=now(), over=Reason.ALERT)])
        await until(lambda: rig.siren.began_at is not None)
        assert rig.stage.leaving
        assert "a" not in rig.books.ledger.suspended, "the card takes its time"
        await obeys.obey(sealed(2), at_monotonic=time.monotonic())
        assert rig.reports() == []
        await until(lambda: not rig.stage.leaving)
        assert "a" in rig.books.ledger.suspended
        await rig.stage.perform(decide(obeys.moment()).actions)
        report = next(report for report in rig.reports() if report.airing_id == "a")
        assert (report.outcome, report.reason) == (Outcome.INTERRUPTED, Reason.WITHDRAWN)

    scene(tmp_path, play)
