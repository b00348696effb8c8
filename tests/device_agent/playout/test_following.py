"""One sound right behind another: in a session what comes later waits for what comes first, whatever their ranks."""

from datetime import timedelta

import pytest

from device_agent.playout.claims import claims, first_of
from tests.device_agent.playout.test_decide import at, heard
from tests.fakes.box_sim import BoxSim, airing, plan, recording
from wire.messages import Outcome, PlannedAiring, Priority

SHORT, LONG = recording(1, duration_ms=2_000), recording(2)
CACHED = frozenset({SHORT.sha256, LONG.sha256})


def session(second: Priority = Priority.PRIORITY, *, gap_s: float = 0.15) -> tuple[PlannedAiring, PlannedAiring]:
    return (
        airing("jingle", at(30), recording=SHORT, late_s=1),
        airing("news", at(32 + gap_s), recording=LONG, priority=second, late_s=9),
    )


@pytest.mark.parametrize("second", [Priority.ORDINARY, Priority.PRIORITY, Priority.EMERGENCY])
def test_short_sound_before_a_higher_one_is_heard_to_its_end(second: Priority) -> None:
    sim = BoxSim(cached=CACHED)
    sim.obey(plan(*session(second)))
    sim.advance(60)

    assert heard(sim) == [("jingle", 30, 32), ("news", 32.15, 42.15)]
    assert sim.final == {"jingle": [(Outcome.PLAYED, None)], "news": [(Outcome.PLAYED, None)]}


def test_higher_one_that_would_be_run_into_still_goes_first() -> None:
    sim = BoxSim(cached=CACHED)
    sim.obey(plan(*session(gap_s=-1.0)))
    sim.advance(60)

    assert ("news", 31, 41) in heard(sim)


def test_best_claim_alone_would_forget_the_jingle() -> None:
    """Negative control: rank decides among what is due, and the relay or priority item is due within the same lead."""
    sim = BoxSim(cached=CACHED)
    sim.obey(plan(*session()))
    sim.advance(29.3)
    found = claims(sim.moment())

    first = first_of(found)
    assert found[0].sound.airing is not None
    assert found[0].sound.airing.airing_id == "news"
    assert first is not None
    assert first.begin_at == at(30)
    assert found[0].begin_at - first.begin_at == timedelta(seconds=2.15)
