"""Texts from the years before Unicode are recognised, converted, and the officer is told."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.reading.encodings import Encoding, convert, detect
from broadcaster.reading.legacy import tcvn3_table
from broadcaster.reading.reader import read
from broadcaster.reading.reading import NoticeKind

MESSAGE = (
    "Thông báo về việc tiêm phòng cho trẻ em dưới sáu tuổi ở các thôn. Đề nghị bà con đưa trẻ đến trạm y tế đúng giờ."
)
TELEX = "Thoong baso tieem phongf cho trer em. DDeef nghij baf con dduwa trer ddeens trajm y tees ddungs giowf."


def to_tcvn3(text: str) -> str:
    back = {letter: chr(code) for code, letter in tcvn3_table().items()}
    return "".join(back.get(letter, letter) for letter in text)


def to_vni(text: str) -> str:
    """Written here from the layout of the font, not from the reader's table."""
    shapes = {
        "ă": ("a", "ê"),
        "â": ("a", "â"),
        "ê": ("e", "â"),
        "ô": ("o", "â"),
        "ơ": ("ô", ""),
        "ư": ("ö", ""),
        "đ": ("ñ", ""),
    }
    breve = {"\u0300": "è", "\u0301": "é", "\u0309": "ú", "\u0303": "ü", "\u0323": "ë"}
    hat = {"\u0300": "à", "\u0301": "á", "\u0309": "å", "\u0303": "ã", "\u0323": "ä"}
    plain = {"\u0300": "ø", "\u0301": "ù", "\u0309": "û", "\u0303": "õ", "\u0323": "ï"}
    single = {"ì": "ì", "í": "í", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î"}
    out = []
    for letter in text.lower():
        if letter in single:
            out.append(single[letter])
            continue
        parts = unicodedata.normalize("NFD", letter)
        tone = next((mark for mark in parts if mark in plain), "")
        base = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in plain))
        vowel, mark = shapes.get(base, (base, ""))
        marks = breve if base == "ă" else hat if mark else plain
        out.append(vowel + (marks[tone] if tone else mark))
    return "".join(out)


def test_tcvn3_is_recognised_and_restored() -> None:
    old = to_tcvn3(MESSAGE.lower())
    assert detect(old) is Encoding.TCVN3
    assert convert(old, Encoding.TCVN3) == MESSAGE.lower()


def test_tcvn3_whose_soft_hyphens_were_shown_as_hyphens_is_restored() -> None:
    shown = to_tcvn3("trưởng thôn hướng dẫn cách tưới nước cho rau").replace("\u00ad", "-")
    assert convert(shown, detect(shown)) == "trưởng thôn hướng dẫn cách tưới nước cho rau"


def test_real_tcvn3_is_read() -> None:
    assert read("Th«ng b¸o: ®óng 7h30 ngµy 25/12 häp th«n t¹i nhµ v¨n hãa.", document=False).spoken == (
        "Thông báo đúng bảy giờ ba mươi phút ngày hai mươi lăm tháng mười hai họp thôn tại nhà văn hóa"
    )


def test_vni_is_recognised_and_restored() -> None:
    old = to_vni(MESSAGE)
    assert detect(old) is Encoding.VNI
    assert convert(old, Encoding.VNI) == MESSAGE.lower()


def test_real_vni_is_read() -> None:
    assert read("Thoâng baùo: ñuùng 7h30 hoïp thoân taïi nhaø vaên hoùa.", document=False).spoken == (
        "Thông báo đúng bảy giờ ba mươi phút họp thôn tại nhà văn hóa"
    )


def test_telex_that_was_never_composed_is_restored() -> None:
    assert detect(TELEX) is Encoding.TELEX
    assert convert(TELEX, Encoding.TELEX) == (
        "Thông báo tiêm phòng cho trẻ em. Đề nghị bà con đưa trẻ đến trạm y tế đúng giờ."
    )


def test_decomposed_letters_are_composed() -> None:
    apart = unicodedata.normalize("NFD", MESSAGE)
    assert detect(apart) is Encoding.DECOMPOSED
    assert convert(apart, Encoding.DECOMPOSED) == MESSAGE


@pytest.mark.parametrize("encode", [to_tcvn3, to_vni])
def test_the_officer_is_told_of_a_conversion(encode: Callable[[str], str]) -> None:
    notices = read(encode(MESSAGE.lower())).notices
    assert [notice.kind for notice in notices] == [NoticeKind.CONVERTED]
    assert "Unicode" in notices[0].message


@pytest.mark.parametrize(
    "text",
    [
        MESSAGE,
        "The commune has a class of trees.",
        "Hop thon luc 7h30.",
        "Café résumé naïve à la carte",
        "UBND XÃ",
        "Ba Na Hills resort, Vinpearl, Sun World",
        "",
    ],
)
def test_texts_that_need_nothing_are_left_alone(text: str) -> None:
    """Negative control."""
    assert detect(text) is Encoding.UNICODE
    assert read(text).notices == () or read(text).notices[0].kind is not NoticeKind.CONVERTED


@given(text=st.text(max_size=120))
def test_detection_never_fails(text: str) -> None:
    assert isinstance(convert(text, detect(text)), str)
