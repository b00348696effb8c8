"""Whatever is pasted into the form, the reader answers, in words only, and in time that grows with the length."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.reading.reader import read
from broadcaster.reading.reading import NoticeKind
from tests.reading.folding import fold

SCRAPS = st.sampled_from(
    """UBND QĐ-UBND 27/TB-UBND 5/5 25-26/12 7h30 7h30-11h 3-2 19/19 QL31 Km12+500 ĐT.293 98C-123.45 38,5oC 110kV 1.300m2
    0912.345.678 1900 113 quý III khóa XIII (CĐS) 50.000đ/kg 15-20% 4.0 8.30 sáng www.xa.vn a@b.vn ./. … - / % ° & + =
    x m² ½ thống 1tr5 24/24h T7 CN VAT từ đến ngày tháng thứ lần số thắng tỷ lệ âm lịch mùng
    ( ) " ' . , : ; ! ? |""".split()
)
PIECES = st.lists(st.one_of(SCRAPS, st.text(max_size=8), st.integers(0, 10**6).map(str)), max_size=24)
TEXTS = st.one_of(st.text(max_size=200), PIECES.map(" ".join), PIECES.map("".join))


def only_words(said: str) -> bool:
    return all(letter.isalpha() or letter == " " or unicodedata.category(letter)[0] == "M" for letter in said)


@settings(max_examples=120)
@given(text=TEXTS, document=st.booleans())
def test_any_text_gives_words_only(text: str, document: bool) -> None:
    reading = read(text, document=document)
    assert only_words(reading.spoken)
    assert all(only_words(span.spoken) for span in reading.spans)
    assert bool(reading.sentences) != any(notice.kind is NoticeKind.NO_SPEECH for notice in reading.notices)


@settings(max_examples=120)
@given(text=TEXTS)
def test_reading_twice_is_reading_once(text: str) -> None:
    once = read(text, document=False).spoken
    assert fold(read(once, document=False).spoken) == fold(once)


@settings(max_examples=100)
@given(text=TEXTS)
def test_spans_stand_where_they_say(text: str) -> None:
    reading = read(text)
    assert all(reading.written[span.start : span.end] == span.written for span in reading.spans)
    assert all(0 <= span.confidence <= 1 for span in reading.spans)
    starts = [span.start for span in reading.spans]
    assert starts == sorted(starts)


@settings(max_examples=60)
@given(text=TEXTS)
def test_decomposed_letters_and_direction_marks_change_nothing(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    marked = "\u200f".join(unicodedata.normalize("NFD", "Họp thôn lúc 7h30 ngày 25/12."))
    assert read(unicodedata.normalize("NFD", composed), document=False).spoken == read(composed, document=False).spoken
    assert read(marked, document=False).spoken == read("Họp thôn lúc 7h30 ngày 25/12.", document=False).spoken


@pytest.mark.parametrize("text", ["", " ", "\n\n", "...", "./.", "- - -", "☎ ♥", "漢字", "\ud800", "\x00\x07"])
def test_a_text_without_words_gives_silence_and_a_notice(text: str) -> None:
    reading = read(text)
    assert reading.sentences == ()
    assert reading.notices[-1].kind is NoticeKind.NO_SPEECH


LONG_LINES = {
    "letters": "a", "digits": "1", "dots": ".", "dashes": "-", "slashes": "1/", "ranges": "1-", "words": "thôn ",
    "glued": "củaxã",
    "capitals": "UBND ", "one capital": "Đ", "mixed": "5/5 thôn họp 7h30-11h ngày 25/12, ", "brackets": "(",
    "labels": "a.a.",
    "decimals": "1,2.", "joined": "A-B/", "times": "7h30-", "at": "a@", "commas": "ngày 1,", "lines": "Số: 1/TB\n",
    "romans": "XVI",
}  # fmt: skip


@pytest.mark.parametrize("kind", LONG_LINES)
def test_time_grows_with_the_length_and_no_faster(kind: str) -> None:
    """Four times the text may take at most ten times as long; a quadratic reader would take sixteen."""
    unit = LONG_LINES[kind]
    short, long = (_seconds(unit * (size // len(unit))) for size in (4_000, 16_000))
    assert long < 10 * short + 0.05


@pytest.mark.parametrize("kind", ["letters", "digits", "decimals", "glued", "capitals", "mixed"])
def test_a_line_of_100_kb_is_read(kind: str) -> None:
    unit = LONG_LINES[kind]
    assert read(unit * (100_000 // len(unit)), document=False).sentences


def _seconds(text: str) -> float:
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        read(text, document=False)
        best = min(best, time.process_time() - start)
    return best
