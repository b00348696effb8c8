"""What audio is fetched, in which order, and what is urgent."""

from datetime import timedelta

from device_agent.playout.wants import urgent_audio, wanted_audio
from tests.fakes.box_sim import NOON, BoxSim, airing, alert, plan, recording
from wire.messages import AlertStatus, Outcome


def at(hours: float, name: int, **fields: object) -> object:
    return airing(f"a{name}", NOON + timedelta(hours=hours), recording=recording(name), **fields)


def test_alerts_come_first_then_airings_by_their_time_then_what_is_kept() -> None:
    sim = BoxSim(
        plan=plan(at(5, 1), at(1, 2), keep=(recording(3),)),  # type: ignore[arg-type]  # a tuple of airings
        alerts=(alert("flood", NOON, status=AlertStatus.ACTUAL),),
    )
    assert [int(ref.sha256, 16) for ref in wanted_audio(sim.moment())] == [9, 2, 1, 3]


def test_each_file_is_wanted_once() -> None:
    sim = BoxSim(plan=plan(at(1, 1), at(2, 1), keep=(recording(1),)))  # type: ignore[arg-type]  # a tuple of airings
    assert len(wanted_audio(sim.moment())) == 1


def test_what_is_over_or_settled_is_not_wanted() -> None:
    sim = BoxSim(plan=plan(at(-5, 1), at(1, 2)))  # type: ignore[arg-type]  # a tuple of airings
    sim.final["a2"] = [(Outcome.PLAYED, None)]
    assert wanted_audio(sim.moment()) == ()
    sim.trusted_since = None
    assert len(wanted_audio(sim.moment())) == 1, "while the time is not known nothing is over"


def test_what_sounds_within_half_an_hour_is_urgent() -> None:
    sim = BoxSim(plan=plan(at(0.4, 1), at(3, 2), keep=(recording(3),)))  # type: ignore[arg-type]  # a tuple of airings
    assert urgent_audio(sim.moment()) == {recording(1).sha256}
