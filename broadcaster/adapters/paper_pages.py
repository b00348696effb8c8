"""The pages of a report as PDF, drawn by fpdf2 in a typeface that has every Vietnamese letter."""

import fontpkg
from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, VAlign, XPos, YPos
from fpdf.fonts import FontFace

from broadcaster.services.records.report_sheet import Cell, Paper, Sheet

_TYPEFACE = "IBM Plex Serif"
_MARGIN_MM = 15
_SIZE, _SMALL = 11, 9


class Page(FPDF):
    """A4 upright; the number of each page stands below it."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(format="A4")
        self._paper = paper
        self.add_font("serif", "", fontpkg.path(_TYPEFACE))
        self.add_font("serif", "B", fontpkg.path(_TYPEFACE, weight=700))
        self.add_font("serif", "I", fontpkg.path(_TYPEFACE, style="italic"))
        self.add_font("serif", "BI", fontpkg.path(_TYPEFACE, weight=700, style="italic"))
        self.set_margin(_MARGIN_MM)
        self.set_auto_page_break(True, margin=_MARGIN_MM)
        self.set_title(f"{paper.kind.capitalize()}: {paper.title}")
        self.set_lang("vi")
        self.set_creation_date(paper.made_at)
        self.add_page()

    def footer(self) -> None:
        """Write the page's number."""
        self.set_y(-_MARGIN_MM + 3)
        self.set_font("serif", "", _SMALL)
        self.cell(w=0, text=str(self.page_no()), align=Align.C)

    def head(self) -> None:
        """Write who sends it and its number, the nation's motto, the place and day, what it is and what it is about."""
        paper = self._paper
        left, right = self.epw * 0.42, self.epw * 0.58
        top = self.get_y()
        self._centred(left, paper.sender, "B", 10.5)
        self._rule(self.l_margin, left, share=0.35)
        self.ln(2.5)
        self._centred(left, paper.number, "", 11)
        lowest = self.get_y()
        self.set_xy(self.l_margin + left, top)
        self._centred(right, paper.nation, "B", 10.5, at=left)
        self._centred(right, paper.motto, "B", 11, at=left)
        self._rule(self.l_margin + left, right, share=0.5)
        self.ln(2.5)
        self._centred(right, paper.place_and_day, "I", 11, at=left)
        self.set_y(max(lowest, self.get_y()) + 6)
        self._centred(self.epw, paper.kind, "B", 14)
        self._centred(self.epw, paper.title, "B", 12)
        self._rule(self.l_margin, self.epw, share=0.2)
        self.ln(4)

    def _centred(self, width: float, words: str, style: str, size: float, *, at: float = 0.0) -> None:
        self.set_font("serif", style, size)
        self.set_x(self.l_margin + at)
        self.multi_cell(width, size * 0.5, words, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _rule(self, x: float, width: float, *, share: float) -> None:
        """Draw the thin line that the decree puts below: so much of the words' width, in their middle."""
        y = self.get_y() + 1
        self.set_line_width(0.25)
        self.line(x + width * (1 - share) / 2, y, x + width * (1 + share) / 2, y)

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
        aligned = tuple(
            Align.R if any(isinstance(cell, int | float) for cell in column) else Align.L
            for column in zip(*sheet.rows, strict=True)
        )
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
            self.multi_cell(0, 4.6, line, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def signatures(self) -> None:
        """Write who receives it, and leave room for two people to sign."""
        if self.will_page_break(50):
            self.add_page()
        self.ln(6)
        top, column = self.get_y(), self.epw / 3
        for number, words in enumerate(self._paper.recipients):
            self.set_font("serif", "" if number else "BI", 9.5 if number else _SIZE)
            self.multi_cell(column, 4.6, words, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        for number, (who, post, how) in enumerate(self._paper.signatures, start=1):
            self.set_y(top)
            for words, style in ((who, "B"), (post, "B"), (how, "I")):
                if words:
                    self._centred(column, words, style, 10 if style == "I" else _SIZE, at=number * column)


def _written(cell: Cell) -> str:
    if cell is None:
        return "chưa có"
    return f"{cell:.1f}".replace(".", ",").removesuffix(",0") if isinstance(cell, float) else str(cell)
