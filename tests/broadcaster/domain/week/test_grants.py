"""Which sessions may sound: quiet hours, caps of the area, special occasions, one session at a time."""

from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.domain.audience import of_clusters
from broadcaster.domain.station import QuietHours
from broadcaster.domain.week.ground import Ground
from broadcaster.domain.week.planned import Verdict, Week
from broadcaster.domain.week.regime import Precinct, Regime, SensitivePlace
from tests.broadcaster.domain.weeks import (
    EAST,
    LAX,
    MINUTE,
    PLACES,
    RULES,
    WEST,
    ZONE,
    at,
    box,
    ground,
    jingle,
    planned,
    profile,
    programme,
    relay,
    request,
)


def why(week: Week, day: int = 0) -> list[str]:
    """Return what is said of the sessions of a day that do not sound as they should."""
    return [
        str(left.reason)
        for each in week.occurrences
        if each.key.due_at.astimezone(ZONE).date() == at(12, day=day).astimezone(ZONE).date()
        for left in each.left_out
    ]


def test_session_in_quiet_hours_is_refused() -> None:
    week = planned([programme(time(3, 15), 30, relay(20))])

    assert {each.verdict for each in week.occurrences} == {Verdict.REFUSED}
    assert why(week, 1) == [
        "Buổi 03:15 ngày 03/03/2026 rơi vào giờ yên lặng (22:00 đến 04:30) nên loa không phát. Xin dời giờ buổi này."
    ]


def test_session_is_over_before_quiet_hours_begin() -> None:
    week = planned([programme(time(21, 50), 30, relay(25))])

    assert max(item.end_at for item in week.items) <= at(22, day=6)
    assert "phải dứt lúc 22:00" in why(week)[0]


def test_third_session_of_a_day_is_refused_where_two_are_allowed() -> None:
    daily = [programme(time(hour), 10, relay(5), name=f"p{hour}") for hour in (11, 14, 17)]

    week = planned(daily, ground=ground(sessions_a_day=2))

    assert [each.verdict for each in week.occurrences[:3]] == [Verdict.SOUNDS, Verdict.SOUNDS, Verdict.REFUSED]
    assert "đã đủ 2 buổi" in why(week)[0]


def test_caps_count_each_cluster_for_itself() -> None:
    daily = [
        programme(time(11), 10, relay(5), name="a", audience=EAST),
        programme(time(14), 10, relay(5), name="b", audience=WEST),
        programme(time(17), 10, relay(5), name="c"),
    ]

    assert all(each.verdict is Verdict.SOUNDS for each in planned(daily, ground=ground(sessions_a_day=2)).occurrences)


def test_session_reaches_whoever_may_still_hear_one() -> None:
    daily = [
        programme(time(11), 10, relay(5), name="a", audience=EAST),
        programme(time(17), 10, relay(5), name="c"),
    ]

    second = planned(daily, ground=ground(sessions_a_day=1)).occurrences[1]

    assert (second.verdict, second.clusters) == (Verdict.SOUNDS, {"c3"})
    assert second.left_out[0].clusters == {"c1", "c2"}


def test_minutes_of_a_session_are_capped_with_its_relay() -> None:
    week = planned([programme(time(17), 45, jingle(), relay(40))], ground=ground(session_length=15 * MINUTE))

    assert max(item.end_at for item in week.items[:2]) <= at(17, 15)
    assert "rút từ 45 còn 15 phút" in why(week)[0]


def test_weekend_is_for_special_occasions() -> None:
    caps = ground(weekdays=(1, 2, 3, 4, 5), days_a_week=5)
    week = planned(
        [programme(time(10), 10, relay(5)), programme(time(11), 10, relay(5), name="x", special="Bầu cử")], ground=caps
    )

    assert "là thứ Bảy; theo “Thử”" in why(week, 5)[0]
    assert {e.verdict for e in week.occurrences if e.key.programme == "x"} == {Verdict.SOUNDS}


def test_fourth_day_of_a_week_is_refused_where_three_are_allowed() -> None:
    week = planned([programme(time(10), 10, relay(5))], ground=ground(days_a_week=3))

    assert [each.verdict for each in week.occurrences] == [Verdict.SOUNDS] * 3 + [Verdict.REFUSED] * 4
    assert "đã đủ 3 ngày phát" in why(week, 3)[0]


def test_new_week_has_its_days_again() -> None:
    week = planned(
        [programme(time(10), 10, relay(5))], ground=ground(days_a_week=3), now=at(9, day=5), since=at(9, day=5)
    )

    assert [each.verdict for each in week.occurrences] == [
        *[Verdict.SOUNDS] * 2, *[Verdict.SOUNDS] * 3, *[Verdict.REFUSED] * 2
    ]  # fmt: skip


