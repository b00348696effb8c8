"""Writes a report as PDF, by fpdf2, in a typeface that has every Vietnamese letter and comes with its own package."""

import fontpkg
from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, VAlign, XPos, YPos
from fpdf.fonts import FontFace

from broadcaster.services.records.report_sheet import Cell, Paper, Sheet

_TYPEFACE = "IBM Plex Serif"
_MARGIN_MM = 15
_SIZE, _SMALL = 11, 9


def pdf(paper: Paper) -> bytes:
    """Return the report as an A4 PDF: the paper's head, each table under its title, the place for signatures."""
    page = _Page(paper)
    page.head()
    for sheet in paper.sheets:
        page.table_of(sheet)
    page.notes()
    page.signatures()
    return bytes(page.output())


class _Page(FPDF):
    """A4 upright; the number of each page stands below it."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(format="A4")
        self._paper = paper
        self.add_font("serif", "", fontpkg.path(_TYPEFACE))
        self.add_font("serif", "B", fontpkg.path(_TYPEFACE, weight=700))
        self.add_font("serif", "I", fontpkg.path(_TYPEFACE, style="italic"))
        self.set_margin(_MARGIN_MM)
        self.set_auto_page_break(True, margin=_MARGIN_MM)
        self.set_title(paper.title)
        self.set_lang("vi")
        self.set_creation_date(paper.made_at)
        self.add_page()

    def footer(self) -> None:
        """Write the page's number."""
        self.set_y(-_MARGIN_MM + 3)
        self.set_font("serif", "", _SMALL)
        self.cell(w=0, text=str(self.page_no()), align=Align.C)

    def head(self) -> None:
        """Write who sends it, the nation's motto, the place and day, and the title."""
        paper = self._paper
        left, right = self.epw * 0.44, self.epw * 0.56
        for words, motto, shape in (
            (paper.sender, paper.nation, "B"),
            (paper.station, paper.motto, "B"),
            ("", paper.place_and_day, "I"),
        ):
            top = self.get_y()
            self.set_font("serif", "B" if words else "", 9.5)
            self.multi_cell(left, 5.5, words, align=Align.C, new_x=XPos.RIGHT, new_y=YPos.TOP)
            self.set_font("serif", shape, 9.5 if shape == "B" else 10)
            self.set_xy(self.l_margin + left, top)
            self.multi_cell(right, 5.5, motto, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(6)
        self.set_font("serif", "B", 14)
        self.multi_cell(0, 7, paper.title, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(2)

    def table_of(self, sheet: Sheet) -> None:
        """Write one table; its head is repeated on every page that it goes on to."""
        if self.will_page_break(35):
            self.add_page()
        self.ln(3)
        self.set_font("serif", "B", _SIZE)
        self.cell(w=0, h=7, text=sheet.title, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_font("serif", "", _SMALL)
        if not sheet.rows:
            self.cell(w=0, h=6, text="Không có.", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            return
        heading = FontFace(emphasis="BOLD", fill_color=(241, 233, 216))
        aligned = tuple(Align.R if isinstance(cell, int | float) else Align.L for cell in sheet.rows[0])
        with self.table(
            col_widths=sheet.widths, text_align=aligned, headings_style=heading, line_height=4.6, padding=0.8,
            borders_layout=TableBordersLayout.ALL, v_align=VAlign.T,
        ) as table:  # fmt: skip
            for cells in (sheet.columns, *sheet.rows):
                row = table.row()
                for cell in cells:
                    row.cell(_written(cell))

    def notes(self) -> None:
        """Write where the figures are from, and the log's last hash."""
        self.ln(4)
        self.set_font("serif", "I", _SMALL)
        for line in self._paper.summary:
            self.multi_cell(0, 4.6, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def signatures(self) -> None:
        """Leave room for two people to sign."""
        if self.will_page_break(45):
            self.add_page()
        self.ln(6)
        for row, style in ((0, "B"), (1, "I")):
            self.set_font("serif", style, _SIZE)
            for words in self._paper.signatures:
                self.cell(w=self.epw / 2, h=6, text=words[row], align=Align.C)
            self.ln()


def _written(cell: Cell) -> str:
    if cell is None:
        return "chưa có"
    return f"{cell:.1f}".replace(".", ",").removesuffix(",0") if isinstance(cell, float) else str(cell)
