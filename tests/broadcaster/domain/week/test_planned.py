"""Planning again: the same data give the same week, settled sessions stay, and stepping clocks change nothing."""

from datetime import time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.domain.programme import OccurrenceKey
from broadcaster.domain.week.planned import Fate, Verdict, Week, airing_id, changes, plans_by_cluster
from tests.broadcaster.domain.weeks import (
    EAST,
    MINUTE,
    answer,
    at,
    box,
    fate,
    ground,
    jingle,
    planned,
    programme,
    relay,
    request,
)

DAILY = [programme(time(6), 20, jingle(), relay(5), box(), name="sang"), programme()]
ASKED = [request("b1"), request("b2", 4, audience=EAST), request("b3", 9)]
NOTHING: frozenset[OccurrenceKey] = frozenset()


def again(week: Week, **more: object) -> Week:
    """Plan once more with what the week stored."""
    return planned(DAILY, ASKED, standing=week.items, **more)


def test_planning_twice_changes_nothing() -> None:
    first = planned(DAILY, ASKED)

    assert again(first) == first
    done = changes(first.items, again(first), settled=NOTHING, now=at(9))
    assert (done.add, done.alter, done.withdraw) == ((), (), ())


def test_two_planners_give_the_same_ids() -> None:
    assert [i.id for i in planned(DAILY, ASKED).items] == [i.id for i in planned(DAILY[::-1], ASKED[::-1]).items]


def test_every_airing_has_an_id_of_its_own() -> None:
    ids = [item.id for item in planned(DAILY, ASKED).items]

    assert len(set(ids)) == len(ids)
    assert all(len(name) <= 40 and name.startswith("lp-") for name in ids)


def test_id_does_not_depend_on_how_an_instant_is_written() -> None:
    assert airing_id("p", at(17)) == airing_id("p", at(17).astimezone())
    assert airing_id("p", at(17)) != airing_id("p", at(17) + timedelta(microseconds=1))
    assert airing_id("a", "bc") != airing_id("ab", "c")


def test_edit_withdraws_adds_and_alters() -> None:
    first = planned(DAILY, ASKED)
    edited = planned([DAILY[0]], [*ASKED, request("b0", 1, approved_at=at(7))], standing=first.items)

    done = changes(first.items, edited, settled=NOTHING, now=at(9))

    assert {i.id for i in first.items if i.key and i.key.programme == "chieu"} <= set(done.withdraw)
    assert all(change.id in {i.id for i in first.items} for change in done.alter)
    assert "b0" in {item.bulletin for item in done.add}


def test_session_is_settled_shortly_before_it_begins() -> None:
    week = planned(DAILY, ASKED, now=at(16, 58, 30), since=at(9))

    assert [each.key.due_at for each in week.settling] == [at(17)]
    assert week.settling[0].verdict is Verdict.SOUNDS


def test_settled_session_keeps_its_airings_whatever_comes() -> None:
    first = planned(DAILY, ASKED, now=at(16, 59), since=at(9))
    settled = frozenset(each.key for each in first.settling)

    late = planned([DAILY[0]], [request("b9", urgent=True)], standing=first.items, settled=settled, now=at(16, 59, 30))

    kept = [i for i in first.items if i.key in settled]
    assert kept
    assert [i for i in late.items if i.key in settled] == kept
    withdrawn = changes(first.items, late, settled=settled, now=at(16, 59, 30)).withdraw
    assert withdrawn
    assert not {i.id for i in kept} & set(withdrawn)


def test_bulletin_that_came_too_late_says_that_the_session_was_settled() -> None:
    first = planned(DAILY, [], now=at(16, 59), since=at(9))
    settled = frozenset(each.key for each in first.settling)

    week = planned([DAILY[1]], [request()], standing=first.items, settled=settled, now=at(16, 59, 30))

    assert fate(week) is Fate.LATER
    assert "đã chốt trước khi" in str(answer(week).reason)


def test_session_that_began_unsettled_is_settled_as_it_stands() -> None:
    first = planned(DAILY, ASKED)

    week = again(first, now=at(17, 5), since=at(9))

    held = next(each for each in week.settling if each.key.due_at == at(17))
    assert held.verdict is Verdict.SOUNDS
    assert {i.id for i in first.items if i.key == held.key} <= {i.id for i in week.items}


def test_server_that_was_off_for_weeks_says_what_was_missed() -> None:
    week = planned(DAILY, (), now=at(9, day=20), since=at(9))

    verdicts = {each.key.due_at: each.verdict for each in week.settling}
    assert verdicts[at(6, day=19)] is Verdict.MISSED
    assert len(verdicts) == 40


def test_heard_bulletin_is_not_placed_again() -> None:
    first = planned(DAILY, ASKED)

    week = again(first, now=at(20), since=at(9), settled=NOTHING)

    assert fate(week, "b1") is Fate.PAST
    assert [i.id for i in week.items if i.bulletin == "b1"] == [i.id for i in first.items if i.bulletin == "b1"]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(-2000, 4000), st.booleans()), min_size=1, max_size=7))
def test_clock_that_steps_neither_doubles_nor_loses_a_session(steps: list[tuple[int, bool]]) -> None:
    """Whatever the clock does, each session that was settled keeps exactly its airings, and each bulletin its one."""
    store = {i.id: i for i in planned(DAILY, ASKED).items}
    verdicts: dict[OccurrenceKey, Verdict] = {}
    since = now = at(9)
    for minutes, forget in steps:
        now = max(at(0), now + minutes * MINUTE)
        settled = frozenset(verdicts)
        before = {name: i for name, i in store.items() if i.key in settled}
        week = planned(
            DAILY, ASKED[:2] if forget else ASKED, standing=store.values(), settled=settled, since=since, now=now
        )
        change = changes(store.values(), week, settled=settled, now=now)
        for item in (*change.add, *change.alter):
            store[item.id] = item
        for name in change.withdraw:
            del store[name]
        assert not {each.key for each in week.settling} & settled
        verdicts.update({each.key: each.verdict for each in week.settling})
        since = now
        assert {name: i for name, i in store.items() if i.key in settled} == before

    assert len({i.id for i in store.values() if i.bulletin == "b1"}) <= 1
    for key, verdict in verdicts.items():
        assert (verdict is Verdict.SOUNDS) == any(i.key == key for i in store.values())


def test_plans_by_cluster_are_what_each_cluster_hears() -> None:
    week, here = planned(DAILY, ASKED), ground()

    plans = plans_by_cluster(week.items, here)

    for cluster in here.order:
        expected = [i for i in week.items if cluster in here.clusters(here.mask(i.audience))]
        assert list(plans[cluster]) == expected
    assert plans[here.order[0]] is plans[here.order[1]]
