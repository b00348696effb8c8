"""Speech shaped for horns: clauses, pauses, groups, and the key fact once more."""

from broadcaster.reading.reader import read
from broadcaster.reading.segments import PAUSE_MS
from broadcaster.reading.symbols import Break


def clauses(text: str) -> list[str]:
    return [segment.spoken for sentence in read(text, document=False).sentences for segment in sentence.segments]


def pauses(text: str) -> list[int]:
    return [segment.pause_ms for sentence in read(text).sentences for segment in sentence.segments]


def test_a_telephone_number_comes_in_its_groups() -> None:
    assert clauses("Gọi 0912345678.") == ["Gọi không chín một hai", "ba bốn năm", "sáu bảy tám"]
    assert clauses("Gọi 0912 34 56 78.") == ["Gọi không chín một hai", "ba bốn", "năm sáu", "bảy tám"]


def test_a_long_number_is_cut_where_a_listener_can_follow() -> None:
    assert clauses("Dự toán 1.875.250.000 đồng.") == [
        "Dự toán một tỷ",
        "tám trăm bảy mươi lăm triệu",
        "hai trăm năm mươi nghìn đồng",
    ]


def test_a_short_number_is_not_cut() -> None:
    assert clauses("Có 1.250 hộ.") == ["Có một nghìn hai trăm năm mươi hộ"]


def test_a_score_of_two_figures_cannot_be_heard_as_one_number() -> None:
    assert clauses("Thắng 20-5.") == ["Thắng hai mươi", "năm"]


def test_pauses_grow_from_comma_to_paragraph() -> None:
    assert pauses("Một, hai; ba. Bốn\nNăm") == [
        PAUSE_MS[Break.COMMA], PAUSE_MS[Break.CLAUSE], PAUSE_MS[Break.SENTENCE], PAUSE_MS[Break.PARAGRAPH],
        PAUSE_MS[Break.PARAGRAPH],
    ]  # fmt: skip


def test_marks_one_after_another_make_one_pause() -> None:
    assert pauses("Một ... - , hai") == [PAUSE_MS[Break.CLAUSE], PAUSE_MS[Break.PARAGRAPH]]


def test_a_clause_too_long_for_one_breath_is_cut_before_a_joining_word() -> None:
    text = (
        "Đề nghị toàn thể bà con nhân dân trong xã chủ động thu hoạch lúa đã chín trên đồng ruộng và gia cố lại nhà "
        "cửa chuồng trại ao nuôi cá"
    )
    parts = clauses(text)
    assert len(parts) == 2
    assert parts[1].startswith("và ")
    assert " ".join(parts) == text


def test_the_key_fact_is_said_again_at_the_end() -> None:
    text = "Kính thưa bà con. Thôn họp lúc 19h30 ngày 5/12 tại nhà văn hóa. Nội dung: bầu trưởng thôn."
    again = read(text, repeat_key_fact=True, document=False)
    assert again.sentences[-1].spoken == (
        "xin nhắc lại Thôn họp lúc mười chín giờ ba mươi phút ngày mồng năm tháng mười hai tại nhà văn hóa"
    )
    assert again.sentences[:-1] == read(text, document=False).sentences


def test_without_a_time_nothing_is_said_again() -> None:
    text = "Kính thưa bà con. Xin cảm ơn."
    assert read(text, repeat_key_fact=True) == read(text)
