"""The workbook and the PDF hold the numbers of the report, read back by other hands than wrote them."""

import io
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from pypdf import PdfReader

from broadcaster.adapters.papers import pdf
from broadcaster.adapters.workbooks import workbook
from broadcaster.domain.delivery import Heard, Outcome
from broadcaster.domain.ids import StationId
from broadcaster.domain.records.logbook import LogKind, Source, verify
from broadcaster.domain.records.report import Month, MonthlyReport, Presence, Tally, monthly
from broadcaster.domain.station import Rules, Station
from broadcaster.services.records.report_sheet import Paper, paper
from tests.broadcaster.domain.log_entries import NOON, PLACES, chain, entry

STATION = Station(id=StationId("x"), name="Xã Hồng Phong", province="Bắc Ninh", rules=Rules(), epoch=1)
EVIL = "=HYPERLINK(\"http://x\")&cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def report() -> MonthlyReport:
    """A month in which most kinds of things happened."""
    lines = chain(
        *(entry("lp-1", cluster=n, seconds=90, heard=Heard.HEARD) for n in range(3)),
        entry("lp-1", cluster=3, seconds=None),
        entry("lp-2", seconds=45, source=Source.LIBRARY, title=EVIL, planned_at=NOON + timedelta(days=2)),
        entry(
            "kc-1", kind=LogKind.ALERT, source=Source.ALERT, priority="emergency", title="Lũ quét", sounded_ms=90_000
        ),
        entry(
            "kc-2",
            kind=LogKind.ALERT,
            source=Source.EXERCISE,
            priority="exercise",
            title="Diễn tập lũ",
            sounded_ms=30_000,
        ),
        entry("lp-3", cluster=2, seconds=20, outcome=Outcome.INTERRUPTED, reason="alert", priority="priority"),
    )
    watched = Presence(
        place=PLACES[0], online=True, began_at=NOON, ended_at=NOON + timedelta(hours=30)
    )  # fmt: skip
    return monthly(
        lines, month=Month(year=2026, month=11), zone=ZoneInfo("Asia/Ho_Chi_Minh"), places=PLACES, presence=[watched],
        log=verify(lines), now=NOON,
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(report: MonthlyReport) -> Paper:
    """The report as a paper."""
    return paper(report, STATION)


def test_every_cell_of_the_workbook_is_the_papers(made: Paper) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(made)))
    assert book.sheetnames == [sheet.name for sheet in (*made.sheets, made.log)]

    for sheet in (*made.sheets, made.log):
        page = book[sheet.name]
        assert page["A1"].value == "ỦY BAN NHÂN DÂN XÃ HỒNG PHONG"
        read = [[cell.value for cell in row] for row in page.iter_rows(min_row=8, max_row=8 + len(sheet.rows))]
        written = [["chưa có" if cell is None else cell for cell in row] for row in sheet.rows]
        assert [[cell or "" for cell in row] for row in read[1:]] == [[cell or "" for cell in row] for row in written]
        assert read[0] == list(sheet.columns)


def test_what_people_write_is_never_a_formula(made: Paper) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(made)))
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value == EVIL]

    assert len(cells) == 2
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.data_type == "f" for page in book for row in page.iter_rows() for cell in row)


def test_sheets_carry_the_reports_own_figures(made: Paper, report: MonthlyReport) -> None:
    def figures(tally: Tally) -> tuple[object, ...]:
        return (tally.items, tally.aired, tally.minutes, tally.deliveries, tally.played,
                tally.played_share, tally.heard_share)  # fmt: skip

    sheets = {sheet.name: sheet.rows for sheet in made.sheets}
    assert sheets["Tổng hợp"] == (
        ("Cả tháng", *figures(report.totals)), ("Diễn tập, thử loa (tính riêng)", *figures(report.practised)),
    )  # fmt: skip
    assert [row[1:] for row in sheets["Theo nguồn"]] == [figures(tally) for _, tally in report.by_source]
    assert [row[1:] for row in sheets["Theo thôn"]] == [figures(tally) for _, tally in report.by_hamlet]
    assert [row[2] for row in sheets["Lượt chưa trọn"]] == [failure.count for failure in report.failures]
    assert sheets["Bộ thu"][0] == ("Cụm 0", "Thôn 0", 30.0, 30.0, 100.0)
    assert [(row[1], row[2], row[3], row[6]) for row in sheets["Khẩn cấp, diễn tập"]] == [
        ("Lũ quét", "Tin khẩn cấp", 1, 1.5), ("Diễn tập lũ", "Diễn tập", 1, 0.5),
    ]  # fmt: skip
    assert {row[0]: row[1:] for row in sheets["Theo mức ưu tiên"]} == {
        {"emergency": "Khẩn cấp", "exercise": "Diễn tập", "ordinary": "Thông thường", "priority": "Ưu tiên"}[rank]:
        figures(tally) for rank, tally in report.by_priority
    }  # fmt: skip
    assert len(made.log.rows) == len(report.lines) == 8


def test_paper_has_the_form_that_is_sent_upwards(made: Paper) -> None:
    assert made.nation == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert made.motto == "Độc lập - Tự do - Hạnh phúc"
    assert made.place_and_day == "Hồng Phong, ngày 10 tháng 11 năm 2026"
    assert (made.kind, made.title) == ("BÁO CÁO", "Hoạt động của đài truyền thanh xã Hồng Phong tháng 11/2026")
    assert made.number.startswith("Số:")
    assert made.number.endswith("/BC-UBND")
    assert made.recipients[0] == "Nơi nhận:"
    assert made.recipients[-1].startswith("- Lưu: VT")
    assert made.signatures[1][:2] == ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")


def test_pdf_embeds_its_letters_and_says_every_word(made: Paper) -> None:
    pages = PdfReader(io.BytesIO(pdf(made))).pages
    said = " ".join(" ".join(page.extract_text() for page in pages).split())

    for words in (
        made.sender, "/BC-UBND", made.nation, made.motto, made.place_and_day, made.kind, made.title, "CHỦ TỊCH",
        *made.recipients, *(s.title for s in made.sheets),
        "Tin khẩn cấp đã ngắt lượt phát này.", made.summary[1], "TM. ỦY BAN NHÂN DÂN",
    ):  # fmt: skip
        assert words in said
    fonts = {str(f.get_object()["/BaseFont"]) for page in pages for f in page["/Resources"]["/Font"].values()}
    assert len(fonts) == 4
    assert all("+IBMPlexSerif" in name.replace(" ", "") for name in fonts)


def test_pdf_of_an_empty_month_is_made_too() -> None:
    empty = monthly(
        [], month=Month(year=2026, month=2), zone=ZoneInfo("Asia/Ho_Chi_Minh"), places=(), presence=(), log=verify([]),
        now=NOON,
    )  # fmt: skip

    assert "Không có." in PdfReader(io.BytesIO(pdf(paper(empty, STATION)))).pages[0].extract_text()
    assert openpyxl.load_workbook(io.BytesIO(workbook(paper(empty, STATION)))).sheetnames[0] == "Tổng hợp"


def test_pdf_tells_of_a_log_that_was_changed(report: MonthlyReport) -> None:
    broken = replace(report, log=replace(report.log, broken_at=3))

    assert any("đã bị thay đổi từ dòng 3" in line for line in paper(broken, STATION).summary)
