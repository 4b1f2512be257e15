"""Plain text for a terminal of 80 columns."""

from collections.abc import Iterator
from textwrap import wrap

from benchcore.report.plain import plain
from benchcore.report.tables import Table, headline, tables
from benchcore.result import Document

WIDTH = 80
GAP = "  "


def render(document: Document) -> str:
    """The whole document, ending in a newline."""
    lines = [piece for line in headline(document) for piece in wrap(plain(line), WIDTH)]
    for table in tables(document):
        lines += ["", *table_lines(table)]
    for note in document.notes:
        lines += ["", *wrap(plain(f"Note: {note}"), WIDTH)]
    return "\n".join(lines) + "\n"


def table_lines(table: Table) -> Iterator[str]:
    """One table, its columns aligned to the right under their headings."""
    yield from wrap(plain(table.title), WIDTH)
    texts = [[plain(text) for text in row] for row in (table.headings, *table.rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(table.headings))]
    if any(text for text, _ in table.groups):
        yield _group_line(table, widths)
    for row in texts:
        cells = (text.rjust(width) for text, width in zip(row, widths, strict=True))
        yield GAP.join(cells).rstrip()
    for remark in table.remarks:
        yield from wrap(plain(remark), WIDTH, initial_indent=GAP, subsequent_indent=GAP)


def _group_line(table: Table, widths: list[int]) -> str:
    """Upper headings, each centred over its columns."""
    pieces = []
    first = 0
    for text, span in table.groups:
        width = sum(widths[first : first + span]) + len(GAP) * (span - 1)
        pieces.append(f" {text} ".center(width, "-") if text else " " * width)
        first += span
    return GAP.join(pieces).rstrip()
