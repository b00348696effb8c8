"""Numbers come back unchanged from an ear that knows nothing of the reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.reading.numbers import say_whole
from broadcaster.reading.numerals import parse_numeral, say_literal
from broadcaster.reading.reader import read
from broadcaster.reading.style import EarlyDay, Four, Letters, Odd, Style, Thousand
from tests.reading.spoken import hear_number

STYLES = st.builds(
    Style,
    thousand=st.sampled_from(Thousand),
    odd=st.sampled_from(Odd),
    early_day=st.sampled_from(EarlyDay),
    four=st.sampled_from(Four),
    letters=st.sampled_from(Letters),
    say_minutes=st.booleans(),
)
NUMBERS = st.one_of(
    st.integers(0, 10**15), st.integers(0, 2000), st.sampled_from([10**k + d for k in range(15) for d in (0, 1, 5)])
)


@given(value=NUMBERS, style=STYLES)
def test_every_number_is_heard_as_it_was_meant(value: int, style: Style) -> None:
    assert hear_number(say_whole(value, style)) == value


@given(value=NUMBERS)
def test_a_number_with_thousands_dots_is_the_same_number(value: int) -> None:
    grouped = f"{value:,}".replace(",", ".")
    assert (
        hear_number(read(f"Có {grouped} hộ.", document=False).spoken.removeprefix("Có ").removesuffix(" hộ")) == value
    )


@given(value=st.integers(1, 99))
def test_a_leading_zero_before_a_counted_noun_is_silent(value: int) -> None:
    assert read(f"Còn {value:02d} hộ.", document=False).spoken == f"Còn {say_whole(value, Style())} hộ"


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("1005", "một nghìn không trăm linh năm"),
        ("1015", "một nghìn không trăm mười lăm"),
        ("21", "hai mươi mốt"),
        ("11", "mười một"),
        ("1000001", "một triệu không trăm linh một"),
        ("1000000000000", "một nghìn tỷ"),
        ("0,05", "không phẩy không năm"),
        ("2,50", "hai phẩy năm mươi"),
        ("3,1416", "ba phẩy một bốn một sáu"),
        ("1.250,5", "một nghìn hai trăm năm mươi phẩy năm"),
        ("1,250,000", "một triệu hai trăm năm mươi nghìn"),
        ("4.0", "bốn chấm không"),
        ("1.2.3", "một chấm hai chấm ba"),
    ],
)
def test_a_literal_is_said(written: str, spoken: str) -> None:
    assert say_literal(written, Style()) == spoken


def test_a_number_beyond_reason_is_said_digit_by_digit() -> None:
    numeral = parse_numeral("1" * 40)
    assert numeral is not None
    assert numeral.say(Style()).split() == ["một"] * 40


def test_the_station_chooses_its_words() -> None:
    southern = Style(thousand=Thousand.NGAN, odd=Odd.LE, four=Four.BON)
    assert say_whole(24_104, southern) == "hai mươi bốn ngàn một trăm lẻ bốn"


def test_the_ear_refuses_what_nobody_says() -> None:
    """Negative control: the independent parser does not accept everything."""
    for nonsense in ("mười năm", "hai mươi một", "một trăm năm", "linh năm"):
        with pytest.raises((ValueError, KeyError)):
            hear_number(nonsense)
