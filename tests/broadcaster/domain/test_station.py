"""Names, times of day and voices as people enter them."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.errors import Invalid
from broadcaster.domain.station import (
    NAME_MAX,
    BadTimeOfDay,
    EmptyQuietHours,
    NameMissing,
    NameTooLong,
    NoVoice,
    QuietHours,
    UnknownVoice,
    choose_voices,
    clean_name,
    time_of_day,
)
from broadcaster.domain.writing import ControlCharacter


def test_name_is_composed_on_one_line() -> None:
    assert clean_name("  Tho\u0302n \n Ke\u0301p\u200b ") == "Thôn Kép"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [("", NameMissing), ("\u200b \t", NameMissing), ("a" * (NAME_MAX + 1), NameTooLong), ("a\0", ControlCharacter),
     ("\ud800", ControlCharacter)],
)  # fmt: skip
def test_bad_name_is_refused(raw: str, kind: type[Invalid]) -> None:
    with pytest.raises(kind):
        clean_name(raw)


@given(st.times())
def test_time_of_day_is_read_back(clock: time) -> None:
    assert time_of_day(f" {clock:%H:%M} ") == clock.replace(second=0, microsecond=0, fold=0)


@pytest.mark.parametrize("raw", ["", "22", "24:00", "12:60", "1:2:3", "ab:cd", "-1:00", "٢٢:٠٠", "9" * 5000 + ":00"])
def test_what_is_no_time_of_day_is_refused(raw: str) -> None:
    with pytest.raises(BadTimeOfDay):
        time_of_day(raw)


def test_quiet_hours_are_never_empty() -> None:
    with pytest.raises(EmptyQuietHours):
        QuietHours(start=time(22), end=time(22))


def test_wanted_voice_comes_first_then_the_stations_own() -> None:
    assert choose_voices("gtts", ["espeak", "gtts"], ("espeak", "gtts")) == ("gtts", "espeak")
    assert choose_voices("", ["espeak"], ("gtts", "espeak")) == ("espeak",)


def test_unknown_voice_is_named_and_cut() -> None:
    with pytest.raises(UnknownVoice) as refused:
        choose_voices("x" * 500, ["espeak"], ("espeak",))

    assert len(str(refused.value)) < 150


def test_station_without_any_installed_voice_says_so() -> None:
    with pytest.raises(NoVoice):
        choose_voices("", ["piper"], ("espeak",))
