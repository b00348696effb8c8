"""Where an airing may stand: quiet hours, clashes, and the suggestion that is really free."""

from datetime import UTC, datetime, time, timedelta, timezone

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from broadcaster.domain.errors import Refusal
from broadcaster.domain.ids import AiringId, ClusterId
from broadcaster.domain.station import QuietHours, Rules
from broadcaster.domain.timetable import (
    HORIZON,
    LATE_START,
    LEAD,
    Clash,
    InQuietHours,
    Occupied,
    TimeInThePast,
    TimeTooFarAhead,
    check_start,
    first_free,
    latest_start,
    place,
    quiet_hours_touched,
    suggest,
)

VN = timezone(timedelta(hours=7))
RULES = Rules()
NOON = datetime(2026, 3, 2, 12, tzinfo=VN)
MINUTE = timedelta(minutes=1)
HERE = frozenset({ClusterId("c1")})
THERE = frozenset({ClusterId("c2")})

clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))
quiet_hours = st.builds(lambda a, b: (a, b), clocks, clocks).filter(lambda p: p[0] != p[1]).map(
    lambda p: QuietHours(start=p[0], end=p[1])
)  # fmt: skip
rules = st.lists(quiet_hours, max_size=2).map(lambda quiet: Rules(quiet_hours=tuple(quiet)))
instants = st.integers(0, 3 * 86_400).map(lambda s: NOON + timedelta(seconds=s))
durations = st.integers(1, 3_600).map(lambda s: timedelta(seconds=s))


def at(hour: int, minute: int = 0, second: int = 0, *, day: int = 2) -> datetime:
    """Return a local time of day."""
    return datetime(2026, 3, day, hour, minute, second, tzinfo=VN)


def taken(start: datetime, end: datetime, clusters: frozenset[ClusterId] = HERE, title: str = "Họp thôn") -> Occupied:
    """Return a stretch that something else takes."""
    return Occupied(airing=AiringId("lp-1"), title=title, start_at=start, end_at=end, clusters=clusters)


def brute_force_quiet(start: datetime, duration: timedelta, quiet: Rules) -> bool:
    """Look at every minute, as slowly and plainly as possible. For times on whole minutes."""
    minute = start
    while minute < start + duration:
        clock = minute.astimezone(VN).time()
        for hours in quiet.quiet_hours:
            night = hours.start > hours.end
            if (clock >= hours.start or clock < hours.end) if night else (hours.start <= clock < hours.end):
                return True
        minute += MINUTE
    return False


@pytest.mark.parametrize(
    ("start", "minutes", "quiet"),
    [
        (at(21, 50), 10, False),  # ends as the quiet begins
        (at(21, 50, 1), 10, True),  # ends one second inside
        (at(22), 1, True),
        (at(3, 15), 1, True),  # the commune that was woken on 5 December 2025
        (at(4, 29, 59), 1, True),
        (at(4, 30), 1, False),
        (at(0), 1, True),
        (at(4, 30), 17 * 60 + 30, False),  # a whole day between two nights
        (at(4, 30), 17 * 60 + 31, True),
    ],
)
def test_quiet_hours_over_midnight(start: datetime, minutes: int, quiet: bool) -> None:
    touched = quiet_hours_touched(start.astimezone(UTC), duration=minutes * MINUTE, rules=RULES)

    assert (touched is not None) == quiet


@given(rules, st.integers(0, 2 * 1440), st.integers(1, 180))
def test_quiet_hours_agree_with_a_look_at_every_minute(quiet: Rules, start: int, minutes: int) -> None:
    begin, duration = NOON + start * MINUTE, minutes * MINUTE

    touched = quiet_hours_touched(begin, duration=duration, rules=quiet)

    assert (touched is not None) == brute_force_quiet(begin, duration, quiet)


@given(rules, instants, durations)
def test_late_start_is_never_quiet(quiet: Rules, start: datetime, duration: timedelta) -> None:
    """Every instant at which a box may begin keeps the whole airing out of quiet hours, however short they are."""
    assume(quiet_hours_touched(start, duration=duration, rules=quiet) is None)

    latest = latest_start(start, duration=duration, rules=quiet)

    assert start <= latest <= start + LATE_START
    for part in range(11):
        begin = start + (latest - start) * part / 10
        assert quiet_hours_touched(begin, duration=duration, rules=quiet) is None


def test_short_quiet_hours_are_not_jumped_over() -> None:
    siesta = Rules(quiet_hours=(QuietHours(start=time(12, 1), end=time(12, 2)),))

    assert latest_start(at(12), duration=timedelta(seconds=10), rules=siesta) == at(12, 0, 50)


@given(instants, durations)
def test_late_start_is_full_where_nothing_is_near(start: datetime, duration: timedelta) -> None:
    assert latest_start(start, duration=duration, rules=Rules(quiet_hours=())) == start + LATE_START


def test_past_is_refused_and_this_very_moment_is_not() -> None:
    assert check_start(NOON, now=NOON, duration=MINUTE, rules=RULES) == NOON
    with pytest.raises(TimeInThePast, match="11:59:59 ngày 02/03/2026"):
        check_start(NOON - timedelta(seconds=1), now=NOON, duration=MINUTE, rules=RULES)


def test_far_future_is_refused() -> None:
    assert check_start(NOON + HORIZON, now=NOON, duration=MINUTE, rules=RULES) == NOON + HORIZON
    with pytest.raises(TimeTooFarAhead):
        check_start(NOON + HORIZON + MINUTE, now=NOON, duration=MINUTE, rules=RULES)


