"""Writes a report as a workbook (Office Open XML), by XlsxWriter. Text is never taken for a formula."""

import io

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from broadcaster.services.records.report_sheet import Cell, Paper, Sheet

_FONT = {"font_name": "Times New Roman", "font_size": 12}
_HEAD_ROWS = 7


def workbook(paper: Paper) -> bytes:
    """Return the report as an .xlsx file: each table a sheet under the paper's head, the log of the month the last."""
    made = io.BytesIO()
    book = Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"{paper.kind.capitalize()}: {paper.title}", "company": paper.sender})
    pen = _Pen(book)
    for sheet in (*paper.sheets, paper.log):
        pen.write(paper, sheet)
    book.close()
    return made.getvalue()


class _Pen:
    """The formats of one workbook, and how a sheet is written with them."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        centred = _FONT | {"align": "center", "valign": "vcenter"}
        self._bold = book.add_format(centred | {"bold": True})
        self._plain = book.add_format(centred)
        self._italic = book.add_format(centred | {"italic": True})
        self._title = book.add_format(centred | {"bold": True, "font_size": 14})
        framed = _FONT | {"border": 1, "valign": "top", "text_wrap": True}
        self._column = book.add_format(framed | {"bold": True, "align": "center", "bg_color": "#F1E9D8"})
        self._text = book.add_format(framed)
        self._whole = book.add_format(framed | {"num_format": "#,##0"})
        self._tenth = book.add_format(framed | {"num_format": "#,##0.0"})
        self._note = book.add_format(_FONT | {"text_wrap": True, "valign": "top"})

    def write(self, paper: Paper, sheet: Sheet) -> None:
        """Write one table with the paper's head above it and the place for signatures below."""
        page = self._book.add_worksheet(sheet.name)
        self._set_up(page, sheet)
        last = len(sheet.columns) - 1
        middle = last // 2
        for row, left, right, shape in (
            (0, paper.sender, paper.nation, self._bold),
            (1, "", paper.motto, self._bold),
            (2, paper.number, paper.place_and_day, self._italic),
        ):
            self._span(page, row, 0, middle, left, shape)
            self._span(page, row, middle + 1, last, right, shape)
        self._span(page, 4, 0, last, f"{paper.kind} {paper.title.upper()}", self._title)
        self._span(page, 5, 0, last, sheet.title, self._bold)
        for column, name in enumerate(sheet.columns):
            page.write_string(_HEAD_ROWS, column, name, self._column)
        for row, cells in enumerate(sheet.rows, start=_HEAD_ROWS + 1):
            for column, cell in enumerate(cells):
                self._cell(page, row, column, cell)
        self._foot(page, paper, row=_HEAD_ROWS + len(sheet.rows) + 2, last=last)

    def _set_up(self, page: Worksheet, sheet: Sheet) -> None:
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        page.repeat_rows(_HEAD_ROWS)
        page.freeze_panes(_HEAD_ROWS + 1, 0)
        for column, width in enumerate(sheet.widths):
            page.set_column(column, column, width)

    def _foot(self, page: Worksheet, paper: Paper, *, row: int, last: int) -> None:
        for line in paper.summary:
            self._span(page, row, 0, last, line, self._note)
            page.set_row(row, 32)
            row += 1
        third = (last + 1) // 3
        for number, words in enumerate(paper.recipients):
            self._span(page, row + 1 + number, 0, third - 1, words, self._note)
        for (first, end), words_below in zip(
            ((third, 2 * third - 1), (2 * third, last)), paper.signatures, strict=True
        ):
            for number, words in enumerate(words for words in words_below if words):
                shape = self._italic if words.startswith("(") else self._bold
                self._span(page, row + 1 + number, first, end, words, shape)

    def _cell(self, page: Worksheet, row: int, column: int, cell: Cell) -> None:
        if isinstance(cell, str):
            page.write_string(row, column, cell, self._text)
        elif cell is None:
            page.write_string(row, column, "chưa có", self._text)
        else:
            page.write_number(row, column, cell, self._whole if isinstance(cell, int) else self._tenth)

    def _span(self, page: Worksheet, row: int, first: int, last: int, words: str, shape: Format) -> None:
        if first == last:
            page.write_string(row, first, words, shape)
        else:
            page.merge_range(row, first, row, last, "", shape)
            page.write_string(row, first, words, shape)
