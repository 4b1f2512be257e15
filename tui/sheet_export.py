"""A sheet as it is shown, in forms that other programs take: Markdown, CSV, text."""

import csv
import io

from benchcore.report.plain import markdown, markdown_line, plain, spreadsheet
from benchcore.report.table import NOTHING
from tui.sheet import Column, Section, Sheet


def as_markdown(sheet: Sheet) -> str:
    """A table for each section, its headings with their groups."""
    lines: list[str] = []
    heads = [_heading(column) for column in sheet.columns]
    for line in sheet.lines:
        if isinstance(line, Section):
            lines += ["", f"### {markdown(line.title)}", "", *_head(heads)]
        else:
            if not lines:
                lines += _head(heads)
            lines.append(_row([markdown(cell.text) for cell in line.cells]))
    lines += ["", *map(markdown_line, sheet.remarks)]
    return "\n".join(lines).strip() + "\n"


def as_csv(sheet: Sheet) -> str:
    """One header, and a row a row, with its section first."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["table", *(_heading(column) for column in sheet.columns)])
    section = ""
    for line in sheet.lines:
        if isinstance(line, Section):
            section = line.title
        else:
            texts = ("" if cell.text == NOTHING else cell.text for cell in line.cells)
            writer.writerow(map(spreadsheet, [section, *texts]))
    return stream.getvalue()


def as_text(sheet: Sheet) -> str:
    """Columns aligned to the right, as on the screen."""
    heads = [_heading(column) for column in sheet.columns]
    rows = [[plain(cell.text) for cell in line.cells] for line in sheet.rows]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = ["  ".join(head.rjust(w) for head, w in zip(heads, widths, strict=True))]
    for line in sheet.lines:
        if isinstance(line, Section):
            lines += ["", plain(line.title)]
        else:
            texts = (plain(cell.text).rjust(w) for cell, w in zip(line.cells, widths, strict=True))
            lines.append("  ".join(texts))
    lines += ["", *map(plain, sheet.remarks)] if sheet.remarks else []
    return "\n".join(lines) + "\n"


def _heading(column: Column) -> str:
    return plain(f"{column.group} {column.heading}".strip())


def _head(heads: list[str]) -> list[str]:
    return [_row([markdown(head) for head in heads]), _row(["---:"] * len(heads))]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
