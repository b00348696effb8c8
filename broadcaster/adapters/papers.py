"""Writes a report as PDF, in a typeface that comes with its own package."""

from broadcaster.services.records.report_sheet import Paper


def pdf(paper: Paper) -> bytes:
    """Return the report as an A4 PDF: the paper's head, each table under its title, the place for signatures."""
    # Imported with the first report: it brings typeface and image libraries, a quarter of a server's start, for one
    # page a month.
    from broadcaster.adapters.paper_pages import Page

    page = Page(paper)
    page.head()
    for sheet in paper.sheets:
        page.table_of(sheet)
    page.notes()
    page.signatures()
    return bytes(page.output())
