"""Every minute of the day, however it is written, is heard as that minute."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.reading.reader import read
from broadcaster.reading.style import Style
from tests.reading.spoken import hear_time

HOURS, MINUTES = st.integers(0, 24), st.integers(0, 59)
FORMS = (
    "{h}h{m:02d}", "{h:02d}h{m:02d}", "{h}h{m:02d}'", "{h}H{m:02d}", "{h:02d}:{m:02d}", "{h} giờ {m:02d}",
    "{h} giờ {m:02d} phút", "{h}g{m:02d}", "{h}h{m:02d}p", "{h} h {m:02d}", "{h}h {m:02d}", "{h}giờ{m:02d}",
)  # fmt: skip


@given(hour=HOURS, minute=MINUTES, form=st.sampled_from(FORMS), minutes_said=st.booleans())
def test_a_time_of_day_is_heard(hour: int, minute: int, form: str, minutes_said: bool) -> None:
    written = form.format(h=hour, m=minute)
    said = read(f"Họp lúc {written}.", style=Style(say_minutes=minutes_said), document=False).spoken
    assert hear_time(said.removeprefix("Họp lúc ")) == (hour, minute)


@given(first=HOURS, last=HOURS, minute=MINUTES, dash=st.sampled_from(["-", " - ", "–", " – "]))
def test_a_stretch_of_time_is_heard(first: int, last: int, minute: int, dash: str) -> None:
    said = read(f"Mất điện từ {first}h{minute:02d}{dash}{last}h.", document=False).spoken
    start, _, end = said.removeprefix("Mất điện từ ").partition(" đến ")
    assert (hear_time(start), hear_time(end)) == ((first, minute), (last, 0))
    assert said.count("từ") == 1


@given(hour=st.integers(1, 12), minute=MINUTES, part=st.sampled_from(["sáng", "chiều", "tối"]))
def test_a_dot_between_hour_and_minute_needs_a_part_of_the_day(hour: int, minute: int, part: str) -> None:
    said = read(f"Khoảng {hour}.{minute:02d} {part} nay.", document=False).spoken
    assert hear_time(said.removeprefix("Khoảng ").removesuffix(f" {part} nay")) == (hour, minute)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("gạo 5g", "gạo năm gam"),
        ("sau 48h", "sau bốn mươi tám giờ"),
        ("7h kém 15", "bảy giờ kém mười lăm phút"),
        ("trực 24/24h", "trực hai mươi tư trên hai mươi tư giờ"),
        ("hiệp hai 45'", "hiệp hai bốn mươi lăm phút"),
    ],
)
def test_other_lengths_of_time_are_said(written: str, spoken: str) -> None:
    assert read(written, document=False).spoken == spoken
