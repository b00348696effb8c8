"""The five templates live through a year, with edits, restarts, stepping clocks and a second scheduler.

Every session has one verdict, no cap and no quiet hour is broken, nothing sounds over anything else, and every approved
bulletin is accounted for. Planners that are known to be bad do not get through: the checks bite.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.adapters.schedule_files import profiles, templates
from broadcaster.domain.ids import AiringId
from broadcaster.domain.station import QuietHours, Rules
from broadcaster.domain.week.ground import Ground
from broadcaster.domain.week.placing import plan
from broadcaster.domain.week.planned import Fate, Verdict, Week
from tests.broadcaster.domain.weeks import MINUTE
from tests.fakes.year import Life, complaints, live_through

TEMPLATES, PROFILES = templates(), profiles()
YEAR = date(2026, 1, 1)
VILLAGES = {
    "mien-nui-hai-tieng": 8,
    "mua-lu": 19,
    "nong-thon-ba-buoi": 8,
    "nong-thon-hai-buoi": 8,
    "phuong-noi-thi": 19,
}
"""How many villages each station has, so that the five live through 50,000 sessions together."""
SESSIONS = {
    "mien-nui-hai-tieng": 5_600,
    "mua-lu": 23_500,
    "nong-thon-ba-buoi": 6_200,
    "nong-thon-hai-buoi": 6_200,
    "phuong-noi-thi": 8_500,
}


def life_of(name: str, *, seed: int, villages: int, days: int, planner: Callable[..., Week] = plan) -> Life:
    """Return the life of a station that took this template."""
    template = TEMPLATES[name]
    return live_through(
        template, PROFILES[template.profile], seed=seed, villages=villages, first=YEAR, days=days, planner=planner
    )


def test_the_five_templates_are_there() -> None:
    assert set(TEMPLATES) == set(VILLAGES)
    assert sum(SESSIONS.values()) >= 50_000


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(VILLAGES))
def test_a_year_goes_by_without_a_complaint(name: str) -> None:
    life = life_of(name, seed=2026, villages=VILLAGES[name], days=365)

    assert list(complaints(life)) == []
    assert len(life.store.verdicts) >= SESSIONS[name]
    assert {Verdict.SOUNDS, Verdict.REFUSED} <= {each.verdict for each in life.store.verdicts.values()}
    assert {Fate.PLACED, Fate.LATER, Fate.PAST, Fate.EXPIRED, Fate.WAITING} <= life.store.seen


@pytest.mark.slow
@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1 << 30), st.sampled_from(sorted(VILLAGES)))
def test_any_fortnight_goes_by_without_a_complaint(seed: int, name: str) -> None:
    life = life_of(name, seed=seed, villages=2, days=14)

    assert list(complaints(life)) == []


def test_urgent_bulletins_clash_in_some_life() -> None:
    """The simulation reaches the case in which a person must decide."""
    lives = (life_of("nong-thon-hai-buoi", seed=seed, villages=1, days=60) for seed in (4, 2, 9, 11))

    assert any(Fate.CLASH in life.store.seen for life in lives)


def _forgetful(*args: Any, **more: Any) -> Week:
    """Plan as if nothing stood and nothing was settled."""
    return plan(*args, **{**more, "standing": (), "settled": frozenset()})


def _lawless(*args: Any, ground: Ground, **more: Any) -> Week:
    """Plan by no rules at all."""
    free = replace(
        ground.regime.profile, sessions_a_day=24, session_length=180 * MINUTE, weekdays=(1, 2, 3, 4, 5, 6, 7)
    )
    rules = Rules(quiet_hours=(QuietHours(start=time(2), end=time(2, 1)),))
    lax = replace(ground, zones=tuple(replace(z, profile=free, rules=rules) for z in ground.zones))
    return plan(*args, ground=lax, **more)


def _renaming(*args: Any, now: Any, **more: Any) -> Week:
    """Give each airing an id that depends on when it was planned."""
    week = plan(*args, now=now, **more)
    items = tuple(replace(i, id=AiringId(f"{i.id}-{now:%H%M%S}")) for i in week.items)
    return replace(week, items=items)


def _careless(*args: Any, **more: Any) -> Week:
    """Lose whatever could not be placed."""
    week = plan(*args, **more)
    return replace(week, placements=tuple(p for p in week.placements if p.fate in (Fate.PLACED, Fate.PAST)))


def _slow(*args: Any, **more: Any) -> Week:
    """Let everything take half a minute longer than it was given."""
    week = plan(*args, **more)
    late = timedelta(seconds=30)
    return replace(week, items=tuple(replace(i, duration=i.duration + late) for i in week.items))


def _silent(*args: Any, **more: Any) -> Week:
    """Settle nothing that does not sound."""
    week = plan(*args, **more)
    return replace(week, settling=tuple(each for each in week.settling if each.verdict is Verdict.SOUNDS))


def _immortal(programmes: Any, requests: Any, **more: Any) -> Week:
    """Let no bulletin expire."""
    asked = {each.bulletin: each for each in requests}
    week = plan(programmes, [replace(each, expires_at=None) for each in asked.values()], **more)
    answers = tuple(replace(p, request=asked[p.request.bulletin]) for p in week.placements)
    return replace(week, placements=answers)


@pytest.mark.parametrize(
    "planner",
    [_forgetful, _lawless, pytest.param(_renaming, marks=pytest.mark.slow), _careless, _slow, _silent, _immortal],
)
def test_a_known_bad_planner_does_not_get_through(planner: Callable[..., Week]) -> None:
    life = life_of("nong-thon-ba-buoi", seed=7, villages=2, days=30, planner=planner)

    assert list(complaints(life))


def test_the_good_planner_gets_through_the_same_days() -> None:
    assert list(complaints(life_of("nong-thon-ba-buoi", seed=7, villages=2, days=30))) == []
