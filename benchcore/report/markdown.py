"""GitHub's Markdown."""

from collections.abc import Iterator

from benchcore.report import profile_tables
from benchcore.report.plain import inert, markdown, markdown_line
from benchcore.report.summary import sentences
from benchcore.report.table import Table
from benchcore.report.tables import headline, tables
from benchcore.result import Document


def render(document: Document) -> str:
    """The whole document, ending in a newline."""
    lines = [markdown_line(line) for line in headline(document)]
    summary = sentences(document)
    if summary:
        lines += ["", *(f"- {markdown(sentence)}" for sentence in summary)]
    for table in (*tables(document), *profile_tables.tables(document)):
        lines += ["", *table_lines(table)]
    for note in document.notes:
        lines += ["", f"> {markdown_line(note)}"]
    return "\n".join(map(inert, lines)) + "\n"


def table_lines(table: Table) -> Iterator[str]:
    """One table under a heading of the third level."""
    yield f"### {markdown(table.title)}"
    yield ""
    groups = [text for text, span in table.groups for _ in range(span)]
    headings = [
        f"{group}: {heading}" if group else heading
        for group, heading in zip(groups, table.headings, strict=True)
    ]
    yield _row(headings)
    yield "|" + "---:|" * len(headings)
    for row in table.rows:
        yield _row(row)
    for remark in table.remarks:
        yield ""
        yield markdown_line(remark)


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(markdown(cell) for cell in cells) + " |"
