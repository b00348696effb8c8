"""What a week would break before it is saved, and the profiles that say so."""

from datetime import time

import pytest

from broadcaster.adapters.schedule_files import folder, profiles, read_text
from broadcaster.domain.programme import Programme, SegmentId
from broadcaster.domain.week.checking import breaches, newly_broken
from broadcaster.domain.week.profiles import read_profile
from broadcaster.domain.week_file.toml_tables import FaultyFile
from tests.broadcaster.domain.weeks import EAST, MINUTE, MONDAY, WEST, box, ground, programme, relay


def codes(*programmes: Programme, **caps: object) -> list[tuple[str, str]]:
    """Return the programme and the kind of each breach."""
    return [(b.programme, b.reason.code) for b in breaches(programmes, ground=ground(**caps), first=MONDAY)]


def test_sound_week_breaks_nothing() -> None:
    assert codes(programme(time(6), name="sang"), programme()) == []


def test_each_kind_of_breach_is_said_once() -> None:
    found = breaches([programme(time(3, 15), 30, relay(20))], ground=ground(), first=MONDAY)

    assert [(b.reason.code, b.is_warning) for b in found] == [("quiet_hours_there", False), ("unusual_hour", True)]
    assert found[0].day == MONDAY
    assert "ba giờ mười lăm phút sáng" in str(found[1].reason)


def test_other_rules_tell_only_what_they_newly_break() -> None:
    week = [programme(time(6), 45, relay(30), name="sang"), programme(time(23), 10, relay(5), name="dem")]
    before, after = ground(session_length=60 * MINUTE), ground(session_length=15 * MINUTE)

    found = newly_broken(week, before=before, after=after, first=MONDAY)

    assert [(each.programme, each.reason.code) for each in found] == [("sang", "cut_short")]
    assert newly_broken(week, before=after, after=after, first=MONDAY) == ()


def test_caps_are_looked_at_with_the_other_programmes() -> None:
    three = [programme(time(hour), 10, relay(5), name=f"p{hour}") for hour in (6, 11, 17)]

    assert codes(*three, sessions_a_day=2) == [("p17", "sessions_a_day")]
    assert codes(programme(minutes=45), session_length=15 * MINUTE) == [("chieu", "cut_short")]
    assert codes(programme(), weekdays=(1, 2, 3, 4, 5)) == [("chieu", "weekday_not_allowed")]
    assert codes(programme(), days_a_week=5) == [("chieu", "days_a_week")]


def test_overlap_is_a_breach_of_the_later_session() -> None:
    assert codes(programme(), programme(time(17, 10), name="khac")) == [("khac", "other_session")]
    assert codes(programme(audience=EAST), programme(time(17, 10), name="khac", audience=WEST)) == []


def test_segments_must_fit_their_slot() -> None:
    assert codes(programme(time(17), 30, relay(20), box(15))) == [("chieu", "segments_too_long")]
    assert codes(programme(time(17), 30, relay(20), box(10))) == []


def test_segments_side_by_side_are_counted_once() -> None:
    parts = (relay(20, audience=EAST), relay(20, audience=WEST, id=SegmentId("khac")), box(10))

    assert codes(programme(time(17), 30, *parts)) == []


def test_paused_programme_breaks_nothing() -> None:
    assert codes(programme(time(3), active=False)) == []


def test_shipped_profiles_say_what_the_law_says() -> None:
    found = {p.id: (p.sessions_a_day, p.session_length / MINUTE, p.days_a_week) for p in profiles().values()}

    assert found == {
        "quoc-gia": (3, 60, 7),
        "ha-noi-noi-thanh": (2, 15, 5),
        "ha-noi-ngoai-thanh": (2, 45, 5),
        "vinh-phuc": (3, 45, 7),
    }
    assert profiles()["ha-noi-noi-thanh"].weekdays == (1, 2, 3, 4, 5)
    assert all(p.source.document for p in profiles().values())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("sessions_a_day = 2", "sessions_a_day = 0"), [(4, "bad_caps")]),
        (("minutes_a_session = 15", "minutes_a_session = 1.5"), [(5, "wrong_kind")]),
        (('"FR"]', '"XX"]'), [(7, "not_among")]),
        (('end = "08:30"', 'end = "05:30"'), [(8, "hours_reversed")]),
        (('document = "', 'dokument = "'), [(10, "key_missing"), (11, "key_unknown")]),
        (("[source]", "[nguon]"), [(1, "wrong_kind"), (10, "key_unknown")]),
    ],
)
def test_faulty_profile_names_its_line(change: tuple[str, str], expected: list[tuple[int, str]]) -> None:
    text = read_text(folder() / "profiles" / "ha-noi-noi-thanh.toml").replace(*change, 1)

    with pytest.raises(FaultyFile) as caught:
        read_profile(text)

    assert [(fault.line, fault.problem.code) for fault in caught.value.faults] == expected
