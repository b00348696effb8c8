"""The lexicon: ours to edit, a station's own entries first, and definitions inside a text before all."""

from collections import Counter

import pytest

from broadcaster.reading.lexicon import Entry, EntryKind, Lexicon, LexiconError, house_lexicon, parse_lexicon
from broadcaster.reading.reader import read
from broadcaster.reading.reading import SpanKind

PROVINCES = """An Giang, Bắc Ninh, Cà Mau, Cao Bằng, Cần Thơ, Đà Nẵng, Đắk Lắk, Điện Biên, Đồng Nai, Đồng Tháp,
Gia Lai, Hà Nội, Hà Tĩnh, Hải Phòng, Hồ Chí Minh, Huế, Hưng Yên, Khánh Hòa, Lai Châu, Lạng Sơn, Lào Cai, Lâm Đồng,
Nghệ An, Ninh Bình, Phú Thọ, Quảng Ngãi, Quảng Ninh,
Quảng Trị, Sơn La, Tây Ninh, Thái Nguyên, Thanh Hóa, Tuyên Quang, Vĩnh Long""".replace("\n", " ")


def said(text: str, *, lexicon: Lexicon | None = None, voice: str | None = None) -> str:
    return read(text, document=False, lexicon=lexicon, voice=voice).spoken


def test_the_house_lexicon_is_large_and_has_no_entry_twice() -> None:
    entries = house_lexicon().entries
    assert len(entries) >= 1200
    twice = Counter((entry.written, entry.spoken, entry.kind, entry.context) for entry in entries)
    assert [entry for entry, count in twice.items() if count > 1] == []


def test_every_spoken_form_is_words() -> None:
    for entry in house_lexicon().entries:
        if entry.kind is not EntryKind.LOAN and entry.spoken != "%":
            assert all(letter.isalpha() or letter in " ," for letter in entry.spoken), entry


def test_the_34_provinces_are_never_broken() -> None:
    reading = read(PROVINCES, document=False)
    assert len(PROVINCES.split(", ")) == 34
    assert reading.spoken == PROVINCES.replace(",", "")
    assert reading.spans == ()


@pytest.mark.parametrize("province", PROVINCES.upper().split(", "))
def test_a_province_in_capitals_is_a_name(province: str) -> None:
    assert said(f"TỈNH {province}") == f"tỉnh {province.lower()}"


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Thị Khuyên",
        "Trần Quốc Toản",
        "Đinh Bộ Lĩnh",
        "Y Moan Ênuôl",
        "Hoàng Huỳnh Quỳnh",
        "Krông Pắc",
        "Phja Chang",
    ],
)
def test_names_are_said_as_written(name: str) -> None:
    assert said(f"Ông {name} phát biểu.") == f"Ông {name} phát biểu"


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Tiêm VAT cho thai phụ.", "Tiêm vắc xin phòng uốn ván cho thai phụ"),
        ("Giá chưa gồm thuế VAT.", "Giá chưa gồm thuế giá trị gia tăng"),
        ("TT Y tế", "trung tâm y tế"),
        ("TT Vôi", "thị trấn Vôi"),
        (
            "TT 39/2020/TT-BTTTT",
            "thông tư ba mươi chín năm hai nghìn không trăm hai mươi thông tư bộ thông tin và truyền thông",
        ),
        ("KT. CHỦ TỊCH", "ký thay chủ tịch"),
        ("phát triển KT", "phát triển kinh tế"),
        ("CA xã", "công an xã"),
        ("BCH Đoàn", "ban chấp hành Đoàn"),
        ("BCH PCTT", "ban chỉ huy phòng chống thiên tai"),
    ],
)
def test_the_words_around_choose_between_readings(written: str, spoken: str) -> None:
    assert said(written).lower() == spoken.lower()


def test_a_stations_own_entry_wins() -> None:
    own = house_lexicon().with_entries(
        [Entry(written="HTX", spoken="hợp tác xã Bình Minh"), Entry(written="bản 5", spoken="bản Năm Cũ")]
    )
    assert said("HTX họp ở bản 5.", lexicon=own) == "hợp tác xã Bình Minh họp ở bản Năm Cũ"
    assert said("HTX họp ở bản 5.") == "hợp tác xã họp ở bản năm"


def test_the_house_reading_stays_an_alternative_of_the_stations() -> None:
    own = house_lexicon().with_entries([Entry(written="TDP", spoken="tiểu đoàn pháo")])
    (span,) = read("TDP", lexicon=own, document=False).spans
    assert (span.spoken, span.alternatives[0]) == ("tiểu đoàn pháo", "tổ dân phố")


def test_a_stations_entry_may_hold_digits_and_signs() -> None:
    own = house_lexicon().with_entries([Entry(written="K9", spoken="khu 9 & 10")])
    assert said("Đến K9.", lexicon=own) == "Đến khu chín và mười"


def test_a_definition_in_the_text_is_said_once_and_learnt() -> None:
    text = "Quỹ vì trẻ thơ (QVTT) đã thu. QVTT chi quà."
    assert said(text) == "Quỹ vì trẻ thơ đã thu quỹ vì trẻ thơ chi quà"
    assert [span.kind for span in read(text).spans] == [SpanKind.DEFINITION, SpanKind.ABBREVIATION]


def test_a_bracket_that_explains_nothing_is_read() -> None:
    """Negative control: the letters must be those of the words before."""
    assert said("Họp thôn (UBND) tối nay.") == "Họp thôn ủy ban nhân dân tối nay"


def test_an_abbreviation_explained_behind_it_is_said_once() -> None:
    assert said("CĐM (cánh đồng mẫu) rộng.") == "cánh đồng mẫu rộng"


def test_an_unknown_abbreviation_is_spelled_and_shown_to_the_officer() -> None:
    reading = read("Dự án XQZT.", document=False)
    assert reading.spoken == "Dự án ích quy dét tê"
    assert [span.written for span in reading.unsure] == ["XQZT"]


def test_a_loan_word_is_respelt_only_for_a_voice() -> None:
    assert said("Vào Zalo.") == "Vào Zalo"
    assert said("Vào Zalo.", voice="espeak") == "Vào da lô"
    own = house_lexicon().with_entries(
        [Entry(written="Zalo", spoken="Zalo", kind=EntryKind.LOAN, respellings=(("espeak", "gia lô"), ("*", "za lô")))]
    )
    assert said("Vào Zalo.", voice="espeak", lexicon=own) == "Vào gia lô"
    assert said("Vào Zalo.", voice="piper", lexicon=own) == "Vào za lô"


def test_a_line_of_the_file_that_cannot_be_understood_is_refused_with_its_number() -> None:
    with pytest.raises(LexiconError) as refused:
        parse_lexicon("# đầu tệp\nA\tbê\nUBND\n")
    assert refused.value.line == 3
    with pytest.raises(LexiconError):
        parse_lexicon("A\tbê\tloại lạ\n")
    with pytest.raises(LexiconError):
        parse_lexicon("A\tbê\tloan\t\tespeak\n")


def test_a_line_of_the_file_is_an_entry() -> None:
    (entry,) = parse_lexicon("Zalo\t=\tloan\t~mạng; >nhóm\t*=da lô; piper=za lô")
    assert entry == Entry(
        written="Zalo",
        spoken="Zalo",
        kind=EntryKind.LOAN,
        context=("~mạng", ">nhóm"),
        respellings=(("*", "da lô"), ("piper", "za lô")),
    )
