"""The area's rules as data: what a profile may say, unusual hours in words, zones and gains of places."""

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.audience import EVERYBODY, of_clusters
from broadcaster.domain.ids import ClusterId
from broadcaster.domain.station import QuietHours
from broadcaster.domain.week.ground import Ground
from broadcaster.domain.week.regime import (
    BadCaps,
    BadGain,
    Hours,
    HoursReversed,
    OwnCaps,
    Precinct,
    Regime,
    SensitivePlace,
    is_usual,
    time_in_words,
)
from tests.broadcaster.domain.weeks import EAST, LAX, PLACES, RULES, WEST, profile


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (time(3, 15), "ba giờ mười lăm phút sáng"),
        (time(5), "năm giờ sáng"),
        (time(17), "năm giờ chiều"),
        (time(0, 30), "không giờ ba mươi phút đêm"),
        (time(11, 45), "mười một giờ bốn mươi lăm phút trưa"),
        (time(12), "mười hai giờ trưa"),
        (time(18, 5), "sáu giờ năm phút tối"),
        (time(23, 59), "mười một giờ năm mươi chín phút đêm"),
    ],
)
def test_time_is_said_as_people_say_it(clock: time, words: str) -> None:
    assert time_in_words(clock) == words


@given(st.times(), st.times())
def test_two_times_are_never_said_alike(one: time, other: time) -> None:
    one, other = one.replace(second=0, microsecond=0), other.replace(second=0, microsecond=0)

    assert (time_in_words(one) == time_in_words(other)) == (one == other)


def test_usual_hours_end_before_their_end() -> None:
    assert is_usual(time(5), LAX)
    assert not is_usual(time(20), LAX)


@pytest.mark.parametrize(
    "caps",
    [{"sessions_a_day": 0}, {"session_length": timedelta(0)}, {"days_a_week": 8}, {"weekdays": (8,)}, {"weekdays": ()}],
)
def test_impossible_caps_are_refused(caps: dict[str, object]) -> None:
    with pytest.raises(BadCaps):
        profile(**caps)


def test_reversed_hours_and_louder_places_are_refused() -> None:
    with pytest.raises(HoursReversed):
        Hours(start=time(9), end=time(8))
    with pytest.raises(BadGain):
        SensitivePlace(name="Trạm y tế", audience=EAST, gain_db=3)


def test_ground_resolves_audiences() -> None:
    ground = Ground.of(PLACES, Regime(profile=LAX, rules=RULES))

    assert ground.clusters(ground.mask(EAST)) == {"c1", "c2"}
    assert ground.clusters(ground.mask(EVERYBODY)) == {"c1", "c2", "c3"}
    assert ground.mask(EAST) & ground.mask(WEST) == 0
    assert ground.mask_of([ClusterId("c3"), ClusterId("đã tháo")]) == ground.mask(WEST)


@given(st.sets(st.sampled_from(["c1", "c2", "c3"])))
def test_audience_of_a_mask_means_that_mask(clusters: set[str]) -> None:
    ground = Ground.of(PLACES, Regime(profile=LAX, rules=RULES))
    mask = ground.mask_of(ClusterId(c) for c in clusters)

    if clusters:
        assert ground.mask(ground.audience(mask, EVERYBODY)) == mask
    assert ground.clusters(mask) == clusters


def test_zones_are_parts_of_the_ground_with_their_own_rules() -> None:
    strict = profile(sessions_a_day=2)
    school = SensitivePlace(
        name="Trường học", audience=of_clusters(["c1"]), quiet_hours=(QuietHours(start=time(7), end=time(11)),)
    )
    regime = Regime(profile=LAX, rules=RULES, precincts=(Precinct(audience=EAST, profile=strict),), sensitive=(school,))

    zones = Ground.of(PLACES, regime).zones

    found = {(bin(z.mask), z.profile.sessions_a_day, len(z.rules.quiet_hours)) for z in zones}
    assert found == {("0b1", 2, 2), ("0b10", 2, 1), ("0b100", 24, 1)}


def test_sensitive_place_is_quieter() -> None:
    clinic = SensitivePlace(name="Trạm y tế", audience=of_clusters(["c3"]), gain_db=-9)
    ground = Ground.of(PLACES, Regime(profile=LAX, sensitive=(clinic,)))

    assert [ground.gain_db(ClusterId(c)) for c in ("c1", "c3", "c9")] == [0.0, -9.0, 0.0]


def test_own_caps_stand_in_place_of_the_profiles() -> None:
    area = profile(sessions_a_day=3, session_length=timedelta(minutes=60), days_a_week=7)
    own = OwnCaps(minutes_a_session=30, document="Quyết định số 12/QĐ-UBND").over(area)

    assert (own.sessions_a_day, own.session_length, own.days_a_week) == (3, timedelta(minutes=30), 7)
    assert own.source.document == "Quyết định số 12/QĐ-UBND"
    assert own.name == "quy chế của đài"
    assert OwnCaps(document="Chỉ có tên").over(area) == area


@pytest.mark.parametrize("wrong", [{"sessions_a_day": 0}, {"minutes_a_session": 181}, {"days_a_week": 8}])
def test_own_caps_have_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(BadCaps, match="quy chế của đài"):
        OwnCaps(**wrong)
