"""Plain text of 80 columns, or as many as there are."""

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Literal, NamedTuple

from benchcore.report import headings as heads
from benchcore.report import profile_tables
from benchcore.report.plain import inert, plain, shortened
from benchcore.report.summary import sentences
from benchcore.report.table import Table
from benchcore.report.tables import headline, tables
from benchcore.result import Document

WIDTH = 80
DETAILED_WIDTH = 120
GAP = "  "
WIDEST = 100
"""Characters of a cell: every row of its table is padded to it."""


def render(document: Document, width: int = WIDTH) -> str:
    """The whole document, ending in a newline."""
    return "\n\n".join("\n".join(map(inert, part.lines)) for part in parts(document, width)) + "\n"


class Part(NamedTuple):
    """What stands between empty lines; a table's first line is its title."""

    kind: Literal["words", "table"]
    lines: list[str]


def parts(document: Document, width: int = WIDTH) -> Iterator[Part]:
    """Headline, summary, each table, each note.

    From `DETAILED_WIDTH` columns on, the tables have more of their own.
    """

    yield Part("words", wrapped(headline(document), width))
    summary = wrapped(sentences(document), width)
    if summary:
        yield Part("words", summary)
    detailed = width >= DETAILED_WIDTH
    for table in (*tables(document, detailed=detailed), *profile_tables.tables(document)):
        yield Part("table", list(table_lines(table, width)))
    for note in document.notes:
        yield Part("words", wrapped([f"Note: {note}"], width))


def wrapped(lines: Iterable[str], width: int) -> list[str]:
    """Sentences as lines of no more than `width` characters."""
    return [piece for line in lines for piece in wrap(plain(line), width)]


def table_lines(
    table: Table, width: int = WIDTH, gap: str = GAP, *, fit: bool = True
) -> Iterator[str]:
    """One table, its columns aligned to the right under their headings, with `gap` between.

    To `fit` the width, long headings take several lines, then gaps are one space.
    """
    yield from wrap(plain(table.title), width)
    headings, *rows = (
        [shortened(text, WIDEST) for text in row] for row in (table.headings, *table.rows)
    )
    needed = [max((len(row[column]) for row in rows), default=0) for column in range(len(headings))]
    widths = [max(pair) for pair in zip(needed, map(len, headings), strict=True)]
    if fit:
        widths = heads.narrowed(headings, needed, widths, width - len(gap) * (len(widths) - 1))
        if sum(widths) + len(gap) * (len(widths) - 1) > width:
            gap = " "
    if any(text for text, _ in table.groups):
        yield _group_line(table, widths, gap)
    for row in (*heads.in_lines(headings, widths), *rows):
        cells = (text.rjust(column) for text, column in zip(row, widths, strict=True))
        yield gap.join(cells).rstrip()
    for remark in table.remarks:
        yield from wrap(plain(remark), width, initial_indent=GAP, subsequent_indent=GAP)


def _group_line(table: Table, widths: list[int], gap: str) -> str:
    """Upper headings, each centred over its columns."""
    pieces = []
    first = 0
    for text, span in table.groups:
        width = sum(widths[first : first + span]) + len(gap) * (span - 1)
        pieces.append(f" {text} ".center(width, "-") if text else " " * width)
        first += span
    return gap.join(pieces).rstrip()
