"""Every day from 1900 to 2100, however it is written, is heard as that day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.reading.reader import read
from broadcaster.reading.style import EarlyDay, Style
from tests.reading.spoken import Heard, hear_date

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
FORMS = (
    "{d}/{m}/{y}", "{d:02d}/{m:02d}/{y}", "{d}-{m}-{y}", "{d:02d}-{m:02d}-{y}", "{d}.{m}.{y}", "{d:02d}.{m:02d}.{y}",
    "{d} tháng {m} năm {y}", "{d:02d} tháng {m:02d} năm {y}", "{d:02d}/{m:02d}/ {y}", "{d} / {m} / {y}",
    "{y}-{m:02d}-{d:02d}",
)  # fmt: skip


@given(day=DAYS, form=st.sampled_from(FORMS))
def test_a_day_with_its_word_is_heard(day: date, form: str) -> None:
    written = form.format(d=day.day, m=day.month, y=day.year)
    said = read(f"Họp ngày {written}.", document=False).spoken
    assert hear_date(said.removeprefix("Họp ngày ")) == Heard(day=day.day, month=day.month, year=day.year)
    assert said.count("ngày") == 1


@given(day=DAYS, form=st.sampled_from(FORMS[:6]))
def test_a_day_without_its_word_gets_it(day: date, form: str) -> None:
    written = form.format(d=day.day, m=day.month, y=day.year)
    said = read(f"Sáng {written}, họp dân.", document=False).spoken
    assert hear_date(said.removeprefix("Sáng ").removesuffix(" họp dân")) == Heard(
        day=day.day, month=day.month, year=day.year
    )


@given(day=DAYS)
def test_a_day_and_month_after_the_word_is_never_a_share(day: date) -> None:
    said = read(f"Ngày {day.day}/{day.month}, thôn họp.", document=False).spoken
    assert " tháng " in said
    assert "phần" not in said
    assert "trên" not in said


@given(day=DAYS)
def test_a_month_of_a_year_is_heard(day: date) -> None:
    said = read(f"Trong tháng {day.month}/{day.year}.", document=False).spoken
    heard = hear_date("ngày một " + said.removeprefix("Trong "))
    assert (heard.month, heard.year) == (day.month, day.year)


@pytest.mark.parametrize(
    ("early", "spoken"),
    [
        (EarlyDay.MONG, "ngày mồng năm tháng tư"),
        (EarlyDay.MUNG, "ngày mùng năm tháng tư"),
        (EarlyDay.NONE, "ngày năm tháng tư"),
    ],
)
def test_the_station_chooses_what_stands_before_an_early_day(early: EarlyDay, spoken: str) -> None:
    assert read("ngày 5/4", style=Style(early_day=early), document=False).spoken == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Mỗi ngày 5 viên.", "Mỗi ngày năm viên"),
        ("Ngày 2 lần.", "Ngày hai lần"),
        ("Làm 3 ngày 5 công.", "Làm ba ngày năm công"),
        ("5/5 thôn", "năm trên năm thôn"),
        ("ngày 5/5", "ngày mồng năm tháng năm"),
    ],
)
def test_a_number_after_the_word_day_is_not_always_a_date(written: str, spoken: str) -> None:
    assert read(written, document=False).spoken == spoken


def test_a_day_that_no_year_has_is_never_read_as_a_date() -> None:
    assert "tháng" not in read("Tỷ lệ 31/2.", document=False).spoken
    assert "tháng" not in read("Có 30/2 phiếu.", document=False).spoken