@pytest.mark.parametrize(
    ("instant", "kind"),
    [
        (datetime.max.replace(tzinfo=UTC), TimeTooFarAhead),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), TimeInThePast),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))), TimeTooFarAhead),
    ],
)
def test_ends_of_the_calendar_are_refused_in_words(instant: datetime, kind: type[Refusal]) -> None:
    with pytest.raises(kind) as refused:
        check_start(instant, now=NOON, duration=MINUTE, rules=RULES)

    assert "Giờ phát" in str(refused.value)


def test_quiet_hours_are_named() -> None:
    with pytest.raises(InQuietHours, match=r"22:30:00 ngày 02/03/2026 .*\(22:00 đến 04:30\)"):
        check_start(at(22, 30), now=NOON, duration=MINUTE, rules=RULES)


def placed(wanted: datetime | None, *occupied: Occupied, now: datetime = NOON, minutes: float = 1) -> datetime:
    """Place an airing here under the usual rules."""
    return place(wanted, now=now, duration=minutes * MINUTE, clusters=HERE, occupied=occupied, rules=RULES)


def test_now_is_a_moment_ahead() -> None:
    assert placed(None) == NOON + LEAD


def test_now_waits_behind_what_sounds_and_what_comes() -> None:
    queue = [taken(at(12, 0, 30), at(12, 2)), taken(at(11, 59), at(12, 0, 20)), taken(at(12, 2, 30), at(12, 3))]

    start = placed(None, *queue)

    assert start == at(12, 3, 2)


def test_now_slips_into_a_gap_that_is_long_enough() -> None:
    assert placed(None, taken(at(11, 59), at(12, 0, 20)), taken(at(12, 2), at(12, 3))) == at(12, 0, 22)


def test_now_takes_no_notice_of_other_places() -> None:
    assert placed(None, taken(at(11), at(13), THERE)) == NOON + LEAD


def test_now_at_night_is_refused() -> None:
    with pytest.raises(InQuietHours):
        placed(None, now=at(23))


def test_now_behind_a_queue_that_reaches_the_night_is_refused() -> None:
    with pytest.raises(InQuietHours):
        placed(None, taken(at(21), at(21, 59, 30)), now=at(21, 30))


def test_clash_names_the_other_and_a_free_time() -> None:
    with pytest.raises(Clash) as clash:
        placed(at(17), taken(at(16, 58), at(17, 2)), minutes=3)

    assert str(clash.value) == (
        "Lượt phát lúc 17:00:00 ngày 02/03/2026 trùng với “Họp thôn” (16:58:00 ngày 02/03/2026) trên cùng cụm loa. "
        "Giờ trống gần nhất là 17:03:00 ngày 02/03/2026."
    )


def test_suggestion_is_not_in_the_night() -> None:
    with pytest.raises(Clash) as clash:
        placed(at(21, 50), taken(at(21, 45), at(21, 58)), minutes=5)

    assert clash.value.free_at == at(4, 30, day=3)


def test_side_by_side_is_no_clash() -> None:
    assert placed(at(17), taken(at(16), at(17)), taken(at(17, 1), at(18))) == at(17)


stretches = st.lists(
    st.builds(
        lambda s, d, c: taken(NOON + timedelta(seconds=s), NOON + timedelta(seconds=s + d), frozenset(c)),
        st.integers(-3_600, 86_400),
        st.integers(1, 7_200),
        st.sets(st.sampled_from([ClusterId("c1"), ClusterId("c2")]), min_size=1),
    ),
    max_size=12,
)


def free_here(start: datetime, duration: timedelta, occupied: list[Occupied]) -> bool:
    """Return whether nothing here sounds at the same time."""
    return not any(
        start < o.end_at and start + duration > o.start_at for o in occupied if o.clusters & HERE
    )  # fmt: skip


@given(stretches, durations, rules)
def test_now_never_sounds_over_anything(occupied: list[Occupied], duration: timedelta, quiet: Rules) -> None:
    try:
        start = place(None, now=NOON, duration=duration, clusters=HERE, occupied=occupied, rules=quiet)
    except InQuietHours:
        return

    assert start >= NOON + LEAD
    assert free_here(start, duration, occupied)
    assert quiet_hours_touched(start, duration=duration, rules=quiet) is None


@settings(max_examples=150)
@given(stretches, durations, rules, st.integers(0, 86_400))
def test_suggestion_would_be_taken(occupied: list[Occupied], duration: timedelta, quiet: Rules, seconds: int) -> None:
    """What a refusal suggests is accepted when it is asked for, as a form's field can hold it: on a whole minute."""
    wanted = NOON + timedelta(seconds=seconds)
    try:
        place(wanted, now=NOON, duration=duration, clusters=HERE, occupied=occupied, rules=quiet)
    except Clash as clash:
        free = clash.free_at
    except InQuietHours:
        return
    else:
        assert free_here(wanted, duration, occupied)
        return

    assert free.second == free.microsecond == 0
    assert place(free, now=NOON, duration=duration, clusters=HERE, occupied=occupied, rules=quiet) == free


def test_suggestion_ends_where_the_night_leaves_no_room() -> None:
    always = Rules(quiet_hours=(QuietHours(start=time(0), end=time(12)), QuietHours(start=time(12), end=time(0))))

    assert suggest(NOON, duration=MINUTE, taken=[], rules=always) == NOON + HORIZON


def test_known_bad_search_would_be_caught() -> None:
    """Negative control: a search that stops behind the first thing in the way is not good enough for `free_here`."""
    occupied = [taken(at(12), at(12, 2)), taken(at(12, 2), at(12, 4))]

    assert not free_here(occupied[0].end_at, MINUTE, occupied)
    assert free_here(first_free(NOON, duration=MINUTE, taken=occupied), MINUTE, occupied)
