"""The columns of the list of documents: which a terminal has room for, and how wide they are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size

from benchcore.report.plain import plain
from tui.documents import Entry, when

PADDING = 2
"""Columns of the terminal around each column of the table, both sides together."""
LONGEST = 16
"""Columns of the terminal for words that have no share; a hostile document's get no more."""

WIDE = 110
"""From here on device and profile have columns, and times their minutes."""
WIDEST = 160
"""From here on the contenders have a column."""


@dataclass(frozen=True)
class Column:
    """A column, and what it says of an entry."""

    heading: str
    words: Callable[[Entry], str]
    share: int = 0
    """Of the width that the others leave; 0: as wide as its widest words."""
    least_width: int = 0
    """Of the screen, to be shown at all."""
    justify: Literal["left", "right"] = "left"


def _date(entry: Entry) -> str:
    return when(entry)[:10]


def _cells(entry: Entry) -> str:
    return "" if entry.error else f"{entry.cells_done}/{entry.cells_planned}"


def _machine(entry: Entry) -> str:
    """Its maker says the least where there is little room."""
    return "" if entry.error else entry.machine.removeprefix("NVIDIA ")


def _stated(words: Callable[[Entry], str]) -> Callable[[Entry], str]:
    """Nothing for a file that states nothing."""
    return lambda entry: "" if entry.error else words(entry)


def columns(width: int) -> list[Column]:
    """Those that fit a screen of this width."""
    all_columns = [
        Column("", lambda entry: ""),
        Column("Created (UTC)" if width >= WIDE else "Created", when if width >= WIDE else _date),
        Column("Document", lambda entry: entry.title, share=5),
        Column("Machine", _machine, share=2),
        Column("Device", _stated(lambda entry: entry.device), least_width=WIDE),
        Column("Profile", _stated(lambda entry: entry.profile), least_width=WIDE),
        Column("Contenders", lambda entry: ", ".join(entry.contenders), 3, WIDEST),
        Column("Cells", _cells, justify="right"),
        Column("Status", lambda entry: entry.status),
    ]
    return [column for column in all_columns if width >= column.least_width]


def widths(shown: list[Column], entries: list[Entry], width: int) -> list[int]:
    """Of each column, so that all fit `width`."""
    found = [
        min(max([len(column.heading), 1, *(cell_len(column.words(e)) for e in entries)]), LONGEST)
        for column in shown
    ]
    taken = sum(each for each, column in zip(found, shown, strict=True) if not column.share)
    # One more column is the scroll bar's.
    left = max(0, width - 1 - PADDING * len(shown) - taken)
    shares = sum(column.share for column in shown)
    return [
        left * column.share // shares if column.share else each
        for each, column in zip(found, shown, strict=True)
    ]


def fitted(text: str, width: int) -> str:
    """At most so many columns of the terminal, with an ASCII ellipsis where some are left out."""
    text = plain(text)
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 3)) + "..."[:width]
