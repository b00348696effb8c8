"""When the agent may end itself for another version: never where somebody would miss it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.playout.leaving import CLEAR_BEFORE, kept_by
from tests.fakes.box_sim import NOON, BoxSim, airing, alert, plan


def box(*seconds: float) -> BoxSim:
    return BoxSim(plan=plan(*(airing(f"a{n}", NOON + timedelta(seconds=s)) for n, s in enumerate(seconds))))


def test_a_quiet_box_may_go() -> None:
    assert kept_by(box(601).moment()) is None
    assert kept_by(box().moment()) is None


@pytest.mark.parametrize("in_s", [-59, 0, 1, 600])
def test_not_near_an_airing(in_s: float) -> None:
    assert kept_by(box(in_s).moment()) == "sắp tới lượt phát"


def test_not_with_an_alert_nor_without_time() -> None:
    alarmed = box()
    alarmed.alerts = (alert("lu", NOON),)
    assert kept_by(alarmed.moment()) == "đang có tin khẩn cấp"
    alarmed.alerts_confirmed = False
    assert kept_by(alarmed.moment()) == "đang có tin khẩn cấp"
    untimed = box()
    untimed.trusted_since = None
    assert kept_by(untimed.moment()) is not None
    assert kept_by(BoxSim().moment()) is not None


@given(st.lists(st.floats(-10_000, 10_000), max_size=5))
def test_whenever_it_may_go_nothing_is_near(starts: list[float]) -> None:
    if kept_by(box(*starts).moment()) is None:
        assert all(s > CLEAR_BEFORE.total_seconds() or s < -60 for s in starts)
