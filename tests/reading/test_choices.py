"""The officer decides what is doubtful, and the decision is read."""

from broadcaster.reading.reader import read
from broadcaster.reading.reading import UNSURE_BELOW, Choice, SpanKind

TEXT = "Ngày 5-6 họp. Ngày 5-6 nghỉ."


def test_what_may_be_two_things_is_shown_with_both() -> None:
    span = read(TEXT, document=False).unsure[0]
    assert span.written == "5-6"
    assert span.spoken == "mồng năm tháng sáu"
    assert "mồng năm đến ngày mồng sáu" in span.alternatives


def test_a_choice_settles_one_place_only() -> None:
    choice = Choice(written="5-6", occurrence=1, spoken="mồng năm đến ngày mồng sáu")
    reading = read(TEXT, choices=[choice], document=False)
    assert reading.spoken == "Ngày mồng năm tháng sáu họp Ngày mồng năm đến ngày mồng sáu nghỉ"
    assert [span.start for span in reading.unsure] == [5]


def test_what_was_said_before_stays_an_alternative() -> None:
    choice = Choice(written="5-6", occurrence=0, spoken="mồng năm đến ngày mồng sáu")
    span = next(span for span in read(TEXT, choices=[choice], document=False).spans if span.written == "5-6")
    assert (span.confidence, span.unsure) == (1.0, False)
    assert "mồng năm tháng sáu" in span.alternatives


def test_a_choice_typed_with_digits_is_said_in_words() -> None:
    choice = Choice(written="XQZT", occurrence=0, spoken="Dự án số 5, giai đoạn 2")
    assert read("Mã XQZT.", choices=[choice], document=False).spoken == "Mã Dự án số năm giai đoạn hai"


def test_a_choice_for_what_is_not_there_changes_nothing() -> None:
    choice = Choice(written="5-6", occurrence=7, spoken="không")
    assert read(TEXT, choices=[choice], document=False) == read(TEXT, document=False)


def test_the_threshold_is_one_for_the_house() -> None:
    assert all(span.unsure == (span.confidence < UNSURE_BELOW) for span in read(TEXT).spans)


def test_glued_and_misspelt_words_are_shown() -> None:
    reading = read("Nhà củaxã có hệ thốngcamera và ngiệp vụ.", document=False)
    assert reading.spoken == "Nhà của xã có hệ thống camera và ngiệp vụ"
    assert [(span.written, span.kind) for span in reading.spans] == [
        ("củaxã", SpanKind.GLUED),
        ("thốngcamera", SpanKind.GLUED),
        ("ngiệp", SpanKind.SUSPECT),
    ]
    assert [notice.message for notice in reading.notices] == [
        "“củaxã” có vẻ bị dính chữ, đọc là “của xã”.",
        "“thốngcamera” có vẻ bị dính chữ, đọc là “thống camera”.",
        "“ngiệp” có thể viết sai chính tả.",
    ]


def test_a_sign_nobody_can_say_is_left_out_and_shown() -> None:
    reading = read("Chúc mừng ☎ năm mới", document=False)
    assert reading.spoken == "Chúc mừng năm mới"
    assert reading.notices[0].message == "Ký hiệu “☎” không đọc được nên bị bỏ qua."