def test_session_that_begins_during_another_gives_way() -> None:
    both = [programme(time(17), 30, relay(25)), programme(time(17, 20), 30, relay(25), name="khac")]

    week = planned(both)

    assert [each.verdict for each in week.occurrences[:2]] == [Verdict.SOUNDS, Verdict.REFUSED]
    assert "trùng giờ với “Buổi chieu”" in why(week)[0]


def test_special_occasion_chooses_first() -> None:
    both = [programme(time(17), 30, relay(25)), programme(time(17, 20), 30, relay(25), name="lu", special="Mùa lũ")]

    week = planned(both)

    assert [each.verdict for each in week.occurrences[:2]] == [Verdict.REFUSED, Verdict.SOUNDS]


def test_sessions_that_meet_do_not_overlap() -> None:
    week = planned([programme(time(17), 30, relay(30)), programme(time(17, 30), 30, relay(30), name="sau")])

    first, second = week.items[:2]
    assert second.start_at - first.end_at == at(17, 30) - first.end_at
    assert first.end_at < second.start_at


def test_each_precinct_has_its_own_caps() -> None:
    regime = Regime(
        profile=LAX, rules=RULES, precincts=(Precinct(audience=EAST, profile=profile(session_length=15 * MINUTE)),)
    )

    week = planned([programme(time(17), 30, relay(30))], ground=Ground.of(PLACES, regime))

    ends = {item.audience: item.end_at for item in week.items[:2]}
    assert ends[EAST] < at(17, 15) < ends[WEST] < at(17, 30)


def test_school_is_silent_at_its_hours() -> None:
    school = SensitivePlace(
        name="Trường", audience=of_clusters(["c1"]), quiet_hours=(QuietHours(start=time(10), end=time(11, 30)),)
    )
    regime = Regime(profile=LAX, rules=RULES, sensitive=(school,))

    session = planned([programme(time(11), 10, relay(5))], ground=Ground.of(PLACES, regime)).occurrences[0]

    assert session.clusters == {"c2", "c3"}


def test_bulletin_of_a_refused_session_says_so() -> None:
    daily = [programme(time(11), 10, box(), name="a"), programme(time(14), 10, box(), name="b")]

    week = planned(daily, [request("b1", 8), request("b2", 8)], ground=ground(sessions_a_day=1))

    assert "đã đủ 10 phút bản tin" in str(week.placements[1].reason)


starts = st.lists(st.tuples(st.integers(0, 287), st.integers(1, 9)), min_size=1, max_size=7, unique_by=lambda s: s[0])


@settings(deadline=None, max_examples=60)
@given(starts, st.integers(1, 3), st.integers(1, 30), st.integers(1, 7))
def test_no_cap_and_no_quiet_hour_is_ever_broken(
    wanted: list[tuple[int, int]], sessions: int, minutes: int, days: int
) -> None:
    """Whatever the week asks for."""
    caps = ground(sessions_a_day=sessions, session_length=minutes * MINUTE, days_a_week=days)
    programmes = [
        programme(time(*divmod(5 * n, 60)), 5 * size, relay(5 * size), name=f"p{n}", audience=(EAST, WEST)[n % 2])
        for n, size in wanted
    ]

    week = planned(programmes, ground=caps, now=at(0), since=at(0))

    for cluster in ("c1", "c3"):
        heard = [i for i in week.items if cluster in caps.clusters(caps.mask(i.audience)) and i.key]
        by_day: dict[object, set[object]] = {}
        for item in heard:
            assert item.end_at - item.key.due_at <= minutes * MINUTE  # type: ignore[union-attr] # sessions only
            local = item.start_at.astimezone(ZONE)
            assert time(4, 30) <= local.time() < time(22)
            assert item.end_at.astimezone(ZONE).time() <= time(22)
            by_day.setdefault(local.date(), set()).add(item.key)
        assert all(len(keys) <= sessions for keys in by_day.values())
        first_week = [day for day in by_day if day <= at(12, day=6).date()]  # type: ignore[operator] # the keys are all dates
        assert len(first_week) <= days


@pytest.mark.parametrize("minute", [0, 29, 30])
def test_quiet_hours_end_on_their_minute(minute: int) -> None:
    verdict = planned([programme(time(4, minute), 10, relay(5))], now=at(0), since=at(0)).occurrences[0].verdict

    assert verdict is (Verdict.SOUNDS if minute == 30 else Verdict.REFUSED)
