"""Bulletins at their own minute and *now*: beside the sessions, over them when urgent, never in quiet hours."""

from datetime import time as clock
from datetime import timedelta
from itertools import pairwise

from broadcaster.domain.timetable import GAP, LEAD
from broadcaster.domain.week.planned import Fate, Week
from broadcaster.domain.week.requests import AtMinute, AtOnce
from tests.broadcaster.domain.weeks import (
    EAST,
    WEST,
    answer,
    at,
    fate,
    ground,
    items_of,
    planned,
    programme,
    relay,
    request,
)

EVENING = programme(clock(17), 30, relay(29))


def start_of(week: Week, name: str = "b1") -> object:
    """Return when a bulletin's airing begins."""
    return next(item.start_at for item in week.items if item.bulletin == name)


def test_bulletin_sounds_at_its_minute() -> None:
    week = planned([EVENING], [request(wish=AtMinute(at=at(12)))])

    assert (fate(week), start_of(week)) == (Fate.PLACED, at(12))
    assert "phát đúng giờ đã hẹn, 12:00" in str(answer(week).reason)


def test_now_is_as_soon_as_can_be() -> None:
    week = planned([EVENING], [request(wish=AtOnce(asked_at=at(9)))])

    assert start_of(week) == at(9) + LEAD


def test_ordinary_bulletin_waits_until_the_session_is_over() -> None:
    week = planned([EVENING], [request(wish=AtMinute(at=at(17, 10)))])

    assert (fate(week), start_of(week)) == (Fate.LATER, at(17, 30) + GAP)
    assert "đang bận phát “Buổi chieu” (17:00" in str(answer(week).reason)


def test_urgent_bulletin_interrupts_the_session() -> None:
    week = planned([EVENING], [request(wish=AtMinute(at=at(17, 10)), urgent=True)])

    assert (fate(week), start_of(week)) == (Fate.PLACED, at(17, 10))
    items = items_of(week)
    assert all(a.end_at <= b.start_at for a, b in pairwise(items))


def test_two_urgent_bulletins_at_one_minute_want_a_person() -> None:
    wish = AtMinute(at=at(12))

    week = planned([], [request("b1", wish=wish, urgent=True), request("b2", wish=wish, urgent=True)])

    assert [fate(week, n) for n in ("b1", "b2")] == [Fate.CLASH, Fate.CLASH]
    assert week.items == ()


def test_order_given_by_a_person_settles_it() -> None:
    wish = AtMinute(at=at(12))
    asked = [request("b1", wish=wish, urgent=True, rank=2), request("b2", wish=wish, urgent=True, rank=1)]

    week = planned([], asked)

    assert start_of(week, "b2") == at(12)
    assert start_of(week, "b1") == at(12, 2) + GAP


def test_urgent_bulletins_of_different_hamlets_do_not_clash() -> None:
    wish = AtMinute(at=at(12))
    asked = [
        request("b1", wish=wish, urgent=True, audience=EAST),
        request("b2", wish=wish, urgent=True, audience=WEST),
    ]

    assert {fate(planned([], asked), n) for n in ("b1", "b2")} == {Fate.PLACED}


def test_quiet_hours_hold_for_urgent_bulletins_too() -> None:
    week = planned([], [request(wish=AtMinute(at=at(23)), urgent=True)])

    assert fate(week) is Fate.WAITING
    assert "giờ yên lặng (22:00 đến 04:30)" in str(answer(week).reason)


def test_minute_that_has_passed_is_expired() -> None:
    week = planned([], [request(wish=AtMinute(at=at(8, 59)))])

    assert fate(week) is Fate.EXPIRED
    assert "lỡ giờ hẹn 08:59" in str(answer(week).reason)


def test_ordinary_bulletin_keeps_the_free_days() -> None:
    caps = ground(weekdays=(1, 2, 3, 4, 5))
    asked = [
        request("b1", wish=AtMinute(at=at(12, day=5))),
        request("b2", wish=AtMinute(at=at(13, day=5)), urgent=True),
    ]

    week = planned([], asked, ground=caps)

    assert [fate(week, n) for n in ("b1", "b2")] == [Fate.WAITING, Fate.PLACED]


def test_now_is_placed_once_whoever_asks_and_however_often() -> None:
    asked = [request(wish=AtOnce(asked_at=at(9)))]
    first = planned([], asked)

    again = planned([], asked, standing=first.items, now=at(9, 0, 2))
    later = planned([], asked, standing=first.items, now=at(9, 30))

    assert again.items == later.items == first.items
    assert answer(later).fate is Fate.PAST


def test_minute_is_moved_with_the_wish_until_it_is_near() -> None:
    first = planned([], [request(wish=AtMinute(at=at(12)))])

    moved = planned([], [request(wish=AtMinute(at=at(13)))], standing=first.items)

    assert [item.start_at for item in moved.items] == [at(13)]


def test_far_minute_is_not_lost() -> None:
    week = planned([], [request(wish=AtMinute(at=at(12) + timedelta(days=30)))])

    assert fate(week) is Fate.LATER


def test_bulletin_that_would_come_after_its_time_is_not_aired() -> None:
    first = request("a", 10, AtMinute(at=at(10)))
    late = request("b", 1, AtMinute(at=at(10, 1)), expires_at=at(10, 5))

    week = planned([], [first, late])

    assert fate(week, "b") is Fate.WAITING
    assert "hết hạn lúc 10:05" in str(answer(week, "b").reason)
    assert fate(planned([], [late], now=at(10, 5)), "b") is Fate.EXPIRED


def test_now_that_found_no_place_does_not_sound_at_daybreak() -> None:
    """Asked for just before the quiet hours; when they end nobody thinks of it any more."""
    late = request(wish=AtOnce(asked_at=at(21, 59)))

    assert fate(planned([], [late], now=at(22, 1))) is Fate.WAITING
    morning = planned([], [late], now=at(4, 30, day=1))

    assert (fate(morning), morning.items) == (Fate.EXPIRED, ())
    assert "được cho phát ngay lúc 21:59" in str(answer(morning).reason)


def test_minute_beyond_the_planned_days_is_said_to_the_minute() -> None:
    week = planned([], [request(wish=AtMinute(at=at(12, 30, day=9)))])

    assert fate(week) is Fate.LATER
    assert "hẹn phát lúc 12:30 ngày 11/03/2026" in str(answer(week).reason)
