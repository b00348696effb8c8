"""From document to bulletin: paper is set aside, and the officer is told."""

from broadcaster.reading.reader import read
from broadcaster.reading.reading import NoticeKind, SpanKind

DOCUMENT = """ỦY BAN NHÂN DÂN
XÃ TÂN LẬP
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
-------
Số: 14/TB-UBND
Tân Lập, ngày 3 tháng 6 năm 2026
THÔNG BÁO
V/v tạm dừng cấp nước
Kính gửi:
- Ban công tác Mặt trận các thôn;
- Toàn thể nhân dân.
Nhà máy nước tạm dừng cấp nước từ 8h đến 11h ngày 5/6/2026.
1. Thôn Đông;
2. Thôn Đoài.
Đề nghị bà con chủ động tích nước./.
Nơi nhận:
- Như kính gửi;
- Lưu: VT.
TM. ỦY BAN NHÂN DÂN
KT. CHỦ TỊCH
PHÓ CHỦ TỊCH
(Đã ký)
Nguyễn Văn Bình"""


def test_only_the_message_of_a_document_is_read() -> None:
    assert read(DOCUMENT).spoken == (
        "thông báo về việc tạm dừng cấp nước Nhà máy nước tạm dừng cấp nước từ tám giờ đến mười một giờ ngày mồng năm "
        "tháng sáu năm hai nghìn không trăm hai mươi sáu một Thôn Đông hai Thôn Đoài Đề nghị bà con chủ động tích nước"
    )


def test_the_officer_sees_everything_that_was_left_out() -> None:
    reading = read(DOCUMENT)
    left_out = [span.written for span in reading.spans if span.kind is SpanKind.LEFT_OUT]
    assert [text.split("\n")[0] for text in left_out] == ["ỦY BAN NHÂN DÂN", "Kính gửi:", "Nơi nhận:"]
    assert [notice.kind for notice in reading.notices] == [NoticeKind.LEFT_OUT] * 3
    assert "kính gửi" in reading.notices[1].message


def test_one_line_is_read_whole() -> None:
    """Negative control: without the analysis of a document nothing is set aside."""
    assert "nơi nhận" in read("Nơi nhận: các thôn", document=False).spoken.lower()


def test_a_bulletin_that_only_mentions_the_committee_keeps_its_first_line() -> None:
    assert read("UBND XÃ THÔNG BÁO\nMai họp dân.").spoken == "ủy ban nhân dân xã thông báo Mai họp dân"


def test_a_signature_line_with_a_name_is_not_read() -> None:
    text = "Mời bà con đi họp đông đủ.\nTRƯỞNG THÔN\nTrần Văn Lâm"
    assert read(text).spoken == "Mời bà con đi họp đông đủ"


def test_a_line_broken_by_the_printer_is_one_sentence() -> None:
    reading = read("Đề nghị các hộ gia đình\ntreo cờ Tổ quốc.")
    assert [sentence.spoken for sentence in reading.sentences] == ["Đề nghị các hộ gia đình treo cờ Tổ quốc"]


def test_a_title_is_a_sentence_of_its_own() -> None:
    reading = read("Lịch phun thuốc\nThứ hai phun thôn Đông.")
    assert [sentence.spoken for sentence in reading.sentences] == ["Lịch phun thuốc", "Thứ hai phun thôn Đông"]


def test_a_table_row_becomes_clauses() -> None:
    reading = read("| Thôn Đông | 7h30 | 25/12 |\n|---|---|---|\nThôn Đoài\t8h\t26/12")
    assert [[segment.spoken for segment in sentence.segments] for sentence in reading.sentences] == [
        ["Thôn Đông", "bảy giờ ba mươi phút", "ngày hai mươi lăm tháng mười hai"],
        ["Thôn Đoài", "tám giờ", "ngày hai mươi sáu tháng mười hai"],
    ]


def test_list_marks_are_pauses_and_labels_are_said() -> None:
    reading = read("- Cấm câu cá;\n+ Cấm tắm;\na) Đeo phao;\n1.2. Trông trẻ.")
    assert reading.spoken == "Cấm câu cá Cấm tắm a Đeo phao một chấm hai Trông trẻ"


def test_offsets_of_sentences_stand_in_the_written_text() -> None:
    reading = read(DOCUMENT)
    starts = [reading.written[sentence.start : sentence.start + 9] for sentence in reading.sentences]
    assert starts[:3] == ["THÔNG BÁO", "V/v tạm d", "Nhà máy n"]
