"""The amplifier is warm before the first word, on at once for an alert, and off when nothing follows."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.playout.decide import decide
from device_agent.playout.values import Decision, Moment
from tests.fakes.amplifiers import Amplified
from tests.fakes.box_sim import NOON, BoxSim, airing, alert, plan, recording
from wire.messages import Burst, Outcome, Together

SECOND = timedelta(seconds=1)
SIREN = (Burst(on_ms=3000, off_ms=1000, times=1),)


def box(amplifier: Amplified, *airings: object, **fields: object) -> BoxSim:
    cached = frozenset({recording(n).sha256 for n in range(1, 10)})
    return BoxSim(decide=amplifier, plan=plan(*airings, **fields), cached=cached)  # type: ignore[arg-type]  # as given


def first_frames(sim: BoxSim) -> list[datetime]:
    return [heard.at for heard in sim.heard]


def test_amplifier_is_warm_before_the_first_frame_of_a_planned_airing() -> None:
    amplifier = Amplified(warm_up=timedelta(milliseconds=1500))
    sim = box(amplifier, airing("a", NOON + 60 * SECOND))

    sim.advance(62)

    assert first_frames(sim) == [NOON + 60 * SECOND]
    ((on_at, on),) = amplifier.switched
    assert on
    assert NOON + 60 * SECOND - on_at >= timedelta(milliseconds=1500)
    assert NOON + 60 * SECOND - on_at <= timedelta(milliseconds=2000), "and not needlessly long"


@given(
    warm_up_ms=st.integers(0, 10_000),
    hold_s=st.integers(0, 120),
    starts=st.lists(st.integers(1, 900), min_size=1, max_size=5, unique=True),
)
def test_no_planned_airing_ever_begins_before_the_amplifier_is_warm(
    warm_up_ms: int, hold_s: int, starts: list[int]
) -> None:
    amplifier = Amplified(warm_up=timedelta(milliseconds=warm_up_ms), hold=timedelta(seconds=hold_s))
    sim = box(amplifier, *(airing(f"a{n}", NOON + n * SECOND, late_s=600) for n in starts))

    sim.advance(1500)

    assert len(sim.heard) == len(starts)
    for at in first_frames(sim):
        changes = [change for change in amplifier.switched if change[0] <= at]
        assert changes[-1][1], "it is off"
        assert at - changes[-1][0] >= amplifier.warm_up
    assert not amplifier.switched[-1][1], "and in the end it is off"


def cold(moment: Moment) -> Decision:
    """The known-bad variant: the amplifier is switched on when the sound begins."""
    decision = decide(replace(moment, amplifier=None))
    return replace(decision, amplifier_on=moment.active is not None)


def test_a_box_that_switches_on_with_the_sound_is_noticed() -> None:
    amplifier = Amplified(decide=cold)
    sim = box(amplifier, airing("a", NOON + 60 * SECOND))

    sim.advance(62)

    assert first_frames(sim)[0] - amplifier.switched[0][0] < amplifier.warm_up


def test_a_plan_that_comes_late_still_waits_for_the_amplifier() -> None:
    amplifier = Amplified(warm_up=timedelta(seconds=2))
    sim = box(amplifier, airing("a", NOON, late_s=60))

    sim.advance(5)

    assert first_frames(sim)[0] - amplifier.switched[0][0] >= timedelta(seconds=2)


def test_an_airing_that_would_be_missed_begins_before_the_amplifier_is_warm() -> None:
    amplifier = Amplified(warm_up=timedelta(seconds=5))
    sim = box(amplifier, airing("a", NOON, late_s=2))

    sim.advance(20)

    assert sim.final["a"] == [(Outcome.PLAYED, None)]


def test_a_box_in_unison_never_waits_alone() -> None:
    amplifier = Amplified(warm_up=timedelta(seconds=5))
    sim = box(amplifier, airing("a", NOON + SECOND, together=Together.UNISON))

    sim.advance(20)

    assert first_frames(sim) == [NOON + SECOND]


def test_an_alert_switches_it_on_and_its_siren_does_not_wait() -> None:
    amplifier = Amplified(warm_up=timedelta(seconds=2))
    sim = box(amplifier)
    sim.advance(10)
    sim.alerts = (alert("flood", sim.now, siren=SIREN),)

    sim.settle_down()
    sim.advance(0.001)

    assert amplifier.switched == [(NOON + 10 * SECOND, True)]
    assert first_frames(sim) == [NOON + 10 * SECOND]


def test_words_behind_a_siren_shorter_than_the_warm_up_wait_for_the_rest_of_it() -> None:
    amplifier = Amplified(warm_up=timedelta(seconds=4))
    sim = box(amplifier)
    sim.alerts = (alert("flood", sim.now, siren=SIREN, times=1),)

    sim.advance(30)

    assert first_frames(sim) == [NOON, NOON + 4 * SECOND]
    assert sim.alert_reports == [("flood", Outcome.PLAYED, None)]


def test_an_alert_of_words_alone_waits_until_they_can_be_heard() -> None:
    amplifier = Amplified(warm_up=timedelta(seconds=2))
    sim = box(amplifier)
    sim.alerts = (alert("drill", sim.now, status="Exercise"),)

    sim.advance(5)

    assert first_frames(sim) == [NOON + 2 * SECOND]


def test_it_stays_on_for_the_hold_time_and_then_goes_off() -> None:
    amplifier = Amplified(hold=timedelta(seconds=30))
    sim = box(amplifier, airing("a", NOON + 10 * SECOND))  # ten seconds long

    sim.advance(120)

    assert [on for _, on in amplifier.switched] == [True, False]
    assert amplifier.switched[-1][0] == NOON + 50 * SECOND


def test_it_does_not_click_between_two_airings_of_one_programme() -> None:
    amplifier = Amplified(hold=timedelta(seconds=30))
    sim = box(amplifier, airing("a", NOON + 10 * SECOND), airing("b", NOON + 45 * SECOND))

    sim.advance(200)

    assert [on for _, on in amplifier.switched] == [True, False]


def test_it_goes_off_between_airings_far_apart() -> None:
    amplifier = Amplified(hold=timedelta(seconds=30))
    sim = box(amplifier, airing("a", NOON + 10 * SECOND), airing("b", NOON + 600 * SECOND))

    sim.advance(900)

    assert [on for _, on in amplifier.switched] == [True, False, True, False]


def test_it_goes_off_again_when_the_airing_was_withdrawn() -> None:
    amplifier = Amplified(hold=timedelta(seconds=30))
    sim = box(amplifier, airing("a", NOON + 10 * SECOND))
    sim.advance(9)
    assert amplifier.on_since is not None

    sim.obey(plan(issued_at=NOON + 9 * SECOND))
    sim.advance(60)

    assert [on for _, on in amplifier.switched] == [True, False]
    assert sim.heard == []


@pytest.mark.parametrize("trusted", [True, False])
def test_it_stays_off_for_what_will_not_sound(trusted: bool) -> None:
    """Neither what the box has no audio for, nor anything planned while the time is not trusted."""
    amplifier = Amplified()
    sim = box(amplifier, airing("a", NOON + 10 * SECOND))
    if trusted:
        sim.cached = frozenset()
    sim.trust(trusted=trusted)

    sim.advance(100)

    assert amplifier.switched == []


def test_it_stays_on_while_something_else_wants_it() -> None:
    amplifier = Amplified(is_wanted=True)
    sim = box(amplifier)

    sim.advance(300)

    assert amplifier.switched == [(NOON, True)]
